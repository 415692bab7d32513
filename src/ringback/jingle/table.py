"""The life of a session as a table: (state, what happens) → state.

Theory. A call has two layers. Messages (XEP-0353) let all devices of the callee ring and one of them take
the call; requests (XEP-0166) between exactly two devices then set up the session. A caller proposes, is told
by one device to proceed (its offer is WANTED), offers, and is ACTIVE when the offer is accepted. A callee
rings; when its user answers it tells the caller to proceed and is AWAITING the offer, then ANSWERING it, and
ACTIVE when it has accepted. Who calls without messages begins with the offer: then the callee has it while it
rings, and answering leads past AWAITING. Every session ends OVER and has no way out of it; whatever is not in
the table is refused as out of order (the other side's requests) or ignored (messages, which may be late).
"""

from __future__ import annotations

from enum import Enum, unique
from typing import Final


@unique
class State(Enum):
    """Where a session stands."""

    PROPOSED = "proposed"
    WANTED = "wanted"
    OFFERED = "offered"
    RINGING = "ringing"
    AWAITING = "awaiting"
    ANSWERING = "answering"
    ACTIVE = "active"
    OVER = "over"


@unique
class Move(Enum):
    """What can happen to a session."""

    WE_OFFER = "we offer"
    WE_ANSWER = "we answer"
    WE_ACCEPT = "we accept the offer"
    WE_END = "we end"
    THEY_RING = "they ring"
    THEY_PROCEED = "they are ready"
    THEY_REJECT = "they refuse"
    THEY_RETRACT = "they give up"
    THEY_OFFER = "they offer"
    THEY_ACCEPT = "they accept the offer"
    THEY_TERMINATE = "they end"
    TAKEN_ELSEWHERE = "another device of ours took it"
    IT_FAILS = "it fails"


CALLER: Final = {
    (State.PROPOSED, Move.THEY_RING): State.PROPOSED,
    (State.PROPOSED, Move.THEY_PROCEED): State.WANTED,
    (State.PROPOSED, Move.THEY_REJECT): State.OVER,
    (State.WANTED, Move.WE_OFFER): State.OFFERED,
    (State.WANTED, Move.THEY_REJECT): State.OVER,
    (State.OFFERED, Move.THEY_RING): State.OFFERED,
    (State.OFFERED, Move.THEY_REJECT): State.OVER,
    (State.OFFERED, Move.THEY_ACCEPT): State.ACTIVE,
}
CALLEE: Final = {
    (State.RINGING, Move.THEY_OFFER): State.RINGING,
    (State.RINGING, Move.THEY_RETRACT): State.OVER,
    (State.RINGING, Move.TAKEN_ELSEWHERE): State.OVER,
    (State.RINGING, Move.WE_ANSWER): State.AWAITING,
    (State.AWAITING, Move.THEY_OFFER): State.ANSWERING,
    (State.AWAITING, Move.THEY_RETRACT): State.OVER,
    (State.ANSWERING, Move.THEY_RETRACT): State.OVER,
    (State.ANSWERING, Move.WE_ACCEPT): State.ACTIVE,
}
for _table, _states in (
    (CALLER, (State.PROPOSED, State.WANTED, State.OFFERED, State.ACTIVE)),
    (CALLEE, (State.RINGING, State.AWAITING, State.ANSWERING, State.ACTIVE)),
):
    for _state in _states:
        for _move in (Move.WE_END, Move.THEY_TERMINATE, Move.IT_FAILS):
            _table[_state, _move] = State.OVER

#: Seconds that a session stays in a state at most; then it is over.
PATIENCE: Final = {
    State.PROPOSED: 90.0,
    State.WANTED: 30.0,
    State.OFFERED: 90.0,
    State.RINGING: 120.0,
    State.AWAITING: 30.0,
    State.ANSWERING: 30.0,
}


def following(called: bool, state: State, move: Move) -> State | None:
    """The state after ``move``, None if it cannot happen. ``called``: the other side had called."""
    return (CALLEE if called else CALLER).get((state, move))
