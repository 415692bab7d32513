"""WAV files as ends of routes: any PCM is played, what is written can always be read."""

import io
import os
import struct
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.media.wav import HEADER_EVERY, UnusableSoundError, WavSink, WavSource, samples
from ringback.ports.media import BLOCK_BYTES, RATE, SILENCE
from support.sound import levels, same_sound, speech, wav

SAID = speech(1.0, seed=1)


def played(path):
    source, blocks = WavSource(path), []
    for _ in range(1000):
        blocks.append(source.read())
        assert len(blocks[-1]) == BLOCK_BYTES
        if blocks[-5:] == [SILENCE] * 5 and len(blocks) > 100:
            break
    source.close()
    return b"".join(blocks)


def at_rate(rate):
    """SAID at another rate, as numbers."""
    there = levels(SAID)
    return np.interp(np.arange(len(there) * rate // RATE) * RATE / rate, np.arange(len(there)), there)


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_any_pcm_file_is_played_at_its_speed_and_loudness(tmp_path, rate, channels, width):
    there = at_rate(rate)
    if width == 1:
        raw = (there / 256 + 128).round().astype("u1")[:, None].view("u1")
    else:
        raw = (there * 256 ** (width - 2)).astype("<i4")[:, None].view("u1").reshape(-1, 4)[:, :width]
    file = tmp_path / "said.wav"
    file.write_bytes(wav(np.tile(raw, (1, channels)).tobytes(), rate, channels, width))
    heard = played(file)
    result = same_sound(SAID, heard)
    # Below 16000 the upper part of the band is lost in the file, one byte a sample adds noise.
    if rate >= RATE and width > 1:
        assert result.why_not == ""
    assert result.correlation > 0.9
    assert result.offset <= 2
    assert 0.85 < result.level < 1.1
    if (rate, channels, width) == (RATE, 1, 2):
        assert heard.startswith(SAID)


@given(
    rate=st.integers(1000, 96_000),
    frames=st.binary(max_size=5000),
    channels=st.integers(1, 3),
    width=st.integers(1, 4),
)
@settings(deadline=None, max_examples=60)
def test_a_file_read_block_by_block_is_the_file_read_whole(tmp_path_factory, rate, frames, channels, width):
    path = tmp_path_factory.getbasetemp() / "any.wav"
    usable = len(frames) // (channels * width)
    path.write_bytes(wav(frames[: usable * channels * width], rate, channels, width))
    whole = samples(path.read_bytes())
    assert len(whole) == usable * RATE // rate * 2
    source = WavSource(path)
    heard = b"".join(source.read() for _ in range(len(whole) // BLOCK_BYTES + 2))
    source.close()
    assert heard.startswith(whole)
    assert not any(heard[len(whole) :])


def test_a_header_that_promises_too_much_plays_what_is_there(tmp_path):
    file = tmp_path / "cut.wav"
    file.write_bytes(wav(SAID)[:-BLOCK_BYTES])
    assert played(file).startswith(SAID[:-BLOCK_BYTES])


def test_a_long_file_is_not_read_before_it_is_played(tmp_path):
    """A gigabyte opens as fast as a word; nothing is kept of what was not played."""
    file = tmp_path / "long.wav"
    with file.open("wb") as sound:
        sound.write(wav(SAID)[:40] + struct.pack("<I", 1 << 30) + SAID)
        sound.truncate(44 + (1 << 30))
    source = WavSource(file)
    assert b"".join(source.read() for _ in range(100)) == SAID
    source.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", b"text " * 100, wav(SAID)[:20], wav(SAID, rate=999), wav(SAID, rate=4_000_000_000 >> 4)],
)
def test_no_sound_is_refused(tmp_path, content):
    file = tmp_path / "none.wav"
    file.write_bytes(content)
    with pytest.raises(UnusableSoundError):
        WavSource(file)


def test_a_pipe_or_a_folder_is_refused_at_once(tmp_path):
    """Opened in the common way, a pipe would hold the whole engine up until somebody opens its other end."""
    os.mkfifo(tmp_path / "pipe")
    for refused in (tmp_path / "pipe", tmp_path, tmp_path / "none" / "x.wav"):
        with pytest.raises(OSError):  # noqa: PT011 - which of them depends on the system
            WavSink(refused)
        with pytest.raises(OSError):  # noqa: PT011
            WavSource(refused)


def test_a_recording_can_be_read_at_any_moment(tmp_path):
    """The process may be killed: what is in the file is a WAV, at most a second behind."""
    file = tmp_path / "out.wav"
    sink = WavSink(file)
    for number in range(3 * HEADER_EVERY):
        sink.write(SAID[number % 100 * BLOCK_BYTES :][:BLOCK_BYTES])
        with wave.open(io.BytesIO(file.read_bytes())) as sound:
            kept = sound.getnframes() * 2
            assert sound.getparams()[:3] == (1, 2, RATE)
            assert (number + 1 - HEADER_EVERY) * BLOCK_BYTES <= kept <= (number + 1) * BLOCK_BYTES
            assert sound.readframes(kept) == (SAID * 3)[:kept]
    sink.close()
    assert samples(file.read_bytes()) == SAID * 3


def test_a_full_disk_is_told_once_and_what_was_written_can_be_played(tmp_path):
    import resource

    file = tmp_path / "out.wav"
    sink = WavSink(file)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    told = 0
    try:
        for number in range(100):
            try:
                sink.write(SAID[number * BLOCK_BYTES :][:BLOCK_BYTES])
            except OSError:
                told += 1
        sink.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert told == 1
    kept = samples(file.read_bytes())
    assert len(kept) > 9000
    assert SAID.startswith(kept)
