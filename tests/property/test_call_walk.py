"""Random walks over calls: ids are never reused, final statuses stay, a refused act changes nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.domain import call_history, calls
from ringback.domain.call_table import FINAL, INCOMING, OUTGOING
from ringback.domain.changes import Cause, Kind, Origin
from ringback.domain.effects import CallAct
from ringback.domain.engine import Act, Engine, Happened
from ringback.domain.failures import Failure
from ringback.domain.inputs import CallSignalled, DeadlinePassed, LinkChanged
from ringback.domain.time import Instant

OURS = (
    *(calls.answer, calls.hold, calls.resume, calls.redial, calls.take_up, calls.hang_up),
    call_history.mark_seen,
)
MOVE = st.one_of(
    st.tuples(st.just("place"), st.sampled_from(["bob", "anna", "+3725555555"])),
    st.tuples(st.just("ours"), st.tuples(st.sampled_from(OURS), st.integers(1, 6))),
    st.tuples(st.just("theirs"), st.tuples(st.sampled_from(list(CallAct)), st.integers(1, 6))),
    st.tuples(st.just("offer"), st.integers(1, 3)),
    st.tuples(st.just("wait"), st.floats(0.1, 70)),
)


def test_final_statuses_have_no_way_out():
    for table in (INCOMING, OUTGOING):
        assert not [status for status, _ in table if status in FINAL]


def everything(engine):
    found = engine.account.calls
    return {key: found.find(key).row() for key in found.rows.keys(Kind.CALL)}


def step(engine, given, moment):
    """One input; what came of it counts."""
    engine.keep(engine.step(given, moment))


@settings(max_examples=300, deadline=None)
@given(st.lists(MOVE, max_size=40))
def test_walk(moves):
    engine, now = Engine("me"), 100.0
    cause = Cause(Origin.CLIENT, 1)
    step(engine, Happened(cause, LinkChanged("online")), Instant(now, now))
    ended: dict[int, str] = {}
    for kind, what in moves:
        before = everything(engine)
        moment = Instant(now, now)
        try:
            match kind:
                case "place":
                    step(engine, Act(cause, lambda a, c, w=what: calls.place(a, c, (w,))), moment)
                case "ours":
                    step(engine, Act(cause, lambda a, c, w=what: w[0](a, c, w[1])), moment)
                case "theirs":
                    name = f"me/{what[1]}"
                    call = engine.account.calls.by_signal(name)
                    sender = "bob" if call is None else call.partner
                    event = CallSignalled(name, sender, what[0], pipe="p")
                    step(engine, Happened(cause, event), moment)
                case "offer":
                    step(engine, Happened(cause, CallSignalled(f"x/{what}", "eve", CallAct.OFFER)), moment)
                case "wait":
                    now += what
                    for due in engine.deadlines():
                        step(engine, Happened(cause, DeadlinePassed(due)), Instant(now, now))
        except Failure:
            assert before == everything(engine)
        account = engine.account
        for key in account.calls.rows.keys(Kind.CALL):
            call = account.calls.find(key)
            assert call.id == key
            assert ended.get(key, call.state) == call.state
            assert (key in account.calls.alive) == (call.state not in FINAL)
            if call.state in FINAL:
                ended[key] = call.state
        # One microphone, one call: nobody else is talked to, nor could begin to talk by themselves.
        talking = [c.state for c in account.calls.alive.values() if c.state in ("inprogress", "remotehold")]
        assert "inprogress" not in talking or len(talking) == 1
