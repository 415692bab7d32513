"""What the network of an account is like: the parts that it has, and how it writes addresses and texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final


@unique
class Part(Enum):
    """What a network may have; the value says it to people. What it has not is refused, never swallowed."""

    PRESENCE = "states of people, and the own one"
    CONTACTS = "leave to see each other, asked for with a text"
    CONTACT_LIST = "the list of contacts is kept by the network"
    BLOCKING = "the network keeps away who is blocked"
    PROFILES = "profiles and pictures of people"
    ADDRESSES = "people are found by their whole address"
    DIRECTORY = "people are found by name, or part of it"
    CHATS = "messages between two, with edits"
    RECEIPTS = "what arrived at the other side is known"
    SEEN = "what was read on one device is read on the others"
    HISTORY = "what was said while we were away, and on other devices"
    CALLS = "calls between two, with sound"
    PHONES = "calls to telephones"
    VIDEO = "calls with a picture"
    ROOMS = "chats of several people"
    FILES = "files from person to person"
    APPS = "data between programs"
    VOICEMAIL = "spoken messages"
    PHONE_TEXT = "text messages to telephones"


#: What the embedded network has.
EMBEDDED: Final = frozenset(
    {
        *(Part.PRESENCE, Part.CONTACTS, Part.BLOCKING, Part.PROFILES, Part.ADDRESSES),
        *(Part.DIRECTORY, Part.CHATS, Part.CALLS, Part.PHONES),
    }
)


def _as_it_is(address: str) -> str:
    return address


def _no_other(_address: str) -> tuple[str, ...]:
    return ()


def _anything(_text: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Nature:
    """``address``: the one spelling of an address (in canonical form) under which somebody is known.

    ``aliases``: what else they are called. ``carries``: can a text be sent as it is. ``dialog``: 16 hex
    digits that name the dialog with somebody, always the same; None if whoever begins it makes them up.
    """

    parts: frozenset[Part] = EMBEDDED
    address: Callable[[str], str] = _as_it_is
    aliases: Callable[[str], tuple[str, ...]] = _no_other
    carries: Callable[[str], bool] = _anything
    dialog: Callable[[str], str] | None = None
