"""Random walks of three accounts that call each other, with news under way between them.

Every command has exactly one answer; when nothing is under way, both ends of each call agree; a restart
changes nothing of what is over.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.domain.call_table import FINAL
from ringback.domain.changes import Kind
from support.lag import Lag
from support.replay import World

PEOPLE = ("anna", "bob", "carl")
WHO = st.sampled_from(PEOPLE)
PLACED = st.sampled_from([*PEOPLE * 3, "busy.bee", "dee.clines", "ann.answers", "+15005550003"])
#: What is said about a call, the usual more often.
SAID = st.sampled_from(
    [
        *["ALTER CALL {} ANSWER"] * 4,
        *["ALTER CALL {} HOLD"] * 4,
        *["SET CALL {} STATUS INPROGRESS"] * 4,
        "ALTER CALL {} HANGUP",
        "SET CALL {} STATUS FINISHED",
        "SET CALL {} SEEN",
        "SET CALL {} DTMF 5",
        "SET CALL {} STATUS BUSY",
        "CLEAR CALLHISTORY ALL",
    ]
)
CALLS = st.tuples(st.just("call"), st.tuples(WHO, PLACED))
COMMANDS = st.tuples(st.just("ask"), st.tuples(WHO, SAID, st.integers(0, 2)))
NEWS = st.tuples(st.just("deliver"), WHO)
PAIR = st.permutations(PEOPLE).map(lambda three: three[:2])
MOVES = st.one_of(
    CALLS,
    *[st.tuples(st.just("talk"), PAIR)] * 2,
    st.tuples(st.just("both call"), PAIR),
    *[COMMANDS] * 5,
    *[NEWS] * 2,
    st.tuples(st.just("settle"), WHO),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 1.0, 5.0])),
)


def alive(world, handle):
    return list(world.runtimes[handle].engine.account.calls.alive.values())


def passes(world, seconds):
    """Time without sound, in steps of half a second."""
    for _ in range(round(seconds * 2)):
        world.clock.seconds += 0.5
        for runtime in world.runtimes.values():
            runtime.time_passed()


def agree(world):
    """Both ends of each living call say what the other says, and the network knows of the same calls."""
    living = {handle: {call.signal_id: call for call in alive(world, handle)} for handle in PEOPLE}
    meetings = world.world.exchange._meetings
    for handle, calls in living.items():
        for signal_id, call in calls.items():
            if call.state in ("waiting_redial_command", "redial_pending"):
                continue
            meeting = meetings[signal_id]
            assert {meeting.caller, meeting.callee} == {handle, call.partner}
            if meeting.robot is not None:
                continue
            other = living[call.partner][signal_id]
            assert other.partner == handle
            mirrored = {
                "ringing": "ringing",
                "inprogress": "inprogress",
                "localhold": "remotehold",
                "remotehold": "localhold",
                "bothhold": "bothhold",
            }
            assert other.state == mirrored[call.state]
            assert (call.answered_at is None) == (other.answered_at is None)
        talking = [call for call in calls.values() if call.state == "inprogress"]
        assert len(talking) <= 1
    named = {signal_id for calls in living.values() for signal_id in calls}
    assert set(meetings) <= named


@settings(max_examples=300, deadline=None)
@given(st.lists(MOVES, min_size=5, max_size=50))
def test_walk(moves):
    world = World(*PEOPLE)
    programs = {handle: world.attach(handle) for handle in PEOPLE}
    lag = Lag(world)
    for kind, what in moves:
        match kind:
            case "talk":
                caller, callee = what
                programs[caller].ask(f"CALL {callee}")
                lag.settle()
                ringing = [call.id for call in alive(world, callee) if call.ringing]
                programs[callee].ask(f"ALTER CALL {ringing[-1] if ringing else 9} ANSWER")
                lag.settle()
            case "both call":
                for caller, callee in (what, what[::-1]):
                    programs[caller].ask(f"CALL {callee}")
            case "call":
                programs[what[0]].ask(f"CALL {what[1]}")
            case "ask":
                handle, command, which = what
                living = [call.id for call in alive(world, handle)] or [9, 1]
                programs[handle].ask(command.format(living[which % len(living)]))
            case "deliver":
                lag.deliver(what)
            case "settle":
                lag.settle(what)
            case "wait":
                passes(world, what)
    lag.settle()
    agree(world)
    passes(world, 100)
    lag.settle()
    agree(world)
    for handle, runtime in world.runtimes.items():
        runtime.stop()
        calls = runtime.engine.account.calls
        before = {key: calls.find(key).row() for key in calls.rows.keys(Kind.CALL)}
        assert all(row["state"] in FINAL for row in before.values())
        again = World(handle, stores={handle: world.stores[handle]}).runtimes[handle].engine.account.calls
        assert {key: again.find(key).row() for key in again.rows.keys(Kind.CALL)} == before
        assert set(again.missed) == set(calls.missed)
