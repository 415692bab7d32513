"""CHATMESSAGE (reference: CHATMESSAGE object)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ringback.domain import chats
from ringback.domain.account import Account
from ringback.domain.changes import Kind, Value
from ringback.domain.engine import UseCase
from ringback.domain.journal import Context
from ringback.domain.messages import Message
from ringback.protocol.objects import keys
from ringback.protocol.objects.chat import OPTIONS, ROLES
from ringback.protocol.schema import Access, Faults, Key, ObjectType, Property
from ringback.protocol.values import (
    BLANK_LIST,
    BOOLEAN,
    CHAT_ID,
    HANDLE,
    STAMP,
    TEXT,
    enumeration,
)
from ringback.protocol.versions import RENAMED_IN

_NEW_IN_7: Final = (
    "POSTEDCONTACTS",
    "GAP_IN_CHAT",
    "SETROLE",
    "KICKED",
    "SETOPTIONS",
    "KICKBANNED",
    "JOINEDASAPPLICANT",
    "SETPICTURE",
    "SETGUIDELINES",
)
_TYPES: Final = enumeration(
    "chat message type",
    {
        "SETTOPIC": "the topic was changed",
        "SAID": "somebody wrote",
        "ADDEDMEMBERS": "people were brought in",
        "SAWMEMBERS": "somebody found others there",
        "CREATEDCHATWITH": "the chat was made",
        "LEFT": "somebody left or could not be brought in",
        "POSTEDCONTACTS": "contacts were sent",
        "GAP_IN_CHAT": "part of the history is missing",
        "SETROLE": "somebody's rank was changed",
        "KICKED": "somebody was thrown out",
        "KICKBANNED": "somebody was thrown out for good",
        "SETOPTIONS": "the options were changed",
        "SETPICTURE": "the picture was changed",
        "SETGUIDELINES": "the house rules were changed",
        "JOINEDASAPPLICANT": "somebody asks to be let in",
        "UNKNOWN": "anything else, or newer than the protocol",
        "EMOTED": "somebody did something (/me)",
    },
    {7: dict.fromkeys(_NEW_IN_7, "UNKNOWN")},
)
#: Sorts that were texts when the object was MESSAGE; the others were unknown (reference: MESSAGE object).
TEXTS: Final = frozenset({"said", "emoted", "settopic"})


def _show_type(value: Value, version: int) -> str:
    if version < RENAMED_IN:
        return "TEXT" if value in TEXTS else "UNKNOWN"
    return _TYPES.show(value, version)


TYPE: Final = replace(_TYPES, show=_show_type, changes_below=(RENAMED_IN, 7))
_WORDS: Final = enumeration(
    "chat message status",
    {
        "SENDING": "on its way out",
        "SENT": "out",
        "RECEIVED": "came in, not read",
        "READ": "came in and was read",
    },
)


def _show_status(value: Value, version: int) -> str:
    # A message that failed had a word of its own only when the object was MESSAGE.
    if value == "failed":
        return "FAILED" if version < RENAMED_IN else "SENDING"
    return _WORDS.show(value, version)


STATUS: Final = replace(_WORDS, show=_show_status, changes_below=(RENAMED_IN,))
LEAVEREASON: Final = enumeration(
    "reason of leaving",
    {
        "USER_NOT_FOUND": "no such person",
        "USER_INCAPABLE": "the person's program cannot take part",
        "ADDER_MUST_BE_FRIEND": "the person lets only contacts bring them in",
        "ADDED_MUST_BE_AUTHORIZED": "the person must be authorised first",
        "UNSUBSCRIBE": "the person left",
        "ADD_DECLINED": "the person did not want to come in",
    },
)
ROLE: Final = enumeration("role that was given", {"UNKNOWN": "no rank was given", **ROLES})


def find(account: Account, number: Key) -> Message | None:
    """The message of that id."""
    return account.messages.find(number) if isinstance(number, int) else None


def the(account: Account, number: Key) -> Message:
    """The message of that id, which is there."""
    message = find(account, number)
    assert message is not None, "the dispatcher looks the message up first"
    return message


def author_name(account: Account, number: Key, _argument: str) -> Value:
    """The name of its author as we show it."""
    author = the(account, number).author
    person = account.person(author)
    return person.display_name or person.fullname or author


def _editable(account: Account, number: Key, _argument: str) -> Value:
    return chats.editable(account, the(account, number))


def _edit(number: Key, value: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        assert isinstance(number, int)
        return chats.edit(account, context, number, str(value))

    return use_case


def seen(number: Key, _value: Value) -> UseCase:
    """Somebody has read it."""

    def use_case(account: Account, context: Context) -> Value:
        assert isinstance(number, int)
        return chats.mark_seen(account, context, number)

    return use_case


CHATMESSAGE: Final = ObjectType(
    word="CHATMESSAGE",
    kind=Kind.MESSAGE,
    key=keys.number,
    find=find,
    line=2745,
    introduced="protocol 3",
    meaning="An entry of a chat, addressed by number.",
    faults=Faults(
        get_key=14, get_unknown=15, get_property=16, set_key=30, set_unknown=31, set_property=32, set_value=32
    ),
    properties=(
        Property("TIMESTAMP", STAMP, "timestamp", line=2753, meaning="when it was written"),
        Property(
            "PARTNER_HANDLE",
            HANDLE,
            "author",
            line=2755,
            deprecated="API 3.0, use FROM_HANDLE",
            meaning="its author, old name",
        ),
        Property(
            "PARTNER_DISPNAME",
            TEXT,
            read=author_name,
            line=2757,
            deprecated="API 3.0, use FROM_DISPNAME",
            meaning="its author's name, old name",
        ),
        Property("FROM_HANDLE", HANDLE, "author", line=2759, meaning="its author"),
        Property("FROM_DISPNAME", TEXT, read=author_name, line=2760, meaning="its author's name"),
        Property("TYPE", TYPE, "sort", line=2761, meaning="what happened"),
        Property("STATUS", STATUS, "status", line=2786, meaning="how far it has come"),
        Property("LEAVEREASON", LEAVEREASON, "leave_reason", line=2793, meaning="of LEFT: why; else empty"),
        Property("CHATNAME", CHAT_ID, "chat", line=2802, meaning="its chat"),
        Property(
            "USERS", BLANK_LIST, "users", line=2804, meaning="whom it is about, such as those brought in"
        ),
        Property(
            "IS_EDITABLE",
            BOOLEAN,
            read=_editable,
            line=2805,
            introduced="API 3.0",
            meaning="may we change its text",
        ),
        Property(
            "EDITED_BY",
            HANDLE,
            "edited_by",
            line=2808,
            introduced="API 3.0",
            meaning="who changed its text last",
        ),
        Property(
            "EDITED_TIMESTAMP",
            STAMP,
            "edited_at",
            line=2809,
            introduced="API 3.0",
            meaning="when its text was changed last",
        ),
        Property(
            "OPTIONS",
            OPTIONS,
            "options",
            line=2810,
            introduced="API 3.0",
            meaning="of SETOPTIONS: the new bits; else 0",
        ),
        Property("ROLE", ROLE, "role", line=2815, introduced="API 3.0", meaning="of SETROLE: the new rank"),
        Property(
            "SEEN",
            STATUS,
            access=Access.WRITE,
            write=seen,
            flag=True,
            answers="STATUS",
            line=2824,
            meaning="mark it as read; answered with STATUS",
        ),
        Property(
            "BODY",
            TEXT,
            "body",
            Access.READ_WRITE,
            write=_edit,
            sensitive=0,
            line=2825,
            meaning="its text; writable from API 3.0",
        ),
    ),
)
