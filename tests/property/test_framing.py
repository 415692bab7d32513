"""Framing gives the same messages however the bytes are cut (design, transports)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.transport.framing import Framing, TooLargeError, escaped, unescaped

MESSAGE = st.text(
    st.characters(exclude_characters="\0\r\n", exclude_categories=("Cs",)), min_size=1, max_size=40
)


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1).map(
            lambda t: "x" + t
        ),
        min_size=1,
        max_size=5,
    ),
    st.lists(st.integers(1, 20), min_size=1),
)
def test_nul_framing_in_any_pieces(messages, sizes):
    framing = Framing()
    # A first message that starts a line would be taken for a typed one, as the rule says.
    messages[0] = messages[0].replace("\n", " ")
    data = b"".join(m.encode() + b"\0" for m in messages)
    heard = []
    position = 0
    for size in sizes * (len(data) // len(sizes) + 1):
        heard += framing.feed(data[position : position + size])
        position += size
    heard += framing.feed(data[position:]) if position < len(data) else []
    assert heard == messages


@given(st.lists(MESSAGE, min_size=1, max_size=5))
def test_typed_lines(messages):
    framing = Framing()
    assert framing.feed("".join(escaped(m) + "\r\n" for m in messages).encode()) == messages
    assert framing.by_lines
    assert framing.frame("a\nb\\c") == b"a\\nb\\\\c\n"


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))))
def test_escaping_is_reversible(text):
    assert unescaped(escaped(text)) == text
    assert "\n" not in escaped(text)


@given(st.binary())
def test_any_bytes_are_no_trouble(data):
    framing = Framing()
    framing.feed(data)
    framing.feed(b"\0x\0")


def test_too_large():
    framing = Framing(largest=100)
    with pytest.raises(TooLargeError):
        framing.feed(b"x" * 101)
    framing = Framing(largest=100)
    with pytest.raises(TooLargeError):
        framing.feed(b"x" * 101 + b"\0")


def test_line_breaks_before_a_message_are_skipped():
    assert Framing().feed(b"PING\0\r\nPING\0\n\0") == ["PING", "PING", ""]
