"""The prompts and tones that are kept are those that the script makes."""

import subprocess
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import ringback.media
from ringback.media.tones import FILES
from ringback.media.wav import samples
from ringback.tools.make_prompts import TEXTS, TONES, make, make_tones, tone

PROMPTS = Path(ringback.media.__file__).parent / "prompts"


def test_every_tone_has_its_file():
    assert set(FILES.values()) == set(TONES)


@pytest.mark.parametrize("name", sorted(TONES))
def test_a_kept_tone_is_the_one_that_is_made(name, tmp_path):
    made = np.frombuffer(tone(TONES[name]).tobytes(), "<i2").astype(int)
    kept = np.frombuffer(samples((PROMPTS / f"{name}.wav").read_bytes()), "<i2").astype(int)
    assert len(made) == len(kept)
    # The sine of another machine may round differently.
    assert np.abs(made - kept).max() <= 1
    make_tones(tmp_path)
    again = np.frombuffer(samples((tmp_path / f"{name}.wav").read_bytes()), "<i2").astype(int)
    assert (again == made).all()


def version(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def loudness(file):
    """How loud it is over its length, in 40 parts, and its samples."""
    sound = np.frombuffer(samples(file.read_bytes()), "<i2").astype(float)
    return np.array([np.sqrt(np.mean(part**2)) for part in np.array_split(sound, 40)]), len(sound)


def alike(one, other):
    """Whether two files say the same, as far as two versions of a voice do."""
    (first, long), (second, longer) = loudness(one), loudness(other)
    return 0.9 < long / longer < 1.1 and np.corrcoef(first, second)[0, 1] > 0.8


def test_kept_prompts_are_those_that_are_made(tmp_path):
    """The versions that were used make the same bytes, others what sounds alike."""
    make(tmp_path)
    same = "1.51 " in version("espeak-ng", "--version") and "v14.4.2" in version("sox", "--version")
    for name in (*TEXTS, "beep"):
        made, kept = tmp_path / f"{name}.wav", PROMPTS / f"{name}.wav"
        assert alike(made, kept), name
        assert made.read_bytes() == kept.read_bytes() or not same, name


def test_other_words_are_not_alike():
    """Or the comparison between versions would show nothing."""
    for one, other in combinations(sorted(set(TEXTS) - {f"key_{n}" for n in range(10)}), 2):
        assert not alike(PROMPTS / f"{one}.wav", PROMPTS / f"{other}.wav"), (one, other)
