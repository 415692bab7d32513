"""FILETRANSFER (reference: FILETRANSFER object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Action, Echo, ObjectType, Property
from ringback.protocol.values import NUMBER, STAMP, TEXT, enumeration

TYPE: Final = enumeration(
    "filetransfer type",
    (
        "INCOMING",
        "OUTGOING",
    ),
)
STATUS: Final = enumeration(
    "filetransfer status",
    (
        "NEW",
        "WAITING_FOR_ACCEPT",
        "CONNECTING",
        "TRANSFERRING",
        "TRANSFERRING_OVER_RELAY",
        "PAUSED",
        "REMOTELY_PAUSED",
        "CANCELLED",
        "COMPLETED",
        "FAILED",
    ),
)
FAILUREREASON: Final = enumeration(
    "filetransfer failurereason",
    (
        "SENDER_NOT_AUTHORIZED",
        "REMOTELY_CANCELLED",
        "FAILED_READ",
        "FAILED_REMOTE_READ",
        "FAILED_WRITE",
        "FAILED_REMOTE_WRITE",
        "REMOTE_DOES_NOT_SUPPORT_FT",
        "REMOTE_OFFLINE_FOR_TOO_LONG",
    ),
)

FILETRANSFER: Final = ObjectType(
    word="FILETRANSFER",
    kind=Kind.FILE_TRANSFER,
    key=keys.number,
    find=keys.nothing,
    line=3013,
    meaning="One offered file.",
    properties=(
        Property("TYPE", TYPE, line=3019),
        Property("STATUS", STATUS, line=3023),
        Property("FAILUREREASON", FAILUREREASON, line=3041),
        Property("PARTNER_HANDLE", TEXT, line=3057),
        Property("PARTNER_DISPNAME", TEXT, line=3058),
        Property("STARTTIME", STAMP, line=3059),
        Property("FINISHTIME", STAMP, line=3060),
        Property("FILEPATH", TEXT, line=3064),
        Property("FILENAME", TEXT, line=3065),
        Property("FILESIZE", NUMBER, line=3066),
        Property("BYTESPERSECOND", NUMBER, line=3067),
        Property("BYTESTRANSFERRED", NUMBER, line=3068),
    ),
    actions=(
        Action("ACCEPT", arguments="<path>", needs_argument=True, echo=Echo.ACTION),
        Action("CANCEL", takes_argument=False, echo=Echo.ACTION),
    ),
)
