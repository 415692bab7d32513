"""What to say of a file that cannot be used, and what to do about it. Never what stands in it."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Final

from ringback.ports.store import DamagedError, StoreError

_ROOM: Final = "make room on its disk"
_LEAVE: Final = "see that its disk is not mounted read-only and that you may write to it and to its folder"
#: Beginnings of SQLite's error names, the first that fits counts. Others call for a backup.
_BY_NAME: Final = (
    ("SQLITE_FULL", _ROOM),
    ("SQLITE_READONLY", _LEAVE),
    ("SQLITE_PERM", _LEAVE),
    ("SQLITE_CANTOPEN", _LEAVE),
    ("SQLITE_AUTH", _LEAVE),
    ("SQLITE_BUSY", "end the other program that uses it"),
    ("SQLITE_LOCKED", "end the other program that uses it"),
    ("SQLITE_IOERR", "see that its disk has room and is well"),
)
_BY_NUMBER: Final = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EACCES: _LEAVE,
    errno.EPERM: _LEAVE,
    errno.EROFS: _LEAVE,
    errno.EIO: "see that its disk has room and is well",
}


class FileError(StoreError):
    """A file cannot be used: what is wrong with it, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}. Nothing was changed; {remedy}.")
        self.what = what
        self.remedy = remedy


class DamagedFileError(FileError, DamagedError):
    """A file is not what was written."""


def backup_of(path: Path) -> str:
    """The remedy for a damaged file; names the newest copy that a migration left, if there is one.

    A log that belongs to the damaged file would be played into whatever takes its place.
    """
    copies = sorted(path.parent.glob(f"{path.stem}.schema*.bak"), key=lambda copy: copy.stat().st_mtime)
    newest = f"; or move it and {path.name}-wal away and give its name to {copies[-1]}" if copies else ""
    return f"put a backup in its place ('ringback restore --replace FILE'{newest})"


def said(error: sqlite3.Error | OSError) -> str:
    """The error without the text that it stumbled over."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    words = str(error)
    return "a text in it is not UTF-8" if words.startswith("Could not decode") else words


def unusable(path: Path, error: sqlite3.Error | OSError, doing: str = "cannot be used") -> FileError:
    """The error of a file as a message for a person, with what to do."""
    return FileError(f"{path} {doing}: {said(error)}", _remedy(path, error))


def advice_on(error: OSError) -> str:
    """What to do about an error of the disk, as the beginning of a sentence; "" for others."""
    known = _BY_NUMBER.get(error.errno or 0)
    return "" if known is None else f"{known[0].upper()}{known[1:]}, "


def _remedy(path: Path, error: sqlite3.Error | OSError) -> str:
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0, _LEAVE)
    # Errors of the module itself have no name.
    name: str = getattr(error, "sqlite_errorname", "")
    return next((remedy for start, remedy in _BY_NAME if name.startswith(start)), backup_of(path))


def damaged(path: Path, what: str) -> DamagedFileError:
    """The file is not what was written."""
    return DamagedFileError(f"{path} is damaged: {what}", backup_of(path))


def damaged_row(path: Path, table: str, key: str | int) -> DamagedFileError:
    """One row is not what was written. What stands in it is somebody's own business."""
    place = repr(key) if isinstance(key, str) else str(key)
    return damaged(path, f"row {place} of table {table} cannot be understood")
