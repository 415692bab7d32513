"""The ends of a voice route, as programs write and read them (reference: Voice streams).

Of calls and voicemails alike.
"""

from __future__ import annotations

from typing import Final

from ringback.domain.effects import Endpoints
from ringback.protocol.lexer import assignments, quoted
from ringback.protocol.values import NUMBER, TEXT, Place, ValueType

_PARAMETERS: Final = frozenset({"SOUNDCARD", "PORT", "FILE"})
#: Parameters with one command: each of them, and some of them by mistake.
_MOST: Final = 10


def spelled(ends: Endpoints) -> str:
    """Where a route leads, in the spelling of the reference; nothing if it leads nowhere (is muted)."""
    named = (("SOUNDCARD", ends.soundcard), ("PORT", ends.port), ("FILE", ends.file))
    return ", ".join(f"{name}={quoted(str(end))}" for name, end in named if end is not None)


def endpoints(arguments: str) -> Endpoints:
    """Reads the parameters of SET_INPUT and its like, however they are spelled (programs.md 2.10).

    What is left out or empty is off, as is any sound card but "default" (reference: ALTER CALL SET_OUTPUT).
    Of a parameter that comes again the last counts. Raises ValueError for unknown parameters and bad ports.
    """
    soundcard: str | None = None
    port: int | None = None
    file: str | None = None
    for number, (name, value) in enumerate(assignments(arguments)):
        if number == _MOST:
            raise ValueError("too many parameters")
        if name not in _PARAMETERS:
            raise ValueError(f"unknown parameter {name}")
        if not value:
            continue
        if name == "SOUNDCARD":
            soundcard = "default" if value.lower() == "default" else None
        elif name == "FILE":
            file = value
        else:
            port = int(NUMBER.read(value))
            if not 0 < port < 65536:
                raise ValueError("not a port")
    return Endpoints(soundcard, port, file)


def _read_ends(text: str) -> str:
    endpoints(text)
    return text


def _places_of_ends(text: str) -> tuple[Place, ...]:
    ends = endpoints(text)
    return tuple(place for place in (ends.file, ends.port) if place is not None)


ENDS: Final = ValueType(
    "ends of a voice route",
    TEXT.show,
    _read_ends,
    ('SOUNDCARD="default"', 'PORT="port_no"', 'FILE="filename.wav"'),
    meanings=(
        "the sound card",
        "a program on this machine, TCP port 1 to 65535",
        "a WAV file, mono, 16 bit, 16 kHz",
    ),
    since=(0, 0, 0),
    files=_places_of_ends,
)
