"""The ways in over the network: which addresses are opened, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ringback.app.folders import Folders
from ringback.app.home import CannotStartError, Home
from ringback.app.places import Places, port_range
from ringback.app.tokens import Tokens
from ringback.session.link import Door
from ringback.transport.porch import GuestLink, Porch
from ringback.transport.ports import ExposedError, PortServer
from ringback.transport.tcp import TcpLink
from ringback.transport.tls import Tls
from ringback.transport.websocket import WebSocketLink


@dataclass(frozen=True, slots=True)
class Ports:
    """What was asked for.

    ``tcp``, ``ws``: addresses HOST:PORT. ``origins``: pages that may come over WebSocket, besides those from
    this machine. ``certificate``, ``key``: files, for TLS on all of these. ``places``: what programs that
    come in this way may name of this machine.
    """

    tcp: tuple[str, ...] = ()
    ws: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    places: Places = field(default_factory=lambda: Places(Folders(())))

    @property
    def wanted(self) -> bool:
        """True if any address was asked for."""
        return bool(self.tcp or self.ws)

    @classmethod
    def asked(cls, told: Mapping[str, Any]) -> Ports:
        """From the keys of the configuration."""
        return cls(
            told["tcp"],
            told["ws"],
            told["ws_origins"],
            told["tls_cert"],
            told["tls_key"],
            Places(Folders(told["file_folders"]), tuple(map(port_range, told["voice_ports"]))),
        )

    def check(self) -> None:
        """See without opening anything what cannot be opened for certain. Raises PortError.

        Names are not looked up, and what others have taken is not seen.
        """
        for option, server in servers(self, Tokens()):
            if server.exposed:
                raise _exposed(option)


class PortError(CannotStartError):
    """An address that was asked for cannot be opened."""


def _exposed(option: str) -> PortError:
    return PortError(
        f"{option}: not an address of this machine alone; others could listen in and steal the token. "
        "Give --tls-cert and --tls-key, or listen on 127.0.0.1"
    )


def admit(tokens: Tokens, home: Home, handle: str, door: Door) -> None:
    """Let programs come to an account with its token. Raises PortError."""
    path = home.token(handle)
    try:
        tokens.add(path, door)
    except (OSError, ValueError) as error:
        raise PortError(f"the token of account {handle}, {path}: {error}") from None


def servers(ports: Ports, tokens: Tokens) -> Iterator[tuple[str, PortServer]]:
    """A server for each address, not started, with the option that asked for it. Raises PortError."""
    if not ports.wanted:
        return
    tls = None
    if ports.key is not None and ports.certificate is None:
        raise PortError("--tls-key needs --tls-cert")
    if ports.certificate is not None:
        try:
            tls = Tls(ports.certificate, ports.key)
        except OSError as error:
            reason = getattr(error, "reason", None) or error.strerror or error
            raise PortError(f"--tls-cert {ports.certificate}: {reason}") from None
    link: Callable[[Porch], GuestLink] = TcpLink
    page: Callable[[Porch], GuestLink] = partial(WebSocketLink, origins=ports.origins)
    for way, address, made in (
        *(("tcp", address, link) for address in ports.tcp),
        *(("ws", address, page) for address in ports.ws),
    ):
        try:
            yield f"--{way} {address}", PortServer(way, address, made, tokens.door, tls)
        except ValueError as error:
            raise PortError(f"--{way} {error}") from None


async def opened(option: str, server: PortServer) -> list[str]:
    """Start a server; returns the lines that say where it listens. Raises PortError."""
    try:
        await server.start()
    except ExposedError:
        raise _exposed(option) from None
    except OSError as error:
        raise PortError(f"{option}: {error.strerror or error}") from None
    return [
        f"listening {server.way} {place}{' with TLS' if server.tls else ''}" for place in server.listening
    ]
