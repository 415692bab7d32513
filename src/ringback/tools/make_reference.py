"""The reference of the language, made from its declarations: text, page, data.

python -m ringback.tools.make_reference docs/reference
"""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path

from ringback.protocol.errors import TEXTS
from ringback.protocol.registry import LANGUAGE
from ringback.protocol.schema import Access, Action, Command, ObjectType, Property, Search, Setting, Target

_NOT_YET = " (not available yet)"


def _property(p: Property) -> str:
    access = {Access.READ: "r ", Access.READ_WRITE: "rw", Access.WRITE: " w", Access.EVENT: "e "}[p.access]
    words = " ".join(p.type.words)
    if p.access is Access.EVENT:
        state = ""
    elif p.pending or (p.writable and p.write is None):
        state = _NOT_YET
    else:
        state = ""
    values = f" [{words}]" if words else f" <{p.type.name}>"
    where = f", line {p.line}" if p.line else ""
    meaning = f": {p.meaning}" if p.meaning else ""
    return f"    {access} {p.name}{values}{meaning}{where}{state}"


def _action(kind: ObjectType, a: Action) -> str:
    arguments = f" {a.arguments}" if a.arguments else ""
    return f"    ALTER {kind.word} <id> {a.word}{arguments}{'' if a.act else _NOT_YET}"


def _object(kind: ObjectType) -> list[str]:
    lines = [f"{kind.word}: {kind.meaning} (line {kind.line})"]
    lines += [_property(p) for p in kind.properties]
    lines += [_action(kind, a) for a in kind.actions]
    return lines


def _search(s: Search) -> str:
    target = {Target.FORBIDDEN: "", Target.OPTIONAL: " [<target>]", Target.REQUIRED: " <target>"}[s.target]
    return f"    SEARCH {s.word}{target} -> {s.heading} ..."


def _command(c: Command) -> str:
    arguments = f" {c.arguments}" if c.arguments else ""
    meaning = f": {c.meaning}" if c.meaning else ""
    where = f", line {c.line}" if c.line else ""
    return f"    {' '.join(c.words)}{arguments}{meaning}{where}{'' if c.act else _NOT_YET}"


def _setting(s: Setting) -> str:
    return _property(s.property)


def sections() -> list[tuple[str, list[str]]]:
    """Headings and lines. Line numbers are those of the reference document."""
    result = [(kind.word, _object(kind)) for kind in LANGUAGE.objects]
    result.append(("Settings", [_setting(s) for s in LANGUAGE.settings]))
    result.append(("Searches", [_search(s) for s in LANGUAGE.searches]))
    attach = ["    NAME <program>", "    PROTOCOL <1 to 8>", "    PING"]
    result.append(("Commands", attach + [_command(c) for c in LANGUAGE.commands]))
    result.append(("Errors", [f"    {number:4} {text}" for number, text in sorted(TEXTS.items())]))
    return result


def text() -> str:
    """For reading in a terminal."""
    return "\n".join(
        f"{title}\n{'=' * len(title)}\n" + "\n".join(lines) + "\n" for title, lines in sections()
    )


def html() -> str:
    """For a browser."""
    body = "".join(
        f'<h2 id="{escape(title.lower())}">{escape(title)}</h2>\n<pre>{escape(chr(10).join(lines))}</pre>\n'
        for title, lines in sections()
    )
    links = " ".join(f'<a href="#{escape(t.lower())}">{escape(t)}</a>' for t, _ in sections())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Ringback reference</title>'
        f"<h1>Ringback reference</h1><nav>{links}</nav>\n{body}</html>"
    )


def as_json() -> str:
    """For machines: every object, setting, search, command and error."""
    data = {
        "objects": [
            {
                "word": kind.word,
                "line": kind.line,
                "properties": [
                    {
                        "name": p.name,
                        "type": p.type.name,
                        "values": list(p.type.words),
                        "access": p.access.value,
                        "line": p.line,
                        "pending": p.pending or (p.writable and p.write is None),
                    }
                    for p in kind.properties
                ],
                "actions": [{"word": a.word, "pending": a.act is None} for a in kind.actions],
            }
            for kind in LANGUAGE.objects
        ],
        "settings": [
            {"name": s.property.name, "type": s.property.type.name, "access": s.property.access.value}
            for s in LANGUAGE.settings
        ],
        "searches": [
            {"word": s.word, "heading": s.heading, "target": s.target.value} for s in LANGUAGE.searches
        ],
        "commands": [{"words": list(c.words), "pending": c.act is None} for c in LANGUAGE.commands],
        "errors": {str(number): text for number, text in sorted(TEXTS.items())},
    }
    return json.dumps(data, indent=1, ensure_ascii=False)


def about(word: str) -> str:
    """Every line of the reference that has this word, for the tracer's .help."""
    found = [line for _, lines in sections() for line in lines if word in line.upper().split()]
    return "\n".join(found) or f"nothing is called {word}"


def write(folder: Path) -> None:
    """Write the generated files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "language.txt").write_text(text(), encoding="utf-8")
    (folder / "language.html").write_text(html() + "\n", encoding="utf-8")
    (folder / "language.json").write_text(as_json() + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
