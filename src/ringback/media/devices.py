"""What a sound card is to us: a name, and a stream of samples in one direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique
from typing import Protocol, TypeAlias


@unique
class Direction(Enum):
    """Which way sound goes."""

    INPUT = "microphone"
    OUTPUT = "loudspeaker"


class DeviceError(OSError):
    """A device is not there or cannot be used; the message is fit for a person."""


class Stream(Protocol):
    """A device that runs."""

    def close(self) -> None:
        """Give it back; may take its time."""
        ...


@dataclass(frozen=True, slots=True)
class Devices:
    """The names of what is there, as people see them. ``system``: who knows them (PulseAudio, ALSA, ...)."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    system: str = ""

    def names(self, direction: Direction) -> tuple[str, ...]:
        """The names of one direction."""
        return self.inputs if direction is Direction.INPUT else self.outputs


#: Gives that many samples to play; takes samples that were recorded. Called by the device's own thread.
Pull: TypeAlias = Callable[[int], bytes]
Push: TypeAlias = Callable[[bytes], None]


class Driver(Protocol):
    """A way to the machine's sound cards. Every method may take its time; an empty name is the default."""

    def devices(self) -> Devices:
        """What is there now. Raises DeviceError if the machine has no sound system that answers."""
        ...

    def play(self, name: str, pull: Pull) -> Stream:
        """Open a loudspeaker. Raises DeviceError."""
        ...

    def record(self, name: str, push: Push) -> Stream:
        """Open a microphone. Raises DeviceError."""
        ...


class MachineDriver:
    """The machine's own sound cards. The library is brought when the first one is wanted, not before."""

    def __init__(self) -> None:
        self._real: Driver | None = None

    def _brought(self) -> Driver:
        if self._real is None:
            try:
                from ringback.media.soundcard import MiniaudioDriver  # noqa: PLC0415 - see above
            except ImportError as error:
                raise DeviceError(f"the sound library cannot be loaded: {error}") from None
            self._real = MiniaudioDriver()
        return self._real

    def devices(self) -> Devices:
        """What is there now. Raises DeviceError if the machine has no sound system that answers."""
        return self._brought().devices()

    def play(self, name: str, pull: Pull) -> Stream:
        """Open a loudspeaker. Raises DeviceError."""
        return self._brought().play(name, pull)

    def record(self, name: str, push: Push) -> Stream:
        """Open a microphone. Raises DeviceError."""
        return self._brought().record(name, push)
