"""The comparison itself must notice every way in which sound can be wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.ports.media import RATE
from support.sound import at_rate, levels, lost_pieces, same_sound, speech, why_no_echo

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
MIDDLE = len(SAID) // 2 // 320 * 320


def _at_rate(rate):
    return _samples(at_rate(levels(SAID), rate))


WRONG = {
    "silence": (bytes(len(SAID)), "silence"),
    "nothing": (b"", "silence"),
    "another voice": (OTHER, "another sound"),
    "noise": (_samples(np.random.default_rng(5).normal(0, 3000, len(SAID) // 2)), "another sound"),
    "backwards": (_samples(levels(SAID)[::-1]), "another sound"),
    "two voices": (_samples(levels(SAID) + levels(OTHER)), "only "),
    "bytes turned over": (np.frombuffer(SAID, "<i2").byteswap().tobytes(), "another sound"),
    "one byte off": (b"\0" + SAID + b"\0", "another sound"),
    "parts swapped": (SAID[SECOND:] + SAID[:SECOND], "parts swapped"),
    "half a second looped": (SHORT * 6, "looped"),
    "first half looped": (SAID[:MIDDLE] * 2, "looped"),
    "twice": (SAID + SAID, "heard 2 times"),
    "three times": (SAID + bytes(SECOND) + SAID + SAID, "heard 3 times"),
    "cut off": (SAID[:-SECOND], "only "),
    "begun late": (SAID[SECOND:], "only "),
    "upside down": (_samples(-levels(SAID)), "upside down"),
    "half level": (_samples(levels(SAID) / 2), "loudness 0.50"),
    "double level": (_samples(levels(SAID) * 2), "loudness 2.00"),
    "half level from the middle": (
        SAID[:MIDDLE] + _samples(levels(SAID[MIDDLE:]) / 2), "loudness changes",
    ),
    "100 ms of silence put in": (SAID[:MIDDLE] + bytes(SECOND // 10) + SAID[MIDDLE:], "100 ms too much"),
    "100 ms left out": (SAID[:MIDDLE] + SAID[MIDDLE + SECOND // 10 :] + bytes(SECOND), "100 ms lost"),
    "100 ms said twice": (SAID[:MIDDLE] + SAID[MIDDLE - SECOND // 10 :], "100 ms too much"),
    "played as 8000": (_at_rate(8000), "at a wrong sample rate (8000 "),
    "played as 44100": (_at_rate(44_100), "at a wrong sample rate (44100 "),
    "played as 48000": (_at_rate(48_000), "at a wrong sample rate (48000 "),
    "taken for 32000": (_at_rate(RATE * RATE / 32_000), "at a wrong sample rate (8000 "),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_noticed_and_named(name):
    heard, why = WRONG[name]
    result = same_sound(SAID, heard)
    assert result.why_not.startswith(why), result
    assert not result


@given(
    offset=st.integers(0, 20_000),
    after=st.integers(0, 20_000),
    gain=st.floats(0.82, 1.22),
    noise=st.floats(0, 50),
    seed=st.integers(0, 1000),
)
@settings(deadline=None, max_examples=40)
def test_offset_and_a_little_loudness_and_noise_do_no_harm(offset, after, gain, noise, seed):
    chance = np.random.default_rng(seed)
    heard = np.concatenate((np.zeros(offset), levels(SAID) * gain, np.zeros(after)))
    result = same_sound(SAID, _samples(heard + chance.normal(0, noise, len(heard))))
    assert result.why_not == ""
    assert result.offset == offset
    assert result.level == pytest.approx(gain, rel=0.02)


@given(gain=st.one_of(st.floats(0.02, 0.78), st.floats(1.28, 3)), offset=st.integers(0, 20_000))
@settings(deadline=None, max_examples=20)
def test_another_loudness_is_noticed_at_any_offset(gain, offset):
    quiet = _samples(levels(SAID) * gain)
    assert same_sound(SAID, bytes(2 * offset) + quiet).why_not.startswith("loudness")


@given(
    place=st.integers(RATE // 2, len(SAID) // 2 - RATE // 2),
    length=st.integers(RATE // 100, RATE // 5),
    kind=st.sampled_from(["put in", "left out", "said twice"]),
    offset=st.integers(0, 5000),
)
@settings(deadline=None, max_examples=20)
def test_ten_milliseconds_too_many_or_too_few_are_noticed_anywhere(place, length, kind, offset):
    before, after = SAID[: 2 * place], SAID[2 * place :]
    match kind:
        case "put in":
            heard = before + bytes(2 * length) + after
        case "left out":
            heard = before + after[2 * length :]
        case _:
            heard = before + before[-2 * length :] + after
    assert not same_sound(SAID, bytes(2 * offset) + heard + bytes(SECOND))


@pytest.mark.parametrize("length", [0.06, 0.1, 0.2])
def test_short_holes_are_noticed(length):
    loud = max(
        range(0, len(SAID) // 2 - RATE // 5, 160), key=lambda at: np.abs(levels(SAID)[at : at + 3200]).sum()
    )
    result = same_sound(SAID, _holed(loud / RATE, length))
    assert not result
    assert length != 0.1 or result.why_not.endswith("ms of gaps")


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


GREETING = speech(2, seed=8)
BEEP = _samples(8000 * np.sin(np.arange(6400) / 3))
HEARD = bytes(500) + GREETING + BEEP + bytes(2 * SECOND) + BEEP + bytes(4000) + SAID + bytes(900)
MICROPHONE = bytes(70_000) + SAID + bytes(SECOND)


def test_both_directions_of_an_echo_call():
    assert why_no_echo(SAID, GREETING, HEARD, MICROPHONE) == ""


@pytest.mark.parametrize(
    ("heard", "microphone", "why"),
    [
        (MICROPHONE, HEARD, "swapped"),
        (MICROPHONE, MICROPHONE, "greeting: another sound"),
        (HEARD, bytes(len(HEARD)), "microphone: silence"),
        (bytes(len(HEARD)), MICROPHONE, "greeting: silence"),
        (HEARD, MICROPHONE + SAID, "microphone: heard 2 times"),
        (HEARD + SAID, MICROPHONE, "echo: heard 2 times"),
        (HEARD + GREETING, MICROPHONE, "greeting: heard 2 times"),
        (HEARD.replace(SAID, OTHER), MICROPHONE, "echo: another sound"),
        (HEARD.replace(SAID, bytes(len(SAID))), MICROPHONE, "echo: "),
        (SAID + HEARD.replace(SAID, b""), MICROPHONE, "the echo comes before"),
        (HEARD + OTHER[:SECOND], MICROPHONE, "heard: "),
        (HEARD, MICROPHONE + OTHER[:SECOND], "microphone: "),
        (HEARD.replace(SAID, _samples(levels(SAID) / 2)), MICROPHONE, "echo: loudness 0.50"),
    ],
    ids=[
        "swapped", "both the microphone", "silent microphone", "silent far end", "microphone looped",
        "echo looped", "greeting looped", "echo of another voice", "no echo", "echo at once",
        "more is heard", "more is said", "quiet echo",
    ],
)  # fmt: skip
def test_what_is_no_echo_call(heard, microphone, why):
    assert why_no_echo(SAID, GREETING, heard, microphone).startswith(why)


def test_no_piece_of_a_shifted_recording_with_a_block_too_many_is_lost():
    heard = bytes(5000) + SAID[:SECOND] + SAID[SECOND - 320 : SECOND] + SAID[SECOND:] + bytes(5000)
    missing, pieces = lost_pieces(SAID, heard)
    assert missing <= 1, "the piece that was cut"
    assert pieces > 8


@pytest.mark.parametrize(
    "heard",
    [
        b"",
        bytes(1000),
        bytes(SECOND * 4),
        OTHER + OTHER,
        SAID[::-1],
        at_rate(levels(SAID), 8000).astype("<i2").tobytes(),
    ],
)
def test_of_another_sound_all_pieces_are_lost(heard):
    missing, pieces = lost_pieces(SAID, heard)
    assert missing == pieces > 8


def test_pieces_that_come_much_too_late_are_lost():
    missing, pieces = lost_pieces(SAID, SAID[: 2 * SECOND] + bytes(SECOND) + SAID[2 * SECOND :])
    assert 0.2 * pieces < missing < 0.6 * pieces
