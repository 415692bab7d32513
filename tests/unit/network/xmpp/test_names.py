"""XML that is made here, as it is written."""

from xml.etree import ElementTree as ET

import pytest

from ringback.network.xmpp import names
from support.stanzas import xml


@pytest.mark.parametrize(
    "text", ["hello", "a < b & c > d", "\"quoted\" 'too'", "two\nlines\tand more", "ü 😀 ]]>"]
)
def test_what_is_written_is_read_as_it_was_made(text):
    made = names.element(names.CLIENT, "message", to=f"bob@away.example/{text}", id="1")
    names.within(made, names.CLIENT, "body", text)
    receipt = names.within(made, names.RECEIPTS, "received", id=text)
    names.within(receipt, names.RECEIPTS, "inner")
    names.within(receipt, names.CLIENT, "back", text)
    assert ET.tostring(xml(names.written(made))) == ET.tostring(made)


def test_it_is_as_short_as_can_be():
    made = names.element(names.CLIENT, "message", to="bob@away.example")
    names.within(made, names.CLIENT, "body", "hello")
    names.within(made, names.MARKERS, "markable")
    markable = '<markable xmlns="urn:xmpp:chat-markers:0"/>'
    assert names.written(made) == f'<message to="bob@away.example"><body>hello</body>{markable}</message>'


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("0", 0), ("4294967295", 4_294_967_295)])
def test_a_number_is_what_a_server_writes_as_one(text, number):
    assert names.number(text) == number


@pytest.mark.parametrize("text", ["", None, "-1", "1.5", "٣", "9" * 11, "9" * 10_000])
def test_nothing_else_is_a_number(text):
    assert names.number(text) is None
