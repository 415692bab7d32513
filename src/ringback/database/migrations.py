"""Migrations as numbered data, run in one transaction after a backup copy was made (ADR 6).

The number of the last one is SQLite's ``user_version``, which lives in the database's first page and changes
in the same transaction as everything else: a process killed in the middle leaves the old database.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

#: An SQL statement, or a function for what SQL cannot say. Neither may begin or end a transaction.
Statement: TypeAlias = str | Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class Migration:
    """Leads from the schema ``number - 1`` to the schema ``number``; ``what`` is for people."""

    number: int
    what: str
    statements: tuple[Statement, ...]


def version(db: sqlite3.Connection) -> int:
    """The number of the last migration that a database has been through; 0 if it is new."""
    return number(db, "user_version")


def number(db: sqlite3.Connection, name: str) -> int:
    """One of the numbers that SQLite keeps of a database."""
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def migrate(db: sqlite3.Connection, path: Path, migrations: Sequence[Migration], mark: int) -> Path | None:
    """Bring a database (in autocommit mode) to the last schema; returns the backup copy, if one was needed.

    ``mark`` becomes SQLite's application_id, which tells one kind of file from another.
    Raises sqlite3.Error or OSError; then the database is as it was.
    """
    assert [m.number for m in migrations] == list(range(1, len(migrations) + 1)), "numbered from 1"
    before = version(db)
    if before >= len(migrations):
        return None
    copy = backup(db, path) if before else None
    db.execute("BEGIN IMMEDIATE")
    try:
        for migration in migrations[before:]:
            for statement in migration.statements:
                if isinstance(statement, str):
                    db.execute(statement)
                else:
                    statement(db)
        db.execute(f"PRAGMA application_id={mark}")
        db.execute(f"PRAGMA user_version={len(migrations)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return copy


def backup(db: sqlite3.Connection, path: Path) -> Path:
    """Copy a database beside itself, only for its owner's eyes; the name tells the schema and the time.

    The copy gets its name when it is complete and on the disk, so that a half-made one is never taken for
    a backup.
    """
    (time,) = db.execute("SELECT strftime('%Y%m%dT%H%M%fZ', 'now')").fetchone()
    copy = path.with_name(f"{path.stem}.schema{version(db)}.{time.replace('.', '')}.bak")
    unfinished = copy.with_suffix(".part")
    try:
        os.close(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        target = sqlite3.connect(unfinished)
        try:
            db.backup(target)
            # The copy is one file, whatever becomes of the original's write-ahead log.
            target.execute("PRAGMA journal_mode=DELETE")
        finally:
            target.close()
        complete(unfinished, copy)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return copy


def complete(unfinished: Path, path: Path) -> None:
    """Give a file its name once it is on the disk."""
    descriptor = os.open(unfinished, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    unfinished.rename(path)
