"""What the database looks like. A change here needs a new migration and a new SCHEMA number."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind

SCHEMA: Final = 1

#: One table for each kind of thing that has rows: key and the row's columns as JSON, which lets a column
#: come without rewriting a million rows. Columns that are searched get indexes on expressions.
TABLES: Final[dict[Kind, str]] = {
    Kind.ACCOUNT: "account",
    Kind.PROFILE: "profile",
    Kind.PERSON: "person",
    Kind.CALL: "call",
}

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    tuple(
        f'CREATE TABLE "{table}" (key NOT NULL PRIMARY KEY, row TEXT NOT NULL)' for table in TABLES.values()
    ),
)
assert len(MIGRATIONS) == SCHEMA
