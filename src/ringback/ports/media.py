"""Sound. All routes carry mono signed 16-bit little-endian samples at RATE in blocks of BLOCK_SECONDS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from ringback.domain.effects import Device, Endpoints, Route, Sound
from ringback.domain.inputs import DeskEvent, MediaEvent

if TYPE_CHECKING:
    # Whoever makes no call to other machines need not load it.
    from ringback.jingle import Candidate, Description, Service

#: Samples per second of every API route and of the inside.
RATE: Final = 16_000
#: Length of one block in seconds.
BLOCK_SECONDS: Final = 0.01
#: Samples and bytes in one block.
BLOCK_SAMPLES: Final = 160
BLOCK_BYTES: Final = 320
#: One block of silence.
SILENCE: Final = bytes(BLOCK_BYTES)


class Source(Protocol):
    """Gives sound. ``read`` never blocks: with nothing ready it returns SILENCE; a source that broke raises
    OSError once.

    over: no sound will come any more.
    """

    @property
    def over(self) -> bool:
        """See above."""
        ...

    def read(self) -> bytes:
        """The next block, exactly BLOCK_BYTES long."""
        ...

    def close(self) -> None:
        """No more reads follow."""
        ...


class Sink(Protocol):
    """Takes sound. ``write`` never blocks; a sink that broke raises OSError once."""

    def write(self, block: bytes) -> None:
        """Take one block, exactly BLOCK_BYTES long."""
        ...

    def close(self) -> None:
        """Finish (file headers, sockets)."""
        ...


class Mouth(Sink, Protocol):
    """One end's way into a sound path.

    unheard: blocks that the other end has not read yet; nobody has to read them ever.
    """

    @property
    def unheard(self) -> int:
        """See above."""
        ...


Listener: TypeAlias = Callable[[MediaEvent], None]


class Media(Protocol):
    """One account's legs. The media clock is outside: ``tick`` moves every leg on by one block."""

    def listen(self, listener: Listener) -> None:
        """Events go to ``listener``, which only queues them (it may be called inside a request)."""
        ...

    def open_leg(self, call: int, pipe: str) -> None:
        """Join the sound path ``pipe`` for a call; its routes set so far take effect."""
        ...

    def set_route(self, call: int, route: Route, endpoints: Endpoints, operation: int) -> None:
        """Lead a route elsewhere, before or during a call; RouteSet or RouteFailed follows."""
        ...

    def hold_leg(self, call: int, held: bool) -> None:
        """While ``held``, both sides hear silence: sources wait; sinks get silence and so last as long."""
        ...

    def play_tones(self, call: int, tones: str) -> None:
        """Let the far end hear keypad tones, one after the other, behind those that still sound."""
        ...

    def mute(self, muted: bool) -> None:
        """While ``muted``, the far ends of all legs hear silence from us, whatever INPUT gives."""
        ...

    def close_leg(self, call: int) -> None:
        """End a call's sound: files are complete and sockets closed when this returns."""
        ...

    def busy(self) -> bool:
        """True while any leg is open, that is, while ticks are needed."""
        ...

    def tick(self) -> None:
        """One block (BLOCK_SECONDS) passes."""
        ...


DeskListener: TypeAlias = Callable[[DeskEvent], None]


class Desk(Protocol):
    """What stands on the user's desk: microphone, loudspeaker, what rings, camera.

    It lives on the media clock. Nothing here fails or waits: what cannot be used is silence and a line in
    the log.
    """

    def listen(self, listener: DeskListener) -> None:
        """Events go to ``listener``, which only queues them (it may be called inside a request)."""
        ...

    def try_device(self, device: Device, name: str, operation: int) -> None:
        """Look for a device; ChoiceMade or ChoiceRefused follows."""
        ...

    def use_device(self, device: Device, name: str) -> None:
        """Use it from now on; an empty name is the machine's default."""
        ...

    def try_ringtone(self, path: str, operation: int) -> None:
        """Look whether a file holds a sound; ChoiceMade or ChoiceRefused follows."""
        ...

    def use_ringtone(self, path: str) -> None:
        """Ring with it from now on; empty for the built-in tone."""
        ...

    def sound(self, sound: Sound) -> None:
        """Let a tone be heard instead of the one before; ticks are needed then."""
        ...

    def busy(self) -> bool:
        """True while a tone sounds, that is, while ticks are needed."""
        ...

    def tick(self) -> None:
        """One block (BLOCK_SECONDS) passes."""
        ...


class Ticker(Protocol):
    """Anything that lives on the media clock (an account's legs, a robot on the embedded network)."""

    def busy(self) -> bool:
        """True while ticks are needed."""
        ...

    def tick(self) -> None:
        """One block (BLOCK_SECONDS) passes."""
        ...


class Rim(Protocol):
    """Where sound comes into the process and leaves it: before and behind all tickers, so that none waits a
    block for another.
    """

    def busy(self) -> bool:
        """True while ticks are needed."""
        ...

    def arrive(self) -> None:
        """A block comes in."""
        ...

    def depart(self) -> None:
        """A block goes out."""
        ...


class ToneEar(Protocol):
    """Recognises keypad tones in sound."""

    def hear(self, block: bytes) -> str:
        """Take a block; gives the key that was recognised with it, once for each press, else nothing."""
        ...


class Pipes(Protocol):
    """Sound paths inside the process, by name: what one end writes, the other end reads."""

    def join(self, name: str) -> tuple[Source, Mouth]:
        """Take a free end of ``name``; the first caller gets one end, the second the other.

        Closing both parts gives the end back; a path whose two ends are closed is forgotten.
        """
        ...


# Calls to other machines ----------------------------------------------------------------------------------


@unique
class WireFault(Enum):
    """Why a wire is of no use any more."""

    UNFIT = "what the other side says of its sound cannot be used"
    UNREACHABLE = "no way to the other side was found"
    LOST = "the other side is not heard of any more"


@dataclass(frozen=True, slots=True)
class WireDescribed:
    """What the other side must be told: the offer or the answer that was asked for."""

    description: Description


@dataclass(frozen=True, slots=True)
class WireConnected:
    """The other side is reached, and sound flows."""


@dataclass(frozen=True, slots=True)
class WireBroke:
    """The wire is of no use any more; nothing else follows. It must still be closed."""

    fault: WireFault


WireEvent: TypeAlias = WireDescribed | WireConnected | WireBroke
WireListener: TypeAlias = Callable[[WireEvent], None]


class Wire(Protocol):
    """A call's sound on its way to another machine. Requests return at once and are done in their order."""

    def offer(self) -> None:
        """Describe what we can do; WireDescribed follows."""
        ...

    def prepare(self) -> None:
        """Find out where we can be reached, before there is an offer to answer."""
        ...

    def answer(self, offered: Description) -> None:
        """Describe what we can do of what the other side offers; WireDescribed follows."""
        ...

    def answered(self, description: Description) -> None:
        """The other side has answered our offer."""
        ...

    def reachable(self, candidates: Sequence[Candidate], complete: bool) -> None:
        """The other side can be reached there, too; ``complete``: and nowhere else."""
        ...

    def close(self) -> None:
        """End it and give the sound path back; no event follows."""
        ...


class Wires(Protocol):
    """Ways of sound to other machines."""

    def open(self, pipe: str, services: Sequence[Service], listener: WireListener) -> Wire:
        """Take an end of the sound path ``pipe`` for a call; a leg takes the other one.

        ``services``: STUN and TURN servers that may be asked for a way. Events go to ``listener``, never
        inside a request. Raises LookupError when both ends of the path are taken.
        """
        ...
