"""Legs: where a call's sound comes from and goes to (implements ``ringback.ports.media.Media``)."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias, TypeGuard

from ringback.domain.effects import Endpoints, Route
from ringback.domain.inputs import InputUsed, RouteFailed, RouteSet
from ringback.domain.keypad import MOST
from ringback.media.dtmf import tone
from ringback.media.mixing import mixed
from ringback.media.tcp_pcm import Dialled
from ringback.media.wav import WavSink, WavSource
from ringback.ports.media import SILENCE, Listener, Pipes, Sink, Source

_LOG: Final = logging.getLogger(__name__)


class Dialer(Protocol):
    """Connects to programs' ports."""

    def dial(self, port: int, dialled: Dialled) -> None:
        """Connect; ``dialled`` is called once, later."""
        ...


class Card(Protocol):
    """The account's sound card."""

    def microphone(self) -> bytes:
        """The block that is spoken now."""
        ...

    def loudspeaker(self, block: bytes) -> None:
        """Let a block sound now."""
        ...


class NoCard:
    """A machine without a sound card."""

    def microphone(self) -> bytes:
        """Silence."""
        return SILENCE

    def loudspeaker(self, _block: bytes) -> None:
        """Goes nowhere."""


#: An end of a route with the name of its parameter.
_Named: TypeAlias = tuple[Literal["port", "file"], Source | Sink]


@dataclass(slots=True)
class _Leg:
    """A call's sound. Routes may be set before the pipe is joined; they wait here.

    ends: what stands at the end of each route. card: the routes that lead to the sound card.
    led: the operation that led it there. used: INPUT has sound of a port or a file to give. keys: keypad
    keys whose tones are still to be said. tone: what is left of the one that sounds.
    """

    heard: Source | None = None
    said: Sink | None = None
    ends: dict[Route, list[_Named]] = field(default_factory=lambda: {route: [] for route in Route})
    card: set[Route] = field(default_factory=lambda: {Route.INPUT, Route.OUTPUT})
    led: dict[Route, int] = field(default_factory=dict)
    keys: deque[str] = field(default_factory=deque)
    tone: deque[bytes] = field(default_factory=deque)
    used: bool = False
    held: bool = False
    closed: bool = False


