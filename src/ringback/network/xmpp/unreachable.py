"""Contacts whose server cannot be reached for now, and what waits for them.

Theory. A server that finds no way to another one gives messages back at once, or after a while, and never
tries again. Of strangers that is final: there may be nobody. A contact is somebody, so what we wrote waits
here, and what is written later waits behind it. It goes out again when something is heard of them, or after
a pause that doubles each time. The engine posts each anew, and knows when the first time was: after a day it
has failed. What it does not know that of has failed a day after the first thing came back here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET

from ringback.domain.outbox import PATIENCE

#: Seconds: the first pause and the longest one.
PAUSE: Final = 15.0
PAUSE_AT_MOST: Final = 900.0
#: Seconds after an attempt in which what it says may come back; what comes back later is another matter.
ANSWER: Final = 3_600.0
#: Error conditions that say so.
CONDITIONS: Final = frozenset({"remote-server-not-found", "remote-server-timeout"})


@dataclass(slots=True)
class _Waiting:
    """``since``, ``due``, ``tried`` (the last time): monotonic seconds.

    ``stanzas`` by uid, in order; None is still to be posted.
    """

    since: float
    due: float
    tried: float
    pause: float = PAUSE
    stanzas: dict[str, ET.Element | None] = field(default_factory=dict)


class Unreachable:
    """Who it is, by address."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}

    def came_back(self, address: str, uid: str, now: float) -> bool:
        """Something came back from there; False if it is no use to wait any more."""
        waiting = self._waiting.get(address)
        if waiting is None or (not waiting.stanzas and now - waiting.tried > ANSWER):
            waiting = self._waiting[address] = _Waiting(now, now + PAUSE, now)
        elif waiting.due <= now:
            waiting.pause = min(2 * waiting.pause, PAUSE_AT_MOST)
            waiting.due = now + waiting.pause
        if now - waiting.since > PATIENCE:
            return False
        waiting.stanzas[uid] = None
        return True

    def keeps(self, address: str, uid: str, stanza: ET.Element) -> bool:
        """True if it is kept because nothing can be sent there now."""
        waiting = self._waiting.get(address)
        if waiting is None or not waiting.stanzas:
            return False
        waiting.stanzas[uid] = stanza
        return True

    def has(self, uid: str) -> bool:
        """Is that waiting? What an archive shows of it was not delivered."""
        return any(uid in waiting.stanzas for waiting in self._waiting.values())

    def due(self, now: float) -> list[str]:
        """The addresses where it is time to try again."""
        return [address for address, one in self._waiting.items() if one.stanzas and one.due <= now + 1e-6]

    def next_deadline(self) -> float | None:
        """When it is time to try again."""
        return min((one.due for one in self._waiting.values() if one.stanzas), default=None)

    def take(self, address: str, now: float, *, heard: bool) -> list[tuple[str, ET.Element]]:
        """What waits there, to be sent now. ``heard``: something came from there, so there is a way again."""
        waiting = self._waiting.get(address)
        if waiting is None:
            return []
        if heard:
            del self._waiting[address]
        found, waiting.stanzas, waiting.tried = waiting.stanzas, {}, now
        return [(uid, stanza) for uid, stanza in found.items() if stanza is not None]

    def forget(self) -> None:
        """The session is over: everything is posted anew."""
        self._waiting.clear()
