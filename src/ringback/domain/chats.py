"""Conversations of two (reference: CHAT, CHATMEMBER and CHATMESSAGE objects; Chats and messages).

A dialog's id carries both handles and 16 hex digits of the side that began it; both sides use the same id.
What is written is stored, then posted to the network (``ringback.domain.outbox``), and is SENT once the
network has it safely.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ringback.domain import listing, outbox, ui_state
from ringback.domain.changes import Kind, Ref, Value
from ringback.domain.columns import Columns
from ringback.domain.effects import Acknowledge, PostEdit, PostMessage, PostSeen, ReadOn
from ringback.domain.failures import Failure, Meaning
from ringback.domain.handles import canonical, is_address, phone_number
from ringback.domain.inputs import EditCame, MessageCame, PostReturned, SeenElsewhere
from ringback.domain.journal import Context
from ringback.domain.markup import plain
from ringback.domain.messages import MARKS, WRITTEN, Message, unread_in
from ringback.domain.nature import Part
from ringback.domain.people import remember
from ringback.domain.records import Purge, Row
from ringback.domain.settings import SETTINGS

if TYPE_CHECKING:
    from ringback.domain.account import Account

#: A dialog's id: who began it, the other one, 16 hex digits.
_DIALOG: Final = re.compile(r"#(?P<creator>[^/]+)/\$(?P<partner>[^;]+);(?P<digits>[0-9a-f]{16})")
#: Characters of the first message in a chat's title, as the window has room for.
_TITLE: Final = 30
#: Messages of a chat that count as recent besides those that nobody has seen.
RECENT: Final = 20
#: Messages that are marked as read in one step: some milliseconds.
AT_ONCE: Final = 100
_EMOTE: Final = "/me "
#: What dialogs carry, and what it is in a chat.
_RICH_TOPIC: Final = "settopicxml"
_SORTS: Final = {"said": "said", "emoted": "emoted", "settopic": "settopic", _RICH_TOPIC: "settopic"}


@dataclass(slots=True)
class Chat:
    """One conversation. Times are UTC seconds; people are handles.

    kind: dialog. partner: the other one. number: orders chats by their making. last: id of its last entry, or
    its number. opening: how it began, for its title. recent_after: messages up to this id are not recent any
    more. alert: what must be said to alert the user ("" = anything). shown: its place among the chats that
    stand in the window, 0 for one that does not.
    """

    name: str
    timestamp: int
    partner: str
    adder: str = ""
    number: int = 0
    last: int = 0
    kind: str = "dialog"
    my_status: str = "subscribed"
    my_role: str = "user"
    members: tuple[str, ...] = ()
    active_members: tuple[str, ...] = ()
    posters: tuple[str, ...] = ()
    topic: str = ""
    topic_xml: str = ""
    opening: str = ""
    activity: int = 0
    bookmarked: bool = False
    alert: str = ""
    recent_after: int = 0
    password_hint: str = ""
    guidelines: str = ""
    options: int = 0
    description: str = ""
    blob: str = ""
    applicants: tuple[str, ...] = ()
    shown: int = 0

    @property
    def ref(self) -> Ref:
        """Names the chat in the journal."""
        return Ref(Kind.CHAT, self.name)

    @property
    def status(self) -> str:
        """Its kind, and whether we are in it."""
        return "dialog" if self.kind == "dialog" else self.my_status

    def row(self) -> Row:
        """What the store keeps."""
        return _CHAT.row(self)


@dataclass(slots=True)
class Member:
    """Somebody's place in a chat. ``is_active``: has been reached in it."""

    id: int
    chat: str
    identity: str
    role: str = "user"
    is_active: bool = False

    @property
    def ref(self) -> Ref:
        """Names the member in the journal."""
        return Ref(Kind.MEMBER, self.id)

    def row(self) -> Row:
        """What the store keeps."""
        return _MEMBER.row(self)


_CHAT: Final = Columns(Chat, "name")
_MEMBER: Final = Columns(Member, "id")


def restored_chat(name: str, row: Row) -> Chat:
    """The chat that a row describes."""
    return Chat(name=name, **_CHAT.values(row))  # type: ignore[arg-type]  # columns are fields


def restored_member(key: int, row: Row) -> Member:
    """The member that a row describes."""
    return Member(id=key, **_MEMBER.values(row))  # type: ignore[arg-type]  # columns are fields


