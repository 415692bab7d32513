"""One account's rows in SQLite (implements ``ringback.ports.store.Store``).

WAL with synchronous NORMAL: what was committed survives a killed process at any moment; FULL also survives
a power cut (setting ``durable``).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from ringback.database.faults import DamagedFileError, damaged_row, unusable
from ringback.database.migrations import Migration
from ringback.database.opening import Database, Format, reading
from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Forget, Purge, Record, Row, Save
from ringback.domain.rows import ANY
from ringback.ports.store import Portion, UnfitError
from ringback.store.tables import INDEXED, MARK, MIGRATIONS, PARTIAL, TABLES, column_of

#: Rows are read as bytes: SQLite's own error of a text that is not UTF-8 shows the text.
_ROW: Final = "CAST(row AS BLOB)"


class SqliteStore:
    """Opens, migrates (after a backup copy) and keeps one database file. Raises StoreError."""

    def __init__(
        self, path: Path, durable: str = "process", migrations: Sequence[Migration] = MIGRATIONS
    ) -> None:
        self._path = path
        self._file = Database(path, Format(MARK, migrations), durable)
        self._db = self._file.db
        try:
            self._reader = reading(path)
        except sqlite3.Error as error:
            self._file.close()
            raise unusable(path, error) from None

    def load(self, kind: Kind) -> Iterable[tuple[int | str, Row]]:
        """All rows of a kind in key order."""
        rows = self._read(f'SELECT key, {_ROW} FROM "{TABLES[kind]}" ORDER BY key', ())
        return [(key, self._row(Ref(kind, key), row)) for key, row in rows]

    def find(self, ref: Ref) -> Row | None:
        """One row."""
        found = self._read(f'SELECT {_ROW} FROM "{TABLES[ref.kind]}" WHERE key = ?', (ref.key,))
        return self._row(ref, found[0][0]) if found else None

    def _row(self, ref: Ref, stored: bytes | None) -> Row:
        try:
            row = json.loads((stored or b"").decode())
        except ValueError:
            raise self.damaged(ref) from None
        if not isinstance(row, dict):
            raise self.damaged(ref)
        return row

    def keys(self, kind: Kind, where: Mapping[str, str | int] = ANY, limit: int = -1) -> Sequence[int]:
        """Keys of a numbered kind, highest first."""
        chosen, values = _chosen(kind, where)
        found = self._read(
            f'SELECT key FROM "{TABLES[kind]}" WHERE {chosen} ORDER BY key DESC LIMIT ?', (*values, limit)
        )
        return [key for (key,) in found]

    def portion(
        self,
        kind: Kind,
        where: Mapping[str, str | int],
        after: int | None,
        limit: int,
        newest_first: bool,
        below: int | None = None,
    ) -> Portion:
        """The next keys of a list.

        SQLite joins them, in the order in which the inner query gives them, so that no thread of ours waits
        meanwhile. The connection lives as long as that.
        """
        chosen, values = _chosen(kind, where)
        if after is not None:
            chosen, values = f"{chosen} AND key {'<' if newest_first else '>'} ?", (*values, after)
        if below is not None:
            chosen, values = f"{chosen} AND key < ?", (*values, below)
        last, order = ("min", "DESC") if newest_first else ("max", "ASC")
        query = (
            f"SELECT count(*), group_concat(key, ', '), {last}(key)"
            f' FROM (SELECT key FROM "{TABLES[kind]}" WHERE {chosen} ORDER BY key {order} LIMIT ?)'
        )
        try:
            with closing(reading(self._path)) as db:
                count, text, end = db.execute(query, (*values, limit)).fetchone()
        except sqlite3.Error as error:
            raise self._file.failed(error, "cannot be read") from None
        return Portion(text or "", end, count == limit)

    def _read(self, query: str, values: tuple[str | int, ...]) -> list[tuple[Any, ...]]:
        """From a connection of its own: the writer may be in the middle of a commit."""
        try:
            return self._reader.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._file.failed(error, "cannot be read") from None

    def commit(self, records: Sequence[Record]) -> None:
        """Keep all or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for record in records:
                    self._keep(record)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._file.failed(error, "cannot be written") from None

    def _keep(self, record: Record) -> None:
        table = TABLES[record.ref.kind]
        try:
            match record:
                case Save():
                    self._db.execute(
                        f'INSERT OR REPLACE INTO "{table}" VALUES (?, ?)',
                        (record.ref.key, json.dumps(record.row, ensure_ascii=False)),
                    )
                case Forget():
                    self._db.execute(f'DELETE FROM "{table}" WHERE key = ?', (record.ref.key,))
                case Purge():
                    self._purge(record)
        except (TypeError, ValueError, OverflowError) as error:
            # Text that is no Unicode, a number that is too large. The error itself shows the text.
            raise UnfitError(record.ref, type(error).__name__) from None

    def _purge(self, purge: Purge) -> None:
        table = TABLES[purge.kind]
        later = self._db.execute(f'SELECT 1 FROM "{table}" WHERE key > ? LIMIT 1', (purge.upto,)).fetchone()
        if later is None and not purge.where:
            # Without a condition SQLite looks at no row: a million are gone in a moment.
            self._db.execute(f'DELETE FROM "{table}"')
            return
        chosen, values = _chosen(purge.kind, dict(purge.where))
        self._db.execute(f'DELETE FROM "{table}" WHERE {chosen} AND key <= ?', (*values, purge.upto))

    def damaged(self, ref: Ref) -> DamagedFileError:
        """What to say of a row that cannot be understood."""
        return damaged_row(self._path, TABLES[ref.kind], ref.key)

    def check(self) -> None:
        """See whether the file is whole, if that has not been done."""
        self._file.check()

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in."""
        self._reader.close()
        self._file.close()


def _chosen(kind: Kind, where: Mapping[str, str | int]) -> tuple[str, tuple[str | int, ...]]:
    """What stands after WHERE, and the values of its question marks."""
    unknown = where.keys() - INDEXED.get(kind, frozenset())
    assert not unknown, f"{TABLES[kind]} has no index on {unknown}"
    # The value of a partial index must stand in the query for the index to be used.
    constant = {name: where[name] for name in where if name in PARTIAL}
    bound = {name: where[name] for name in where if name not in PARTIAL}
    conditions = [f"{column_of(name)} = '{value}'" for name, value in constant.items()]
    conditions += [f"{column_of(name)} = ?" for name in bound]
    return " AND ".join(conditions) or "TRUE", tuple(bound.values())
