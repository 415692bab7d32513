"""The account's archive at its server (XEP-0313): what was said while we were away or elsewhere.

It is looked through in order from the last entry that the engine has stored: at the beginning of a session,
now and then, and when something that was sent is not confirmed for a while. Servers that keep it in files
read all of it for each look.

Servers write with several hands: what is dated earlier may appear a moment later. So who comes does not
believe the last second to be complete, and reads it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from ringback.domain.time import earliest
from ringback.network.xmpp import names
from ringback.network.xmpp.chats import Mail, delayed
from ringback.network.xmpp.line import Line, Refused

_LOG: Final = logging.getLogger(__name__)
#: Entries of one page.
PAGE: Final = 100
#: Seconds that something may be in doubt before a look, and between looks otherwise: while messages come by
#: themselves, and while they do not.
SOON: Final = 2.0
SOMETIMES: Final = 60.0
OFTEN: Final = 3.0
#: Seconds at the end of the archive that may be incomplete.
FRESH: Final = 1.0


class Archive:
    """``take`` is given what an entry holds: its id, when it was kept, and the message.

    ``doubt``: since when the oldest of what was sent waits for a proof that it is safe, monotonic.
    """

    def __init__(self, line: Line, wake: Callable[[], None]) -> None:
        self._line = line
        self._wake = wake
        self.take: Callable[[str, ET.Element], None] = lambda _ident, _forwarded: None
        self.doubt: Callable[[], float | None] = lambda: None
        self.there = False
        #: Seconds between looks if nothing else is wanted.
        self.pace = SOMETIMES
        self._query = ""
        self._queries = 0
        self._looking = False
        #: Entries of this look that may have others before them, with the time of each.
        self._fresh: list[tuple[str, float]] = []
        self._due: float | None = None
        #: When the last look began or ended, and until when there is none since the server refused one.
        self._looked_at = 0.0
        self._not_before = 0.0

    def look_soon(self) -> None:
        """Something wants to be found in it."""
        moment = self._line.clock.now().monotonic + SOON
        if self.there and (self._due is None or self._due > moment):
            self._due = moment
            self._wake()

    def next_deadline(self) -> float | None:
        """Monotonic moment at which ``advance`` is needed."""
        if not self.there or self._looking:
            return None
        doubt = self.doubt()
        due = earliest(self._due, None if doubt is None else max(doubt, self._looked_at) + SOON)
        return None if due is None else max(due, self._not_before)

    def advance(self, now: float, mail: Mail) -> None:
        """Look, if it is time."""
        due = self.next_deadline()
        if due is not None and due <= now + 1e-6:
            self._due, self._looked_at = None, now
            self._line.spawn(self.catch_up(mail))

    def over(self) -> None:
        """The session is over."""
        self.there = self._looking = False
        self._query, self._due = "", None

    async def catch_up(self, mail: Mail, *, coming: bool = False) -> None:
        """Look through everything new. ``coming``: nothing comes to us by itself yet. Raises Refused."""
        if self._looking:
            return
        self._looking = True
        unproven = mail.unproven
        try:
            if self._line.memory.archive is None and not self._line.memory.since:
                await self._begin()
            else:
                await self._read_on(mail, FRESH if coming else 0.0)
        except Refused:
            self._not_before = self._line.clock.now().monotonic + SOMETIMES
            raise
        finally:
            self._looking, self._query = False, ""
            self._fresh.clear()
            self._looked_at = self._line.clock.now().monotonic
            if self._due is None:
                self._due = self._line.clock.now().monotonic + self.pace
        mail.believe(unproven)
        self._wake()

    async def _begin(self) -> None:
        """What was said before this program came to the account stays there; find the end of it.

        The entries themselves are not asked for: from who did that, some servers keep back what came while
        nobody was there.
        """
        memory = self._line.memory
        memory.since = self._line.clock.now().utc
        try:
            answer = await self._line.ask("get", names.element(names.MAM, "metadata"))
        except Refused:
            pass  # an old server: the clock must do
        else:
            end = answer.find(f"{names.tag(names.MAM, 'metadata')}/{names.tag(names.MAM, 'end')}")
            memory.archive = "" if end is None else end.get("id", "")
        memory.keep()

    async def _read_on(self, mail: Mail, fresh: float) -> None:
        after = self._line.memory.archive or ""
        since = self._line.memory.since if self._line.memory.archive is None else 0.0
        while True:
            try:
                fin = await self._page(after, since)
            except Refused as refused:
                if refused.condition != "item-not-found" or not after:
                    raise
                _LOG.warning("the archive has forgotten where we were; it is read from our first session on")
                after, since = "", self._line.memory.since
                continue
            last = names.text_of(fin, names.tag(names.RSM, "set"), names.tag(names.RSM, "last"))
            mark = self._complete(fresh) if fresh else last
            if mark:
                mail.looked_through(mark)
            if not fresh:
                self._fresh.clear()
            if fin.get("complete") == "true" or not last or last == after:
                return
            after = last

    def _complete(self, fresh: float) -> str:
        """The last entry before which there is nothing new, "" if it is none of this look."""
        mark = ""
        while self._fresh and self._fresh[0][1] + fresh < self._fresh[-1][1]:
            mark = self._fresh.pop(0)[0]
        return mark

    async def _page(self, after: str, since: float) -> ET.Element:
        self._queries += 1
        self._query = f"q{self._queries}"
        query = names.element(names.MAM, "query", queryid=self._query)
        if since:
            names.form(query, FORM_TYPE=names.MAM, start=_stamp(since))
        limits = names.within(query, names.RSM, "set")
        names.within(limits, names.RSM, "max", str(PAGE))
        if after:
            names.within(limits, names.RSM, "after", after)
        answer = await self._line.ask("set", query)
        fin = answer.find(names.tag(names.MAM, "fin"))
        return names.element(names.MAM, "fin", complete="true") if fin is None else fin

    def heard(self, result: ET.Element) -> None:
        """An entry that we asked for; that our own server says so is known already."""
        forwarded = result.find(names.tag(names.FORWARD, "forwarded"))
        if self._query and result.get("queryid") == self._query and forwarded is not None:
            stamp = delayed(forwarded, (self._line.addresses.home, self._line.addresses.own, ""))
            self._fresh.append((result.get("id", ""), 0.0 if stamp is None else stamp))
            self.take(result.get("id", ""), forwarded)


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
