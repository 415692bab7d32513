"""Follows every link of the Markdown pages that leads to a file or a heading of this repository.

Decisions are cited by number, so each number is one decision's and heads its page.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"(?<!!)!?\[[^\]]*\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
OUTSIDE = re.compile(r"^[a-z][a-z0-9+.-]*:")
#: Folders that hold nothing of ours.
FOREIGN = {".venv", ".git", "build", ".hypothesis", "node_modules"}


def without_code(text: str) -> str:
    """The page without code: what looks like a link there is none."""
    text = re.sub(r"^(```|~~~).*?^\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(text: str) -> set[str]:
    """The names that the headings of a page get, as forges make them."""
    found: dict[str, int] = {}
    plain = re.sub(r"^(```|~~~).*?^\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    for title in re.findall(r"^#{1,6} +(.*?)\s*#*$", plain, flags=re.MULTILINE):
        kept = [c for c in title.lower() if c in "-_ " or unicodedata.category(c)[0] in "LN"]
        name = "".join(kept).strip().replace(" ", "-")
        found[name] = found.get(name, -1) + 1
        if found[name]:
            found[f"{name}-{found[name]}"] = 0
    return set(found)


def broken(page: Path, root: Path = ROOT) -> list[str]:
    """What is wrong with a page's links."""
    text = without_code(page.read_text(encoding="utf-8"))
    wrong = []
    for link in LINK.findall(text) + REFERENCE.findall(text):
        if OUTSIDE.match(link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.is_relative_to(root.resolve()):
            wrong.append(f"{link}: leads out of the repository")
        elif not target.exists():
            wrong.append(f"{link}: there is no such file")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8")):
            wrong.append(f"{link}: there is no such heading")
    return wrong


def misnumbered(folder: Path) -> list[str]:
    """Decisions whose number is another's too, or not the one in their heading."""
    wrong, taken = [], dict[str, str]()
    for page in sorted(folder.glob("*.md")):
        number = page.name[:4]
        if number in taken:
            wrong.append(f"{page.name}: {taken[number]} has this number")
        taken[number] = page.name
        if not number.isdigit() or not page.read_text(encoding="utf-8").startswith(f"# {int(number)}. "):
            wrong.append(f"{page.name}: its heading does not begin with its number")
    return wrong


def main() -> int:
    pages = [p for p in sorted(ROOT.rglob("*.md")) if not FOREIGN.intersection(p.relative_to(ROOT).parts)]
    faults = [f"{page.relative_to(ROOT)}: {fault}" for page in pages for fault in broken(page)]
    faults += misnumbered(ROOT / "docs" / "adr")
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
