"""A program's side of every way in, for the command line tools."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from dbus_fast import DBusError, InvalidAddressError, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import CloseCode

from ringback.transport.buses import bus_address
from ringback.transport.porch import endpoint
from ringback.transport.socket_files import address as socket_address

#: Bytes of the longest message that is taken.
LIMIT: Final = 32 * 1024 * 1024
#: Seconds in which an engine in the network must have let us in.
PATIENCE: Final = 10.0
WRONG_TOKEN: Final = "it closed the connection: wrong token"
NO_ENGINE_THERE: Final = "what listens there does not speak like an engine"
_NAME: Final = "com.Skype.API"


class Attached(Protocol):
    """One attached program."""

    async def ask(self, command: str) -> str:
        """Say a command, wait for its answer. Raises ConnectionError when the engine is gone."""
        ...

    async def gone(self) -> str:
        """Wait until the engine has left; returns why, as far as it said so."""
        ...

    async def close(self) -> None:
        """Leave."""
        ...


Heard = Callable[[str], None]


class RefusedError(Exception):
    """An engine is there and does not let us in; the text says why."""


class LostError(ConnectionError):
    """The engine that had let us in has ended the connection, or is gone; the text is what it said of it."""


class TaggedProgram:
    """A program that tells answers from notifications by its command ids."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._asked: dict[str, asyncio.Future[str]] = {}
        self._last = 0
        self._gone = asyncio.Event()
        self._why = ""

    async def say(self, text: str) -> None:
        """Send a message."""
        raise NotImplementedError

    def came(self, text: str) -> None:
        """A message came."""
        head, _, rest = text.partition(" ")
        asked = self._asked.pop(head, None) if head.startswith("#") else None
        if asked is None:
            self._heard(text)
        elif not asked.done():
            asked.set_result(rest)
        # Else nobody waits for it any more.

    def left(self, why: str = "") -> None:
        """The engine closed the connection."""
        self._why = why
        self._gone.set()
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(LostError(why))

    async def ask(self, command: str) -> str:
        """Say a command, wait for its answer."""
        if self._gone.is_set():
            raise LostError(self._why)
        own, _, rest = command.strip().partition(" ")
        if own.startswith("#") and len(own) > 1 and rest.strip() and own not in self._asked:
            # It has an id already, and the answer shows it.
            return f"{own} {await self._tagged(own, rest.lstrip())}"
        self._last += 1
        while (key := f"#{self._last}") in self._asked:
            self._last += 1
        return await self._tagged(key, command)

    async def _tagged(self, key: str, command: str) -> str:
        answer = self._asked[key] = asyncio.get_running_loop().create_future()
        await self.say(f"{key} {command}")
        text: str = await answer
        return text

    async def gone(self) -> str:
        """Wait until the engine has left; returns why, if it said so."""
        await self._gone.wait()
        return self._why


