"""Speech-like sound, and whether what was heard is what was said.

``same_sound`` finds the reference in the recording, then looks at it closely: a wrong voice, silence, holes,
a loop or another loudness all fail, whatever the offset. ``why_no_echo`` does so for both directions of a
call to echo123.
"""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ringback.ports.media import RATE

#: Length of a window that is compared on its own: shorter than a syllable.
WINDOW = RATE // 20
#: A window of the reference below this part of its loudness says nothing about the match.
QUIET = 0.1
#: Rates that sound may be taken for by mistake.
RATES = (8000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000)
#: Length of a piece that is looked for on its own when the whole is not there.
PIECE = RATE // 5


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
    the recording is silent. level: loudness of the recording by that of the reference. uneven: how far the
    level of a window is from that, as a factor. times: how often the reference is in the recording (a loop
    has it more than once). story: what seems to have happened to a sound that is not there as a whole.
    """

    offset: int = 0
    correlation: float = 0.0
    worst: float = 0.0
    gaps: int = 0
    level: float = 0.0
    uneven: float = 1.0
    times: int = 0
    story: str = ""

    @property
    def why_not(self) -> str:
        """Why it is not the same sound; empty if it is."""
        if self.level == 0:
            return "silence"
        if self.worst >= 0.9 and self.uneven > 1.25:
            return f"loudness changes by {self.uneven:.2f}"
        if self.correlation < 0.95:
            return f"{self.story} (correlation {self.correlation:.2f})"
        if self.gaps:
            return f"{self.gaps * 1000 * WINDOW // RATE} ms of gaps"
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


def at_rate(sound: np.ndarray, rate: float) -> np.ndarray:
    """``sound`` as it is when it is sampled ``rate`` times a second."""
    places = np.arange(int(len(sound) * rate / RATE)) * RATE / rate
    return np.interp(places, np.arange(len(sound)), sound)


def _story(said: np.ndarray, recorded: np.ndarray) -> str:
    """What happened to a sound that is not there as a whole: looks for it piece by piece."""
    if _correlations(-said, recorded).max() > 0.95:
        return "upside down"
    for rate in RATES:
        for taken, hint in ((rate, f"{rate}"), (RATE * RATE / rate, f"1/{rate}")):
            other = at_rate(said, taken)
            if len(other) <= len(recorded) and _correlations(other, recorded).max() > 0.8:
                return f"at a wrong sample rate ({hint} taken for {RATE})"
    loudness = np.sqrt((said**2).mean())
    shifts: list[tuple[int, int]] = []
    pieces = again = 0
    for start in range(0, len(said) - PIECE + 1, PIECE):
        piece = said[start : start + PIECE]
        if np.sqrt((piece**2).mean()) < loudness / 2:
            continue
        pieces += 1
        found = _correlations(piece, recorded)
        if found.max() > 0.9:
            shifts.append((start, int(found.argmax()) - start))
            again += _copies(found, PIECE // 2) > 1
    if len(shifts) < 2:
        return "another sound"
    if again * 2 >= len(shifts):
        return f"looped, {len(shifts)} of {pieces} pieces are there, {again} more than once"
    for (_, shift), (start, later) in pairwise(shifts):
        if start + later < start - PIECE + shift:
            return "parts swapped"
        if abs(later - shift) > 2:
            what = "too much" if later > shift else "lost"
            return f"{abs(later - shift) * 1000 // RATE} ms {what} before {start / RATE:.1f} s"
    return f"only {len(shifts)} of {pieces} pieces are there"


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
    level = float(np.sqrt((piece**2).mean()) / loudness)
    worst, gaps, uneven = 1.0, 0, 1.0
    for start in range(0, len(said) - WINDOW + 1, WINDOW):
        one, other = said[start : start + WINDOW], piece[start : start + WINDOW]
        there, loud = np.sqrt((one**2).mean()), np.sqrt((other**2).mean())
        if there < QUIET * loudness:
            continue
        if loud < 0.1 * there * min(level, 1):
            gaps += 1
        elif level:
            uneven = max(uneven, loud / there / level, there * level / loud)
        worst = min(worst, _alike(one, other))
    correlation = float(found[offset])
    return Comparison(
        offset=offset,
        correlation=correlation,
        worst=worst,
        gaps=gaps,
        level=level,
        uneven=float(uneven),
        times=_copies(found, min(len(said) // 4, RATE // 4)),
        story=_story(said, recorded) if correlation < 0.95 else "",
    )


def pieces_found(reference: bytes, heard: bytes) -> float:
    """How well quarters of a second of what was said are found in what was heard: the median correlation.

    For sound that was packed: the samples are others, and where packets come late something is put in or
    left out between them.
    """
    said, recorded, size = levels(reference), levels(heard), RATE // 4
    pieces = [said[start : start + size] for start in range(0, len(said) - size + 1, size)]
    loud = [piece for piece in pieces if (piece**2).mean() > (QUIET**2) * (said**2).mean()]
    return float(np.median([_correlations(piece, recorded).max() for piece in loud]))


def why_no_echo(said: bytes, greeting: bytes, heard: bytes, microphone: bytes) -> str:
    """Why two recordings are not those of a call to echo123 in which ``said`` was said; empty if they are.

    The microphone holds what was said and nothing else; what was heard holds the greeting, later what was
    said, and besides these at most the two beeps.
    """
    if same_sound(greeting, microphone):
        return "swapped: the greeting is in the microphone"
    spoken = same_sound(said, microphone)
    if not spoken:
        return f"microphone: {spoken.why_not}"
    greeted, echoed = same_sound(greeting, heard), same_sound(said, heard)
    if not greeted:
        return f"greeting: {greeted.why_not}"
    if not echoed:
        return f"echo: {echoed.why_not}"
    if echoed.offset < greeted.offset + len(greeting) // 2:
        return "the echo comes before the greeting ends"
    for name, recording, known, allowed in (
        ("microphone", microphone, [(spoken, said)], 0.0),
        ("heard", heard, [(greeted, greeting), (echoed, said)], 0.9),
    ):
        left = levels(recording)
        for found, sound in known:
            left[found.offset : found.offset + len(sound) // 2] = 0
        blocks = left[: len(left) // 160 * 160].reshape(-1, 160)
        more = (np.abs(blocks).max(axis=1, initial=0) > 300).sum() / 100
        if more > allowed:
            return f"{name}: {more:.2f} s of something else"
    return ""


def lost_pieces(said: bytes, heard: bytes, sway: float = 0.2) -> tuple[int, int]:
    """Of how many loud pieces of what was said some are missing: (missing, all).

    For recordings over devices with clocks of their own on a busy machine, where a block may be shed or
    added: each piece must be there as it was said, not further than ``sway`` seconds from where the others
    are.
    """
    reference, recorded = levels(said), levels(heard)
    loudness = np.sqrt((reference**2).mean())
    shifts: list[float] = []
    pieces = 0
    for start in range(0, len(reference) - PIECE + 1, PIECE):
        piece = reference[start : start + PIECE]
        if np.sqrt((piece**2).mean()) < loudness / 2:
            continue
        pieces += 1
        found = _correlations(piece, recorded) if len(recorded) >= PIECE else np.zeros(1)
        if found.max() > 0.9:
            shifts.append((int(found.argmax()) - start) / RATE)
    there = [shift for shift in shifts if abs(shift - float(np.median(shifts))) <= sway]
    return pieces - len(there), pieces