@dataclass(slots=True)
class Chats:
    """All chats by id in the order of their making, and their members by number.

    dialogs: the chat with somebody in which something happened last. opened: those that stand in the window.
    """

    all: dict[str, Chat] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    in_chat: dict[str, list[Member]] = field(default_factory=dict)
    dialogs: dict[str, Chat] = field(default_factory=dict)
    opened: dict[str, None] = field(default_factory=dict)

    def find(self, name: str) -> Chat | None:
        """The chat of that id; handles in ids are compared as handles."""
        return self.all.get(name) or self.all.get(canonical(name))

    def add(self, chat: Chat) -> None:
        """Take a chat in."""
        self.all[chat.name] = chat
        latest = self.dialogs.get(chat.partner)
        if latest is None or latest.last <= chat.last:
            self.dialogs[chat.partner] = chat

    def put_in_order(self) -> None:
        """After the start, when they came in any order."""
        self.all = {chat.name: chat for chat in sorted(self.all.values(), key=lambda chat: chat.number)}
        shown = sorted((chat for chat in self.all.values() if chat.shown), key=lambda chat: chat.shown)
        self.opened = {chat.name: None for chat in shown}

    def seat(self, member: Member) -> None:
        """Take a member in."""
        self.members[member.id] = member
        self.in_chat.setdefault(member.chat, []).append(member)


def title(account: Account, chat: Chat) -> str:
    """What the window shows above the chat (reference: CHAT FRIENDLYNAME)."""
    if chat.topic:
        return chat.topic
    name = account.people.find(chat.partner).name
    return f"{name} | {chat.opening}" if chat.opening else name


def renamed(account: Account, context: Context, handle: str) -> None:
    """Somebody is called otherwise now, and so are the dialogs with them.

    There is more than one if both began one at the same moment, or after one was left.
    """
    for chat in account.chats.all.values():
        if chat.partner == handle and not chat.topic:
            context.reported(chat.ref, "friendly_name", title(account, chat))


# Beginning ------------------------------------------------------------------------------------------------


def _begin(account: Account, context: Context, name: str, partner: str, adder: str, noted: bool) -> Chat:
    """A new dialog, announced in the order that programs know (reference: OPEN IM).

    ``noted``: there is no message to begin with, so an entry about the beginning takes its place.
    """
    now = context.now.stamp()
    chat = Chat(name, now, partner, adder)
    chat.members = (account.handle, partner)
    chat.active_members = (account.handle,)
    us = Member(account.ids.take(context), name, account.handle, is_active=True)
    them = Member(account.ids.take(context), name, partner)
    chat.number = chat.last = us.id
    account.chats.add(chat)
    remember(account, context, partner)
    for member in (us, them):
        account.chats.seat(member)
        context.keep(member.ref)
    context.keep(chat.ref)
    context.reported(chat.ref, "name", name)
    context.reported(chat.ref, "activity", 0)
    note = None
    if noted:
        note = _entry(account, context, chat, account.handle, "createdchatwith", "", users=(partner,))
        note.status = "sent"
        context.reported(note.ref, "status", "sending")
    context.reported(chat.ref, "kind", chat.kind)
    context.reported(us.ref, "role", us.role)
    for name_of_field in (
        "my_role",
        "active_members",
        "my_status",
        "status",
        "timestamp",
        "partner",
        "members",
    ):
        context.reported(chat.ref, name_of_field, getattr(chat, name_of_field))
    context.reported(chat.ref, "friendly_name", title(account, chat))
    if note is not None:
        context.reported(note.ref, "status", "sent")
    return chat


def _entry(
    account: Account,
    context: Context,
    chat: Chat,
    author: str,
    sort: str,
    body: str,
    status: str = "sending",
    uid: str = "",
    stamp: int = 0,
    users: tuple[str, ...] = (),
    leave_reason: str = "",
) -> Message:
    message = Message(
        id=account.ids.take(context),
        chat=chat.name,
        uid=uid or account.ids.token(),
        author=author,
        partner=chat.partner,
        sort=sort,
        status=status,
        body=body,
        timestamp=stamp or context.now.stamp(),
        users=users,
        leave_reason=leave_reason,
    )
    account.messages.add(message)
    context.keep(message.ref)
    return message


