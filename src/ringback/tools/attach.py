"""A program's side of the Unix socket and of D-Bus, for the command line tools."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from dbus_fast import DBusError, InvalidAddressError, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError

from ringback.transport.buses import bus_address
from ringback.transport.socket_files import address as socket_address

_CLOSED: Final = "the engine closed the connection"
_NAME: Final = "com.Skype.API"


class Attached(Protocol):
    """One attached program."""

    async def ask(self, command: str) -> str:
        """Say a command, wait for its answer. Raises ConnectionError when the engine is gone."""
        ...

    async def gone(self) -> None:
        """Wait until the engine has left."""
        ...

    async def close(self) -> None:
        """Leave."""
        ...


Heard = Callable[[str], None]


class UnixProgram:
    """Attached over the Unix socket. Answers are told from notifications by their command id."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Heard) -> None:
        self._reader, self._writer, self._heard = reader, writer, heard
        self._asked: dict[str, asyncio.Future[str]] = {}
        self._last = 0
        self._gone = asyncio.Event()
        self._task = asyncio.ensure_future(self._read())

    @classmethod
    async def attach(cls, path: Path, heard: Heard) -> UnixProgram:
        """Connect. Raises OSError when no engine listens."""
        with socket_address(path) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=32 * 1024 * 1024)
        return cls(reader, writer, heard)

    async def _read(self) -> None:
        try:
            while True:
                text = (await self._reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace")
                head, _, rest = text.partition(" ")
                asked = self._asked.pop(head, None) if head.startswith("#") else None
                if asked is not None and not asked.done():
                    asked.set_result(rest)
                else:
                    self._heard(text)
        except (asyncio.IncompleteReadError, OSError):
            self._gone.set()
            for waiting in self._asked.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError(_CLOSED))

    async def ask(self, command: str) -> str:
        """Say a command, wait for its answer."""
        if self._gone.is_set():
            raise ConnectionError(_CLOSED)
        self._last += 1
        key = f"#{self._last}"
        answer = self._asked[key] = asyncio.get_running_loop().create_future()
        self._writer.write(f"{key} {command}".encode() + b"\0")
        text: str = await answer
        return text

    async def gone(self) -> None:
        """Wait until the engine has left."""
        await self._gone.wait()

    async def close(self) -> None:
        """Leave."""
        self._task.cancel()
        self._writer.close()


class DBusProgram:
    """Attached over D-Bus."""

    def __init__(self, bus: MessageBus, heard: Heard) -> None:
        self._bus, self._heard = bus, heard
        self._gone = asyncio.Event()
        bus.add_message_handler(self._handle)

    @classmethod
    async def attach(cls, address: str, heard: Heard) -> DBusProgram:
        """Connect to a bus: ``session``, ``system`` or an address. Raises OSError."""
        try:
            bus = MessageBus(bus_address=bus_address(address))
            await bus.connect()
            program = cls(bus, heard)
            rule = f"type='signal',member='NameOwnerChanged',arg0='{_NAME}',arg2=''"
            daemon = "org.freedesktop.DBus"
            await bus.call(
                Message(daemon, "/org/freedesktop/DBus", daemon, "AddMatch", signature="s", body=[rule])
            )
        except (DBusError, InvalidAddressError, AuthError, EOFError) as error:
            raise ConnectionError(f"no bus at {address}: {error}") from None
        return program

    def _handle(self, message: Message) -> bool | None:
        if message.message_type is MessageType.METHOD_CALL and message.member == "Notify":
            self._heard(message.body[0])
            return True
        if message.member == "NameOwnerChanged" and message.body[0] == _NAME and not message.body[2]:
            self._gone.set()
        return None

    async def ask(self, command: str) -> str:
        """Say a command, wait for its answer. Raises ConnectionError when nobody answers there."""
        reply = await self._bus.call(
            Message(
                destination=_NAME,
                path="/com/Skype",
                interface=_NAME,
                member="Invoke",
                signature="s",
                body=[command],
            )
        )
        if reply is None or reply.message_type is MessageType.ERROR:
            raise ConnectionError(_CLOSED if reply is None else str(reply.body[0]))
        return str(reply.body[0])

    async def gone(self) -> None:
        """Wait until the engine has left."""
        await self._gone.wait()

    async def close(self) -> None:
        """Leave."""
        self._bus.disconnect()
