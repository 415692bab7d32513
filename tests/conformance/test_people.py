"""Asking for leave, giving and refusing it, blocking, removing; members offline and killed in the middle."""

import pytest

from support.replay import World


@pytest.fixture
def world():
    return World("ann", "bob")


@pytest.fixture
def ann(world):
    return world.attach("ann")


@pytest.fixture
def bob(world):
    return world.attach("bob")


def standing(program, person):
    """BUDDYSTATUS, ISAUTHORIZED, ONLINESTATUS as a program sees them."""
    names = ("BUDDYSTATUS", "ISAUTHORIZED", "ONLINESTATUS")
    return tuple(program.ask(f"GET USER {person} {name}").split(" ", 3)[3] for name in names)


@pytest.mark.rule("set-user-r01", "set-user-r02", "set-user-r04", "events-status-r03", "get-user-r01")
def test_asking_and_granting(world, ann, bob):
    """What both sides are told, in the order that was recorded from the original."""
    assert ann.ask("SET USER bob BUDDYSTATUS 2 Please, it is me") == "USER bob BUDDYSTATUS 2"
    assert ann.news() == [
        "USER bob ISAUTHORIZED TRUE",
        "USER bob ISBLOCKED FALSE",
        "USER bob BUDDYSTATUS 2",
    ]
    assert bob.news() == [
        "USER ann RECEIVEDAUTHREQUEST Please, it is me",
        "USER ann ONLINESTATUS ONLINE",
        "USER ann NROF_AUTHED_BUDDIES 2",
    ]
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS ann"
    assert standing(ann, "bob") == ("2", "TRUE", "OFFLINE")
    assert standing(bob, "ann") == ("0", "FALSE", "ONLINE")
    assert bob.ask("SET USER ann ISAUTHORIZED TRUE") == "USER ann ISAUTHORIZED TRUE"
    assert bob.news() == [
        "USER ann RECEIVEDAUTHREQUEST ",
        "USER ann ISAUTHORIZED TRUE",
        "USER ann ISBLOCKED FALSE",
        "USER ann BUDDYSTATUS 3",
    ]
    assert ann.news()[:2] == ["USER bob BUDDYSTATUS 3", "USER bob ONLINESTATUS ONLINE"]
    assert standing(ann, "bob") == standing(bob, "ann") == ("3", "TRUE", "ONLINE")
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS "
    assert bob.ask("SEARCH FRIENDS") == "USERS echo123, ann"
