"""TCP: as the Unix socket, for programs that have the account's token (design §4)."""

from __future__ import annotations

from ringback.transport.framing import Framing
from ringback.transport.porch import GuestLink, Porch


class TcpLink(GuestLink):
    """One program that came over TCP."""

    def __init__(self, porch: Porch) -> None:
        super().__init__(porch)
        self._framing = Framing()

    def messages(self, data: bytes) -> list[str]:
        """Take bytes, give messages."""
        return self._framing.feed(data)

    def framed(self, text: str) -> bytes:
        """A message as bytes."""
        return self._framing.frame(text)
