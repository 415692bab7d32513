"""Objects that had another name: MESSAGE below protocol 3, CHATMESSAGE from then on.

Value differences are declared with the value types (``ringback.protocol.values``); here is the one object
that was renamed, in both directions (reference: Skype protocol, conversions below 3; rules P11 to P21).
"""

from __future__ import annotations

from typing import Final

RENAMED_IN: Final = 3
_SEARCHES: Final = {"MESSAGES": "CHATMESSAGES", "MISSEDMESSAGES": "MISSEDCHATMESSAGES"}
_ASKED: Final = {"PARTNER_HANDLE": "FROM_HANDLE", "PARTNER_DISPNAME": "FROM_DISPNAME"}
_SHOWN: Final = {new: old for old, new in _ASKED.items()}


def older_command(verb: str, rest: str) -> str:
    """What a program below protocol 3 means by ``verb rest``, in today's words."""
    if verb not in ("GET", "SET", "SEARCH"):
        return rest
    what, _, tail = rest.partition(" ")
    shouted = what.upper()
    if verb == "SEARCH" and shouted in _SEARCHES:
        return f"{_SEARCHES[shouted]} {tail}".rstrip(" ")
    if shouted != "MESSAGE":
        return rest
    key, _, name = tail.partition(" ")
    return f"CHATMESSAGE {key} {_ASKED.get(name.strip().upper(), name)}" if name else f"CHATMESSAGE {tail}"


def older_line(line: str) -> str:
    """How an answer or notification looks to a program below protocol 3."""
    if line.startswith("CHATMESSAGES"):
        return "MESSAGES" + line[len("CHATMESSAGES") :]
    if not line.startswith("CHATMESSAGE "):
        return line
    _, key, tail = (*line.split(" ", 2), "")[:3]
    name, _, value = tail.partition(" ")
    return f"MESSAGE {key} {_SHOWN.get(name, name)} {value}"
