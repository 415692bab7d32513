"""APPLICATION (reference: APPLICATION object). Nothing of this kind can exist yet: pending."""

from __future__ import annotations

from typing import Final

from ringback.domain.changes import Kind
from ringback.protocol.objects import keys
from ringback.protocol.schema import Access, Action, Echo, Faults, ObjectType, Property
from ringback.protocol.values import BLANK_LIST, TEXT

APPLICATION: Final = ObjectType(
    word="APPLICATION",
    kind=Kind.APPLICATION,
    key=keys.name,
    find=keys.nothing,
    line=2942,
    meaning="A channel for data between programs.",
    faults=Faults(
        get_key=543,
        get_unknown=543,
        get_property=544,
        alter_key_missing=545,
        alter_key=545,
        alter_action_missing=546,
        alter_action=546,
        alter_arguments=546,
        alter_failed=541,
    ),
    properties=(
        Property("CONNECTABLE", BLANK_LIST, line=2944),
        Property("CONNECTING", BLANK_LIST, line=2947),
        Property("STREAMS", BLANK_LIST, line=2951),
        Property("SENDING", BLANK_LIST, line=2954),
        Property("RECEIVED", BLANK_LIST, line=2962),
        Property("DATAGRAM", TEXT, access=Access.EVENT, line=2968),
    ),
    actions=(
        Action("CONNECT", arguments="<handle>", needs_argument=True, missing=547),
        Action(
            "WRITE", arguments="<stream> <text>", needs_argument=True, echo=Echo.WITHOUT_LAST, missing=549
        ),
        Action(
            "DATAGRAM", arguments="<stream> <text>", needs_argument=True, echo=Echo.WITHOUT_LAST, missing=551
        ),
        Action("READ", arguments="<stream>", needs_argument=True, echo=Echo.DATA, missing=550),
        Action("DISCONNECT", arguments="<stream>", needs_argument=True, missing=548),
    ),
)
