"""What we say, packed by Opus as it is inside: one channel, 16 kHz.

aiortc would pack it itself, at the price of making it six times as many samples before, and counts the
loudness of each of them in Python. It takes packets as well.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from av import AudioFrame, CodecContext, Packet

from ringback.ports.media import RATE

#: Samples a second by which Opus counts, whatever is packed (RFC 7587, section 4.1), and those of a packet.
CODEC_RATE: Final = 48_000
CODEC_PACKET: Final = 960
#: Bits a second: speech is not told from the original.
BITS: Final = 64_000
#: Of libopus's ways the one that looks ahead 2.5 ms instead of 6.5.
WAY: Final = "lowdelay"
#: How hard it tries, of ten: more takes a third more time and is not heard.
EFFORT: Final = 5

_BASE: Final = Fraction(1, RATE)
_CODEC_BASE: Final = Fraction(1, CODEC_RATE)


class OpusPacker:
    """Packs one side of a call, 20 ms after 20 ms."""

    def __init__(self) -> None:
        self._codec = CodecContext.create("libopus", "w")
        self._codec.bit_rate = BITS
        self._codec.format, self._codec.layout = "s16", "mono"
        self._codec.sample_rate, self._codec.time_base = RATE, _BASE
        self._codec.options = {"application": WAY, "compression_level": str(EFFORT)}
        self._packed = 0

    def packed(self, sound: bytes) -> Packet[Any]:
        """The next packet."""
        frame = AudioFrame(format="s16", layout="mono", samples=len(sound) // 2)
        frame.planes[0].update(sound)
        frame.sample_rate, frame.time_base = RATE, _BASE
        frame.pts = self._packed * len(sound) // 2
        (packet,) = self._codec.encode(frame)
        packet.pts, packet.time_base = self._packed * CODEC_PACKET, _CODEC_BASE
        self._packed += 1
        return packet
