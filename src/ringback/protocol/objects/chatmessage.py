"""CHATMESSAGE (reference: CHATMESSAGE object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.objects.chat import OPTIONS, ROLES
from ringback.protocol.schema import Access, Faults, ObjectType, Property
from ringback.protocol.values import (
    BLANK_LIST,
    BOOLEAN,
    CHAT_ID,
    HANDLE,
    STAMP,
    TEXT,
    enumeration,
)

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
TYPE: Final = enumeration(
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
STATUS: Final = enumeration(
    "chat message status",
    {
        "SENDING": "on its way out",
        "SENT": "out",
        "RECEIVED": "came in, not read",
        "READ": "came in and was read",
    },
)
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

CHATMESSAGE: Final = ObjectType(
    word="CHATMESSAGE",
    kind=Kind.MESSAGE,
    key=keys.number,
    find=keys.nothing,
    line=2745,
    introduced="protocol 3",
    meaning="An entry of a chat, addressed by number.",
    faults=Faults(
        get_key=14, get_unknown=15, get_property=16, set_key=30, set_unknown=31, set_property=32, set_value=32
    ),
    properties=(
        Property("TIMESTAMP", STAMP, line=2753, meaning="when it was written"),
        Property(
            "PARTNER_HANDLE",
            HANDLE,
            line=2755,
            deprecated="API 3.0, use FROM_HANDLE",
            meaning="its author, old name",
        ),
        Property(
            "PARTNER_DISPNAME",
            TEXT,
            line=2757,
            deprecated="API 3.0, use FROM_DISPNAME",
            meaning="its author's name, old name",
        ),
        Property("FROM_HANDLE", HANDLE, line=2759, meaning="its author"),
        Property("FROM_DISPNAME", TEXT, line=2760, meaning="its author's name"),
        Property("TYPE", TYPE, line=2761, meaning="what happened"),
        Property("STATUS", STATUS, line=2786, meaning="how far it has come"),
        Property("LEAVEREASON", LEAVEREASON, line=2793, meaning="of LEFT: why; else empty"),
        Property("CHATNAME", CHAT_ID, line=2802, meaning="its chat"),
        Property("USERS", BLANK_LIST, line=2804, meaning="whom it is about, such as those brought in"),
        Property("IS_EDITABLE", BOOLEAN, line=2805, introduced="API 3.0", meaning="may we change its text"),
        Property("EDITED_BY", HANDLE, line=2808, introduced="API 3.0", meaning="who changed its text last"),
        Property(
            "EDITED_TIMESTAMP",
            STAMP,
            line=2809,
            introduced="API 3.0",
            meaning="when its text was changed last",
        ),
        Property(
            "OPTIONS", OPTIONS, line=2810, introduced="API 3.0", meaning="of SETOPTIONS: the new bits; else 0"
        ),
        Property("ROLE", ROLE, line=2815, introduced="API 3.0", meaning="of SETROLE: the new rank"),
        Property(
            "SEEN",
            BOOLEAN,
            access=Access.WRITE,
            flag=True,
            line=2824,
            meaning="mark it as read; answered with STATUS",
        ),
        Property(
            "BODY", TEXT, access=Access.READ_WRITE, line=2825, meaning="its text; writable from API 3.0"
        ),
    ),
)
