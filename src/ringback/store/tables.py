"""What the database looks like, as numbered migrations. A change here is a new one at the end."""

from __future__ import annotations

from typing import Final

from ringback.database.migrations import Migration
from ringback.database.opening import Format
from ringback.domain.changes import Kind

#: One table for each kind of thing that has rows: key and the row's columns as JSON, which lets a column
#: come without rewriting a million rows. Columns that are searched get indexes on expressions.
TABLES: Final[dict[Kind, str]] = {
    Kind.ACCOUNT: "account",
    Kind.PROFILE: "profile",
    Kind.PERSON: "person",
    Kind.PICTURE: "picture",
    Kind.CALL: "call",
    Kind.CHAT: "chat",
    Kind.MEMBER: "member",
    Kind.MESSAGE: "message",
    Kind.OUTBOX: "outbox",
}

#: Columns that ``Store.keys`` can search. "uid" names a message between both sides; "partner" is the other
#: one of a dialog, else the author. "open" calls are those that the last run may have left unsettled.
INDEXED: Final[dict[Kind, frozenset[str]]] = {
    Kind.MESSAGE: frozenset({"chat", "partner", "uid", "status"}),
    Kind.CALL: frozenset({"partner", "incoming", "state", "open"}),
}
#: Columns of which only some values are indexed, those that are looked for: words, never somebody's text.
PARTIAL: Final = frozenset({"status"})


def column_of(name: str) -> str:
    """A column of a row, as SQL sees it; indexes and queries must spell it alike."""
    return f"json_extract(row, '$.{name}')"


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
    Migration(
        2,
        "chats, their members and messages, and what the network has not confirmed",
        (
            'CREATE TABLE "chat" (key TEXT NOT NULL PRIMARY KEY, row TEXT NOT NULL)',
            *(
                f'CREATE TABLE "{table}" (key INTEGER NOT NULL PRIMARY KEY, row TEXT NOT NULL)'
                for table in ("member", "message", "outbox")
            ),
            *(
                f"CREATE INDEX message_{name} ON message ({column_of(name)})"
                for name in ("chat", "partner", "uid")
            ),
            # Few messages are unread, so the index of those alone stays small.
            "CREATE INDEX message_unread ON message (json_extract(row, '$.status'))"
            " WHERE json_extract(row, '$.status') = 'received'",
        ),
    ),
    Migration(
        3,
        "calls are looked up, not loaded",
        (
            "UPDATE call SET row = json_remove(json_set(row, '$.state', {state}, '$.open',"
            " {state} NOT IN ('finished', 'cancelled', 'refused', 'missed', 'busy', 'failed')"
            " OR ({state} = 'missed' AND NOT {seen})), '$.status')".format(
                state=column_of("status"), seen=column_of("seen")
            ),
            *(
                f"CREATE INDEX call_{name} ON call ({column_of(name)})"
                for name in ("partner", "incoming", "state", "open")
            ),
        ),
    ),
    Migration(
        4,
        "pictures of people",
        ('CREATE TABLE "picture" (key TEXT NOT NULL PRIMARY KEY, row TEXT NOT NULL)',),
    ),
    Migration(
        5,
        "unread messages are looked up by chat, not loaded",
        (
            f"CREATE INDEX message_unread_in ON message ({column_of('status')}, {column_of('chat')})"
            f" WHERE {column_of('status')} = 'received'",
        ),
    ),
    Migration(
        6,
        "calls are found in their order, without sorting",
        tuple(
            statement
            for name in ("partner", "incoming", "state")
            for statement in (
                f"DROP INDEX call_{name}",
                f"CREATE INDEX call_{name} ON call ({column_of(name)}, key)",
            )
        ),
    ),
)
SCHEMA: Final = MIGRATIONS[-1].number
#: SQLite's application_id of these files.
MARK: Final = 0x52494E47
FORMAT: Final = Format(MARK, MIGRATIONS)
