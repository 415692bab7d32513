"""One account's rows in SQLite (implements ``ringback.ports.store.Store``).

WAL with synchronous NORMAL: what was committed survives a killed process at any moment; FULL also survives
a power cut (setting ``durable``).
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Forget, Purge, Record, Row, Save
from ringback.domain.rows import ANY
from ringback.ports.store import StoreError
from ringback.store.migrations import APPLICATION_ID, Migration, migrate, version
from ringback.store.tables import INDEXED, MIGRATIONS, PARTIAL, TABLES, column_of

_LOG: Final = logging.getLogger(__name__)


class SqliteStore:
    """Opens, migrates (after a backup copy) and keeps one database file. Raises StoreError."""

    def __init__(
        self, path: Path, durable: str = "process", migrations: Sequence[Migration] = MIGRATIONS
    ) -> None:
        self._path = path
        try:
            if path.exists():
                self._check(len(migrations))
            else:
                path.touch(0o600)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute(f"PRAGMA synchronous={'FULL' if durable == 'power' else 'NORMAL'}")
                copy = migrate(self._db, path, migrations)
                self._reader = sqlite3.connect(
                    f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
                )
            except BaseException:
                self._db.close()
                raise
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{path} cannot be used: {error}. Nothing was changed; {_remedy(path)}."
            ) from None
        if copy is not None:
            _LOG.warning("%s was brought to schema %d; the old one is %s", path, len(migrations), copy)

    def _check(self, known: int) -> None:
        """Refuse what is damaged, foreign or from a newer program.

        The connection only reads: one that may write would fold the write-ahead log of a killed process into
        the file when it is closed.
        """
        # Percent signs and question marks mean something in an address, and folders of accounts have them.
        db = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            schema = version(db)
            mark = int(db.execute("PRAGMA application_id").fetchone()[0])
            tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if mark != APPLICATION_ID and (mark or schema or tables):
                raise StoreError(
                    f"{self._path} belongs to another program. Nothing was changed; move it out of the way."
                )
            if schema > known:
                raise StoreError(
                    f"{self._path} was written by a newer Ringback (schema {schema}, this one knows "
                    f"{known}). Nothing was changed; use the newer program."
                )
            verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise StoreError(
                    f"{self._path} is damaged: {verdict}. Nothing was changed; {_remedy(self._path)}."
                )
        finally:
            db.close()

    def load(self, kind: Kind) -> Iterable[tuple[int | str, Row]]:
        """All rows of a kind in key order."""
        try:
            rows = self._db.execute(f'SELECT key, row FROM "{TABLES[kind]}" ORDER BY key').fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be read: {error}") from None
        return [(key, json.loads(row)) for key, row in rows]

    def find(self, ref: Ref) -> Row | None:
        """One row."""
        found = self._read(f'SELECT row FROM "{TABLES[ref.kind]}" WHERE key = ?', (ref.key,))
        return json.loads(found[0][0]) if found else None

    def keys(self, kind: Kind, where: Mapping[str, str | int] = ANY, limit: int = -1) -> Sequence[int]:
        """Keys of a numbered kind, highest first."""
        table = TABLES[kind]
        unknown = where.keys() - INDEXED[kind]
        assert not unknown, f"{table} has no index on {unknown}"
        # The value of a partial index must stand in the query for the index to be used.
        constant = {name: where[name] for name in where if name in PARTIAL}
        bound = {name: where[name] for name in where if name not in PARTIAL}
        conditions = [f"{column_of(name)} = '{value}'" for name, value in constant.items()]
        conditions += [f"{column_of(name)} = ?" for name in bound]
        chosen = "WHERE " + " AND ".join(conditions) if conditions else ""
        found = self._read(
            f'SELECT key FROM "{table}" {chosen} ORDER BY key DESC LIMIT ?', (*bound.values(), limit)
        )
        return [key for (key,) in found]

    def _read(self, query: str, values: tuple[str | int, ...]) -> list[tuple[Any, ...]]:
        """From a connection of its own: the writer may be in the middle of a commit."""
        try:
            return self._reader.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be read: {error}") from None

    def commit(self, records: Sequence[Record]) -> None:
        """Keep all or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for record in records:
                    table = TABLES[record.ref.kind]
                    match record:
                        case Save():
                            self._db.execute(
                                f'INSERT OR REPLACE INTO "{table}" VALUES (?, ?)',
                                (record.ref.key, json.dumps(record.row, ensure_ascii=False)),
                            )
                        case Forget():
                            self._db.execute(f'DELETE FROM "{table}" WHERE key = ?', (record.ref.key,))
                        case Purge():
                            self._db.execute(f'DELETE FROM "{table}" WHERE key <= ?', (record.upto,))
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be written: {error}") from None

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in."""
        self._reader.close()
        self._db.close()


def _remedy(path: Path) -> str:
    """What to do about a database that cannot be used; names the newest backup copy if there is one."""
    copies = sorted(path.parent.glob(f"{path.stem}.schema*.bak"), key=lambda copy: copy.stat().st_mtime)
    return (
        f"put a backup in its place (the newest is {copies[-1]})" if copies else "put a backup in its place"
    )
