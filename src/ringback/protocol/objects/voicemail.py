"""VOICEMAIL (reference: VOICEMAIL object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.objects.voice_ends import ENDS
from ringback.protocol.schema import Access, Action, Faults, ObjectType, Property
from ringback.protocol.values import HANDLE, SECONDS, STAMP, TEXT, enumeration

TYPE: Final = enumeration(
    "voicemail type",
    {
        "INCOMING": "left for us",
        "OUTGOING": "left by us",
        "DEFAULT_GREETING": "greeting that everybody has",
        "CUSTOM_GREETING": "greeting that was spoken",
        "UNKNOWN": "none of these",
    },
)
STATUS: Final = enumeration(
    "voicemail status",
    {
        "NOTDOWNLOADED": "not here yet",
        "DOWNLOADING": "being fetched",
        "UNPLAYED": "here, not heard",
        "BUFFERING": "about to be played",
        "PLAYING": "being played",
        "PLAYED": "was heard",
        "BLANK": "nothing recorded yet",
        "RECORDING": "being spoken",
        "RECORDED": "spoken, not sent",
        "UPLOADING": "being sent",
        "UPLOADED": "sent, and kept here",
        "DELETING": "about to vanish",
        "FAILED": "could not be fetched",
        "UNKNOWN": "cannot be told",
    },
)
FAILUREREASON: Final = enumeration(
    "voicemail failure",
    {
        "MISC_ERROR": "nothing better can be said",
        "CONNECT_ERROR": "no way to where it lies",
        "NO_VOICEMAIL_PRIVILEGE": "the account has no voicemail",
        "NO_SUCH_VOICEMAIL": "it is not there any more",
        "FILE_READ_ERROR": "its file could not be read",
        "FILE_WRITE_ERROR": "its file could not be written",
        "RECORDING_ERROR": "the sound could not be recorded",
        "PLAYBACK_ERROR": "the sound could not be played",
        "UNKNOWN": "nobody knows why",
        "NOERROR": "it did not fail",
    },
)

VOICEMAIL: Final = ObjectType(
    word="VOICEMAIL",
    kind=Kind.VOICEMAIL,
    key=keys.number,
    find=keys.nothing,
    line=2827,
    introduced="protocol 5",
    meaning="A recorded message or greeting, addressed by number.",
    # "No proper id" is one that is missing or no number, an invalid one names nothing.
    faults=Faults(
        get_key=512,
        get_unknown=513,
        get_property=514,
        alter_key_missing=528,
        alter_key=528,
        alter_unknown=529,
        alter_action_missing=530,
        alter_action=532,
        alter_arguments=531,
        alter_failed=531,
    ),
    properties=(
        Property("TYPE", TYPE, line=2829, meaning="direction, or kind of greeting"),
        Property("PARTNER_HANDLE", HANDLE, line=2836, meaning="who left it, or for whom it is"),
        Property("PARTNER_DISPNAME", TEXT, line=2837, meaning="that person's name"),
        Property("STATUS", STATUS, line=2838, meaning="how far it is"),
        Property("FAILUREREASON", FAILUREREASON, line=2854, meaning="why it failed"),
        Property("SUBJECT", TEXT, constant=True, line=2865, meaning="not used"),
        Property("TIMESTAMP", STAMP, line=2866, meaning="when it was spoken"),
        Property("DURATION", SECONDS, line=2867, meaning="how long it is"),
        Property("ALLOWED_DURATION", SECONDS, line=2868, meaning="how long it may be"),
        Property(
            "INPUT",
            ENDS,
            access=Access.READ_WRITE,
            line=2869,
            introduced="client 3.5.0.202",
            meaning="where the recorded sound comes from; changed by ALTER",
        ),
        Property(
            "OUTPUT",
            ENDS,
            access=Access.READ_WRITE,
            line=2874,
            introduced="client 3.5.0.202",
            meaning="where the played sound goes; changed by ALTER",
        ),
        Property(
            "CAPTURE_MIC",
            ENDS,
            access=Access.READ_WRITE,
            line=2876,
            introduced="client 3.5.0.202",
            meaning="where a copy of the microphone goes; changed by ALTER",
        ),
    ),
    actions=(
        Action("STARTPLAYBACK", takes_argument=False, line=735, meaning="play it"),
        Action("STOPPLAYBACK", takes_argument=False, line=735, meaning="stop playing it"),
        Action("UPLOAD", takes_argument=False, line=735, meaning="send what was recorded"),
        Action("DOWNLOAD", takes_argument=False, line=735, meaning="fetch it"),
        Action("STARTRECORDING", takes_argument=False, line=735, meaning="begin to record"),
        Action("STOPRECORDING", takes_argument=False, line=735, meaning="stop recording and send it"),
        Action("DELETE", takes_argument=False, line=735, meaning="remove it"),
        Action("STARTPLAYBACKINCALL", takes_argument=False, line=735, meaning="play it into the call"),
        Action("SETUNPLAYED", takes_argument=False, line=735, meaning="treat it as not heard yet"),
        Action(
            "SET_INPUT",
            arguments="<ends>",
            type=ENDS,
            deferred=True,
            line=2284,
            introduced="protocol 8, client 3.5.0.202",
            meaning="lead sound in from elsewhere",
        ),
        Action(
            "SET_OUTPUT",
            arguments="<ends>",
            type=ENDS,
            deferred=True,
            line=2296,
            introduced="protocol 8, client 3.5.0.202",
            meaning="lead its sound elsewhere",
        ),
        Action(
            "SET_CAPTURE_MIC",
            arguments="<ends>",
            type=ENDS,
            deferred=True,
            line=2308,
            introduced="protocol 8, client 3.5.0.202",
            meaning="lead a copy of the microphone elsewhere",
        ),
    ),
)
