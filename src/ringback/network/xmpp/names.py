"""Namespaces of what the adapter says and understands, and small things to read and write XML with."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

CLIENT: Final = "jabber:client"
STANZAS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
ROSTER: Final = "jabber:iq:roster"
LAST: Final = "jabber:iq:last"
SM: Final = "urn:xmpp:sm:3"
DELAY: Final = "urn:xmpp:delay"
RECEIPTS: Final = "urn:xmpp:receipts"
MARKERS: Final = "urn:xmpp:chat-markers:0"
CORRECT: Final = "urn:xmpp:message-correct:0"
RETRACT: Final = "urn:xmpp:message-retract:1"
STANZA_IDS: Final = "urn:xmpp:sid:0"
HINTS: Final = "urn:xmpp:hints"
CARBONS: Final = "urn:xmpp:carbons:2"
FORWARD: Final = "urn:xmpp:forward:0"
MAM: Final = "urn:xmpp:mam:2"
RSM: Final = "http://jabber.org/protocol/rsm"
DATA: Final = "jabber:x:data"
DISCO: Final = "http://jabber.org/protocol/disco#info"
DISCO_ITEMS: Final = "http://jabber.org/protocol/disco#items"
CAPS: Final = "http://jabber.org/protocol/caps"
SEARCH: Final = "jabber:iq:search"
PRIVACY: Final = "jabber:iq:privacy"
BLOCKING: Final = "urn:xmpp:blocking"
PUBSUB: Final = "http://jabber.org/protocol/pubsub"
PUBSUB_EVENT: Final = "http://jabber.org/protocol/pubsub#event"
PUBLISH_OPTIONS: Final = "http://jabber.org/protocol/pubsub#publish-options"
VCARD4: Final = "urn:ietf:params:xml:ns:vcard-4.0"
VCARD4_NODE: Final = "urn:xmpp:vcard4"
VCARD_TEMP: Final = "vcard-temp"
AVATAR_DATA: Final = "urn:xmpp:avatar:data"
AVATAR: Final = "urn:xmpp:avatar:metadata"
#: How an engine names itself in it.
CAPS_NODE: Final = "https://ringback.example/"
#: What is ours; docs/explanation/xmpp.md says what is in it.
RINGBACK: Final = "urn:ringback:presence:0"
ARRIVED: Final = "urn:ringback:arrived:0"
PRIVATE_PROFILE: Final = "urn:ringback:profile:0"


def tag(namespace: str, name: str) -> str:
    """As ElementTree writes it."""
    return f"{{{namespace}}}{name}"


def element(namespace: str, name: str, text: str = "", **attributes: str) -> ET.Element:
    """One element."""
    made = ET.Element(tag(namespace, name), attributes)
    made.text = text or None
    return made


def within(parent: ET.Element, namespace: str, name: str, text: str = "", **attributes: str) -> ET.Element:
    """One more element in another."""
    made = element(namespace, name, text, **attributes)
    parent.append(made)
    return made


def written(stanza: ET.Element, within: str = CLIENT) -> str:
    """An element that was made here, as it goes out in a stream whose namespace is ``within``.

    Attributes with a namespace of their own are not made here.
    """
    namespace, _, name = stanza.tag[1:].rpartition("}")
    begin = f"<{name}" if namespace == within else f"<{name} xmlns={quoteattr(namespace)}"
    for key, value in stanza.items():
        begin += f" {key}={quoteattr(value)}"
    inner = escape(stanza.text or "") + "".join([written(child, namespace) for child in stanza])
    return f"{begin}>{inner}</{name}>" if inner else f"{begin}/>"


def text_of(parent: ET.Element, *path: str) -> str:
    """The text of the first element on a path, "" if there is none."""
    found = parent.find("/".join(path))
    return "" if found is None else found.text or ""


def form(parent: ET.Element, **values: str) -> None:
    """A filled-in form (XEP-0004) in another element, by the names of its fields."""
    filled = within(parent, DATA, "x", type="submit")
    for name, value in values.items():
        within(within(filled, DATA, "field", var=name), DATA, "value", value)


def form_of(form: ET.Element) -> dict[str, list[str]]:
    """What is in a form, by the names of its fields."""
    return {
        field.get("var", ""): [value.text or "" for value in field.iterfind(tag(DATA, "value"))]
        for field in form.iterfind(tag(DATA, "field"))
    }


def number(text: str | None, digits: int = 10) -> int | None:
    """A number of at most so many ASCII digits, as a server writes it; None for anything else.

    Python raises ValueError for what has thousands of them.
    """
    if not text or len(text) > digits or not (text.isascii() and text.isdecimal()):
        return None
    return int(text)
