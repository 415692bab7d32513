"""EVENT (reference: EVENT object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, ObjectType, Property
from ringback.protocol.values import TEXT

EVENT: Final = ObjectType(
    word="EVENT",
    kind=Kind.ALERT_EVENT,
    key=keys.name,
    find=keys.nothing,
    line=2066,
    introduced="protocol 6, API 3.0",
    meaning="A notice in the window, addressed by the name its program chose.",
    properties=(
        Property("CAPTION", TEXT, access=Access.WRITE, line=2071, meaning="its text"),
        Property("HINT", TEXT, access=Access.WRITE, line=2071, meaning="what is shown under the pointer"),
    ),
)
