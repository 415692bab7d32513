"""SMS (reference: SMS object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, Action, ObjectType, Property
from ringback.protocol.values import BOOLEAN, COMMA_LIST, NUMBER, STAMP, TEXT, enumeration

TYPE: Final = enumeration(
    "sms type",
    (
        "INCOMING",
        "OUTGOING",
        "CONFIRMATION_CODE_REQUEST",
        "CONFIRMATION_CODE_SUBMIT",
        "UNKNOWN",
    ),
)
STATUS: Final = enumeration(
    "sms status",
    (
        "RECEIVED",
        "READ",
        "COMPOSING",
        "SENDING_TO_SERVER",
        "SENT_TO_SERVER",
        "DELIVERED",
        "SOME_TARGETS_FAILED",
        "FAILED",
        "UNKNOWN",
    ),
)
FAILUREREASON: Final = enumeration(
    "sms failurereason",
    (
        "MISC_ERROR",
        "SERVER_CONNECT_FAILED",
        "NO_SMS_CAPABILITY",
        "INSUFFICIENT_FUNDS",
        "INVALID_CONFIRMATION_CODE",
        "USER_BLOCKED",
        "IP_BLOCKED",
        "NODE_BLOCKED",
        "UNKNOWN",
        "NO_SENDERID_CAPABILITY",
    ),
    {8: {"NO_SENDERID_CAPABILITY": "UNKNOWN"}},
)

SMS: Final = ObjectType(
    word="SMS",
    kind=Kind.PHONE_TEXT,
    key=keys.number,
    find=keys.nothing,
    line=2879,
    meaning="A text message to or from a phone.",
    properties=(
        Property("BODY", TEXT, access=Access.READ_WRITE, line=2883),
        Property("TYPE", TYPE, line=2884),
        Property("STATUS", STATUS, line=2891),
        Property("FAILUREREASON", FAILUREREASON, line=2903),
        Property("IS_FAILED_UNSEEN", BOOLEAN, line=2918),
        Property("TIMESTAMP", STAMP, line=2921),
        Property("PRICE", NUMBER, line=2922),
        Property("PRICE_PRECISION", NUMBER, line=2923),
        Property("PRICE_CURRENCY", TEXT, line=2927),
        Property("REPLY_TO_NUMBER", TEXT, access=Access.READ_WRITE, line=2928),
        Property("TARGET_NUMBERS", COMMA_LIST, access=Access.READ_WRITE, line=2929),
        Property("TARGET_STATUSES", COMMA_LIST, line=2930),
        Property("CHUNKING", NUMBER, line=536),
        Property("CHUNK", TEXT, argument=True, line=538),
        Property("SEEN", BOOLEAN, access=Access.WRITE, flag=True, line=2920),
    ),
    actions=(Action("SEND", takes_argument=False),),
)