def _somebody(account: Account, target: str) -> str:
    """Whom a chat can be begun with. Raises Failure."""
    handle = account.people.address(account.resolve(target))
    if phone_number(handle) is not None or not is_address(handle) or handle == account.handle:
        raise Failure(Meaning.ACTION_FAILED)
    if account.people.find(handle).is_blocked:
        raise Failure(Meaning.NOT_SUPPORTED)
    return handle


def create(account: Account, context: Context, targets: tuple[str, ...]) -> Value:
    """CHAT CREATE: the dialog with somebody, an old one if there is one; returns its id."""
    if len(targets) != 1:
        raise Failure(Meaning.NOT_AVAILABLE_YET, "CREATE with none or several")
    return _dialog(account, context, _somebody(account, targets[0]), noted=True).name


def _dialog(account: Account, context: Context, handle: str, noted: bool, adder: str = "") -> Chat:
    """``adder``: who begins it if there is none yet; we do otherwise."""
    chat = account.chats.dialogs.get(handle)
    if chat is not None:
        return chat
    return _begin(account, context, _dialog_id(account, handle), handle, adder or account.handle, noted)


def _dialog_id(account: Account, handle: str) -> str:
    """Where both addresses tell the digits, the first of the two stands for who began."""
    digits = account.nature.dialog
    if digits is None:
        return f"#{account.handle}/${handle};{account.ids.token()}"
    first, second = sorted((account.handle, handle))
    return f"#{first}/${second};{digits(handle)}"


# Writing --------------------------------------------------------------------------------------------------


def _the(account: Account, name: str) -> Chat:
    chat = account.chats.find(name)
    if chat is None:
        raise Failure(Meaning.UNKNOWN_OBJECT)
    return chat


def _writable(account: Account, name: str) -> Chat:
    """A chat whose other one is not blocked."""
    chat = _the(account, name)
    if account.people.find(chat.partner).is_blocked:
        raise Failure(Meaning.NOT_SUPPORTED)
    return chat


def _check(account: Account, text: str) -> None:
    """Can the network carry it?"""
    if not account.nature.carries(text):
        raise Failure(Meaning.TEXT_NOT_CARRIED)


def say(account: Account, context: Context, name: str, body: str) -> Value:
    """CHATMESSAGE: write into a chat; returns the message's id."""
    chat = _writable(account, name)
    _check(account, body)
    return _say(account, context, chat, body).id


def say_to(account: Account, context: Context, target: str, body: str) -> Value:
    """MESSAGE: write to somebody, in the dialog with them; returns the message's id."""
    handle = _somebody(account, target)
    _check(account, body)
    return _say(account, context, _dialog(account, context, handle, False), body).id


def _say(account: Account, context: Context, chat: Chat, body: str) -> Message:
    emote = body.startswith(_EMOTE)
    message = _entry(
        account,
        context,
        chat,
        account.handle,
        "emoted" if emote else "said",
        body[len(_EMOTE) :] if emote else body,
    )
    _happened(account, context, chat, message)
    context.reported(message.ref, "status", "sending")
    _post(account, context, chat, message)
    return message


def _post(account: Account, context: Context, chat: Chat, message: Message, sort: str = "") -> None:
    request = PostMessage(
        message.uid, chat.partner, chat.name, sort or message.sort, message.body, message.timestamp
    )
    outbox.post(account, context, request)


def _happened(account: Account, context: Context, chat: Chat, message: Message) -> None:
    """Somebody wrote: what the chat shows of it."""
    if message.sort in WRITTEN:
        if message.author not in chat.posters:
            old, chat.posters = chat.posters, (*chat.posters, message.author)
            context.changed(chat.ref, "posters", old, chat.posters)
        if not chat.opening and message.body:
            chat.opening = " ".join(message.body.split())[:_TITLE]
            context.reported(chat.ref, "friendly_name", title(account, chat))
    before, chat.activity = chat.activity, max(chat.activity, message.timestamp)
    context.changed(chat.ref, "activity", before, chat.activity)
    chat.last = message.id
    account.chats.dialogs[chat.partner] = chat


