"""Entries of chats. There may be a million, so they live in the store and only some in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ringback.domain.changes import Kind, Ref
from ringback.domain.columns import Columns
from ringback.domain.records import Row
from ringback.domain.rows import look_up
from ringback.domain.unsaved import Unsaved

#: Messages kept in memory although they are stored: the latest that somebody asked for.
KEPT: Final = 2000
#: How many more there may be before those that are too many are let go together.
SPARE: Final = 200
#: Characters of texts that are kept in memory, whatever their number.
KEPT_TEXT: Final = 8 << 20
#: How many messages of others that were cleared are known if they come again, and how many of our own.
FORGOTTEN: Final = 1000
#: How many of the last entries are looked at for them: some hundredths of a second.
LOOKED_AT: Final = 5 * FORGOTTEN
#: Edits of one message that are known if they come again.
EDITS_KNOWN: Final = 64
#: The row that keeps their marks.
MARKS: Final = Ref(Kind.ACCOUNT, "forgotten")
#: Sorts that somebody wrote; the others are entries about the chat.
WRITTEN: Final = frozenset({"said", "emoted"})


@dataclass(slots=True)
class Message:
    """One entry (reference: CHATMESSAGE object).

    uid: names it at both ends. author: handle. partner: the other one of a dialog, else the author.
    sort: said, settopic, left, ... status: sending, sent, failed, received, read. timestamp, edited_at: UTC
    seconds; edits: the serial of the last edit; edit_marks: of the last ones that were taken. users: whom
    it is about. options: of setoptions the new bits. role: of setrole the new rank. returned: UTC seconds at
    which the network first gave it, or the last edit, back; 0 for never.
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
    edit_marks: tuple[str, ...] = ()
    options: int = 0
    role: str = "unknown"
    returned: int = 0

    @property
    def ref(self) -> Ref:
        """Names the message in the journal."""
        return Ref(Kind.MESSAGE, self.id)

    def row(self) -> Row:
        """What the store keeps."""
        return _COLUMNS.row(self)

    def take_edit(self, uid: str) -> bool:
        """False if an edit of that uid was taken before."""
        mark = _mark(uid)
        if mark in self.edit_marks:
            return False
        self.edit_marks = (*self.edit_marks, mark)[-EDITS_KNOWN:]
        return True


_COLUMNS: Final = Columns(Message, "id")


def restored(key: int, row: Row) -> Message:
    """The message that a row describes."""
    return Message(id=key, **_COLUMNS.values(row))  # type: ignore[arg-type]  # columns are fields


def _mark(uid: str) -> str:
    """Short, whatever somebody else has made of a uid."""
    return hashlib.blake2b(uid.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def unread_in(chat: str) -> dict[str, str | int]:
    """What is true of received messages that nobody has seen, in a chat or in all ("") of them."""
    return {"status": "received", "chat": chat} if chat else {"status": "received"}


@dataclass(slots=True)
class Messages:
    """All messages of the account.

    forgotten: marks of the last messages of others that were cleared, the oldest first; the network may
    bring them once more. forgotten_own: of those that we wrote, where the network shows us these too.
    kept: those in memory, the least used first; uids finds them by uid, size counts their texts as they came.
    What is not in the store yet stays among them, so that a uid is looked for in the store's index alone.
    """

    rows: Unsaved = field(default_factory=Unsaved)
    kept: dict[int, Message] = field(default_factory=dict)
    uids: dict[str, int] = field(default_factory=dict)
    size: int = 0
    forgotten: dict[str, None] = field(default_factory=dict)
    forgotten_own: dict[str, None] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        """A message that is not in memory."""
        self.kept[message.id] = message
        self.uids[message.uid] = message.id
        self.size += len(message.body)

    def find(self, key: int) -> Message | None:
        """The message of that id."""
        message = self.kept.pop(key, None)
        if message is None:
            message = look_up(self.rows, Ref(Kind.MESSAGE, key), restored)
            if message is not None:
                self.add(message)
                self.let_go()
            return message
        self.kept[key] = message
        return message

    def let_go(self) -> None:
        """Keep so many and so much that are stored, the latest used, and whatever a step may have changed."""
        late = self.rows.late(Kind.MESSAGE)
        few = len(self.kept) <= KEPT + SPARE + len(late) and self.size <= 2 * KEPT_TEXT
        if few or self.rows.torn:
            return
        number, self.size = len(self.kept), sum(len(message.body) for message in self.kept.values())
        for key in [key for key in self.kept if key not in late]:
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
            found = self.rows.stored.keys(Kind.MESSAGE, {"uid": uid}, 1)
            key = found[0] if found else 0
        return self.find(key)

    def came_before(self, uid: str) -> bool:
        """True for a message that is or was there, if it was not cleared too long ago."""
        if self.by_uid(uid) is not None:
            return True
        mark = _mark(uid)
        return mark in self.forgotten or mark in self.forgotten_own

    def in_chat(self, chat: str, limit: int = -1) -> Sequence[int]:
        """Ids of a chat's messages, newest first."""
        return self.rows.keys(Kind.MESSAGE, {"chat": chat}, limit)

    def unread(self, chat: str = "", limit: int = -1) -> Sequence[int]:
        """Ids of received messages that nobody has seen, in a chat or in all ("") of them, newest first."""
        return self.rows.keys(Kind.MESSAGE, unread_in(chat), limit)

    def unread_upto(self, chat: str, last: int, limit: int) -> Sequence[int]:
        """At most ``limit`` ids of a chat's messages up to ``last`` that nobody has seen, newest first."""
        asked = limit
        while True:
            found = self.unread(chat, asked)
            keys = [key for key in found if key <= last]
            if len(keys) >= limit or len(found) < asked:
                return keys[:limit]
            asked *= 4

    def restore(self) -> None:
        """Have in memory again what is not stored yet."""
        for key in self.rows.late(Kind.MESSAGE):
            if isinstance(key, int):
                self.find(key)

    def clear(self, own: str, *, own_return: bool) -> None:
        """Forget all messages. ``own``: the account's handle. ``own_return``: what it wrote may come too."""
        theirs, ours = list[str](), list[str]()
        for key in self.rows.keys(Kind.MESSAGE, limit=LOOKED_AT):
            row = self.rows.find(Ref(Kind.MESSAGE, key))
            if row is None:
                continue
            if row.get("author") != own:
                theirs.append(_mark(str(row.get("uid"))))
            elif own_return:
                ours.append(_mark(str(row.get("uid"))))
            if len(theirs) >= FORGOTTEN and (len(ours) >= FORGOTTEN or not own_return):
                break
        self.forgotten = _latest(self.forgotten, theirs)
        self.forgotten_own = _latest(self.forgotten_own, ours)
        self.kept.clear()
        self.uids.clear()
        self.size = 0


def _latest(marks: dict[str, None], newest_first: list[str]) -> dict[str, None]:
    """Marks with later ones behind them, as many as are kept."""
    return dict.fromkeys([*marks, *reversed(newest_first[:FORGOTTEN])][-FORGOTTEN:])
