"""The reference of the language, made from its declarations: text, page, data.

python -m ringback.tools.make_reference docs/reference
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Final

from ringback.protocol.errors import TEXTS
from ringback.protocol.registry import LANGUAGE
from ringback.protocol.schema import (
    Access,
    Action,
    Command,
    Echo,
    ObjectType,
    Property,
    Search,
    Sensitive,
    Setting,
    Target,
    property_numbers,
    setting_numbers,
)
from ringback.protocol.values import BOOLEAN, SWITCH, ValueType

_WIDTH: Final = 110
_INTRODUCTION: Final = (
    "Every word that programs can say and see, made from the declarations that Ringback itself works by. "
    "Lines are those of the Skype Desktop API Reference. Nothing is refused because of the protocol that a "
    "program chose; since says when a thing came. What is marked as not available yet is read and checked "
    "like everything else, and then answered ERROR 9901 Not available yet."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be said or seen.

    ``commands`` and ``answers`` go together; ``values`` are words with meaning and since; ``errors`` are
    numbers of its own with their reasons.
    """

    name: str
    meaning: str
    commands: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    type: str = ""
    access: str = ""
    values: tuple[tuple[str, str, int], ...] = ()
    since: str = ""
    deprecated: str = ""
    line: int = 0
    notes: tuple[str, ...] = ()
    pending: str = ""
    errors: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Entries of one kind, with a heading of their own if there are several kinds."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One object, or all settings, searches, commands or errors."""

    title: str
    meaning: str
    parts: tuple[Part, ...]
    since: str = ""
    deprecated: str = ""
    line: int = 0
    #: How its properties are asked for and set.
    forms: tuple[tuple[str, str], ...] = ()
    #: Fault → verb → number.
    faults: dict[str, dict[str, int]] = field(default_factory=dict)


# What the declarations say ----------------------------------------------------------------------------------


_DEFERRED: Final = "answered when it is done"
_AFTER_CHANGES: Final = "answered after its notifications"


def _values(kind: ValueType) -> tuple[tuple[str, str, int], ...]:
    if kind in (BOOLEAN, SWITCH):
        return ()
    return tuple(zip(kind.words, kind.meanings, kind.since, strict=True))


def _type(kind: ValueType) -> str:
    return " or ".join(kind.words) if kind in (BOOLEAN, SWITCH) else kind.name


