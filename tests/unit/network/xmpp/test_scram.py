"""The salted password: as slixmpp has it, only sooner, and not for ever."""

import pytest
from slixmpp.util.sasl.client import SASLCancelled
from slixmpp.util.sasl.mechanisms import SCRAM, XOR

from ringback.network.xmpp import client
from ringback.network.xmpp.scram import MOST, salted


def mechanism(name):
    made = SCRAM.__new__(SCRAM)
    made.security_settings = {"encrypted": True}
    made.setup(name)
    return made


def slowly(made, password, salt, rounds):
    """As RFC 5802 defines it."""
    one = made.HMAC(password, salt + b"\0\0\0\x01")
    whole = one
    for _ in range(rounds - 1):
        one = made.HMAC(password, one)
        whole = XOR(whole, one)
    return whole


@pytest.mark.parametrize("name", sorted(name for name in client.SCRAM if not name.endswith("PLUS")))
@pytest.mark.parametrize("rounds", [1, 2, 100])
def test_it_is_what_the_rounds_give(name, rounds):
    made = mechanism(name)
    expected = slowly(made, b"correct horse", b"salt", rounds)
    assert salted(made, b"correct horse", b"salt", rounds) == expected
    assert made.Hi(b"correct horse", b"salt", rounds) == expected
    assert SCRAM.Hi is salted


@pytest.mark.parametrize("rounds", [-1, 0, MOST + 1, 10**30])
def test_nobody_may_ask_for_more_than_anybody_needs(rounds):
    with pytest.raises(SASLCancelled):
        salted(mechanism("SCRAM-SHA-256"), b"correct horse", b"salt", rounds)
