"""The tones that are kept are those that the script makes."""

from pathlib import Path

import numpy as np
import pytest

import ringback.media
from ringback.media.tones import FILES
from ringback.media.wav import samples
from ringback.tools.make_prompts import TONES, make_tones, tone

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
