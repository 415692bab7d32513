"""The Unix socket: for programs of the same user (design §4)."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
import struct
from pathlib import Path
from typing import ClassVar, Final, cast

from ringback.session.link import Door, Peer, Ticket
from ringback.transport.framing import Framing, TooLargeError

_LOG: Final = logging.getLogger(__name__)
#: Longest path that fits into a socket address.
_LONGEST_PATH: Final = 107
#: Descriptors that programs may not use up: a burst of arrivals, sound, files and the store need them.
RESERVE: Final = 256
#: Programs let in at once, and those that may wait at the door.
BURST: Final = 16
WAITING: Final = 1024


def room() -> int:
    """How many programs may be connected to this process at once."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(most - RESERVE, most // 2)


class UnixLink(asyncio.Protocol):
    """One program on the socket (implements ``ringback.session.link.Link``).

    With a loop, what is due in one of its turns leaves in one piece; without, every message leaves at once.
    """

    #: Connections of this process, on all its sockets.
    connected: ClassVar[int] = 0
    refused: ClassVar[int] = 0

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._door = door
        self._loop = loop
        self._framing = Framing()
        self._transport: asyncio.Transport | None = None
        self._session = 0
        self._out: list[bytes] = []
        self._unsent = 0
        self._flush_soon = False
        self.peer = Peer("unix", "")

    @property
    def backlog(self) -> int:
        """Bytes not yet taken by the program."""
        return 0 if self._transport is None else self._unsent + self._transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected; anybody but the same user is sent away."""
        self._transport = cast("asyncio.Transport", transport)
        UnixLink.connected += 1
        connection = cast("socket.socket", transport.get_extra_info("socket"))
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, user, _group = struct.unpack("3i", raw)
        if user not in (os.getuid(), 0):
            _LOG.warning("unix: user %d is not the owner: refused", user)
            self._transport.abort()
            return
        if UnixLink.connected > room():
            UnixLink.refused += 1
            if UnixLink.refused % 1000 == 1:
                _LOG.warning("unix: pid %d sent away: %d programs are connected", pid, UnixLink.connected)
            self._transport.abort()
            return
        self.peer = Peer("unix", f"pid {pid}", user, pid)
        self._session = self._door.opened(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came; answers to all of them leave in one piece."""
        if self._transport is None:
            return
        try:
            messages = self._framing.feed(data)
        except TooLargeError:
            self.close("a message over 16 MiB")
            return
        self._flush_soon = True
        for message in messages:
            if self._transport is not None:
                self._door.received(self._session, None, message)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The program is gone."""
        self._transport = None
        UnixLink.connected -= 1
        self._out.clear()
        self._unsent = 0
        if self._session:
            self._door.closed(self._session)

    def answer(self, ticket: Ticket, text: str) -> None:
        """Send an answer."""
        self.notify(text)

    def notify(self, text: str) -> None:
        """Send a message, in one piece with others that are due now."""
        if self._transport is None:
            return
        piece = self._framing.frame(text)
        self._out.append(piece)
        self._unsent += len(piece)
        if self._flush_soon:
            return
        if self._loop is None:
            self._flush()
        else:
            self._flush_soon = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_soon = False
        if self._out and self._transport is not None:
            self._transport.write(self._out[0] if len(self._out) == 1 else b"".join(self._out))
        self._out.clear()
        self._unsent = 0

    def close(self, reason: str) -> None:
        """End the connection at once; unread bytes are dropped."""
        if self._transport is not None:
            _LOG.warning("unix: session %d closed: %s", self._session, reason)
            transport, self._transport = self._transport, None
            self._out.clear()
            self._unsent = 0
            transport.abort()


class UnixServer:
    """Listens on a socket file of mode 0600."""

    def __init__(self, path: Path, door: Door) -> None:
        self.path = path
        self._door = door
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises OSError if somebody else listens there."""
        loop = asyncio.get_running_loop()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # A long home does not fit into a socket address; the folder's descriptor always does.
            address = str(self.path)
            if len(os.fsencode(address)) > _LONGEST_PATH:
                address = f"/proc/self/fd/{folder}/{self.path.name}"
            if self.path.exists() and not _somebody_listens(address):
                # Left behind by a killed process. A living one keeps its socket, and bind refuses.
                self.path.unlink()
            before = os.umask(0o177)
            try:
                listener.bind(address)
            finally:
                os.umask(before)
        except OSError:
            listener.close()
            raise
        finally:
            os.close(folder)
        listener.setblocking(False)
        self._server = await loop.create_server(
            lambda: UnixLink(self._door, loop), sock=listener, backlog=BURST
        )
        listener.listen(WAITING)

    async def stop(self) -> None:
        """Stop listening and remove the socket file."""
        if self._server is not None:
            self._server.close()
            self.path.unlink(missing_ok=True)


def _somebody_listens(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(address)
        except OSError:
            return False
        return True
