"""The data directory: one folder an account, private to the user, used by one process at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

import platformdirs

from ringback.domain.handles import canonical

_SAFE: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-+")


class HomeBusyError(Exception):
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
                f"another ringback runs on {self.path}. Attach to it with 'ringback trace', or stop it and "
                "start it again with one more '--account NAME'; for a separate one give another '--home'."
            ) from None

    def account(self, handle: str) -> Path:
        """The folder of one account, made if needed. Names that no folder should have are escaped."""
        name = "".join(c if c in _SAFE else f"%{ord(c):x}%" for c in canonical(handle))
        folder = self.path / (name if name.strip(".") else f"%{name}%")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def socket(self, handle: str) -> Path:
        """Where the account's Unix socket is."""
        return self.account(handle) / "api.sock"
