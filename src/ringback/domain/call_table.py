"""The life of a call as a table: (state, event) → state.

Theory. A call starts UNPLACED (ours) or RINGING (theirs). The other side's word moves it on: OFFERED →
ROUTING → RINGING → INPROGRESS. Either side may hold, also while the other does, and only the holder resumes;
a call that both hold ("bothhold") is shown as LOCALHOLD, because that is what our own word can change. Who
ends an unanswered call decides its last status: our own call that we give up is CANCELLED, one that we do not
take is REFUSED, one that the caller gives up is MISSED. A phone that refuses leaves our call waiting: it is
dialled again at our word, or REFUSED. Final statuses have no way out (reference: CALL object, STATUS;
ambiguities A16, A17).

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
    PHONE_REFUSES = "the phone refuses"
    IT_FAILS = "the network gives up"
    WE_ANSWER = "we answer"
    WE_HOLD = "we hold"
    WE_RESUME = "we resume"
    WE_REDIAL = "we want it dialled again"
    WE_END = "we hang up, give up or refuse"


#: Nobody has answered yet.
SETTING_UP: Final = frozenset({"unplaced", "routing", "ringing", "earlymedia"})
FINAL: Final = frozenset({"finished", "cancelled", "refused", "missed", "busy", "failed"})
#: Somebody has answered.
TALKING: Final = frozenset({"inprogress", "localhold", "remotehold", "bothhold"})
#: A phone refused; nobody is being called now.
WAITING: Final = frozenset({"waiting_redial_command", "redial_pending"})
#: States whose word on the wire is another one.
SHOWN: Final = {"bothhold": "localhold"}

#: Calls that we place.
OUTGOING: Final[dict[tuple[str, Event], str]] = {
    ("unplaced", Event.ROUTED): "routing",
    ("routing", Event.THEY_RING): "ringing",
    ("routing", Event.THEY_SPEAK_EARLY): "earlymedia",
    ("ringing", Event.THEY_SPEAK_EARLY): "earlymedia",
    ("waiting_redial_command", Event.WE_REDIAL): "redial_pending",
    ("waiting_redial_command", Event.WE_END): "refused",
    ("waiting_redial_command", Event.IT_FAILS): "refused",
    ("redial_pending", Event.ROUTED): "routing",
    ("redial_pending", Event.WE_END): "cancelled",
    ("redial_pending", Event.IT_FAILS): "failed",
}
for _state in SETTING_UP:
    OUTGOING[_state, Event.THEY_ANSWER] = "inprogress"
    OUTGOING[_state, Event.THEY_REFUSE] = "refused"
    OUTGOING[_state, Event.PHONE_REFUSES] = "waiting_redial_command"
    OUTGOING[_state, Event.THEY_ARE_BUSY] = "busy"
    OUTGOING[_state, Event.THEY_END] = "refused"
    OUTGOING[_state, Event.IT_FAILS] = "failed"
    OUTGOING[_state, Event.WE_END] = "cancelled"

#: Calls that come in.
INCOMING: Final[dict[tuple[str, Event], str]] = {
    ("ringing", Event.WE_ANSWER): "inprogress",
    ("ringing", Event.WE_END): "refused",
    # On another device of ours.
    ("ringing", Event.THEY_ANSWER): "finished",
    ("ringing", Event.THEY_REFUSE): "refused",
    ("ringing", Event.THEY_END): "missed",
    ("ringing", Event.IT_FAILS): "missed",
}

_EITHER: Final[dict[tuple[str, Event], str]] = {
    ("inprogress", Event.WE_HOLD): "localhold",
    ("remotehold", Event.WE_HOLD): "bothhold",
    ("localhold", Event.WE_RESUME): "inprogress",
    ("bothhold", Event.WE_RESUME): "remotehold",
    ("inprogress", Event.THEY_HOLD): "remotehold",
    ("localhold", Event.THEY_HOLD): "bothhold",
    ("remotehold", Event.THEY_RESUME): "inprogress",
    ("bothhold", Event.THEY_RESUME): "localhold",
}
for _state in TALKING:
    _EITHER[_state, Event.WE_END] = "finished"
    _EITHER[_state, Event.THEY_END] = "finished"
    _EITHER[_state, Event.IT_FAILS] = "failed"
OUTGOING.update(_EITHER)
INCOMING.update(_EITHER)


def following(incoming: bool, state: str, event: Event) -> str | None:
    """The state after ``event``, or None if it cannot happen in ``state``."""
    return (INCOMING if incoming else OUTGOING).get((state, event))
