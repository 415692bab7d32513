"""Listening on ports of the network: on this machine, and with TLS on any address."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable
from typing import Final

from ringback.transport.porch import Doors, GuestLink, Porch, endpoint
from ringback.transport.stream import BURST, WAITING
from ringback.transport.tls import Tls

#: What a machine without IPv6 says of an address that its list of names has.
_NOT_HERE: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
#: A program that is gone without a word is found out after IDLE + COUNT * EVERY seconds.
IDLE, EVERY, COUNT = 60, 15, 4


class ExposedError(Exception):
    """Others could listen in: the address is not of this machine alone, and there is no TLS."""


def split(address: str) -> tuple[str, int]:
    """``HOST:PORT`` or ``[HOST]:PORT``; an empty host means every address. Raises ValueError."""
    host, colon, port = address.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"{address!r}: an address with colons goes into brackets, [::1]:4000")
    if not colon or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{address!r} is not HOST:PORT")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """True if a numeric address is of this machine alone."""
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (address if mapped is None else mapped).is_loopback


class PortServer:
    """Listens on ``HOST:PORT``; port 0 means any. ``listening`` says where, once it has started."""

    def __init__(
        self,
        way: str,
        address: str,
        link: Callable[[Porch], GuestLink],
        doors: Doors,
        tls: Tls | None = None,
    ) -> None:
        """Raises ValueError if the address is none."""
        self._host, self._port = split(address)
        self.way = way
        self.tls = tls
        self._link = link
        self._doors = doors
        self._porch: Porch | None = None
        self._servers: list[asyncio.Server] = []
        self.listening: tuple[str, ...] = ()

    @property
    def exposed(self) -> bool:
        """True if others could listen in, as far as the address tells without being looked up."""
        try:
            return self.tls is None and not is_loopback(self._host or "::")
        except ValueError:
            return False  # a name

    async def start(self) -> None:
        """Listen. Raises OSError, or ExposedError if others could listen in."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            self._host or None, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        places = list(dict.fromkeys((family, place) for family, _, _, _, place in found))
        if self.tls is None and not all(is_loopback(str(place[0])) for _, place in places):
            raise ExposedError
        porch = self._porch = Porch(self.way, self._doors, loop, self.tls)
        problem: OSError | None = None
        for family, place in places:
            try:
                listener = _listener(family, place)
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise
                problem = error
                continue
            server = await loop.create_server(lambda: self._link(porch), sock=listener, backlog=BURST)
            listener.listen(WAITING)
            self._servers.append(server)
            self.listening += (endpoint(*listener.getsockname()[:2]),)
        if not self._servers and problem is not None:
            raise problem

    async def stop(self) -> None:
        """Stop listening, end all connections."""
        for server in self._servers:
            server.close()
        if self._porch is not None:
            self._porch.stop()


def _listener(family: int, place: tuple[object, ...]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # Connections inherit these.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", IDLE), ("TCP_KEEPINTVL", EVERY), ("TCP_KEEPCNT", COUNT)):
            if hasattr(socket, option):
                listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        listener.bind(place)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
