"""How contacts are while our server tells us nothing: they are asked, one after the other (presence probes).

This is for who is invisible on a server without lists of what may get out. A round takes ROUND seconds, or
longer where there are many: PER_STEP contacts in each second. A device that shows itself no more while
another one does is gone. Of people who are gone some servers say so and others nothing (ejabberd): who gives
no answer MISSES times is gone, too.
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
MISSES: Final = 3


class Lookout:
    """Looks while ``look`` has been called and ``over`` has not."""

    def __init__(self, line: Line, roster: Roster, book: PresenceBook, wake: Callable[[], None]) -> None:
        self._line = line
        self._roster = roster
        self._book = book
        self._wake = wake
        self._left: list[str] = []
        #: Questions in a row that nobody answered, by address.
        self._missed: dict[str, int] = {}
        self._began = 0.0
        self._due: float | None = None

    def look(self) -> None:
        """From now on."""
        if self._due is None:
            self._left = []
            self._missed.clear()
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
            self._look_back(address)
            self._book.question(address)
            self._line.send(names.element(names.CLIENT, "presence", type="probe", to=address))
        self._due = now + STEP if self._left else max(now + STEP, self._began + ROUND)

    def _look_back(self, address: str) -> None:
        """What the last question came to."""
        silent = self._book.silent(address)
        if silent and silent == set(self._book.devices.get(address, ())):
            self._missed[address] = self._missed.get(address, 0) + 1
            if self._missed[address] < MISSES:
                return
        self._missed.pop(address, None)
        self._book.lost(address, silent)
