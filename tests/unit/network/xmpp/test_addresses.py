"""Handles and addresses are two spellings of one thing, both ways."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ringback.domain.handles import canonical, is_well_formed, phone_number
from ringback.network.xmpp.addresses import Addresses, NoAddressError, bare, carries

BOOK = Addresses("alice@home.example", {"echo123"})


@pytest.mark.parametrize(
    ("address", "handle"),
    [
        ("bob@home.example", "bob"),
        ("bob@away.example", "bob@away.example"),
        ("echo123@home.example", "echo123@home.example"),
        ("echo123@away.example", "echo123@away.example"),
        ("0037255@home.example", "0037255@home.example"),
        ("+37255@home.example", "+37255@home.example"),
        ("37255@home.example", "37255@home.example"),
        ("a,b;c#d@home.example", "a%2cb%3bc%23d"),
        ("50%off@home.example", "50%off"),
        ("50%2c@home.example", "50%252c"),
        ("home.example", "@home.example"),
        ("жук@home.example", "жук"),
    ],
)
def test_an_address_has_one_handle(address, handle):
    assert BOOK.handle(address) == handle
    assert BOOK.address(handle) == address


@given(st.text(min_size=1, max_size=20), st.sampled_from(["home.example", "away.example"]))
@example("ᴬ", "home.example")
def test_every_address_comes_back(local, domain):
    try:
        address = bare(f"{local}@{domain}")
    except NoAddressError:
        return
    if address.count("@") != 1:
        return
    handle = BOOK.handle(address)
    assert BOOK.address(handle) == address
    assert is_well_formed(handle)
    assert canonical(handle) == handle
    assert phone_number(handle) is None
    assert BOOK.spelled(handle) == handle


@pytest.mark.parametrize("handle", ["echo123", "+3725555", "003725555", "a@b@c", "%ff", "@", ""])
def test_what_is_nobodys_address_is_known(handle):
    with pytest.raises(NoAddressError):
        BOOK.address(handle)
    assert BOOK.aliases(handle) == ()
    assert len(BOOK.dialog(handle)) == 16


def test_neighbours_have_short_handles_and_whole_aliases():
    assert BOOK.own_handle == "alice"
    assert BOOK.spelled("bob@home.example") == "bob"
    assert BOOK.spelled("bob@away.example") == "bob@away.example"
    assert BOOK.aliases("bob") == ("bob@home.example",)
    assert BOOK.aliases("bob@away.example") == ()


def test_both_sides_name_their_dialog_alike():
    there = Addresses("bob@away.example")
    assert BOOK.dialog("bob@away.example") == there.dialog("alice@home.example")
    assert BOOK.dialog("bob") != BOOK.dialog("bob@away.example")


def test_an_account_has_a_name_and_a_server():
    for address in ("home.example", "@home.example", "a b", ""):
        with pytest.raises(NoAddressError):
            Addresses(address)


@pytest.mark.parametrize(
    ("text", "fits"), [("a\tb\nc\rd😀", True), ("\x00", False), ("a\x1b", False), ("\ufffe", False)]
)
def test_not_every_character_fits_into_xml(text, fits):
    assert carries(text) is fits
