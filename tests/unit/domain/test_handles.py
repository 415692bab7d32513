import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ringback.domain.handles import (
    canonical,
    country_of,
    dialled,
    is_emergency,
    is_phone_number,
    is_well_formed,
    looks_dialled,
    phone_number,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+372 555-55.55", "+3725555555"),
        ("(00)372 5555", "+3725555"),
        (" 00372", "+372"),
        ("echo123", None),
        ("0372", None),
        ("+", None),
        ("", None),
        ("+٣٧٢", None),
        ("a+372", None),
    ],
)
def test_what_is_a_phone_number(text, number):
    assert phone_number(text) == number


@pytest.mark.parametrize("digits", ["\u0661\u0662\u0663", "\uff11\uff12\uff13", "1\u0662"])
def test_digits_of_other_scripts_are_none_of_a_number(digits):
    assert not is_phone_number("+" + digits)
    assert not is_phone_number("00" + digits)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob", "bob"),
        ("zoe\u0308", "ZO\u00cb"),
        ("stra\u00dfe", "STRASSE"),
        ("\u01f0", "j\u030c"),
        ("\u00df\u0301", "SS\u0301"),
        ("\u03c3", "\u03c2"),
        ("\uac01", "\u1100\u1161\u11a8"),
        ("\u1fb3\u0301", "\u03b1\u0301\u0345"),
    ],
)
def test_handles_that_are_the_same(one, other):
    assert canonical(one) == canonical(other)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=8))
@example("\u00df\u0301")
@example("\u0345\u0301\u03b1")
@example("\u0130\u0307")
def test_a_canonical_handle_is_its_own_canonical_form(handle):
    form = canonical(handle)
    assert canonical(form) == form == unicodedata.normalize("NFC", form)
    for same in ("NFC", "NFD"):
        assert canonical(unicodedata.normalize(same, handle)) == form


@pytest.mark.parametrize("handle", ["echo123", "ann.b-c_d", "zoë", "анна", "a" * 255])
def test_names(handle):
    assert is_well_formed(handle)


@pytest.mark.parametrize(
    "handle", ["", "a b", "a,b", "a\x7fb", "a\x01b", "zoë\u200b", "zoë\x85", "a" * 256, "a$b"]
)
def test_what_cannot_be_a_name(handle):
    assert not is_well_formed(handle)


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("003725555555", "us", "+3725555555"),
        ("+3725555555", "us", "+3725555555"),
        ("+3725555555", "de", "+3725555555"),
        ("5555555", "ee", "+3725555555"),
        ("(800) 555-1234", "us", "+18005551234"),
        ("030 123456", "de", "+4930123456"),
        ("011 372 5555555", "us", "+3725555555"),
        ("+1-800-FLOWERS", "de", "+18003569377"),
        ("+15005550001", "zz", "+15005550001"),
        ("5005550001", "zz", None),
        ("5551234", "us", None),
        ("+1", "us", None),
        ("+999123456789", "us", None),
        ("+123456789012345678", "us", None),
        ("007bond", "us", None),
        ("+", "us", None),
        ("", "us", None),
        ("+\u0663\u0667\u0662", "us", None),
    ],
)
def test_what_is_dialled_where(typed, country, number):
    assert dialled(typed, country) == number


@pytest.mark.parametrize(("text", "dialled"), [("12", True), ("+x", True), ("1a", False), ("echo123", False)])
def test_what_can_only_be_a_number(text, dialled):
    assert looks_dialled(text) == dialled


@pytest.mark.parametrize(
    ("text", "country", "emergency"),
    [
        ("112", "us", True),
        ("9-1-1", "ee", True),
        ("+112", "de", True),
        ("000", "us", True),
        ("1122", "us", False),
        ("+18005551234", "us", False),
        ("echo112", "us", False),
        ("1" * 1_000_000, "us", False),
    ],
)
def test_emergency_numbers(text, country, emergency):
    assert is_emergency(text, country) == emergency


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+3725555555", "ee"),
        ("+442071234567", "gb"),
        ("+4930123456", "de"),
        ("+14155552671", "us"),
        ("+80012345678", ""),
        ("+999", ""),
        ("+", ""),
        ("+" + "3" * 9000, ""),
    ],
)
def test_the_country_of_a_number(number, country):
    assert country_of(number) == country
