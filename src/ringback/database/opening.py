"""Opens files: new, of today, of yesterday; and refuses those that are damaged, foreign or of tomorrow.

A new file is made beside its place and gets its name when it is complete: an empty one there is damaged.
What would take long is looked at later, while the file is already in use (decision 17).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ringback.database.faults import FileError, backup_of, damaged, unusable
from ringback.database.migrations import Migration, complete, migrate, number, version

_LOG: Final = logging.getLogger(__name__)
#: Files up to this size are read as a whole before they are used: some hundredths of a second.
AT_ONCE: Final = 32 << 20
#: Pages in the write-ahead log after which it is folded into the file (SQLite's own default).
FOLDED_AFTER: Final = 1000
_HEADER: Final = 100
#: Connections that stay until the process ends.
_LEFT_OPEN: Final[list[sqlite3.Connection]] = []


@dataclass(frozen=True, slots=True)
class Format:
    """What a file must be. ``mark``: SQLite's application_id, in which no two kinds of file are alike."""

    mark: int
    migrations: Sequence[Migration]

    def empty(self) -> sqlite3.Connection:
        """A new database in memory."""
        db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        migrate(db, Path(), self.migrations, self.mark)
        return db


def reading(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing, not even the log of a killed process."""
    # Percent signs and question marks mean something in an address, and folders of accounts have them.
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)


def log_of(path: Path) -> Path:
    """The write-ahead log beside a file."""
    return path.with_name(f"{path.name}-wal")


def _has_log(path: Path) -> bool:
    log = log_of(path)
    return log.exists() and log.stat().st_size > 0


def look(path: Path, form: Format) -> int:
    """See whether a file is one of ours that can be used; gives its schema. Reads little.

    Raises FileError, sqlite3.Error, OSError.
    """
    if not path.stat().st_size:
        raise FileError(
            f"{path} is empty, and no file of ours ever is", f"{backup_of(path)}, or remove it to begin anew"
        )
    _look_at_length(path)
    with closing(reading(path)) as db:
        schema = version(db)
        mark = number(db, "application_id")
        if mark != form.mark:
            raise FileError(f"{path} belongs to another program", "move it out of the way")
        if schema > len(form.migrations):
            raise FileError(
                f"{path} was written by a newer Ringback (schema {schema}, this one knows "
                f"{len(form.migrations)})",
                "use the newer program",
            )
        if schema == len(form.migrations):
            _look_for_tables(path, db, form)
    return schema


def _look_at_length(path: Path) -> None:
    """A file that was cut off; with a log beside it the header may be ahead of the rest."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
    if len(head) < _HEADER or _has_log(path) or head[24:28] != head[92:96]:
        return
    size = int.from_bytes(head[16:18], "big")
    if int.from_bytes(head[28:32], "big") * (65536 if size == 1 else size) > path.stat().st_size:
        raise damaged(path, "its end is missing")


def _look_for_tables(path: Path, db: sqlite3.Connection, form: Format) -> None:
    with closing(form.empty()) as example:
        missing = sorted(_names(example) - _names(db))
    if missing:
        raise damaged(path, f"{' '.join(missing[0])} is missing")


def _names(db: sqlite3.Connection) -> set[tuple[str, str]]:
    return {
        (kind, name)
        for kind, name in db.execute("SELECT type, name FROM sqlite_master")
        if not name.startswith("sqlite_")
    }


def read_through(path: Path, db: sqlite3.Connection, check: str = "quick_check") -> None:
    """Read every page; with "integrity_check" compare the indexes too. Raises FileError, sqlite3.Error."""
    verdict = str(db.execute(f"PRAGMA {check}(1)").fetchone()[0])
    if verdict != "ok":
        raise damaged(path, " ".join(verdict.split()))


def _make(path: Path, form: Format) -> None:
    """Make a new file, only for its owner's eyes."""
    if _has_log(path):
        raise FileError(
            f"{path} is missing, and its log is there",
            f"put the file back, or move {log_of(path).name} away to begin anew",
        )
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(0o600)
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as db:
        # Whoever is killed here leaves a file that nobody will read.
        db.execute("PRAGMA journal_mode=MEMORY")
        migrate(db, unfinished, form.migrations, form.mark)
    complete(unfinished, path)


class Database:
    """One file and the connection that writes to it; without a path it lives in memory, for tests.

    durable: "process" keeps what was committed when the process is killed, "power" also when the power fails.
    Raises FileError.
    """

    def __init__(self, path: Path | None, form: Format, durable: str = "process") -> None:
        self.path = path or Path(":memory:")
        #: False until every page of the file has been looked at.
        self.checked = path is None
        self._reading: sqlite3.Connection | None = None
        self._closed = False
        #: Between a check in another thread and the end.
        self._lock = threading.Lock()
        try:
            if path is None:
                self.db = form.empty()
                return
            self._open(path, form, durable)
        except (sqlite3.Error, OSError) as error:
            raise unusable(self.path, error) from None

    def _open(self, path: Path, form: Format, durable: str) -> None:
        if path.exists():
            old = look(path, form) < len(form.migrations)
            if old or path.stat().st_size <= AT_ONCE:
                with closing(reading(path)) as db:
                    read_through(path, db)
                self.checked = True
        else:
            _make(path, form)
            self.checked = True
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute(f"PRAGMA synchronous={'FULL' if durable == 'power' else 'NORMAL'}")
            if not self.checked:
                # What is written meanwhile stays beside the file: a damaged one is not made worse.
                self.db.execute("PRAGMA wal_autocheckpoint=0")
            copy = migrate(self.db, path, form.migrations, form.mark)
        except BaseException:
            self.db.close()
            raise
        if copy is not None:
            _LOG.warning("%s was brought to schema %d; the old one is %s", path, len(form.migrations), copy)

    def check(self) -> None:
        """Look at every page, if that has not been done. Takes long; may be called from another thread.

        Raises FileError if the file is damaged. Says nothing when ``close`` interrupts it.
        """
        if self.checked:
            return
        try:
            with closing(reading(self.path)) as db:
                with self._lock:
                    if self._closed:
                        return
                    self._reading = db
                try:
                    read_through(self.path, db)
                finally:
                    with self._lock:
                        self._reading = None
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                return
            raise unusable(self.path, error) from None
        with self._lock:
            if not self._closed:
                self.checked = True
                self.db.execute(f"PRAGMA wal_autocheckpoint={FOLDED_AFTER}")

    def failed(self, error: sqlite3.Error, doing: str) -> FileError:
        """What to say of an error of the connection."""
        return unusable(self.path, error, doing)

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in, unless the file may be damaged."""
        with self._lock:
            self._closed = True
            if self._reading is not None:
                self._reading.interrupt()
        if not self.checked:
            # Whoever closes a file last folds its log in, if they may write.
            with suppress(sqlite3.Error):
                last = reading(self.path)
                _LEFT_OPEN.append(last)
                version(last)
        self.db.close()
