"""Notifications to many programs over real transports.

The programs are bare sockets that count whole messages, here, in another process than the engine and its
floor, so that they take nothing from the core whose speed is measured.
"""

from __future__ import annotations

import io
import os
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from dbus_fast import Message
from dbus_fast._private.unmarshaller import Unmarshaller
from dbus_fast.aio.message_bus import HELLO_1_SERIALIZED

from bench.buses import BARE, OURS, both
from bench.floors import bare_fan_out, bare_store
from bench.measure import paired
from bench.processes import connect, daemon, process, resident
from bench.report import Row

#: Values set in one piece: as many lines as a new call says at once.
BURST = 8
PEER = b"org.freedesktop.DBus.Peer"
#: The pushed lines after PROTOCOL.
PUSHED = 3


class Program(Protocol):
    """One attached program."""

    socket: socket.socket

    def say(self, *texts: str) -> None:
        """Send commands in one piece."""

    def take(self) -> int:
        """Read what is there; how many messages are complete now."""


class SocketProgram:
    """On a Unix socket."""

    def __init__(self, path: str) -> None:
        self.socket = connect(path)

    def say(self, *texts: str) -> None:
        self.socket.sendall(b"".join(text.encode() + b"\0" for text in texts))

    def take(self) -> int:
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the server is gone")
        return data.count(0)


class BusProgram:
    """On a bus, without a library: only lengths and kinds of messages are looked at."""

    def __init__(self, address: str, server: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(address.removeprefix("unix:path="))
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        if not self.socket.recv(200).startswith(b"OK"):
            raise ConnectionError("the bus lets nobody in")
        self.socket.sendall(b"BEGIN\r\n" + HELLO_1_SERIALIZED)
        self._server = server
        self._serial = 1
        self._rest = b""
        while not self.take():
            pass

    def say(self, *texts: str) -> None:
        out = bytearray()
        for text in texts:
            self._serial += 1
            call = Message(
                self._server, "/com/Skype", OURS, "Invoke", signature="s", body=[text], serial=self._serial
            )
            out += call._marshall(False)
        self.socket.sendall(out)

    def take(self) -> int:
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the bus is gone")
        data = self._rest + data
        start, end, count = 0, len(data), 0
        while end - start >= 16:
            body = int.from_bytes(data[start + 4 : start + 8], "little")
            fields = int.from_bytes(data[start + 12 : start + 16], "little")
            length = 16 + (fields + 7) // 8 * 8 + body
            if end - start < length:
                break
            # Calls (Notify) and returns count; signals of the bus itself do not.
            kind = data[start + 1]
            if kind == 3:
                raise ConnectionError(f"an error came: {data[start : start + length]!r}")
            if kind == 1 and data.find(PEER, start, start + length) >= 0:
                self._pong(data[start : start + length])
            else:
                count += kind in (1, 2)
            start += length
        self._rest = data[start:]
        return count

    def _pong(self, ping: bytes) -> None:
        """Every D-Bus library answers this by itself."""
        asked = Unmarshaller(io.BytesIO(ping)).unmarshall()
        self._serial += 1
        answer = Message.new_method_return(asked)
        answer.serial = self._serial
        self.socket.sendall(answer._marshall(False))


class Crowd:
    """All programs of one server. The first sets values; everybody is told."""

    def __init__(self, programs: list[Program]) -> None:
        self.programs = programs
        self._poll = select.epoll()
        self._by_number = {program.socket.fileno(): program for program in programs}
        for number in self._by_number:
            self._poll.register(number, select.EPOLLIN)
        self._turn = 0

    def attach(self, protocols: tuple[int, ...], pushed: int) -> None:
        """Everybody says NAME and PROTOCOL and hears what is pushed then."""
        for number, program in enumerate(self.programs):
            program.say("NAME bench")
            self.hear(1, program)
            program.say(f"PROTOCOL {protocols[number % len(protocols)]}")
        self.hear((1 + pushed) * len(self.programs))

    def hear(self, messages: int, only: Program | None = None) -> None:
        """Wait until so many messages came, to all together or to one."""
        while messages > 0:
            if only is not None:
                messages -= only.take()
                continue
            for number, _ in self._poll.poll(30) or [(-1, 0)]:
                if number < 0:
                    raise TimeoutError(f"{messages} messages are missing")
                messages -= self._by_number[number].take()
        if messages:
            raise AssertionError(f"{-messages} messages too many")

    def notified(self, bursts: int) -> float:
        """Notifications a second, all programs together."""
        first, told = self.programs[0], len(self.programs)
        begun = time.perf_counter()
        for _ in range(bursts):
            self._turn += BURST
            first.say(*(f"SET USER echo123 DISPLAYNAME {self._turn + n}" for n in range(BURST)))
            self.hear(BURST * (told + 1))
        return bursts * BURST * told / (time.perf_counter() - begun)

    def leave(self) -> None:
        """Everybody goes."""
        self._poll.close()
        for program in self.programs:
            program.socket.close()


#: How many programs, and which protocols they speak in turn.
CROWDS = (
    (1, (8,), ""),
    (10, (8,), ""),
    (100, (8,), ""),
    (100, (1, 2, 3, 4, 5, 6, 7, 8), ", protocols 1 to 8"),
)


def unix(folder: Path, bursts: int) -> Iterator[Row]:
    """On the Unix socket; and what a hundred programs need of memory."""
    path, bare, store = str(folder / "crowd/me/api.sock"), str(folder / "teller"), str(folder / "keeper")
    with (
        daemon(folder / "crowd", "--no-dbus") as engine,
        process(bare_fan_out, bare) as floor,
        process(bare_store, store, str(folder / "keeper.sqlite"), True),
    ):
        for many, protocols, said in CROWDS:
            ours, theirs, keepers = (
                Crowd([SocketProgram(at) for _ in range(many)]) for at in (path, bare, store)
            )
            ours.attach(protocols, PUSHED)
            turns = max(bursts // many, bursts // 20)
            a, b = paired(lambda c=ours, n=turns: c.notified(n), lambda c=theirs, n=turns: c.notified(n))
            yield Row(f"unix notify to {many}{said}", a, b, "1/s", "bare asyncio Protocol, same bytes")
            if said:
                yield Row(
                    f"resident memory, {many} programs",
                    resident(engine.process.pid),
                    resident(floor),
                    "MiB",
                    "bare asyncio Protocol, as many programs",
                )
            else:
                a, b = paired(lambda c=ours, n=turns: c.notified(n), lambda c=keepers, n=turns: c.notified(n))
                against = "the same bytes after one SQLite commit a group"
                yield Row(f"unix notify to {many}, stored", a, b, "1/s", against)
            for crowd in (ours, theirs, keepers):
                crowd.leave()


def dbus(folder: Path, bursts: int) -> Iterator[Row]:
    """On a bus."""
    for many, protocols, said in CROWDS:
        # A fresh bus for each: the floor forgets nobody.
        name = f"bus-crowd-{many}-{len(protocols)}"
        with both(folder / name) as address:
            ours = Crowd([BusProgram(address, OURS) for _ in range(many)])
            ours.attach(protocols, PUSHED)
            theirs = Crowd([BusProgram(address, BARE) for _ in range(many)])
            theirs.attach(protocols, 0)
            turns = max(bursts // many, bursts // 20)
            a, b = paired(lambda c=ours, n=turns: c.notified(n), lambda c=theirs, n=turns: c.notified(n))
            yield Row(f"D-Bus notify to {many}{said}", a, b, "1/s", "bare dbus-fast, same messages")
            ours.leave()
            theirs.leave()
