"""What the embedded network has taken and not delivered yet, in a file, so that nothing is lost or doubled.

A letter stays until its receiver has acknowledged it, that is, stored it. The sender's ``uid`` makes a letter
that is posted again one with the first, as long as it waits; afterwards the receiver knows the uid.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from ringback.ports.store import StoreError

#: The inside of a letter: plain data.
Content: TypeAlias = dict[str, str | int]

_SCHEMA: Final = 1
_MARK: Final = 0x52494E45


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing on its way. ``number`` orders a receiver's letters and is the receipt."""

    number: int
    sender: str
    uid: str
    content: Content


class Mailbox:
    """``<home>/embedded.sqlite``, or memory for tests. Raises StoreError."""

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
                CREATE TABLE IF NOT EXISTS letter (
                    number INTEGER PRIMARY KEY AUTOINCREMENT,
                    receiver TEXT NOT NULL, uid TEXT NOT NULL, sender TEXT NOT NULL, content TEXT NOT NULL,
                    UNIQUE (receiver, uid)
                );
                CREATE TABLE IF NOT EXISTS account (handle TEXT PRIMARY KEY) WITHOUT ROWID;
                PRAGMA application_id={_MARK};
                PRAGMA user_version={_SCHEMA};
                COMMIT;
                """
            )
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self._path} cannot be used: {error}") from None

    def _run(self, statement: str, values: tuple[str | int, ...]) -> sqlite3.Cursor:
        try:
            return self._db.execute(statement, values)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} failed: {error}") from None

    def register(self, handle: str) -> None:
        """An account of this home; others can write to it from now on, whether it is there or not."""
        self._run("INSERT OR IGNORE INTO account VALUES (?)", (handle,))

    def knows(self, handle: str) -> bool:
        """True for an account that was ever there."""
        return self._run("SELECT 1 FROM account WHERE handle = ?", (handle,)).fetchone() is not None

    def put(self, sender: str, receiver: str, uid: str, content: Content) -> None:
        """Take a letter; it is safe when this returns."""
        self._run(
            "INSERT OR IGNORE INTO letter (receiver, uid, sender, content) VALUES (?, ?, ?, ?)",
            (receiver, uid, sender, json.dumps(content, ensure_ascii=False)),
        )

    def waiting(self, receiver: str, after: int, limit: int) -> list[Letter]:
        """The receiver's letters with numbers above ``after``, oldest first."""
        found = self._run(
            "SELECT number, sender, uid, content FROM letter WHERE receiver = ? AND number > ?"
            " ORDER BY number LIMIT ?",
            (receiver, after, limit),
        ).fetchall()
        return [Letter(number, sender, uid, json.loads(content)) for number, sender, uid, content in found]

    def taken(self, receiver: str, number: int) -> None:
        """The receiver has stored it."""
        self._run("DELETE FROM letter WHERE number = ? AND receiver = ?", (number, receiver))

    def close(self) -> None:
        """Close the file."""
        self._db.close()
