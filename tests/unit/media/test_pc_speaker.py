"""The machine's own little speaker, with a file in place of the device."""

import struct

import pytest

from ringback.media.pc_speaker import CADENCE, PITCH, PcSpeaker

EVENT = struct.Struct("@llHHi")


@pytest.fixture
def device(tmp_path):
    path = tmp_path / "speaker"
    path.touch()
    return path


def tones(device):
    return [
        EVENT.unpack(chunk)[2:]
        for chunk in (
            device.read_bytes()[i : i + EVENT.size] for i in range(0, device.stat().st_size, EVENT.size)
        )
    ]


def test_it_beeps_twice_and_pauses_and_ends_silent(device):
    speaker = PcSpeaker(device)
    speaker.ring(True)
    for _ in range(sum(blocks for blocks, _ in CADENCE) + 1):
        speaker.tick()
    speaker.ring(False)
    loud, silent = (0x12, 0x02, PITCH), (0x12, 0x02, 0)
    assert tones(device) == [loud, silent, loud, silent, loud, silent]
    speaker.tick()
    assert len(tones(device)) == 6


def test_asked_again_it_goes_on(device):
    speaker = PcSpeaker(device)
    for _ in range(10):
        speaker.ring(True)
        speaker.tick()
    assert len(tones(device)) == 1


def test_without_the_device_it_is_silent(tmp_path, caplog):
    speaker = PcSpeaker(tmp_path / "none")
    speaker.ring(True)
    speaker.tick()
    speaker.ring(False)
    assert caplog.messages == []


def test_a_device_that_breaks_is_given_up(caplog):
    speaker = PcSpeaker(device="/dev/full")
    speaker.ring(True)
    speaker.tick()
    speaker.tick()
    speaker.ring(False)
    assert len(caplog.messages) == 1
