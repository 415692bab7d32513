"""Calls to other machines: ICE, DTLS-SRTP and Opus by aiortc (implements ``ringback.ports.media.Wires``).

A wire stands at the far end of a leg's sound path. Each pass of the media clock takes a block of what the leg
says, and gives the leg one of what came from the other machine; two blocks are one packet. What comes waits
in a ring, since the other machine has a clock of its own.

aiortc is asked for little: one audio medium, no renegotiation. Sound is packed and unpacked here, as soon as
it is there (``ringback.media.opus``, ``ringback.media.arrivals``); to pack for whoever has no Opus is left to
aiortc, which does it in threads of its own.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from array import array
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import aioice.ice
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpCodecParameters,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import SessionDescription, candidate_from_sdp
from av import AudioFrame, AudioResampler, Packet

from ringback.jingle import Candidate, Content, Description, Role, Service, from_sdp, to_sdp
from ringback.jingle.sdp import candidate_line
from ringback.media.arrivals import Arrivals
from ringback.media.mixing import faded
from ringback.media.opus import CODEC_PACKET, CODEC_RATE, OpusPacker
from ringback.media.rings import InputRing
from ringback.ports.media import (
    BLOCK_BYTES,
    BLOCK_SAMPLES,
    RATE,
    SILENCE,
    Pipes,
    Sink,
    Source,
    WireBroke,
    WireConnected,
    WireDescribed,
    WireEvent,
    WireFault,
    WireListener,
)

_LOG: Final = logging.getLogger(__name__)
#: What the best of the codecs is called.
OPUS: Final = "audio/opus"
#: Blocks in a packet: 20 ms.
PACKET: Final = 2
#: Packets kept while the sender does not fetch them; older ones go, so that nobody hears the past.
WAITING: Final = 3
#: Blocks of the other side that wait at the lowest point when all goes well.
MARGIN: Final = 1
#: Bytes of silence before all sound. Resamplers keep some samples back, and without it each packet would wait
#: for the one behind it.
LEAD: Final = 64
#: Seconds in which a way to the other side must be found, once both have said where they are.
CONNECT_TIMEOUT: Final = 20.0
#: Seconds between looks whether the other side is still heard of, and looks in silence until it is lost.
WATCH: Final = 2.0
LOST_AFTER: Final = 6
#: Seconds from the end of the connection by the other side until that means a loss: mostly it hangs up, and
#: its word is still on the way.
GRACE: Final = 3.0
#: Requests to a wire that wait for those before them.
LONGEST: Final = 200
#: Seconds in which connections are closed when the process ends.
PARTING: Final = 3.0

_TIME_BASE: Final = Fraction(1, RATE)
#: The best first: aiortc takes one server of each kind.
_PREFERRED: Final = (("stun", "udp"), ("turn", "udp"), ("turn", "tcp"), ("turns", "tcp"))
_others_addresses: Final = aioice.ice.get_host_addresses


def _host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """Where this machine can be reached: aioice leaves out the machine itself, and then there may be nothing.

    COMPAT(aioice): two accounts on one machine without a network can still call each other.
    """
    return _others_addresses(use_ipv4, use_ipv6) or (["127.0.0.1"] if use_ipv4 else [])


aioice.ice.get_host_addresses = _host_addresses


class UnfitError(ValueError):
    """What the other side says cannot be used."""


class _Microphone(MediaStreamTrack):
    """What the leg says, packet by packet, at the pace of the media clock."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[bytes] = []
        self._packets: deque[bytes] = deque(maxlen=WAITING)
        self._there = asyncio.Event()
        self._codec = ""
        self._packer: OpusPacker | None = None
        self._resampler = AudioResampler(
            format="s16", layout="stereo", rate=CODEC_RATE, frame_size=CODEC_PACKET
        )
        self._sent = 0
        self._lead = bytes(LEAD)

    def speak(self, codec: str) -> None:
        """What was agreed upon, before the first packet is fetched; all but Opus is packed by aiortc."""
        self._codec = codec

    def say(self, block: bytes) -> None:
        """Take a block."""
        self._blocks.append(block)
        if len(self._blocks) == PACKET:
            self._packets.append(b"".join(self._blocks))
            self._blocks.clear()
            self._there.set()

    async def recv(self) -> AudioFrame | Packet[Any]:
        """The next packet, for aiortc: packed, or as sound."""
        while True:
            while not self._packets:
                if self.readyState != "live":
                    raise MediaStreamError
                self._there.clear()
                await self._there.wait()
            sound = self._packets.popleft()
            if self._codec == OPUS:
                self._packer = self._packer or OpusPacker()
                return self._packer.packed(sound)
            for frame in self._resampler.resample(self._frame(sound)):
                return frame

    def _frame(self, block: bytes) -> AudioFrame:
        """Two equal channels: made of one by FFmpeg, sound would be softer by three decibels."""
        samples = array("h", self._lead + block)
        self._lead = b""
        both = array("h", bytes(2 * len(samples) * samples.itemsize))
        both[::2] = both[1::2] = samples
        frame = AudioFrame(format="s16", layout="stereo", samples=len(samples))
        frame.planes[0].update(both.tobytes())
        frame.sample_rate, frame.time_base, frame.pts = RATE, _TIME_BASE, self._sent
        self._sent += len(samples)
        return frame

    def stop(self) -> None:
        """Nothing more is said."""
        super().stop()
        self._there.set()


