"""MESSAGE (reference: MESSAGE object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, Faults, ObjectType, Property
from ringback.protocol.values import BOOLEAN, NUMBER, STAMP, TEXT, enumeration

TYPE: Final = enumeration(
    "message type",
    (
        "AUTHREQUEST",
        "TEXT",
        "CONTACTS",
        "UNKNOWN",
    ),
)
STATUS: Final = enumeration(
    "message status",
    (
        "SENDING",
        "SENT",
        "FAILED",
        "RECEIVED",
        "READ",
        "IGNORED",
        "QUEUED",
    ),
)

MESSAGE: Final = ObjectType(
    word="MESSAGE",
    kind=Kind.MESSAGE,
    key=keys.number,
    find=keys.nothing,
    line=2609,
    meaning="A chat entry, as programs below protocol 3 know it.",
    older_word="CHATMESSAGE",
    faults=Faults(
        get_key=14, get_unknown=15, get_property=16, set_key=30, set_unknown=31, set_property=32, set_value=32
    ),
    properties=(
        Property("TIMESTAMP", STAMP, line=2612),
        Property("PARTNER_HANDLE", TEXT, line=2614),
        Property("PARTNER_DISPNAME", TEXT, line=2616),
        Property("CONF_ID", NUMBER, line=2618),
        Property("TYPE", TYPE, line=2619),
        Property("STATUS", STATUS, line=2627),
        Property("FAILUREREASON", NUMBER, line=2638),
        Property("BODY", TEXT, line=2640),
        Property("SEEN", BOOLEAN, access=Access.WRITE, flag=True, line=2643),
    ),
)
