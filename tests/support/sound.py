"""Speech-like sound, and whether what was heard is what was said.

``same_sound`` finds the reference in the recording, then looks at it closely: a wrong voice, silence, holes,
a loop or another loudness all fail, whatever the offset.
"""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass

import numpy as np

from ringback.ports.media import RATE

#: Length of a window that is compared on its own: shorter than a syllable.
WINDOW = RATE // 20
#: A window of the reference below this part of its loudness says nothing about the match.
QUIET = 0.1


def speech(seconds: float, seed: int, level: float = 0.3) -> bytes:
    """Speech-like sound that never repeats: syllables with wandering pitch and formants, hisses, pauses."""
    rng = np.random.default_rng(seed)
    total = round(seconds * RATE)
    sound = np.zeros(total)
    position = 0
    while position < total:
        length = int(rng.uniform(0.08, 0.25) * RATE)
        time = np.arange(length) / RATE
        pitch = rng.uniform(90, 220) * (1 + rng.uniform(-0.3, 0.3) * time / time[-1])
        phase = 2 * np.pi * np.cumsum(pitch) / RATE + rng.uniform(0, 6)
        formants = rng.uniform((250, 800, 2200), (800, 2200, 3400))
        syllable = rng.normal(0, 0.3, length)
        for harmonic in range(1, 24):
            distance = np.abs(harmonic * pitch.mean() - formants).min()
            syllable += np.sin(harmonic * phase + rng.uniform(0, 6)) / (1 + distance / 150)
        syllable *= np.hanning(length) * rng.uniform(0.5, 1)
        end = min(total, position + length)
        sound[position:end] += syllable[: end - position]
        position += length + int(rng.choice((0.0, 0.03, 0.12)) * RATE)
    return (sound / np.abs(sound).max() * level * 32767).astype("<i2").tobytes()


def wav(samples: bytes, rate: int = RATE, channels: int = 1, width: int = 2) -> bytes:
    """A WAV file around samples that are laid out as the other arguments say."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(samples)
    return file.getvalue()


def levels(samples: bytes) -> np.ndarray:
    """Samples as numbers of 64 bits, so that squares fit."""
    return np.frombuffer(samples, "<i2").astype(float)


@dataclass(frozen=True)
class Comparison:
    """What ``same_sound`` found.

    offset: samples of the recording before the reference. correlation: over the whole length, -1 to 1.
    worst: the lowest correlation of a window that is not quiet. gaps: windows where the reference speaks and
    the recording is silent. level: loudness of the recording by that of the reference. times: how often the
    reference is in the recording (a loop has it more than once).
    """

    offset: int = 0
    correlation: float = 0.0
    worst: float = 0.0
    gaps: int = 0
    level: float = 0.0
    times: int = 0

    @property
    def why_not(self) -> str:
        """Why it is not the same sound; empty if it is."""
        if self.level == 0:
            return "silence"
        if self.correlation < 0.95:
            return f"another sound (correlation {self.correlation:.2f})"
        if self.gaps:
            return f"{self.gaps} gaps"
        if self.worst < 0.9:
            return f"a part differs (correlation {self.worst:.2f})"
        if not 0.8 < self.level < 1.25:
            return f"loudness {self.level:.2f}"
        if self.times != 1:
            return f"heard {self.times} times"
        return ""

    def __bool__(self) -> bool:
        return not self.why_not


def _correlations(reference: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """The normalized correlation at every offset."""
    size = 1 << (len(heard) + len(reference)).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(reference, size)), size)
    product = product[: len(heard) - len(reference) + 1]
    squares = np.concatenate(([0.0], np.cumsum(heard**2)))
    energy = squares[len(reference) :] - squares[: len(product)]
    floor = (reference**2).sum() * 1e-6
    return product / np.sqrt(np.maximum(energy, floor) * (reference**2).sum())


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    energy = (one**2).sum() * (other**2).sum()
    return float((one * other).sum() / np.sqrt(energy)) if energy else 0.0


def _copies(found: np.ndarray, distance: int) -> int:
    """Places that match well, each at least ``distance`` samples from the next better one."""
    left, copies = found.copy(), 0
    while left.max() > 0.7:
        place = int(left.argmax())
        left[max(0, place - distance) : place + distance] = 0
        copies += 1
    return copies


def same_sound(reference: bytes, heard: bytes) -> Comparison:
    """Compare what was said with a recording that should hold it once, at any offset."""
    said, recorded = levels(reference), levels(heard)
    if not (said**2).sum():
        raise ValueError("a silent reference proves nothing")
    if len(recorded) < len(said):
        recorded = np.concatenate((recorded, np.zeros(len(said) - len(recorded))))
    if not recorded.any():
        return Comparison()
    found = _correlations(said, recorded)
    offset = int(found.argmax())
    piece = recorded[offset : offset + len(said)]
    loudness = np.sqrt((said**2).mean())
    worst, gaps = 1.0, 0
    for start in range(0, len(said) - WINDOW + 1, WINDOW):
        one, other = said[start : start + WINDOW], piece[start : start + WINDOW]
        if np.sqrt((one**2).mean()) < QUIET * loudness:
            continue
        if np.sqrt((other**2).mean()) < 0.1 * np.sqrt((one**2).mean()):
            gaps += 1
        worst = min(worst, _alike(one, other))
    return Comparison(
        offset=offset,
        correlation=float(found[offset]),
        worst=worst,
        gaps=gaps,
        level=float(np.sqrt((piece**2).mean()) / loudness),
        times=_copies(found, min(len(said) // 4, RATE // 4)),
    )
