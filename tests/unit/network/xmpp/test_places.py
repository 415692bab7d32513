"""In which order the places of a domain are tried."""

import asyncio
import random
from collections import Counter

import pytest

from ringback.network.xmpp.places import NoPlaceError, Place, Places, Record


def places(plain=(), direct=(), chance=lambda: 0.5):
    """Places of a domain with such records; an exception stands for a name server that does not answer."""

    async def lookup(name):
        told = direct if name == "_xmpps-client._tcp.home.example" else plain
        if isinstance(told, Exception):
            raise told
        assert name.endswith("-client._tcp.home.example")
        return told

    return Places(lookup, chance)


def order(made):
    return asyncio.run(made.of("home.example"))


def test_without_records_the_domain_is_the_place():
    assert order(places()) == [Place("home.example", 5222)]


def test_both_kinds_have_one_order():
    made = places(
        [Record(20, 0, "c", 3), Record(5, 0, "a", 1)], [Record(10, 0, "b", 2), Record(10, 0, "b", 2)]
    )
    assert order(made) == [Place("a", 1), Place("b", 2, direct=True), Place("c", 3)]


def test_among_equals_chance_and_weight_decide():
    weighed = [Record(1, 90, "heavy", 1), Record(1, 10, "light", 1), Record(1, 0, "last", 1)]
    made = places(weighed, chance=random.Random(4).random)

    async def draw():
        return Counter([(await made.of("home.example"))[0].host for _ in range(1000)])

    firsts = asyncio.run(draw())
    assert 850 < firsts["heavy"] < 950
    assert firsts["heavy"] + firsts["light"] == 1000
    assert order(made)[2].host == "last"


def test_what_failed_is_tried_last_until_something_worked():
    made = places([Record(1, 0, "a", 1), Record(2, 0, "b", 1), Record(3, 0, "c", 1)])
    a, b, c = order(made)
    made.failed(a)
    made.failed(b)
    made.failed(Place("gone", 1))
    assert order(made) == [c, a, b]
    made.failed(a)
    assert order(made) == [c, b, a]
    made.worked()
    assert order(made) == [a, b, c]


def test_who_says_to_serve_nobody_is_believed():
    with pytest.raises(NoPlaceError, match="serves nobody"):
        order(places([Record(0, 0, "", 0)]))
    assert order(places([Record(0, 0, "a", 1)], [Record(0, 0, "", 0)])) == [Place("a", 1)]
    # That nobody speaks TLS from the first byte says no more than that.
    assert order(places([], [Record(0, 0, "", 0)])) == [Place("home.example", 5222)]


def test_a_name_server_that_tells_one_kind_is_enough():
    no = NoPlaceError("no answer")
    assert order(places([Record(0, 0, "a", 1)], no)) == [Place("a", 1)]
    with pytest.raises(NoPlaceError, match="no answer"):
        order(places((), no))


def test_a_place_is_written_as_people_write_it():
    assert str(Place("::1", 5222)) == "[::1]:5222"
    assert str(Place("a.example", 5223, direct=True)) == "a.example:5223"
