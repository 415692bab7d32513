"""Reads every row of a database as the engine would, for ``ringback doctor``. Changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ringback.database.faults import damaged_row
from ringback.database.opening import reading
from ringback.domain import call, messages
from ringback.domain.account import Account
from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Row
from ringback.domain.rows import MISSHAPEN
from ringback.store.tables import TABLES


def read_rows(path: Path) -> None:
    """Raises FileError for the first row of an account that cannot be understood, sqlite3.Error."""
    account = Account("doctor")
    # These are looked up when they are wanted; everything else is taken over as at the start.
    single: dict[Kind, Callable[[int, Row], object]] = {
        Kind.CALL: call.restored,
        Kind.MESSAGE: messages.restored,
    }
    with closing(reading(path)) as db:
        for kind, table in TABLES.items():
            for key, stored in db.execute(f'SELECT key, CAST(row AS BLOB) FROM "{table}" ORDER BY key'):
                try:
                    row = _row(stored)
                    if kind in single:
                        single[kind](key, row)
                    else:
                        account.restore(Ref(kind, key), row)
                except MISSHAPEN:
                    raise damaged_row(path, table, key) from None


def read_letters(path: Path) -> None:
    """The same for what waits on the embedded network."""
    with closing(reading(path)) as db:
        for number, stored in db.execute("SELECT number, CAST(content AS BLOB) FROM letter ORDER BY number"):
            try:
                _row(stored)
            except MISSHAPEN:
                raise damaged_row(path, "letter", number) from None


def _row(stored: bytes) -> Row:
    row = json.loads(stored.decode())
    if not isinstance(row, dict):
        raise TypeError("no row")
    return row
