"""What we say as packets of Opus, unpacked by aiortc's decoder as everybody's would."""

import numpy as np
import pytest
from aiortc.codecs.opus import OpusDecoder
from aiortc.jitterbuffer import JitterFrame

from ringback.media.opus import BITS, CODEC_PACKET, OpusPacker
from ringback.ports.media import BLOCK_BYTES
from support.sound import same_sound, speech

SIZE = 2 * BLOCK_BYTES


def packets(sound):
    packer = OpusPacker()
    return [packer.packed(sound[at : at + SIZE]) for at in range(0, len(sound) - SIZE + 1, SIZE)]


def unpacked(told):
    decoder, heard = OpusDecoder(), []
    for packet in told:
        (frame,) = decoder.decode(JitterFrame(bytes(packet), packet.pts))
        both = np.frombuffer(bytes(frame.planes[0]), "<i2")[: 2 * CODEC_PACKET].reshape(-1, 2)
        assert (both[:, 0] == both[:, 1]).all(), "it is heard in the middle"
        heard.append(both[::3, 0].tobytes())
    return b"".join(heard)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_same_sound_soon(seed):
    said = speech(2, seed)
    told = packets(said + bytes(SIZE))
    assert [packet.pts for packet in told] == [n * CODEC_PACKET for n in range(len(told))]
    found = same_sound(said, unpacked(told))
    assert found, found.why_not
    assert 0.95 < found.level < 1.05
    assert found.offset <= 0.003 * 16_000, "it looks ahead by 2.5 ms"


def test_it_takes_as_many_bits_as_it_may_and_silence_few():
    size = sum(packet.size for packet in packets(speech(2, 1))) / 100
    assert 0.8 * BITS / 50 / 8 < size < 1.3 * BITS / 50 / 8
    assert max(packet.size for packet in packets(bytes(SIZE * 50))[5:]) < 20
