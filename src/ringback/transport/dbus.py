"""D-Bus: how most old Linux programs attach (reference: Using the Skype API on Linux).

The engine owns ``com.Skype.API`` and answers ``Invoke(s) → s`` on ``/com/Skype``; it notifies with
``Notify(s)`` on ``/com/Skype/Client`` of the caller's unique name and expects no reply.

Theory of flow (ADR 7). The bus keeps what a program has not read. It counts that against *us*: beyond its
limit it stops to read from our socket, and then nobody on the bus hears from us. So only WINDOW bytes may
be on their way to one program; the rest waits here, and counts as the link's backlog. How much it keeps is
asked of the bus itself.

Not every bus tells. There the program is asked with ``Peer.Ping``, which D-Bus libraries answer by themselves
and in order, but only when they dispatch: a program that makes one blocking call after the other answers
none. So there a call says too that the answers to all calls before it were read, and an answer that a program
may be blocked for is never kept back. A program that gives neither sign is not known to read: it gets no more
than a window until it calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import logging
import socket
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final, cast

from dbus_fast import (
    DBusError,
    ErrorType,
    InvalidAddressError,
    Message,
    MessageFlag,
    MessageType,
    NameFlag,
    RequestNameReply,
)
from dbus_fast.aio import MessageBus
from dbus_fast.aio.message_bus import _MessageWriter
from dbus_fast.errors import AuthError
from dbus_fast.service import ServiceInterface, dbus_method

from ringback.session.link import Door, Peer, Ticket, octets
from ringback.transport.buses import bus_address
from ringback.transport.process import executable
from ringback.transport.turns import SHARE, Row, Said, row_of

_LOG: Final = logging.getLogger(__name__)
NAME: Final = "com.Skype.API"
PATH: Final = "/com/Skype"
CLIENT_PATH: Final = "/com/Skype/Client"
CLIENT_INTERFACE: Final = "com.Skype.API.Client"
BUS: Final = "org.freedesktop.DBus"
BUS_PATH: Final = "/org/freedesktop/DBus"
#: Bytes that may be on their way to one program and not known to be read.
WINDOW: Final = 1024 * 1024
#: After so many bytes it is asked how many of them were read.
ASK_EVERY: Final = WINDOW // 4
#: What a message costs besides its text, on the wire and in our memory.
OVERHEAD: Final = 200
#: What a waiting answer costs more: the call that it returns from is kept.
TICKET: Final = 2000
#: Seconds between questions about a program whose window is full, and in which a Ping must be answered.
PATIENCE: Final = 1.0
#: Seconds between attempts to come back to a bus that ended: the first, and the longest.
FIRST_RETURN: Final = 0.25
LONGEST_RETURN: Final = 30.0
#: Seconds in which a bus must have let us in.
OPENING: Final = 10.0
#: A line in the log for the first message that a bus refuses, then for each so many.
REFUSED_EVERY: Final = 10_000
#: Bytes of the longest command, as on sockets.
LARGEST: Final = 16 * 1024 * 1024


class NameTakenError(Exception):
    """Another program owns the name on this bus."""


#: Errors of a question about a program that say nothing of the bus: the program left, the bus was busy.
PASSING: Final = frozenset(
    {ErrorType.NAME_HAS_NO_OWNER.value, ErrorType.LIMITS_EXCEEDED.value, ErrorType.NO_MEMORY.value}
)
#: Everything that can go wrong on the way onto a bus.
BUS_ERRORS: Final = (OSError, EOFError, DBusError, AuthError, InvalidAddressError, NameTakenError)


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


class _BriefSocket(socket.socket):
    """COMPAT(dbus-fast 5.2.0): it reads on as long as anything comes, and meanwhile nobody else is served.

    After SHARE seconds of one turn of the loop it is told that nothing is there; the next turn goes on.
    """

    _until: float | None = None

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Read, if this turn has time for it. Raises BlockingIOError if not."""
        now = asyncio.get_running_loop().time()
        until = now + SHARE if self._until is None else self._until
        # Whatever comes now, the next reading begins anew, unless there is more.
        self._until = None
        if now >= until:
            raise BlockingIOError(errno.EAGAIN, "enough for this turn")
        data = super().recv(size, flags)
        if len(data) == size:
            self._until = until
        return data


