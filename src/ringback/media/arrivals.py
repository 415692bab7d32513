"""Packets of sound from another machine: decoded as they come, in place of aiortc's jitter buffer.

aiortc holds each packet back until four newer ones are there, and once one is lost for good, sixteen: a third
of a second until the end of the call. What has to wait waits in a ring (``ringback.media.rings``), as long as
the network needs and no longer, so nothing is held back before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from aiortc import RTCRtpReceiver
from aiortc.codecs import get_decoder
from aiortc.codecs.base import Decoder
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket
from av import AudioFrame, FFmpegError

#: Numbers of packets, after which they begin again.
NUMBERS: Final = 1 << 16
#: A packet that is older by less than this is late or came twice; by more, its sender has begun anew.
MISORDER: Final = 100
#: Packets missing in a row that are told; more of them are an interruption.
MISSED: Final = 5


class Arrivals:
    """Takes packets and gives sound.

    ``heard`` gets each piece of it; ``missed`` how many packets did not come before the next one. A packet
    that comes after a later one is not heard: its place is over.
    """

    def __init__(
        self,
        codecs: Iterable[RTCRtpCodecParameters],
        heard: Callable[[AudioFrame], None],
        missed: Callable[[int], None],
    ) -> None:
        self._codecs = {codec.payloadType: codec for codec in codecs}
        self._heard = heard
        self._missed = missed
        self._source: int | None = None
        self._next = 0
        self._codec: RTCRtpCodecParameters | None = None
        self._decoder: Decoder | None = None

    def stand_in(self, receiver: RTCRtpReceiver) -> None:
        """Take the place of the jitter buffer.

        COMPAT(aiortc): it has no way to be told of another one. In a version that names it otherwise sound
        comes through its own, later and as well as it can.
        """
        name = "_RTCRtpReceiver__jitter_buffer"
        if hasattr(receiver, name):
            setattr(receiver, name, self)

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """Called by aiortc with what came; it gets nothing back to decode, and no picture to ask for."""
        if self._is_next(packet):
            self._decode(packet)
        return False, None

    def _is_next(self, packet: RtpPacket) -> bool:
        """Is it to be heard? Tells of those between it and the one before."""
        number = packet.sequence_number
        ahead = (number - self._next) % NUMBERS if packet.ssrc == self._source else 0
        if ahead >= NUMBERS - MISORDER:
            return False
        if 0 < ahead <= MISSED:
            self._missed(ahead)
        self._source, self._next = packet.ssrc, (number + 1) % NUMBERS
        return True

    def _decode(self, packet: RtpPacket) -> None:
        codec = self._codecs.get(packet.payload_type)
        if codec is None or not packet.payload:
            return
        if codec is not self._codec or self._decoder is None:
            self._codec, self._decoder = codec, get_decoder(codec)
        try:
            frames = self._decoder.decode(JitterFrame(packet.payload, packet.timestamp))
        except FFmpegError:
            self._missed(1)  # whatever the other side has sent
            return
        for frame in frames:
            if isinstance(frame, AudioFrame):
                self._heard(frame)
