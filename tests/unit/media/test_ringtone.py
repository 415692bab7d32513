"""Ringtones of the user's own, as real files: here MP3, made by hand frame by frame."""

import numpy as np
import pytest

from ringback.media.ringtone import LONGEST, BadRingtoneError, decoded
from ringback.ports.media import RATE
from support import mp3


def strongest(sound):
    """The pitch in which most of the power is, Hz, and how much of it is within a line of it."""
    samples = np.frombuffer(sound, "<i2").astype(float)
    power = np.abs(np.fft.rfft(samples)) ** 2
    pitches = np.arange(len(power)) * RATE / len(samples)
    top = pitches[power.argmax()]
    return top, power[np.abs(pitches - top) < 2 * mp3.WIDTH].sum() / power.sum()


@pytest.mark.parametrize("line", [11, 20, 45])
@pytest.mark.parametrize("dress", [bytes, mp3.tagged])
def test_mp3(tmp_path, line, dress):
    (tmp_path / "hum.mp3").write_bytes(dress(mp3.hum(1.0, line)))
    sound = decoded(f"{tmp_path}/hum.mp3")
    assert abs(len(sound) / 2 / RATE - 1.0) < 0.1
    pitch, share = strongest(sound)
    assert abs(pitch - (line + 0.5) * mp3.WIDTH) < mp3.WIDTH
    assert share > 0.9
    assert 4_000 < np.abs(np.frombuffer(sound, "<i2").astype(int)).max() < 16_000
    assert decoded(f"{tmp_path}/hum.mp3:0") == sound


def test_a_long_one_is_cut(tmp_path):
    (tmp_path / "long.mp3").write_bytes(mp3.hum(LONGEST + 5))
    assert len(decoded(str(tmp_path / "long.mp3"))) == 2 * RATE * LONGEST


def test_one_that_ends_early_sounds_up_to_there(tmp_path):
    whole = mp3.hum(1.0)
    (tmp_path / "cut.mp3").write_bytes(whole[: len(whole) // 2 - 100])
    assert 0.4 < len(decoded(str(tmp_path / "cut.mp3"))) / 2 / RATE < 0.6


def test_what_only_begins_like_one(tmp_path):
    (tmp_path / "no.mp3").write_bytes(mp3.tagged(b"")[:-2] + b"text, not frames " * 100)
    with pytest.raises(BadRingtoneError):
        decoded(str(tmp_path / "no.mp3"))
