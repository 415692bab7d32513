"""Many accounts in one process: until all are online, and what each takes; against bare clients."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.measure import compared
from bench.network import Place
from bench.processes import daemon, resident, serving
from bench.report import Row
from ringback.app import networks
from ringback.app.control import ask
from ringback.app.home import Home
from servers.authority import Authority
from servers.prosody import Prosody
from servers.registration import register
from servers.stranger import Stranger

FLOOR = "as many bare slixmpp clients in one process, the same Prosody: same TLS and stream management"
SECRET = "correct horse"
#: Seconds in which all must be online, and between looks whether they are.
PATIENCE = 120
LOOK = 0.02
#: Turns of each side; each begins a process.
TURNS = 3
_SPAWN = multiprocessing.get_context("spawn")


def _clients(place: Any, names: list[str], ready: Connection) -> None:
    """Bare clients, each as soon as it can; says when all are there, and goes on."""

    async def serve() -> None:
        async with contextlib.AsyncExitStack() as stack:
            clients = [Stranger(place, name, SECRET) for name in names]
            await asyncio.gather(*(stack.enter_async_context(client) for client in clients))
            ready.send(True)
            await asyncio.Event().wait()

    asyncio.run(serve())


def _bare(place: Place, names: list[str]) -> tuple[float, float]:
    """Milliseconds until all are online, and the memory of their process then, in MiB."""
    here, there = _SPAWN.Pipe()
    begun = time.perf_counter()
    with serving():
        child = _SPAWN.Process(target=_clients, args=(place, names, there), daemon=True)
        child.start()
    try:
        assert here.poll(PATIENCE), "the bare clients are not online"
        taken = (time.perf_counter() - begun) * 1000
        return taken, resident(child.pid or 0)
    finally:
        child.terminate()
        child.join()


class Town:
    """A home with accounts on a server."""

    def __init__(self, server: Prosody, folder: Path, names: list[str]) -> None:
        self.path = folder / f"home-{len(names)}"
        home, password = Home(self.path), folder / "password"
        password.write_text(SECRET + "\n")
        password.chmod(0o600)
        for name in names:
            address = f"{name}@{server.domain}"
            kept = networks.XmppAccount(
                address, f"{server.address}:{server.port}", False, server.authority.root, str(password)
            )
            networks.write(home, address, kept)

    def run(self) -> tuple[float, float]:
        """As ``_bare``."""
        begun = time.perf_counter()
        with daemon(self.path, "--no-dbus", "--no-sound", "--speed", "1") as engine:
            while any(account["link"] != "online" for account in self._accounts()):
                assert time.perf_counter() < begun + PATIENCE, "the accounts are not online"
                time.sleep(LOOK)
            taken = (time.perf_counter() - begun) * 1000
            return taken, resident(engine.process.pid)

    def _accounts(self) -> list[dict[str, Any]]:
        found = ask(Home(self.path).control, "status")["accounts"]
        assert isinstance(found, list)
        return found


def accounts(folder: Path, count: int) -> Iterator[Row]:
    """Start, and memory for each account beyond the first."""
    with serving():
        pass  # what is started from here on without it runs on the other cores
    names = [f"person{number}" for number in range(count)]
    with Prosody(folder / "server", "bench.test", Authority(folder / "authority")) as server:
        for name in names:
            register(server, name, SECRET)
        many, one, place = Town(server, folder, names), Town(server, folder, names[:1]), Place(server)
        sides: tuple[Callable[[], tuple[float, float]], ...] = (many.run, lambda: _bare(place, names))
        # The first start makes the databases.
        alone = one.run()[1], _bare(place, names[:1])[1]
        many.run()
        turns = []
        for turn in range(TURNS):
            order = (0, 1) if turn % 2 else (1, 0)
            found = {side: sides[side]() for side in order}
            turns.append((found[0], found[1]))
    ours, floor = compared([(a[0], b[0]) for a, b in turns])
    yield Row(f"start with {count} accounts on XMPP, until all are online", ours, floor, "ms", FLOOR)
    each = [
        statistics.median((turn[side][1] - alone[side]) / (count - 1) for turn in turns) for side in (0, 1)
    ]
    yield Row(f"memory of each of {count} accounts on XMPP", each[0], each[1], "MiB", FLOOR)
