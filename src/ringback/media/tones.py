"""The tones that tell of calls, as endless or short rows of blocks. Made by ``tools/make_prompts.py``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import cycle
from typing import Final

from ringback.domain.effects import Tone
from ringback.media.wav import samples
from ringback.ports.media import BLOCK_BYTES, BLOCK_SECONDS, SILENCE

#: File of each tone; each holds one round with its pause.
FILES: Final = {
    Tone.RINGTONE: "call_in",
    Tone.CALL_WAITING: "call_waiting",
    Tone.RINGBACK: "call_out",
    Tone.BUSY: "busy",
    Tone.FAILED: "failed",
}
#: Rounds of the tones that end by themselves; all others sound until something else is asked for.
ROUNDS: Final = {Tone.BUSY: 3, Tone.FAILED: 6}
#: Seconds between the rounds of a ringtone of the user's own.
PAUSE: Final = 1.0


@cache
def tone(which: Tone) -> tuple[bytes, ...]:
    """One round of a tone."""
    path = resources.files("ringback.media").joinpath(f"prompts/{FILES[which]}.wav")
    return tuple(blocks(samples(path.read_bytes())))


def blocks(sound: bytes) -> list[bytes]:
    """Samples cut into blocks, the last one filled up with silence."""
    cut = [sound[start : start + BLOCK_BYTES] for start in range(0, len(sound), BLOCK_BYTES)]
    if cut:
        cut[-1] += SILENCE[len(cut[-1]) :]
    return cut


def sounding(which: Tone, own: bytes = b"") -> Iterator[bytes]:
    """A tone from its beginning; ``own`` is the user's sound instead of the built-in ringtone."""
    if which is Tone.RINGTONE and own:
        return cycle([*blocks(own), *[SILENCE] * round(PAUSE / BLOCK_SECONDS)])
    rounds = ROUNDS.get(which)
    return cycle(tone(which)) if rounds is None else iter(tone(which) * rounds)
