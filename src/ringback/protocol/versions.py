"""What older protocols say otherwise, apart from values.

Value differences are declared with the value types (``ringback.protocol.values``); here are the one object
that was renamed (MESSAGE below protocol 3, CHATMESSAGE from then on), in both directions (reference: Skype
protocol, conversions below 3; rules P11 to P21), numbers of errors that came later, and when PONG began to
be overtaken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ringback.protocol.lexer import word

RENAMED_IN: Final = 3
#: From this protocol on, notifications may come between PING and PONG (rule P34).
ASYNCHRONOUS_PONG_IN: Final = 6
#: Errors by the protocol that brought them, and what the same fault was before, by verb (rule P44).
_ERRORS: Final[Mapping[int, tuple[int, Mapping[str, int]]]] = {
    615: (8, {"CHAT": 508, "CHATMESSAGE": 511, "MESSAGE": 511}),
}
_SEARCHES: Final = {"MESSAGES": "CHATMESSAGES", "MISSEDMESSAGES": "MISSEDCHATMESSAGES"}
_ASKED: Final = {"PARTNER_HANDLE": "FROM_HANDLE", "PARTNER_DISPNAME": "FROM_DISPNAME"}
#: Properties of the old object that the new one has not; they are asked of the old one.
_DROPPED: Final = frozenset({"CONF_ID", "FAILUREREASON"})
_SHOWN: Final = {new: old for old, new in _ASKED.items()}


def older_command(verb: str, rest: str) -> str:
    """What a program below protocol 3 means by ``verb rest``, in today's words."""
    if verb not in ("GET", "SET", "SEARCH"):
        return rest
    what, tail = word(rest)
    shouted = what.upper()
    if verb == "SEARCH" and shouted in _SEARCHES:
        return f"{_SEARCHES[shouted]} {tail}".rstrip(" ")
    if shouted != "MESSAGE" or verb == "SEARCH":
        return rest
    if verb == "SET":
        # Of a MESSAGE only SEEN could be set.
        name = word(word(tail)[1])[0].upper()
        return f"CHATMESSAGE {tail}" if name in ("", "SEEN") else rest
    key, tail = word(tail)
    name, tail = word(tail)
    if name.upper() in _DROPPED:
        return rest
    return f"CHATMESSAGE {key} {_ASKED.get(name.upper(), name)} {tail}".rstrip(" ")


def older_error(number: int, verb: str, version: int) -> int:
    """The number that a program of ``version`` knows for the fault."""
    introduced, before = _ERRORS.get(number, (1, {}))
    return number if version >= introduced else before.get(verb, number)


def older_answer(line: str, converted: bool) -> str:
    """How an answer looks to a program below protocol 3, whose command was ``converted`` or not.

    A list is headed as it was asked for: who searches by the new word gets the new heading (rule P20).
    """
    if converted and line.startswith("CHATMESSAGES"):
        return line.removeprefix("CHAT")
    return older_line(line)


def older_line(line: str) -> str:
    """How a line about a message looks to a program below protocol 3."""
    if not line.startswith("CHATMESSAGE "):
        return line
    _, key, tail = (*line.split(" ", 2), "")[:3]
    name, _, value = tail.partition(" ")
    return f"MESSAGE {key} {_SHOWN.get(name, name)} {value}"
