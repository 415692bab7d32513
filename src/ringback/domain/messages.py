"""Entries of chats. There may be a million, so they live in the store and only some in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ringback.domain.changes import Kind, Ref
from ringback.domain.columns import Columns
from ringback.domain.records import Row
from ringback.domain.rows import ANY, NoRows, Rows, look_up

#: Messages kept in memory although they are stored: the latest that somebody asked for.
KEPT: Final = 2000
#: How many more there may be before those that are too many are let go together.
SPARE: Final = 200
#: Characters of texts that are kept in memory, whatever their number.
KEPT_TEXT: Final = 8 << 20
#: Sorts that somebody wrote; the others are entries about the chat.
WRITTEN: Final = frozenset({"said", "emoted"})


@dataclass(slots=True)
class Message:
    """One entry (reference: CHATMESSAGE object).

    uid: names it at both ends. author: handle. partner: the other one of a dialog, else the author.
    sort: said, settopic, left, ... status: sending, sent, failed, received, read. timestamp, edited_at: UTC
    seconds; edits: how often. users: whom it is about. options: of setoptions the new bits. role: of setrole
    the new rank.
    """

    id: int
    chat: str
    uid: str
    author: str
    partner: str
    sort: str
    status: str
    body: str
    timestamp: int
    leave_reason: str = ""
    users: tuple[str, ...] = ()
    edited_by: str = ""
    edited_at: int = 0
    edits: int = 0
    options: int = 0
    role: str = "unknown"

    @property
    def ref(self) -> Ref:
        """Names the message in the journal."""
        return Ref(Kind.MESSAGE, self.id)

    def row(self) -> Row:
        """What the store keeps."""
        return _COLUMNS.row(self)


_COLUMNS: Final = Columns(Message, "id")


def restored(key: int, row: Row) -> Message:
    """The message that a row describes."""
    return Message(id=key, **_COLUMNS.values(row))  # type: ignore[arg-type]  # columns are fields


@dataclass(slots=True)
class Messages:
    """All messages of the account.

    kept: those in memory, the least used first; uids finds them by uid, size counts their texts as they came.
    unsaved: how many commits a message still waits for; it stays in memory until then. unread: ids of
    received messages that nobody has seen, with their chats. cleared: messages up to this id were forgotten
    on purpose.
    """

    rows: Rows = field(default_factory=NoRows)
    kept: dict[int, Message] = field(default_factory=dict)
    uids: dict[str, int] = field(default_factory=dict)
    size: int = 0
    unsaved: dict[int, int] = field(default_factory=dict)
    unread: dict[int, str] = field(default_factory=dict)
    cleared: int = 0

    def add(self, message: Message) -> None:
        """A new message."""
        self.kept[message.id] = message
        self.uids[message.uid] = message.id
        self.size += len(message.body)
        if message.status == "received":
            self.unread[message.id] = message.chat

    def find(self, key: int) -> Message | None:
        """The message of that id."""
        message = self.kept.pop(key, None)
        if message is None:
            if key <= self.cleared:
                return None
            message = look_up(self.rows, Ref(Kind.MESSAGE, key), restored)
            if message is None:
                return None
            self.size += len(message.body)
        self.kept[key] = message
        self.uids[message.uid] = key
        if len(self.kept) > KEPT + SPARE + len(self.unsaved) or self.size > 2 * KEPT_TEXT:
            self._let_go(key)
        return message

    def _let_go(self, but: int) -> None:
        """Keep so many and so much that are stored, the latest used, and the one that was just found."""
        number, self.size = len(self.kept), sum(len(message.body) for message in self.kept.values())
        for key in [key for key in self.kept if key not in self.unsaved and key != but]:
            if number <= KEPT and self.size <= KEPT_TEXT:
                return
            message = self.kept.pop(key)
            del self.uids[message.uid]
            number -= 1
            self.size -= len(message.body)

    def by_uid(self, uid: str) -> Message | None:
        """The message that both ends know by ``uid``."""
        key = self.uids.get(uid)
        if key is None:
            found = self.rows.keys(Kind.MESSAGE, {"uid": uid}, 1)
            key = found[0] if found else 0
        return self.find(key)

    def all(self) -> Sequence[int]:
        """Ids of all messages, newest first."""
        return self._keys(ANY, lambda _message: True)

    def in_chat(self, chat: str, limit: int = -1) -> Sequence[int]:
        """Ids of a chat's messages, newest first."""
        return self._keys({"chat": chat}, lambda message: message.chat == chat, limit)

    def with_partner(self, handle: str) -> Sequence[int]:
        """Ids of messages to and from somebody, newest first."""
        return self._keys({"partner": handle}, lambda message: message.partner == handle)

    def _keys(
        self, where: Mapping[str, str | int], matches: Callable[[Message], bool], limit: int = -1
    ) -> Sequence[int]:
        """What is stored, with what is not yet in front: ids only grow, and commits keep their order."""
        stored = self.rows.keys(Kind.MESSAGE, where, limit)
        if self.cleared:
            stored = [key for key in stored if key > self.cleared]
        last = stored[0] if stored else self.cleared
        fresh = sorted(
            (key for key in self.unsaved if key > last and key in self.kept and matches(self.kept[key])),
            reverse=True,
        )
        found = [*fresh, *stored]
        return found if limit < 0 else found[:limit]

    def waits(self, key: int) -> None:
        """The message's row is on its way to the store."""
        self.unsaved[key] = self.unsaved.get(key, 0) + 1

    def stored(self, key: int) -> None:
        """One row of the message is stored."""
        left = self.unsaved.get(key, 0) - 1
        if left > 0:
            self.unsaved[key] = left
        else:
            self.unsaved.pop(key, None)

    def clear(self, upto: int) -> None:
        """Forget all messages up to an id."""
        self.cleared = upto
        self.kept.clear()
        self.uids.clear()
        self.size = 0
        self.unread.clear()
