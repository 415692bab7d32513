"""What can be declared. Everything that programs can say and see is one of these, as data.

Dispatch, errors, notifications, version views, the reference pages and the test matrix are derived from the
declarations; no GET or SET is written by hand. A declaration without reader, writer or use case is *pending*:
words, arguments and errors work, and only valid input that would need the missing behaviour is answered with
an error that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import Enum, unique
from typing import Final, TypeAlias

from ringback.domain.account import Account
from ringback.domain.changes import Kind, Value
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.journal import Context
from ringback.protocol.errors import TEXTS, WireError
from ringback.protocol.values import TEXT, Files, Said, ValueType, as_typed, no_files

Key: TypeAlias = int | str
#: Reads a derived value: account, key of the object, arguments after the property's name.
Reader: TypeAlias = Callable[[Account, Key, str], Value]
#: Makes the use case that writes a value that its type has read.
Writer: TypeAlias = Callable[[Key, Value], UseCase]
#: Sets one plain value by the name of its field.
Setter: TypeAlias = Callable[[Account, Context, str, str | int], Value]
#: Makes the use case of a GET that does something in the world, from the key and what follows the name.
Fetcher: TypeAlias = Callable[[Key, str], UseCase]
#: How many words of a value or of arguments may be logged where what follows is nobody's business: messages,
#: passwords, blobs. None = all of them.
Sensitive: TypeAlias = int | None
#: Makes the use case that has the world tell news of an object; None if it does so by itself.
Looking: TypeAlias = Callable[[Account, Key], UseCase | None]
#: Makes the use case of an action from the object's key and the rest of the line; ValueError = bad arguments.
Acting: TypeAlias = Callable[[Key, str], UseCase]


def writer(put: Setter, name: str) -> Writer:
    """Writes one plain value, whatever object it belongs to."""

    def write(_key: Key, value: Value) -> UseCase:
        def use_case(account: Account, context: Context) -> Value:
            assert isinstance(value, str | int)
            return put(account, context, name, value)

        return use_case

    return write


@unique
class Access(Enum):
    """What programs may do with a property."""

    READ = "read"
    READ_WRITE = "read-write"
    WRITE = "write"
    EVENT = "event"


@unique
class Echo(Enum):
    """Shapes of answers to actions and commands."""

    FULL = "the command, words in capitals"
    ACTION = "the command without id and arguments"
    WITHOUT_LAST = "the command without its last argument"
    DATA = "the command with data behind it"
    RESULT = "the command without id and arguments, TRUE or FALSE behind it"
    VALUE = "a property line"


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object, or a setting (a property of the account itself).

    ``field`` names the domain field that is read and whose changes are notified; ``read`` replaces plain
    reading where the value is derived or has an ``argument`` (then shown between name and value; of this
    type, else ``bad_argument``). ``fetch`` replaces both where GET does something (AVATAR writes a file): the
    answer repeats the argument, what refuses it is in ``get_failures``. ``deferred``: SET and ``fetch`` are
    answered when the world has done it. ``folded``: the argument is a handle and shown in its canonical form
    (ambiguity A25). ``flag``: SET takes no value, or TRUE (SEEN). ``set_echo``: the answer to SET repeats SET
    in front (DTMF). ``answers``: the property that the answer to SET shows instead (SEEN). ``unknown``:
    number of GET if the object is not there, where it differs from the object's. ``sensitive`` counts the
    words after the property's name. ``introduced`` and ``deprecated`` are documentation; an empty
    ``introduced`` means: with the object. ``line``: first line of its section in the reference.
    """

    name: str
    type: ValueType = TEXT
    field: str = ""
    access: Access = Access.READ
    read: Reader | None = None
    fetch: Fetcher | None = None
    write: Writer | None = None
    argument: ValueType | None = None
    bad_argument: int | None = None
    folded: bool = False
    flag: Value = None
    set_echo: bool = False
    answers: str = ""
    notified: bool = True
    constant: bool = False
    deferred: bool = False
    sensitive: Sensitive = None
    introduced: str = ""
    deprecated: str = ""
    line: int = 0
    bad_value: int | None = None
    unknown: int | None = None
    failures: Mapping[Meaning, int] = dataclass_field(default_factory=dict)
    get_failures: Mapping[Meaning, int] = dataclass_field(default_factory=dict)
    meaning: str = ""

    def __post_init__(self) -> None:
        files = no_files if self.fetch is None or self.argument is None else self.argument.files
        if files is not no_files and Meaning.FILE_NOT_FOUND not in self.get_failures:
            raise TypeError(f"GET {self.name}: names a file, but no number for one that is not there")

    @property
    def readable(self) -> bool:
        """GET is part of the language for it."""
        return self.access in (Access.READ, Access.READ_WRITE)

    @property
    def writable(self) -> bool:
        """SET is part of the language for it."""
        return self.access in (Access.READ_WRITE, Access.WRITE)

    @property
    def pending(self) -> bool:
        """Reading it needs behaviour that is not built yet."""
        return self.readable and not self.field and self.read is None and self.fetch is None

    @property
    def unfinished(self) -> bool:
        """Reading or writing it needs behaviour that is not built yet."""
        return self.pending or (self.writable and self.write is None)


