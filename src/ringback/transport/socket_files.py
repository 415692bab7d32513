"""Unix sockets as files: paths of any length, private to the user, cleared away after a killed process."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import socket
import stat
import tempfile
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
    if not is_long(path):
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
            if path.exists() and not _somebody_listens(path):
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


def _somebody_listens(path: Path) -> bool:
    """False only if it is certain that nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            with address(path) as name:
                probe.connect(name)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return False
        except OSError:  # it is too busy, or not for us to see
            return True
    return True


class Shortcut:
    """A short name for a socket whose path is too long for a socket address: a link, which programs follow.

    It lies in ``$XDG_RUNTIME_DIR/ringback`` or, without that, in ``/tmp/ringback-<user id>``, and its name is
    made from the long path, so that it is the same every time.
    """

    def __init__(self, path: Path, folder: Path | None = None) -> None:
        self._target = path
        self._folder = runtime_folder() if folder is None else folder
        checksum = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        self.path = self._folder / f"{checksum}.sock"

    def make(self) -> None:
        """Have the link. Raises OSError, also if somebody else owns the folder."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self._folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
            raise PermissionError(errno.EPERM, "it is not ours alone", str(self._folder))
        self._sweep()
        new = self.path.with_suffix(f".{os.getpid()}")
        new.unlink(missing_ok=True)
        new.symlink_to(self._target)
        new.replace(self.path)

    def _sweep(self) -> None:
        """Take away the links of engines that were killed; those of living ones lead to somebody."""
        for link in self._folder.iterdir():
            if link.is_symlink() and not _somebody_listens(link.readlink()):
                link.unlink(missing_ok=True)

    def remove(self) -> None:
        """Take it away, if it is still ours."""
        with contextlib.suppress(OSError):
            if self.path.readlink() == self._target:
                self.path.unlink()


def runtime_folder() -> Path:
    """Where short-lived files of this user belong."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and Path(given).is_dir():
        return Path(given) / "ringback"
    return Path(tempfile.gettempdir()) / f"ringback-{os.getuid()}"


def is_long(path: Path) -> bool:
    """True for a path that no program can connect to by its name."""
    return len(os.fsencode(path)) > LONGEST_PATH
