"""CHATMESSAGE (reference: CHATMESSAGE object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, Faults, ObjectType, Property
from ringback.protocol.values import BLANK_LIST, BOOLEAN, NUMBER, STAMP, TEXT, enumeration

TYPE: Final = enumeration(
    "chatmessage type",
    (
        "SETTOPIC",
        "SAID",
        "ADDEDMEMBERS",
        "SAWMEMBERS",
        "CREATEDCHATWITH",
        "LEFT",
        "POSTEDCONTACTS",
        "GAP_IN_CHAT",
        "SETROLE",
        "KICKED",
        "KICKBANNED",
        "SETOPTIONS",
        "SETPICTURE",
        "SETGUIDELINES",
        "JOINEDASAPPLICANT",
        "UNKNOWN",
        "EMOTED",
    ),
    {
        7: {
            "POSTEDCONTACTS": "UNKNOWN",
            "GAP_IN_CHAT": "UNKNOWN",
            "SETROLE": "UNKNOWN",
            "KICKED": "UNKNOWN",
            "SETOPTIONS": "UNKNOWN",
            "KICKBANNED": "UNKNOWN",
            "JOINEDASAPPLICANT": "UNKNOWN",
            "SETPICTURE": "UNKNOWN",
            "SETGUIDELINES": "UNKNOWN",
        }
    },
)
STATUS: Final = enumeration(
    "chatmessage status",
    (
        "SENDING",
        "SENT",
        "RECEIVED",
        "READ",
    ),
)
LEAVEREASON: Final = enumeration(
    "chatmessage leavereason",
    (
        "USER_NOT_FOUND",
        "USER_INCAPABLE",
        "ADDER_MUST_BE_FRIEND",
        "ADDED_MUST_BE_AUTHORIZED",
        "UNSUBSCRIBE",
        "ADD_DECLINED",
    ),
)
ROLE: Final = enumeration(
    "chatmessage role",
    (
        "UNKNOWN",
        "CREATOR",
        "MASTER",
        "HELPER",
        "USER",
        "LISTENER",
        "APPLICANT",
    ),
)

CHATMESSAGE: Final = ObjectType(
    word="CHATMESSAGE",
    kind=Kind.MESSAGE,
    key=keys.number,
    find=keys.nothing,
    line=2745,
    meaning="A chat entry.",
    faults=Faults(
        get_key=14, get_unknown=15, get_property=16, set_key=30, set_unknown=31, set_property=32, set_value=32
    ),
    properties=(
        Property("TIMESTAMP", STAMP, line=2753),
        Property("PARTNER_HANDLE", TEXT, line=2755),
        Property("PARTNER_DISPNAME", TEXT, line=2757),
        Property("FROM_HANDLE", TEXT, line=2759),
        Property("FROM_DISPNAME", TEXT, line=2760),
        Property("TYPE", TYPE, line=2761),
        Property("STATUS", STATUS, line=2786),
        Property("LEAVEREASON", LEAVEREASON, line=2793),
        Property("CHATNAME", TEXT, line=2802),
        Property("USERS", BLANK_LIST, line=2804),
        Property("IS_EDITABLE", BOOLEAN, line=2805),
        Property("EDITED_BY", TEXT, line=2808),
        Property("EDITED_TIMESTAMP", STAMP, line=2809),
        Property("OPTIONS", NUMBER, line=2810),
        Property("ROLE", ROLE, line=2815),
        Property("SEEN", BOOLEAN, access=Access.WRITE, flag=True, line=2824),
        Property("BODY", TEXT, access=Access.READ_WRITE, line=2825),
    ),
)
