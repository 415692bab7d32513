"""Makes prompts and tones: mono, 16 bit, 16 kHz. Run by hand when a text or a tone changes.

python -m ringback.tools.make_prompts src/ringback/media/prompts

What is spoken needs espeak-ng and sox; with --tones only the tones are made, which need nothing. What is kept
was made with espeak-ng 1.51 and SoX 14.4.2, which make the same again.
"""

from __future__ import annotations

import math
import subprocess
import sys
import wave
from array import array
from pathlib import Path
from typing import Final, TypeAlias

from ringback.ports.media import RATE

TEXTS: Final = {
    "greeting": "Ringback sound test. Speak after the beep. Then you will hear yourself.",
    "goodbye": "If you heard yourself, your sound works. Goodbye.",
    "sample": "One two three. This is how I sound, and this is how I should come back.",
    "announcement": "Nobody can take your call now. Please try again later.",
    "keypad": "Press keys, and you will hear them again.",
    "goodbye_keypad": "No more keys. Goodbye.",
    **{f"key_{digit}": digit for digit in "0123456789"},
    "key_star": "star",
    "key_hash": "hash",
}

#: What sounds together, and for how long: hertz, seconds, part of the greatest loudness.
Note: TypeAlias = tuple[tuple[float, ...], float, float]
_PAUSE: Final = ()
#: One round of each tone. Those of the network are the usual 425 Hz with the pauses of ITU-T E.180; the
#: ringtone is a warble of two fifths, twice, of our own.
TONES: Final[dict[str, tuple[Note, ...]]] = {
    "call_in": (
        *(((523.25, 784.0), 0.08, 0.5), ((659.25, 987.75), 0.08, 0.5)) * 5,
        (_PAUSE, 0.4, 0.0),
        *(((523.25, 784.0), 0.08, 0.5), ((659.25, 987.75), 0.08, 0.5)) * 5,
        (_PAUSE, 2.0, 0.0),
    ),
    "call_waiting": (((425.0,), 0.2, 0.12), (_PAUSE, 0.6, 0.0), ((425.0,), 0.2, 0.12), (_PAUSE, 3.0, 0.0)),
    "call_out": (((425.0,), 1.0, 0.25), (_PAUSE, 4.0, 0.0)),
    "busy": (((425.0,), 0.5, 0.25), (_PAUSE, 0.5, 0.0)),
    "failed": (((425.0,), 0.25, 0.25), (_PAUSE, 0.25, 0.0)),
}
#: Seconds in which a note swells and dies away, so that it does not click.
_SWELL: Final = 0.008


def tone(notes: tuple[Note, ...]) -> array[int]:
    """The samples of one round."""
    total = array("h")
    for pitches, seconds, level in notes:
        count = round(seconds * RATE)
        for n in range(count):
            swell = min(1.0, n / RATE / _SWELL, (count - n) / RATE / _SWELL)
            wave_now = sum(math.sin(2 * math.pi * pitch * n / RATE) for pitch in pitches)
            total.append(round(32767 * level * swell * wave_now / max(1, len(pitches))))
    return total


def make_tones(folder: Path) -> None:
    """Write every tone into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, notes in TONES.items():
        samples = tone(notes)
        if sys.byteorder == "big":
            samples.byteswap()
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())


def make(folder: Path) -> None:
    """Write every prompt and the beep into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    form = ["-r", "16000", "-c", "1", "-b", "16"]
    for name, text in TEXTS.items():
        target = folder / f"{name}.wav"
        spoken = subprocess.run(
            ["espeak-ng", "-v", "en-gb", "-s", "165", "--stdout", text], check=True, capture_output=True
        ).stdout
        subprocess.run(
            # Without dither, which is noise: the same versions make the same bytes.
            ["sox", "-D", "-t", "wav", "-", *form, str(target), "gain", "-n", "-6", "pad", "0.1", "0.1"],
            check=True,
            input=spoken,
        )
    subprocess.run(
        [
            "sox",
            "-D",
            "-n",
            *form,
            str(folder / "beep.wav"),
            "synth",
            "0.4",
            "sine",
            "880",
            "gain",
            "-9",
            "fade",
            "0.02",
        ],
        check=True,
    )


if __name__ == "__main__":
    place = Path(sys.argv[-1])
    make_tones(place)
    if "--tones" not in sys.argv:
        make(place)
