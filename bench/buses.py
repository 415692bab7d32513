"""Over D-Bus, one program at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from dbus_fast import Message
from dbus_fast.aio import MessageBus

from bench.floors import bare_bus
from bench.measure import TURNS
from bench.processes import daemon, process
from bench.report import Row
from support.daemon import private_bus

OURS, BARE = "com.Skype.API", "bench.Bare"


@contextlib.contextmanager
def both(folder: Path) -> Iterator[str]:
    """A bus of our own with the daemon and the floor on it; gives its address."""
    folder.mkdir()
    ready = folder / "bare-ready"
    with (
        private_bus(folder) as address,
        daemon(folder / "home", "--dbus", address),
        process(bare_bus, address, BARE, str(ready)),
    ):
        while not ready.exists():
            os.sched_yield()
        yield address


def commands(folder: Path, count: int) -> Iterator[Row]:
    """PING and GET."""
    with both(folder / "bus-commands") as address:
        yield from asyncio.run(_commands(address, count))


async def _commands(address: str, count: int) -> list[Row]:
    bus = await MessageBus(bus_address=address).connect()

    async def ask(name: str, text: str) -> None:
        await bus.call(Message(name, "/com/Skype", OURS, "Invoke", signature="s", body=[text]))

    async def measure(name: str, text: str) -> float:
        begun = time.perf_counter()
        for _ in range(count):
            await ask(name, text)
        return count / (time.perf_counter() - begun)

    await ask(OURS, "NAME bench")
    rows = []
    for title, text in (("D-Bus PING", "PING"), ("D-Bus GET", "GET USER echo123 FULLNAME")):
        a, b = [], []
        for _ in range(TURNS):
            ours = await measure(OURS, text)
            bare = await measure(BARE, text)
            a.append(ours)
            b.append(bare)
        rows.append(Row(title, statistics.median(a), statistics.median(b), "1/s", "bare dbus-fast echo"))
    bus.disconnect()
    return rows
