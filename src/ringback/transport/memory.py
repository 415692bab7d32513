"""The way in for tests and tools inside the process."""

from __future__ import annotations

from collections.abc import Callable

from ringback.session.link import Door, Peer, Ticket


class MemoryLink:
    """A program that is only an object: what it gets is handed to ``heard`` or kept in ``lines``."""

    def __init__(
        self, door: Door, heard: Callable[[str], None] | None = None, user: int | None = None
    ) -> None:
        self.peer = Peer("memory", "", user, entitled=user is None)
        self.lines: list[str] = []
        self.closed_for = ""
        self._heard = heard if heard is not None else self.lines.append
        self._door = door
        self._session = door.opened(self)

    @property
    def backlog(self) -> int:
        """Nothing waits."""
        return 0

    def send(self, text: str) -> None:
        """Say something to the engine."""
        self._door.received(self._session, None, text)

    def answer(self, ticket: Ticket, text: str) -> None:
        """Take an answer."""
        self._heard(text)

    def notify(self, text: str) -> None:
        """Take a notification."""
        self._heard(text)

    def close(self, reason: str) -> None:
        """The engine ends the connection."""
        self.closed_for = reason
        self._door.closed(self._session)

    def leave(self) -> None:
        """The program goes."""
        self._door.closed(self._session)