class Legs:
    """All legs of one account. All that may sound at once is mixed: several ends of a route, several calls.

    CAPTURE_MIC copies what is sent, so silence while muted or held. It never leads to the sound card: one
    does not want to hear oneself.
    """

    def __init__(self, pipes: Pipes, dialer: Dialer, card: Card | None = None) -> None:
        self._pipes = pipes
        self._dialer = dialer
        self._card: Card = card or NoCard()
        self._muted = False
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

        def dialled(end: Source | Sink | None, why: str) -> None:
            if end is None:
                self._listener(RouteFailed(operation, call, route, why))
            else:
                self._stand(leg, RouteFailed(operation, call, route), endpoints, [("port", end)])

        if endpoints.port is not None:
            self._dialer.dial(endpoints.port, dialled)
        else:
            self._stand(leg, RouteFailed(operation, call, route), endpoints, [])

    def _stand(self, leg: _Leg, failure: RouteFailed, endpoints: Endpoints, ends: list[_Named]) -> None:
        """Open the file, last, so that a refused port leaves a recording as it is; then switch over."""
        why = ""
        if leg.closed:
            why = "the call is over"
        elif failure.operation < leg.led.get(failure.route, 0):
            why = "a later command led it elsewhere"  # it was answered while this one still dialled
        elif endpoints.file is not None:
            try:
                path = Path(endpoints.file).expanduser()
                _finish_recording(leg.ends[failure.route], path)
                ends.append(("file", WavSource(path) if failure.route is Route.INPUT else WavSink(path)))
            except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no home for ~somebody
                why = str(error)
        if why:
            for _, end in ends:
                end.close()
            self._listener(replace(failure, why=why))
            return
        leg.led[failure.route] = failure.operation
        if endpoints.soundcard is None:
            leg.card.discard(failure.route)
        else:
            leg.card.add(failure.route)
        old, leg.ends[failure.route] = leg.ends[failure.route], ends
        for _, end in old:
            end.close()
        self._listener(RouteSet(failure.operation))

    def hold_leg(self, call: int, held: bool) -> None:
        """Let sound wait, or go on."""
        leg = self._legs.get(call)
        if leg is not None:
            leg.held = held

    def play_tones(self, call: int, tones: str) -> None:
        """Say keypad tones instead of what INPUT gives; without a sound path nobody hears them."""
        leg = self._legs.get(call)
        if leg is not None and leg.said is not None:
            # The account counts seconds and this is blocks: should they part, it is bounded even so.
            leg.keys.extend(tones[: max(0, 2 * MOST - len(leg.keys))])

    def mute(self, muted: bool) -> None:
        """Say nothing in any call, or speak again. What INPUT gives meanwhile is gone, as words are."""
        self._muted = muted

    def close_leg(self, call: int) -> None:
        """Finish files, close sockets, leave the sound path."""
        leg = self._legs.pop(call, None)
        if leg is None:
            return
        leg.closed = True
        for ends in leg.ends.values():
            for _, end in ends:
                end.close()
        if leg.heard is not None:
            leg.heard.close()

    def busy(self) -> bool:
        """True while a leg has sound."""
        return any(leg.heard is not None for leg in self._legs.values())

    def tick(self) -> None:
        """Move every leg on by one block."""
        for call, leg in list(self._legs.items()):
            if leg.heard is None or leg.said is None:
                continue
            said = SILENCE if leg.held else self._take(call, leg)
            if self._muted:
                said = SILENCE
            heard = leg.heard.read()  # also while held, or it would be heard later
            # A tone is no microphone: it is heard while muted, and no recording of the microphone has it.
            leg.said.write(said if leg.held else _next_tone(leg) or said)
            self._give(call, leg, Route.CAPTURE_MIC, said)
            self._give(call, leg, Route.OUTPUT, SILENCE if leg.held else heard)
            if Route.OUTPUT in leg.card and not leg.held:
                self._card.loudspeaker(heard)

    def _take(self, call: int, leg: _Leg) -> bytes:
        blocks: list[bytes] = [self._card.microphone()] if Route.INPUT in leg.card else []
        for named in list(leg.ends[Route.INPUT]):
            end = named[1]
            assert _gives(end)
            try:
                blocks.append(end.read())
            except OSError as error:
                self._broke(call, leg, Route.INPUT, named, error)
        used = any(_gives(end) and not end.over for _, end in leg.ends[Route.INPUT])
        if used != leg.used:
            leg.used = used
            self._listener(InputUsed(call, used))
        return mixed(blocks)

    def _give(self, call: int, leg: _Leg, route: Route, block: bytes) -> None:
        for named in list(leg.ends[route]):
            end = named[1]
            assert _takes(end)
            try:
                end.write(block)
            except OSError as error:
                self._broke(call, leg, route, named, error)

    def _broke(self, call: int, leg: _Leg, route: Route, named: _Named, error: OSError) -> None:
        """An end is of no more use; the route's other end and the call go on."""
        leg.ends[route].remove(named)
        name, end = named
        end.close()
        _LOG.warning("call %d: the %s of %s broke: %s", call, name, route.value, error)
        self._listener(RouteFailed(0, call, route, str(error), name))


def _finish_recording(ends: list[_Named], path: Path) -> None:
    """Finish what a route records into the file that it is about to record into anew."""
    for named in list(ends):
        if isinstance(named[1], WavSink) and named[1].writes(path):
            ends.remove(named)
            named[1].close()


def _next_tone(leg: _Leg) -> bytes:
    """The next block of the keypad tones, nothing if there is none. A tone is made when its time has come."""
    if not leg.tone and leg.keys:
        leg.tone.extend(tone(leg.keys.popleft()))
    return leg.tone.popleft() if leg.tone else b""


def _gives(end: Source | Sink) -> TypeGuard[Source]:
    return hasattr(end, "read")


def _takes(end: Source | Sink) -> TypeGuard[Sink]:
    return hasattr(end, "write")
