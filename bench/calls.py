"""Calls over a real server: from answer to connected, processor time, and how late one hears the other.

The floor is aiortc alone: two processes with a connection each, which exchange their descriptions over bare
slixmpp clients on the same Prosody. Both sides say the same, at the same pace, in pieces of 20 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import itertools
import math
import multiprocessing
import statistics
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from socket import create_server, socket
from typing import Any
from xml.etree import ElementTree as ET

import aioice.ice
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from bench.measure import compared, in_turns
from bench.network import Place
from bench.processes import serving
from bench.report import Added, Row, Times
from servers.authority import Authority
from servers.prosody import Prosody
from servers.registration import register
from servers.stranger import PATIENCE, Stranger
from support.sound import speech
from support.xmpp import Resident, befriend

FLOOR = "two bare aiortc ends, told of each other over bare slixmpp on the same Prosody"
#: Samples a second of programs' ports, and of Opus.
RATE, CODEC_RATE = 16_000, 48_000
#: Seconds of a piece of sound.
PIECE = 0.02
#: Pieces from one burst to the next. Nothing may be heard later than that.
BURSTS = 20
#: What a burst is at its loudest, and what tells it from silence.
LOUD, HEARD = 20_000, 8_000
#: Calls of which only the beginning is measured, before each of which the rest is.
SHORT = 3
#: Seconds of a call before it is measured: what is adaptive has settled.
SETTLE = 3.0
#: Seconds of bursts, and of talk.
LISTEN, TALK = 2.0, 2.0
NAMESPACE = "urn:example:bench"
_SPAWN = multiprocessing.get_context("spawn")

#: Of one call: ms from answer to connected, ms from mouth to ear, ms of processor in a second of talk.
Call = tuple[float, float, float]


# What is said and heard -------------------------------------------------------------------------------------


def burst(rate: int) -> array[int]:
    """A piece that is heard at once."""
    turn = 2 * math.pi * 1000 / rate
    return array("h", [round(LOUD * math.cos(turn * n)) for n in range(round(rate * PIECE))])


class Ear:
    """Notes when bursts are heard: when the sample is due that is the first loud one after a silence."""

    def __init__(self, rate: int) -> None:
        self._rate, self._quiet = rate, 0
        self.on = False
        self.heard: list[float] = []

    def take(self, samples: np.ndarray, came: float) -> None:
        """Samples that came at that moment, and are played from then on."""
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > HEARD)
        if not len(loud):
            self._quiet += len(samples)
            return
        if self._quiet + loud[0] > self._rate / 10:
            self.heard.append(came + loud[0] / self._rate)
        self._quiet = len(samples) - 1 - int(loud[-1])


def late(said: Sequence[float], heard: Sequence[float]) -> float:
    """Milliseconds from mouth to ear: of bursts said at these moments and heard at those."""
    found = [min((then - at for then in heard if then > at), default=math.inf) for at in said]
    assert any(one < BURSTS * PIECE for one in found), "nothing was heard"
    return 1000 * statistics.median(one for one in found if one < BURSTS * PIECE)


def processor(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    clock = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise ProcessLookupError(pid)
    return time.clock_gettime(clock.value)


def talk(*pids: int) -> float:
    """Let them talk for a while; milliseconds of processor that a second of it took."""
    before, begun = sum(map(processor, pids)), time.monotonic()
    time.sleep(TALK)
    return 1000 * (sum(map(processor, pids)) - before) / (time.monotonic() - begun)


# The floor --------------------------------------------------------------------------------------------------


class _Mouth(MediaStreamTrack):
    """Frames as aiortc likes them best, made beforehand."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.bursting = True
        self.said: list[float] = []
        spoken = np.frombuffer(speech(10.0, 1), "<i2").repeat(CODEC_RATE // RATE).reshape(-1, 960)
        self._speech = itertools.cycle(spoken)
        self._bursts = itertools.cycle([np.array(burst(CODEC_RATE)), *[np.zeros(960, "<i2")] * (BURSTS - 1)])
        self._pieces = 0
        self._begun = time.monotonic()

    async def recv(self) -> AudioFrame:
        """The next frame, at its time."""
        self._pieces += 1
        await asyncio.sleep(max(0.0, self._begun + self._pieces * PIECE - time.monotonic()))
        samples = next(self._bursts if self.bursting else self._speech)
        frame = AudioFrame(format="s16", layout="stereo", samples=960)
        frame.planes[0].update(samples.repeat(2).tobytes())
        frame.sample_rate, frame.time_base = CODEC_RATE, Fraction(1, CODEC_RATE)
        frame.pts = self._pieces * 960
        if self.bursting and samples.any():
            self.said.append(time.monotonic())
        return frame


class _End:
    """One end of the floor: what it is ordered and what it tells."""

    def __init__(self, client: Stranger, other: str, orders: Any) -> None:
        self._client, self._other, self._orders = client, other, orders
        self._tasks: set[asyncio.Task[None]] = set()
        self._begin()
        client.add_event_handler("message", lambda message: self._do(self._offer()))
        client.register_handler(_described(lambda iq: self._do(self._take(iq))))

    def _do(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begin(self) -> None:
        self._peer = RTCPeerConnection(RTCConfiguration([]))
        self._mouth, self._ear = _Mouth(), Ear(CODEC_RATE)
        self._connected: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._peer.on("connectionstatechange", self._changed)
        self._peer.on("track", lambda track: self._do(self._hear(track)))

    def _changed(self) -> None:
        if self._peer.connectionState == "connected" and not self._connected.done():
            # The moments in our log are whole milliseconds.
            self._connected.set_result(math.floor(time.time() * 1000) / 1000)

    async def _hear(self, track: Any) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if self._ear.on:
                    samples = np.frombuffer(bytes(frame.planes[0]), "<i2")[: 2 * frame.samples : 2]
                    self._ear.take(samples, time.monotonic())

    def _tell(self, to: str) -> None:
        iq = self._client.make_iq_set(ito=to)
        description = ET.SubElement(iq.xml, f"{{{NAMESPACE}}}sdp", type=self._peer.localDescription.type)
        description.text = self._peer.localDescription.sdp
        self._client.send(iq)

    async def _offer(self) -> None:
        self._peer.addTrack(self._mouth)
        await self._peer.setLocalDescription(await self._peer.createOffer())
        self._tell(self._other)

    async def _take(self, iq: Any) -> None:
        iq.reply().send()
        (said,) = iq.xml
        await self._peer.setRemoteDescription(RTCSessionDescription(said.text, said.get("type")))
        if said.get("type") == "offer":
            self._peer.addTrack(self._mouth)
            await self._peer.setLocalDescription(await self._peer.createAnswer())
            self._tell(iq["from"])

    async def serve(self) -> None:
        """Do what is ordered, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            order = await loop.run_in_executor(None, self._orders.recv)
            answer: object = None
            if order == "answer":
                answer = time.time()
                self._client.send_message(self._other, "come", mtype="chat")
            elif order == "connected":
                answer = await asyncio.wait_for(self._connected, PATIENCE)
            elif order == "listen":
                self._ear.on = True
            elif order == "talk":
                self._mouth.bursting = self._ear.on = False
                answer = self._mouth.said, self._ear.heard
            elif order == "end":
                await self._peer.close()
                self._begin()
            self._orders.send(answer)


def _described(act: Any) -> Callback:
    return Callback("described", MatchXPath(f"{{jabber:client}}iq/{{{NAMESPACE}}}sdp"), act)


def _end(place: Place, name: str, other: str, ready: Any, orders: Any) -> None:
    """The process of one end."""
    others = aioice.ice.get_host_addresses
    # As ours does: on a machine without a network both ends still reach each other.
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: others(use_ipv4, use_ipv6) or ["127.0.0.1"]

    async def serve() -> None:
        async with Stranger(place, name, "secret", "bench") as client:
            ready.set()
            await _End(client, other, orders).serve()

    asyncio.run(serve())


class Bare:
    """Calls of the floor. The first of its two ends calls, the second one answers."""

    def __init__(self, server: Prosody) -> None:
        self._orders: list[Any] = []
        self._children: list[Any] = []
        names = ("caller", "callee")
        for name in names:
            register(server, name, "secret")
        with serving():
            for name, other in (names, names[::-1]):
                here, there = _SPAWN.Pipe()
                ready = _SPAWN.Event()
                address = f"{other}@{server.domain}/bench"
                arguments = (Place(server), name, address, ready, there)
                child = _SPAWN.Process(target=_end, args=arguments, daemon=True)
                child.start()
                self._orders.append(here)
                self._children.append(child)
                assert ready.wait(60), "a bare client is not online"

    def _order(self, what: str) -> list[Any]:
        for pipe in self._orders:
            pipe.send(what)
        return [pipe.recv() for pipe in self._orders]

    def _begin(self) -> float:
        self._orders[1].send("answer")
        answered = self._orders[1].recv()
        return float(max(self._order("connected")) - answered)

    def call(self) -> Call:
        """Some short calls and a long one."""
        setups = []
        for _ in range(SHORT):
            setups.append(self._begin())
            self._order("end")
        self._begin()
        time.sleep(SETTLE)
        self._order("listen")
        time.sleep(LISTEN)
        (said, _), (_, heard) = self._order("talk")
        took = talk(*(child.pid for child in self._children))
        self._order("end")
        return 1000 * statistics.median(setups), late(said, heard), took

    def close(self) -> None:
        """End both processes."""
        for child in self._children:
            child.terminate()
            child.join()


# Ours -------------------------------------------------------------------------------------------------------


class _Voice:
    """A program's ports in a call: one that it speaks into, and one that it hears from."""

    def __init__(self) -> None:
        self.bursting = True
        self.talking = threading.Event()
        self.said: list[float] = []
        self.ear = Ear(RATE)
        self.into, self.out_of = self._listen(self._speak), self._listen(self._hear)

    @staticmethod
    def _listen(work: Any) -> int:
        listener = create_server(("127.0.0.1", 0))

        def serve() -> None:
            with listener, listener.accept()[0] as connection, contextlib.suppress(OSError):
                work(connection)

        threading.Thread(target=serve, daemon=True).start()
        return int(listener.getsockname()[1])

    def _speak(self, connection: socket) -> None:
        size = round(RATE * PIECE) * 2
        sound = speech(10.0, 1)
        spoken = itertools.cycle([sound[at : at + size] for at in range(0, len(sound), size)])
        bursts = itertools.cycle([burst(RATE).tobytes(), *[bytes(size)] * (BURSTS - 1)])
        assert self.talking.wait(PATIENCE), "nobody answered"
        begun = time.monotonic()
        for number in itertools.count():
            time.sleep(max(0.0, begun + number * PIECE - time.monotonic()))
            piece = next(bursts if self.bursting else spoken)
            if self.bursting and any(piece):
                self.said.append(time.monotonic())
            connection.sendall(piece)

    def _hear(self, connection: socket) -> None:
        rest = b""
        while data := connection.recv(65_536):
            came = time.monotonic()
            data = rest + data
            whole = len(data) // 2 * 2
            rest = data[whole:]
            if self.ear.on:
                self.ear.take(np.frombuffer(data[:whole], "<i2"), came)


class Ours:
    """Calls of ours: engines as users start them, programs on Unix sockets, sound through ports."""

    def __init__(self, server: Prosody, folder: Path) -> None:
        self._people = [Resident(server, folder, name) for name in ("ann", "bob")]
        self._logs = [folder / f"{person.handle}.log" for person in self._people]
        with serving():
            for person, log in zip(self._people, self._logs, strict=True):
                person.start("--log", str(log), "--log-level", "debug").online()
        self._programs = [person.programs[0] for person in self._people]
        befriend(*self._programs)

    def _connected(self, before: Sequence[int]) -> float:
        """When the later of the two wires was connected, by the engines' logs behind these places."""
        end = time.monotonic() + PATIENCE
        moments: list[float] = []
        for log, place in zip(self._logs, before, strict=True):
            while not (found := [line for line in _lines(log, place) if "a wire is connected" in line]):
                assert time.monotonic() < end, "not connected"
                time.sleep(0.01)
            moments.append(datetime.fromisoformat(found[0].split()[0]).timestamp())
        return max(moments)

    def _ring(self) -> tuple[str, str]:
        """Call; its number at both ends."""
        caller, callee = self._programs
        number = caller.ask(f"CALL {callee.handle}").split()[1]
        theirs = callee.until("STATUS RINGING").split()[1]
        caller.until(f"CALL {number} STATUS RINGING")
        return number, theirs

    def _answer(self, number: str, theirs: str) -> float:
        """Answer; gives the seconds until both ends are connected."""
        caller, callee = self._programs
        before = [log.stat().st_size for log in self._logs]
        answered = time.time()
        callee.send(f"ALTER CALL {theirs} ANSWER")
        caller.until(f"CALL {number} STATUS INPROGRESS")
        return self._connected(before) - answered

    def _hang_up(self, *numbers: str) -> None:
        self._programs[0].ask(f"ALTER CALL {numbers[0]} HANGUP")
        for program, number in zip(self._programs, numbers, strict=True):
            program.until(f"CALL {number} STATUS FINISHED")

    def call(self) -> Call:
        """Some short calls and a long one."""
        setups = []
        for _ in range(SHORT):
            numbers = self._ring()
            setups.append(self._answer(*numbers))
            self._hang_up(*numbers)
        numbers, voices = self._ring(), (_Voice(), _Voice())
        for program, number, voice in zip(self._programs, numbers, voices, strict=True):
            program.ask(f'ALTER CALL {number} SET_INPUT PORT="{voice.into}"')
            program.ask(f'ALTER CALL {number} SET_OUTPUT PORT="{voice.out_of}"')
        self._answer(*numbers)
        for voice in voices:
            voice.talking.set()
        time.sleep(SETTLE)
        voices[1].ear.on = True
        time.sleep(LISTEN)
        delay = late(voices[0].said, voices[1].ear.heard)
        for voice in voices:
            voice.bursting = voice.ear.on = False
        took = talk(*(_pid(person) for person in self._people))
        self._hang_up(*numbers)
        return 1000 * statistics.median(setups), delay, took

    def close(self) -> None:
        """End the engines."""
        for person in self._people:
            person.close()


def _pid(person: Resident) -> int:
    assert person.daemon is not None
    return person.daemon.process.pid


def _lines(log: Path, place: int) -> list[str]:
    with log.open("rb") as file:
        file.seek(place)
        return file.read().decode().splitlines()[:-1]


# Both -------------------------------------------------------------------------------------------------------


def calls(folder: Path, turns: int) -> Iterator[Row]:
    """Set-up, processor time, delay."""
    with serving():
        pass  # what is started from here on without it runs on the other cores
    authority = Authority(folder / "authority")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Prosody(folder / "server", "bench.test", authority))
        bare, ours = Bare(server), Ours(server, folder)
        stack.callback(bare.close)
        stack.callback(ours.close)
        done = in_turns(ours.call, bare.call, turns)
    setups, delays, times = ([(a[at], b[at]) for a, b in done] for at in range(3))
    yield Row("call, from answer to connected", *compared(setups), "ms", FLOOR, Times(1.3))
    yield Row("call, processor in a second of it", *compared(times), "ms", FLOOR, Times(1.3))
    mine = statistics.median(a for a, _ in delays)
    added = statistics.median(a - b for a, b in delays)
    yield Row("call, from mouth to ear", mine, mine - added, "ms", FLOOR, Added(20))
