"""Over the Unix socket, one program at a time."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.floors import bare_socket, bare_store
from bench.measure import paired, rate
from bench.processes import connect, daemon, mopidy, mpd, process
from bench.report import Row

ECHO = "bare asyncio Protocol echo"
IN_FLIGHT = 32


def talk(client: socket.socket, message: bytes, end: bytes = b"\0") -> Callable[[], None]:
    """Says a message and waits for the answer."""

    def act() -> None:
        client.sendall(message)
        data = client.recv(4096)
        while not data.endswith(end):
            data += client.recv(4096)

    return act


def stored(client: socket.socket, at_once: int, heard: int, count: int) -> float:
    """Sets new values, ``at_once`` in one piece; ``heard`` messages come back for each."""
    turn = time.monotonic_ns()
    begun = time.perf_counter()
    for _ in range(count // at_once):
        client.sendall(b"".join(b"SET USER echo123 DISPLAYNAME %d\0" % (turn + n) for n in range(at_once)))
        turn += at_once
        missing = at_once * heard
        while missing > 0:
            missing -= client.recv(65536).count(0)
        assert not missing, "more came than was expected"
    return count // at_once * at_once / (time.perf_counter() - begun)


def attach_time(path: str, count: int) -> float:
    """Milliseconds from connecting to the answer to PROTOCOL."""
    begun = time.perf_counter()
    for _ in range(count):
        client = connect(path)
        talk(client, b"NAME x\0")()
        talk(client, b"PROTOCOL 8\0")()
        client.close()
    return (time.perf_counter() - begun) * 1000 / count


def commands(folder: Path, count: int, missing: list[str]) -> Iterator[Row]:
    """PING, GET, SET, attaching; and two other daemons' ping."""
    bare_path, store_path = str(folder / "bare"), str(folder / "store")
    path = str(folder / "home/me/api.sock")
    with (
        daemon(folder / "home", "--no-dbus"),
        process(bare_socket, bare_path),
        process(bare_store, store_path, str(folder / "bare.sqlite")),
    ):
        ours, bare, store = connect(path), connect(bare_path), connect(store_path)
        talk(ours, b"NAME bench\0")()
        for name, text in (("unix PING", b"PING\0"), ("unix GET", b"GET USER echo123 FULLNAME\0")):
            a, b = paired(
                lambda t=text: rate(talk(ours, t), count), lambda t=text: rate(talk(bare, t), count)
            )
            yield Row(name, a, b, "1/s", ECHO)
        # Ours is heard twice: the answer and the notification.
        a, b = paired(lambda: stored(ours, 1, 2, count // 4), lambda: stored(bare, 1, 1, count // 4))
        yield Row("unix SET", a, b, "1/s", ECHO)
        for name, at_once in (
            ("unix SET, stored", 1),
            (f"unix SET, stored, {IN_FLIGHT} in flight", IN_FLIGHT),
        ):
            a, b = paired(
                lambda n=at_once: stored(ours, n, 2, count // 4),
                lambda n=at_once: stored(store, n, 1, count // 4),
            )
            yield Row(name, a, b, "1/s", f"{ECHO} after one SQLite commit a group")
        a, b = paired(lambda: 1 / attach_time(path, 100), lambda: 1 / attach_time(bare_path, 100))
        yield Row("unix attach time", 1 / a, 1 / b, "ms", f"the same two messages, {ECHO}")
        for peer, what in ((mpd, "MPD (Debian)"), (mopidy, "Mopidy with its MPD frontend (Debian)")):
            try:
                with peer(folder) as other:
                    a, b = paired(
                        lambda: rate(talk(ours, b"PING\0"), count // 2),
                        lambda c=other: rate(talk(c, b"ping\n", b"OK\n"), count // 2),
                    )
                    yield Row(
                        f"unix PING against {what.split()[0]}'s ping", a, b, "1/s", f"{what}, Unix socket"
                    )
            except OSError as error:
                missing.append(str(error))
