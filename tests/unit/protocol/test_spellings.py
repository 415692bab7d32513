"""Programs may name somebody by any spelling that the network knows."""

import pytest

from ringback.domain.nature import Nature
from support.replay import World


@pytest.fixture
def me():
    world = World("me", "bob")
    people = world.runtimes["me"].engine.account.people
    people.nature = Nature(address=lambda text: text.removesuffix("@home.example"))
    program = world.attach("me")
    program.ask("SET PROFILE FULLNAME Me Myself")
    program.ask("CALL bob")
    call = program.ask("SEARCH CALLS bob").removeprefix("CALLS ")
    assert call
    program.ask(f"ALTER CALL {call} HANGUP")
    program.ask("MESSAGE bob hello")
    return program


@pytest.mark.parametrize("what", ["CALLS", "CHATMESSAGES", "MESSAGES"])
def test_a_search(me, what):
    assert me.ask(f"SEARCH {what} Bob@Home.example") == me.ask(f"SEARCH {what} bob") != f"{what} "


def test_clearing_calls(me):
    me.ask("CLEAR CALLHISTORY ALL Bob@Home.example")
    assert me.ask("SEARCH CALLS") == "CALLS "


def test_ourselves(me):
    assert me.ask("GET USER Me@Home.example FULLNAME").endswith("FULLNAME Me Myself")