class StreamProgram(TaggedProgram):
    """Attached over the Unix socket or over TCP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Heard) -> None:
        super().__init__(heard)
        self._reader, self._writer = reader, writer
        self._task: asyncio.Future[None] | None = None

    @classmethod
    async def unix(cls, path: Path, heard: Heard) -> StreamProgram:
        """Connect to an account's socket. Raises OSError when no engine listens."""
        with socket_address(path) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=LIMIT)
        program = cls(reader, writer, heard)
        program.listen()
        return program

    @classmethod
    async def tcp(
        cls, host: str, port: int, tls: ssl.SSLContext | None, token: str, heard: Heard
    ) -> StreamProgram:
        """Connect and show the token. Raises OSError, RefusedError."""
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port, limit=LIMIT, ssl=tls)
            program = cls(reader, writer, heard)
            await program.say(f"TOKEN {token}")
            try:
                if await program.read() != "OK":
                    raise RefusedError(NO_ENGINE_THERE)
            except (asyncio.IncompleteReadError, ConnectionError):
                raise RefusedError(WRONG_TOKEN) from None
        program.listen()
        return program

    def listen(self) -> None:
        """Take messages from now on."""
        self._task = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        try:
            while True:
                self.came(await self.read())
                # Who waited for an answer goes on before the next line is heard, as it was on the wire.
                await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, OSError):
            self.left()

    async def read(self) -> str:
        """The next message."""
        return (await self._reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace")

    async def say(self, text: str) -> None:
        """Send a message."""
        self._writer.write(text.encode() + b"\0")

    async def close(self) -> None:
        """Leave."""
        if self._task is not None:
            self._task.cancel()
        self._writer.close()


class WebProgram(TaggedProgram):
    """Attached over WebSocket."""

    def __init__(self, connection: ClientConnection, heard: Heard) -> None:
        super().__init__(heard)
        self._connection = connection
        self._task: asyncio.Future[None] | None = None

    @classmethod
    async def attach(
        cls, host: str, port: int, tls: ssl.SSLContext | None, token: str, heard: Heard
    ) -> WebProgram:
        """Connect and show the token. Raises OSError, RefusedError."""
        uri = f"{'ws' if tls is None else 'wss'}://{endpoint(host, port)}/"
        try:
            connection = await connect(uri, ssl=tls, compression=None, max_size=None, proxy=None)
            await connection.send(f"TOKEN {token}")
            if await connection.recv() != "OK":
                raise RefusedError(NO_ENGINE_THERE)
        except ConnectionClosed as error:
            refused = error.rcvd is not None and error.rcvd.code == CloseCode.POLICY_VIOLATION
            raise RefusedError(WRONG_TOKEN if refused else NO_ENGINE_THERE) from None
        except WebSocketException as error:
            raise RefusedError(f"{NO_ENGINE_THERE} ({error})") from None
        program = cls(connection, heard)
        program._task = asyncio.ensure_future(program._listen())
        return program

    async def _listen(self) -> None:
        why = ""
        try:
            while True:
                self.came(str(await self._connection.recv()))
                await asyncio.sleep(0)
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code == CloseCode.POLICY_VIOLATION:
                why = error.rcvd.reason
        self.left(why)

    async def say(self, text: str) -> None:
        """Send a message; whether it is still heard, the answer tells."""
        with contextlib.suppress(ConnectionClosed):
            await self._connection.send(text)

    async def close(self) -> None:
        """Leave."""
        if self._task is not None:
            self._task.cancel()
        await self._connection.close()


class DBusProgram:
    """Attached over D-Bus."""

    def __init__(self, bus: MessageBus, heard: Heard) -> None:
        self._bus, self._heard = bus, heard
        self._asked: dict[int, asyncio.Future[Message]] = {}
        self._came: asyncio.Queue[Message] = asyncio.Queue()
        self._gone = asyncio.Event()
        bus.add_message_handler(self._handle)
        self._tasks = [asyncio.ensure_future(self._listen()), asyncio.ensure_future(self._outlive())]

    @classmethod
    async def attach(cls, address: str, heard: Heard) -> DBusProgram:
        """Connect to a bus: ``session``, ``system`` or an address. Raises OSError."""
        try:
            bus = MessageBus(bus_address=bus_address(address))
            await bus.connect()
            rule = f"type='signal',member='NameOwnerChanged',arg0='{_NAME}',arg2=''"
            daemon = "org.freedesktop.DBus"
            await bus.call(
                Message(daemon, "/org/freedesktop/DBus", daemon, "AddMatch", signature="s", body=[rule])
            )
        except (DBusError, InvalidAddressError, AuthError, EOFError) as error:
            raise ConnectionError(f"no bus at {address}: {error}") from None
        return cls(bus, heard)

    def _handle(self, message: Message) -> bool | None:
        """Everything that is said to us, in its order."""
        if message.message_type is MessageType.METHOD_CALL and message.member == "Notify":
            self._came.put_nowait(message)
            return True
        if message.reply_serial in self._asked:
            self._came.put_nowait(message)
            return True
        if message.member == "NameOwnerChanged" and message.body[0] == _NAME and not message.body[2]:
            self._came.put_nowait(message)
        return None

    async def _listen(self) -> None:
        while True:
            message = await self._came.get()
            if message.member == "Notify":
                self._heard(message.body[0])
            elif message.member == "NameOwnerChanged":
                self._gone.set()
            else:
                asked = self._asked.pop(message.reply_serial)
                if not asked.done():
                    asked.set_result(message)
                # Who waited for an answer goes on before the next line is heard, as it was on the wire.
                await asyncio.sleep(0)

    async def _outlive(self) -> None:
        """The bus itself may end."""
        with contextlib.suppress(Exception):  # whatever it died of
            await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        self._gone.set()
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(LostError)

    async def ask(self, command: str) -> str:
        """Say a command, wait for its answer. Raises ConnectionError when nobody answers there."""
        if not self._bus.connected:
            raise LostError
        message = Message(
            destination=_NAME,
            path="/com/Skype",
            interface=_NAME,
            member="Invoke",
            signature="s",
            body=[command],
            serial=self._bus.next_serial(),
        )
        answer = self._asked[message.serial] = asyncio.get_running_loop().create_future()
        self._bus.send(message)
        reply = await answer
        if reply.message_type is MessageType.ERROR:
            raise ConnectionError(str(reply.body[0]))
        return str(reply.body[0])

    async def gone(self) -> str:
        """Wait until the engine has left."""
        await self._gone.wait()
        return ""

    async def close(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        self._bus.disconnect()
