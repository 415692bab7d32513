"""Ports of the network without an engine behind them: doors that note who came, clients in bytes."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from ringback.app.clock import FastLoop
from ringback.transport.ports import PortServer, split
from ringback.transport.stream import StreamLink
from ringback.transport.tcp import TcpLink
from ringback.transport.websocket import WebSocketLink

LINKS = {"tcp": TcpLink, "ws": WebSocketLink}
TOKEN = "ab" * 32


class Door:
    """An account that answers ``ANSWER <command>`` and knows who came."""

    def __init__(self) -> None:
        self.links: list[Any] = []
        self.heard: list[str] = []
        self.closed_sessions: list[int] = []

    def opened(self, link) -> int:
        self.links.append(link)
        return len(self.links)

    def received(self, session: int, ticket: object, text: str) -> None:
        self.heard.append(text)
        self.links[session - 1].answer(ticket, f"ANSWER {text}")

    def closed(self, session: int) -> None:
        self.closed_sessions.append(session)


class Port:
    """A server that runs, and its doors by token."""

    def __init__(self, server: PortServer, doors: dict[str, Door]) -> None:
        self.server = server
        self.doors = doors
        self.host, self.port = split(server.listening[0])

    @property
    def door(self) -> Door:
        return self.doors[TOKEN]

    async def stream(self, **more: Any) -> Stream:
        """Somebody connects."""
        return Stream(*await asyncio.open_connection(self.host, self.port, **{"limit": 2**21} | more))

    async def guest(self, token: str = TOKEN) -> Stream:
        """Somebody connects and shows the token over TCP."""
        stream = await self.stream()
        assert await stream.ask(f"TOKEN {token}") == "OK"
        return stream


class Stream:
    """A client in bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, text: str) -> str:
        """Say something, give the next message."""
        self.writer.write(text.encode() + b"\0")
        return (await self.reader.readuntil(b"\0"))[:-1].decode()

    async def end(self) -> bytes:
        """What comes until the other side ends the connection."""
        came = b""
        with contextlib.suppress(ConnectionError):
            while piece := await self.reader.read(65536):
                came += piece
        return came

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    # WebSocket, by hand

    async def open(self, *headers: str, path: str = "/") -> str:
        """Ask for the opening; gives the answer's head."""
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Version: 13",
            *headers,
        ]
        self.writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    def frame(self, opcode: int, data: bytes, *, last: bool = True, size: int | None = None) -> None:
        """Send a frame, or one that claims to be of another size."""
        claimed = len(data) if size is None else size
        head = bytes([(0x80 if last else 0) | opcode])
        if claimed < 126:
            head += bytes([0x80 | claimed])
        elif claimed < 65536:
            head += b"\xfe" + struct.pack(">H", claimed)
        else:
            head += b"\xff" + struct.pack(">Q", claimed)
        self.writer.write(head + bytes(4) + data)  # a mask of noughts changes nothing

    async def heard(self) -> tuple[int, bytes]:
        """The next frame: opcode and data."""
        opcode, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack(">H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", await self.reader.readexactly(8))
        return opcode & 0x0F, await self.reader.readexactly(length)


@contextlib.asynccontextmanager
async def port(way: str, *, tls=None, link=None, tokens: tuple[str, ...] = (TOKEN,)) -> AsyncIterator[Port]:
    doors = {token: Door() for token in tokens}
    server = PortServer(way, "127.0.0.1:0", link or LINKS[way], doors.get, tls)
    before = StreamLink.connected
    await server.start()
    here = Port(server, doors)
    try:
        yield here
    finally:
        await server.stop()
        # Nothing is left behind.
        await until(lambda: StreamLink.connected <= before)
        assert not server._porch._strangers
        assert not server._porch._guests


def play(scene: Callable[..., Coroutine[Any, Any, None]], *arguments: Any, speed: float = 1) -> None:
    """Run a scene in a loop whose time may pass faster, within a minute of real time."""

    async def limited() -> None:
        await asyncio.wait_for(scene(*arguments), 60 * speed)

    with asyncio.Runner(loop_factory=lambda: FastLoop(speed)) as runner:
        runner.run(limited())


async def until(done: Callable[[], bool]) -> None:
    """Turn the loop until it is so."""
    while not done():  # noqa: ASYNC110 - nothing tells us
        await asyncio.sleep(0.001)
