"""How contacts are while our server tells us nothing: they are asked, one after the other (presence probes).

This is for who is invisible on a server without lists of what may get out. A round takes ROUND seconds, or
longer where there are many: PER_STEP contacts in each second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ringback.network.xmpp import names
from ringback.network.xmpp.line import Line
from ringback.network.xmpp.presence import PresenceBook
from ringback.network.xmpp.roster import Roster

ROUND: Final = 6.0
STEP: Final = 1.0
PER_STEP: Final = 3


class Lookout:
    """Looks while ``look`` has been called and ``over`` has not."""

    def __init__(self, line: Line, roster: Roster, book: PresenceBook, wake: Callable[[], None]) -> None:
        self._line = line
        self._roster = roster
        self._book = book
        self._wake = wake
        self._left: list[str] = []
        self._began = 0.0
        self._due: float | None = None

    def look(self) -> None:
        """From now on."""
        if self._due is None:
            self._left = []
            self._due = self._line.clock.now().monotonic
            self._wake()

    def over(self) -> None:
        """It is not needed any more."""
        self._due = None

    def next_deadline(self) -> float | None:
        """Monotonic moment at which ``advance`` is needed."""
        return None if self._line.client is None else self._due

    def advance(self, now: float) -> None:
        """Ask some more."""
        due = self.next_deadline()
        if due is None or due > now + 1e-6:
            return
        if not self._left:
            self._began = now
            self._left = [address for address, item in self._roster.items.items() if item.seen]
        asked, self._left = self._left[:PER_STEP], self._left[PER_STEP:]
        for address in asked:
            self._book.ask(address)
            self._line.send(names.element(names.CLIENT, "presence", type="probe", to=address))
        self._due = now + STEP if self._left else max(now + STEP, self._began + ROUND)
