"""Servers that a run starts and ends, each by its own process id."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from support.daemon import Daemon

CORES = sorted(os.sched_getaffinity(0))


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """What is started inside runs on one core, all of ours and of the floors on the same, programs on others.

    Left to itself the system puts two programs that talk on one core or on two, by chance, and one is twice
    as fast as the other.
    """
    os.sched_setaffinity(0, CORES[-1:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES[:-1] or CORES)


def _spin(core: int) -> None:
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    while True:
        pass


@contextlib.contextmanager
def awake() -> Iterator[None]:
    """No core falls asleep meanwhile: on each something runs when nothing else does, and gives way at once.

    Two programs that talk in turns leave their cores idle half of the time. Some machines sleep deeper the
    longer that lasts, so that the same talk has two speeds, one more than twice the other.
    """
    spawn = multiprocessing.get_context("spawn")
    spinners = [spawn.Process(target=_spin, args=(core,), daemon=True) for core in CORES]
    for spinner in spinners:
        spinner.start()
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.terminate()
            spinner.join()


@contextlib.contextmanager
def process(target: Callable[..., None], *arguments: object) -> Iterator[int]:
    """A floor in a process of its own; gives its process id."""
    child = multiprocessing.get_context("spawn").Process(target=target, args=arguments, daemon=True)
    with serving():
        child.start()
    try:
        yield child.pid or 0
    finally:
        child.terminate()
        child.join()


def connect(path: str, alive: Callable[[], bool] = lambda: True) -> socket.socket:
    """Connects as soon as somebody listens. Raises OSError when nobody comes, or has ended."""
    deadline = time.monotonic() + 30
    while True:
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(path)
        except OSError:
            client.close()
            if time.monotonic() > deadline or not alive():
                raise
            os.sched_yield()
        else:
            return client


def resident(pid: int) -> float:
    """Resident memory in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def daemon(home: Path, *arguments: str) -> Daemon:
    """Ours, as users start it."""
    with serving():
        return Daemon(home, *arguments)


@contextlib.contextmanager
def _peer(command: list[str], path: Path, home: Path) -> Iterator[socket.socket]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    quiet = subprocess.DEVNULL
    with serving():
        child = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment)
    try:
        client = connect(str(path), lambda: child.poll() is None)
        client.settimeout(20)
        client.recv(100)
        yield client
        client.close()
    finally:
        child.terminate()
        child.wait()


@contextlib.contextmanager
def mpd(folder: Path) -> Iterator[socket.socket]:
    """MPD as Debian has it, without sound; gives a connection. FileNotFoundError: not installed."""
    program = shutil.which("mpd")
    if program is None:
        raise FileNotFoundError("MPD is not installed (apt-get install mpd)")
    config = folder / "mpd.conf"
    config.write_text(
        f'bind_to_address "{folder}/mpd"\nmusic_directory "{folder}"\ndb_file "{folder}/mpd.db"\n'
        f'log_file "{folder}/mpd.log"\naudio_output {{\n type "null"\n name "n"\n}}\n'
    )
    with _peer([program, "--no-daemon", str(config)], folder / "mpd", folder) as client:
        yield client


@contextlib.contextmanager
def mopidy(folder: Path) -> Iterator[socket.socket]:
    """Mopidy with its MPD frontend as Debian has them; the same. FileNotFoundError: not installed."""
    program = shutil.which("mopidy")
    if program is None or not Path("/usr/lib/python3/dist-packages/mopidy_mpd").exists():
        raise FileNotFoundError("Mopidy is not installed (apt-get install mopidy mopidy-mpd)")
    config = folder / "mopidy.conf"
    off = "".join(
        f"[{part}]\nenabled = false\n" for part in ("http", "file", "stream", "softwaremixer", "m3u")
    )
    config.write_text(
        f"[core]\ndata_dir = {folder}/mopidy-data\ncache_dir = {folder}/mopidy-cache\n"
        f"config_dir = {folder}/mopidy-config\n[audio]\noutput = fakesink\nmixer = none\n{off}"
        f"[mpd]\nenabled = true\nhostname = unix:{folder}/mopidy\nzeroconf =\n"
    )
    with _peer([program, "--config", str(config)], folder / "mopidy", folder) as client:
        yield client
