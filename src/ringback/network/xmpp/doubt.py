"""Contacts who are said to be there and may not be: a server that crashes takes nobody's leave.

Theory. Nobody tells that the devices of a crashed server, or of a dead node of a cluster, are gone. So who is
there and has said nothing for DOUBT seconds is doubted, sooner if we said something to them. Their server is
asked how their devices are (a presence probe, which these do not see). What has not shown itself
GRACE seconds later is asked itself (XEP-0199), or its server for those who may not see us; what is not there
is gone. If nobody answers at all it is asked once more before all are gone; such people are asked on until
they are there again, since nobody else would tell that either.

It is bounded: one contact is asked at a time, one in STEP seconds or more, and who talks to us is not asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from ringback.network.xmpp import names
from ringback.network.xmpp.line import Line, Refused
from ringback.network.xmpp.presence import PresenceBook
from ringback.network.xmpp.roster import Roster

#: Seconds: of silence, of silence after something was said to them, and between two questions.
DOUBT: Final = 600.0
SOON: Final = 20.0
STEP: Final = 2.0
#: Seconds in which devices show themselves.
GRACE: Final = 10.0
#: Questions without any answer after which somebody counts as gone.
MISSES: Final = 2
#: Error conditions that tell nothing of a device: whoever should know was not reached, or nobody answered.
_UNREACHED: Final = frozenset({"timeout", "remote-server-not-found", "remote-server-timeout"})
#: Those that a device gives, and nobody in its place.
_OF_DEVICES: Final = frozenset({"feature-not-implemented", "not-allowed", "forbidden", "not-authorized"})


class Doubt:
    """``wake``: deadlines have changed."""

    def __init__(self, line: Line, roster: Roster, book: PresenceBook, wake: Callable[[], None]) -> None:
        self._line = line
        self._roster = roster
        self._book = book
        self._wake = wake
        #: When to ask, by address; whom to ask next comes first, since all in one of them wait equally long.
        self._later: dict[str, float] = {}
        self._soon: dict[str, float] = {}
        self._at_once: dict[str, float] = {}
        self._not_before = 0.0
        #: Questions that nobody answered, by address.
        self._missed: dict[str, int] = {}
        #: Who is being asked, and until when their devices may show themselves.
        self._asked = ""
        self._shown_by: float | None = None

    def heard(self, address: str) -> None:
        """Somebody has given a sign of life, or has gone."""
        self._settle(address)
        now = self._line.clock.now().monotonic
        if self._book.devices.get(address):
            self._missed.pop(address, None)
            self._later[address] = now + DOUBT
            if address == self._asked and self._shown_by is not None and not self._book.silent(address):
                self._asked = ""
                self._wake()
        elif address in self._missed:
            self._at_once[address] = now
            self._wake()

    @property
    def _queues(self) -> tuple[dict[str, float], ...]:
        return self._at_once, self._soon, self._later

    def _settle(self, address: str) -> None:
        for queue in self._queues:
            queue.pop(address, None)

    def said(self, address: str) -> None:
        """We said something to somebody that their program would answer."""
        if address in self._later and address not in self._soon:
            self._soon[address] = self._line.clock.now().monotonic + SOON
            self._wake()

    def over(self) -> None:
        """The connection is gone, and with it the question of the moment."""
        if self._asked:
            self._later[self._asked] = self._line.clock.now().monotonic + DOUBT
        self._asked, self._shown_by = "", None

    def forget(self) -> None:
        """A new session: who is there is told anew."""
        self.over()
        for queue in self._queues:
            queue.clear()
        self._missed.clear()

    def next_deadline(self) -> float | None:
        """Monotonic moment at which ``advance`` is needed."""
        if self._line.client is None:
            return None
        if self._asked:
            return self._shown_by
        firsts = [_first(queue) for queue in self._queues if queue]
        return max(min(firsts), self._not_before) if firsts else None

    def advance(self, now: float) -> None:
        """Ask whoever is doubted, or those who did not answer."""
        due = self.next_deadline()
        if due is None or due > now + 1e-6:
            return
        self._not_before = now + STEP
        if self._asked:
            self._shown_by = None
            self._line.spawn(self._ask_silent(self._asked))
            return
        # These come before whoever was only silent for long, and among them who waits longest.
        urgent = [queue for queue in (self._at_once, self._soon) if queue and _first(queue) <= now + 1e-6]
        queue = min(urgent, key=_first) if urgent else self._later
        address = next(iter(queue))
        self._settle(address)
        if self._book.devices.get(address) or address in self._missed:
            self._asked, self._shown_by = address, now + GRACE
            self._book.question(address)
            self._line.send(names.element(names.CLIENT, "presence", type="probe", to=address))

    async def _ask_silent(self, address: str) -> None:
        """Those who have not shown themselves; and whether anybody is there to ask, of who had no devices."""
        silent = self._book.silent(address)
        known = bool(self._book.devices.get(address))
        if silent or not known:
            answers = await self._answers(address, silent)
            if any(there is None for there in answers.values()):
                self._missed[address] = self._missed.get(address, 0) + 1
                late = self._missed[address] >= MISSES
            else:
                self._missed.pop(address, None)
                late = False
            self._book.lost(
                address,
                [name for name, there in answers.items() if there is False or (late and there is None)],
            )
        self._asked = ""
        if self._book.devices.get(address) or address in self._missed:
            self._later.setdefault(address, self._line.clock.now().monotonic + DOUBT)
        self._wake()

    async def _answers(self, address: str, silent: Iterable[str]) -> dict[str, bool | None]:
        """Which of the devices are there; None where that did not become known."""
        found = list(silent) or [""]
        if not self._roster.find(address).sees_us or found == [""]:
            # Their server answers in their place; a device would learn that we are there.
            server = await self._reached(address)
            return dict.fromkeys(found, None if server is None else False)
        told = await asyncio.gather(*(self._reached(f"{address}/{name}") for name in found))
        return dict(zip(found, told, strict=True))

    async def _reached(self, address: str) -> bool | None:
        try:
            await self._line.ask("get", names.element("urn:xmpp:ping", "ping"), address)
        except Refused as refused:
            if refused.condition in _UNREACHED:
                return None
            return refused.condition in _OF_DEVICES
        return True


def _first(queue: dict[str, float]) -> float:
    """When its first is due."""
    return next(iter(queue.values()))
