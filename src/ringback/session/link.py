"""The line between transports and sessions: a Link below, a Door above. Nothing here does I/O.

A transport opens a link for each program, hands every complete message to the door with a *ticket*, and
gives the answer to exactly that ticket when it is asked to (on D-Bus the ticket is the method call to
return from; on sockets it is None, since an answer is just the next message out).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

#: Opaque to the session: given with a message, given back with its answer.
Ticket: TypeAlias = object


def octets(text: str) -> int:
    """Bytes of a text on the wire."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Peer:
    """What a transport knows of a program: user id and executable where it can tell, and its address.

    ``confined``: files that it names must lie in folders that the user has set aside for such programs.
    ``entitled``: the way in has itself made sure that it may attach: it has shown the token, or it is a part
    of this process. What the user decided about it by name still holds.
    """

    way: str
    address: str
    user: int | None = None
    pid: int | None = None
    executable: str | None = None
    confined: bool = False
    entitled: bool = False


class Link(Protocol):
    """One attached program's connection, as the session sees it. Calls never block and never raise."""

    @property
    def peer(self) -> Peer:
        """Who is there."""
        ...

    @property
    def backlog(self) -> int:
        """Bytes accepted for sending and not yet taken by the program."""
        ...

    def answer(self, ticket: Ticket, text: str) -> None:
        """Send the answer to one message."""
        ...

    def notify(self, text: str) -> None:
        """Send a notification."""
        ...

    def close(self, reason: str) -> None:
        """End the connection; ``Door.closed`` is called once afterwards."""
        ...


class Door(Protocol):
    """Where a transport brings programs in (``ringback.app.runtime`` implements it per account)."""

    def opened(self, link: Link) -> int:
        """A program connected; returns its session number."""
        ...

    def received(self, session: int, ticket: Ticket, text: str) -> None:
        """One complete message came; exactly one ``link.answer`` with this ticket follows, now or later."""
        ...

    def closed(self, session: int) -> None:
        """The program is gone; what it owned is released."""
        ...
