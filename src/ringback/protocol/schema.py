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
from typing import TypeAlias

from ringback.domain.account import Account
from ringback.domain.changes import Kind, Value
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.protocol.errors import TEXTS
from ringback.protocol.values import TEXT, ValueType

Key: TypeAlias = int | str
#: Reads a derived value: account, key of the object, arguments after the property's name.
Reader: TypeAlias = Callable[[Account, Key, str], Value]
#: Makes the use case that writes a value that its type has read.
Writer: TypeAlias = Callable[[Key, Value], UseCase]
#: Makes the use case of an action from the object's key and the rest of the line; ValueError = bad arguments.
Acting: TypeAlias = Callable[[Key, str], UseCase]


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
    VALUE = "a property line"


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object, or a setting (a property of the account itself).

    ``field`` names the domain field that is read and whose changes are notified; ``read`` replaces plain
    reading where the value is derived or has ``argument`` (then shown between name and value).
    ``flag``: SET takes no value (SEEN). ``set_echo``: the answer to SET repeats SET in front (DTMF).
    ``lines``: first line of its section in the reference. ``announced``: part of what a new object says.
    """

    name: str
    type: ValueType = TEXT
    field: str = ""
    access: Access = Access.READ
    read: Reader | None = None
    write: Writer | None = None
    argument: bool = False
    flag: Value = None
    set_echo: bool = False
    notified: bool = True
    constant: bool = False
    introduced: str = ""
    line: int = 0
    bad_value: int | None = None
    failures: Mapping[Meaning, int] = dataclass_field(default_factory=dict)
    meaning: str = ""

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
        return self.readable and not self.field and self.read is None


@dataclass(frozen=True, slots=True)
class Action:
    """One ALTER action. ``act`` None = pending. ``deferred``: the answer comes when the world has done it."""

    word: str
    act: Acting | None = None
    echo: Echo = Echo.FULL
    arguments: str = ""
    needs_argument: bool = False
    takes_argument: bool = True
    deferred: bool = False
    after_changes: bool = False
    failures: Mapping[Meaning, int] = dataclass_field(default_factory=dict)
    missing: int | None = None
    line: int = 0
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Faults:
    """Error numbers of one object by verb and what was wrong (ambiguities A13, A47, A48, A96, A97)."""

    get_key: int = 7
    get_unknown: int = 7
    get_property: int = 7
    set_key: int = 18
    set_unknown: int = 18
    set_property: int = 18
    set_value: int = 18
    alter_key_missing: int = 526
    alter_key: int = 526
    alter_action_missing: int = 527
    alter_action: int = 527
    alter_arguments: int = 527
    alter_failed: int = 527


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One kind of object. ``find`` returns the object or None; ``key`` reads a key or raises ValueError."""

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
            if p.field and p.read is not None and p.argument:
                raise TypeError(f"{self.word} {p.name}: an argument and a plain field")
        for name in self.announced:
            if name not in self.by_word:
                raise TypeError(f"{self.word}: announces unknown {name}")


@dataclass(frozen=True, slots=True)
class Setting:
    """A general parameter: GET and SET without an object. ``indexed``: a number stands before the value."""

    property: Property
    set_error: int = 18
    get_error: int = 7
    target_error: int | None = None
    action: bool = False


@unique
class Target(Enum):
    """May a search be narrowed?"""

    FORBIDDEN = "forbidden"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Search:
    """One search. ``query`` None = such things cannot exist yet, so the heading comes alone."""

    word: str
    heading: str
    query: Callable[[Account, str], tuple[Key, ...]] | None = None
    target: Target = Target.FORBIDDEN
    refused: int = 29
    missing: int = 4
    malformed: int = 5
    choices: tuple[str, ...] = ()
    older_heading: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """Anything that is not GET, SET, ALTER or SEARCH. ``words`` are its fixed words (OPEN CHAT).

    ``check`` looks at the rest of the line and raises WireError; ``act`` makes the use case, None = pending.
    ``answer`` makes the answer from result, rest of the line, account and version; default is the full echo.
    """

    words: tuple[str, ...]
    check: Callable[[Account, str], None] | None = None
    act: Callable[[str], UseCase] | None = None
    answer: Callable[[Account, Value, str, int], str] | None = None
    failures: Mapping[Meaning, int] = dataclass_field(default_factory=dict)
    arguments: str = ""
    line: int = 0
    meaning: str = ""


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
        for number in self._numbers():
            if number not in TEXTS:
                raise TypeError(f"error {number} is declared nowhere")

    def _numbers(self) -> set[int]:
        numbers: set[int] = set()
        for o in self.objects:
            numbers.update(getattr(o.faults, name) for name in o.faults.__slots__)
            for a in o.actions:
                numbers.update(a.failures.values())
        for s in self.searches:
            numbers.update((s.refused, s.missing, s.malformed))
        for c in self.commands:
            numbers.update(c.failures.values())
        for v in self.verbs:
            numbers.update((v.missing, v.unknown))
        return numbers
