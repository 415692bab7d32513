"""CHAT (reference: CHAT object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, Action, Echo, Faults, ObjectType, Property
from ringback.protocol.values import BLANK_LIST, BOOLEAN, COMMA_LIST, NUMBER, STAMP, TEXT, enumeration

STATUS: Final = enumeration(
    "chat status",
    (
        "LEGACY_DIALOG",
        "DIALOG",
        "MULTI_SUBSCRIBED",
        "UNSUBSCRIBED",
        "MULTI_NEED_ACCEPT",
    ),
)
TYPE: Final = enumeration(
    "chat type",
    (
        "LEGACY_DIALOG",
        "DIALOG",
        "MULTICHAT",
        "SHAREDGROUP",
        "LEGACY_UNSUBSCRIBED",
    ),
)
MYSTATUS: Final = enumeration(
    "chat mystatus",
    (
        "CONNECTING",
        "WAITING_REMOTE_ACCEPT",
        "ACCEPT_REQUIRED",
        "PASSWORD_REQUIRED",
        "SUBSCRIBED",
        "UNSUBSCRIBED",
        "CHAT_DISBANDED",
        "QUEUED_BECAUSE_CHAT_IS_FULL",
        "APPLICATION_DENIED",
        "KICKED",
        "BANNED",
        "RETRY_CONNECTING",
    ),
)
MYROLE: Final = enumeration(
    "chat myrole",
    (
        "CREATOR",
        "MASTER",
        "HELPER",
        "USER",
        "LISTENER",
        "APPLICANT",
    ),
)

CHAT: Final = ObjectType(
    word="CHAT",
    kind=Kind.CHAT,
    key=keys.chat,
    find=keys.nothing,
    line=2646,
    meaning="A conversation, addressed by its chat id.",
    faults=Faults(
        get_key=105,
        get_unknown=105,
        get_property=106,
        alter_key_missing=500,
        alter_key=501,
        alter_action_missing=502,
        alter_action=503,
        alter_arguments=504,
        alter_failed=504,
    ),
    properties=(
        Property("NAME", TEXT, line=2649),
        Property("TIMESTAMP", STAMP, line=2651),
        Property("ADDER", TEXT, line=2653),
        Property("STATUS", STATUS, line=2655),
        Property("POSTERS", BLANK_LIST, line=2662),
        Property("MEMBERS", BLANK_LIST, line=2664),
        Property("TOPIC", TEXT, access=Access.READ_WRITE, line=2666),
        Property("TOPICXML", TEXT, access=Access.READ_WRITE, line=2668),
        Property("CHATMESSAGES", COMMA_LIST, line=2672),
        Property("ACTIVEMEMBERS", BLANK_LIST, line=2674),
        Property("FRIENDLYNAME", TEXT, line=2676),
        Property("RECENTCHATMESSAGES", COMMA_LIST, line=2679),
        Property("BOOKMARKED", BOOLEAN, line=2680),
        Property("MEMBEROBJECTS", COMMA_LIST, line=2684),
        Property("PASSWORDHINT", TEXT, line=2686),
        Property("GUIDELINES", TEXT, access=Access.READ_WRITE, line=2688),
        Property("OPTIONS", NUMBER, access=Access.READ_WRITE, line=2688),
        Property("DESCRIPTION", TEXT, line=2690),
        Property("DIALOG_PARTNER", TEXT, line=2690),
        Property("ACTIVITY_TIMESTAMP", STAMP, line=2691),
        Property("TYPE", TYPE, line=2692),
        Property("MYSTATUS", MYSTATUS, line=2699),
        Property("MYROLE", MYROLE, line=2720),
        Property("BLOB", TEXT, line=2721),
        Property("APPLICANTS", TEXT, line=2724),
    ),
    actions=(
        Action("SETTOPIC", arguments="<topic>", echo=Echo.ACTION),
        Action("SETTOPICXML", arguments="<topic>", echo=Echo.ACTION),
        Action(
            "ADDMEMBERS",
            arguments="<handle>[, <handle>]*",
            needs_argument=True,
            echo=Echo.ACTION,
            missing=506,
        ),
        Action("LEAVE", takes_argument=False, echo=Echo.ACTION, missing=505),
        Action("JOIN", takes_argument=False, echo=Echo.ACTION, after_changes=True),
        Action("BOOKMARK", takes_argument=False),
        Action("UNBOOKMARK", takes_argument=False),
        Action("CLEARRECENTMESSAGES", takes_argument=False, echo=Echo.ACTION),
        Action("SETALERTSTRING", arguments="<text>", echo=Echo.ACTION),
        Action("ACCEPTADD", takes_argument=False, echo=Echo.ACTION),
        Action("DISBAND", takes_argument=False, echo=Echo.ACTION),
        Action("SETPASSWORD", arguments="<password> <hint>", needs_argument=True, echo=Echo.ACTION),
        Action("ENTERPASSWORD", arguments="<password>", needs_argument=True, echo=Echo.ACTION),
        Action("SETOPTIONS", arguments="<bits>", needs_argument=True, echo=Echo.ACTION, after_changes=True),
        Action("KICK", arguments="<handle>[, <handle>]*", needs_argument=True, echo=Echo.ACTION),
        Action("KICKBAN", arguments="<handle>[, <handle>]*", needs_argument=True, echo=Echo.ACTION),
        Action("SETGUIDELINES", arguments="<text>", echo=Echo.ACTION, after_changes=True),
    ),
)
