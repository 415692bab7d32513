"""Telling another Ringback what has arrived, a few at a time: a convention of ours beside XEP-0184.

A receipt is a stanza for each message, which servers keep like messages; of a talk that goes to and fro it is
half of all work. Another Ringback needs it only to forget what it has sent, which may wait: so what arrived
from it rides on the next message to it, or goes by itself a moment later, in a stanza that nobody keeps. What
is lost on the way costs a look into the archive. To other programs receipts go at once, one by one.

It wants so for whatever another Ringback sends, which need not ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from xml.etree import ElementTree as ET

from ringback.network.xmpp import names
from ringback.network.xmpp.line import Line

#: Seconds that something may wait for a message to ride on.
WAIT: Final = 0.3
#: Ids in one stanza, those that are read of one, and those that ride on a message.
MOST: Final = 200
_RIDING: Final = 20
_TAG: Final = names.tag(names.ARRIVED, "arrived")


class Arrivals:
    """``takes``: is there a Ringback at this full address? ``alone``: are all of somebody's devices such?"""

    def __init__(self, line: Line, takes: Callable[[str], bool], alone: Callable[[str], bool]) -> None:
        self._line = line
        self.takes = takes
        self.alone = alone
        #: Ids by full address.
        self._owed: dict[str, list[str]] = {}
        self._due: float | None = None

    def owe(self, device: str, ident: str) -> None:
        """Somebody wants to be told, soon, that this is stored here."""
        self._owed.setdefault(device, []).append(ident)
        if self._due is None:
            self._due = self._line.clock.now().monotonic + WAIT

    def ride(self, message: ET.Element, address: str) -> None:
        """Have a new message to somebody take along what they are owed."""
        for device, idents in list(self._owed.items()):
            if device.partition("/")[0] == address and len(idents) <= _RIDING:
                names.within(message, names.ARRIVED, "arrived", ids=" ".join(self._owed.pop(device)))
                return

    def next_deadline(self) -> float | None:
        """Monotonic moment at which ``advance`` is needed."""
        return self._due if self._line.client is not None else None

    def advance(self, now: float) -> None:
        """Tell what has waited."""
        if self._due is not None and self._due <= now + 1e-6 and self._line.client is not None:
            self.tell()

    def tell(self) -> None:
        """Tell everything now."""
        self._due = None
        owed, self._owed = self._owed, {}
        for device, idents in owed.items():
            for start in range(0, len(idents), MOST):
                # Of this type nothing is kept or copied, and nobody is told when there is nobody.
                message = names.element(names.CLIENT, "message", to=device, type="headline")
                together = " ".join(idents[start : start + MOST])
                names.within(message, names.ARRIVED, "arrived", ids=together)
                self._line.send(message)

    def forget(self) -> None:
        """The session is over."""
        self._owed.clear()
        self._due = None


def arrived(message: ET.Element) -> Iterator[str]:
    """The ids of ours that a message says to have arrived."""
    found = message.find(_TAG)
    if found is not None:
        yield from found.get("ids", "").split(" ", MOST)[:MOST]
