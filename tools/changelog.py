"""The head of CHANGELOG.md, made from newsfragments/<issue>.<kind>.md.

tools/changelog.py                       writes what is not released yet
tools/changelog.py --release 1.2.0 DATE  gives it a number and a date and removes the fragments
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHANGELOG = ROOT / "CHANGELOG.md"
FRAGMENTS = ROOT / "newsfragments"
HEAD = "# Changelog\n"
KINDS = {
    "added": "Added",
    "changed": "Changed",
    "fixed": "Fixed",
    "removed": "Removed",
    "compat": "For old programs",
}


def fragments(folder: Path = FRAGMENTS) -> dict[str, list[Path]]:
    """The fragments by kind, in the order of their issues."""
    found: dict[str, list[Path]] = {kind: [] for kind in KINDS}
    for path in sorted(folder.glob("*.md"), key=lambda path: int(path.name.split(".")[0])):
        name = re.fullmatch(r"\d+\.([a-z]+)\.md", path.name)
        if name is None or name[1] not in KINDS:
            raise SystemExit(f"{path.name}: fragments are called <issue>.<{'|'.join(KINDS)}>.md")
        found[name[1]].append(path)
    return found


def section(title: str, folder: Path = FRAGMENTS) -> str:
    """One version's part of the changelog; "" without news."""
    parts = [f"\n## {title}\n"]
    for kind, paths in fragments(folder).items():
        if paths:
            parts.append(f"\n### {KINDS[kind]}\n\n")
            parts += [path.read_text(encoding="utf-8").strip() + "\n" for path in paths]
    return "".join(parts) if len(parts) > 1 else ""


def unreleased(text: str | None = None, folder: Path = FRAGMENTS) -> str:
    """The whole changelog as it should be."""
    old = CHANGELOG.read_text(encoding="utf-8") if text is None else text
    released = re.split(r"\n(?=## )", old.removeprefix(HEAD))
    kept = "".join(f"\n{part}" for part in released if part.strip() and not part.startswith("## Unreleased"))
    return HEAD + section("Unreleased", folder) + kept


def release(version: str, date: str, text: str, folder: Path = FRAGMENTS) -> str:
    """The changelog with its unreleased part named; the fragments are gone afterwards."""
    new = unreleased(text, folder).replace("\n## Unreleased\n", f"\n## {version}, {date}\n", 1)
    for paths in fragments(folder).values():
        for path in paths:
            path.unlink()
    return new


if __name__ == "__main__":
    if sys.argv[1:2] == ["--release"]:
        CHANGELOG.write_text(release(*sys.argv[2:4], CHANGELOG.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        CHANGELOG.write_text(unreleased(), encoding="utf-8")