def edit(account: Account, context: Context, key: int, body: str) -> Value:
    """SET CHATMESSAGE BODY: change the text of an own message; an empty one removes it."""
    message = account.messages.find(key)
    if message is None:
        raise Failure(Meaning.UNKNOWN_OBJECT)
    if not editable(account, message):
        raise Failure(Meaning.NOT_ALLOWED)
    _writable(account, message.chat)
    _check(account, body)
    stamp = context.now.stamp()
    message.edits += 1
    uid = account.ids.token()
    message.take_edit(uid)
    if message.status == "sent":
        message.returned = 0
    _edited(context, message, account.handle, _without_sign(message.sort, body), stamp)
    _post_edit(account, context, message, uid)
    return message.body


def _post_edit(account: Account, context: Context, message: Message, uid: str) -> None:
    """Post the text of a message as it is now."""
    said = _EMOTE + message.body if message.sort == "emoted" and message.body else message.body
    request = PostEdit(
        uid, message.partner, message.chat, message.uid, said, message.edited_at, message.edits
    )
    outbox.post(account, context, request)


def editable(account: Account, message: Message) -> bool:
    """True if we may change its text: what we wrote ourselves (reference: SET CHATMESSAGE BODY)."""
    return message.author == account.handle and message.sort in WRITTEN and message.status != "failed"


def _edited(context: Context, message: Message, by: str, body: str, stamp: int) -> None:
    old, message.body = message.body, body
    message.edited_at, message.edited_by = stamp, by
    context.keep(message.ref)
    context.reported(message.ref, "edited_at", stamp)
    context.reported(message.ref, "edited_by", by)
    context.changed(message.ref, "body", old, body)


def set_topic(account: Account, context: Context, name: str, topic: str, rich: bool) -> Value:
    """SETTOPIC, SETTOPICXML: what the chat is about, for both sides."""
    chat = _writable(account, name)
    _check(account, topic)
    message = _entry(account, context, chat, account.handle, "settopic", topic)
    _take_topic(account, context, chat, topic, rich)
    _happened(account, context, chat, message)
    context.reported(message.ref, "status", "sending")
    _post(account, context, chat, message, _RICH_TOPIC if rich else "")
    return topic


def _take_topic(account: Account, context: Context, chat: Chat, topic: str, rich: bool) -> None:
    bare = plain(topic) if rich else topic
    old, chat.topic = chat.topic, bare
    context.changed(chat.ref, "topic", old, bare)
    old, chat.topic_xml = chat.topic_xml, topic if rich else ""
    if rich or old:
        context.changed(chat.ref, "topic_xml", old, chat.topic_xml)
    context.reported(chat.ref, "friendly_name", title(account, chat))


# Other actions --------------------------------------------------------------------------------------------


def mark_seen(account: Account, context: Context, key: int) -> Value:
    """SET CHATMESSAGE SEEN: the user has read it; returns its new status. Once only."""
    message = account.messages.find(key)
    if message is None:
        raise Failure(Meaning.UNKNOWN_OBJECT)
    if message.status != "received":
        raise Failure(Meaning.INVALID_VALUE)
    _read(account, context, message)
    if Part.SEEN in account.nature.parts:
        _tell_seen(account, context, message)
    return "read"


def _tell_seen(account: Account, context: Context, message: Message) -> None:
    """Of what was read of somebody the latest message is told; of several that wait one is enough."""
    waiting = [
        request
        for request in account.outbox.waiting.values()
        if isinstance(request, PostSeen) and request.to == message.partner
    ]
    for request in waiting:
        other = account.messages.by_uid(request.message)
        if other is not None and other.id > message.id:
            return
        outbox.done(account, context, request.uid)
    outbox.post(account, context, PostSeen(account.ids.token(), message.partner, message.uid))


def _read(account: Account, context: Context, message: Message) -> None:
    message.status = "read"
    context.changed(message.ref, "status", "received", "read")


def bookmark(account: Account, context: Context, name: str, wanted: bool) -> Value:
    """BOOKMARK, UNBOOKMARK: put a chat among the bookmarks or take it away."""
    chat = _the(account, name)
    if chat.bookmarked != wanted:
        chat.bookmarked = wanted
        context.changed(chat.ref, "bookmarked", not wanted, wanted)
    return wanted


def clear_recent(account: Account, context: Context, name: str) -> Value:
    """CLEARRECENTMESSAGES: nothing of the chat is recent any more."""
    chat = _the(account, name)
    chat.recent_after = account.ids.last
    context.keep(chat.ref)
    return None


def set_alert(account: Account, context: Context, name: str, alert: str) -> Value:
    """SETALERTSTRING: what must be said in the chat to alert the user; its first character is dropped."""
    chat = _the(account, name)
    chat.alert = alert[1:]
    context.keep(chat.ref)
    return None


