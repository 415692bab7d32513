"""MENU_ITEM (reference: MENU_ITEM object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, ObjectType, Property
from ringback.protocol.values import BOOLEAN, TEXT, enumeration

CONTEXT: Final = enumeration(
    "menu_item context",
    (
        "CHAT",
        "CALL",
        "MYSELF",
        "TOOLS",
        "CONTACT",
    ),
)
CONTACT_TYPE_FILTER: Final = enumeration(
    "menu_item contact_type_filter",
    (
        "SKYPE",
        "SKYPEOUT",
        "ALL",
    ),
)

MENU_ITEM: Final = ObjectType(
    word="MENU_ITEM",
    kind=Kind.MENU_ITEM,
    key=keys.name,
    find=keys.nothing,
    line=1978,
    meaning="An entry that a program added to a menu.",
    properties=(
        Property("CAPTION", TEXT, access=Access.WRITE, line=2033),
        Property("HINT", TEXT, access=Access.WRITE, line=2034),
        Property("ENABLED", BOOLEAN, access=Access.WRITE, line=2035),
        Property("CONTEXT", CONTEXT, line=1998),
        Property("ICON", TEXT, line=2016),
        Property("ENABLE_MULTIPLE_CONTACTS", BOOLEAN, line=2020),
        Property("CONTACT_TYPE_FILTER", CONTACT_TYPE_FILTER, line=1992),
    ),
)