@dataclass(frozen=True, slots=True)
class Action:
    """One ALTER action. ``act`` None = pending. ``deferred``: the answer comes when the world has done it.

    ``arguments`` is how the rest of the line looks, ``type`` what it must be; ``missing`` the number if it is
    missing or wrong, where that differs from the object's. ``shown`` replaces the word in the answer.
    """

    word: str
    act: Acting | None = None
    echo: Echo = Echo.FULL
    arguments: str = ""
    type: ValueType | None = None
    needs_argument: bool = False
    takes_argument: bool = True
    shown: str = ""
    deferred: bool = False
    after_changes: bool = False
    failures: Mapping[Meaning, int] = dataclass_field(default_factory=dict)
    missing: int | None = None
    sensitive: Sensitive = None
    introduced: str = ""
    line: int = 0
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Faults:
    """Error numbers of one object by verb and what was wrong (ambiguities A13, A47, A48, A96, A97).

    Key = missing or not of the right form; unknown = no such object. The defaults are for objects without
    numbers of their own (A13): 7 and 18 for an object, a property or a value, 1 for a part that is missing,
    2 for an unknown word.
    """

    get_key: int = 7
    get_unknown: int = 7
    get_property: int = 7
    set_key: int = 18
    set_unknown: int = 18
    set_property: int = 18
    set_value: int = 18
    alter_key_missing: int = 1
    alter_key: int = 18
    alter_unknown: int = 18
    alter_action_missing: int = 1
    alter_action: int = 2
    alter_arguments: int = 18
    alter_failed: int = 18


