"""CHATMEMBER (reference: CHATMEMBER object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Action, Echo, ObjectType, Property
from ringback.protocol.values import BOOLEAN, TEXT, enumeration

ROLE: Final = enumeration(
    "chatmember role",
    (
        "CREATOR",
        "MASTER",
        "HELPER",
        "USER",
        "LISTENER",
        "APPLICANT",
    ),
)

CHATMEMBER: Final = ObjectType(
    word="CHATMEMBER",
    kind=Kind.MEMBER,
    key=keys.number,
    find=keys.nothing,
    line=2729,
    meaning="Somebody's place in a chat.",
    properties=(
        Property("CHATNAME", TEXT, line=2732),
        Property("IDENTITY", TEXT, line=2733),
        Property("ROLE", ROLE, line=2734),
        Property("IS_ACTIVE", BOOLEAN, line=2736),
    ),
    actions=(
        Action("SETROLETO", arguments="<role>", needs_argument=True, echo=Echo.ACTION),
        Action("CANSETROLETO", arguments="<role>", needs_argument=True, echo=Echo.DATA),
    ),
)
