"""The embedded network's file, ``<home>/embedded.sqlite``: opened, checked, written in transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ringback.database.faults import FileError, damaged_row
from ringback.database.migrations import Migration
from ringback.database.opening import Database, Format

FORMAT: Final = Format(
    0x52494E45,
    (
        Migration(
            1,
            "letters, accounts, what they show, and how they stand to each other",
            (
                "CREATE TABLE letter ("
                " number INTEGER PRIMARY KEY AUTOINCREMENT,"
                " receiver TEXT NOT NULL, uid TEXT NOT NULL, sender TEXT NOT NULL, content TEXT NOT NULL,"
                " UNIQUE (receiver, uid))",
                # A receiver's letters in their order, from where the last portion ended.
                "CREATE INDEX letter_waiting ON letter (receiver, number)",
                "CREATE TABLE account (handle TEXT PRIMARY KEY) WITHOUT ROWID",
                # name: the full name, folded for searching; seen: UTC seconds, last there to be seen.
                "CREATE TABLE profile ("
                " handle TEXT PRIMARY KEY, name TEXT NOT NULL, fields TEXT NOT NULL, seen INTEGER NOT NULL"
                ") WITHOUT ROWID",
                "CREATE TABLE picture (handle TEXT PRIMARY KEY, data BLOB NOT NULL)",
                # How owner stands to other. blocked: 0, or when owner was last there for other, UTC seconds;
                # serial: of the last word of owner about it.
                "CREATE TABLE relation ("
                " owner TEXT NOT NULL, other TEXT NOT NULL, authorized INTEGER NOT NULL,"
                " blocked INTEGER NOT NULL, serial INTEGER NOT NULL, PRIMARY KEY (owner, other)"
                ") WITHOUT ROWID",
                "CREATE INDEX relation_other ON relation (other)",
            ),
        ),
    ),
)


#: What belongs to an account, and the column that says to which.
_OWNED: Final = (("account", "handle"), ("profile", "handle"), ("picture", "handle"), ("relation", "owner"))


class EmbeddedFile:
    """A connection to the file, or to memory for tests. Everything raises StoreError.

    ``durable`` as in ``Database``: what is said to be sent must survive what answers survive.
    """

    def __init__(self, path: Path | None = None, durable: str = "process") -> None:
        self._file = Database(path, FORMAT, durable)
        self._db = self._file.db

    def run(self, statement: str, values: tuple[str | int | bytes, ...] = ()) -> sqlite3.Cursor:
        """Carry out one statement."""
        try:
            return self._db.execute(statement, values)
        except sqlite3.Error as error:
            raise self._file.failed(error, "failed") from None

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

    def forget(self, handle: str) -> None:
        """Take away what an account has left here that was made by mistake and that nobody has met."""
        with self.together():
            for table, owner in _OWNED:
                self.run(f"DELETE FROM {table} WHERE {owner} = ?", (handle,))

    def knows(self, handle: str) -> bool:
        """True if such an account was here before."""
        return self.run("SELECT 1 FROM account WHERE handle = ?", (handle,)).fetchone() is not None

    def damaged(self, table: str, key: str | int) -> FileError:
        """What to say of a row that cannot be understood."""
        return damaged_row(self._file.path, table, key)

    def check(self) -> None:
        """See whether the file is whole, if that has not been done."""
        self._file.check()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