def nothing(_account: Account, _key: Key) -> object | None:
    """Finds no object: nothing of its kind can exist yet."""
    return None


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One kind of object. ``find`` returns the object or None; ``key`` reads a key or raises ValueError.

    ``look`` makes the use case that has the world tell news of an object, None if it does so by itself; GET
    is answered by what is known and carries it out besides.
    ``events``: words that are notified behind the object's key, without a property (CHAT <id> OPENED).
    """

    word: str
    kind: Kind
    key: Callable[[str], Key]
    find: Callable[[Account, Key], object | None]
    properties: tuple[Property, ...]
    faults: Faults = dataclass_field(default_factory=Faults)
    actions: tuple[Action, ...] = ()
    announced: tuple[str, ...] = ()
    older_word: str = ""
    single: bool = False
    events: tuple[str, ...] = ()
    look: Looking | None = None
    introduced: str = ""
    deprecated: str = ""
    line: int = 0
    meaning: str = ""
    by_word: dict[str, Property] = dataclass_field(init=False)
    by_field: dict[str, Property] = dataclass_field(init=False)
    action_by_word: dict[str, Action] = dataclass_field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_word", {p.name: p for p in self.properties})
        object.__setattr__(self, "by_field", {p.field: p for p in self.properties if p.field})
        object.__setattr__(self, "action_by_word", {a.word: a for a in self.actions})
        if len(self.by_word) != len(self.properties):
            raise TypeError(f"{self.word}: a property is declared twice")
        if len(self.action_by_word) != len(self.actions):
            raise TypeError(f"{self.word}: an action is declared twice")
        for p in self.properties:
            if p.write is not None and not p.writable:
                raise TypeError(f"{self.word} {p.name}: a writer, but no leave to write")
            if p.field and p.read is not None and p.argument is not None:
                raise TypeError(f"{self.word} {p.name}: an argument and a plain field")
        for name in self.announced:
            if name not in self.by_word:
                raise TypeError(f"{self.word}: announces unknown {name}")


@dataclass(frozen=True, slots=True)
class Setting:
    """A general parameter: GET and SET without an object.

    ``target_error``: the number if GET is given an argument. ``shown`` replaces the name in answers.
    """

    property: Property
    set_error: int = 18
    target_error: int | None = None
    shown: str = ""


@unique
class Target(Enum):
    """May a search be narrowed?"""

    FORBIDDEN = "forbidden"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Search:
    """One search. ``query`` None = such things cannot exist yet, so the heading comes alone.

    ``begin`` replaces it where the world must look, or a long list must be read: it makes the use case, from
    the target, whose result is what was found. ``deferred``: the answer comes when the world has looked.
    ``refused``: a target was given and is forbidden. ``missing``: it is required and was not given.
    ``malformed``: it has characters that no handle has, or is none of ``choices`` (None: any text will do);
    ``currency`` where currency signs have another number. ``nothing``: the number if nothing is found, where
    that is an error.
    """

    word: str
    heading: str
    query: Callable[[Account, str], tuple[Key, ...]] | None = None
    target: Target = Target.FORBIDDEN
    refused: int = 29
    missing: int = 4
    malformed: int | None = 5
    currency: int | None = None
    nothing: int | None = None
    choices: tuple[str, ...] = ()
    begin: Callable[[str], UseCase] | None = None
    deferred: bool = False
    introduced: str = ""
    deprecated: str = ""
    line: int = 0
    meaning: str = ""

    @property
    def numbers(self) -> dict[int, str]:
        """Every number that it may be answered with, and when."""
        found: dict[int, str] = {}
        if self.target is Target.FORBIDDEN:
            found[self.refused] = "a target was given"
        if self.target is Target.REQUIRED:
            found[self.missing] = "no target"
        if self.target is not Target.FORBIDDEN and self.malformed is not None:
            said = found.get(self.malformed)
            found[self.malformed] = f"{said} or a malformed one" if said else "malformed target"
        if self.currency is not None:
            found[self.currency] = "currency sign in the target"
        if self.nothing is not None:
            found[self.nothing] = "nothing found"
        return found


#: Looks at the rest of a command; returns the number of what is wrong, None if nothing is.
Look: TypeAlias = Callable[[Account, str], int | None]


@dataclass(frozen=True, slots=True)
class Check:
    """What must be true of a command's arguments. ``numbers``: each number it may refuse with, and when."""

    look: Look
    numbers: Mapping[int, str]

    def __call__(self, account: Account, rest: str) -> None:
        """Raise WireError if something is wrong."""
        number = self.look(account, rest)
        if number is None:
            return
        if number not in self.numbers:
            raise AssertionError(f"error {number} is not declared here")
        raise WireError(number)


