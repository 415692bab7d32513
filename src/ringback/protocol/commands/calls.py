"""Commands about calls (reference: CALL, CLEAR CALLHISTORY)."""

from __future__ import annotations

from typing import Final

from ringback.domain import call_history, calls, ui_state
from ringback.domain.account import Account
from ringback.domain.changes import Value
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.handles import is_address
from ringback.domain.journal import Context
from ringback.protocol.lexer import targets, word
from ringback.protocol.objects.call_words import STATUS
from ringback.protocol.schema import Check, Command

_FAILURES: Final = {
    Meaning.NOT_CONNECTED: 66,
    Meaning.INVALID_HANDLE: 93,
    Meaning.INVALID_NUMBER: 92,
    # No number is valid where there are no telephones.
    Meaning.NOT_SUPPORTED: 92,
    Meaning.EMERGENCY_NUMBER: 91,
    Meaning.OWN_HANDLE: 94,
    Meaning.BLOCKED: 39,
    Meaning.TOO_MANY_PARTICIPANTS: 73,
    Meaning.ALREADY_CALLING: 96,
    Meaning.ALREADY_ONGOING: 101,
}


def _someone(_account: Account, rest: str) -> int | None:
    return None if targets(rest, 1) else 34


def _call(rest: str) -> UseCase:
    # One more than can be called tells that there are too many.
    given = targets(rest, calls.MOST_TARGETS + 1)

    def use_case(account: Account, context: Context) -> Value:
        call = calls.place(account, context, given)
        ui_state.show_call(account, context, call)
        return call

    return use_case


def _call_answer(_account: Account, result: Value, _rest: str, version: int) -> str:
    return f"CALL {result} STATUS {STATUS.show('unplaced', version)}"


def _some_calls(_account: Account, rest: str) -> int | None:
    which, handle = word(rest)
    if which.upper() not in ("ALL", "MISSED", "INCOMING", "OUTGOING"):
        return 524
    return None if not handle.strip() or is_address(handle.strip()) else 525


def _some_calls_said(rest: str) -> str:
    which, handle = word(rest)
    return f"{which.upper()} {handle}".rstrip(" ")


def _clear(rest: str) -> UseCase:
    which, handle = word(rest)
    handle = handle.strip()

    def use_case(account: Account, context: Context) -> Value:
        partner = account.people.address(handle) if handle else ""
        return call_history.clear(account, context, which.lower(), partner)

    return use_case


COMMANDS: Final = (
    Command(
        ("CALL",),
        Check(_someone, {34: "no target"}),
        _call,
        _call_answer,
        _FAILURES,
        "<target>[, <target>]*",
        287,
        "call people, phone numbers or speed dials; several make a conference",
        "CALL <id> STATUS UNPLACED",
        "protocol 1",
    ),
    Command(
        ("CLEAR", "CALLHISTORY"),
        Check(_some_calls, {524: "none of these words", 525: "a malformed handle"}),
        _clear,
        arguments="ALL|MISSED|INCOMING|OUTGOING [<handle>]",
        line=1642,
        meaning="forget calls, of one kind or with one person",
        said=_some_calls_said,
    ),
)
