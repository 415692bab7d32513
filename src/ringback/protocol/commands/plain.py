"""Commands that are not GET, SET, ALTER or SEARCH (reference: one section each)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ringback.domain import calls
from ringback.domain.account import Account, set_setting
from ringback.domain.changes import Value
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.handles import is_well_formed, phone_number
from ringback.domain.journal import Context
from ringback.protocol.errors import WireError
from ringback.protocol.lexer import targets, word
from ringback.protocol.objects.call import STATUS
from ringback.protocol.schema import Command, Verb

Check = Callable[[Account, str], None]

_CALL_FAILURES: Final = {
    Meaning.NOT_CONNECTED: 66,
    Meaning.INVALID_HANDLE: 93,
    Meaning.INVALID_NUMBER: 92,
    Meaning.EMERGENCY_NUMBER: 91,
    Meaning.OWN_HANDLE: 94,
    Meaning.BLOCKED: 39,
    Meaning.TOO_MANY_PARTICIPANTS: 73,
    Meaning.ALREADY_CALLING: 96,
    Meaning.ALREADY_ONGOING: 101,
}


def _needs(number: int) -> Check:
    def check(_account: Account, rest: str) -> None:
        if not rest.strip():
            raise WireError(number)

    return check


def _none(number: int) -> Check:
    def check(_account: Account, rest: str) -> None:
        if rest.strip():
            raise WireError(number)

    return check


def _handles(number: int, least: int = 1, separator: str = ",") -> Check:
    def check(_account: Account, rest: str) -> None:
        given = targets(rest) if separator == "," else tuple(rest.split())
        if len(given) < least or not all(is_well_formed(g) or phone_number(g) for g in given):
            raise WireError(number)

    return check


def _call_targets(_account: Account, rest: str) -> None:
    if not targets(rest):
        raise WireError(34)


def _call(rest: str) -> UseCase:
    given = targets(rest)

    def use_case(account: Account, context: Context) -> Value:
        return calls.place(account, context, given)

    return use_case


def _call_answer(_account: Account, result: Value, _rest: str, version: int) -> str:
    return f"CALL {result} STATUS {STATUS.show('unplaced', version)}"


def _message(_account: Account, rest: str) -> None:
    handle, text = word(rest)
    if not is_well_formed(handle) and phone_number(handle) is None:
        raise WireError(26)
    if not text.strip():
        raise WireError(43)


def _chat_message(_account: Account, rest: str) -> None:
    chat, _text = word(rest)
    # No chat exists yet, so every name is an unknown one.
    raise WireError(510 if chat else 509)


def _chat_create(_account: Account, rest: str) -> None:
    if rest.strip():
        _handles(507)(_account, rest)


def _clear_calls(_account: Account, rest: str) -> None:
    which, handle = word(rest)
    if which.upper() not in ("ALL", "MISSED", "INCOMING", "OUTGOING"):
        raise WireError(524)
    if handle.strip() and not is_well_formed(handle.strip()) and phone_number(handle) is None:
        raise WireError(525)


_KEYS: Final = frozenset(
    [
        *"0123456789*#",
        "A",
        "B",
        "C",
        "D",
        "UP",
        "DOWN",
        "YES",
        "NO",
        "PAGEUP",
        "PAGEDOWN",
        "CLEAR",
        "BACKSPACE",
    ]
)


def _key(_account: Account, rest: str) -> None:
    if rest.strip().upper() not in _KEYS:
        raise WireError(74)


def _voicemail_target(_account: Account, rest: str) -> None:
    _handles(8)(_account, rest)
    raise WireError(110)


def _window(state: str) -> Callable[[str], UseCase]:
    def act(_rest: str) -> UseCase:
        def use_case(account: Account, context: Context) -> Value:
            return set_setting(account, context, "window_state", state)

        return use_case

    return act


def _nothing(_rest: str) -> UseCase:
    def use_case(_account: Account, _context: Context) -> Value:
        return None

    return use_case


def _unknown_chat(_account: Account, _rest: str) -> None:
    raise WireError(105)


def _unknown_voicemail(_account: Account, _rest: str) -> None:
    raise WireError(512)


VERBS: Final = (
    Verb("CREATE", 536, 537),
    Verb("DELETE", 538, 539),
    Verb("OPEN", 69, 69),
    Verb("CLEAR", 520, 521),
    Verb("CHAT", 2, 2),
    Verb("CLOSE", 113, 113),
)

_PAGES: Final = (
    "LIVETAB",
    "PROFILE",
    "CONFERENCE",
    "SEARCH",
    "OPTIONS",
    "CALLHISTORY",
    "CONTACTS",
    "DIALPAD",
    "BLOCKEDUSERS",
    "IMPORTCONTACTS",
    "GETTINGSTARTED",
    "VIDEOTEST",
    "ADDAFRIEND",
    "SMS",
)

COMMANDS: Final = (
    Command(
        ("CALL",),
        _call_targets,
        _call,
        _call_answer,
        _CALL_FAILURES,
        "<target>[, <target>]*",
        287,
        "call somebody",
    ),
    Command(("CALLVOICEMAIL",), _voicemail_target, arguments="<target>", line=707),
    Command(("VOICEMAIL",), _voicemail_target, arguments="<target>", line=704),
    Command(("MESSAGE",), _message, arguments="<target> <text>", line=990),
    Command(("CHATMESSAGE",), _chat_message, arguments="<chat> <text>", line=872),
    Command(("CHAT", "CREATE"), _chat_create, arguments="[<target>[, <target>]*]", line=853),
    Command(("CHAT", "CREATEUSINGBLOB"), _needs(504), arguments="<blob>", line=1178),
    Command(("CHAT", "FINDUSINGBLOB"), _needs(504), arguments="<blob>", line=1169),
    Command(("FOCUS",), act=_window("normal"), line=1649, meaning="bring the window to the front"),
    Command(("MINIMIZE",), act=_window("hidden"), line=1660, meaning="put the window away"),
    Command(("RESETIDLETIMER",), act=_nothing, line=3482, meaning="the user is there"),
    Command(("BTN_PRESSED",), _key, arguments="<key>", line=1919),
    Command(("BTN_RELEASED",), _key, arguments="<key>", line=1919),
    Command(("CLEAR", "CHATHISTORY"), _none(522), line=1632),
    Command(("CLEAR", "VOICEMAILHISTORY"), _none(523), line=1636),
    Command(("CLEAR", "CALLHISTORY"), _clear_calls, arguments="<which> [<handle>]", line=1642),
    Command(("CREATE", "SMS"), arguments="<type> <number>[, <number>]*", line=493),
    Command(("CREATE", "GROUP"), arguments="<name>", line=1249),
    Command(("CREATE", "APPLICATION"), _needs(540), arguments="<name>", line=2109),
    Command(("CREATE", "MENU_ITEM"), arguments="<id> ...", line=1988),
    Command(("CREATE", "EVENT"), arguments="<id> ...", line=2066),
    Command(("DELETE", "SMS"), arguments="<id>", line=542),
    Command(("DELETE", "GROUP"), arguments="<id>", line=1261),
    Command(("DELETE", "APPLICATION"), _needs(542), arguments="<name>", line=2207),
    Command(("DELETE", "MENU_ITEM"), arguments="<id>", line=2023),
    Command(("DELETE", "EVENT"), arguments="<id>", line=2080),
    *(Command(("OPEN", page), line=1707) for page in _PAGES),
    Command(("OPEN", "IM"), _handles(70, separator=" "), arguments="<handle> [<text>]", line=1719),
    Command(("OPEN", "CHAT"), _unknown_chat, arguments="<chat>", line=1740),
    Command(("OPEN", "FILETRANSFER"), _handles(108, separator=" "), arguments="<handles>", line=1756),
    Command(("OPEN", "USERINFO"), _handles(8, separator=" "), arguments="<handle>", line=1788),
    Command(("OPEN", "SENDCONTACTS"), _handles(4, separator=" "), arguments="<handles>", line=1867),
    Command(("OPEN", "AUTHORIZATION"), _handles(8, separator=" "), arguments="<handle>", line=1906),
    Command(("OPEN", "VOICEMAIL"), _unknown_voicemail, arguments="<id>", line=722),
)
