"""Real processes: a bus and a daemon, each ended by its own process id."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

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


class Daemon:
    """``ringback run`` as users start it; ready, unless ``wait`` is false."""

    def __init__(self, home: Path, *arguments: str, wait: bool = True) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ringback.app.command_line", "run", "--home", str(home), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
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
        return self.process.returncode, errors

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGKILL)


class SocketProgram:
    """A program over the Unix socket, in plain blocking Python."""

    def __init__(self, home: Path, account: str = "me", protocol: int = 8) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        with address(home / account / "api.sock") as name:
            self.socket.connect(name)
        self._buffer = b""
        self.news: list[str] = []
        assert self.ask("NAME test") == "OK"
        assert self.ask(f"PROTOCOL {protocol}") == f"PROTOCOL {protocol}"

    def read(self) -> str:
        while b"\0" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return message.decode()

    def ask(self, command: str) -> str:
        self.socket.sendall(f"#q {command}".encode() + b"\0")
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
