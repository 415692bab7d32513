"""The prompts and tones that are kept are those that the script makes."""

import subprocess
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
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout
    except FileNotFoundError:
        return ""


def test_kept_prompts_are_those_that_are_made(tmp_path):
    """Other versions speak otherwise, so this is for machines that have those that were used."""
    if "1.51 " not in version("espeak-ng", "--version") or "v14.4.2" not in version("sox", "--version"):
        pytest.skip("needs espeak-ng 1.51 and SoX 14.4.2")
    make(tmp_path)
    for name in (*TEXTS, "beep"):
        assert (tmp_path / f"{name}.wav").read_bytes() == (PROMPTS / f"{name}.wav").read_bytes(), name
