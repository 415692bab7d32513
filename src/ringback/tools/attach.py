"""A program's side of the Unix socket and of D-Bus, for the command line tools."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus


class Attached(Protocol):
    """One attached program."""

    async def ask(self, command: str) -> str:
        """Say a command, wait for its answer."""
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
        self._task = asyncio.ensure_future(self._read())

    @classmethod
    async def attach(cls, path: Path, heard: Heard) -> UnixProgram:
        """Connect. Raises OSError when no engine listens."""
        reader, writer = await asyncio.open_unix_connection(str(path), limit=32 * 1024 * 1024)
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
            for waiting in self._asked.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError("the engine closed the connection"))

    async def ask(self, command: str) -> str:
        """Say a command, wait for its answer."""
        self._last += 1
        key = f"#{self._last}"
        answer = self._asked[key] = asyncio.get_running_loop().create_future()
        self._writer.write(f"{key} {command}".encode() + b"\0")
        text: str = await answer
        return text

    async def close(self) -> None:
        """Leave."""
        self._task.cancel()
        self._writer.close()


class DBusProgram:
    """Attached over D-Bus."""

    def __init__(self, bus: MessageBus, heard: Heard) -> None:
        self._bus, self._heard = bus, heard
        bus.add_message_handler(self._handle)

    @classmethod
    async def attach(cls, address: str, heard: Heard) -> DBusProgram:
        """Connect to a bus: ``session`` or an address. Raises OSError."""
        bus = MessageBus() if address == "session" else MessageBus(bus_address=address)
        return cls(await bus.connect(), heard)

    def _handle(self, message: Message) -> bool | None:
        if message.message_type is MessageType.METHOD_CALL and message.member == "Notify":
            self._heard(message.body[0])
            return True
        return None

    async def ask(self, command: str) -> str:
        """Say a command, wait for its answer. Raises ConnectionError when nobody answers there."""
        reply = await self._bus.call(
            Message(
                destination="com.Skype.API",
                path="/com/Skype",
                interface="com.Skype.API",
                member="Invoke",
                signature="s",
                body=[command],
            )
        )
        if reply is None or reply.message_type is MessageType.ERROR:
            raise ConnectionError("" if reply is None else str(reply.body[0]))
        return str(reply.body[0])

    async def close(self) -> None:
        """Leave."""
        self._bus.disconnect()
