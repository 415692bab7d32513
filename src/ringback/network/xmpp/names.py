"""Namespaces of what the adapter says and understands, and small things to read and write XML with."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

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
BLOCKING: Final = "urn:xmpp:blocking"
PUBSUB: Final = "http://jabber.org/protocol/pubsub"
PUBSUB_EVENT: Final = "http://jabber.org/protocol/pubsub#event"
PUBLISH_OPTIONS: Final = "http://jabber.org/protocol/pubsub#publish-options"
VCARD4: Final = "urn:ietf:params:xml:ns:vcard-4.0"
VCARD4_NODE: Final = "urn:xmpp:vcard4"
VCARD_TEMP: Final = "vcard-temp"
AVATAR_DATA: Final = "urn:xmpp:avatar:data"
AVATAR: Final = "urn:xmpp:avatar:metadata"
#: What is ours; docs/explanation/xmpp.md says what is in it.
RINGBACK: Final = "urn:ringback:presence:0"
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


def text_of(parent: ET.Element, *path: str) -> str:
    """The text of the first element on a path, "" if there is none."""
    found = parent.find("/".join(path))
    return "" if found is None else found.text or ""
