"""Two accounts live together while steps of theirs break wherever they like.

Every command has one answer (``ask`` checks it), what an account shows is always what its store has, and in
the end everything works.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.faults import Faults, assert_memory_is_store
from support.replay import World

PEOPLE = ("ann", "bob")
who = st.sampled_from(PEOPLE)
number = st.integers(1, 9)
commands = st.one_of(
    st.sampled_from(
        [
            "CALL {other}",
            "MESSAGE {other} hello",
            "CHAT CREATE {other}",
            "SET USER {other} BUDDYSTATUS 2 please",
            "SET USER {other} ISAUTHORIZED TRUE",
            "SET USER {other} ISBLOCKED TRUE",
            "SET USER {other} ISBLOCKED FALSE",
            "SET USER {other} SPEEDDIAL 1",
            "SET USERSTATUS DND",
            "SET USERSTATUS OFFLINE",
            "SET USERSTATUS ONLINE",
            "SET PROFILE MOOD_TEXT fine",
            "SET MUTE ON",
            "SEARCH USERS {other}",
            "CLEAR CHATHISTORY",
            "CLEAR CALLHISTORY ALL",
            "SET SILENT_MODE ON",
            "RESETIDLETIMER",
        ]
    ),
    *(
        st.builds(template.format, key=number, other=st.just("{other}"))
        for template in (
            "ALTER CALL {key} ANSWER",
            "ALTER CALL {key} HANGUP",
            "ALTER CALL {key} HOLD",
            "ALTER CALL {key} RESUME",
            "SET CALL {key} SEEN",
            "SET CHATMESSAGE {key} SEEN",
            "SET CHATMESSAGE {key} BODY bye",
        )
    ),
)
#: Who says what, and at which thing that is journalled afterwards something breaks, 0 for nowhere.
acts = st.lists(st.tuples(who, commands, st.one_of(st.just(0), st.integers(1, 40))), max_size=25)


@settings(max_examples=60, deadline=None)
@given(acts)
def test_whatever_breaks(given_acts):
    with pytest.MonkeyPatch.context() as monkeypatch:
        faults = Faults(monkeypatch)
        world = World(*PEOPLE)
        programs = {name: world.attach(name) for name in PEOPLE}
        for name, command, faults.at in given_acts:
            other = "bob" if name == "ann" else "ann"
            programs[name].ask(command.format(other=other))
            for person, runtime in world.runtimes.items():
                assert_memory_is_store(runtime, world.stores[person])
            world.wait(0.1)
        faults.at = 0
        # What was dropped on its way comes with the next connection.
        for name, program in programs.items():
            other = "bob" if name == "ann" else "ann"
            assert program.ask("SET USERSTATUS OFFLINE") == "USERSTATUS OFFLINE"
            assert program.ask("SET USERSTATUS ONLINE") == "USERSTATUS ONLINE"
            program.ask(f"SET USER {other} ISBLOCKED FALSE")
        world.wait(2)
        shown = {
            name: [program.ask(f"SEARCH {what}") for what in ("CALLS", "CHATS", "CHATMESSAGES", "FRIENDS")]
            for name, program in programs.items()
        }
        again = world.again()
        for name, answers in shown.items():
            program = again.attach(name)
            searched = [
                program.ask(f"SEARCH {what}") for what in ("CALLS", "CHATS", "CHATMESSAGES", "FRIENDS")
            ]
            assert searched == answers
            assert not again.runtimes[name].engine.account.outbox.waiting