class _Loudspeaker:
    """What the other machine says, block by block, at the pace of the media clock."""

    def __init__(self) -> None:
        self._ring = InputRing(MARGIN)
        self._ring.write(bytes(LEAD + BLOCK_BYTES))
        self._resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        self._form: tuple[int, str] | None = None
        self._last = SILENCE

    async def listen(self, track: MediaStreamTrack) -> None:
        """Take all that comes through aiortc's own buffer, until it ends."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, AudioFrame):
                self.take(frame)

    def take(self, frame: AudioFrame) -> None:
        """Take a piece of sound.

        The other side may change its codec in the midst of a call, and with it the form of frames.
        """
        form = frame.sample_rate, frame.layout.name
        if form != self._form:
            self._form = form
            self._resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        for part in self._resampler.resample(frame):
            self._last = bytes(part.planes[0])[: part.samples * 2]
            self._ring.write(self._last)

    def miss(self, packets: int) -> None:
        """Fill the place of sound that does not come: the last block backwards, fading away, so that nothing
        clicks.
        """
        backwards = array("h", self._last)[: -BLOCK_SAMPLES - 1 : -1].tobytes().ljust(BLOCK_BYTES, b"\0")
        fading = faded(backwards, SILENCE)
        self._ring.write(fading + bytes(max(0, packets * len(self._last) - BLOCK_BYTES)))
        self._last = bytes(len(self._last))

    def read(self) -> bytes:
        """The next block."""
        return self._ring.read()

    def __str__(self) -> str:
        ring = self._ring
        return f"{ring.moved / RATE:.0f} s heard; dry {ring.dry}, shed {ring.shed}, added {ring.added}"


class WebRtcWire:
    """A call's sound on its way (implements ``ringback.ports.media.Wire``)."""

    def __init__(
        self,
        wires: WebRtcWires,
        ends: tuple[Source, Sink],
        servers: list[RTCIceServer],
        listener: WireListener,
    ) -> None:
        self._wires = wires
        self._heard, self._said = ends
        self._listener: WireListener | None = listener
        self._microphone = _Microphone()
        self._loudspeaker = _Loudspeaker()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._connection.on("connectionstatechange", self._changed)
        self._connection.on("track", self._hear)
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(LONGEST)
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._role = Role.INITIATOR
        self._mid = ""
        self._watched = False
        self._ended = False
        self._start(self._work())

    # Requests -----------------------------------------------------------------------------------------

    def offer(self) -> None:
        """See ``Wire``."""
        self._do(self._offer)

    def prepare(self) -> None:
        """See ``Wire``."""
        self._do(self._prepare)

    def answer(self, offered: Description) -> None:
        """See ``Wire``."""
        self._do(lambda: self._answer(offered))

    def answered(self, description: Description) -> None:
        """See ``Wire``."""
        self._do(lambda: self._answered(description))

    def reachable(self, candidates: Sequence[Candidate], complete: bool) -> None:
        """See ``Wire``."""
        self._do(lambda: self._reachable(candidates, complete))

    def close(self) -> None:
        """See ``Wire``."""
        if self._ended:
            return
        self._ended = True
        self._listener = None
        self._heard.close()
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        _LOG.debug("a wire ends: %s", self._loudspeaker)
        self._wires.ended(self, self._part())

    async def _part(self) -> None:
        self._microphone.stop()
        await self._connection.close()

    def arrive(self) -> None:
        """A block of what the other machine says comes to the leg."""
        self._said.write(self._loudspeaker.read())

    def depart(self) -> None:
        """A block of what the leg says goes to the other machine."""
        self._microphone.say(self._heard.read())

    # Doing them ---------------------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._wires.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _do(self, job: Callable[[], Awaitable[None]]) -> None:
        if self._listener is None:
            return
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            _LOG.warning("a wire is told more than it can do")

    async def _work(self) -> None:
        """One request after the other. What goes wrong there comes of what the other side has said."""
        while True:
            job = await self._jobs.get()
            try:
                await job()
            except Exception as error:  # noqa: BLE001 - aiortc has no list of what it raises
                # Its text may quote the other side (decision 27).
                _LOG.warning("the other side's description cannot be used: %s", type(error).__name__)
                self._break(WireFault.UNFIT)
                return

    async def _offer(self) -> None:
        self._connection.addTrack(self._microphone)
        await self._connection.setLocalDescription(await self._connection.createOffer())
        self._describe()

    async def _prepare(self) -> None:
        self._connection.addTrack(self._microphone)
        for transceiver in self._connection.getTransceivers():
            await transceiver.receiver.transport.transport.iceGatherer.gather()

    async def _answer(self, offered: Description) -> None:
        self._role = Role.RESPONDER
        prepared = bool(self._connection.getTransceivers())
        await self._take("offer", offered)
        if not prepared:
            self._connection.addTrack(self._microphone)
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        self._wait_for_connection()
        self._describe()

    async def _answered(self, description: Description) -> None:
        self._wait_for_connection()
        await self._take("answer", description)

    async def _take(self, kind: str, description: Description) -> None:
        audio = description.audio
        if audio is None or audio.transport is None or audio.rtp is None:
            raise UnfitError("no sound")
        bundle = description.answerable
        told = bundle.only(*(one.name for one in bundle.contents if one is audio or _is_known(one)))
        # Candidates belong to the first of a bundle.
        self._mid = told.groups[0].contents[0] if told.groups else audio.name
        contents = []
        for content in told.contents:
            assert content.transport is not None, "it can be answered"
            places = tuple(self._usable(content.transport.candidates))
            contents.append(replace(content, transport=replace(content.transport, candidates=places)))
        sdp = to_sdp(replace(told, contents=tuple(contents)), self._role.other)
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, kind))
        codecs = _common(sdp)
        for transceiver in self._connection.getTransceivers():
            if transceiver.kind != "audio":
                transceiver.direction = "inactive"
            elif codecs:
                self._microphone.speak(codecs[0].mimeType.lower())
                loudspeaker = self._loudspeaker
                Arrivals(codecs, loudspeaker.take, loudspeaker.miss).stand_in(transceiver.receiver)

    async def _reachable(self, candidates: Sequence[Candidate], complete: bool) -> None:
        for one in self._usable(candidates):
            candidate = candidate_from_sdp(candidate_line(one))
            candidate.sdpMid = self._mid
            await self._connection.addIceCandidate(candidate)
        if complete:
            await self._connection.addIceCandidate(None)

    @cached_property
    def _inside(self) -> bool:
        """Has this machine no other address than that of itself?"""
        return any(address.startswith("127.") for address in _host_addresses(True, False))

    def _usable(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Candidates that we can try and may be asked to: none inside this machine, unless we are there."""
        found = []
        for candidate in candidates:
            address = ipaddress.ip_address(candidate.ip)
            odd = address.is_multicast or address.is_unspecified or (address.is_loopback and not self._inside)
            if candidate.component == 1 and candidate.protocol == "udp" and not odd:
                found.append(candidate)
        return found

    def _describe(self) -> None:
        """Tell what we are: of the fingerprints only the one that everybody knows."""
        said = from_sdp(self._connection.localDescription.sdp, self._role)
        contents = []
        for content in said.contents:
            assert content.transport is not None, "aiortc says where it is"
            known = tuple(one for one in content.transport.fingerprints if one.hash == "sha-256")
            places = _numbered(content.transport.candidates)
            transport = replace(content.transport, fingerprints=known, candidates=places)
            contents.append(replace(content, transport=transport))
        self._tell(WireDescribed(Description(tuple(contents), said.groups)))

    # What happens -------------------------------------------------------------------------------------

    def _tell(self, event: WireEvent) -> None:
        if self._listener is not None:
            self._listener(event)

    def _break(self, fault: WireFault) -> None:
        self._tell(WireBroke(fault))
        self._listener = None

    def _hear(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._start(self._loudspeaker.listen(track))

    def _wait_for_connection(self) -> None:
        self._later(CONNECT_TIMEOUT, lambda: self._break(WireFault.UNREACHABLE))

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._wires.loop.call_later(seconds, act)

    def _changed(self) -> None:
        state = self._connection.connectionState
        _LOG.debug("a wire is %s", state)
        match state:
            case "connected":
                if self._timer is not None:
                    self._timer.cancel()
                self._tell(WireConnected())
                self._start(self._watch())
            case "failed":
                self._break(WireFault.LOST if self._watched else WireFault.UNREACHABLE)
            case "closed":
                self._later(GRACE, lambda: self._break(WireFault.LOST))
            case _:
                pass

    async def _watch(self) -> None:
        """Whoever is there says something: sound, or at least reports of it each second."""
        self._watched = True
        before, silent = -1, 0
        while silent < LOST_AFTER:
            await asyncio.sleep(WATCH)
            packets = await self._received()
            silent = silent + 1 if packets == before else 0
            before = packets
        self._break(WireFault.LOST)

    async def _received(self) -> int:
        """Packets that came, of every kind."""
        report = await self._connection.getReceivers()[0].getStats()
        return sum(one.packetsReceived for one in report.values() if one.type == "transport")


class WebRtcWires:
    """All wires of a process (implements ``ringback.ports.media.Wires`` and ``Rim``).

    ``ticking`` starts the media clock when a wire is opened.
    """

    def __init__(self, pipes: Pipes, loop: asyncio.AbstractEventLoop, ticking: Callable[[], None]) -> None:
        self.loop: Final = loop
        self._pipes = pipes
        self._ticking = ticking
        self._wires: list[WebRtcWire] = []
        self._closing: set[asyncio.Task[None]] = set()

    def open(self, pipe: str, services: Sequence[Service], listener: WireListener) -> WebRtcWire:
        """See ``Wires``."""
        wire = WebRtcWire(self, self._pipes.join(pipe), _servers(services), listener)
        self._wires.append(wire)
        self._ticking()
        return wire

    def ended(self, wire: WebRtcWire, parting: Coroutine[Any, Any, None]) -> None:
        """A wire is closed; its connection takes a moment to part."""
        self._wires.remove(wire)
        task = self.loop.create_task(parting)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def busy(self) -> bool:
        """True while there are wires."""
        return bool(self._wires)

    def arrive(self) -> None:
        """See ``Rim``."""
        for wire in self._wires:
            wire.arrive()

    def depart(self) -> None:
        """See ``Rim``."""
        for wire in self._wires:
            wire.depart()

    async def stop(self) -> None:
        """Close everything, and wait a little until the other sides are told."""
        for wire in list(self._wires):
            wire.close()
        if self._closing:
            await asyncio.wait(self._closing, timeout=PARTING)


def _common(sdp: str) -> list[RTCRtpCodecParameters]:
    """Codecs for sound that both sides have, in the other side's order, which is what aiortc goes by."""
    capable = RTCRtpReceiver.getCapabilities("audio")
    assert capable is not None, "it knows that kind"
    ours = {(codec.mimeType.lower(), codec.clockRate) for codec in capable.codecs}
    return [
        codec
        for media in SessionDescription.parse(sdp).media
        if media.kind == "audio"
        for codec in media.rtp.codecs
        if (codec.mimeType.lower(), codec.clockRate) in ours
    ]


def _is_known(content: Content) -> bool:
    """Has aiortc a codec for it? Otherwise it would refuse the sound, too."""
    return content.rtp is not None and any(payload.name.upper() == "VP8" for payload in content.rtp.usable)


def _numbered(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The same candidates with short numbers for foundations, which only tell alike from unlike.

    COMPAT(Dino): it took the 32 letters of aioice for the number nought, as XEP-0176 once had it.
    """
    numbers: dict[str, str] = {}
    for candidate in candidates:
        numbers.setdefault(candidate.foundation, str(len(numbers) + 1))
    return tuple(replace(candidate, foundation=numbers[candidate.foundation]) for candidate in candidates)


def _servers(services: Sequence[Service]) -> list[RTCIceServer]:
    """The servers that aiortc can ask."""
    given: list[RTCIceServer] = []
    for kind, transport in _PREFERRED:
        fit = [
            one for one in services if (one.type, one.transport) == (kind, transport) and ":" not in one.host
        ]
        if not fit or (kind != "stun" and any("turn" in str(server.urls) for server in given)):
            continue
        one = fit[0]
        if kind == "stun":
            given.append(RTCIceServer(f"stun:{one.host}:{one.port}"))
        else:
            url = f"{kind}:{one.host}:{one.port}?transport={transport}"
            given.append(RTCIceServer(url, one.username, one.password))
    return given
