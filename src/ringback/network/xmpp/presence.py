"""Who is there, on which devices, and what these can do (RFC 6121, XEP-0115; conventions in docs).

Of several devices that one counts which is more there: the order of STATES. What strangers send is not
looked at, so what is remembered is bounded by the list of contacts and MOST_DEVICES.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from slixmpp.jid import JID

from ringback.domain.effects import Fields
from ringback.domain.inputs import PersonSeen
from ringback.jingle.namespaces import RTP_AUDIO, RTP_VIDEO
from ringback.network.xmpp import names
from ringback.network.xmpp.capabilities import Capabilities, Claim, claim_of
from ringback.network.xmpp.line import Line
from ringback.network.xmpp.roster import Roster

#: What a person is seen as, the most present first.
STATES: Final = ("skypeme", "online", "away", "na", "dnd")
_SEEN_AS: Final = {"": "online", "chat": "online", "away": "away", "xa": "na", "dnd": "dnd"}
#: Devices of one person that are remembered.
MOST_DEVICES: Final = 32
LONGEST_MOOD: Final = 2_000
#: People who are told of in one go.
AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Device:
    """One connection of somebody. ``claim``: what it says of its program."""

    state: str
    priority: int
    mood: str
    claim: Claim | None = None

    @property
    def is_ours(self) -> bool:
        """It is a Ringback, as it says."""
        return self.claim is not None and self.claim.node == names.CAPS_NODE


class PresenceBook:
    """``devices`` by bare address and name of the connection."""

    def __init__(self, line: Line, roster: Roster) -> None:
        self._line = line
        self._roster = roster
        self._capabilities = Capabilities(line)
        self._capabilities.learnt = self._learnt
        #: Called with the address of somebody who is there otherwise than before.
        self.shown: Callable[[str], None] = lambda _address: None
        self.devices: dict[str, dict[str, Device]] = {}
        #: UTC seconds.
        self._left: dict[str, int] = {}
        #: Devices of which nothing was heard since somebody was asked about theirs, by address.
        self._silent: dict[str, set[str]] = {}

    def heard(self, sender: JID, stanza: ET.Element) -> None:
        """Somebody came, went or is otherwise than before."""
        address = sender.bare
        if address == self._line.addresses.own or not self._roster.find(address).seen:
            return
        devices = self.devices.setdefault(address, {})
        if stanza.get("type") == "unavailable":
            was_there = bool(devices)
            for name in [sender.resource] if sender.resource else list(devices):
                self._remove(address, name)
            if was_there and not devices:
                # Of who was not there before, servers say it, too.
                self._left[address] = self._line.clock.now().stamp()
        elif sender.resource in devices or len(devices) < MOST_DEVICES:
            devices[sender.resource] = device = _device(stanza)
            self._silent.get(address, set()).discard(sender.resource)
            self._capabilities.heard(sender.full, device.claim)
        self.show(address)

    def _remove(self, address: str, name: str) -> None:
        self.devices[address].pop(name, None)
        self._capabilities.gone(f"{address}/{name}")

    def question(self, address: str) -> None:
        """Somebody is going to be asked; all of their devices count as silent until they show themselves."""
        self._silent.pop(address, None)
        if self.devices.get(address):
            self._silent[address] = set(self.devices[address])

    def silent(self, address: str) -> set[str]:
        """Devices of which nothing was heard since."""
        return self._silent.get(address, set()) & set(self.devices.get(address, ()))

    def spoke(self, sender: JID) -> None:
        """A device has said something else than how it is."""
        self._silent.get(sender.bare, set()).discard(sender.resource)

    def lost(self, address: str, names: Iterable[str]) -> None:
        """These devices are gone, and nobody has said so."""
        found = [name for name in names if name in self.devices.get(address, ())]
        for name in found:
            self._remove(address, name)
        if found:
            if not self.devices[address]:
                self._left[address] = self._line.clock.now().stamp()
            self.show(address)

    def go_on(self) -> None:
        """The session goes on: ask again what was not answered."""
        for address, devices in self.devices.items():
            for name, device in devices.items():
                self._capabilities.heard(f"{address}/{name}", device.claim)

    def _learnt(self, claim: Claim) -> None:
        for address, devices in list(self.devices.items()):
            if any(device.claim == claim for device in devices.values()):
                self.show(address)

    def show(self, address: str) -> None:
        """Tell how somebody is seen."""
        devices = self.devices.get(address, {}).values()
        handle = self._line.addresses.handle(address)
        if not devices:
            left = self._left.get(address)
            when = () if left is None else (("last_online", left),)
            self._line.tell(PersonSeen(handle, (("online_status", "offline"), *when)))
            self.shown(address)
            return
        best = min(devices, key=lambda device: (STATES.index(device.state), -device.priority))
        told = (("online_status", best.state), ("last_online", 0), ("mood_text", best.mood))
        self._line.tell(PersonSeen(handle, (*told, *self._abilities(address))))
        self.shown(address)

    def can_talk(self, address: str) -> bool:
        """False if nobody is there for calls: no device, or none with a program for them."""
        devices = self.devices.get(address, {}).values()
        return not all(self._capabilities.cannot(RTP_AUDIO, device.claim) for device in devices)

    def _abilities(self, address: str) -> Fields:
        """What somebody who is there can take part in, on any of their devices, as soon as that is known."""
        able = [
            self._capabilities.of(f"{address}/{name}", device.claim)
            for name, device in self.devices[address].items()
        ]
        if any(RTP_VIDEO in one for one in able if one is not None):
            return (("is_video_capable", True),)
        return () if None in able else (("is_video_capable", False),)

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
        devices = list(self.devices.get(address, ()))
        for name in devices:
            self._remove(address, name)
        self.devices.pop(address, None)
        if devices:
            self.show(address)

    def forget(self) -> None:
        """A new session: who is there is told anew."""
        self.devices.clear()
        self._left.clear()
        self._silent.clear()
        self._capabilities.forget()

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

    def all_ours(self, address: str) -> bool:
        """Is somebody there, with Ringbacks alone?"""
        devices = self.devices.get(address)
        return devices is not None and bool(devices) and all(device.is_ours for device in devices.values())

    def is_ours(self, full: str) -> bool:
        """Is there a Ringback at a full address?"""
        address, _, name = full.partition("/")
        device = self.devices.get(address, {}).get(name)
        return device is not None and device.is_ours


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
    return Device(state, priority, mood, claim_of(stanza))
