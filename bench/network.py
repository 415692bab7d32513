"""Messages over a real server: program, engine, Prosody, engine, program; against two bare clients there."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import select
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.measure import paired
from bench.processes import serving
from bench.report import Row, Times
from servers.authority import Authority
from servers.prosody import Prosody
from servers.registration import register
from servers.stranger import Stranger
from support.xmpp import PATIENCE, Program, Resident, befriend

FLOOR = "two bare slixmpp clients on the same Prosody: same TLS, archive and stream management"
RECEIPTS = f"{FLOOR}; they ask for receipts and give them"
_SPAWN = multiprocessing.get_context("spawn")


class Place:
    """What a client in another process must know of the server."""

    def __init__(self, server: Prosody) -> None:
        self.domain, self.address, self.port = server.domain, server.address, server.port
        self.authority = _Root(server.authority.root)


class _Root:
    def __init__(self, root: Path) -> None:
        self.root = root


def _answering(place: Any, name: str, receipts: bool, ready: Any) -> None:
    """A client that says every message back, or, told a number, says so when as many have come."""

    async def serve() -> None:
        async with Stranger(place, name, "secret") as client:
            client.plugin["xep_0184"].auto_request = client.plugin["xep_0184"].auto_ack = receipts
            missing = 0

            def heard(message: Any) -> None:
                nonlocal missing
                body = message["body"]
                if not body:
                    return  # a receipt
                if missing:
                    missing -= 1
                    if not missing:
                        client.send_message(message["from"].bare, "all", mtype="chat")
                elif body.startswith("count "):
                    missing = int(body.split()[1])
                else:
                    client.send_message(message["from"].bare, body, mtype="chat")

            client.add_event_handler("message", heard)
            ready.set()
            await asyncio.Event().wait()

    asyncio.run(serve())


def _asking(place: Any, name: str, other: str, receipts: bool, orders: Any) -> None:
    """A client that measures when it is told to: ``trip`` or ``flood``, and how many."""

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        async with Stranger(place, name, "secret") as client:
            client.plugin["xep_0184"].auto_request = client.plugin["xep_0184"].auto_ack = receipts
            heard: asyncio.Event = asyncio.Event()
            client.add_event_handler("message", lambda message: heard.set() if message["body"] else None)

            async def answer(body: str) -> None:
                heard.clear()
                client.send_message(other, body, mtype="chat")
                await heard.wait()

            while True:
                what, count = await loop.run_in_executor(None, orders.recv)
                begun = time.perf_counter()
                if what == "trip":
                    for _ in range(count):
                        await answer("hello")
                else:
                    heard.clear()
                    for body in (f"count {count}", *["hello"] * count):
                        client.send_message(other, body, mtype="chat")
                    await heard.wait()
                orders.send(time.perf_counter() - begun)

    asyncio.run(serve())


@contextlib.contextmanager
def _bare(server: Prosody, *, receipts: bool = False) -> Iterator[Any]:
    """Two bare clients, each in a process of its own; gives the one to give orders to."""
    answering, asking = (f"{name}.{'receipts' if receipts else 'bare'}" for name in ("answering", "asking"))
    for name in (answering, asking):
        register(server, name, "secret")
    place, ready = Place(server), _SPAWN.Event()
    here, there = _SPAWN.Pipe()
    with serving():
        children = [
            _SPAWN.Process(target=_answering, args=(place, answering, receipts, ready), daemon=True),
            _SPAWN.Process(
                target=_asking,
                args=(place, asking, f"{answering}@{server.domain}", receipts, there),
                daemon=True,
            ),
        ]
        children[0].start()
        ready.wait(60)
        children[1].start()
    try:
        yield here
    finally:
        for child in children:
            child.terminate()
            child.join()


class _Ear:
    """A program that waits for what comes from others; the rest it is told is read and forgotten."""

    def __init__(self, program: Program) -> None:
        self.socket = program.socket
        self.socket.settimeout(PATIENCE)
        self._rest = b""

    def say(self, to: str) -> None:
        self.socket.sendall(f"MESSAGE {to} hello\0".encode())

    def read(self) -> int:
        """Wait for something; gives how many messages came."""
        data = self.socket.recv(65536)
        assert data, "the engine ended"
        *whole, self._rest = (self._rest + data).split(b"\0")
        return sum(line.endswith(b"STATUS RECEIVED") for line in whole)

    def heard(self) -> None:
        while not self.read():
            pass


def messages(folder: Path, count: int) -> Iterator[Row]:
    """Round trip, and messages a second in one direction."""
    with serving():
        pass  # what is started from here on without it runs on the other cores
    authority = Authority(folder / "authority")
    with (
        Prosody(folder / "server", "bench.test", authority) as server,
        _bare(server) as bare,
        _bare(server, receipts=True) as polite,
    ):
        people = [Resident(server, folder, name) for name in ("ann", "bob")]
        try:
            with serving():
                programs = [resident.start().online() for resident in people]
            befriend(*programs)
            one, other = map(_Ear, programs)
            ann, bob = (resident.handle for resident in people)

            def ordered(what: str, number: int, floor: Any = bare) -> float:
                floor.send((what, number))
                return float(floor.recv())

            def trip() -> float:
                begun = time.perf_counter()
                for _ in range(count):
                    one.say(bob)
                    other.heard()
                    other.say(ann)
                    one.heard()
                return (time.perf_counter() - begun) * 1000 / count

            def flood() -> float:
                def say() -> None:
                    for _ in range(10 * count):
                        one.say(bob)

                missing = 10 * count
                begun = time.perf_counter()
                # Answers must be read meanwhile, or the engine waits.
                speaker = threading.Thread(target=say)
                speaker.start()
                while missing:
                    ready, _, _ = select.select([one.socket, other.socket], [], [], PATIENCE)
                    assert ready, "a message did not come"
                    if one.socket in ready:
                        one.read()
                    if other.socket in ready:
                        missing -= other.read()
                taken = time.perf_counter() - begun
                speaker.join()
                return 10 * count / taken

            a, b = paired(trip, lambda: ordered("trip", count) * 1000 / count)
            yield Row("XMPP message round trip", a, b, "ms", FLOOR, Times(1.5))
            a, b = paired(trip, lambda: ordered("trip", count, polite) * 1000 / count)
            yield Row("XMPP message round trip, with receipts", a, b, "ms", RECEIPTS)
            a, b = paired(flood, lambda: 10 * count / ordered("flood", 10 * count))
            yield Row("XMPP messages", a, b, "1/s", FLOOR)
        finally:
            for resident in people:
                resident.close()
