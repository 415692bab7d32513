"""Commands that are not GET, SET, ALTER or SEARCH (reference: one section each)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ringback.domain.account import Account
from ringback.domain.changes import Value
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.handles import is_address
from ringback.domain.journal import Context
from ringback.protocol.commands.checks import needs, none, unknown_number
from ringback.protocol.lexer import named, word
from ringback.protocol.objects.event import EVENT
from ringback.protocol.objects.menu_item import MENU_ITEM
from ringback.protocol.objects.sms import CREATED_TYPE
from ringback.protocol.schema import Check, Command, Verb
from ringback.protocol.values import PHONES, Files, Place, ValueType, in_capitals


def _voicemail_target(account: Account, rest: str) -> int | None:
    handle = rest.strip()
    if not is_address(handle):
        return 8
    return None if account.people.find(handle).is_voicemail_capable else 110


_LEAVE_VOICEMAIL: Final = Check(
    _voicemail_target, {8: "no handle, or a malformed one", 110: "the person has no voicemail"}
)


def _yes_or_no(number: int, *words: str) -> Check:
    def look(_account: Account, rest: str) -> int | None:
        return None if rest.strip().upper() in words else number

    return Check(look, {number: f"neither {' nor '.join(words)}"})


def _create_phone_text(_account: Account, rest: str) -> int | None:
    kind, numbers = word(rest)
    if not kind:
        return 1
    try:
        CREATED_TYPE.read(kind)
    except ValueError:
        return 18
    try:
        PHONES.read(numbers)
    except ValueError:
        return 8
    return None


def _create_named(needed: frozenset[str], types: Mapping[str, ValueType]) -> Check:
    """A name that the program chooses, then properties by name."""

    def look(_account: Account, rest: str) -> int | None:
        name, rest = word(rest)
        if not name:
            return 1
        try:
            given = named(rest, frozenset(types))
            for key, value in given.items():
                types[key].read(value)
        except ValueError:
            return 18
        return None if needed <= set(given) else 18

    return Check(look, {1: "no name", 18: "a property is unknown, missing or has a bad value"})


def _files_named(types: Mapping[str, ValueType]) -> Files:
    """The paths among the properties that follow a name."""

    def files(rest: str) -> tuple[Place, ...]:
        given = named(word(rest)[1], frozenset(types))
        return tuple(path for key, value in given.items() for path in types[key].files(value))

    return files


_MENU_TYPES: Final = {p.name: p.type for p in MENU_ITEM.properties}


def _unknown_name(missing: int, unknown: int) -> Check:
    """A name that the program chose; none exists yet."""

    def look(_account: Account, rest: str) -> int | None:
        return unknown if rest.strip() else missing

    return Check(look, {missing: "no name", unknown: "no such object"})


def _application_name(number: int, unknown: int | None) -> Check:
    """A name without blanks. ``unknown``: no application exists yet, so each is an unknown one."""

    def look(_account: Account, rest: str) -> int | None:
        return unknown if len(rest.split()) == 1 else number

    numbers = {number: "no name, or one with blanks"}
    if unknown is not None:
        numbers[unknown] = "no such application"
    return Check(look, numbers)


def _nothing(_rest: str) -> UseCase:
    def use_case(_account: Account, _context: Context) -> Value:
        return None

    return use_case


VERBS: Final = (
    Verb("CREATE", 536, 537),
    Verb("DELETE", 538, 539),
    Verb("OPEN", 69, 69),
    Verb("CLEAR", 520, 521),
    Verb("CHAT", 2, 2),
    Verb("CLOSE", 113, 113),
)

_1_0: Final = "client 1.0"
_1_3: Final = "client 1.3"
_1_4: Final = "client 1.4"
_API_3: Final = "protocol 6, API 3.0"

COMMANDS: Final = (
    Command(
        ("CALLVOICEMAIL",),
        _LEAVE_VOICEMAIL,
        arguments="<target>",
        line=707,
        meaning="leave somebody voicemail",
        shape="CALL <id> STATUS <status>",
        introduced="protocol 6, API 2.5",
    ),
    Command(
        ("VOICEMAIL",),
        _LEAVE_VOICEMAIL,
        arguments="<target>",
        line=704,
        meaning="leave somebody voicemail, the old way",
        shape="VOICEMAIL <id> STATUS <status>",
        deprecated="protocol 6, use CALLVOICEMAIL",
    ),
    Command(
        ("READY",),
        _yes_or_no(51, "YES", "NO"),
        _nothing,
        arguments="YES|NO",
        said=in_capitals,
        line=3654,
        meaning="known from error 51 only; taken, without function",
    ),
    Command(
        ("HOOK",),
        _yes_or_no(52, "ON", "OFF"),
        _nothing,
        arguments="ON|OFF",
        said=in_capitals,
        line=3655,
        meaning="known from error 52 only; taken, without function",
    ),
    Command(("CLEAR", "VOICEMAILHISTORY"), none(523), line=1636, meaning="forget all voicemails"),
    Command(
        ("CREATE", "SMS"),
        Check(_create_phone_text, {1: "no type", 8: "no phone number, or a malformed one", 18: "bad type"}),
        arguments="<type> <number>[, <number>]*",
        line=493,
        meaning="begin a phone text",
        shape="SMS <id> TYPE <type>",
        introduced="API 2.5",
    ),
    Command(
        ("CREATE", "GROUP"),
        needs(1, "name"),
        arguments="<name>",
        line=1249,
        meaning="make a custom group",
        introduced="protocol 5",
    ),
    Command(
        ("CREATE", "APPLICATION"),
        _application_name(540, None),
        failures={Meaning.ACTION_FAILED: 541},
        arguments="<name>",
        line=2109,
        meaning="open a channel for data under a name of one word",
        introduced=_1_4,
    ),
    Command(
        ("CREATE", "MENU_ITEM"),
        _create_named(frozenset({"CONTEXT", "CAPTION"}), _MENU_TYPES),
        failures={Meaning.FILE_NOT_FOUND: 18},
        files=_files_named(_MENU_TYPES),
        arguments="<id> CONTEXT <menu> CAPTION <text> [<property> <value>]*",
        line=1988,
        meaning="add an entry to a menu",
        shape="MENU_ITEM <id> CREATED",
        introduced=_API_3,
    ),
    Command(
        ("CREATE", "EVENT"),
        _create_named(frozenset({"CAPTION", "HINT"}), {p.name: p.type for p in EVENT.properties}),
        arguments="<id> CAPTION <text> HINT <text>",
        line=2066,
        meaning="show a notice",
        shape="EVENT <id> CREATED",
        introduced=_API_3,
    ),
    Command(
        ("DELETE", "SMS"),
        unknown_number(1, 18, 18),
        arguments="<id>",
        line=542,
        meaning="forget a phone text",
        introduced="API 2.5",
    ),
    Command(
        ("DELETE", "GROUP"), unknown_number(1, 18, 18), arguments="<id>", line=1261, meaning="remove a group"
    ),
    Command(
        ("DELETE", "APPLICATION"),
        _application_name(542, 541),
        arguments="<name>",
        line=2207,
        meaning="close a channel for data and its streams",
    ),
    Command(
        ("DELETE", "MENU_ITEM"),
        _unknown_name(1, 18),
        arguments="<id>",
        line=2023,
        meaning="take an entry from its menu",
        introduced=_API_3,
    ),
    Command(
        ("DELETE", "EVENT"),
        _unknown_name(1, 18),
        arguments="<id>",
        line=2080,
        meaning="take a notice away",
        introduced=_API_3,
    ),
)