@dataclass(frozen=True, slots=True)
class Command:
    """Anything that is not GET, SET, ALTER or SEARCH. ``words`` are its fixed words (OPEN CHAT).

    ``check`` looks at the rest of the line; ``act`` makes the use case, None = pending.
    ``answer`` makes the answer from result, rest of the line, account and version; default is the full echo.
    ``shape`` is how the answer looks, where it is no echo (documentation). ``deferred``: the answer comes
    when the world has done it. ``after_changes``: it follows the notifications. ``files``: the paths in the
    rest of the line; ``said``: how it is repeated in the echo.
    """

    words: tuple[str, ...]
    check: Check | None = None
    act: Callable[[str], UseCase] | None = None
    answer: Callable[[Account, Value, str, int], str] | None = None
    failures: Mapping[Meaning, int] = dataclass_field(default_factory=dict)
    arguments: str = ""
    line: int = 0
    meaning: str = ""
    shape: str = ""
    introduced: str = ""
    deprecated: str = ""
    sensitive: Sensitive = None
    files: Files = no_files
    said: Said = as_typed
    deferred: bool = False
    after_changes: bool = False

    def __post_init__(self) -> None:
        if self.files is not no_files and Meaning.FILE_NOT_FOUND not in self.failures:
            raise TypeError(f"{' '.join(self.words)}: names a file, but no number for one that is not there")

    @property
    def numbers(self) -> dict[int, str]:
        """Every number that it may be answered with, and when."""
        found = dict(self.check.numbers) if self.check is not None else {}
        for meaning, number in self.failures.items():
            found[number] = f"{found[number]}; {meaning.value}" if number in found else meaning.value
        return found


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb whose second word picks a command; the numbers for a missing and an unknown second word."""

    word: str
    missing: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that is declared, indexed for dispatch and notifications."""

    objects: tuple[ObjectType, ...]
    settings: tuple[Setting, ...]
    searches: tuple[Search, ...]
    commands: tuple[Command, ...]
    verbs: tuple[Verb, ...]
    object_by_word: dict[str, ObjectType] = dataclass_field(init=False)
    object_by_kind: dict[Kind, ObjectType] = dataclass_field(init=False)
    setting_by_word: dict[str, Setting] = dataclass_field(init=False)
    setting_by_field: dict[str, Setting] = dataclass_field(init=False)
    search_by_word: dict[str, Search] = dataclass_field(init=False)
    command_by_words: dict[tuple[str, ...], Command] = dataclass_field(init=False)
    verb_by_word: dict[str, Verb] = dataclass_field(init=False)
    headings: frozenset[str] = dataclass_field(init=False)

    def __post_init__(self) -> None:
        def put(name: str, table: object) -> None:
            object.__setattr__(self, name, table)

        put("object_by_word", {o.word: o for o in self.objects})
        put("object_by_kind", {o.kind: o for o in self.objects if not o.older_word})
        put("setting_by_word", {s.property.name: s for s in self.settings})
        put("setting_by_field", {s.property.field: s for s in self.settings if s.property.field})
        put("search_by_word", {s.word: s for s in self.searches})
        put("command_by_words", {c.words: c for c in self.commands})
        put("verb_by_word", {v.word: v for v in self.verbs})
        put("headings", frozenset(s.heading for s in self.searches))
        for number in self.reasons():
            if number not in TEXTS:
                raise TypeError(f"error {number} is declared nowhere")

    def unbuilt(self) -> frozenset[str]:
        """What is declared and has no behaviour yet, as ``GET SMS BODY``, ``CREATE SMS``."""
        found: set[str] = set()
        owned = [(f"{o.word} ", o.find is nothing, p) for o in self.objects for p in o.properties]
        for owner, never, p in [*owned, *(("", False, s.property) for s in self.settings)]:
            if p.readable and (never or p.pending):
                found.add(f"GET {owner}{p.name}")
            if p.writable and (never or p.write is None):
                found.add(f"SET {owner}{p.name}")
        for o in self.objects:
            found |= {f"ALTER {o.word} {a.word}" for a in o.actions if o.find is nothing or a.act is None}
        found |= {f"SEARCH {s.word}" for s in self.searches if s.query is None and s.begin is None}
        found |= {" ".join(c.words) for c in self.commands if c.act is None}
        return frozenset(found)

    def reasons(self) -> dict[int, tuple[str, ...]]:
        """Every error number that is declared, with where and why."""
        found: dict[int, dict[str, None]] = {}

        def add(number: int | None, reason: str) -> None:
            if number is not None:
                found.setdefault(number, {})[reason] = None

        for o in self.objects:
            for number, reason in object_numbers(o):
                add(number, reason)
        for setting in self.settings:
            for number, reason in setting_numbers(setting):
                add(number, reason)
        for search in self.searches:
            for number, reason in search.numbers.items():
                add(number, f"SEARCH {search.word}: {reason}")
        for command in self.commands:
            for number, reason in command.numbers.items():
                add(number, f"{' '.join(command.words)}: {reason}")
        for v in self.verbs:
            add(v.missing, f"{v.word}: nothing after it")
            add(v.unknown, f"{v.word}: unknown word after it")
        for number, reason in GENERAL_NUMBERS.items():
            add(number, reason)
        return {number: tuple(found[number]) for number in sorted(found)}


