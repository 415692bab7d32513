"""How the account itself is seen: its presence, and how it is there without being seen (docs: Invisible).

Theory. A server tells nothing of contacts to who is not there for it, and keeps messages instead of giving
them; and who is there, it shows. A list of what may not get out (XEP-0016), where servers have it, puts that
right: first contacts see us go, then the list is put in force for this session, then we are there again and
nobody hears of it. The list takes the place of the account's own one, and so holds what is in that, too: whom
we block. Where there are no such lists the account is away for its server, and ``unheard``: what goes on is
then asked for (``lookout``, and the archive more often).

What is wanted can change while the server has not answered; one change follows the other, and those that were
overtaken are left out. At no moment is more to be seen than before or after.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from xml.etree import ElementTree as ET

from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import carries
from ringback.network.xmpp.line import Line, Refused
from ringback.network.xmpp.roster import Roster

_LOG: Final = logging.getLogger(__name__)
_SHOWS: Final = {"skypeme": "chat", "away": "away", "na": "xa", "dnd": "dnd"}
_UNSEEN: Final = ("", "invisible")


class Appearance:
    """``changed`` is called when the server treats the account otherwise than before."""

    def __init__(self, line: Line, roster: Roster) -> None:
        self._line = line
        self._roster = roster
        self.changed: Callable[[], None] = lambda: None
        #: What the account is seen as, "" before it has said so in this session.
        self.shown = ""
        self.mood = ""
        self._wanted = ""
        self._listed = False
        self._following = False
        #: One who writes the list at a time, or it would miss what was changed meanwhile.
        self._writing = asyncio.Lock()

    @property
    def seen(self) -> bool:
        """Others see the account."""
        return self.shown not in _UNSEEN

    @property
    def unheard(self) -> bool:
        """The server takes the account for away, and tells it nothing."""
        return self.shown == "invisible" and not self._listed

    @property
    def _list(self) -> str:
        """Its name, of this device alone: a list that others use cannot be changed."""
        return f"invisible {self._line.memory.device}"

    def forget(self) -> None:
        """A new session: nothing was said in it yet."""
        self.shown = self._wanted = ""
        self._listed = False

    # To be seen ---------------------------------------------------------------------------------------------

    def publish(self, state: str) -> None:
        """Be seen so from now on; without a session it is said again when there is one."""
        if self._line.client is None:
            return
        self._wanted = state
        if self._following:
            return
        if state == "invisible" or self._listed:
            self._following = True
            self._line.spawn(self._follow())
        else:
            self._say(state)

    def _say(self, state: str) -> None:
        if self._line.send(self._stanza(state)):
            self._be(state)

    def _be(self, state: str) -> None:
        before, heard_of = self.unheard, bool(self.shown)
        self.shown = state
        if not heard_of or self.unheard != before:
            self.changed()

    def publish_to(self, address: str) -> None:
        """Let somebody see it who could not for a while."""
        if self.shown not in _UNSEEN and self._roster.find(address).sees_us:
            stanza = self._stanza(self.shown)
            stanza.set("to", address)
            self._line.send(stanza)

    def set_mood(self, mood: str) -> None:
        """Say this of the mood from now on."""
        mood = mood if carries(mood) else ""
        if mood != self.mood:
            self.mood = mood
            if self.shown not in _UNSEEN and not self._following:
                self._say(self.shown)

    def _stanza(self, state: str) -> ET.Element:
        stanza = names.element(names.CLIENT, "presence")
        if state in _SHOWS:
            names.within(stanza, names.CLIENT, "show", _SHOWS[state])
        if self.mood:
            names.within(stanza, names.CLIENT, "status", self.mood)
        if state == "skypeme":
            names.within(stanza, names.RINGBACK, "state", state)
        return stanza

    # To be there unseen -------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Do what is wanted, until that is done which was wanted last."""
        try:
            while self.shown != self._wanted:
                if self._wanted == "invisible":
                    await self._hide()
                else:
                    if self._listed:
                        await self._put_in_force("")
                        self._listed = False
                    self._say(self._wanted)
        finally:
            self._following = False

    async def _hide(self) -> None:
        if self.shown not in _UNSEEN:
            self._line.send(names.element(names.CLIENT, "presence", type="unavailable"))
        if names.PRIVACY in self._line.features:
            async with self._writing:
                try:
                    await self._write_list()
                    await self._put_in_force(self._list)
                except Refused as refused:
                    _LOG.warning("the server takes no list for being invisible: %s", refused.condition)
                else:
                    # What goes out now reaches nobody.
                    self._listed = self._line.send(self._stanza("online"))
        self._be("invisible")

    async def blocked_otherwise(self) -> None:
        """Somebody is blocked now, or not any more: so it is in the list, too."""
        async with self._writing:
            if self._listed:
                with suppress(Refused):
                    await self._write_list()

    async def _put_in_force(self, name: str) -> None:
        """For this session; ``name`` "": none. Raises Refused."""
        order = names.element(names.PRIVACY, "query")
        active = names.within(order, names.PRIVACY, "active")
        if name:
            active.set("name", name)
        await self._line.ask("set", order)

    async def _write_list(self) -> None:
        """Raises Refused."""
        order = names.element(names.PRIVACY, "query")
        written = names.within(order, names.PRIVACY, "list")
        written.set("name", self._list)
        rule = names.within(written, names.PRIVACY, "item", action="deny", order="0")
        names.within(rule, names.PRIVACY, "presence-out")
        for number, item in enumerate(await self._always_in_force(), start=1):
            item.set("order", str(number))
            written.append(item)
        await self._line.ask("set", order)

    async def _always_in_force(self) -> list[ET.Element]:
        """The rules of the account's own list."""
        query, item = (names.tag(names.PRIVACY, name) for name in ("query", "item"))
        with suppress(Refused):
            told = await self._line.ask("get", names.element(names.PRIVACY, "query"))
            default = told.find(f"{query}/{names.tag(names.PRIVACY, 'default')}")
            name = "" if default is None else default.get("name", "")
            if name:
                question = names.element(names.PRIVACY, "query")
                names.within(question, names.PRIVACY, "list").set("name", name)
                rules = list((await self._line.ask("get", question)).iter(item))
                return sorted(rules, key=_order)
        return []


def _order(rule: ET.Element) -> int:
    return names.number(rule.get("order")) or 0
