"""The data directory: one folder an account, private to the user, used by one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
from pathlib import Path
from typing import Final

import platformdirs

from ringback.domain.handles import canonical

_SAFE: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-+")
#: What is in a home beside the accounts.
_RESERVED: Final = frozenset(
    {"lock", "control.sock", "access.toml", "ringback.toml", "trace-history", "restoring"}
)
#: What the user may have put there for us, or have told us to.
_BESIDE: Final = frozenset({"rates.json", "ringback.log"})
_DATABASES: Final = "embedded.sqlite"
#: How folders begin in which a former home is kept; no account's folder does.
KEPT: Final = "kept~"
#: Characters of the longest folder name, and how many of a longer one stay.
_LONGEST: Final = 200
_STAYING: Final = 100
#: Holds the handle of an account whose folder does not tell it.
_HANDLE: Final = "handle"


def _handle(folder: Path) -> str:
    """Whose folder it is."""
    if "%%" in folder.name:
        return (folder / _HANDLE).read_text(encoding="utf-8")
    return re.sub("%([0-9a-f]+)%", lambda escaped: chr(int(escaped[1], 16)), folder.name)


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

    def make(self) -> None:
        """Have it there, closed to everybody else. Raises CannotStartError with what to do.

        A folder that was there and holds other things, too, is left as it is.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.path.stat().st_mode & 0o022:
            raise CannotStartError(
                f"others may write to {self.path} and could exchange what is kept there. Give a '--home' of "
                f"its own (for example {self.path / 'ringback'}), or 'chmod 700 {self.path}'."
            )
        if self.open_to_others and self._is_ours():
            with contextlib.suppress(PermissionError):  # somebody else's
                self.path.chmod(0o700)

    def _is_ours(self) -> bool:
        """True if nothing is in it but what we put there."""
        return all(
            entry.name in _RESERVED | _BESIDE
            or entry.name.startswith((_DATABASES, KEPT))
            or any((entry / name).exists() for name in ("account.sqlite", "network.toml"))
            for entry in self.path.iterdir()
        )

    def lock(self, *, restoring: bool = False) -> None:
        """Use it alone. Raises HomeBusyError with what to do, CannotStartError if it is half restored."""
        self.make()
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._check(lock, restoring)
            os.ftruncate(lock, 0)
            os.write(lock, f"{os.getpid()}\n".encode())
        except BaseException:
            os.close(lock)
            raise
        self._lock = lock

    def _check(self, lock: int, restoring: bool) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeBusyError(
                f"another ringback runs on {self.path}{self._whose()}. Attach to it with 'ringback trace', "
                "add an account to it with 'ringback accounts add NAME'; for a separate one give another "
                "'--home'."
            ) from None
        if self.restoring.exists() and not restoring:
            raise CannotStartError(
                f"{self.path} is half restored: do 'ringback restore --replace FILE' again. What was there "
                f"before is in {KEPT}* of it."
            )

    def unlock(self) -> None:
        """Leave it to others, if it was locked."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @property
    def open_to_others(self) -> bool:
        """True if others can see what accounts there are."""
        return bool(self.path.stat().st_mode & 0o055)

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
        """Where the account's things are: its handle, with what no folder should be called escaped.

        Names that are too long are cut, and told apart by a checksum.
        """
        handle = canonical(handle)
        name = "".join(c if c in _SAFE else f"%{ord(c):x}%" for c in handle)
        if not name.strip(".") or name in _RESERVED or name.startswith(_DATABASES):
            name = f"%{ord(name[0]):x}%{name[1:]}" if name else "%%"
        if len(name) > _LONGEST:
            name = f"{name[:_STAYING]}%%{hashlib.sha256(handle.encode()).hexdigest()[:32]}"
        return self.path / name

    def holds(self, handle: str) -> bool:
        """True if the account was ever run here."""
        return (self.folder(handle) / "account.sqlite").exists()

    def account(self, handle: str) -> Path:
        """The folder of one account, made if needed and closed to everybody else."""
        folder = self.folder(handle)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        if "%%" in folder.name:
            (folder / _HANDLE).write_text(canonical(handle), encoding="utf-8")
        return folder

    def take_back(self, handle: str) -> None:
        """Take away the folder of an account that was just made; nothing that was put there otherwise."""
        folder = self.folder(handle)
        for name in ("account.sqlite", "account.sqlite-wal", "account.sqlite-shm", "token", _HANDLE):
            (folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()

    def accounts(self) -> tuple[str, ...]:
        """The names of all accounts that were ever run or logged in here, in order."""
        found = [*self.path.glob("*/account.sqlite"), *self.path.glob("*/network.toml")]
        return tuple(
            sorted({_handle(file.parent) for file in found if not file.parent.name.startswith(KEPT)})
        )

    @property
    def control(self) -> Path:
        """Where the running engine listens to the commands that look after it."""
        return self.path / "control.sock"

    @property
    def restoring(self) -> Path:
        """Is there as long as the home is neither the old nor the new one."""
        return self.path / "restoring"

    @property
    def configuration(self) -> Path:
        """What an engine on this home is told."""
        return self.path / "ringback.toml"

    @property
    def access(self) -> Path:
        """What was decided about programs."""
        return self.path / "access.toml"

    def token(self, handle: str) -> Path:
        """Where the account's access token is."""
        return self.folder(handle) / "token"

    def socket(self, handle: str) -> Path:
        """Where the account's Unix socket is."""
        return self.account(handle) / "api.sock"
