"""SMS (reference: SMS object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, Action, ObjectType, Property
from ringback.protocol.values import (
    BOOLEAN,
    COMMA_LIST,
    NUMBER,
    PHONE,
    PHONES,
    STAMP,
    TEXT,
    enumeration,
)

#: What a program may create.
CREATED: Final = {
    "OUTGOING": "to a phone",
    "CONFIRMATION_CODE_REQUEST": "asks to have a number confirmed as ours",
    "CONFIRMATION_CODE_SUBMIT": "brings back the code that came to that number",
}
TYPE: Final = enumeration(
    "phone text type", {"INCOMING": "from a phone", **CREATED, "UNKNOWN": "none of these"}
)
CREATED_TYPE: Final = enumeration("phone text type to create", CREATED)
STATUS: Final = enumeration(
    "phone text status",
    {
        "RECEIVED": "came in, not read",
        "READ": "came in and was read",
        "COMPOSING": "being written",
        "SENDING_TO_SERVER": "on its way out",
        "SENT_TO_SERVER": "out, not at the phones yet",
        "DELIVERED": "at all its phones",
        "SOME_TARGETS_FAILED": "not at all of its phones",
        "FAILED": "ended too early, see FAILUREREASON",
        "UNKNOWN": "cannot be told",
    },
)
FAILUREREASON: Final = enumeration(
    "phone text failure",
    {
        "MISC_ERROR": "nothing better can be said",
        "SERVER_CONNECT_FAILED": "no way to the phone network",
        "NO_SMS_CAPABILITY": "the phone takes no texts",
        "INSUFFICIENT_FUNDS": "the balance is too low",
        "INVALID_CONFIRMATION_CODE": "the code is wrong",
        "USER_BLOCKED": "the account may not send",
        "IP_BLOCKED": "the address may not send",
        "NODE_BLOCKED": "the machine may not send",
        "UNKNOWN": "it did not fail, or nobody knows why",
        "NO_SENDERID_CAPABILITY": "numbers of that country cannot be confirmed",
    },
    {8: {"NO_SENDERID_CAPABILITY": "UNKNOWN"}},
)
_TARGETS: Final = {
    "TARGET_ANALYZING": "being looked at",
    "TARGET_UNDEFINED": "cannot be told",
    "TARGET_ACCEPTABLE": "can be sent to",
    "TARGET_NOT_ROUTABLE": "cannot be sent to",
    "TARGET_DELIVERY_PENDING": "sent, not there yet",
    "TARGET_DELIVERY_SUCCESSFUL": "at the phone",
    "TARGET_DELIVERY_FAILED": "never came to the phone",
    "UNKNOWN": "none of these",
}
#: ``number=WORD`` for each target.
TARGET_STATUSES: Final = replace(
    COMMA_LIST,
    name="list of number=status, comma and blank between",
    words=tuple(_TARGETS),
    meanings=tuple(_TARGETS.values()),
    since=(0,) * len(_TARGETS),
)

SMS: Final = ObjectType(
    word="SMS",
    kind=Kind.PHONE_TEXT,
    key=keys.number,
    find=keys.nothing,
    line=2879,
    introduced="API 2.5",
    meaning="A text to or from phones, addressed by number.",
    properties=(
        Property("BODY", TEXT, access=Access.READ_WRITE, sensitive=0, line=2883, meaning="its text"),
        Property("TYPE", TYPE, line=2884, meaning="direction and purpose"),
        Property("STATUS", STATUS, line=2891, meaning="how far it has come"),
        Property("FAILUREREASON", FAILUREREASON, line=2903, meaning="why it failed"),
        Property(
            "IS_FAILED_UNSEEN", BOOLEAN, line=2918, meaning="did it fail without the user's notice; see SEEN"
        ),
        Property("TIMESTAMP", STAMP, line=2921, meaning="when it was made or came"),
        Property("PRICE", NUMBER, line=2922, meaning="what it costs, -1 until that is known"),
        Property("PRICE_PRECISION", NUMBER, line=2923, meaning="decimals in PRICE"),
        Property("PRICE_CURRENCY", TEXT, line=2927, meaning="currency of PRICE, ISO 4217"),
        Property(
            "REPLY_TO_NUMBER", PHONE, access=Access.READ_WRITE, line=2928, meaning="number that answers go to"
        ),
        Property("TARGET_NUMBERS", PHONES, access=Access.READ_WRITE, line=2929, meaning="whom it goes to"),
        Property("TARGET_STATUSES", TARGET_STATUSES, line=2930, meaning="how each target stands"),
        Property(
            "CHUNKING", TEXT, line=536, meaning="two numbers: parts it is cut into, characters in the last"
        ),
        Property(
            "CHUNK",
            TEXT,
            argument=NUMBER,
            sensitive=1,
            line=538,
            meaning="text of one part, counted from 0; 160 at most",
        ),
        Property(
            "SEEN",
            BOOLEAN,
            access=Access.WRITE,
            flag=True,
            line=2920,
            meaning="mark it as read, or its failure as noticed",
        ),
    ),
    actions=(
        Action(
            "SEND", takes_argument=False, line=511, introduced="API 2.5", meaning="send it to its targets"
        ),
    ),
)
