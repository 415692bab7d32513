"""The user's own ringtone: WAV, MP3, FLAC or Ogg Vorbis, decoded by miniaudio."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ringback.ports.media import RATE

#: Seconds that are kept of it; it is played again and again.
LONGEST: Final = 30
#: Bytes of the file that are looked at.
LARGEST: Final = 50_000_000
#: ``path:number`` names one sound of several in a file; all files that we read hold one (reference:
#: RINGTONE).
_NUMBERED: Final = re.compile(r"(?s)(.+):(\d+)")


class BadRingtoneError(Exception):
    """The file is there, but it is no sound."""


def file_named(name: str) -> str:
    """The path in ``path`` or ``path:0``. Raises BadRingtoneError, and what paths raise that are none."""
    numbered = _NUMBERED.fullmatch(name)
    if numbered is None or Path(name).expanduser().exists():
        return name
    if int(numbered[2]) and Path(numbered[1]).expanduser().is_file():
        raise BadRingtoneError("it holds one sound only, number 0")
    return numbered[1]


def decoded(name: str) -> bytes:
    """The first seconds of a sound file as samples at RATE. Raises FileNotFoundError, BadRingtoneError."""
    import miniaudio  # noqa: PLC0415 - only who has a ringtone of their own needs it

    try:
        path = Path(file_named(name)).expanduser()
        if not path.is_file():
            raise FileNotFoundError(f"{path} is no file")
        with path.open("rb") as file:
            data = file.read(LARGEST)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no home for ~somebody
        raise FileNotFoundError(str(error)) from None
    samples = bytearray()
    try:
        pieces = miniaudio.stream_memory(data, miniaudio.SampleFormat.SIGNED16, 1, RATE)
        for piece in pieces:
            samples += piece.tobytes()
            if len(samples) >= 2 * RATE * LONGEST:
                break
        pieces.close()
    except miniaudio.MiniaudioError as error:
        raise BadRingtoneError(f"no sound that can be decoded: {error}") from None
    if not samples:
        raise BadRingtoneError("it is empty")
    return bytes(samples[: 2 * RATE * LONGEST])


def checked(name: str) -> str:
    """The path in ``name``, if its file can ring. Raises as ``decoded``."""
    decoded(name)
    return file_named(name)
