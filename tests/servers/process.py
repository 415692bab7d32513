"""A server's process: where it listens, when it is ready, how it ends."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from servers.island import Island

#: Longest wait for a server to listen, seconds; a machine under load takes its time.
PATIENCE = 60.0
_SERVERS = itertools.count()


def own_address() -> str:
    """An address of loopback that no other process takes: it is made of our process id (up to 22 bits)."""
    pid = os.getpid()
    return f"127.{64 + (pid >> 16)}.{pid >> 8 & 255}.{pid & 255}"


class Server:
    """A program that listens on TCP, and dies with us. Its ports stay the same when it is started again.

    inside: comes before its command, to start it in a namespace of its own (``servers.island``).
    """

    def __init__(self, folder: Path, name: str, *ports: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.name, self.address = folder, name, own_address()
        # Another server of this process has other ports.
        shift = 100 * next(_SERVERS)
        self.ports = [port + shift for port in ports]
        self.process: subprocess.Popen[bytes] | None = None
        self.inside: tuple[str, ...] = ()

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def start(self) -> None:
        """Start it and wait until it listens."""
        with (self.folder / "output").open("ab") as output:
            # The kernel ends the server when this process is gone, however that came to be.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.inside, *self.command()],
                cwd=self.folder,
                env=os.environ | self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        end = time.monotonic() + PATIENCE
        while not self.listens():
            assert self.process.poll() is None, f"{self.name} ended:\n{self.output()}"
            assert time.monotonic() < end, f"{self.name} does not listen:\n{self.output()}"
            time.sleep(0.01)

    def live_on(self, island: Island) -> Self:
        """Be there when it is started."""
        self.inside, self.address = island.inside, island.address
        return self

    def listens(self) -> bool:
        return all(self._listens(port) for port in self.ports)

    def _listens(self, port: int) -> bool:
        if not self.inside:
            with socket.socket() as probe:
                return probe.connect_ex((self.address, port)) == 0
        # We cannot connect to it from here; the list of sockets where it lives tells.
        assert self.process is not None
        number = int.from_bytes(socket.inet_aton(self.address), sys.byteorder)
        # A process that has ended has no list.
        with contextlib.suppress(OSError):
            sockets = Path(f"/proc/{self.process.pid}/net/tcp").read_text()
            return f"{number:08X}:{port:04X} 00000000:0000 0A" in sockets
        return False

    def output(self) -> str:
        """The last that it wrote."""
        return (self.folder / "output").read_text(errors="replace")[-4000:]

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, by its own process id; with SIGKILL it has no say."""
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)
        self.process = None

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
