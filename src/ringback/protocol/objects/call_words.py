"""The words of CALL (reference: CALL object, and its version notes)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ringback.protocol.values import NUMBER, enumeration

STATUS: Final = enumeration(
    "call status",
    {
        "UNPLACED": "not placed yet",
        "ROUTING": "a way to the other side is being found",
        "EARLYMEDIA": "sound before anybody answered, from the phone network",
        "FAILED": "ended by a fault, see FAILUREREASON",
        "RINGING": "rings at the called side",
        "INPROGRESS": "both can talk",
        "ONHOLD": "on hold; below protocol 2 by either side",
        "FINISHED": "ended after talk",
        "MISSED": "came in and nobody took it",
        "REFUSED": "turned down by the called side",
        "BUSY": "the called side was busy",
        "CANCELLED": "given up by the calling side",
        "TRANSFERRING": "is being handed on",
        "TRANSFERRED": "was handed on",
        "VM_BUFFERING_GREETING": "the greeting is being fetched",
        "VM_PLAYING_GREETING": "the greeting plays",
        "VM_RECORDING": "a voicemail is being spoken",
        "VM_UPLOADING": "the voicemail is being sent",
        "VM_SENT": "the voicemail was left",
        "VM_CANCELLED": "leaving a voicemail was given up",
        "VM_FAILED": "leaving a voicemail failed",
        "LOCALHOLD": "put on hold by us",
        "REMOTEHOLD": "put on hold by the other side",
        "WAITING_REDIAL_COMMAND": "refused by the phone network, may be dialled again",
        "REDIAL_PENDING": "about to be dialled again",
    },
    {
        # Introduced in 5 (rule P32); what was seen before is not stated: a call that talks, or its end.
        5: {
            "VM_BUFFERING_GREETING": "INPROGRESS",
            "VM_PLAYING_GREETING": "INPROGRESS",
            "VM_RECORDING": "INPROGRESS",
            "VM_UPLOADING": "INPROGRESS",
            "VM_SENT": "FINISHED",
            "VM_CANCELLED": "CANCELLED",
            "VM_FAILED": "FAILED",
        },
        2: {"LOCALHOLD": "ONHOLD", "REMOTEHOLD": "ONHOLD", "CANCELLED": "FINISHED"},
        7: {"TRANSFERRING": "INPROGRESS", "TRANSFERRED": "FINISHED"},
        # What programs below 8 saw instead is not stated; a redialled call is one that is being routed.
        8: {"WAITING_REDIAL_COMMAND": "ROUTING", "REDIAL_PENDING": "ROUTING"},
    },
)
VIDEO: Final = enumeration(
    "video status",
    {
        "VIDEO_NONE": "neither side",
        "VIDEO_SEND_ENABLED": "we",
        "VIDEO_RECV_ENABLED": "the other side",
        "VIDEO_BOTH_ENABLED": "both sides",
    },
)
VIDEO_WAY: Final = enumeration(
    "state of one direction of video",
    {
        "NOT_AVAILABLE": "no camera, or switched off",
        "AVAILABLE": "possible and not running",
        "STARTING": "about to run",
        "REJECTED": "not wanted by the receiver",
        "RUNNING": "runs",
        "STOPPING": "about to stop",
        "PAUSED": "halted, the call is on hold",
    },
)
TYPE: Final = enumeration(
    "call type",
    {
        "INCOMING_PSTN": "from a phone",
        "OUTGOING_PSTN": "to a phone",
        "INCOMING_P2P": "from a person on the network",
        "OUTGOING_P2P": "to a person on the network",
    },
)
SET_STATUS: Final = enumeration(
    "status to set",
    {
        "ONHOLD": "hold",
        "INPROGRESS": "answer, resume, or dial again what a phone refused",
        "FINISHED": "hang up",
    },
)
#: Read as one of the three words that may be set, shown as any status.
SETTABLE_STATUS: Final = replace(STATUS, read=SET_STATUS.read)
#: The words are what a conference of at most five can have.
PARTICIPANTS: Final = replace(
    NUMBER,
    name="number of participants",
    words=("0", "1", "2", "3", "4"),
    meanings=("no conference, or we host it", "was a conference", *(f"{n} and the host" for n in (2, 3, 4))),
    since=(0,) * 5,
)
ENDING: Final = enumeration(
    "way to end a call",
    {
        "HANGUP": "as ALTER CALL HANGUP",
        "REDIRECT_TO_VOICEMAIL": "let the caller leave voicemail",
        "FORWARD_CALL": "send the caller to where calls are forwarded",
    },
)
