"""The reference for a browser: one file, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from ringback.tools.reference_entries import INTRODUCTION, Entry, Part, Section, facts_of, sections

_STYLE: Final = """
:root { color-scheme: light dark; --line: #d5d9de; --soft: #5c6670; --page: #fff; --ink: #1b1f23;
  --band: #f4f6f8; --link: #0a58a8; --mark: #8a4b00; --marked: #fff1dc; }
@media (prefers-color-scheme: dark) { :root { --line: #363c43; --soft: #9aa5b0; --page: #15181b;
  --ink: #e4e7ea; --band: #1d2125; --link: #7db7f0; --mark: #ffcf91; --marked: #3a2a12; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 0 1.25rem 4rem; max-width: 76rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
nav { position: sticky; top: 0; padding: .6rem 0; line-height: 1.9; background: var(--page);
  border-bottom: 1px solid var(--line); }
nav a { margin-right: .9rem; white-space: nowrap; }
a { color: var(--link); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
h1 { margin: 1.5rem 0 .5rem; }
h2 { margin: 3rem 0 .25rem; }
h2, tr[id] { scroll-margin-top: 6rem; }
h3 { margin: 1.5rem 0 .4rem; font-size: 1rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: .85rem; border-top: 0; }
table.properties, table.commands, table.errors { table-layout: fixed; min-width: 46rem; }
.properties th:nth-child(1) { width: 27%; } .properties th:nth-child(2) { width: 15%; }
.properties th:nth-child(4) { width: 24%; }
.commands th:nth-child(1) { width: 33%; } .commands th:nth-child(3) { width: 21%; }
.commands th:nth-child(4) { width: 20%; } .errors th:nth-child(1) { width: 33%; }
table.faults { width: auto; }
table.faults td, table.faults th { padding-right: 2rem; }
table.faults td + td, table.faults th + th { text-align: right; font-variant-numeric: tabular-nums; }
code { font: .88em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
td:first-child > code { font-weight: 600; }
.soft { color: var(--soft); font-size: .88rem; }
.mark { display: inline-block; padding: 0 .45rem; border-radius: .25rem; background: var(--marked);
  color: var(--mark); font-size: .8rem; white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0 0; }
dt, dd { margin: 0; } dt { font: .82rem/1.6 ui-monospace, monospace; }
dd { font-size: .9rem; }
summary { cursor: pointer; color: var(--link); font-size: .88rem; }
"""


def _code(words: str) -> str:
    return f"<code>{escape(words)}</code>"


def _facts_html(entry: Entry) -> str:
    facts = (*entry.notes, *facts_of(entry.since, entry.deprecated, entry.line))
    return f'<div class="soft">{escape("; ".join(facts))}</div>' if facts else ""


def _values_html(entry: Entry) -> str:
    if not entry.values:
        return ""
    rows = "".join(
        f"<dt>{escape(word)}</dt><dd>{escape(meaning)}"
        + (f' <span class="soft">since protocol {since}</span>' if since else "")
        + "</dd>"
        for word, meaning, since in entry.values
    )
    listed = f"<dl>{rows}</dl>"
    if len(entry.values) > 6:
        return f"<details><summary>{len(entry.values)} values</summary>{listed}</details>"
    return listed


def _errors_html(entry: Entry) -> str:
    return "".join(
        f'<div class="soft"><a href="#error-{n}">{n}</a> {escape(reason)}</div>' for n, reason in entry.errors
    )


def _row(cells: Iterable[str], tag: str = "td", name: str = "") -> str:
    where = f' id="{name}"' if name else ""
    return f"<tr{where}>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>\n"


def _mark_html(entry: Entry) -> str:
    return f'<div><span class="mark">{escape(entry.pending)}</span></div>' if entry.pending else ""


def _property_html(entry: Entry) -> str:
    name = f'{_code(entry.name)} <span class="soft">{escape(entry.access)}</span>{_mark_html(entry)}'
    meaning = escape(entry.meaning) + _values_html(entry)
    return _row((name, escape(entry.type), meaning, _facts_html(entry) + _errors_html(entry)))


def _command_html(entry: Entry) -> str:
    command = _code(entry.commands[0]) + _mark_html(entry)
    meaning = escape(entry.meaning) + _values_html(entry)
    answer = "the same" if entry.answers == entry.commands else _code(entry.answers[0])
    return _row((command, meaning, answer, _facts_html(entry) + _errors_html(entry)))


def _part_html(section: Section, part: Part) -> str:
    title = f"<h3>{escape(part.title)}</h3>" if part.title else ""
    if section.title == "Errors":
        kind, names = "errors", ["Number and text", "When"]
        rows = "".join(
            _row(
                (f"{entry.name} {escape(entry.meaning)}", "<br>".join(escape(note) for note in entry.notes)),
                name=f"error-{entry.name}",
            )
            for entry in part.entries
        )
    elif part.entries[0].type:
        kind, names = "properties", ["Property", "Type", "Meaning", "Notes"]
        rows = "".join(_property_html(entry) for entry in part.entries)
    else:
        kind, names = "commands", ["Command", "Meaning", "Answer", "Notes"]
        rows = "".join(_command_html(entry) for entry in part.entries)
    head = _row(names, "th")
    return f'{title}<div class="scroll"><table class="{kind}">\n{head}{rows}</table></div>\n'


def _faults_html(section: Section) -> str:
    if not section.faults:
        return ""
    verbs = [v for v in ("GET", "SET", "ALTER") if any(v in row for row in section.faults.values())]
    rows = "".join(
        _row(
            (
                escape(fault),
                *(f'<a href="#error-{row[v]}">{row[v]}</a>' if v in row else "" for v in verbs),
            )
        )
        for fault, row in section.faults.items()
    )
    return f'<h3>Errors by fault</h3><table class="faults">\n{_row(("", *verbs), "th")}{rows}</table>\n'


def _anchor(title: str) -> str:
    return escape(title.lower())


def html() -> str:
    """For a browser; one file, nothing is fetched."""
    shown = sections()
    links = "\n".join(f'<a href="#{_anchor(s.title)}">{escape(s.title)}</a>' for s in shown)
    body = []
    for section in shown:
        facts = "; ".join(facts_of(section.since, section.deprecated, section.line))
        forms = "".join(
            f"<div>{_code(asked)} → {_code(answered)}</div>\n" for asked, answered in section.forms
        )
        body.append(
            f'<h2 id="{_anchor(section.title)}">{escape(section.title)}</h2>\n<p>{escape(section.meaning)}'
            + (f' <span class="soft">{escape(facts)}</span>' if facts else "")
            + f"</p>\n{forms}"
            + "".join(_part_html(section, part) for part in section.parts)
            + _faults_html(section)
        )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Ringback reference</title>\n<style>{_STYLE}</style>\n"
        f"<h1>Ringback reference</h1>\n<p>{escape(INTRODUCTION)}</p>\n<nav>\n{links}\n</nav>\n"
        + "".join(body)
        + "</html>"
    )
