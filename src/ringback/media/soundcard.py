"""The sound cards of the machine through miniaudio (PulseAudio, PipeWire, ALSA, WASAPI, Core Audio, ...).

Bringing this module brings miniaudio, so that it is only brought when a card is wanted.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable, Generator
from typing import Any, Final

import miniaudio

from ringback.media.devices import DeviceError, Devices, Direction, Pull, Push
from ringback.ports.media import RATE

_LOG: Final = logging.getLogger(__name__)
#: Milliseconds that a card moves at once, and how many such pieces it holds.
PIECE: Final = 20
PIECES: Final = 3
#: In the order in which they are tried. JACK is for studios, and its library writes to standard error.
BACKENDS: Final = (
    miniaudio.Backend.WASAPI,
    miniaudio.Backend.COREAUDIO,
    miniaudio.Backend.PULSEAUDIO,
    miniaudio.Backend.ALSA,
    miniaudio.Backend.SNDIO,
    miniaudio.Backend.AUDIO4,
    miniaudio.Backend.OSS,
)
NAME: Final = "Ringback"
#: What ALSA lists beside its cards, which have a colon in their names, and can be heard all the same. The
#: rest are converters, and a hole that swallows sound as fast as it is given.
_HEARD: Final = frozenset({"default", "pipewire"})


# The library has no types.
class _Listing(miniaudio.Devices):  # type: ignore[misc]
    """Names only: asking each device for its formats opens it, and one that refuses would hide all others."""

    def _get_info(self, _kind: object, _info: object) -> dict[str, Any]:
        return {}

    @property
    def kind(self) -> miniaudio.Backend:
        """The sound system that answered."""
        return miniaudio.Backend(self._context[0].backend)

    def named(self, direction: Direction) -> dict[str, Any]:
        """Devices by name; of two of one name the later ones get a number."""
        named: dict[str, Any] = {}
        for device in self.get_captures() if direction is Direction.INPUT else self.get_playbacks():
            if self.kind is miniaudio.Backend.ALSA and not _is_card(device["id"]):
                continue
            name = " ".join(str(device["name"]).split())
            again, number = name, 2
            while again in named:
                again, number = f"{name} ({number})", number + 1
            named[again] = device["id"]
        return named


def _is_card(device: Any) -> bool:
    """Can a device of ALSA's be heard?"""
    name = bytes(miniaudio.ffi.buffer(device)).partition(b"\0")[0].decode(errors="replace")
    return ":" in name or name in _HEARD


def _be_quiet() -> object:
    """ALSA's library writes every trouble to standard error; we tell of trouble ourselves."""
    try:
        library = ctypes.CDLL("libasound.so.2")
        handler = ctypes.CFUNCTYPE(
            None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
        )(lambda *_: None)
        library.snd_lib_error_set_handler(handler)
    except (OSError, AttributeError):
        return None
    return library, handler


#: Kept as long as the process lives: the library calls it at any time.
_QUIET: Final = _be_quiet()


class _Running:
    """A device that runs. The library forgets to give back its connection to the sound system; we do it."""

    def __init__(self, device: miniaudio.PlaybackDevice | miniaudio.CaptureDevice) -> None:
        self._device = device

    def close(self) -> None:
        device, context = self._device, self._device._context
        device.close()
        miniaudio.lib.ma_context_uninit(context)


def _player(pull: Pull) -> Generator[bytes, int, None]:
    samples = yield b""
    while True:
        samples = yield pull(samples)


def _recorder(push: Push) -> Generator[None, bytes, None]:
    while True:
        push((yield))


class MiniaudioDriver:
    """Implements ``ringback.media.devices.Driver``."""

    def devices(self) -> Devices:
        """What is there now. Raises DeviceError without a sound system."""
        listing = self._listing()
        return Devices(
            tuple(listing.named(Direction.INPUT)),
            tuple(listing.named(Direction.OUTPUT)),
            listing.backend,
        )

    def play(self, name: str, pull: Pull) -> _Running:
        """Open a loudspeaker. Raises DeviceError."""
        return self._open(name, Direction.OUTPUT, miniaudio.PlaybackDevice, _player(pull))

    def record(self, name: str, push: Push) -> _Running:
        """Open a microphone. Raises DeviceError."""
        return self._open(name, Direction.INPUT, miniaudio.CaptureDevice, _recorder(push))

    @staticmethod
    def _listing() -> _Listing:
        try:
            return _Listing(list(BACKENDS))
        except miniaudio.MiniaudioError as error:
            raise DeviceError(f"no sound system answers ({_reason(error)})") from None

    def _open(
        self,
        name: str,
        direction: Direction,
        kind: Callable[..., miniaudio.PlaybackDevice | miniaudio.CaptureDevice],
        mover: Generator[Any, Any, None],
    ) -> _Running:
        listing = self._listing()
        named = listing.named(direction)
        if name not in named and (name or not named):
            raise DeviceError(f"{listing.backend} knows no {direction.value} {name}".rstrip())
        next(mover)
        try:
            device = kind(
                miniaudio.SampleFormat.SIGNED16,
                1,
                RATE,
                PIECE,
                named.get(name),
                PIECES,
                [listing.kind],
                app_name=NAME,
            )
        except miniaudio.MiniaudioError as error:
            what = f"{direction.value} {name}".rstrip()
            raise DeviceError(f"{listing.backend} cannot open the {what} ({_reason(error)})") from None
        running = _Running(device)
        try:
            device.start(mover)
        except miniaudio.MiniaudioError as error:
            running.close()
            what = f"{direction.value} {name}".rstrip()
            raise DeviceError(f"{listing.backend} cannot start the {what} ({_reason(error)})") from None
        return running


def _reason(error: miniaudio.MiniaudioError) -> str:
    return ", ".join(str(part) for part in error.args)
