"""Network namespaces of a test's own, tied together by cables that can be pulled. Needs root.

An island lives as long as a process that only sleeps, and that dies with the tests; with it go its
interfaces. Programs are started in it by putting ``inside`` before their command; files are everybody's, so
sockets in the file system are reached from outside.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from servers.process import PATIENCE, Server


class Island:
    """One namespace, with a loopback of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._keeper = subprocess.Popen(
            [
                "setpriv",
                "--pdeathsig",
                "KILL",
                "--",
                "unshare",
                "--net",
                "--mount",
                "--",
                "sleep",
                "infinity",
            ],
            stdin=subprocess.DEVNULL,
        )
        self.pid = self._keeper.pid
        self.address = "127.0.0.1"
        own = {kind: Path(f"/proc/self/ns/{kind}").readlink() for kind in ("net", "mnt")}
        end = time.monotonic() + PATIENCE
        while any(Path(f"/proc/{self.pid}/ns/{kind}").readlink() == its for kind, its in own.items()):
            assert self._keeper.poll() is None, "no namespace of its own"
            assert time.monotonic() < end
            time.sleep(0.005)
        self.do("ip", "link", "set", "lo", "up")

    @property
    def inside(self) -> tuple[str, ...]:
        """What comes before a command that is to run here."""
        spaces = (f"--net=/proc/{self.pid}/ns/net", f"--mount=/proc/{self.pid}/ns/mnt")
        return ("nsenter", *spaces, f"--wd={self.folder}", "--")

    def do(self, *command: str) -> str:
        done = subprocess.run([*self.inside, *command], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def own_file(self, path: str, content: str) -> None:
        """Put a file of the island's own in the place of the system's."""
        own = self.folder / Path(path).name
        own.write_text(content)
        self.do("mount", "--bind", str(own), path)

    def close(self) -> None:
        self._keeper.kill()
        self._keeper.wait(20)


class Lan:
    """Islands that hear each other, each at the end of a cable."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, itertools.count(1)
        self._hub = Island(folder / "hub")
        self._hub.do("ip", "link", "add", "hub", "type", "bridge")
        self._hub.do("ip", "link", "set", "hub", "up")
        self._plugs: dict[Island, str] = {}

    def island(self, name: str) -> Island:
        """One more."""
        island, number = Island(self._folder / name), next(self._numbers)
        plug = f"plug{number}"
        peer = ("peer", "name", "cable", "netns", str(island.pid))
        self._hub.do("ip", "link", "add", plug, "type", "veth", *peer)
        self._hub.do("ip", "link", "set", plug, "master", "hub", "up")
        island.address = f"10.77.0.{number}"
        island.do("ip", "address", "add", f"{island.address}/24", "dev", "cable")
        island.do("ip", "link", "set", "cable", "up")
        self._plugs[island] = plug
        return island

    def pull(self, island: Island) -> None:
        """Pull its cable: what is sent vanishes, and nobody is told."""
        self._hub.do("ip", "link", "set", self._plugs[island], "down")

    def isolate(self, island: Island) -> None:
        """Let it reach those that are not isolated, and no other one."""
        self._hub.do("bridge", "link", "set", "dev", self._plugs[island], "isolated", "on")

    def plug(self, island: Island) -> None:
        self._hub.do("ip", "link", "set", self._plugs[island], "up")

    def close(self) -> None:
        for island in (*self._plugs, self._hub):
            island.close()


@contextlib.contextmanager
def lan(folder: Path) -> Iterator[Lan]:
    made = Lan(folder)
    try:
        yield made
    finally:
        made.close()


class NameServer(Server):
    """Answers for an island what ``tell`` said last; everything else is not there."""

    def __init__(self, island: Island) -> None:
        super().__init__(island.folder, "name-server", 53)
        self.live_on(island)
        self.address, self.ports = "127.0.0.1", [53]
        self.asked = island.folder / "asked"
        self.asked.touch()
        island.own_file("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        self._zone = island.folder / "zone.json"
        self.tell()

    def tell(self, *records: Sequence[str]) -> None:
        """``(name, type, data)`` each, as in a zone file."""
        unfinished = self._zone.with_suffix(".part")
        unfinished.write_text(json.dumps(records))
        os.replace(unfinished, self._zone)  # noqa: PTH105 - the one that is known to be atomic

    def command(self) -> list[str]:
        script = str(Path(__file__).parent / "name_server.py")
        return [sys.executable, script, str(self._zone), str(self.asked)]
