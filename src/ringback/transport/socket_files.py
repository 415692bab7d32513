"""Unix sockets as files: paths of any length, private to the user, cleared away after a killed process."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

#: Longest path, in bytes, that fits into a socket address.
LONGEST_PATH: Final = 107


@contextlib.contextmanager
def address(path: Path) -> Iterator[str]:
    """The path as a socket address can hold it: a long one goes by its folder's descriptor.

    Raises OSError if there is no such folder.
    """
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listener(path: Path) -> socket.socket:
    """A socket bound to the path, mode 0600, not listening yet. Raises OSError if somebody listens there."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address(path) as name:
            if path.exists() and not _somebody_listens(name):
                # Left behind by a killed process. A living one keeps its socket, and bind refuses.
                path.unlink()
            before = os.umask(0o177)
            try:
                made.bind(name)
            finally:
                os.umask(before)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


def _somebody_listens(name: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(name)
        except OSError:
            return False
        return True
