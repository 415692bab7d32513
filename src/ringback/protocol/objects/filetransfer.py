"""FILETRANSFER (reference: FILETRANSFER object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Action, Echo, ObjectType, Property
from ringback.protocol.values import HANDLE, NUMBER, PATH, STAMP, TEXT, enumeration

TYPE: Final = enumeration("file transfer type", {"INCOMING": "to us", "OUTGOING": "from us"})
STATUS: Final = enumeration(
    "file transfer status",
    {
        "NEW": "offered",
        "WAITING_FOR_ACCEPT": "the receiver has not accepted yet",
        "CONNECTING": "accepted, the way is being made",
        "TRANSFERRING": "data flows",
        "TRANSFERRING_OVER_RELAY": "data flows by a detour",
        "PAUSED": "halted by us, not used",
        "REMOTELY_PAUSED": "halted by the other side, not used",
        "CANCELLED": "given up by us",
        "COMPLETED": "the whole file is there",
        "FAILED": "ended too early, see FAILUREREASON",
    },
)
FAILUREREASON: Final = enumeration(
    "file transfer failure",
    {
        "SENDER_NOT_AUTHORIZED": "the sender may not send to us, not used",
        "REMOTELY_CANCELLED": "given up by the other side",
        "FAILED_READ": "our file could not be read",
        "FAILED_REMOTE_READ": "their file could not be read",
        "FAILED_WRITE": "our file could not be written",
        "FAILED_REMOTE_WRITE": "their file could not be written",
        "REMOTE_DOES_NOT_SUPPORT_FT": "the other program cannot take files",
        "REMOTE_OFFLINE_FOR_TOO_LONG": "the other side stayed away for a week",
    },
)

FILETRANSFER: Final = ObjectType(
    word="FILETRANSFER",
    kind=Kind.FILE_TRANSFER,
    key=keys.number,
    find=keys.nothing,
    line=3013,
    introduced="protocol 7, API 3.0",
    meaning="One offered file, addressed by number.",
    properties=(
        Property("TYPE", TYPE, line=3019, meaning="its direction"),
        Property("STATUS", STATUS, line=3023, meaning="how far it is"),
        Property("FAILUREREASON", FAILUREREASON, line=3041, meaning="why it failed"),
        Property("PARTNER_HANDLE", HANDLE, line=3057, meaning="the other side"),
        Property("PARTNER_DISPNAME", TEXT, line=3058, meaning="the other side's name"),
        Property("STARTTIME", STAMP, line=3059, meaning="when it began"),
        Property("FINISHTIME", STAMP, line=3060, meaning="when it ended or probably will, 0 if unknown"),
        Property("FILEPATH", PATH, line=3064, meaning="where the file lies here, with its name"),
        Property("FILENAME", TEXT, line=3065, meaning="the file's name alone"),
        Property("FILESIZE", NUMBER, line=3066, meaning="bytes of the whole file"),
        Property("BYTESPERSECOND", NUMBER, line=3067, meaning="present speed, 0 when it is over"),
        Property("BYTESTRANSFERRED", NUMBER, line=3068, meaning="bytes that are through"),
    ),
    # COMPAT(miranda): the reference has no ALTER FILETRANSFER; this program sends it and waits for the echo.
    actions=(
        Action(
            "ACCEPT",
            arguments="<path>",
            type=PATH,
            needs_argument=True,
            echo=Echo.ACTION,
            meaning="take the file and store it there",
        ),
        Action("CANCEL", takes_argument=False, echo=Echo.ACTION, meaning="refuse it or give it up"),
    ),
)
