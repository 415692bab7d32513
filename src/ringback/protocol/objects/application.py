"""APPLICATION (reference: APPLICATION object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, Action, Echo, Faults, ObjectType, Property
from ringback.protocol.values import BLANK_LIST, HANDLE, STREAM, TEXT

APPLICATION: Final = ObjectType(
    word="APPLICATION",
    kind=Kind.APPLICATION,
    key=keys.name,
    find=keys.nothing,
    line=2942,
    introduced="client 1.4",
    meaning="A channel for data between programs, addressed by the name it was created with.",
    # 545 and 546 have one text; 545 is read as the name's, as 542 and 543 are (ambiguity A75).
    faults=Faults(
        get_key=543,
        get_unknown=543,
        get_property=544,
        alter_key_missing=545,
        alter_key=545,
        alter_unknown=545,
        alter_action_missing=546,
        alter_action=546,
        alter_arguments=546,
        alter_failed=541,
    ),
    properties=(
        Property(
            "CONNECTABLE",
            BLANK_LIST,
            line=2944,
            deprecated="API 3.0",
            meaning="people whose programs could be connected to",
        ),
        Property(
            "CONNECTING", BLANK_LIST, line=2947, meaning="people who are being connected to; empty afterwards"
        ),
        Property("STREAMS", BLANK_LIST, line=2951, meaning="open streams, each handle:number"),
        Property("SENDING", BLANK_LIST, line=2954, meaning="bytes not sent yet, each handle:number=bytes"),
        Property("RECEIVED", BLANK_LIST, line=2962, meaning="bytes not read yet, each handle:number=bytes"),
        Property(
            "DATAGRAM",
            TEXT,
            access=Access.EVENT,
            sensitive=1,
            line=2968,
            meaning="a datagram came: handle:number and the text",
        ),
    ),
    actions=(
        Action(
            "CONNECT",
            arguments="<handle>",
            type=HANDLE,
            needs_argument=True,
            missing=547,
            line=2123,
            meaning="open a stream to the same application of somebody",
        ),
        Action(
            "WRITE",
            arguments="<stream> <text>",
            type=STREAM,
            needs_argument=True,
            echo=Echo.WITHOUT_LAST,
            missing=549,
            sensitive=1,
            line=2143,
            meaning="send text on a stream, reliably",
        ),
        Action(
            "DATAGRAM",
            arguments="<stream> <text>",
            type=STREAM,
            needs_argument=True,
            echo=Echo.WITHOUT_LAST,
            missing=551,
            sensitive=1,
            line=2160,
            meaning="send text that may be lost",
        ),
        Action(
            "READ",
            arguments="<stream>",
            type=STREAM,
            needs_argument=True,
            echo=Echo.DATA,
            missing=550,
            sensitive=1,
            line=2176,
            meaning="take what came on a stream",
        ),
        Action(
            "DISCONNECT",
            arguments="<stream>",
            type=STREAM,
            needs_argument=True,
            missing=548,
            line=2191,
            meaning="close a stream",
        ),
    ),
)
