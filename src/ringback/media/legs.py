"""Legs: where a call's sound comes from and goes to (implements ``ringback.ports.media.Media``)."""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeGuard

from ringback.domain.effects import Endpoints, Route
from ringback.domain.inputs import RouteFailed, RouteSet
from ringback.media.tcp_pcm import Dialled
from ringback.media.wav import WavSink, WavSource
from ringback.ports.media import SILENCE, Listener, Pipes, Sink, Source


class Dialer(Protocol):
    """Connects to programs' ports."""

    def dial(self, port: int, dialled: Dialled) -> None:
        """Connect; ``dialled`` is called once, later."""
        ...


class End(Protocol):
    """Anything at the end of a route."""

    def close(self) -> None:
        """Finish."""
        ...


@dataclass(slots=True)
class _Leg:
    """A call's sound. Routes may be set before the pipe is joined; they wait here."""

    heard: Source | None = None
    said: Sink | None = None
    sources: list[Source] = field(default_factory=list)
    sinks: dict[Route, list[Sink]] = field(default_factory=lambda: {Route.OUTPUT: [], Route.CAPTURE_MIC: []})
    closed: bool = False


def mixed(blocks: list[bytes]) -> bytes:
    """The sum of some blocks, cut off at the loudest level there is."""
    if len(blocks) == 1:
        return blocks[0]
    if not blocks:
        return SILENCE
    if sys.byteorder != "little":
        raise NotImplementedError("samples are little-endian")
    total = array("h", blocks[0])
    for block in blocks[1:]:
        for position, level in enumerate(array("h", block)):
            total[position] = max(-32768, min(32767, total[position] + level))
    return total.tobytes()


class Legs:
    """All legs of one account. There is no sound card: its route is silence and goes nowhere."""

    def __init__(self, pipes: Pipes, dialer: Dialer) -> None:
        self._pipes = pipes
        self._dialer = dialer
        self._legs: dict[int, _Leg] = {}
        self._listener: Listener = lambda _event: None

    def listen(self, listener: Listener) -> None:
        """Events go to ``listener``."""
        self._listener = listener

    def open_leg(self, call: int, pipe: str) -> None:
        """Join the sound path; routes set before take effect."""
        leg = self._legs.setdefault(call, _Leg())
        if leg.heard is None:
            leg.heard, leg.said = self._pipes.join(pipe)

    def set_route(self, call: int, route: Route, endpoints: Endpoints, operation: int) -> None:
        """Lead a route elsewhere; the old ends are finished once the new ones stand."""
        leg = self._legs.setdefault(call, _Leg())
        ends: list[Source | Sink] = []

        def fail(why: str) -> None:
            for end in ends:
                end.close()
            self._listener(RouteFailed(operation, call, route, why))

        def stand() -> None:
            if leg.closed:
                fail("the call is over")
                return
            self._lead(leg, route, ends)
            self._listener(RouteSet(operation))

        try:
            if endpoints.file is not None:
                path = Path(endpoints.file).expanduser()
                ends.append(WavSource(path) if route is Route.INPUT else WavSink(path))
        except (OSError, ValueError, RuntimeError) as error:
            # RuntimeError: ``~somebody`` who does not exist.
            fail(str(error))
            return
        if endpoints.port is None:
            stand()
            return

        def dialled(end: Source | Sink | None, why: str) -> None:
            if end is None:
                fail(why)
            else:
                ends.append(end)
                stand()

        self._dialer.dial(endpoints.port, dialled)

    def _lead(self, leg: _Leg, route: Route, ends: list[Source | Sink]) -> None:
        old: list[Source] | list[Sink]
        if route is Route.INPUT:
            old, leg.sources = leg.sources, [end for end in ends if _gives(end)]
        else:
            old, leg.sinks[route] = leg.sinks[route], [end for end in ends if _takes(end)]
        for end in old:
            end.close()

    def close_leg(self, call: int) -> None:
        """Finish files, close sockets, leave the sound path."""
        leg = self._legs.pop(call, None)
        if leg is None:
            return
        leg.closed = True
        ends: list[End] = [*leg.sources, *leg.sinks[Route.OUTPUT], *leg.sinks[Route.CAPTURE_MIC]]
        if leg.heard is not None:
            ends.append(leg.heard)
        for end in ends:
            end.close()

    def busy(self) -> bool:
        """True while a leg has sound."""
        return any(leg.heard is not None for leg in self._legs.values())

    def tick(self) -> None:
        """Move every leg on by one block."""
        for call, leg in list(self._legs.items()):
            if leg.heard is None or leg.said is None:
                continue
            microphone = mixed([source.read() for source in leg.sources])
            leg.said.write(microphone)
            self._give(call, leg, Route.CAPTURE_MIC, microphone)
            self._give(call, leg, Route.OUTPUT, leg.heard.read())

    def _give(self, call: int, leg: _Leg, route: Route, block: bytes) -> None:
        for sink in list(leg.sinks[route]):
            try:
                sink.write(block)
            except OSError as error:
                leg.sinks[route].remove(sink)
                sink.close()
                self._listener(RouteFailed(0, call, route, str(error)))


def _gives(end: Source | Sink) -> TypeGuard[Source]:
    return hasattr(end, "read")


def _takes(end: Source | Sink) -> TypeGuard[Sink]:
    return hasattr(end, "write")
