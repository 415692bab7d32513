"""Who is there, on which devices, and how the account itself is seen (RFC 6121; conventions in docs).

Of several devices that one counts which is more there: the order of STATES. What strangers send is not
looked at, so what is remembered is bounded by the list of contacts and MOST_DEVICES.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from slixmpp.jid import JID

from ringback.domain.inputs import PersonSeen
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import carries
from ringback.network.xmpp.line import Line
from ringback.network.xmpp.roster import Roster

#: What a person is seen as, the most present first.
STATES: Final = ("skypeme", "online", "away", "na", "dnd")
_SHOWS: Final = {"skypeme": "chat", "away": "away", "na": "xa", "dnd": "dnd"}
_SEEN_AS: Final = {"": "online", "chat": "online", "away": "away", "xa": "na", "dnd": "dnd"}
#: Devices of one person that are remembered.
MOST_DEVICES: Final = 32
LONGEST_MOOD: Final = 2_000
#: People who are told of in one go.
AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Device:
    """One connection of somebody."""

    state: str
    priority: int
    mood: str


class PresenceBook:
    """``devices`` by bare address and name of the connection."""

    def __init__(self, line: Line, roster: Roster) -> None:
        self._line = line
        self._roster = roster
        self.devices: dict[str, dict[str, Device]] = {}
        #: UTC seconds.
        self._left: dict[str, int] = {}
        #: What the account is seen as, "" before it has said so in this session.
        self.shown = ""
        self.mood = ""

    # Others -------------------------------------------------------------------------------------------------

    def heard(self, sender: JID, stanza: ET.Element) -> None:
        """Somebody came, went or is otherwise than before."""
        address = sender.bare
        if address == self._line.addresses.own or not self._roster.find(address).seen:
            return
        devices = self.devices.setdefault(address, {})
        if stanza.get("type") == "unavailable":
            if sender.resource:
                devices.pop(sender.resource, None)
            else:
                devices.clear()
            if not devices:
                self._left[address] = self._line.clock.now().stamp()
        elif sender.resource in devices or len(devices) < MOST_DEVICES:
            devices[sender.resource] = _device(stanza)
        self.show(address)

    def show(self, address: str) -> None:
        """Tell how somebody is seen."""
        devices = self.devices.get(address, {}).values()
        handle = self._line.addresses.handle(address)
        if not devices:
            left = self._left.get(address)
            told = () if left is None else (("last_online", left),)
            self._line.tell(PersonSeen(handle, (("online_status", "offline"), *told)))
            return
        best = min(devices, key=lambda device: (STATES.index(device.state), -device.priority))
        self._line.tell(
            PersonSeen(handle, (("online_status", best.state), ("last_online", 0), ("mood_text", best.mood)))
        )

    async def show_all(self) -> None:
        """The engine has lost sight of everybody, or sees contacts for the first time.

        There may be many thousand, and others who want to be heard in the meantime.
        """
        told = 0
        for address in list(self._roster.items):
            if self._roster.find(address).seen or address in self.devices:
                self.show(address)
                told += 1
                if told % AT_ONCE == 0:
                    await asyncio.sleep(0)

    def gone(self, address: str) -> None:
        """We may not see somebody any more."""
        if self.devices.pop(address, None):
            self.show(address)

    def forget(self) -> None:
        """A new session: who is there is told anew."""
        self.devices.clear()
        self._left.clear()
        self.shown = ""

    def left(self, address: str, stamp: int) -> None:
        """The server says when somebody was last there (UTC seconds)."""
        if not self.devices.get(address):
            self._left[address] = stamp
            self.show(address)

    def best_device(self, address: str) -> str:
        """The full address at which somebody is most likely found, "" if they are nowhere."""
        devices = self.devices.get(address)
        if not devices:
            return ""
        best = min(devices, key=lambda name: (STATES.index(devices[name].state), -devices[name].priority))
        return f"{address}/{best}"

    # The account --------------------------------------------------------------------------------------------

    def publish(self, state: str) -> None:
        """Be seen so from now on."""
        if state == "invisible":
            if self.shown not in ("", "invisible"):
                self._line.send(names.element(names.CLIENT, "presence", type="unavailable"))
            self.shown = state
            return
        if self._line.send(self._stanza(state)):
            self.shown = state

    def publish_to(self, address: str) -> None:
        """Let somebody see it who could not for a while."""
        if self.shown not in ("", "invisible") and self._roster.find(address).sees_us:
            stanza = self._stanza(self.shown)
            stanza.set("to", address)
            self._line.send(stanza)

    def _stanza(self, state: str) -> ET.Element:
        stanza = names.element(names.CLIENT, "presence")
        if state in _SHOWS:
            names.within(stanza, names.CLIENT, "show", _SHOWS[state])
        if self.mood:
            names.within(stanza, names.CLIENT, "status", self.mood)
        if state == "skypeme":
            names.within(stanza, names.RINGBACK, "state", state)
        return stanza

    def set_mood(self, mood: str) -> None:
        """Say this of the mood from now on."""
        mood = mood if carries(mood) else ""
        if mood != self.mood:
            self.mood = mood
            if self.shown not in ("", "invisible"):
                self.publish(self.shown)


def _device(stanza: ET.Element) -> Device:
    show = names.text_of(stanza, names.tag(names.CLIENT, "show"))
    state = _SEEN_AS.get(show, "online")
    if names.text_of(stanza, names.tag(names.RINGBACK, "state")) == "skypeme":
        state = "skypeme"
    try:
        priority = int(names.text_of(stanza, names.tag(names.CLIENT, "priority")) or 0)
    except ValueError:
        priority = 0
    mood = names.text_of(stanza, names.tag(names.CLIENT, "status"))[:LONGEST_MOOD]
    return Device(state, priority, mood)
