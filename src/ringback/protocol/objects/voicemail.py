"""VOICEMAIL (reference: VOICEMAIL object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, Action, Faults, ObjectType, Property
from ringback.protocol.values import NUMBER, STAMP, TEXT, enumeration

TYPE: Final = enumeration(
    "voicemail type",
    (
        "INCOMING",
        "OUTGOING",
        "DEFAULT_GREETING",
        "CUSTOM_GREETING",
        "UNKNOWN",
    ),
)
STATUS: Final = enumeration(
    "voicemail status",
    (
        "NOTDOWNLOADED",
        "DOWNLOADING",
        "UNPLAYED",
        "BUFFERING",
        "PLAYING",
        "PLAYED",
        "BLANK",
        "RECORDING",
        "RECORDED",
        "UPLOADING",
        "UPLOADED",
        "DELETING",
        "FAILED",
        "UNKNOWN",
    ),
)
FAILUREREASON: Final = enumeration(
    "voicemail failurereason",
    (
        "MISC_ERROR",
        "CONNECT_ERROR",
        "NO_VOICEMAIL_PRIVILEGE",
        "NO_SUCH_VOICEMAIL",
        "FILE_READ_ERROR",
        "FILE_WRITE_ERROR",
        "RECORDING_ERROR",
        "PLAYBACK_ERROR",
        "UNKNOWN",
        "NOERROR",
    ),
)

VOICEMAIL: Final = ObjectType(
    word="VOICEMAIL",
    kind=Kind.VOICEMAIL,
    key=keys.number,
    find=keys.nothing,
    line=2827,
    meaning="A recorded message or greeting.",
    faults=Faults(
        get_key=512,
        get_unknown=513,
        get_property=514,
        alter_key_missing=528,
        alter_key=529,
        alter_action_missing=530,
        alter_action=532,
        alter_arguments=531,
        alter_failed=531,
    ),
    properties=(
        Property("TYPE", TYPE, line=2829),
        Property("PARTNER_HANDLE", TEXT, line=2836),
        Property("PARTNER_DISPNAME", TEXT, line=2837),
        Property("STATUS", STATUS, line=2838),
        Property("FAILUREREASON", FAILUREREASON, line=2854),
        Property("SUBJECT", TEXT, line=2865),
        Property("TIMESTAMP", STAMP, line=2866),
        Property("DURATION", NUMBER, line=2867),
        Property("ALLOWED_DURATION", NUMBER, line=2868),
        Property("INPUT", TEXT, access=Access.READ_WRITE, line=2869),
        Property("OUTPUT", TEXT, access=Access.READ_WRITE, line=2874),
        Property("CAPTURE_MIC", TEXT, access=Access.READ_WRITE, line=2876),
    ),
    actions=(
        Action("STARTPLAYBACK", takes_argument=False),
        Action("STOPPLAYBACK", takes_argument=False),
        Action("UPLOAD", takes_argument=False),
        Action("DOWNLOAD", takes_argument=False),
        Action("STARTRECORDING", takes_argument=False),
        Action("STOPRECORDING", takes_argument=False),
        Action("DELETE", takes_argument=False),
        Action("STARTPLAYBACKINCALL", takes_argument=False),
        Action("SETUNPLAYED", takes_argument=False),
        Action("SET_INPUT", arguments="<ends>", deferred=True),
        Action("SET_OUTPUT", arguments="<ends>", deferred=True),
        Action("SET_CAPTURE_MIC", arguments="<ends>", deferred=True),
    ),
)
