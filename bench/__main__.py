"""Every row names its floor and runs it in the same run, turn by turn; ratio 1 = as fast as the floor.

python -m bench [--quick]
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dbus_fast import Message
from dbus_fast.aio import MessageBus

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from bench.floors import bare_bus, bare_socket  # noqa: E402
from support.daemon import Daemon, private_bus  # noqa: E402 - the path comes first
from support.replay import World  # noqa: E402

ROUNDS = 5


def paired(ours: Callable[[], float], floor: Callable[[], float]) -> tuple[float, float]:
    """Medians of both, run in turn after one warm-up each."""
    ours(), floor()
    a, b = [], []
    for _ in range(ROUNDS):
        a.append(ours())
        b.append(floor())
    return statistics.median(a), statistics.median(b)


def rate(act: Callable[[], object], count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        act()
    return count / (time.perf_counter() - begun)


# Memory ---------------------------------------------------------------------------------------------------


def memory(count: int) -> Iterator[tuple[str, float, float, str]]:
    world = World()
    program = world.attach()
    answers = {"GET": {"USER": {"echo123": {"FULLNAME": "Echo / Sound Test Service"}}}, "PING": "PONG"}
    heard: list[str] = program.link.lines

    def look() -> str:
        verb, what, key, name = ["GET", "USER", "echo123", "FULLNAME"]
        return f"{what} {key} {name} {answers[verb][what][key][name]}"

    def send(text: str) -> Callable[[], None]:
        def act() -> None:
            program.link.send(text)
            heard.clear()

        return act

    turn = iter(range(10**9))

    def set_it() -> None:
        program.link.send(f"SET PROFILE ABOUT {next(turn)}")
        heard.clear()

    floor = lambda: rate(look, count)  # noqa: E731
    for name, act, share in (
        ("memory PING", send("PING"), 1),
        ("memory GET", send("GET USER echo123 FULLNAME"), 1),
        ("memory SET", set_it, 10),
    ):
        ours, bare = paired(lambda a=act, s=share: rate(a, count // s), floor)
        yield name, ours, bare, "split and dictionary look-up"


# Unix socket ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def process(target: Callable[..., None], *arguments: object):
    child = multiprocessing.get_context("spawn").Process(target=target, args=arguments, daemon=True)
    child.start()
    try:
        yield
    finally:
        child.terminate()
        child.join()


def connect(path: str) -> socket.socket:
    deadline = time.monotonic() + 20
    while True:
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(path)
        except OSError:
            client.close()
            if time.monotonic() > deadline:
                raise
            os.sched_yield()
        else:
            return client


def talk(client: socket.socket, message: bytes, end: bytes) -> Callable[[], None]:
    def act() -> None:
        client.sendall(message)
        data = client.recv(4096)
        while not data.endswith(end):
            data += client.recv(4096)

    return act


def unix(folder: Path, count: int) -> Iterator[tuple[str, float, float, str]]:
    bare_path = str(folder / "bare")
    with Daemon(folder / "home", "--no-dbus"), process(bare_socket, bare_path):
        ours, bare = connect(str(folder / "home/me/api.sock")), connect(bare_path)
        talk(ours, b"NAME bench\0", b"\0")()
        for name, text in (("unix PING", b"PING\0"), ("unix GET", b"GET USER echo123 FULLNAME\0")):
            a, b = paired(
                lambda t=text: rate(talk(ours, t, b"\0"), count),
                lambda t=text: rate(talk(bare, t, b"\0"), count),
            )
            yield name, a, b, "bare asyncio Protocol echo"
        begun = time.perf_counter()
        for _ in range(50):
            client = connect(str(folder / "home/me/api.sock"))
            talk(client, b"NAME x\0", b"\0")()
            talk(client, b"PROTOCOL 8\0", b"\0")()
            client.close()
        attach = 50 / (time.perf_counter() - begun)
        begun = time.perf_counter()
        for _ in range(50):
            client = connect(bare_path)
            talk(client, b"NAME x\0", b"\0")()
            talk(client, b"PROTOCOL 8\0", b"\0")()
            client.close()
        yield "unix attaches", attach, 50 / (time.perf_counter() - begun), "the same two messages, bare echo"
        mpd = peer_mpd(folder, count)
        if mpd is not None:
            rate_ours = statistics.median(rate(talk(ours, b"PING\0", b"\0"), count) for _ in range(ROUNDS))
            yield "unix PING against MPD's ping", rate_ours, mpd, "MPD (Debian), Unix socket"


def peer_mpd(folder: Path, count: int) -> float | None:
    """MPD's ping over its Unix socket, or None where it is not installed."""
    program = shutil.which("mpd")
    if program is None:
        return None
    config = folder / "mpd.conf"
    config.write_text(
        f'bind_to_address "{folder}/mpd"\nmusic_directory "{folder}"\ndb_file "{folder}/mpd.db"\n'
        f'log_file "{folder}/mpd.log"\naudio_output {{\n type "null"\n name "n"\n}}\n'
    )
    peer = subprocess.Popen([program, "--no-daemon", str(config)], stderr=subprocess.DEVNULL)
    try:
        client = connect(str(folder / "mpd"))
        client.recv(100)
        return statistics.median(rate(talk(client, b"ping\n", b"OK\n"), count) for _ in range(ROUNDS))
    except OSError:
        return None
    finally:
        peer.terminate()
        peer.wait()


