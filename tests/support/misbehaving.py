"""A hundred programs that misbehave, in a process of their own: ``python -m support.misbehaving SOCKET BUS``.

Each does its worst again and again, with a pause in between: it is no mere flood of good commands. "ready" is
printed when every one of them has begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
import sys
from collections.abc import Awaitable, Callable
from functools import partial

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

#: Seconds between two misdeeds of one program.
PAUSE = 0.2
MIB = 1 << 20
NAME = b"NAME bad\0PROTOCOL 8\0"
#: What is asked of a call, whose number stands for %b.
TOO_MUCH = (
    b"SET CALL %b DTMF " + b"1" * 30_000,
    b"ALTER CALL %b DTMF " + b"2" * 30_000,
    b"SET CALL %b DTMF " + b"3" * 90,
    b"ALTER CALL %b DTMF 4",
    b"ALTER CALL %b HOLD",
    b"ALTER CALL %b RESUME",
    b"ALTER CALL %b SET_OUTPUT " + b'FILE="/no/a", ' * 5_000,
    b"ALTER CALL 99999 SET_INPUT " + b'PORT="1", ' * 5_000,
    b"CALL " + b"a, " * 100_000,
    b"SEARCH CALLS " + b"b" * 100_000,
)


class Socket:
    """A connection that does what programs should not."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()

    async def open(self, size: int | None = None) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.setblocking(False)
        if size is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        await self._loop.sock_connect(made, self._path)
        return made

    async def say(self, made: socket.socket, data: bytes, seconds: float = 1.0) -> bool:
        """False if it is not taken in that time, or nobody is there any more."""
        try:
            await asyncio.wait_for(self._loop.sock_sendall(made, data), seconds)
        except (TimeoutError, OSError):
            return False
        return True


async def silent(way: Socket) -> None:
    """Comes and says nothing, for ever."""
    with await way.open():
        await asyncio.sleep(3600)


async def half(way: Socket) -> None:
    """Stops in the middle of a word."""
    with await way.open() as made:
        await way.say(made, NAME + b"GET USER ec")
        await asyncio.sleep(3600)


async def deaf(way: Socket) -> None:
    """Asks and asks and does not read."""
    with await way.open(4096) as made:
        await way.say(made, NAME)
        asked = b"GET PROFILE ABOUT\0SEARCH USERS e\0GET USER echo123 FULLNAME\0" * 5
        while await way.say(made, asked):  # noqa: ASYNC110 - nothing tells when to misbehave next
            await asyncio.sleep(PAUSE)


async def slow(way: Socket) -> None:
    """Writes and reads a few bytes at a time."""
    with await way.open(4096) as made:
        await way.say(made, NAME)
        for byte in b"GET PROFILE FULLNAME\0" * 1000:
            if not await way.say(made, bytes([byte])):
                return
            await asyncio.sleep(PAUSE / 20)
            with contextlib.suppress(BlockingIOError):
                made.recv(3)


async def dead(way: Socket) -> None:
    """Dies with everything open."""
    with await way.open() as made:
        await way.say(
            made, NAME + b"SET PROFILE CITY x\0GET USERSTATUS\0CALL no.answer\0" + b"GET USER a" * 3
        )
        await asyncio.sleep(0.01)
    await asyncio.sleep(PAUSE)


async def liar(way: Socket) -> None:
    """Says what is not so."""
    lies = [
        b"\xff\xfe\xfd" * 40, b"PROTOCOL 0", b"PROTOCOL 99999999999999999999", b"NAME other", b"#1 #2 GET",
        b"ALTER CALL 999 HANGUP", b"SET CHATMESSAGE 77 SEEN", b"GET CALL -1 STATUS", b"SEARCH CALLS \x01",
        b"DELETE APPLICATION none", b"ALTER CHAT #x LEAVE", b"SET MUTE PERHAPS", b"", b"\r\n", b" " * 5000,
        "SET PROFILE CITY \u202e\U0001f4a3".encode(), b"CALL " + b"a, " * 200, b"GET USER " + b"x" * 5000,
    ]  # fmt: skip
    with await way.open() as made:
        if random.random() < 0.5:
            await way.say(made, NAME)
        while await way.say(made, b"\0".join(random.choices(lies, k=20)) + b"\0"):
            await asyncio.sleep(PAUSE)
            with contextlib.suppress(OSError):
                made.recv(MIB)
    await asyncio.sleep(PAUSE)


async def huge(way: Socket) -> None:
    """Says too much at once: a command of megabytes, or one that never ends."""
    with await way.open() as made:
        await way.say(made, NAME)
        await way.say(made, b"SET PROFILE ABOUT " + b"x" * MIB + b"\0")
        await asyncio.sleep(PAUSE * 5)
        if random.random() < 0.1:
            await way.say(made, b"GET USER " + b"y" * (17 * MIB))
        with contextlib.suppress(OSError):
            made.recv(MIB)
    await asyncio.sleep(PAUSE * 5)


