"""The comparison itself must notice every way in which sound can be wrong."""

import numpy as np
import pytest

from ringback.ports.media import RATE
from support.sound import levels, same_sound, speech

SAID = speech(3, seed=1)
OTHER = speech(3, seed=2)
SECOND = RATE * 2


def _samples(values) -> bytes:
    return np.clip(values, -32768, 32767).astype("<i2").tobytes()


@pytest.mark.parametrize("offset", [0, 1, 159, 160, 12_345])
def test_the_same_sound_is_found_at_any_offset(offset):
    result = same_sound(SAID, bytes(2 * offset) + SAID + bytes(SECOND))
    assert result.why_not == ""
    assert result.offset == offset
    assert result.correlation == pytest.approx(1)


def test_a_little_noise_and_another_sound_before_it_do_no_harm():
    noise = np.random.default_rng(3).normal(0, 50, len(SAID) // 2)
    assert same_sound(SAID, OTHER + _samples(levels(SAID) + noise))


def _holed(start: float, length: float) -> bytes:
    first, size = int(start * SECOND) // 2 * 2, int(length * SECOND) // 2 * 2
    return SAID[:first] + bytes(size) + SAID[first + size :]


SHORT = SAID[: SECOND // 2]


@pytest.mark.parametrize(
    ("heard", "why"),
    [
        (bytes(len(SAID)), "silence"),
        (b"", "silence"),
        (OTHER, "another sound"),
        (SAID[SECOND:] + SAID[:SECOND], "another sound"),
        (SHORT * 6, "another sound"),
        (SAID[: len(SAID) // 2] * 2, "another sound"),
        (SAID + SAID, "heard 2 times"),
        (SAID + bytes(SECOND) + SAID + SAID, "heard 3 times"),
        (SAID[:-SECOND], "another sound"),
        (_samples(-levels(SAID)), "another sound"),
        (_samples(levels(SAID) / 2), "loudness"),
        (_samples(levels(SAID) * 2), "loudness"),
        (_samples(levels(SAID) + levels(OTHER)), "another sound"),
        (SAID[::-1], "another sound"),
    ],
    ids=[
        "silence", "nothing", "swapped with another voice", "parts swapped", "half a second looped",
        "first half looped", "twice", "three times", "cut off", "upside down", "too quiet", "too loud",
        "two voices", "backwards",
    ],
)  # fmt: skip
def test_what_is_wrong_is_noticed(heard, why):
    result = same_sound(SAID, heard)
    assert result.why_not.startswith(why), result
    assert not result


@pytest.mark.parametrize("length", [0.06, 0.1, 0.2])
def test_short_holes_are_noticed(length):
    loud = max(
        range(0, len(SAID) // 2 - RATE // 5, 160), key=lambda at: np.abs(levels(SAID)[at : at + 3200]).sum()
    )
    assert not same_sound(SAID, _holed(loud / RATE, length))


def test_blocks_that_were_dropped_or_said_twice_are_noticed():
    middle = len(SAID) // 2 // 320 * 320
    assert not same_sound(SAID, SAID[:middle] + SAID[middle + 320 :] + bytes(SECOND))
    assert not same_sound(SAID, SAID[:middle] + SAID[middle - 320 :])


def test_a_silent_reference_is_refused():
    with pytest.raises(ValueError, match="proves nothing"):
        same_sound(bytes(3200), SAID)


def test_test_voices_are_voices():
    for seed in range(5):
        sound = levels(speech(2, seed))
        assert 5000 < np.abs(sound).max() < 12_000
        assert not same_sound(speech(2, seed), speech(2, seed + 1))
    assert speech(1, 7) == speech(1, 7)