# D-Bus ----------------------------------------------------------------------------------------------------


def dbus(folder: Path, count: int) -> Iterator[tuple[str, float, float, str]]:
    with private_bus(folder) as address:
        ready = folder / "bare-ready"
        with (
            Daemon(folder / "bus-home", "--dbus", address),
            process(bare_bus, address, "bench.Bare", str(ready)),
        ):
            while not ready.exists():
                os.sched_yield()

            async def run() -> list[tuple[str, float, float, str]]:
                bus = await MessageBus(bus_address=address).connect()

                async def ask(name: str, text: str) -> None:
                    await bus.call(
                        Message(name, "/com/Skype", "com.Skype.API", "Invoke", signature="s", body=[text])
                    )

                async def measure(name: str, text: str) -> float:
                    begun = time.perf_counter()
                    for _ in range(count):
                        await ask(name, text)
                    return count / (time.perf_counter() - begun)

                await ask("com.Skype.API", "NAME bench")
                rows = []
                for title, text in (("D-Bus PING", "PING"), ("D-Bus GET", "GET USER echo123 FULLNAME")):
                    a, b = [], []
                    for turn in range(ROUNDS + 1):
                        ours = await measure("com.Skype.API", text)
                        bare = await measure("bench.Bare", text)
                        if turn:
                            a.append(ours)
                            b.append(bare)
                    rows.append((title, statistics.median(a), statistics.median(b), "bare dbus-fast echo"))
                bus.disconnect()
                return rows

            yield from asyncio.run(run())


# Fan-out --------------------------------------------------------------------------------------------------


def fan_out(count: int) -> Iterator[tuple[str, float, float, str]]:
    for programs in (1, 10, 100):
        world = World()
        attached = [world.attach() for _ in range(programs)]
        lists: list[list[str]] = [[] for _ in range(programs)]
        turn = iter(range(10**9))

        def ours(first=attached[0], everyone=attached, turn=turn, many=programs) -> float:
            begun = time.perf_counter()
            for _ in range(count // many):
                first.link.send(f"SET PROFILE ABOUT {next(turn)}")
            taken = time.perf_counter() - begun
            for program in everyone:
                program.link.lines.clear()
            return (count // many) * many / taken

        def floor(lists=lists, many=programs) -> float:
            begun = time.perf_counter()
            for number in range(count // many):
                line = f"PROFILE ABOUT {number}"
                for heard in lists:
                    heard.append(line)
            taken = time.perf_counter() - begun
            for heard in lists:
                heard.clear()
            return (count // many) * many / taken

        a, b = paired(ours, floor)
        yield f"memory notify to {programs}", a, b, "formatting one line, appending it to lists"


def main(quick: bool) -> None:
    scale = 10 if quick else 1
    rows: list[tuple[str, float, float, str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in (
            memory(100_000 // scale),
            unix(folder, 20_000 // scale),
            dbus(folder, 5_000 // scale),
            fan_out(20_000 // scale),
        ):
            for row in part:
                rows.append(row)
                print(
                    f"{row[0]:30} {row[1]:12,.0f}/s  floor {row[2]:12,.0f}/s  ratio {row[1] / row[2]:.2f}",
                    flush=True,
                )
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    data = [
        {"name": n, "ours": round(o), "floor": round(f), "ratio": round(o / f, 3), "unit": "1/s"}
        for n, o, f, _ in rows
    ]
    (build / "bench.json").write_text(json.dumps(data, indent=1) + "\n")
    table = [
        "# Bench",
        "",
        "Ratio: fraction of the floor's speed in the same run, 1 = as fast. Made by `make bench`.",
        "",
    ]
    table += ["| what | ratio | floor |", "| --- | --- | --- |"]
    table += [f"| {n} | {o / f:.2f} | {what} |" for n, o, f, what in rows]
    (ROOT / "docs/reference/bench.md").write_text("\n".join(table) + "\n")


if __name__ == "__main__":
    main("--quick" in sys.argv)
