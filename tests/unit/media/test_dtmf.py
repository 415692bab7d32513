"""Keypad tones: what is made is heard, and nothing else is."""

import random
from array import array

import pytest

from ringback.media.dtmf import FREQUENCIES, TONE_BLOCKS, ToneEar, tone
from ringback.ports.media import BLOCK_BYTES, SILENCE
from support.replay import PROMPTS


def heard(blocks):
    ear = ToneEar()
    return "".join(ear.hear(block) for block in blocks)


def changed(block, change):
    return array(
        "h", (max(-32768, min(32767, round(change(level)))) for level in array("h", block))
    ).tobytes()


@pytest.mark.parametrize("key", FREQUENCIES)
def test_each_key_is_heard_once(key):
    assert heard([SILENCE, *tone(key), SILENCE]) == key


@pytest.mark.parametrize("shift", [0, 1])
def test_a_number_is_heard_in_its_order(shift):
    """Also where a tone begins in the middle of what is looked at together."""
    number = "0018005551234*#99"
    assert heard([SILENCE] * shift + [block for key in number for block in tone(key)]) == number


@pytest.mark.parametrize("key", "159D*#0")
def test_a_soft_tone_and_one_with_noise(key):
    noise = random.Random(key)
    assert heard(changed(block, lambda level: level / 16) for block in tone(key)) == key
    assert heard(changed(block, lambda level: level + noise.gauss(0, 3000)) for block in tone(key)) == key


def test_a_tone_has_the_length_that_networks_demand():
    blocks = list(tone("5"))
    assert all(len(block) == BLOCK_BYTES for block in blocks)
    assert TONE_BLOCKS * 10 >= 40
    assert blocks[TONE_BLOCKS:] == [SILENCE] * (len(blocks) - TONE_BLOCKS)
    assert (len(blocks) - TONE_BLOCKS) * 10 >= 40


def test_too_short_a_tone_is_none():
    assert not heard([*list(tone("5"))[:2], *[SILENCE] * 20])


@pytest.mark.parametrize("name", sorted(PROMPTS))
def test_speech_and_beeps_are_no_keys(name):
    sound = PROMPTS[name]
    whole = len(sound) - len(sound) % BLOCK_BYTES
    assert not heard(sound[start : start + BLOCK_BYTES] for start in range(0, whole, BLOCK_BYTES))


def test_noise_and_silence_are_no_keys():
    noise = random.Random(7)
    assert not heard(
        array("h", (noise.randint(-20000, 20000) for _ in range(BLOCK_BYTES // 2))).tobytes()
        for _ in range(300)
    )
    assert not heard([SILENCE] * 300)


def test_what_is_no_key_has_no_tone():
    with pytest.raises(KeyError):
        tone("x")
