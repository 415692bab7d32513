"""GROUP (reference: GROUP object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, Action, Faults, ObjectType, Property
from ringback.protocol.values import BOOLEAN, COMMA_LIST, HANDLE, NUMBER, TEXT, enumeration

TYPE: Final = enumeration(
    "group type",
    {
        "ALL": "every group; a word of SEARCH GROUPS",
        "CUSTOM": "made by the user; a word of SEARCH GROUPS",
        "HARDWIRED": "built in; a word of SEARCH GROUPS",
        "SHARED_GROUP": "shared with its members",
        "PROPOSED_SHARED_GROUP": "offered to be shared, not accepted yet",
        "ALL_USERS": "everybody known",
        "ALL_FRIENDS": "all contacts",
        "SKYPE_FRIENDS": "contacts who are no phone numbers",
        "SKYPEOUT_FRIENDS": "contacts who are phone numbers",
        "ONLINE_FRIENDS": "contacts who are there now",
        "UNKNOWN_OR_PENDINGAUTH_FRIENDS": "contacts whose leave is missing",
        "RECENTLY_CONTACTED_USERS": "people we had to do with lately",
        "USERS_WAITING_MY_AUTHORIZATION": "people who ask for our leave",
        "USERS_AUTHORIZED_BY_ME": "people who have our leave",
        "USERS_BLOCKED_BY_ME": "people we blocked",
        "UNGROUPED_FRIENDS": "contacts in no custom group",
        "CUSTOM_GROUP": "made by the user",
    },
)

GROUP: Final = ObjectType(
    word="GROUP",
    kind=Kind.GROUP,
    key=keys.number,
    find=keys.nothing,
    line=2970,
    introduced="protocol 5",
    meaning="A set of contacts, addressed by number.",
    faults=Faults(get_key=562, get_unknown=563, get_property=564),
    properties=(
        Property("TYPE", TYPE, line=2975, meaning="what brings its members together"),
        Property("CUSTOM_GROUP_ID", NUMBER, line=2981, meaning="lasting id of a custom group, else empty"),
        Property("DISPLAYNAME", TEXT, access=Access.READ_WRITE, line=2982, meaning="its name"),
        Property("NROFUSERS", NUMBER, line=2983, meaning="how many members it has"),
        Property(
            "NROFUSERS_ONLINE",
            NUMBER,
            notified=False,
            line=2984,
            meaning="how many of them are there; not notified since API 3.0",
        ),
        Property(
            "USERS",
            COMMA_LIST,
            notified=False,
            line=2985,
            meaning="handles of its members; not notified since API 3.0",
        ),
        Property("VISIBLE", BOOLEAN, line=1203, meaning="is it shown in the window"),
        Property("EXPANDED", BOOLEAN, line=1212, meaning="are its members shown in the window"),
    ),
    actions=(
        Action(
            "ADDUSER",
            arguments="<handle>",
            type=HANDLE,
            needs_argument=True,
            missing=8,
            line=1270,
            introduced="protocol 5",
            meaning="put a contact in",
        ),
        Action(
            "REMOVEUSER",
            arguments="<handle>",
            type=HANDLE,
            needs_argument=True,
            missing=8,
            after_changes=True,
            line=1285,
            introduced="protocol 5",
            meaning="take a contact out",
        ),
        Action(
            "SHARE",
            arguments="[<text>]",
            sensitive=0,
            line=1297,
            introduced="protocol 6",
            meaning="offer it to its members, with a word to them",
        ),
        Action(
            "ACCEPT",
            takes_argument=False,
            line=1297,
            introduced="protocol 6",
            meaning="accept a group that is offered",
        ),
        Action(
            "DECLINE",
            takes_argument=False,
            line=1297,
            introduced="protocol 6",
            meaning="refuse a group that is offered",
        ),
    ),
)
