"""Two machines and a cable between them: network namespaces of our own, in which nothing else listens."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

#: Addresses that are kept for measuring between machines (RFC 2544); nobody else has them in there.
ADDRESSES = ("198.18.0.1", "198.18.0.2")
CLONE_NEWNET = 0x40000000
#: Before a command: the kernel ends it when the test process is gone, however that came to be.
MORTAL = ["setpriv", "--pdeathsig", "KILL", "--"]


class Machine:
    """A machine with a network of its own, as long as its process lives."""

    def __init__(self, address: str) -> None:
        self.address = address
        up = "ip link set lo up && echo up && exec sleep infinity"
        self.process = subprocess.Popen(
            [*MORTAL, "unshare", "--net", "sh", "-c", up],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said == "up\n", f"a network of its own cannot be made (it needs root): {said}"

    def command(self, *words: str) -> list[str]:
        """That command, there; it is the same process."""
        return ["nsenter", "--target", str(self.process.pid), "--net", "--", *words]

    def run(self, *words: str) -> None:
        subprocess.run(self.command(*words), check=True)

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """This thread is there: what it starts lives there, its sockets are of that network."""
        home_file, there_file = Path("/proc/thread-self/ns/net"), Path(f"/proc/{self.process.pid}/ns/net")
        with home_file.open() as home, there_file.open() as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def _enter(network: int) -> None:
    # os.setns is there from Python 3.12 on.
    if ctypes.CDLL(None, use_errno=True).setns(network, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "cannot enter another network")


@contextlib.contextmanager
def two_machines() -> Iterator[tuple[Machine, Machine]]:
    """Two that reach each other, and nobody else."""
    assert os.geteuid() == 0, "networks of our own need root"
    with contextlib.ExitStack() as opened:
        one, other = machines = [Machine(address) for address in ADDRESSES]
        for machine in machines:
            opened.callback(machine.end)
        one.run(
            "ip", "link", "add", "cable", "type", "veth", "peer", "cable", "netns", str(other.process.pid)
        )
        for machine, neighbour in ((one, other), (other, one)):
            machine.run("ip", "addr", "add", f"{machine.address}/24", "dev", "cable")
            machine.run("ip", "link", "set", "cable", "up")
            # Programs of a desktop believe in a network only if there is a way to everywhere.
            machine.run("ip", "route", "add", "default", "via", neighbour.address)
        yield one, other
