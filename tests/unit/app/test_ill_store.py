"""While the store is ill nothing is shown that could be lost, and what happens is not forgotten."""

import pytest

from ringback.app import runtime as runtime_module
from ringback.domain.inputs import PersonSeen
from ringback.ports.store import StoreError
from ringback.store.memory import MemoryStore
from support.replay import World


class IllStore(MemoryStore):
    """``ill``: writes fail; ``dark``: reads fail too."""

    def __init__(self):
        super().__init__()
        self.ill = self.dark = False

    def commit(self, records):
        if self.ill:
            raise StoreError("disk full")
        super().commit(records)

    def load(self, kind):
        if self.dark:
            raise StoreError("no disk")
        return super().load(kind)


@pytest.fixture
def store():
    return IllStore()


@pytest.fixture
def world(store):
    return World("me", "bob", stores={"me": store})


def statuses(program):
    return [line for line in program.news() if " STATUS " in line]


def test_a_call_that_comes_in_meanwhile_rings_afterwards(world, store):
    me, bob = world.attach("me"), world.attach("bob")
    store.ill = True
    assert me.ask("SET AUDIO_IN x") == "ERROR 9901 Internal error"
    bob.ask("CALL me")
    world.wait(3)
    assert me.news() == []
    assert me.ask("SEARCH CALLS") == "CALLS "
    store.ill = False
    world.wait(1)
    assert statuses(me) == ["CALL 1 STATUS RINGING"]
    assert statuses(bob)[-1] == "CALL 1 STATUS RINGING"
    assert me.ask("ALTER CALL 1 ANSWER") == "ALTER CALL 1 ANSWER"
    world.wait(0.1)
    assert statuses(bob)[-1] == "CALL 1 STATUS INPROGRESS"


def test_the_call_whose_coming_could_not_be_stored_rings_afterwards(world, store):
    """The store fails at the very event: it is taken back, and taken again."""
    me, bob = world.attach("me"), world.attach("bob")
    store.ill = True
    bob.ask("CALL me")
    world.wait(0.5)
    assert me.news() == []
    assert me.ask("SET AUDIO_IN x") == "ERROR 9901 Internal error"
    store.ill = False
    world.wait(1)
    assert statuses(me) == ["CALL 1 STATUS RINGING"]
    assert me.ask("GET CALL 1 PARTNER_HANDLE") == "CALL 1 PARTNER_HANDLE bob"


def test_a_caller_who_gave_up_meanwhile_was_missed(world, store):
    me, bob = world.attach("me"), world.attach("bob")
    store.ill = True
    bob.ask("CALL me")
    bob.ask("ALTER CALL 1 HANGUP")
    world.wait(3)
    assert me.news() == []
    store.ill = False
    world.wait(1)
    assert statuses(me) == ["CALL 1 STATUS RINGING", "CALL 1 STATUS MISSED"]
    assert me.ask("SEARCH MISSEDCALLS") == "CALLS 1"


def test_a_call_that_was_alive_is_over_for_both_sides(world, store):
    me, bob = world.attach("me"), world.attach("bob")
    me.ask("CALL bob")
    bob.ask("ALTER CALL 1 ANSWER")
    world.wait(0.5)
    assert statuses(me)[-1] == "CALL 1 STATUS INPROGRESS"
    bob.news()
    store.ill = True
    assert me.ask("SET AUDIO_IN x") == "ERROR 9901 Internal error"
    world.wait(0.1)
    assert statuses(bob) == ["CALL 1 STATUS FINISHED"]
    assert statuses(me) == []
    store.ill = False
    world.wait(1)
    assert statuses(me) == ["CALL 1 STATUS FINISHED"]
    assert me.ask("CALL echo123") == "CALL 2 STATUS UNPLACED"
    # It was stored so: nothing is left to end at the next start.
    again = World("me", stores={"me": store}).attach()
    assert again.ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED"


def test_what_is_known_of_people_stays(world, store):
    me = world.attach("me")
    store.ill = True
    assert me.ask("SET AUDIO_IN x") == "ERROR 9901 Internal error"
    assert me.ask("GET USER echo123 ONLINESTATUS") == "USER echo123 ONLINESTATUS ONLINE"
    assert me.ask("GET CONNSTATUS") == "CONNSTATUS ONLINE"


def test_a_store_that_cannot_be_read_either_tells_nothing(world, store):
    me = world.attach("me")
    me.ask("SET PROFILE CITY before")
    me.news()
    store.ill = store.dark = True
    assert me.ask("SET PROFILE CITY after") == "ERROR 9901 Internal error"
    # In memory it is "after", which nobody may see.
    assert me.ask("GET PROFILE CITY") == "ERROR 9901 Internal error"
    store.ill = False
    world.wait(3)
    assert me.ask("GET PROFILE CITY") == "ERROR 9901 Internal error"
    store.dark = False
    world.wait(1)
    assert me.ask("GET PROFILE CITY") == "PROFILE CITY before"
    assert me.ask("SET PROFILE CITY after") == "PROFILE CITY after"


def test_it_is_tried_once_a_second(world, store):
    me = world.attach("me")
    store.ill = True
    me.ask("SET AUDIO_IN x")
    tries = 0

    def commit(_records):
        nonlocal tries
        tries += 1
        raise StoreError("still full")

    store.commit = commit
    world.wait(10)
    assert tries == 10


def test_news_are_bounded(world, store, monkeypatch, caplog):
    monkeypatch.setattr(runtime_module, "NEWS_KEPT", 5)
    me = world.attach("me")
    store.ill = True
    me.ask("SET AUDIO_IN x")
    for number in range(8):
        world.runtimes["me"]._heard(PersonSeen(f"p{number}", (("fullname", f"P {number}"),)))
    assert "news of the network are lost" in caplog.text
    store.ill = False
    world.wait(1)
    assert [me.ask(f"GET USER p{number} FULLNAME") for number in (2, 3, 7)] == [
        "USER p2 FULLNAME ",
        "USER p3 FULLNAME P 3",
        "USER p7 FULLNAME P 7",
    ]
