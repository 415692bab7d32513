"""GROUP (reference: GROUP object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, Action, Faults, ObjectType, Property
from ringback.protocol.values import BOOLEAN, COMMA_LIST, NUMBER, TEXT, enumeration

TYPE: Final = enumeration(
    "group type",
    (
        "ALL",
        "CUSTOM",
        "HARDWIRED",
        "SHARED_GROUP",
        "PROPOSED_SHARED_GROUP",
        "ALL_USERS",
        "ALL_FRIENDS",
        "SKYPE_FRIENDS",
        "SKYPEOUT_FRIENDS",
        "ONLINE_FRIENDS",
        "UNKNOWN_OR_PENDINGAUTH_FRIENDS",
        "RECENTLY_CONTACTED_USERS",
        "USERS_WAITING_MY_AUTHORIZATION",
        "USERS_AUTHORIZED_BY_ME",
        "USERS_BLOCKED_BY_ME",
        "UNGROUPED_FRIENDS",
        "CUSTOM_GROUP",
    ),
)

GROUP: Final = ObjectType(
    word="GROUP",
    kind=Kind.GROUP,
    key=keys.number,
    find=keys.nothing,
    line=2970,
    meaning="A set of contacts.",
    faults=Faults(get_key=562, get_unknown=563, get_property=564),
    properties=(
        Property("TYPE", TYPE, line=2975),
        Property("CUSTOM_GROUP_ID", NUMBER, line=2981),
        Property("DISPLAYNAME", TEXT, access=Access.READ_WRITE, line=2982),
        Property("NROFUSERS", NUMBER, line=2983),
        Property("NROFUSERS_ONLINE", NUMBER, line=2984),
        Property("USERS", COMMA_LIST, line=2985),
        Property("VISIBLE", BOOLEAN, line=1203),
        Property("EXPANDED", BOOLEAN, line=1212),
    ),
    actions=(
        Action("ADDUSER", arguments="<handle>", needs_argument=True),
        Action("REMOVEUSER", arguments="<handle>", needs_argument=True, after_changes=True),
        Action("SHARE", arguments="[<text>]"),
        Action("ACCEPT", takes_argument=False),
        Action("DECLINE", takes_argument=False),
    ),
)
