"""Two ends of a call over ICE and DTLS on this machine, moved on by the test and not by a clock.

A packet is sent at each end, then it is waited for those that must have come: nothing runs dry, however busy
the machine is, and a call of ten seconds takes one.
"""

import asyncio

from ringback.domain.effects import Endpoints
from ringback.domain.inputs import RouteSet
from ringback.jingle import Description
from ringback.media.legs import Legs
from ringback.media.pipes import ProcessPipes
from ringback.media.tcp_pcm import TcpDialer
from ringback.media.webrtc import WebRtcWires
from ringback.ports.media import RATE, SILENCE, WireBroke, WireConnected, WireDescribed

PATIENCE = 20.0
SAMPLES = RATE // 50


async def until(condition):
    """Wait for something that comes from threads and sockets."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for happens elsewhere
            await asyncio.sleep(0.001)


async def still(count):
    """Wait until a number stays as it is: all that can come has come."""
    before, same = count(), 0
    while same < 4:
        await asyncio.sleep(0.04)
        same = same + 1 if count() == before else 0
        before = count()


class End:
    """One end: a wire, what it told, and the leg's end of the sound path."""

    def __init__(self, name="a", services=(), leg=True):
        self.pipes = ProcessPipes()
        self.ticking = 0
        self.wires = WebRtcWires(self.pipes, asyncio.get_running_loop(), self._tick_wanted)
        self.events = []
        self.wire = self.wires.open(name, services, self.events.append)
        # The two ends have no clocks that could differ, so nothing is to be shed or added to follow one.
        self.wire._loudspeaker._ring._pace.surplus = lambda _left: 0
        self.path = self.pipes.join(name)[0] if leg else None
        self.sent = 0
        #: Came less sent by the other: packets that are kept on the way, or were dropped at first.
        self.behind = 0
        self.heard = bytearray()

    def _tick_wanted(self):
        self.ticking += 1

    @property
    def described(self) -> Description:
        (event,) = [event for event in self.events if isinstance(event, WireDescribed)]
        return event.description

    @property
    def connected(self):
        return any(isinstance(event, WireConnected) for event in self.events)

    @property
    def fault(self):
        return next((event.fault for event in self.events if isinstance(event, WireBroke)), None)

    @property
    def came(self):
        """Packets that came from the other side."""
        return self.wire._loudspeaker._ring.moved // SAMPLES

    def pass_packet(self, say=(SILENCE, SILENCE)):
        """Two blocks in each direction."""
        for block in say:
            self.path.write(block)
            self.wires.depart()
            self.wires.arrive()
            self.heard += self.path.read()
        self.sent += 1

    async def close(self):
        self.wire.close()
        if self.path is not None:
            self.path.close()
        await self.wires.stop()
        assert not self.wires.busy()
        assert len(self.pipes) == 0


class Account(End):
    """An end whose sound goes where programs lead it."""

    def __init__(self, name):
        super().__init__(name, leg=False)
        self.told = []
        self.legs = Legs(self.pipes, TcpDialer(asyncio.get_running_loop()))
        self.legs.listen(self.told.append)
        self.legs.open_leg(7, name)

    async def lead(self, route, **where):
        operation = len(self.told) + 1
        self.legs.set_route(7, route, Endpoints(**where), operation)
        await until(lambda: RouteSet(operation) in self.told)

    def pass_packet(self, _say=None):
        for _ in range(2):
            self.wires.arrive()
            self.legs.tick()
            self.wires.depart()
        self.sent += 1

    async def close(self):
        self.legs.close_leg(7)
        await super().close()


async def offered(one):
    one.wire.offer()
    await until(lambda: one.events)
    return one.described


async def connected(one, other, change=lambda description: description):
    """Let two ends find each other. ``change``: what happens to descriptions on the way."""
    other.wire.answer(change(await offered(one)))
    await until(lambda: other.events)
    one.wire.answered(change(other.described))
    await until(lambda: one.connected and other.connected)
    await flowing(one, other)


async def flowing(one, other):
    """Silence until it comes evenly: senders start a little after the connection stands, and rings settle."""
    async with asyncio.timeout(PATIENCE):
        while not (one.came and other.came):
            for end in (one, other):
                end.pass_packet()
            await asyncio.sleep(0.005)
    await still(lambda: one.came + other.came)
    one.behind, other.behind = one.came - other.sent, other.came - one.sent
    await talk(one, other, more=3)


def packets(sound):
    """Sound as pairs of blocks."""
    size = len(SILENCE)
    whole = sound + bytes(-len(sound) % (2 * size))
    return [
        (whole[at : at + size], whole[at + size : at + 2 * size]) for at in range(0, len(whole), 2 * size)
    ]


async def talk(one, other, said=b"", answered=b"", more=1.0):
    """Both say something at once, and then nothing for ``more`` seconds, in which the rest comes."""
    silence = [(SILENCE, SILENCE)] * round(more * 50)
    length = max(len(packets(said)), len(packets(answered)))
    ours, theirs = packets(said), packets(answered)
    ours += [(SILENCE, SILENCE)] * (length - len(ours)) + silence
    theirs += [(SILENCE, SILENCE)] * (length - len(theirs)) + silence
    for here, there in zip(ours, theirs, strict=True):
        one.pass_packet(here)
        other.pass_packet(there)
        await until(lambda: one.came - other.sent >= one.behind)
        await until(lambda: other.came - one.sent >= other.behind)