def only_with_several(account: Account, _context: Context, name: str) -> Value:
    """What cannot be done in a conversation of two: leaving, joining, throwing out, passwords."""
    _the(account, name)
    raise Failure(Meaning.NOT_ALLOWED)


def show(account: Account, context: Context, name: str, text: str = "") -> Value:
    """OPEN CHAT: the chat stands in the window from now on. ``text``: waits in its input line."""
    chat = _the(account, name)
    if chat.name not in account.chats.opened:
        last = next(reversed(account.chats.opened), None)
        chat.shown = 1 if last is None else account.chats.all[last].shown + 1
        account.chats.opened[chat.name] = None
        context.keep(chat.ref)
        context.signalled(chat.ref, "opened")
    return ui_state.show_page(account, context, "chat", chat.name, text)


def hide(account: Account, context: Context, name: str) -> Value:
    """The user closed a chat in the window."""
    chat = _the(account, name)
    if account.chats.opened.pop(chat.name, chat) is None:
        chat.shown = 0
        context.keep(chat.ref)
        context.signalled(chat.ref, "closed")
    return None


def show_dialog(account: Account, context: Context, target: str, text: str) -> Value:
    """OPEN IM: the dialog with somebody stands in the window from now on, with a text that is not sent."""
    return show(account, context, _dialog(account, context, _somebody(account, target), True).name, text)


def clear_history(account: Account, context: Context) -> Value:
    """CLEAR CHATHISTORY: forget all messages; the chats stay. None comes again that the network repeats."""
    account.messages.clear(account.handle, own_return=Part.HISTORY in account.nature.parts)
    context.keep(MARKS)
    context.write(Purge(Kind.MESSAGE, account.ids.last))
    context.signalled(SETTINGS, "message_history_changed")
    return None


# Questions ------------------------------------------------------------------------------------------------


def recent(account: Account, context: Context, chat: Chat) -> Value:
    """The latest messages of a chat and those that nobody has seen, oldest first."""
    latest = account.messages.in_chat(chat.name, RECENT)
    return listing.keys_and_last(account, context, unread_in(chat.name), latest, chat.recent_after)


def missed(account: Account) -> tuple[str, ...]:
    """Chats with messages that nobody has seen, the latest message first."""
    latest = [(account.messages.unread(name, 1), name) for name in account.chats.all]
    return tuple(name for found, name in sorted(latest, reverse=True) if found)


# Events ---------------------------------------------------------------------------------------------------


def came(account: Account, context: Context, event: MessageCame) -> None:
    """Somebody wrote. What came before and what blocked people say is taken and not shown."""
    context.ask(Acknowledge(event.receipt))
    _take(account, context, event)


def _take(account: Account, context: Context, event: MessageCame) -> Message | None:
    sender = canonical(event.sender)
    blocked = account.people.find(sender).is_blocked and not event.mine
    if blocked or account.messages.came_before(event.uid):
        return None
    author = account.handle if event.mine else sender
    chat = _dialog_of(account, context, sender, event.chat, author)
    sort = _SORTS.get(event.sort, "unknown")
    status = "sent" if event.mine else "read" if event.seen else "received"
    message = _entry(account, context, chat, author, sort, event.body, status, event.uid, event.stamp)
    if not event.mine:
        _heard_of(context, account, chat)
    if sort == "settopic":
        _take_topic(account, context, chat, event.body, event.sort == _RICH_TOPIC)
    _happened(account, context, chat, message)
    context.reported(message.ref, "status", status)
    return message


def _dialog_of(account: Account, context: Context, sender: str, name: str, author: str) -> Chat:
    """The dialog that a message of ``author`` belongs to; a strange id is not believed."""
    chat = account.chats.all.get(name)
    if chat is not None and chat.partner == sender:
        return chat
    parts = _DIALOG.fullmatch(name)
    if parts is None or {parts["creator"], parts["partner"]} != {sender, account.handle}:
        return _dialog(account, context, sender, noted=False, adder=author)
    return _begin(account, context, name, sender, parts["creator"], noted=False)


