"""Huge blocks go back to the system; what every read of a socket needs stays."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import resource, socket
from ringback.app.memory import give_back_free_blocks, give_back_large_blocks
give_back_large_blocks()
ours, theirs = socket.socketpair()
def read():
    theirs.send(b"x")
    return ours.recv(256 * 1024)  # as asyncio does
for _ in range(100): read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(1000): read()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
huge = [b"x" * (4 << 20) for _ in range(8)]
small = [bytes(100) for _ in range(1000)]
before = resident()
del huge
print(before - resident())

middling = [b"x" * 40_000 for _ in range(2000)]
del middling[::2]
before = resident()
give_back_free_blocks()
print(before - resident())
"""


@pytest.fixture(scope="module")
def seen():
    """Pages that a thousand reads made the system map; bytes that 32 MiB gave back, and 40 MB in pieces."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


def test_a_read_of_a_socket_maps_no_memory(seen):
    assert seen[0] < 100


def test_huge_blocks_are_given_back(seen):
    assert seen[1] > 30 << 20


def test_holes_are_given_back(seen):
    assert seen[2] > 30 << 20
