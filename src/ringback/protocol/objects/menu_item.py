"""MENU_ITEM (reference: MENU_ITEM object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, ObjectType, Property
from ringback.protocol.values import BOOLEAN, PATH, TEXT, enumeration

CONTEXT: Final = enumeration(
    "menu",
    {
        "CHAT": "menu of a chat",
        "CALL": "menu of a call",
        "MYSELF": "the user's own menu",
        "TOOLS": "menu of tools",
        "CONTACT": "menu of a contact",
    },
)
CONTACT_TYPE_FILTER: Final = enumeration(
    "kind of contact",
    {
        "SKYPE": "contacts who are no phone numbers",
        "SKYPEOUT": "contacts who are phone numbers",
        "ALL": "any contact",
    },
)

MENU_ITEM: Final = ObjectType(
    word="MENU_ITEM",
    kind=Kind.MENU_ITEM,
    key=keys.name,
    find=keys.nothing,
    line=1978,
    introduced="protocol 6, API 3.0",
    meaning="An entry in a menu, addressed by the name its program chose.",
    properties=(
        Property("CAPTION", TEXT, access=Access.WRITE, line=2033, meaning="its text"),
        Property(
            "HINT", TEXT, access=Access.WRITE, line=2034, meaning="what is shown under the pointer, not used"
        ),
        Property("ENABLED", BOOLEAN, access=Access.WRITE, line=2035, meaning="can it be chosen"),
        Property("CONTEXT", CONTEXT, line=1998, meaning="the menu it stands in; said when it is chosen"),
        Property("ICON", PATH, line=2016, meaning="picture before the text, a PNG file"),
        Property(
            "ENABLE_MULTIPLE_CONTACTS",
            BOOLEAN,
            line=2020,
            meaning="can it be chosen for several contacts, not used",
        ),
        Property(
            "CONTACT_TYPE_FILTER", CONTACT_TYPE_FILTER, line=1992, meaning="contacts whose menu shows it"
        ),
    ),
)
