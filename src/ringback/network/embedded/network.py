"""One account's link to the embedded network (implements ``ringback.ports.network.Network``)."""

from __future__ import annotations

from ringback.domain.effects import CallAct, Fields, Request
from ringback.domain.nature import Nature
from ringback.domain.time import Instant
from ringback.network.embedded.world import EmbeddedWorld
from ringback.ports.clock import Clock
from ringback.ports.network import Listener


class EmbeddedNetwork:
    """The reference for every other network. The world is shared; deadlines are its own business."""

    def __init__(self, world: EmbeddedWorld, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._account = ""
        self._listener: Listener = lambda _event: None

    @property
    def nature(self) -> Nature:
        """The parts that are built; more come with their issues."""
        return Nature()

    def connect(self, account: str, listener: Listener) -> None:
        """Go online."""
        self._account, self._listener = account, listener
        self._world.arrive(account, listener)

    def disconnect(self) -> None:
        """Go offline."""
        self._world.leave(self._account, self._clock.now())

    def set_presence(self, state: str) -> None:
        """Be seen so by others."""
        self._world.set_presence(self._account, state, self._clock.now())

    def set_profile(self, fields: Fields) -> None:
        """Show this to others."""
        self._world.set_profile(self._account, fields)

    def set_avatar(self, data: bytes) -> None:
        """Show this picture to others."""
        self._world.set_avatar(self._account, data)

    def ask_profile(self, handle: str) -> None:
        """Say what is known of a person."""
        self._world.ask_profile(self._account, handle)

    def search_people(self, operation: int, text: str) -> None:
        """Look for people."""
        self._world.search(self._account, operation, text)

    def signal_call(self, signal_id: str, to: str, act: CallAct, payload: str) -> None:
        """Say something to the other side of a call."""
        self._world.signal(self._account, signal_id, to, act, payload, self._clock.now().monotonic)

    def post(self, request: Request) -> None:
        """Deliver something for certain."""
        self._world.post(self._account, request, self._clock.now())

    def acknowledge(self, receipt: str) -> None:
        """Something delivered is stored."""
        self._world.acknowledge(self._account, receipt, self._clock.now())

    def next_deadline(self) -> float | None:
        """When the world wants to go on."""
        return self._world.next_deadline()

    def advance(self, now: Instant) -> None:
        """Let the world go on."""
        self._world.advance(now)