async def hasty(way: Socket) -> None:
    """Says everything that it will ever want to know at once, and reads it."""
    with await way.open() as made:
        await way.say(made, NAME)
        while await way.say(made, b"GET USER echo123 FULLNAME\0" * 2000):
            await asyncio.sleep(PAUSE)
            with contextlib.suppress(BlockingIOError):
                while made.recv(MIB):
                    pass


async def caller(way: Socket) -> None:
    """Calls, and says to the call what no call can take, or to that of another."""
    with await way.open() as made:
        await way.say(made, NAME + b"CALL echo123\0")
        heard, end = b"", asyncio.get_running_loop().time() + 3
        while b"STATUS INPROGRESS" not in heard and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(PAUSE / 4)
            with contextlib.suppress(BlockingIOError):
                heard = (heard + made.recv(MIB))[-2000:]
        talking = re.findall(rb"CALL (\d+) STATUS INPROGRESS", heard)
        call = talking[-1] if talking else b"1"
        for said in TOO_MUCH:
            await way.say(made, said.replace(b"%b", call) + b"\0")
            await asyncio.sleep(PAUSE)
        await way.say(made, b"ALTER CALL %b HANGUP\0" % call)
        await asyncio.sleep(PAUSE)


def invoke(text: str, **more: object) -> Message:
    to = {"destination": "com.Skype.API", "path": "/com/Skype", "interface": "com.Skype.API"}
    return Message(**(to | {"member": "Invoke", "signature": "s", "body": [text]} | more))


async def bus_deaf(address: str) -> None:
    """Attaches over the bus and answers nothing that it is told."""
    bus = await MessageBus(bus_address=address).connect()
    await bus.call(invoke("NAME deaf"))
    await bus.call(invoke("PROTOCOL 8"))
    asyncio.get_running_loop().remove_reader(bus._fd)
    await asyncio.sleep(3600)


async def bus_liar(address: str) -> None:
    """Calls what is not there, with what does not belong there, and answers what nobody asked."""
    bus = await MessageBus(bus_address=address).connect()
    lies = [
        invoke("GET USERSTATUS"),
        invoke("x" * 100_000),
        invoke("", signature="u", body=[7]),
        invoke("", signature="", body=[]),
        invoke("PING", path="/somewhere"),
        invoke("PING", interface="org.none"),
        invoke("PING", member="Notify"),
        Message(
            message_type=MessageType.SIGNAL, destination="com.Skype.API", path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus", member="NameOwnerChanged", signature="sss",
            body=[":1.1", ":1.1", ""],
        ),
    ]  # fmt: skip
    while True:
        for _ in range(10):
            message = random.choice(lies)
            message.serial = 0
            with contextlib.suppress(Exception):
                await asyncio.wait_for(bus.call(message), 0.5)
        await asyncio.sleep(PAUSE)


async def bus_dead(address: str) -> None:
    """Attaches and is gone."""
    bus = await MessageBus(bus_address=address).connect()
    await bus.call(invoke("NAME dying"))
    await bus.send(invoke("SET PROFILE CITY y"))
    bus.disconnect()
    await bus.wait_for_disconnect()
    await asyncio.sleep(PAUSE)


async def bus_hasty(address: str) -> None:
    """Asks much at once over the bus and waits for nothing of it."""
    bus = await MessageBus(bus_address=address).connect()
    await bus.call(invoke("NAME hasty"))
    while True:
        for _ in range(60):
            await bus.send(invoke("GET USER echo123 FULLNAME"))
        await asyncio.sleep(PAUSE * 5)


ON_SOCKETS = {silent: 5, half: 5, deaf: 8, slow: 8, dead: 8, liar: 9, huge: 8, hasty: 5, caller: 4}
ON_BUSES = {bus_deaf: 10, bus_liar: 10, bus_dead: 10, bus_hasty: 10}


async def again(deed: Callable[[], Awaitable[None]]) -> None:
    while True:
        with contextlib.suppress(OSError, EOFError):
            await deed()
        await asyncio.sleep(0.05)


async def main(path: str, address: str) -> None:
    way = Socket(path)
    deeds = [partial(deed, way) for deed, count in ON_SOCKETS.items() for _ in range(count)]
    deeds += [partial(deed, address) for deed, count in ON_BUSES.items() for _ in range(count)]
    tasks = [asyncio.ensure_future(again(deed)) for deed in deeds]
    assert len(tasks) == 100
    await asyncio.sleep(1)
    print("ready", flush=True)  # noqa: T201
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
