"""CHATMEMBER (reference: CHATMEMBER object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.objects.chat import ROLES
from ringback.protocol.schema import Action, Echo, Faults, ObjectType, Property
from ringback.protocol.values import BOOLEAN, CHAT_ID, HANDLE, enumeration

ROLE: Final = enumeration("role in a chat", ROLES)
#: Nobody is made an applicant: that is who asks to be let in.
GIVEN_ROLE: Final = enumeration(
    "role to give", {word: meaning for word, meaning in ROLES.items() if word != "APPLICANT"}
)

CHATMEMBER: Final = ObjectType(
    word="CHATMEMBER",
    kind=Kind.MEMBER,
    key=keys.number,
    find=keys.nothing,
    line=2729,
    introduced="protocol 7, API 3.0",
    meaning="Somebody's place in a chat, addressed by number.",
    # Without numbers of its own; a refused change of rank is an action on a chat that failed.
    faults=Faults(alter_failed=504),
    properties=(
        Property("CHATNAME", CHAT_ID, line=2732, meaning="the chat"),
        Property("IDENTITY", HANDLE, line=2733, meaning="the person"),
        Property("ROLE", ROLE, line=2734, meaning="rank in the chat"),
        Property("IS_ACTIVE", BOOLEAN, line=2736, meaning="has ever been reached in it"),
    ),
    actions=(
        Action(
            "SETROLETO",
            arguments="<role>",
            type=GIVEN_ROLE,
            needs_argument=True,
            echo=Echo.ACTION,
            line=1131,
            introduced="protocol 7, API 3.0",
            meaning="raise or lower the rank",
        ),
        Action(
            "CANSETROLETO",
            arguments="<role>",
            type=ROLE,
            needs_argument=True,
            echo=Echo.DATA,
            line=1143,
            introduced="protocol 7, API 3.0",
            meaning="ask whether we may give this rank",
        ),
    ),
)
