"""The Unix socket: for programs of the same user (design §4)."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import socket
import struct
from pathlib import Path
from typing import Final, cast

from ringback.session.link import Door, Peer
from ringback.transport.framing import Framing
from ringback.transport.process import executable
from ringback.transport.socket_files import Shortcut, is_long, listener
from ringback.transport.stream import BURST, WAITING, StreamLink

_LOG: Final = logging.getLogger(__name__)


class UnixLink(StreamLink):
    """One program on the socket."""

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__("unix", loop)
        self._account = door
        self._framing = Framing()

    def arrived(self, transport: asyncio.Transport) -> None:
        """Anybody but the same user is sent away."""
        connection = cast("socket.socket", transport.get_extra_info("socket"))
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, user, _group = struct.unpack("3i", raw)
        if user not in (os.getuid(), 0):
            _LOG.warning("unix: user %d is not the owner: refused", user)
            transport.abort()
            return
        self.peer = Peer("unix", f"pid {pid}", user, pid, executable(pid))
        self.welcome(self._account)

    def hung_up(self) -> bool:
        """The kernel tells a socket whose other end is closed from one that is only shut for writing."""
        connection = None if self._transport is None else self._transport.get_extra_info("socket")
        if connection is None:
            return True
        state = select.poll()
        state.register(connection.fileno(), 0)
        return any(event & select.POLLHUP for _, event in state.poll(0))

    def messages(self, data: bytes) -> list[str]:
        """Take bytes, give messages."""
        return self._framing.feed(data)

    def framed(self, text: str) -> bytes:
        """A message as bytes."""
        return self._framing.frame(text)


class UnixServer:
    """Listens on a socket file of mode 0600. ``name``: what programs can connect to."""

    def __init__(self, path: Path, door: Door) -> None:
        self.path = path
        self.name = path
        self._shortcut: Shortcut | None = None
        self._door = door
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises OSError if somebody else listens there.

        If the path is too long for programs, there is a shortcut; without one only our own tools find it.
        """
        loop = asyncio.get_running_loop()
        bound = listener(self.path)
        self._server = await loop.create_server(lambda: UnixLink(self._door, loop), sock=bound, backlog=BURST)
        bound.listen(WAITING)
        if is_long(self.path):
            shortcut = Shortcut(self.path)
            try:
                shortcut.make()
            except OSError as error:
                _LOG.warning("unix: %s is too long and has no shortcut: %s", self.path, error)
            else:
                self._shortcut, self.name = shortcut, shortcut.path

    async def stop(self) -> None:
        """Stop listening and remove the socket file."""
        if self._server is not None:
            self._server.close()
            self.path.unlink(missing_ok=True)
        if self._shortcut is not None:
            self._shortcut.remove()
