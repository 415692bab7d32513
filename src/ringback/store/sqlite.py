"""One account's rows in SQLite (implements ``ringback.ports.store.Store``).

WAL with synchronous NORMAL: what was committed survives a killed process at any moment; FULL also survives
a power cut (setting ``durable``).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from ringback.domain.changes import Kind
from ringback.domain.records import Record, Row, Save
from ringback.ports.store import StoreError
from ringback.store.tables import MIGRATIONS, SCHEMA, TABLES

_APPLICATION_ID: Final = 0x52494E47


class SqliteStore:
    """Opens, migrates (after a backup copy) and keeps one database file."""

    def __init__(self, path: Path, durable: str = "process") -> None:
        self._path = path
        new = not path.exists()
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            if new:
                path.chmod(0o600)
            self._check()
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(f"PRAGMA synchronous={'FULL' if durable == 'power' else 'NORMAL'}")
            self._migrate()
        except sqlite3.Error as error:
            raise StoreError(
                f"{path} cannot be used: {error}. Nothing was changed; restore a backup."
            ) from None

    def _check(self) -> None:
        """Refuse what is damaged or from a newer program before anything is written."""
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA:
            raise StoreError(
                f"{self._path} was written by a newer Ringback (schema {version}, this one knows {SCHEMA}). "
                "Nothing was changed; use the newer program."
            )
        verdict = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise StoreError(f"{self._path} is damaged: {verdict}. Nothing was changed; restore a backup.")

    def _migrate(self) -> None:
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version == SCHEMA:
            return
        if version:
            with sqlite3.connect(self._path.with_suffix(f".schema{version}.bak")) as backup:
                self._db.backup(backup)
        self._db.execute("BEGIN IMMEDIATE")
        for migration in MIGRATIONS[version:]:
            for statement in migration:
                self._db.execute(statement)
        self._db.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        self._db.execute(f"PRAGMA user_version={SCHEMA}")
        self._db.execute("COMMIT")

    def load(self, kind: Kind) -> Iterable[tuple[int | str, Row]]:
        """All rows of a kind in key order."""
        try:
            rows = self._db.execute(f'SELECT key, row FROM "{TABLES[kind]}" ORDER BY key').fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be read: {error}") from None
        return [(key, json.loads(row)) for key, row in rows]

    def commit(self, records: Sequence[Record]) -> None:
        """Keep all or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for record in records:
                    table = TABLES[record.ref.kind]
                    if isinstance(record, Save):
                        self._db.execute(
                            f'INSERT OR REPLACE INTO "{table}" VALUES (?, ?)',
                            (record.ref.key, json.dumps(record.row, ensure_ascii=False)),
                        )
                    else:
                        self._db.execute(f'DELETE FROM "{table}" WHERE key = ?', (record.ref.key,))
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be written: {error}") from None

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in."""
        self._db.close()
