"""Makes the spoken prompts with espeak-ng and sox: mono, 16 bit, 16 kHz. Run by hand when a text changes.

python -m ringback.tools.make_prompts src/ringback/media/prompts
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

TEXTS: Final = {
    "greeting": "Ringback sound test. Speak after the beep. Then you will hear yourself.",
    "goodbye": "If you heard yourself, your sound works. Goodbye.",
    "sample": "One two three. This is how I sound, and this is how I should come back.",
}


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
            ["sox", "-t", "wav", "-", *form, str(target), "gain", "-n", "-6", "pad", "0.1", "0.1"],
            check=True,
            input=spoken,
        )
    subprocess.run(
        [
            "sox",
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
    make(Path(sys.argv[1]))
