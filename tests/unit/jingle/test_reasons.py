"""Reasons and outcomes: nothing is without a meaning."""

import pytest

from ringback.jingle import Outcome, Reason
from ringback.jingle.reasons import outcome_of, outcome_of_error, reason_for
from ringback.jingle.table import CALLEE, CALLER, PATIENCE, Move, State, following


@pytest.mark.parametrize("reason", [None, *Reason])
def test_each_reason_has_an_outcome(reason):
    for talking in (True, False):
        for called in (True, False):
            assert isinstance(outcome_of(reason, talking=talking, called=called), Outcome)
    assert outcome_of(reason, talking=False, called=True) is Outcome.CANCELLED


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_has_a_reason(outcome):
    assert isinstance(reason_for(outcome), Reason)


@pytest.mark.parametrize(
    "outcome",
    [
        *(Outcome.REFUSED, Outcome.BUSY, Outcome.UNANSWERED, Outcome.OFFLINE, Outcome.INCOMPATIBLE),
        *(Outcome.SOUND, Outcome.LOST, Outcome.FAILED, Outcome.UNREACHABLE),
    ],
)
def test_what_is_said_is_what_is_understood(outcome):
    assert outcome_of(reason_for(outcome), talking=False, called=False) is outcome


def test_hanging_up_is_understood():
    assert outcome_of(reason_for(Outcome.ENDED), talking=True, called=False) is Outcome.ENDED
    for outcome in (Outcome.LOST, Outcome.UNREACHABLE, Outcome.SOUND, Outcome.INCOMPATIBLE):
        assert outcome_of(reason_for(outcome), talking=True, called=True) is outcome


def test_errors():
    assert outcome_of_error("service-unavailable") is Outcome.OFFLINE
    assert outcome_of_error("something-else") is Outcome.FAILED


def test_the_table():
    for table in (CALLER, CALLEE):
        states = {state for state, _ in table}
        assert State.OVER not in states, "no way out"
        for state in states:
            assert table[state, Move.WE_END] is State.OVER
        assert set(table.values()) >= states - {State.PROPOSED, State.RINGING}
    assert set(PATIENCE) == set(State) - {State.ACTIVE, State.OVER}, "only talk lasts for ever"
    assert following(True, State.PROPOSED, Move.WE_END) is None
