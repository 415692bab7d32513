"""What the declarations of the language say, as entries; text, page and data are made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
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

INTRODUCTION: Final = (
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


def action(kind: ObjectType, a: Action) -> Entry:
    """One ALTER of an object."""
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


def faults(kind: ObjectType) -> dict[str, dict[str, int]]:
    """What can be wrong with a command about an object: fault → verb → number."""
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
        parts.append(Part("Actions", _values_once(action(kind, a) for a in kind.actions)))
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
        faults(kind),
    )


def setting(s: Setting) -> Entry:
    """A general parameter."""
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
    if search.deferred:
        return ("answered when the network has looked",)
    return () if search.query or search.begin else ("always empty yet",)


def search(s: Search) -> Entry:
    """A SEARCH."""
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


def command(c: Command) -> Entry:
    """A command of its own."""
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


ATTACHING: Final = (
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
        Section("Attaching", "What the session answers by itself.", (Part("", ATTACHING),)),
        *(_object(kind) for kind in LANGUAGE.objects),
        Section(
            "Settings",
            "General parameters: GET and SET without an object.",
            (Part("", tuple(setting(s) for s in LANGUAGE.settings)),),
        ),
        Section(
            "Searches",
            "A word that is missing or unknown is ERROR 3.",
            (Part("", tuple(search(s) for s in LANGUAGE.searches)),),
        ),
        Section(
            "Commands",
            "Everything else. If no answer is given, the command is repeated.",
            (Part("", tuple(command(c) for c in LANGUAGE.commands)),),
        ),
        _errors(),
    ]


def facts_of(since: str, deprecated: str, line: int) -> list[str]:
    """Since when, until when, and where in the reference, as words."""
    facts = []
    if since:
        facts.append(f"since {since}")
    if deprecated:
        facts.append(f"deprecated since {deprecated}")
    if line:
        facts.append(f"line {line}")
    return facts