def _heard_of(context: Context, account: Account, chat: Chat) -> None:
    """The other one is really there."""
    for member in account.chats.in_chat[chat.name]:
        if member.identity == chat.partner and not member.is_active:
            member.is_active = True
            context.changed(member.ref, "is_active", False, True)
            old, chat.active_members = chat.active_members, (*chat.active_members, chat.partner)
            context.changed(chat.ref, "active_members", old, chat.active_members)


def edited(account: Account, context: Context, event: EditCame) -> None:
    """Somebody changed what they wrote; only the author may, in a dialog.

    What was written before a network with an archive showed it to us is shown as it is now. Removals of such
    are nothing.
    """
    context.ask(Acknowledge(event.receipt))
    sender = canonical(event.sender)
    author = account.handle if event.mine else sender
    if account.people.find(sender).is_blocked and not event.mine:
        return
    message = account.messages.by_uid(event.message)
    if message is None:
        if event.body and Part.HISTORY in account.nature.parts:
            message = _take(account, context, _as_message(event))
            if message is not None:
                message.edits = event.serial
                message.edited_at, message.edited_by = event.stamp, author
                message.take_edit(event.uid)
        return
    if message.author != author or message.sort not in WRITTEN:
        return
    if event.serial <= message.edits or not message.take_edit(event.uid):
        return
    message.edits = event.serial
    _edited(context, message, author, _without_sign(message.sort, event.body), event.stamp)


def _as_message(event: EditCame) -> MessageCame:
    """What an edit says, for who has not heard what it changes."""
    emote = event.body.startswith(_EMOTE)
    return MessageCame(
        event.receipt,
        event.message,
        event.sender,
        event.chat,
        "emoted" if emote else "said",
        event.body.removeprefix(_EMOTE),
        event.stamp,
        mine=event.mine,
    )


def _without_sign(sort: str, body: str) -> str:
    """The text of an entry; what makes an emote is no part of it."""
    return body.removeprefix(_EMOTE) if sort == "emoted" else body


def seen_elsewhere(account: Account, context: Context, event: SeenElsewhere) -> None:
    """What somebody wrote was read on another device, up to a message; the latest of them first."""
    last = account.messages.by_uid(event.uid)
    if last is None or last.partner != canonical(event.partner):
        return
    keys = account.messages.unread_upto(last.chat, last.id, AT_ONCE + 1)
    for key in reversed(keys[:AT_ONCE]):
        message = account.messages.find(key)
        if message is not None and message.status == "received":
            _read(account, context, message)
    if len(keys) > AT_ONCE:
        context.ask(ReadOn(event.partner, event.uid))


def sent(account: Account, context: Context, uid: str) -> None:
    """The network has a message."""
    message = account.messages.by_uid(uid)
    if message is not None and message.status == "sending":
        message.status = "sent"
        context.changed(message.ref, "status", "sending", "sent")


def returned(account: Account, context: Context, event: PostReturned) -> None:
    """What was on its way came back for now; it is asked for again, also if it was believed to be safe.

    A day after that happened for the first time it has failed. Of edits the text goes out as it is now.
    """
    uid = event.uid
    message = account.messages.by_uid(event.message or uid)
    if message is None or message.author != account.handle:
        outbox.came_back(account, context, uid)
        return
    now = context.now.stamp()
    if message.returned and now - message.returned > outbox.PATIENCE:
        outbox.done(account, context, uid)
        refused(account, context, uid, "user_not_found")
        return
    if not message.returned:
        message.returned = now
        context.keep(message.ref)
    if not event.message and message.status == "sent":
        message.status = "sending"
        context.changed(message.ref, "status", "sent", "sending")
    if outbox.came_back(account, context, uid) or message.status == "failed":
        return
    if event.message:
        _post_edit(account, context, message, uid)
    else:
        _post(account, context, account.chats.all[message.chat], message)
    account.outbox.returned.add(uid)


def refused(account: Account, context: Context, uid: str, why: str) -> None:
    """A message will never arrive; an entry says why (reference: MESSAGE, notes).

    A network may have taken it before it knew.
    """
    message = account.messages.by_uid(uid)
    if message is None or message.author != account.handle or message.status not in ("sending", "sent"):
        return
    old, message.status = message.status, "failed"
    context.changed(message.ref, "status", old, "failed")
    chat = account.chats.all[message.chat]
    entry = _entry(
        account, context, chat, chat.partner, "left", "", "received", users=(chat.partner,), leave_reason=why
    )
    context.reported(entry.ref, "status", "received")
