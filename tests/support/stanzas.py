"""A connection that notes what is said on it; a network's parts are tried on it without a server."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from xml.etree import ElementTree as ET

from slixmpp.exceptions import IqError, IqTimeout

from ringback.network.xmpp.addresses import Addresses
from ringback.network.xmpp.capabilities import digest
from ringback.network.xmpp.line import Line
from ringback.network.xmpp.memory import Memory
from support.clock import FakeClock

OWN = "alice@home.example"


def xml(text: str) -> ET.Element:
    """A stanza as it comes in."""
    found = ET.fromstring(f"<stream xmlns='jabber:client'>{text}</stream>")
    return found[0]


def answer_of(*features: str) -> tuple[str, str]:
    """How a program tells what it can do, and the digest of that."""
    inside = "<identity category='client' type='pc' name='Them'/>"
    inside += "".join(f"<feature var='{feature}'/>" for feature in features)
    info = f"<iq><query xmlns='http://jabber.org/protocol/disco#info'>{inside}</query></iq>"
    return info, digest(xml(info)[0], "sha-1")


class Wire:
    """Stands for the client: ``said`` holds stanzas, ``asked`` questions with their futures."""

    def __init__(self) -> None:
        self.said: list[ET.Element] = []
        self.asked: list[tuple[str, ET.Element, str, asyncio.Future]] = []
        self.reading = True
        self.features: set[str] = set()

    def Message(self, xml):  # noqa: N802 - slixmpp's name
        return SimpleNamespace(xml=xml)

    Presence = Iq = Message

    def send(self, stanza) -> None:
        self.said.append(stanza.xml)

    def say(self, message) -> None:
        self.said.append(message)

    def hold(self, wanted) -> None:
        self.reading = not wanted

    def request(self, kind, payload, to=""):
        answer = asyncio.get_running_loop().create_future()
        self.asked.append((kind, payload, to, answer))
        return answer


class Shared:
    """A line with a wire; ``events`` is what the engine was told."""

    def __init__(self, memory: Memory | None = None, reserved=("echo123",)) -> None:
        self.events: list = []
        self.clock = FakeClock()
        self.wire = Wire()
        self.line = Line(Addresses(OWN, reserved), memory or Memory(), self.clock, self.events.append)
        self.line.client = self.wire  # type: ignore[assignment]

    async def turn(self) -> None:
        """Let go on what waits for nobody."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def answer(self, text: str = "<iq/>") -> tuple[ET.Element, str]:
        """Answer the oldest question; gives it, and whom it was for."""
        await self.turn()
        _, payload, to, answer = self.wire.asked.pop(0)
        answer.set_result(SimpleNamespace(xml=xml(text)))
        await self.turn()
        return payload, to

    async def refuse(self, condition: str = "") -> tuple[ET.Element, str]:
        """The oldest question is answered with an error; by nobody, if none is given."""
        await self.turn()
        _, payload, to, answer = self.wire.asked.pop(0)
        error = {"condition": condition, "text": "", "type": "cancel"}
        answer.set_exception(IqError({"error": error}) if condition else IqTimeout(None))
        await self.turn()
        return payload, to

    def took(self) -> list:
        events, self.events[:] = list(self.events), []
        return events
