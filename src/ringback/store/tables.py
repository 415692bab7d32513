"""What the database looks like, as numbered migrations. A change here is a new one at the end."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.store.migrations import Migration

#: One table for each kind of thing that has rows: key and the row's columns as JSON, which lets a column
#: come without rewriting a million rows. Columns that are searched get indexes on expressions.
TABLES: Final[dict[Kind, str]] = {
    Kind.ACCOUNT: "account",
    Kind.PROFILE: "profile",
    Kind.PERSON: "person",
    Kind.CALL: "call",
}

#: Never edit one that was released: databases have already been through it.
MIGRATIONS: Final[tuple[Migration, ...]] = (
    Migration(
        1,
        "tables for the account, its profile, people and calls",
        tuple(
            f'CREATE TABLE "{table}" (key NOT NULL PRIMARY KEY, row TEXT NOT NULL)'
            for table in ("account", "profile", "person", "call")
        ),
    ),
)
SCHEMA: Final = MIGRATIONS[-1].number
