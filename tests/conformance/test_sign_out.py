"""SET USERSTATUS LOGGEDOUT: the account leaves, its programs are detached, until somebody signs in again."""

import pytest

from ringback.domain import presence
from ringback.domain.failures import Failure
from support.faults import IllStore
from support.replay import Program, World, befriend

LAST = ["USERSTATUS LOGGEDOUT", "CONNSTATUS LOGGEDOUT"]


@pytest.fixture
def world():
    return World("ann", "bob")


@pytest.mark.rule("userstatus-r02", "get-connstatus-r02", "events-status-r06")
def test_calls_end_programs_are_detached_and_others_see_it(world):
    ann, other, bob = world.attach("ann"), world.attach("ann", protocol=1), world.attach("bob")
    befriend(ann, bob)
    other.news()
    ann.ask("CALL bob")
    world.wait(0.1)
    assert bob.ask("ALTER CALL 2 ANSWER") == "ALTER CALL 2 ANSWER"
    world.wait(0.1)
    for program in (ann, other, bob):
        program.news()
    assert ann.ask("SET USERSTATUS LOGGEDOUT") == "USERSTATUS LOGGEDOUT"
    for program in (ann, other):
        heard = program.news()
        assert heard[-2:] == LAST
        assert [line for line in heard if "STATUS" in line][:-2] == ["CALL 2 STATUS FINISHED"]
        assert program.ask("GET USERSTATUS") == "ERROR 68"
        assert program.ask("NAME test") == "CONNSTATUS OFFLINE"
        assert program.ask("PING") == "PONG"
    world.wait(0.1)
    heard = bob.news()
    assert "USER ann ONLINESTATUS OFFLINE" in heard
    assert "CALL 2 STATUS FINISHED" in heard
    # Nothing brings it back by itself, and nothing of it is told.
    bob.ask("MESSAGE ann are you there?")
    world.wait(2000)
    assert ann.news() == other.news() == []
    assert bob.ask("GET USER ann ONLINESTATUS") == "USER ann ONLINESTATUS OFFLINE"

    runtime = world.runtimes["ann"]
    runtime.act(presence.sign_in)
    with pytest.raises(Failure):
        runtime.act(presence.sign_in)
    ann = Program(world, runtime)
    assert ann.ask("NAME test") == "OK"
    ann.ask("PROTOCOL 8")
    world.wait(0.2)
    assert [line for line in ann.news() if line[:8] in ("CONNSTAT", "USERSTAT")] == [
        "CONNSTATUS ONLINE",
        "USERSTATUS ONLINE",
    ]
    missed = ann.ask("SEARCH MISSEDCHATMESSAGES").removeprefix("CHATMESSAGES ")
    assert ann.ask(f"GET CHATMESSAGE {missed} BODY") == f"CHATMESSAGE {missed} BODY are you there?"
    assert bob.ask("GET USER ann ONLINESTATUS") == "USER ann ONLINESTATUS ONLINE"


@pytest.mark.parametrize("status", ["DND", "OFFLINE"])
def test_who_signs_in_again_is_as_before(world, status):
    ann = world.attach("ann")
    assert ann.ask(f"SET USERSTATUS {status}") == f"USERSTATUS {status}"
    assert ann.ask("SET USERSTATUS LOGGEDOUT") == "USERSTATUS LOGGEDOUT"
    world.runtimes["ann"].act(presence.sign_in)
    ann = world.attach("ann")
    assert ann.ask("GET USERSTATUS") == f"USERSTATUS {status}"
    assert ann.ask("GET CONNSTATUS") == f"CONNSTATUS {'OFFLINE' if status == 'OFFLINE' else 'ONLINE'}"


def test_what_idling_made_of_the_status_ends_with_a_sign_in(world):
    ann = world.attach("ann")
    world.wait(301)
    assert ann.ask("GET USERSTATUS") == "USERSTATUS AWAY"
    ann.ask("SET USERSTATUS LOGGEDOUT")
    world.runtimes["ann"].act(presence.sign_in)
    assert world.attach("ann").ask("GET USERSTATUS") == "USERSTATUS ONLINE"


def test_the_start_of_the_process_is_a_sign_in(world):
    ann = world.attach("ann")
    ann.ask("SET USERSTATUS DND")
    ann.ask("SET USERSTATUS LOGGEDOUT")
    again = world.again().attach("ann")
    assert again.ask("GET USERSTATUS") == "USERSTATUS DND"
    assert again.ask("GET CONNSTATUS") == "CONNSTATUS ONLINE"


def test_who_waits_for_an_answer_gets_it_before_the_end(world):
    """A search that the network has not answered yet is answered by what was found."""
    ann = world.attach("ann")
    runtime = world.runtimes["ann"]
    search, world.world.search = world.world.search, lambda *_: None
    ann.link.send("#s SEARCH USERS bob")
    world.world.search = search
    assert ann.news() == []
    ann.link.send("#o SET USERSTATUS LOGGEDOUT")
    assert sorted(ann.news()[:2]) == ["#o USERSTATUS LOGGEDOUT", "#s USERS "]
    assert not runtime.sessions.owes


def test_a_sign_out_that_cannot_be_stored_is_none():
    """The end of a call must be stored; if it cannot be, everything is as before, and told so."""
    store = IllStore()
    world = World("ann", "bob", stores={"ann": store})
    ann = world.attach("ann")
    ann.ask("CALL bob")
    ann.news()
    store.ill = True
    assert ann.ask("SET USERSTATUS LOGGEDOUT").startswith("ERROR 9901")
    assert ann.ask("GET CONNSTATUS") == "CONNSTATUS ONLINE"
    store.ill = False
    world.wait(1.5)
    assert ann.ask("SET USERSTATUS DND") == "USERSTATUS DND"
    assert ann.ask("SET USERSTATUS LOGGEDOUT") == "USERSTATUS LOGGEDOUT"
    assert ann.news()[-2:] == LAST


def test_a_status_right_behind_a_sign_out_waits_for_the_next_sign_in(world):
    """Two commands may be taken before the first is stored."""
    ann = world.attach("ann")
    runtime = world.runtimes["ann"]
    let_go, runtime._release = runtime._release, lambda: None
    ann.link.send("#1 SET PROFILE CITY Tartu")
    ann.link.send("#2 SET USERSTATUS LOGGEDOUT")
    ann.link.send("#3 SET USERSTATUS DND")
    runtime._release = let_go
    runtime._release()
    assert ann.news() == [
        "#1 PROFILE CITY Tartu",
        "PROFILE CITY Tartu",
        "USER ann CITY Tartu",
        "#2 USERSTATUS LOGGEDOUT",
        "#3 USERSTATUS DND",
        *LAST,
    ]
    assert runtime.engine.account.settings.connection == "offline"
    runtime.act(presence.sign_in)
    assert world.attach("ann").ask("GET USERSTATUS") == "USERSTATUS DND"


def test_a_sign_out_of_the_last_process_is_over_for_good(world):
    """An account that is read again later does not find it in the store."""
    world.attach("ann").ask("SET USERSTATUS LOGGEDOUT")
    again = world.again()
    ann = again.attach("ann")
    again.runtimes["ann"]._mend()
    assert ann.ask("SET USERSTATUS OFFLINE") == "USERSTATUS OFFLINE"
    assert ann.ask("SET USERSTATUS ONLINE") == "USERSTATUS ONLINE"
    assert ann.ask("GET CONNSTATUS") == "CONNSTATUS ONLINE"
