"""Properties that are really there: each is seen with two values, the second after a change in the world."""

import pytest

from support.replay import World

#: What an account says of itself, and another one sees: property, two values.
PROFILES = [
    ("FULLNAME", "Ann Sample", "Ann Other"),
    ("BIRTHDAY", "19800229", "19991231"),
    ("SEX", "FEMALE", "MALE"),
    ("CITY", "Tallinn", "Tartu"),
    ("PROVINCE", "Harju", "Viru"),
    ("HOMEPAGE", "http://a.example", "http://b.example"),
    ("ABOUT", "one", "two"),
]


@pytest.fixture
def people():
    world = World("me", "ann")
    return world, world.attach("me"), world.attach("ann")


@pytest.mark.parametrize(("name", "first", "second"), PROFILES)
def test_what_somebody_says_of_themselves_is_seen_by_others(people, name, first, second):
    world, me, ann = people
    seen = []
    for value in (first, second):
        assert ann.ask(f"SET PROFILE {name} {value}") == f"PROFILE {name} {value}"
        world.wait(0.1)
        seen.append(me.ask(f"GET USER ann {name}"))
        assert ann.ask(f"GET PROFILE {name}") == f"PROFILE {name} {value}"
    assert seen == [f"USER ann {name} {first}", f"USER ann {name} {second}"]


@pytest.mark.parametrize("name", ["PHONE_HOME", "PHONE_OFFICE", "PHONE_MOBILE"])
def test_phone_numbers_are_for_those_who_may_see_them(people, name):
    world, me, ann = people
    for value in ("+3725551234", "+3725554321"):
        assert ann.ask(f"SET PROFILE {name} {value}") == f"PROFILE {name} {value}"
        assert ann.ask(f"GET PROFILE {name}") == f"PROFILE {name} {value}"
    world.wait(0.1)
    assert me.ask(f"GET USER ann {name}") == f"USER ann {name} "
    me.ask("SET USER ann BUDDYSTATUS 2 please")
    world.wait(0.1)
    ann.ask("SET USER me ISAUTHORIZED TRUE")
    world.wait(0.1)
    assert me.ask(f"GET USER ann {name}") == f"USER ann {name} +3725554321"
    ann.ask(f"SET PROFILE {name} +3725550000")
    world.wait(0.1)
    assert me.ask(f"GET USER ann {name}") == f"USER ann {name} +3725550000"


def test_calls_have_their_time_and_their_partners_name(people):
    world, me, ann = people
    stamps, names = [], []
    for number, name in ((1, "Ann Sample"), (2, "Ann Other")):
        ann.ask(f"SET PROFILE FULLNAME {name}")
        world.wait(5)
        me.ask("CALL ann")
        world.wait(1)
        me.ask(f"ALTER CALL {number} HANGUP")
        world.wait(1)
        stamps.append(int(me.ask(f"GET CALL {number} TIMESTAMP").split()[-1]))
        names.append(me.ask(f"GET CALL {number} PARTNER_DISPNAME"))
    assert stamps[1] - stamps[0] == 7
    assert stamps[0] == int(world.clock.now().utc) - 9
    assert names == ["CALL 1 PARTNER_DISPNAME Ann Sample", "CALL 2 PARTNER_DISPNAME Ann Other"]


def test_a_missed_call_is_unseen_until_somebody_says_so(people):
    world, me, ann = people
    me.ask("CALL ann")
    world.wait(1)
    me.ask("ALTER CALL 1 HANGUP")
    world.wait(1)
    assert ann.ask("GET CALL 1 SEEN") == "CALL 1 SEEN FALSE"
    assert ann.ask("SET CALL 1 SEEN") == "CALL 1 SEEN TRUE"
    assert ann.ask("GET CALL 1 SEEN") == "CALL 1 SEEN TRUE"
    assert me.ask("GET CALL 1 SEEN") == "CALL 1 SEEN TRUE"
