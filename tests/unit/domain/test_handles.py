import pytest

from ringback.domain.handles import is_well_formed, phone_number


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


@pytest.mark.parametrize("handle", ["echo123", "ann.b-c_d", "zoë", "анна", "a" * 255])
def test_names(handle):
    assert is_well_formed(handle)


@pytest.mark.parametrize(
    "handle", ["", "a b", "a,b", "a\x7fb", "a\x01b", "zoë\u200b", "zoë\x85", "a" * 256, "a$b"]
)
def test_what_cannot_be_a_name(handle):
    assert not is_well_formed(handle)