#: Numbers that dispatch and sessions answer whatever is declared.
GENERAL_NUMBERS: Final[dict[int, str]] = {
    1: "nothing but blanks",
    2: "unknown command",
    3: "SEARCH: unknown or missing word",
    7: "GET: unknown or missing word",
    18: "SET: unknown or missing word",
    27: "PROTOCOL: not a whole number above 0",
    68: "anything but NAME and PING before NAME was answered OK",
    526: "ALTER: nothing after it",
    527: "ALTER: no object that has actions",
    9901: "not available yet; our own fault; the store refuses writes",
}


def object_numbers(kind: ObjectType) -> list[tuple[int, str]]:
    """Numbers of one object by verb and fault; the more special a reason, the later."""
    word, faults = kind.word, kind.faults
    found: list[tuple[int, str]] = []
    if any(p.readable for p in kind.properties):
        if not kind.single:
            found += [
                (faults.get_key, f"GET {word}: malformed or missing id"),
                (faults.get_unknown, f"GET {word}: no such object"),
            ]
        found.append((faults.get_property, f"GET {word}: unknown or missing property"))
    if any(p.writable for p in kind.properties):
        if not kind.single:
            found += [
                (faults.set_key, f"SET {word}: malformed or missing id"),
                (faults.set_unknown, f"SET {word}: no such object"),
            ]
        found.append((faults.set_property, f"SET {word}: unknown, missing or read-only property"))
        if any(p.writable and p.bad_value is None for p in kind.properties):
            found.append((faults.set_value, f"SET {word}: bad value"))
    if kind.actions:
        found += [
            (faults.alter_key_missing, f"ALTER {word}: missing id"),
            (faults.alter_key, f"ALTER {word}: malformed id"),
            (faults.alter_unknown, f"ALTER {word}: no such object"),
            (faults.alter_action_missing, f"ALTER {word}: missing action"),
            (faults.alter_action, f"ALTER {word}: unknown action"),
            (faults.alter_arguments, f"ALTER {word}: missing or bad arguments"),
            (faults.alter_failed, f"ALTER {word}: refused"),
        ]
    for p in kind.properties:
        found += property_numbers(f"{word} {p.name}", p)
    for a in kind.actions:
        if a.missing is not None:
            found.append((a.missing, f"ALTER {word} {a.word}: missing or bad arguments"))
        found += [(n, f"ALTER {word} {a.word}: {m.value}") for m, n in a.failures.items()]
    return found


def property_numbers(name: str, declared: Property) -> list[tuple[int, str]]:
    """Numbers that belong to one property alone."""
    found: list[tuple[int, str]] = []
    if declared.unknown is not None:
        found.append((declared.unknown, f"GET {name}: no such object"))
    if declared.bad_argument is not None:
        found.append((declared.bad_argument, f"GET {name}: bad argument"))
    if declared.bad_value is not None:
        found.append((declared.bad_value, f"SET {name}: bad value"))
    found += [(n, f"GET {name}: {m.value}") for m, n in declared.get_failures.items()]
    return found + [(n, f"SET {name}: {m.value}") for m, n in declared.failures.items()]


def setting_numbers(setting: Setting) -> list[tuple[int, str]]:
    """Numbers of one setting."""
    name = setting.property.name
    found = property_numbers(name, setting.property)
    if setting.property.writable:
        found.append((setting.set_error, f"SET {name}: bad value"))
    if setting.target_error is not None:
        found.append((setting.target_error, f"GET {name}: an argument was given"))
    return found
