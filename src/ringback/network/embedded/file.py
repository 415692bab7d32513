"""The embedded network's file, ``<home>/embedded.sqlite``: opened, checked, written in transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ringback.ports.store import StoreError

_SCHEMA: Final = 1
_MARK: Final = 0x52494E45
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS letter (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver TEXT NOT NULL, uid TEXT NOT NULL, sender TEXT NOT NULL, content TEXT NOT NULL,
    UNIQUE (receiver, uid)
);
CREATE TABLE IF NOT EXISTS account (handle TEXT PRIMARY KEY) WITHOUT ROWID;
-- What an account shows. name: its full name, folded for searching; seen: UTC seconds, last there to be seen.
CREATE TABLE IF NOT EXISTS profile (
    handle TEXT PRIMARY KEY, name TEXT NOT NULL, fields TEXT NOT NULL, seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS picture (handle TEXT PRIMARY KEY, data BLOB NOT NULL);
-- How owner stands to other; serial: of the last word of owner about it.
CREATE TABLE IF NOT EXISTS relation (
    owner TEXT NOT NULL, other TEXT NOT NULL, authorized INTEGER NOT NULL, blocked INTEGER NOT NULL,
    serial INTEGER NOT NULL, PRIMARY KEY (owner, other)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS relation_other ON relation (other);
"""


class EmbeddedFile:
    """A connection to the file, or to memory for tests. Everything raises StoreError."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(":memory:")
        try:
            if path is not None and not path.exists():
                path.touch(0o600)
            self._db = sqlite3.connect(self._path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            mark, schema = (
                int(self._db.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("application_id", "user_version")
            )
            if schema > _SCHEMA or (schema and mark != _MARK):
                raise StoreError(
                    f"{self._path} is not of this version of Ringback. Nothing was changed; "
                    "use the newer program, or move it out of the way."
                )
            self._db.executescript(
                f"""
                BEGIN IMMEDIATE;
                {_TABLES}
                PRAGMA application_id={_MARK};
                PRAGMA user_version={_SCHEMA};
                COMMIT;
                """
            )
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self._path} cannot be used: {error}") from None

    def run(self, statement: str, values: tuple[str | int | bytes, ...] = ()) -> sqlite3.Cursor:
        """Carry out one statement."""
        try:
            return self._db.execute(statement, values)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} failed: {error}") from None

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside is kept as a whole, or not at all if anything raises."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            # SQLite has ended the transaction by itself after some errors.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()
