"""Sound over TCP: the engine connects to a port on which the program listens (reference: Voice streams).

Raw mono signed 16-bit little-endian samples at 16 kHz, in both directions on one connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, TypeAlias, cast

from ringback.ports.media import BLOCK_BYTES, SILENCE

_LOG: Final = logging.getLogger(__name__)
#: Sound kept for a program that reads or writes too slowly or too fast: two seconds.
LONGEST: Final = 200 * BLOCK_BYTES
#: Connections under way at once; one that nobody accepts holds a descriptor for five seconds.
DIALLING: Final = 64

#: Told once: the connection that stands, or why it does not.
Dialled: TypeAlias = Callable[["TcpPcm | None", str], None]


class TcpPcm(asyncio.Protocol):
    """One connection: both a source (what the program sends) and a sink (what it receives)."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._heard = bytearray()
        self._dropped = 0
        self._broken = False
        self._told = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The program accepted."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The program went away, or we closed."""
        self._broken = True
        if self._dropped:
            _LOG.warning("voice port was too slow: %d bytes of sound dropped", self._dropped)

    def eof_received(self) -> bool:
        """The program has said all it wants to say; it may go on listening."""
        return True

    def data_received(self, data: bytes) -> None:
        """Sound from the program; old sound goes when it sends faster than sound passes."""
        self._heard += data
        surplus = len(self._heard) - LONGEST
        if surplus > 0:
            surplus += surplus % 2
            del self._heard[:surplus]
            self._dropped += surplus

    def read(self) -> bytes:
        """The next block; what is there of it, filled up with silence."""
        size = min(BLOCK_BYTES, len(self._heard) // 2 * 2)
        if not size:
            return SILENCE
        block = bytes(self._heard[:size])
        del self._heard[:size]
        return block if size == BLOCK_BYTES else block + SILENCE[size:]

    def write(self, block: bytes) -> None:
        """Send a block. Raises OSError once when the program is gone."""
        if self._broken or self._transport is None:
            if not self._told:
                self._told = True
                raise ConnectionError("the program closed its voice port")
            return
        if self._transport.get_write_buffer_size() > LONGEST:
            self._dropped += len(block)
            return
        self._transport.write(block)

    def close(self) -> None:
        """End the connection; what was written is still delivered."""
        if self._transport is not None:
            self._transport.close()


class TcpDialer:
    """Connects to programs' ports on this machine."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._dialling: set[asyncio.Task[None]] = set()

    def dial(self, port: int, dialled: Dialled) -> None:
        """Connect to 127.0.0.1:port; ``dialled`` is called once, later."""
        if len(self._dialling) >= DIALLING:
            self._loop.call_soon(dialled, None, "too many connections under way")
            return
        task = self._loop.create_task(self._dial(port, dialled))
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)

    async def _dial(self, port: int, dialled: Dialled) -> None:
        try:
            async with asyncio.timeout(5):
                _, protocol = await self._loop.create_connection(TcpPcm, "127.0.0.1", port)
        except (OSError, TimeoutError) as error:
            dialled(None, str(error) or "timed out")
        else:
            dialled(protocol, "")
