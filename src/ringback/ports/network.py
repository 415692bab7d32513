"""The way to other people. Requests return at once; everything real comes back as an event.

The embedded network is the reference; other networks may lack parts (``Nature.parts``). What is asked of a
part that is missing is refused by the engine or by an event, never swallowed. Library types and exceptions
never pass this line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from ringback.domain.effects import CallAct, Fields, Request
from ringback.domain.inputs import NetworkEvent
from ringback.domain.nature import Nature
from ringback.domain.time import Instant

Listener: TypeAlias = Callable[[NetworkEvent], None]


class Network(Protocol):
    """One account's link (network.md, section 6). Addresses are handles in canonical form."""

    @property
    def nature(self) -> Nature:
        """What this network is like, the same for as long as it lives."""
        ...

    def connect(self, account: str, listener: Listener) -> None:
        """Go online as ``account``; events go to ``listener``, which only queues them."""
        ...

    def disconnect(self) -> None:
        """Go offline; no event follows. Harmless when there is no link."""
        ...

    def set_presence(self, state: str) -> None:
        """Publish a presence state (online, away, invisible, ...); comes again with each new link."""
        ...

    def set_profile(self, fields: Fields) -> None:
        """Publish the own profile, whole, by names of a Person's fields; comes again with each new link."""
        ...

    def set_avatar(self, data: bytes) -> None:
        """Publish the own picture, PNG or JPEG, b"" for none; comes again with each new link."""
        ...

    def ask_profile(self, handle: str) -> None:
        """Ask who ``handle`` is; a PersonSeen event follows if anybody is."""
        ...

    def search_people(self, operation: int, text: str) -> None:
        """Look for people (``ringback.domain.finding.Wanted`` says how); PeopleFound events follow.

        The last one says that there are no more; it may be late, or never come if the link is lost.
        """
        ...

    def signal_call(self, signal_id: str, to: str, act: CallAct, payload: str) -> None:
        """Say something to the other side of a call; its answers are CallSignalled events."""
        ...

    def post(self, request: Request) -> None:
        """Deliver something, at once or when the receiver is there, once: ``uid`` tells requests apart.

        Posted follows when nothing can lose it any more, PostRefused if it can never arrive. Neither follows
        while the network cannot tell; then it is posted again at the next connection. PostReturned may follow
        even after Posted; then it is posted again at once, and waits there.
        """
        ...

    def acknowledge(self, receipt: str) -> None:
        """What came with ``receipt`` is stored; without this it comes again at the next connection."""
        ...

    def next_deadline(self) -> float | None:
        """Monotonic moment at which ``advance`` wants to be called, None if never."""
        ...

    def advance(self, now: Instant) -> None:
        """Do what is due (ringing times of robots, queued deliveries)."""
        ...
