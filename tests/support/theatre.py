"""A World on a fake clock, reached through the real transports: memory, sockets, a D-Bus daemon, WebSocket.

Transports run in an asyncio loop that only turns while a program waits for a line; time only passes in
``wait``. So a dialogue over real sockets takes milliseconds and is the same each time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from dbus_fast import Message
from dbus_fast.aio import MessageBus
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from ringback.transport.dbus import DBusServer
from ringback.transport.memory import MemoryLink
from ringback.transport.ports import PortServer, split
from ringback.transport.tcp import TcpLink
from ringback.transport.unix import UnixServer
from ringback.transport.websocket import WebSocketLink
from support.daemon import private_bus
from support.replay import World

WAYS = ("memory", "unix", "dbus", "tcp", "ws")


class Actor:
    """A program on one account. ``heard`` holds the notifications in the order in which they came."""

    def __init__(self, theatre: Theatre, handle: str) -> None:
        self.theatre = theatre
        self.handle = handle
        self.heard: list[str] = []
        self._answers: dict[str, str] = {}
        self._asked = 0

    def start(self) -> None:
        raise NotImplementedError

    def send(self, text: str) -> None:
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError

    def take(self, line: str) -> None:
        """A line came: the answer to a command, or a notification."""
        first, _, rest = line.partition(" ")
        self.theatre.came.set()
        if first.startswith("#t"):
            assert first not in self._answers, line
            self._answers[first] = rest
        else:
            self.heard.append(line)

    def ask(self, command: str) -> str:
        """Say a command, give its answer without the id; all that was sent before it has been heard then."""
        self._asked += 1
        key = f"#t{self._asked}"
        self.send(f"{key} {command}")
        self.theatre.until(lambda: key in self._answers)
        return self._answers.pop(key)

    def news(self) -> list[str]:
        """Notifications since the last time."""
        self.ask("PING")
        news, self.heard = self.heard, []
        return news


class MemoryActor(Actor):
    def start(self) -> None:
        self._link = MemoryLink(self.theatre.world.runtimes[self.handle], self.take)

    def send(self, text: str) -> None:
        self._link.send(text)

    def end(self) -> None:
        self._link.leave()


class _Socket(asyncio.Protocol):
    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        *messages, self._buffer = (self._buffer + data).split(b"\0")
        for message in messages:
            self._actor.take(message.decode())


class UnixActor(Actor):
    def start(self) -> None:
        loop = self.theatre.loop
        path = str(self.theatre.sockets[self.handle].path)
        self._transport, _ = loop.run_until_complete(loop.create_unix_connection(lambda: _Socket(self), path))

    def send(self, text: str) -> None:
        self._transport.write(text.encode() + b"\0")

    def end(self) -> None:
        self._transport.close()


class TcpActor(UnixActor):
    def start(self) -> None:
        loop, (host, port) = self.theatre.loop, self.theatre.port()
        self._transport, _ = loop.run_until_complete(
            loop.create_connection(lambda: _Socket(self), host, port)
        )
        self.send(f"TOKEN {token_of(self.handle)}")
        self.theatre.until(lambda: self.heard)
        assert self.heard.pop() == "OK"


class WebActor(Actor):
    """As a page would: the token goes with the opening."""

    def start(self) -> None:
        host, port = self.theatre.port()
        offered = [Subprotocol(f"ringback.token.{token_of(self.handle)}")]
        uri = f"ws://{host}:{port}/"
        origin = Origin("http://localhost:8000")
        self._connection = self.theatre.loop.run_until_complete(
            connect(uri, origin=origin, subprotocols=offered, proxy=None)
        )
        self._reading = self.theatre.loop.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._connection:
            self.take(message)

    def send(self, text: str) -> None:
        self.theatre.loop.create_task(self._connection.send(text))

    def end(self) -> None:
        self.theatre.loop.run_until_complete(self._connection.close())


class BusActor(Actor):
    def start(self) -> None:
        async def connect() -> MessageBus:
            return await MessageBus(bus_address=self.theatre.addresses[self.handle]).connect()

        self._bus = self.theatre.loop.run_until_complete(connect())
        self._bus.add_message_handler(self._hear)

    def _hear(self, message: Message) -> bool | None:
        if message.member == "Notify":
            self.take(message.body[0])
            return True
        return None

    def send(self, text: str) -> None:
        call = Message("com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", signature="s", body=[text])

        def answered(task: asyncio.Task[Message]) -> None:
            self.take(task.result().body[0])

        self.theatre.loop.create_task(self._bus.call(call)).add_done_callback(answered)

    def end(self) -> None:
        async def leave() -> None:
            self._bus.disconnect()
            await self._bus.wait_for_disconnect()

        self.theatre.loop.run_until_complete(leave())


ACTORS: dict[str, type[Actor]] = {
    "memory": MemoryActor,
    "unix": UnixActor,
    "dbus": BusActor,
    "tcp": TcpActor,
    "ws": WebActor,
}


def token_of(handle: str) -> str:
    """The token of an account on stage."""
    return handle.encode().hex()


class Theatre:
    """Accounts of one world, each reached in one way."""

    def __init__(self, way: str, handles: tuple[str, ...], folder: Path, buses: tuple[str, ...] = ()) -> None:
        self.way = way
        self.handles = handles
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        #: Set when an actor hears a line.
        self.came = asyncio.Event()
        self.world = World(*handles)
        self.sockets: dict[str, UnixServer] = {}
        self.addresses = dict(zip(handles, buses, strict=False))
        self._buses: list[DBusServer] = []
        self._ports: list[PortServer] = []
        self._actors: list[Actor] = []
        for handle in handles:
            runtime = self.world.runtimes[handle]
            if way == "unix":
                server = self.sockets[handle] = UnixServer(folder / f"{len(self.sockets)}.sock", runtime)
                self.loop.run_until_complete(server.start())
            elif way == "dbus":
                bus = DBusServer(self.addresses[handle], runtime, lambda: None)
                self.loop.run_until_complete(bus.start())
                self._buses.append(bus)
        if way in ("tcp", "ws"):
            doors = {token_of(handle): self.world.runtimes[handle] for handle in handles}
            port = PortServer(way, "127.0.0.1:0", TcpLink if way == "tcp" else WebSocketLink, doors.get)
            self.loop.run_until_complete(port.start())
            self._ports.append(port)

    def port(self) -> tuple[str, int]:
        """Where the accounts are reached over the network."""
        return split(self._ports[0].listening[0])

    def stranger(self, handle: str) -> Actor:
        """A program that has connected and said nothing yet."""
        actor = ACTORS[self.way](self, handle)
        actor.start()
        self._actors.append(actor)
        return actor

    def attach(self, handle: str, protocol: int | None = 8, name: str = "test") -> Actor:
        """A program that has said NAME and PROTOCOL and heard the pushed lines."""
        actor = self.stranger(handle)
        assert actor.ask(f"NAME {name}") == "OK"
        if protocol is not None:
            assert actor.ask(f"PROTOCOL {protocol}") == f"PROTOCOL {min(protocol, 8)}"
            self.wait(0.2)
            actor.news()
        return actor

    def wait(self, seconds: float) -> None:
        """Let time pass in the world."""
        self.world.wait(seconds)

    def until(self, done) -> None:
        """Turn the loop until ``done()`` is true; real seconds are only a limit."""

        async def turn() -> None:
            while not done():
                self.came.clear()
                await self.came.wait()

        if not done():
            self.loop.run_until_complete(asyncio.wait_for(turn(), 20))

    def close(self) -> None:
        """Everybody leaves; accounts hang up and finish their files."""
        for actor in self._actors:
            actor.end()
        for runtime in self.world.runtimes.values():
            runtime.stop()
        for bus in self._buses:
            self.loop.run_until_complete(bus.stop())
        for server in self.sockets.values():
            self.loop.run_until_complete(server.stop())
        for port in self._ports:
            self.loop.run_until_complete(port.stop())

        async def rest() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0)

        self.loop.run_until_complete(rest())
        self.loop.close()


@contextlib.contextmanager
def private_buses(folder: Path, count: int) -> Iterator[tuple[str, ...]]:
    """Several buses, one for each account that may be on stage."""
    with contextlib.ExitStack() as stack:
        addresses = []
        for number in range(count):
            place = folder / f"bus{number}"
            place.mkdir()
            addresses.append(stack.enter_context(private_bus(place)))
        yield tuple(addresses)
