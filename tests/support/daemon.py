"""Real processes: a bus and a daemon, each ended by its own process id."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from ringback.transport.socket_files import address

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy>
<limit name="max_replies_per_connection">50000</limit>
</busconfig>"""


@contextlib.contextmanager
def private_bus(folder: Path):
    """A dbus-daemon of our own; gives its address."""
    config = folder / "bus.conf"
    config.write_text(CONFIG.format(path=folder / "bus"))
    process = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield f"unix:path={folder / 'bus'}"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


#: The command of the source that is tested.
RINGBACK = (sys.executable, "-m", "ringback.app.command_line")


def surroundings(**more: str) -> dict[str, str]:
    """What a command finds in its environment."""
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")} | more


def ringback(
    *arguments: object,
    inside: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    **more: Any,
) -> subprocess.CompletedProcess[str]:
    """A command of ``ringback`` as a user types it. ``inside``: as in ``Daemon``; ``more``: of ``run``."""
    return subprocess.run(
        [*inside, *RINGBACK, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment or surroundings(),
        **more,
    )


def ringback_on(home: Path, *arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    """The same on a home."""
    return ringback(*arguments, "--home", home, **more)


def said_on(home: Path, *arguments: object) -> str:
    """What it says there; it succeeds."""
    done = ringback_on(home, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def outcome_on(home: Path, *arguments: object, **more: Any) -> tuple[int, str, str]:
    """Its exit code, what it said and what it complained of."""
    done = ringback_on(home, *arguments, **more)
    return done.returncode, done.stdout, done.stderr


def begin(
    *arguments: object, environment: Mapping[str, str] | None = None, **more: Any
) -> subprocess.Popen[str]:
    """A command that goes on, and is typed into."""
    return subprocess.Popen(
        [*RINGBACK, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment or surroundings(),
        **more,
    )


#: May a call be talked in at speed 1? Only in tests with the marker ``real_time``; set for each test.
REAL_TIME = [False]


def answered(home: Path) -> set[tuple[str, int]]:
    """Calls of all accounts that somebody has answered."""
    found = set()
    for path in home.glob("*/account.sqlite"):
        # Databases that a test has harmed tell nothing.
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as db:
            rows = db.execute("SELECT key, json_extract(row, '$.state') FROM call").fetchall()
            talked = ("inprogress", "localhold", "remotehold", "finished")
            found |= {(path.parent.name, key) for key, state in rows if state in talked}
    return found


class Daemon:
    """``ringback run`` as users start it; ready, unless ``wait`` is false.

    A call lasts: in a test it runs on a fast clock (``--speed``), but for the one that has the marker.
    ``inside``: comes before the command, to run it in a namespace (``servers.island``).
    """

    COMMAND = (*RINGBACK, "run")

    def __init__(self, home: Path, *arguments: str, wait: bool = True, inside: tuple[str, ...] = ()) -> None:
        self.home = home
        self._real = "--speed" not in arguments and not REAL_TIME[0]
        self._before = answered(home) if self._real else set()
        self.process = subprocess.Popen(
            [*inside, *self.COMMAND, "--home", str(home), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=surroundings(),
        )
        self.said: list[str] = []
        self.ready = False
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        while (line := self.process.stdout.readline().strip()) and line != "ready":
            self.said.append(line)
        self.ready = line == "ready"

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=20)
        if self._real:
            late = answered(self.home) - self._before
            assert not late, f"these calls ran at speed 1, use --speed: {late}"
        return self.process.returncode, errors

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGKILL)


class SocketProgram:
    """A program over the Unix socket, in plain blocking Python."""

    def __init__(self, home: Path, account: str = "me", protocol: int = 8) -> None:
        self._buffer = b""
        self.news: list[str] = []
        self.connect(home, account)
        assert self.ask("NAME test") == "OK"
        assert self.ask(f"PROTOCOL {protocol}") == f"PROTOCOL {protocol}"

    def connect(self, home: Path, account: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        with address(home / account / "api.sock") as name:
            self.socket.connect(name)

    def send(self, text: str) -> None:
        self.socket.sendall(text.encode() + b"\0")

    def read(self) -> str:
        while b"\0" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return message.decode()

    def ask(self, command: str) -> str:
        self.send(f"#q {command}")
        while not (line := self.read()).startswith("#q "):
            self.news.append(line)
        return line[3:]

    def until(self, wanted: str) -> str:
        """The next notification that begins so, those before it are kept."""
        while True:
            line = self.read()
            self.news.append(line)
            if line.startswith(wanted):
                return line

    def close(self) -> None:
        self.socket.close()


def token(home: Path, account: str = "me") -> str:
    """The account's token."""
    return (home / account / "token").read_text().strip()


class TcpProgram(SocketProgram):
    """The same over TCP, where the engine has said that it listens (``where``: HOST:PORT)."""

    def __init__(self, home: Path, where: str, account: str = "me", protocol: int = 8) -> None:
        self._where = where
        super().__init__(home, account, protocol)

    def connect(self, home: Path, account: str) -> None:
        host, _, port = self._where.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.send(f"TOKEN {token(home, account)}")
        assert self.read() == "OK"


class WebProgram(TcpProgram):
    """The same over WebSocket, as a page of this machine."""

    def connect(self, home: Path, account: str) -> None:
        page = connect(
            f"ws://{self._where}/",
            origin=Origin("http://localhost:8000"),
            subprotocols=[Subprotocol("ringback"), Subprotocol(f"ringback.token.{token(home, account)}")],
            max_size=None,
            proxy=None,
        )
        self._opened = contextlib.ExitStack()
        self.page = self._opened.enter_context(page)

    def send(self, text: str) -> None:
        self.page.send(text)

    def read(self) -> str:
        try:
            return str(self.page.recv(timeout=20))
        except ConnectionClosed as error:
            raise ConnectionError from error

    def close(self) -> None:
        self._opened.close()
