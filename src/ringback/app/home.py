"""The data directory: one folder an account, private to the user, used by one process at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

import platformdirs

from ringback.domain.handles import canonical

_SAFE: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-+")


class CannotStartError(Exception):
    """The engine cannot start; the text says why and what to do."""


class HomeBusyError(CannotStartError):
    """Another process uses this home."""


def default_home() -> Path:
    """``$RINGBACK_HOME``, or the platform's place for application data."""
    return Path(os.environ.get("RINGBACK_HOME") or platformdirs.user_data_dir("ringback"))


class Home:
    """One data directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = -1

    def lock(self) -> None:
        """Use it alone. Raises HomeBusyError with what to do."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeBusyError(
                f"another ringback runs on {self.path}{self._whose()}. Attach to it with 'ringback trace', "
                "or stop it and start it again with one more '--account NAME'; for a separate one give "
                "another '--home'."
            ) from None
        os.ftruncate(self._lock, 0)
        os.write(self._lock, f"{os.getpid()}\n".encode())

    def _whose(self) -> str:
        owner = self.owner()
        return "" if owner is None else f" (process {owner})"

    def owner(self) -> int | None:
        """The process that used it last, and still does if it is locked; None if nobody knows."""
        try:
            return int((self.path / "lock").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def busy(self) -> bool:
        """True while a process uses it."""
        try:
            lock = os.open(self.path / "lock", os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def folder(self, handle: str) -> Path:
        """Where the account's things are. Names that no folder should have are escaped."""
        name = "".join(c if c in _SAFE else f"%{ord(c):x}%" for c in canonical(handle))
        return self.path / (name if name.strip(".") else f"%{name}%")

    def account(self, handle: str) -> Path:
        """The folder of one account, made if needed."""
        folder = self.folder(handle)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    @property
    def control(self) -> Path:
        """Where the running engine listens to the commands that look after it."""
        return self.path / "control.sock"

    @property
    def access(self) -> Path:
        """What was decided about programs."""
        return self.path / "access.toml"

    def socket(self, handle: str) -> Path:
        """Where the account's Unix socket is."""
        return self.account(handle) / "api.sock"