class _BriefBus(MessageBus):
    """A connection that leaves time for others."""

    @staticmethod
    def _create_socket_for_transport(
        transport: str, options: dict[str, str]
    ) -> tuple[socket.socket, io.BufferedRWPair, bytes | str | tuple[str, int]]:
        made, stream, where = MessageBus._create_socket_for_transport(transport, options)
        stream.close()
        brief = _BriefSocket(fileno=made.detach())
        return brief, brief.makefile("rwb"), where


class _Described(ServiceInterface):
    """What introspection shows; calls are answered by the message handler before they come here."""

    def __init__(self) -> None:
        super().__init__(NAME)

    @dbus_method(name="Invoke")
    def invoke(self, command: "s") -> "s":  # type: ignore[name-defined]  # noqa: F821, UP037
        raise DBusError(ErrorType.FAILED, "never reached")


class _Flow:
    """What is on its way to one program; kept as long as the program is on the bus."""

    __slots__ = (
        "answered", "arriving", "asked", "given", "held", "name", "open", "peer", "pinged", "read", "said",
        "waiting",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        #: Who it is, once the bus has told, and the calls that came before that.
        self.peer: Peer | None = None
        self.arriving: list[Message] = []
        #: Bytes given to the bus, and how many of these the program has read for all that we know.
        self.given = self.read = 0
        #: The value of ``given`` at the last question, and after the last answer to a call.
        self.asked = self.said = 0
        #: Calls that are not answered.
        self.open = 0
        #: When a Ping that is not answered was sent; whether ever one was answered, or we have told the user
        #: that none is.
        self.pinged: float | None = None
        self.answered = False
        self.waiting: deque[tuple[Message | None, str]] = deque()
        self.held = 0

    @property
    def full(self) -> bool:
        """True if the bus must get no more for this program now."""
        return self.given - self.read >= WINDOW


class DBusLink:
    """One program on the bus, known by its unique name (implements ``ringback.session.link.Link``)."""

    def __init__(self, server: DBusServer, flow: _Flow, peer: Peer) -> None:
        self._server = server
        self._flow = flow
        self.peer = peer
        self.session = 0
        self.said: Said[Message]
        #: Nobody hears any more what is said here; another bus may know somebody else by the same name.
        self.left = False

    @property
    def backlog(self) -> int:
        """Bytes that wait here or that the program has not said to have read."""
        flow = self._flow
        return 0 if self.left else flow.held + flow.given - flow.read

    def answer(self, ticket: Ticket, text: str) -> None:
        """Return from the method call that the command came with."""
        assert isinstance(ticket, Message)
        if MessageFlag.NO_REPLY_EXPECTED not in ticket.flags and not self.left:
            self._server.put(self._flow, ticket, text)

    def notify(self, text: str) -> None:
        """Call the program's Notify, without waiting for it."""
        if not self.left:
            self._server.put(self._flow, None, text)

    def close(self, reason: str) -> None:
        """Forget the session; the program's next call makes it a new one, once it reads again."""
        if not self.left:
            self._server.detach(self._flow, reason)


class DBusServer:
    """One account on one bus. ``address``: ``session``, ``system`` or a bus address.

    A bus that ends is tried again, at growing intervals, until it is back or ``stop`` is called.
    """

    def __init__(self, address: str, door: Door, lost: Callable[[], None]) -> None:
        self.address = address
        self._door = door
        self._lost = lost
        self._links: dict[str, DBusLink] = {}
        self._flows: dict[str, _Flow] = {}
        #: Questions on their way by serial: about whom, what was given to the bus before them, who is asked.
        self._questions: dict[int, tuple[_Flow, int, bool]] = {}
        #: Questions on their way about who somebody is.
        self._introductions: dict[int, _Flow] = {}
        self._tending: asyncio.TimerHandle | None = None
        #: Whether the bus tells what it keeps for a program.
        self._tells = True
        self._bus: MessageBus | None = None
        self._writer: _MessageWriter | None = None
        self._row: Row | None = None
        self._keeper: asyncio.Future[None] | None = None
        self._dropped = 0
        self._refused = 0

    # Coming and going -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect and own the name. Raises one of BUS_ERRORS."""
        bus = await self._open()
        self._keeper = asyncio.ensure_future(self._keep(bus))

    @property
    def connected(self) -> bool:
        """True while programs can reach us."""
        return self._bus is not None

    async def _open(self) -> MessageBus:
        bus = _BriefBus(bus_address=bus_address(self.address))
        async with asyncio.timeout(OPENING):
            await bus.connect()
            try:
                await self._enter(bus)
            except BaseException:
                self._writer = self._bus = None
                bus.disconnect()
                raise
        return bus

    async def _enter(self, bus: MessageBus) -> None:
        self._writer = bus._writer
        assert self._writer is not None, "connected"
        setattr(self._writer, "sock", _PatientSocket(cast("socket.socket", bus._sock)))  # noqa: B010 - not the declared type
        self._bus = bus
        self._row = row_of(asyncio.get_running_loop())
        bus.add_message_handler(self._handle)
        bus.export(PATH, _Described())
        match = f"type='signal',sender='{BUS}',interface='{BUS}',member='NameOwnerChanged',arg2=''"
        await bus.call(Message(BUS, BUS_PATH, BUS, "AddMatch", signature="s", body=[match]))
        about_us = await bus.call(_statistics(bus.unique_name or ""))
        self._tells = about_us is not None and _kept(about_us) is not None
        reply = await bus.request_name(NAME, NameFlag.DO_NOT_QUEUE)
        if reply is not RequestNameReply.PRIMARY_OWNER:
            raise NameTakenError(f"{NAME} is taken on {self.address}")

    async def _keep(self, bus: MessageBus) -> None:
        while True:
            try:
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
            except Exception as error:  # noqa: BLE001 - whatever ends the connection, it has ended
                _LOG.warning("dbus: %s: %r", self.address, error)
            self._forget_all()
            self._lost()
            bus = await self._return()

    async def _return(self) -> MessageBus:
        """Try until the bus is back; what hinders is said when it changes."""
        delay, attempts, said = FIRST_RETURN, 0, ""
        while True:
            await asyncio.sleep(delay)
            attempts += 1
            try:
                bus = await self._open()
            except BUS_ERRORS as error:
                if repr(error) != said:
                    said = repr(error)
                    _LOG.warning("dbus: %s is not back: %s", self.address, error)
                delay = min(2 * delay, LONGEST_RETURN)
            else:
                _LOG.warning("dbus: back on %s after %d attempts", self.address, attempts)
                return bus

    async def stop(self) -> None:
        """Leave the bus."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._bus is not None:
            # Its answer says that the bus has all that we gave it.
            with contextlib.suppress(TimeoutError, *BUS_ERRORS):
                async with asyncio.timeout(PATIENCE):
                    await self._bus.call(Message(BUS, BUS_PATH, "org.freedesktop.DBus.Peer", "Ping"))
            self._bus.disconnect()
        self._forget_all()

    def _forget_all(self) -> None:
        self._writer = self._bus = None
        if self._tending is not None:
            self._tending.cancel()
            self._tending = None
        self._questions.clear()
        self._introductions.clear()
        for name in list(self._flows):
            self.gone(name)

    # Messages in ------------------------------------------------------------------------------------------

    def _handle(self, message: Message) -> Message | bool | None:
        kind = message.message_type
        if kind is MessageType.METHOD_CALL:
            return self._called(message)
        if kind is MessageType.SIGNAL:
            if message.member != "NameOwnerChanged":
                return None
            # Programs can send such a signal too; only the bus's own is believed.
            if message.sender != BUS or message.signature != "sss":
                return True
            name, _old, new = message.body
            if not new:
                self.gone(name)
            return None
        if message.error_name == ErrorType.LIMITS_EXCEEDED.value:
            self._refused += 1
            if self._refused % REFUSED_EVERY == 1:
                _LOG.warning("dbus: %s refused %d messages: %s", self.address, self._refused, message.body)
        if message.sender == BUS and (message.reply_serial or 0) in self._introductions:
            self._introduced(self._introductions.pop(message.reply_serial or 0), message)
            return True
        question = self._questions.pop(message.reply_serial or 0, None)
        if question is None:
            return None
        self._told(message, *question)
        return True

    def _called(self, message: Message) -> Message | bool | None:
        quiet = MessageFlag.NO_REPLY_EXPECTED in message.flags
        ours = message.member == "Invoke" and message.path == PATH
        if not ours or message.interface not in (None, "", NAME):
            # What is not ours is the library's: introspection, properties. A caller that wants no answer
            # wants nothing of these, and the library logs a traceback when it refuses one of them.
            return True if quiet else None
        wrong = ""
        if message.signature != "s":
            wrong = "Invoke takes one string"
        elif octets(message.body[0]) > LARGEST:
            wrong = "a message over 16 MiB"
        if wrong:
            return True if quiet else Message.new_error(message, ErrorType.INVALID_ARGS.value, wrong)
        sender = message.sender or ""
        # A program that was detached is still known: what it has not read still counts.
        flow = self._flows.get(sender) or self._flows.setdefault(sender, _Flow(sender))
        if flow.peer is None:
            flow.arriving.append(message)
            if len(flow.arriving) == 1:
                self._ask_who(flow)
        else:
            self._said(flow, flow.peer, message)
        return True

    def _said(self, flow: _Flow, peer: Peer, message: Message) -> None:
        link = self._links.get(flow.name)
        if link is None:
            link = self._links[flow.name] = DBusLink(self, flow, peer)
            link.session = self._door.opened(link)
            link.said = Said(self._row, partial(self._take, link))
            if not self._tells:
                # Who answers this one will be believed not to read when it answers no more.
                self._ask(flow)
        if MessageFlag.NO_REPLY_EXPECTED not in message.flags:
            if not self._tells and not flow.open:
                self._read(flow, flow.said)
            flow.open += 1
        link.said.add(message, octets(message.body[0]))

    def _take(self, link: DBusLink, message: Message) -> None:
        self._door.received(link.session, message, message.body[0])

    def _ask_who(self, flow: _Flow) -> None:
        """Ask the bus whose connection this is; what the program says waits for it."""
        who = Message(BUS, BUS_PATH, BUS, "GetConnectionCredentials", signature="s", body=[flow.name])
        self._introductions[self._send(who)] = flow

    def _introduced(self, flow: _Flow, message: Message) -> None:
        if self._flows.get(flow.name) is not flow:
            return
        told = message.body[0] if message.message_type is MessageType.METHOD_RETURN else {}
        user, pid = (int(told[name].value) if name in told else None for name in ("UnixUserID", "ProcessID"))
        program = None if pid is None else executable(pid)
        flow.peer = Peer("dbus", flow.name, user, pid, program)
        arrived, flow.arriving = flow.arriving, []
        for call in arrived:
            self._said(flow, flow.peer, call)

    def gone(self, name: str) -> None:
        """A program left the bus."""
        flow = self._flows.pop(name, None)
        if flow is not None:
            flow.waiting.clear()
        link = self._links.pop(name, None)
        if link is not None:
            # What it said before it left is still done.
            link.left = True
            link.said.part(partial(self._door.closed, link.session))

    def detach(self, flow: _Flow, reason: str) -> None:
        """End a program's session; what waits for it is dropped, and what it still waits for is refused."""
        link = self._links.pop(flow.name, None)
        if link is None:
            return
        self._dropped += len(flow.waiting)
        _LOG.warning(
            "dbus: %s closed: %s; %d messages dropped, %d in all",
            flow.name,
            reason,
            len(flow.waiting),
            self._dropped,
        )
        flow.waiting.clear()
        flow.held = flow.open = 0
        link.said.finish()
        self._door.closed(link.session)

    # Messages out -----------------------------------------------------------------------------------------

    def put(self, flow: _Flow, ticket: Message | None, text: str) -> None:
        """Send an answer (with its call) or a notification; it waits if the program has enough to read."""
        if not flow.waiting and not flow.full:
            self._give(flow, ticket, text)
            return
        if flow.name not in self._links:
            # The rest of a bundle of lines whose first made it too much.
            self._dropped += 1
            return
        flow.waiting.append((ticket, text))
        flow.held += _cost(ticket, text)
        if ticket is not None and flow.open == 1 and not self._tells:
            # It may be blocked until it has this, and can tell nothing before.
            self._give_waiting(flow, whatever=True)
        elif flow.waiting:
            self._tend_later()

    def _give(self, flow: _Flow, ticket: Message | None, text: str) -> None:
        flow.given += octets(text) + OVERHEAD
        text = text.replace("\0", "")
        if ticket is None:
            message = Message(
                destination=flow.name,
                path=CLIENT_PATH,
                interface=CLIENT_INTERFACE,
                member="Notify",
                signature="s",
                body=[text],
                flags=MessageFlag.NO_REPLY_EXPECTED,
            )
        else:
            message = Message.new_method_return(ticket, "s", [text])
            flow.open = max(flow.open - 1, 0)
            flow.said = flow.given
        self._send(message)
        if flow.given - flow.asked >= ASK_EVERY:
            self._ask(flow)

    def _send(self, message: Message) -> int:
        if self._writer is None or self._bus is None or not self._bus.connected:
            return 0
        # The bus's own send makes a future for each message; nobody waits for these.
        message.serial = self._bus.next_serial()
        self._writer.schedule_write(message)
        return message.serial

    # What was read ----------------------------------------------------------------------------------------

    def _ask(self, flow: _Flow) -> None:
        """Ask the bus what it keeps for a program; if it never tells, ask the program whether it reads."""
        flow.asked = flow.given
        if self._tells:
            question = _statistics(flow.name)
        elif flow.pinged is None:
            question = Message(flow.name, CLIENT_PATH, "org.freedesktop.DBus.Peer", "Ping")
            flow.pinged = asyncio.get_running_loop().time()
        else:
            return
        self._questions[self._send(question)] = (flow, flow.given, self._tells)

    def _told(self, message: Message, flow: _Flow, given: int, bus_asked: bool) -> None:
        if self._flows.get(flow.name) is not flow:
            return
        if not bus_asked:
            if message.sender == flow.name:
                # An error is as good: the program has read the question, and so all before it.
                flow.pinged, flow.answered = None, True
                self._read(flow, given)
            else:
                # The bus's own error, or its end of waiting: this Ping will not be answered any more.
                flow.pinged = None
            return
        kept = _kept(message)
        if kept is not None:
            self._read(flow, given - kept)
        elif message.error_name not in PASSING:
            self._tells = False
            self._ask(flow)

    def _read(self, flow: _Flow, read: int) -> None:
        """A program has read so many of the bytes given to the bus."""
        flow.read = max(flow.read, read)
        self._give_waiting(flow)
        if flow.given - flow.asked >= ASK_EVERY:
            self._ask(flow)

    def _give_waiting(self, flow: _Flow, *, whatever: bool = False) -> None:
        """Give the bus what waits, as far as the window reaches or ``whatever`` it is."""
        while flow.waiting and (whatever or not flow.full):
            ticket, text = flow.waiting.popleft()
            flow.held -= _cost(ticket, text)
            self._give(flow, ticket, text)

    def _tend_later(self) -> None:
        if self._tending is None:
            self._tending = asyncio.get_running_loop().call_later(PATIENCE, self._tend)

    def _tend(self) -> None:
        """Ask again about programs whose window is full."""
        self._tending = None
        full = [flow for flow in self._flows.values() if flow.full]
        late = asyncio.get_running_loop().time() - PATIENCE
        for flow in full:
            if flow.pinged is not None and flow.pinged <= late and not flow.answered:
                # To go on would be to stake everybody's bus on a program that may be stopped.
                _LOG.warning("dbus: nobody tells what %s has read; it gets no more until it calls", flow.name)
                flow.answered = True
            self._ask(flow)
        if any(flow.full for flow in full):
            self._tend_later()


def _statistics(name: str) -> Message:
    """Asks the bus about one connection."""
    return Message(BUS, BUS_PATH, f"{BUS}.Debug.Stats", "GetConnectionStats", signature="s", body=[name])


def _kept(reply: Message) -> int | None:
    """Bytes that the bus keeps for a connection, None if it does not tell."""
    if reply.message_type is not MessageType.METHOD_RETURN or reply.signature != "a{sv}":
        return None
    kept = reply.body[0].get("OutgoingBytes")
    return None if kept is None else int(kept.value)


def _cost(ticket: Message | None, text: str) -> int:
    """Bytes that a waiting message counts for."""
    return octets(text) + OVERHEAD + (0 if ticket is None else TICKET)
