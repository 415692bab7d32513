"""Packets as they come over a network: in their order, or not, or not at all."""

import asyncio
import random

import numpy as np
import pytest
from aiortc import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket

from ringback.media import webrtc
from ringback.media.arrivals import MISORDER, MISSED, NUMBERS, Arrivals
from ringback.media.opus import CODEC_PACKET, OpusPacker
from ringback.media.webrtc import _Loudspeaker
from ringback.ports.media import BLOCK_BYTES
from support.sound import same_sound, speech
from support.wires import End, connected, talk

OPUS = RTCRtpCodecParameters("audio/opus", 48_000, 2, 96)
PCMA = RTCRtpCodecParameters("audio/PCMA", 8_000, 1, 8)
SIZE = 2 * BLOCK_BYTES


class Heard:
    """What came of packets."""

    def __init__(self):
        self.frames, self.gaps = [], []
        self.arrivals = Arrivals([OPUS, PCMA], self.frames.append, self.gaps.append)

    def take(self, *numbers, source=1, first=0):
        for number in numbers:
            assert self.arrivals.add(packet(number, source)) == (False, None)
        return [frame.pts // 160 for frame in self.frames]


def packet(number, source=1):
    """G.711, whose frames keep the time of their packet."""
    return RtpPacket(8, 0, number % NUMBERS, number * 160, source, bytes(160))


def test_each_is_heard_as_it_comes():
    heard = Heard()
    for number in range(3):
        assert heard.take(number)[-1] == number
    assert heard.gaps == []


@pytest.mark.parametrize(
    ("came", "told", "gaps"),
    [
        ((0, 1, 3, 4), [0, 1, 3, 4], [1]),
        ((0, 1, 3, 2, 4), [0, 1, 3, 4], [1]),
        ((0, 1, 1, 0, 2), [0, 1, 2], []),
        ((0, 1, 2 + MISSED), [0, 1, 2 + MISSED], [MISSED]),
        ((0, 3 + MISSED), [0, 3 + MISSED], []),
        ((500, 501, 10), [500, 501, 10], []),
        ((500, 501 - MISORDER, 501), [500, 501], []),
        ((NUMBERS - 1, NUMBERS, NUMBERS + 2), [NUMBERS - 1, NUMBERS, NUMBERS + 2], [1]),
    ],
)
def test_what_is_missing_is_told_and_what_is_late_is_left_out(came, told, gaps):
    heard = Heard()
    assert heard.take(*came) == told
    assert heard.gaps == gaps


def test_another_source_has_numbers_of_its_own():
    heard = Heard()
    heard.take(7, 8)
    heard.take(3000, 3001, source=2)
    assert heard.take(9) == [7, 8, 3000, 3001, 9]
    assert heard.gaps == []


def test_what_cannot_be_decoded_is_as_if_it_had_not_come():
    heard = Heard()
    heard.arrivals.add(RtpPacket(96, 0, 1, 0, 1, b"\xff\xff"))
    heard.arrivals.add(RtpPacket(96, 0, 2, 960, 1, b""))
    heard.arrivals.add(RtpPacket(55, 0, 3, 1920, 1, b"?"))
    assert (heard.frames, heard.gaps) == ([], [1])
    (sound,) = [OpusPacker().packed(speech(1, 1)[:SIZE])]
    heard.arrivals.add(RtpPacket(96, 0, 4, 2880, 1, bytes(sound)))
    assert [frame.samples for frame in heard.frames] == [CODEC_PACKET]


@pytest.mark.parametrize("seed", range(3))
def test_anything_may_come(seed):
    """Whoever has the keys may still send nonsense: it is sound or a gap, and never an exception."""
    chance, heard = random.Random(seed), Heard()
    for _ in range(2000):
        number, codec = chance.randrange(NUMBERS), chance.choice((8, 96, 96, 96, 3))
        payload = chance.randbytes(chance.choice((0, 1, 2, 3, 10, 80, 1200)))
        source = chance.randrange(3)
        heard.arrivals.add(RtpPacket(codec, 0, number, chance.randrange(2**32), source, payload))
    assert all(0 < gap <= MISSED for gap in heard.gaps)


def test_a_gap_keeps_its_time_and_does_not_click():
    """A tone with a hole: as many samples come out, and none jumps further than the tone itself does."""
    tone = (9000 * np.sin(2 * np.pi * 300 * np.arange(16_000) / 16_000)).astype("<i2").tobytes()
    packer, loudspeaker = OpusPacker(), _Loudspeaker()
    arrivals = Arrivals([OPUS], loudspeaker.take, loudspeaker.miss)
    for number, at in enumerate(range(0, len(tone), SIZE)):
        sound = packer.packed(tone[at : at + SIZE])
        if number != 20:
            arrivals.add(RtpPacket(96, 0, number, number * CODEC_PACKET, 1, bytes(sound)))
    samples = np.frombuffer(b"".join(loudspeaker.read() for _ in range(100)), "<i2").astype(int)
    # The resampler keeps some back.
    assert loudspeaker._ring.moved == pytest.approx(16_000 + (webrtc.LEAD + BLOCK_BYTES) // 2, abs=20)
    hole = samples[20 * 320 + 160 : 21 * 320 + 160]
    assert np.abs(hole).max() < 12_000
    step = np.abs(np.diff(samples[18 * 320 : 20 * 320])).max()
    assert np.abs(np.diff(samples[20 * 320 : 21 * 320])).max() < 2 * step


def test_a_call_does_not_get_later_by_what_is_lost(monkeypatch):
    """aiortc itself would keep sixteen packets from then on."""
    monkeypatch.setattr(webrtc, "_others_addresses", lambda *_: ["127.0.0.1"])
    said = speech(2, 5)

    async def call():
        one, other = End("a"), End("b")
        await connected(one, other)
        receiver = other.wire._connection.getReceivers()[0]
        arrivals = receiver._RTCRtpReceiver__jitter_buffer
        assert isinstance(arrivals, Arrivals)
        take, lost = arrivals.add, []

        def add(packet):
            if len(lost) < 3:
                lost.append(packet)
                return False, None
            return take(packet)

        arrivals.add = add
        before = other.behind
        other.behind -= 3
        await talk(one, other, bytes(SIZE * 20) + said)
        assert len(lost) == 3
        assert other.came - one.sent >= before
        await one.close()
        await other.close()
        return bytes(other.heard)

    found = same_sound(said, asyncio.run(call()))
    assert found, found.why_not
