"""The life of a call as a table: (status, event) → status.

Theory. A call starts UNPLACED (ours) or RINGING (theirs). The other side's word moves it on: OFFERED →
ROUTING → RINGING → INPROGRESS. Either side may hold; the holder's own word decides which of the two held
statuses is shown, and only the holder resumes. Who ends an unanswered call decides its last status: our own
call that we give up is CANCELLED, one that we do not take is REFUSED, one that the caller gives up is MISSED.
Final statuses have no way out (reference: CALL object, STATUS; ambiguities A16, A17).

Whatever is not in the table is refused (our own acts) or ignored (the other side's late words).
"""

from __future__ import annotations

from enum import Enum, unique
from typing import Final


@unique
class Event(Enum):
    """What can happen to a call."""

    ROUTED = "the network looks for the other side"
    THEY_RING = "the other side rings"
    THEY_SPEAK_EARLY = "sound before the answer"
    THEY_ANSWER = "the other side answers"
    THEY_REFUSE = "the other side refuses"
    THEY_ARE_BUSY = "the other side is busy"
    THEY_HOLD = "the other side holds"
    THEY_RESUME = "the other side resumes"
    THEY_END = "the other side hangs up or gives up"
    IT_FAILS = "the network gives up"
    WE_ANSWER = "we answer"
    WE_HOLD = "we hold"
    WE_RESUME = "we resume"
    WE_END = "we hang up, give up or refuse"


SETTING_UP: Final = frozenset({"unplaced", "routing", "ringing", "earlymedia"})
FINAL: Final = frozenset({"finished", "cancelled", "refused", "missed", "busy", "failed"})
TALKING: Final = frozenset({"inprogress", "localhold", "remotehold"})

#: Calls that we place.
OUTGOING: Final[dict[tuple[str, Event], str]] = {
    ("unplaced", Event.ROUTED): "routing",
    ("routing", Event.THEY_RING): "ringing",
    ("routing", Event.THEY_SPEAK_EARLY): "earlymedia",
    ("ringing", Event.THEY_SPEAK_EARLY): "earlymedia",
}
for _status in ("unplaced", "routing", "ringing", "earlymedia"):
    OUTGOING[_status, Event.THEY_ANSWER] = "inprogress"
    OUTGOING[_status, Event.THEY_REFUSE] = "refused"
    OUTGOING[_status, Event.THEY_ARE_BUSY] = "busy"
    OUTGOING[_status, Event.THEY_END] = "refused"
    OUTGOING[_status, Event.IT_FAILS] = "failed"
    OUTGOING[_status, Event.WE_END] = "cancelled"

#: Calls that come in.
INCOMING: Final[dict[tuple[str, Event], str]] = {
    ("ringing", Event.WE_ANSWER): "inprogress",
    ("ringing", Event.WE_RESUME): "inprogress",
    ("ringing", Event.WE_END): "refused",
    ("ringing", Event.THEY_END): "missed",
    ("ringing", Event.IT_FAILS): "missed",
}

_EITHER: Final[dict[tuple[str, Event], str]] = {
    ("inprogress", Event.WE_HOLD): "localhold",
    ("localhold", Event.WE_RESUME): "inprogress",
    ("inprogress", Event.THEY_HOLD): "remotehold",
    ("remotehold", Event.THEY_RESUME): "inprogress",
}
for _status in TALKING:
    _EITHER[_status, Event.WE_END] = "finished"
    _EITHER[_status, Event.THEY_END] = "finished"
    _EITHER[_status, Event.IT_FAILS] = "failed"
OUTGOING.update(_EITHER)
INCOMING.update(_EITHER)


def following(incoming: bool, status: str, event: Event) -> str | None:
    """The status after ``event``, or None if it cannot happen in ``status``."""
    return (INCOMING if incoming else OUTGOING).get((status, event))