def _own(numbers: Iterable[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    return tuple((number, reason.partition(": ")[2]) for number, reason in numbers)


def _property(head: str, p: Property, set_error: int | None = None) -> Entry:
    argument = f" <{p.argument.name}>" if p.argument is not None else ""
    commands, answers = [], []
    if p.readable:
        commands.append(f"GET {head}{p.name}{argument}")
        answers.append(f"{head}{p.name}{argument}" + ("" if p.fetch is not None else " <value>"))
    if p.writable:
        commands.append(f"SET {head}{p.name}" + ("" if p.flag is not None else " <value>"))
        answers.append(f"{'SET ' if p.set_echo else ''}{head}{p.name} <value>")
    if p.access is Access.EVENT:
        answers.append(f"{head}{p.name} <value>")
    notes = []
    if p.argument is not None:
        notes.append(f"asked for as {commands[0]}")
    if p.flag is not None:
        notes.append("SET takes no value")
    if p.set_echo:
        notes.append(f"SET is answered {answers[-1]}")
    if p.constant:
        notes.append("never changes")
    elif not p.notified:
        notes.append("changes are not notified")
    if p.deferred:
        notes.append(_DEFERRED if p.fetch is not None else f"SET is {_DEFERRED}")
    notes += _unlogged(p.sensitive)
    numbers = _own(property_numbers(f"{head}{p.name}", p))
    if set_error is not None and p.writable:
        numbers += ((set_error, "bad value"),)
    values = _values(p.type)
    if p.argument is not None:
        values += _values(p.argument)
    return Entry(
        name=p.name,
        meaning=p.meaning,
        commands=tuple(commands),
        answers=tuple(answers),
        type=_type(p.type),
        access={
            Access.READ: "GET",
            Access.READ_WRITE: "GET SET",
            Access.WRITE: "SET",
            Access.EVENT: "notified",
        }[p.access],
        values=values,
        since=p.introduced,
        deprecated=p.deprecated,
        line=p.line,
        notes=tuple(notes),
        pending=_unfinished(p),
        errors=numbers,
    )


def _unfinished(p: Property) -> str:
    missing = [
        verb for verb, wanted in (("GET", p.pending), ("SET", p.writable and p.write is None)) if wanted
    ]
    if not missing:
        return ""
    whole = len(missing) == p.readable + p.writable
    return "not available yet" if whole else f"{missing[0]} not available yet"


def _unlogged(sensitive: Sensitive) -> tuple[str, ...]:
    """The note about what is kept out of logs."""
    if sensitive is None:
        return ()
    return ("never logged" if not sensitive else "never logged but for the first word",)


def _action(kind: ObjectType, a: Action) -> Entry:
    command = f"ALTER {kind.word} <id> {a.word}" + (f" {a.arguments}" if a.arguments else "")
    done = a.shown or a.word
    match a.echo:
        case Echo.ACTION:
            answer = f"ALTER {kind.word} {done}"
        case Echo.WITHOUT_LAST:
            answer = f"ALTER {kind.word} <id> {done} {a.arguments.split(' ', 1)[0]}"
        case Echo.DATA:
            answer = f"{command} <text>"
        case Echo.RESULT:
            answer = f"ALTER {kind.word} {done} TRUE|FALSE"
        case _:
            answer = command.replace(f" {a.word}", f" {done}", 1) if a.shown else command
    notes = []
    if a.deferred:
        notes.append(_DEFERRED)
    if a.after_changes:
        notes.append(_AFTER_CHANGES)
    notes += _unlogged(a.sensitive)
    numbers = [(n, m.value) for m, n in a.failures.items()]
    if a.missing is not None:
        numbers.insert(0, (a.missing, "missing or bad arguments"))
    return Entry(
        name=a.word,
        meaning=a.meaning,
        commands=(command,),
        answers=(answer,),
        values=_values(a.type) if a.type is not None else (),
        since=a.introduced,
        line=a.line,
        notes=tuple(notes),
        pending="" if a.act else "not available yet",
        errors=tuple(numbers),
    )


_KEY: Final = "missing or malformed id"
_UNKNOWN: Final = "no such object"


def _faults(kind: ObjectType) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    f = kind.faults

    def put(fault: str, verb: str, number: int) -> None:
        table.setdefault(fault, {})[verb] = number

    if kind.actions:
        if f.alter_key_missing == f.alter_key:
            put(_KEY, "ALTER", f.alter_key)
        else:
            put("missing id", "ALTER", f.alter_key_missing)
            put("malformed id", "ALTER", f.alter_key)
    for verb, wanted, key, unknown, name in (
        ("GET", any(p.readable for p in kind.properties), f.get_key, f.get_unknown, f.get_property),
        ("SET", any(p.writable for p in kind.properties), f.set_key, f.set_unknown, f.set_property),
    ):
        if not wanted:
            continue
        if not kind.single:
            put(_KEY, verb, key)
            put(_UNKNOWN, verb, unknown)
        put("unknown property", verb, name)
    if any(p.writable and p.bad_value is None and p.flag is None for p in kind.properties):
        put("bad value", "SET", f.set_value)
    if kind.actions:
        put(_UNKNOWN, "ALTER", f.alter_unknown)
        put("missing action", "ALTER", f.alter_action_missing)
        put("unknown action", "ALTER", f.alter_action)
        put("bad arguments", "ALTER", f.alter_arguments)
        put("refused", "ALTER", f.alter_failed)
    return table


def _values_once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The same list of values is shown with the first entry that has it; the others refer to that."""
    first: dict[tuple[tuple[str, str, int], ...], str] = {}
    result = []
    for entry in entries:
        if entry.values and entry.values in first:
            note = f"values as of {first[entry.values]}"
            result.append(replace(entry, values=(), notes=(*entry.notes, note)))
        else:
            first[entry.values] = entry.name
            result.append(entry)
    return tuple(result)


def _object(kind: ObjectType) -> Section:
    head = f"{kind.word} " if kind.single else f"{kind.word} <id> "
    parts = [Part("Properties", _values_once(_property(head, p) for p in kind.properties))]
    if kind.actions:
        parts.append(Part("Actions", _values_once(_action(kind, a) for a in kind.actions)))
    forms = [
        (f"{verb} {head}<property>{value}", f"{head}<property> <value>")
        for verb, value, wanted in (
            ("GET", "", any(p.readable for p in kind.properties)),
            ("SET", " <value>", any(p.writable for p in kind.properties)),
        )
        if wanted
    ]
    return Section(
        kind.word,
        kind.meaning,
        tuple(parts),
        kind.introduced,
        kind.deprecated,
        kind.line,
        tuple(forms),
        _faults(kind),
    )


def _setting(s: Setting) -> Entry:
    entry = _property("", s.property)
    shown = s.shown or s.property.name
    return Entry(
        name=entry.name,
        meaning=entry.meaning,
        commands=entry.commands,
        answers=tuple(answer.replace(s.property.name, shown, 1) for answer in entry.answers),
        type=entry.type,
        access=entry.access,
        values=entry.values,
        since=entry.since,
        line=entry.line,
        notes=entry.notes,
        pending=entry.pending,
        errors=tuple(dict.fromkeys(_own(setting_numbers(s)))),
    )


def _search_notes(search: Search) -> tuple[str, ...]:
    if search.begin is not None:
        return ("answered when the network has looked",)
    return () if search.query else ("always empty yet",)


def _search(s: Search) -> Entry:
    target = {Target.FORBIDDEN: "", Target.OPTIONAL: " [<target>]", Target.REQUIRED: " <target>"}[s.target]
    if s.choices:
        target = f" [{'|'.join(s.choices)}]"
    return Entry(
        name=s.word,
        meaning=s.meaning,
        commands=(f"SEARCH {s.word}{target}",),
        answers=(f"{s.heading} <id>, <id>, ...",),
        since=s.introduced,
        deprecated=s.deprecated,
        line=s.line,
        notes=_search_notes(s),
        errors=tuple(s.numbers.items()),
    )


def _command(c: Command) -> Entry:
    command = " ".join(c.words) + (f" {c.arguments}" if c.arguments else "")
    return Entry(
        name=" ".join(c.words),
        meaning=c.meaning,
        commands=(command,),
        answers=(c.shape or command,),
        since=c.introduced,
        deprecated=c.deprecated,
        line=c.line,
        notes=(
            *(note for note, so in ((_DEFERRED, c.deferred), (_AFTER_CHANGES, c.after_changes)) if so),
            *_unlogged(c.sensitive),
        ),
        pending="" if c.act else "not available yet",
        errors=tuple(sorted(c.numbers.items())),
    )


_ATTACHING: Final = (
    Entry(
        "NAME",
        "say who is there; comes first, everything else but PING is answered ERROR 68 until then",
        ("NAME <program>",),
        ("OK",),
        since="",
        line=32,
        errors=((68, "refused"),),
    ),
    Entry(
        "PROTOCOL",
        "choose how answers look; without it they look as in protocol 1",
        ("PROTOCOL <number>",),
        ("PROTOCOL <the number, 8 at most>",),
        line=216,
        errors=((27, "not a whole number above 0"),),
    ),
    Entry("PING", "ask whether anybody is there", ("PING",), ("PONG",), since="protocol 1", line=2316),
    Entry(
        "#",
        "mark a command; its answer has the same mark in front, notifications never have one",
        ("#<id> <command>",),
        ("#<id> <answer>",),
        since="protocol 4",
        line=260,
    ),
)


def _errors() -> Section:
    reasons = LANGUAGE.reasons()
    entries = []
    for number, text in sorted(TEXTS.items()):
        grouped: dict[str, list[str]] = {}
        for reason in reasons.get(number, ()):
            where, _, why = reason.rpartition(": ")
            grouped.setdefault(where, []).append(why)
        lines = [
            f"{where}: {', '.join(whys)}" if where else ", ".join(whys) for where, whys in grouped.items()
        ]
        entries.append(Entry(str(number), text, notes=tuple(lines) or ("nothing raises it",)))
    return Section("Errors", "ERROR <number> <text>. Programs go by the number.", (Part("", tuple(entries)),))


def sections() -> list[Section]:
    """The whole reference in its order."""
    return [
        Section("Attaching", "What the session answers by itself.", (Part("", _ATTACHING),)),
        *(_object(kind) for kind in LANGUAGE.objects),
        Section(
            "Settings",
            "General parameters: GET and SET without an object.",
            (Part("", tuple(_setting(s) for s in LANGUAGE.settings)),),
        ),
        Section(
            "Searches",
            "A word that is missing or unknown is ERROR 3.",
            (Part("", tuple(_search(s) for s in LANGUAGE.searches)),),
        ),
        Section(
            "Commands",
            "Everything else. If no answer is given, the command is repeated.",
            (Part("", tuple(_command(c) for c in LANGUAGE.commands)),),
        ),
        _errors(),
    ]


# As text ----------------------------------------------------------------------------------------------------


def _facts(since: str, deprecated: str, line: int) -> list[str]:
    facts = []
    if since:
        facts.append(f"since {since}")
    if deprecated:
        facts.append(f"deprecated since {deprecated}")
    if line:
        facts.append(f"line {line}")
    return facts


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
    facts = [*entry.notes, *_facts(entry.since, entry.deprecated, entry.line)]
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
    facts = _facts(section.since, section.deprecated, section.line)
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
    blocks = [_wrap(_INTRODUCTION, 0, 0), *(_section_text(section) for section in sections())]
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


# As a page --------------------------------------------------------------------------------------------------

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
    facts = (*entry.notes, *_facts(entry.since, entry.deprecated, entry.line))
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
        facts = "; ".join(_facts(section.since, section.deprecated, section.line))
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
        f"<h1>Ringback reference</h1>\n<p>{escape(_INTRODUCTION)}</p>\n<nav>\n{links}\n</nav>\n"
        + "".join(body)
        + "</html>"
    )


# As data ----------------------------------------------------------------------------------------------------


def _value_data(kind: ValueType) -> list[dict[str, object]]:
    return [
        {"word": word, "meaning": meaning, **({"since_protocol": since} if since else {})}
        for word, meaning, since in zip(kind.words, kind.meanings, kind.since, strict=True)
    ]


def _property_data(p: Property) -> dict[str, object]:
    return {
        "name": p.name,
        "meaning": p.meaning,
        "type": p.type.name,
        "values": _value_data(p.type),
        "access": p.access.value,
        "argument": p.argument.name if p.argument is not None else None,
        "takes_value": p.flag is None,
        "constant": p.constant,
        "notified": p.notified and not p.constant,
        "since": p.introduced,
        "deprecated": p.deprecated,
        "line": p.line,
        "pending": p.unfinished,
    }


def _entry_data(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name,
        "meaning": entry.meaning,
        "command": entry.commands[0],
        "answer": entry.answers[0],
        "notes": list(entry.notes),
        "errors": {str(n): reason for n, reason in entry.errors},
        "since": entry.since,
        "deprecated": entry.deprecated,
        "line": entry.line,
        "pending": bool(entry.pending),
    }


def as_json() -> str:
    """For machines: every object, setting, search, command and error."""
    reasons = LANGUAGE.reasons()
    data = {
        "attaching": [_entry_data(entry) for entry in _ATTACHING],
        "objects": [
            {
                "word": kind.word,
                "meaning": kind.meaning,
                "single": kind.single,
                "since": kind.introduced,
                "deprecated": kind.deprecated,
                "line": kind.line,
                "properties": [_property_data(p) for p in kind.properties],
                "actions": [_entry_data(_action(kind, a)) for a in kind.actions],
                "faults": _faults(kind),
            }
            for kind in LANGUAGE.objects
        ],
        "settings": [
            _property_data(s.property) | {"errors": {str(n): r for n, r in _setting(s).errors}}
            for s in LANGUAGE.settings
        ],
        "searches": [
            _entry_data(_search(s)) | {"heading": s.heading, "target": s.target.value}
            for s in LANGUAGE.searches
        ],
        "commands": [_entry_data(_command(c)) | {"words": list(c.words)} for c in LANGUAGE.commands],
        "errors": {
            str(number): {"text": text, "when": list(reasons.get(number, ()))}
            for number, text in sorted(TEXTS.items())
        },
    }
    return json.dumps(data, indent=1, ensure_ascii=False)


def write(folder: Path) -> None:
    """Write the generated files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "language.txt").write_text(text(), encoding="utf-8")
    (folder / "language.html").write_text(html() + "\n", encoding="utf-8")
    (folder / "language.json").write_text(as_json() + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
