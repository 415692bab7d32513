"""The clock on the wall is set, the machine sleeps, the process is held up: what programs then see.

Stamps are read from the wall, durations and deadlines from a clock that only goes on (design 5).
"""

import pytest

from support.replay import World

HOUR = 3600


def talking():
    world = World("me", "bob")
    program = world.attach()
    assert program.ask("CALL ann.answers").endswith("UNPLACED")
    world.wait(5)
    assert program.news()[-1] == "CALL 1 DURATION 3"
    return world, program


def number(answer):
    return int(answer.rsplit(" ", 1)[1])


@pytest.mark.parametrize("jump", [-HOUR, HOUR, -100 * 24 * HOUR, 0.4])
def test_the_wall_clock_is_set_while_somebody_talks(jump):
    """An hour to and fro is also what a machine does that keeps local time, when summer begins or ends."""
    world, program = talking()
    began = number(program.ask("GET CALL 1 TIMESTAMP"))
    world.clock.wall += jump
    world.wait(3)
    assert program.news() == [f"CALL 1 DURATION {n}" for n in (4, 5, 6)]
    assert number(program.ask("GET CALL 1 TIMESTAMP")) == began
    program.ask("ALTER CALL 1 HANGUP")
    assert number(program.ask("GET CALL 1 DURATION")) == 6
    # What begins now carries the time that the wall shows now; the order stays that of what happened.
    program.ask("CALL ann.answers")
    last = number(program.ask("SEARCH CALLS").split(",")[0])
    assert number(program.ask(f"GET CALL {last} TIMESTAMP")) == int(world.clock.now().utc)
    assert last > 1


def test_messages_keep_their_order_when_the_wall_clock_goes_back():
    world = World("me", "bob")
    program = world.attach()
    ids = []
    for text in ("one", "two", "three"):
        ids.append(number(program.ask(f"MESSAGE bob {text}").removesuffix(" STATUS SENDING")))
        world.clock.wall -= HOUR
        world.wait(1)
    stamps = [number(program.ask(f"GET CHATMESSAGE {n} TIMESTAMP")) for n in ids]
    assert stamps == sorted(stamps, reverse=True)
    assert ids == sorted(ids)
    bob = world.attach("bob")
    heard = [
        bob.ask(f"GET CHATMESSAGE {n} BODY").split(" BODY ")[1]
        for n in sorted(map(int, bob.ask("SEARCH CHATMESSAGES").removeprefix("CHATMESSAGES ").split(", ")))
        if "SAID" in bob.ask(f"GET CHATMESSAGE {n} TYPE")
    ]
    assert heard == ["one", "two", "three"]


def test_the_machine_sleeps_while_somebody_talks():
    """The clock of durations stands still then, the wall goes on: nobody was there to be away or to talk."""
    world, program = talking()
    world.clock.wall += 8 * HOUR
    for runtime in world.runtimes.values():
        runtime.time_passed()
    world.wait(2)
    assert program.news() == ["CALL 1 DURATION 4", "CALL 1 DURATION 5"]
    assert program.ask("GET USERSTATUS") == "USERSTATUS ONLINE"


def test_the_process_is_held_up_while_somebody_talks():
    """An hour passes in one step: one line tells of it, not thousands, and what was due is done once."""
    world, program = talking()
    world.clock.seconds += HOUR
    for runtime in world.runtimes.values():
        runtime.time_passed()
    said = program.news()
    assert said.count("CALL 1 DURATION 3603") == 1
    assert len([line for line in said if "DURATION" in line]) == 1
    assert "USERSTATUS AWAY" in said
    world.wait(2)
    assert [line for line in program.news() if "DURATION" in line] == [
        "CALL 1 DURATION 3604",
        "CALL 1 DURATION 3605",
    ]


def test_a_call_that_nobody_answers_ends_by_the_clock_that_goes_on():
    world = World("me", "bob")
    program = world.attach()
    program.ask("CALL no.answer")
    world.wait(3)
    for jump in (HOUR, -2 * HOUR):
        world.clock.wall += jump
        world.wait(1)
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS RINGING"
    world.wait(120)
    assert program.ask("GET CALL 1 DURATION") == "CALL 1 DURATION 0"
    assert not program.ask("GET CALL 1 STATUS").endswith("RINGING")


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_being_away_is_counted_by_the_clock_that_goes_on(jump):
    world = World()
    program = world.attach()
    program.ask("RESETIDLETIMER")
    world.clock.wall += jump
    world.wait(200)
    assert program.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
    world.wait(110)
    assert program.ask("GET USERSTATUS") == "USERSTATUS AWAY"
