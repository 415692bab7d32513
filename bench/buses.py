"""Over D-Bus, one program at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from dbus_fast import Message
from dbus_fast.aio import MessageBus

from bench.floors import bare_bus
from bench.measure import TURNS, compared
from bench.processes import daemon, process
from bench.report import Row
from support.daemon import private_bus

OURS, BARE, STORED = "com.Skype.API", "bench.Bare", "bench.Stored"


@contextlib.contextmanager
def both(folder: Path) -> Iterator[str]:
    """A bus of our own with the daemon and the floors on it; gives its address."""
    folder.mkdir()
    ready = [folder / "bare-ready", folder / "stored-ready"]
    with (
        private_bus(folder) as address,
        daemon(folder / "home", "--dbus", address),
        process(bare_bus, address, BARE, str(ready[0])),
        process(bare_bus, address, STORED, str(ready[1]), str(folder / "bare.sqlite")),
    ):
        while not all(file.exists() for file in ready):
            os.sched_yield()
        yield address


def commands(folder: Path, count: int) -> Iterator[Row]:
    """PING, GET and SET."""
    with both(folder / "bus-commands") as address:
        yield from asyncio.run(_commands(address, count))


async def _commands(address: str, count: int) -> list[Row]:
    bus = await MessageBus(bus_address=address).connect()
    bus.add_message_handler(lambda message: True if message.member == "Notify" else None)

    async def ask(name: str, text: str) -> None:
        await bus.call(Message(name, "/com/Skype", OURS, "Invoke", signature="s", body=[text]))

    async def measure(name: str, text: str, times: int) -> float:
        """With a new number in each text that has a place for one."""
        begun = time.perf_counter()
        for _ in range(times):
            await ask(name, text.format(time.monotonic_ns()))
        return times / (time.perf_counter() - begun)

    await ask(OURS, "NAME bench")
    rows = []
    echo = "bare dbus-fast echo"
    for title, text, floor, what, times in (
        ("D-Bus PING", "PING", BARE, echo, count),
        ("D-Bus GET", "GET USER echo123 FULLNAME", BARE, echo, count),
        ("D-Bus SET", "SET USER echo123 DISPLAYNAME {}", BARE, f"{echo} and a Notify", count // 4),
        (
            "D-Bus SET, stored",
            "SET USER echo123 DISPLAYNAME {}",
            STORED,
            f"{echo} and a Notify after a commit",
            count // 4,
        ),
    ):
        turns = []
        for number in range(TURNS):
            first, second = (OURS, floor) if number % 2 else (floor, OURS)
            speed = {name: await measure(name, text, times) for name in (first, second)}
            turns.append((speed[OURS], speed[floor]))
        rows.append(Row(title, *compared(turns), "1/s", what))
    bus.disconnect()
    return rows
