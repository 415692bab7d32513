"""MESSAGE (reference: MESSAGE object)."""

from __future__ import annotations

from typing import Final

from ringback.domain.account import Account
from ringback.domain.changes import Kind, Value
from ringback.protocol.objects import keys
from ringback.protocol.objects.chatmessage import TEXTS, author_name, find, seen, the
from ringback.protocol.schema import Access, Faults, Key, ObjectType, Property
from ringback.protocol.values import HANDLE, NUMBER, STAMP, TEXT, enumeration

TYPE: Final = enumeration(
    "message type",
    {
        "AUTHREQUEST": "somebody asks for our leave",
        "TEXT": "text or topic",
        "CONTACTS": "contacts were sent",
        "UNKNOWN": "anything else",
    },
)
STATUS: Final = enumeration(
    "message status",
    {
        "SENDING": "on its way out",
        "SENT": "out",
        "FAILED": "could not be sent, see FAILUREREASON",
        "RECEIVED": "came in, not read",
        "READ": "came in and was read",
        "IGNORED": "came in and was not taken notice of",
        "QUEUED": "waits to be sent",
    },
)


def _zero(_account: Account, _number: Key, _argument: str) -> Value:
    return 0


def _type(account: Account, number: Key, _argument: str) -> Value:
    return "text" if the(account, number).sort in TEXTS else "unknown"


def _failure(account: Account, number: Key, _argument: str) -> Value:
    return 1 if the(account, number).status == "failed" else 0


MESSAGE: Final = ObjectType(
    word="MESSAGE",
    kind=Kind.MESSAGE,
    key=keys.number,
    find=find,
    line=2609,
    introduced="protocol 1",
    deprecated="protocol 3, use CHATMESSAGE",
    meaning="A chat entry, as programs below protocol 3 know it.",
    older_word="CHATMESSAGE",
    faults=Faults(
        get_key=14, get_unknown=15, get_property=16, set_key=30, set_unknown=31, set_property=32, set_value=32
    ),
    properties=(
        Property("TIMESTAMP", STAMP, "timestamp", line=2612, meaning="when it was written"),
        Property("PARTNER_HANDLE", HANDLE, "author", line=2614, meaning="who wrote it"),
        Property("PARTNER_DISPNAME", TEXT, read=author_name, line=2616, meaning="its writer's name"),
        Property("CONF_ID", NUMBER, read=_zero, constant=True, line=2618, meaning="not used"),
        Property("TYPE", TYPE, read=_type, line=2619, meaning="what it is"),
        Property("STATUS", STATUS, "status", line=2627, meaning="how far it has come"),
        Property("FAILUREREASON", NUMBER, read=_failure, line=2638, meaning="why it failed, a number"),
        Property("BODY", TEXT, "body", sensitive=0, line=2640, meaning="its text"),
        Property(
            "SEEN",
            STATUS,
            access=Access.WRITE,
            write=seen,
            flag=True,
            answers="STATUS",
            line=2643,
            meaning="mark it as read; answered with STATUS",
        ),
    ),
)
