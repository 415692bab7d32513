"""The reference for reading in a terminal."""

from __future__ import annotations

import textwrap
from typing import Final

from ringback.tools.reference_entries import INTRODUCTION, Entry, Section, facts_of, sections

_WIDTH: Final = 110


def _wrap(text: str, indent: int, hanging: int = 4) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _entry_text(entry: Entry, error: bool) -> list[str]:
    if error:
        lines = _wrap(f"{entry.name:>4}  {entry.meaning}", 2, 6)
        return lines + [line for note in entry.notes for line in _wrap(note, 10)]
    if entry.type:
        head = f"{entry.name} <{entry.type}>, {entry.access}: {entry.meaning}"
    else:
        head = f"{entry.commands[0]}: {entry.meaning}"
    facts = [*entry.notes, *facts_of(entry.since, entry.deprecated, entry.line)]
    if entry.pending:
        facts.insert(0, entry.pending.upper())
    lines = _wrap(f"{head} ({'; '.join(facts)})" if facts else head, 4)
    if not entry.type and entry.answers and entry.answers != entry.commands:
        lines += _wrap(f"-> {entry.answers[0]}", 8)
    if entry.errors:
        lines += _wrap("errors: " + "; ".join(f"{n} {reason}" for n, reason in entry.errors), 8)
    widest = max((len(word) for word, _, _ in entry.values), default=0)
    for word, meaning, since in entry.values:
        came = f" (since protocol {since})" if since else ""
        lines += _wrap(f"{word:<{widest}}  {meaning}{came}", 12, widest + 2)
    return lines


def _section_text(section: Section) -> list[str]:
    lines = [section.title, "=" * len(section.title), *_wrap(section.meaning, 0, 0)]
    facts = facts_of(section.since, section.deprecated, section.line)
    if facts:
        lines += _wrap(f"({'; '.join(facts)})", 0, 0)
    for asked, answered in section.forms:
        lines.append(f"    {asked}  ->  {answered}")
    for part in section.parts:
        lines.append("")
        if part.title:
            lines.append(f"  {part.title}")
        for entry in part.entries:
            lines += _entry_text(entry, section.title == "Errors")
    if section.faults:
        verbs = [v for v in ("GET", "SET", "ALTER") if any(v in row for row in section.faults.values())]
        lines += ["", "  Errors by fault".ljust(32) + "".join(verb.rjust(7) for verb in verbs)]
        for fault, row in section.faults.items():
            cells = "".join(str(row.get(verb, "-")).rjust(7) for verb in verbs)
            lines.append(f"    {fault:<28}{cells}")
    return lines


def text() -> str:
    """For reading in a terminal."""
    blocks = [_wrap(INTRODUCTION, 0, 0), *(_section_text(section) for section in sections())]
    return "\n".join("\n".join(block) + "\n" for block in blocks)


def about(word: str) -> str:
    """What the reference says of this word, for the tracer's .help."""
    found: list[str] = []
    for section in sections():
        if section.title.upper() == word:
            found += _section_text(section)
            continue
        for part in section.parts:
            for entry in part.entries:
                if word in entry.name.split() or word in {value for value, _, _ in entry.values}:
                    found += [section.title, *_entry_text(entry, section.title == "Errors")]
    return "\n".join(found) or f"nothing is called {word}"
