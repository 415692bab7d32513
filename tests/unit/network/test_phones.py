"""The table of rates, and who takes calls to which number."""

import json

import pytest

from ringback.media.dtmf import ToneEar
from ringback.network.embedded.phones import PhoneNetwork, Rates

TABLE = {"currency": "USD", "opening_balance": 10, "precision": 2, "minute": {"": 9, "+1": 1, "+1500": 2}}


@pytest.mark.parametrize(
    ("number", "price"), [("+15005550001", 2), ("+14155550001", 1), ("+4930123456", 9), ("+1500", 2)]
)
def test_the_longest_beginning_has_the_price(number, price):
    assert Rates.read(json.dumps(TABLE)).of(number) == price


def test_the_table_that_comes_with_it():
    rates = Rates.read()
    assert (rates.currency, rates.opening_balance) == ("EUR", 5000)
    assert rates.of("+15005550001") > 0


@pytest.mark.parametrize(
    "change",
    [
        {"currency": "EURO"},
        {"currency": 5},
        {"precision": -1},
        {"precision": 7},
        {"opening_balance": "much"},
        {"minute": {"+1": 1}},
        {"minute": {"": 1, "1": 1}},
        {"minute": {"": 1.5}},
        {"minute": [1]},
        {"colour": "red"},
        {"in_service": "no"},
    ],
)
def test_a_table_that_is_none(change):
    with pytest.raises(ValueError, match=r"\w"):
        Rates.read(json.dumps(TABLE | change))


@pytest.mark.parametrize("text", ["", "[]", "7", "{", '{"currency": "EUR"}'])
def test_a_file_that_is_no_table(text):
    with pytest.raises(ValueError, match=r"\w"):
        Rates.read(text)


def test_names_are_no_numbers():
    phones = PhoneNetwork(Rates.read(), ToneEar)
    assert phones("ann") is None
    assert phones("+4930123456") is not None
