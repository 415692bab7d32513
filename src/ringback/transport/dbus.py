"""D-Bus: how most old Linux programs attach (reference: Using the Skype API on Linux).

The engine owns ``com.Skype.API`` and answers ``Invoke(s) → s`` on ``/com/Skype``; it notifies with
``Notify(s)`` on ``/com/Skype/Client`` of the caller's unique name and expects no reply.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final, cast

from dbus_fast import (
    BusType,
    DBusError,
    ErrorType,
    Message,
    MessageFlag,
    MessageType,
    NameFlag,
    RequestNameReply,
)
from dbus_fast.aio import MessageBus
from dbus_fast.aio.message_bus import _MessageWriter
from dbus_fast.service import ServiceInterface, dbus_method

from ringback.session.link import Door, Peer, Ticket

_LOG: Final = logging.getLogger(__name__)
NAME: Final = "com.Skype.API"
PATH: Final = "/com/Skype"
CLIENT_PATH: Final = "/com/Skype/Client"
CLIENT_INTERFACE: Final = "com.Skype.API.Client"
#: Messages of ours that may wait for the bus before notifications to its programs are dropped.
QUEUE_LIMIT: Final = 200_000


class NameTakenError(Exception):
    """Another program owns the name on this bus."""


class _PatientSocket:
    """COMPAT(dbus-fast 5.2.0): its writer takes a full socket buffer for the end of the connection.

    A send that would block sends nothing instead; the writer then waits until the socket takes more.
    """

    def __init__(self, real: socket.socket) -> None:
        self._real = real

    def send(self, data: bytes) -> int:
        """Send what fits now."""
        try:
            return self._real.send(data)
        except BlockingIOError:
            return 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


class _Described(ServiceInterface):
    """What introspection shows; calls are answered by the message handler before they come here."""

    def __init__(self) -> None:
        super().__init__(NAME)

    @dbus_method(name="Invoke")
    def invoke(self, command: "s") -> "s":  # type: ignore[name-defined]  # noqa: F821, UP037
        raise DBusError(ErrorType.FAILED, "never reached")


class DBusLink:
    """One program on the bus, known by its unique name (implements ``ringback.session.link.Link``)."""

    def __init__(self, server: DBusServer, name: str) -> None:
        self._server = server
        self.name = name
        self.peer = Peer("dbus", name)
        self.session = 0

    @property
    def backlog(self) -> int:
        """The bus keeps what a program has not read, and drops it when it is too much."""
        return 0

    def answer(self, ticket: Ticket, text: str) -> None:
        """Return from the method call that the command came with."""
        assert isinstance(ticket, Message)
        self._server.send(Message.new_method_return(ticket, "s", [text.replace("\0", "")]))

    def notify(self, text: str) -> None:
        """Call the program's Notify, without waiting for it."""
        self._server.notify(self.name, text)

    def close(self, reason: str) -> None:
        """Forget the program; its next call makes it a new one."""
        _LOG.warning("dbus: %s closed: %s", self.name, reason)
        self._server.gone(self.name)


class DBusServer:
    """One account on one bus. ``address``: ``session``, ``system`` or a bus address."""

    def __init__(self, address: str, door: Door, user: int, lost: Callable[[], None]) -> None:
        self.address = address
        self._door = door
        self._user = user
        self._lost = lost
        self._links: dict[str, DBusLink] = {}
        self._bus: MessageBus | None = None
        self._writer: _MessageWriter | None = None
        self._watcher: asyncio.Future[None] | None = None
        self._stopping = False
        self._dropped = 0

    async def start(self) -> None:
        """Connect and own the name. Raises NameTakenError, OSError or a D-Bus error."""
        kinds = {"session": BusType.SESSION, "system": BusType.SYSTEM}
        if self.address in kinds:
            bus = MessageBus(bus_type=kinds[self.address])
        else:
            bus = MessageBus(bus_address=self.address)
        await bus.connect()
        self._writer = bus._writer
        assert self._writer is not None, "connected"
        setattr(self._writer, "sock", _PatientSocket(cast("socket.socket", bus._sock)))  # noqa: B010 - not the declared type
        self._bus = bus
        bus.add_message_handler(self._handle)
        bus.export(PATH, _Described())
        await bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="AddMatch",
                signature="s",
                body=[
                    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                    "member='NameOwnerChanged',arg2=''"
                ],
            )
        )
        reply = await bus.request_name(NAME, NameFlag.DO_NOT_QUEUE)
        if reply is not RequestNameReply.PRIMARY_OWNER:
            self._stopping = True
            bus.disconnect()
            raise NameTakenError(f"{NAME} is taken on {self.address}")
        self._watcher = asyncio.ensure_future(self._watch(bus))

    async def _watch(self, bus: MessageBus) -> None:
        try:
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - whatever ends the connection, it has ended
            _LOG.warning("dbus: %s", error)
        if not self._stopping:
            for name in list(self._links):
                self.gone(name)
            self._lost()

    async def stop(self) -> None:
        """Leave the bus."""
        self._stopping = True
        if self._bus is not None:
            self._bus.disconnect()

    def _handle(self, message: Message) -> Message | bool | None:
        if message.message_type is MessageType.METHOD_CALL:
            if message.member != "Invoke" or message.path != PATH:
                return None
            if message.interface not in (None, "", NAME):
                return None
            if message.signature != "s":
                return Message.new_error(message, ErrorType.INVALID_ARGS.value, "Invoke takes one string")
            sender = message.sender or ""
            link = self._links.get(sender)
            if link is None:
                link = self._links[sender] = DBusLink(self, sender)
                link.session = self._door.opened(link)
            self._door.received(link.session, message, message.body[0])
            return True
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _old, new = message.body
            if not new and name in self._links:
                self.gone(name)
        return None

    def gone(self, name: str) -> None:
        """A program left the bus."""
        link = self._links.pop(name, None)
        if link is not None:
            self._door.closed(link.session)

    def send(self, message: Message) -> None:
        """Queue a message for the bus."""
        if self._writer is not None and self._bus is not None and self._bus.connected:
            # The bus's own send makes a future for each message; nobody waits for these.
            message.serial = self._bus.next_serial()
            self._writer.schedule_write(message)

    def notify(self, name: str, text: str) -> None:
        """Notify one program; dropped with a log line while the bus takes nothing."""
        if self._writer is None:
            return
        if len(self._writer.messages) > QUEUE_LIMIT:
            self._dropped += 1
            if self._dropped % 10_000 == 1:
                _LOG.warning("dbus: the bus takes nothing; %d notifications dropped", self._dropped)
            return
        self.send(
            Message(
                destination=name,
                path=CLIENT_PATH,
                interface=CLIENT_INTERFACE,
                member="Notify",
                signature="s",
                body=[text.replace("\0", "")],
                flags=MessageFlag.NO_REPLY_EXPECTED,
            )
        )
