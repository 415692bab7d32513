"""Who is kept away by the server (XEP-0191), whichever of our devices wanted that."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final
from xml.etree import ElementTree as ET

from ringback.domain.effects import ChangeContact, ContactAct
from ringback.domain.inputs import Barred, Posted
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import NoAddressError, bare
from ringback.network.xmpp.line import Line
from ringback.network.xmpp.roster import Roster

_LOG: Final = logging.getLogger(__name__)
#: People of whom the engine is told that they are blocked.
BLOCKED_AT_MOST: Final = 10_000
_ITEM: Final = names.tag(names.BLOCKING, "item")


class Blocking:
    """``changed``: sees to it that who is blocked now, or not any more, is so everywhere.

    ``in_sight``: is told who may see us again.
    """

    def __init__(
        self,
        line: Line,
        roster: Roster,
        changed: Callable[[], Awaitable[None]],
        in_sight: Callable[[str], None],
    ) -> None:
        self._line = line
        self._roster = roster
        self._changed = changed
        self._in_sight = in_sight
        roster.block = self.post

    async def fetch(self) -> None:
        """Tell who is blocked, and have the server say what becomes of that. Raises Refused."""
        if names.BLOCKING in self._line.features:
            answer = await self._line.ask("get", names.element(names.BLOCKING, "blocklist"))
            handles = self._read(answer)
            # Of those beyond the bound it is not known that they are not blocked.
            whole = len(handles) <= BLOCKED_AT_MOST
            self._line.tell(Barred(handles[:BLOCKED_AT_MOST], whole=whole))

    def pushed(self, iq: ET.Element) -> None:
        """Another device blocks people, or not any more; whether it was our server is known already."""
        for word in ("block", "unblock"):
            if iq.find(names.tag(names.BLOCKING, word)) is not None:
                handles = self._read(iq)[:BLOCKED_AT_MOST]
                # Nothing named, no domain either: nobody is blocked any more.
                everybody = word == "unblock" and next(iq.iter(_ITEM), None) is None
                self._line.tell(Barred(handles, word == "block", whole=everybody))
                self._line.spawn(self._follow(word, handles))

    async def _follow(self, word: str, handles: tuple[str, ...]) -> None:
        await self._changed()
        for handle in handles if word == "unblock" else ():
            self._in_sight(self._line.addresses.address(handle))

    def _read(self, stanza: ET.Element) -> tuple[str, ...]:
        """Whole domains, and single devices, are no people."""
        found = []
        for item in stanza.iter(_ITEM):
            address = item.get("jid", "")
            try:
                if "@" in address and "/" not in address:
                    found.append(self._line.addresses.handle(bare(address)))
            except NoAddressError:
                continue
        if len(found) > BLOCKED_AT_MOST:
            _LOG.warning("more people are blocked at the server than are looked at")
        return tuple(found)

    def post(self, request: ChangeContact, address: str) -> None:
        """Carry out a wish of the engine."""
        if names.BLOCKING not in self._line.features:
            # The engine drops what they say; they see us, and the docs say so.
            self._line.tell(Posted(request.uid))
            return
        blocks = request.act is ContactAct.BLOCK
        if blocks and self._roster.find(address).sees_us:
            # Not every server does this by itself.
            self._line.send(names.element(names.CLIENT, "presence", to=address, type="unavailable"))
        order = names.element(names.BLOCKING, "block" if blocks else "unblock")
        names.within(order, names.BLOCKING, "item", jid=address)

        async def done() -> None:
            await self._changed()
            if not blocks:
                self._in_sight(address)

        self._roster.order(request, order, done)
