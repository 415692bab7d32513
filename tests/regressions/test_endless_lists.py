"""A list of sixteen million bytes took seconds to look at, in which nobody else was served."""

import pytest

from ringback.protocol.lexer import MANY, targets
from support.replay import World


def test_no_more_are_looked_for_than_tell_that_there_are_too_many():
    assert len(targets("a," * 10 * MANY)) == MANY + 1


@pytest.mark.parametrize(
    ("command", "between", "error"),
    [
        ("CHAT CREATE ", ", ", "ERROR 507 "),
        ("OPEN SENDCONTACTS ", " ", "ERROR 4 "),
        ("ALTER CALL 1 TRANSFER ", ",", "ERROR 558 "),
        ("OPEN FILETRANSFER ", ",", "ERROR 112 "),
    ],
)
def test_too_many_are_refused(command, between, error):
    world = World("me", "bob")
    me, bob = world.attach(), world.attach("bob")
    me.ask("SET USER bob BUDDYSTATUS 2")
    bob.ask("SET USER me ISAUTHORIZED TRUE")
    bob.ask("CALL me")
    assert me.ask(command + between.join(["bob"] * (MANY + 1))).startswith(error)
    assert not me.ask(command + between.join(["bob"] * 2)).startswith(error)
