"""What may stand in the fields of a description, and how much of it; everything else is malformed.

Descriptions come from strangers and go into SDP, a format of lines, and then into a media library. So no
field may hold a line break or a separator of SDP, each number has a range, and lists have an end.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final, TypeVar

#: Contents of a session, and groups of them.
CONTENTS: Final = 8
#: Codecs of a content; parameters and feedback of a codec; header extensions and sources of a content.
PAYLOADS: Final = 64
PARAMETERS: Final = 32
FEEDBACKS: Final = 32
EXTENSIONS: Final = 32
SOURCES: Final = 32
#: Candidates in one stanza, and in a whole session.
CANDIDATES: Final = 40
ALL_CANDIDATES: Final = 160
FINGERPRINTS: Final = 8
#: Children of an element that are looked at.
CHILDREN: Final = 256
#: Services that a server may tell of.
SERVICES: Final = 32
#: Characters of a session's id, of a name, of a value, of an address.
LONGEST_ID: Final = 128
LONGEST_NAME: Final = 64
LONGEST_VALUE: Final = 1024
LONGEST_ADDRESS: Final = 3071
#: Characters and lines of a description as SDP.
LONGEST_SDP: Final = 200_000
SDP_LINES: Final = 5000

#: RFC 4566, token.
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+")
#: RFC 8839, ice-char.
_ICE: Final = re.compile(r"[A-Za-z0-9+/]+")
#: What may stand in a line of SDP: neither controls nor line breaks (also not those of Unicode).
_LINE: Final = re.compile("[^\x00-\x1f\x7f\x85\u2028\u2029]*")
_DIGITS: Final = re.compile(r"[0-9]{1,10}")
_FINGERPRINT: Final = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2})*")
_LOCAL_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,63}\.local")
#: Bytes of the fingerprints that are taken (RFC 8122).
_HASHES: Final = {"sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64}

_T = TypeVar("_T")


class MalformedError(ValueError):
    """It does not say what it should; nothing of it may be used."""


def digits(text: str | None, what: str) -> int:
    """A decimal number of few ASCII digits; its range is checked by the type that it goes into."""
    if text is None or not _DIGITS.fullmatch(text):
        raise MalformedError(f"{what} is no number")
    return int(text)


def within(value: int, lowest: int, highest: int, what: str) -> int:
    """``value`` if it is in its range."""
    if not lowest <= value <= highest:
        raise MalformedError(f"{what} is out of range")
    return value


def token(text: str, what: str, longest: int = LONGEST_NAME) -> str:
    """A word without blanks and separators."""
    if len(text) > longest or not _TOKEN.fullmatch(text):
        raise MalformedError(f"{what} is no word")
    return text


def line(text: str, what: str, longest: int = LONGEST_VALUE, without: str = "") -> str:
    """Text that may stand in a line, without some characters."""
    if len(text) > longest or not _LINE.fullmatch(text) or any(c in text for c in without):
        raise MalformedError(f"{what} holds what it must not")
    return text


def identifier(text: str | None, what: str) -> str:
    """The id of a session: visible text that is not empty."""
    if not text or text != text.strip():
        raise MalformedError(f"{what} is missing")
    return line(text, what, LONGEST_ID)


def ice(text: str, shortest: int, longest: int, what: str) -> str:
    """Text of ICE's own alphabet."""
    if not shortest <= len(text) <= longest or not _ICE.fullmatch(text):
        raise MalformedError(f"{what} is none")
    return text


def trusted(algorithm: str) -> bool:
    """Is a fingerprint of this algorithm worth something? Others are left out where there are better ones."""
    return algorithm in _HASHES


def fingerprint(algorithm: str, text: str) -> str:
    """A fingerprint as SDP has it, in capitals, of the length that its algorithm gives."""
    value = text.strip().upper()
    if not trusted(algorithm):
        raise MalformedError("the algorithm of the fingerprint is not taken")
    if len(value) != 3 * _HASHES[algorithm] - 1 or not _FINGERPRINT.fullmatch(value):
        raise MalformedError("the fingerprint is none")
    return value


def address(text: str, what: str) -> str:
    """An IP address in its shortest form."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        raise MalformedError(f"{what} is no address") from None
    if isinstance(found, ipaddress.IPv6Address) and found.scope_id is not None:
        raise MalformedError(f"{what} belongs to one machine")
    return str(found)


def unusable(text: str) -> bool:
    """Is this the address of a candidate that is well-formed and of no use to us?

    Browsers hide addresses behind names that only their own network resolves.
    """
    return bool(_LOCAL_NAME.fullmatch(text)) or (
        len(text) < 100 and text.lower().startswith("fe80:") and "%" in text
    )


def related(text: str | None, port: str | None) -> tuple[str, int] | tuple[None, None]:
    """Where a candidate was seen from: address and port, if both are there and mean something here."""
    if text is None or port is None or unusable(text):
        return None, None
    return address(text, "a related address"), digits(port, "a related port")


def few(things: tuple[_T, ...], most: int, what: str) -> tuple[_T, ...]:
    """``things`` if there are not too many."""
    if len(things) > most:
        raise MalformedError(f"too many {what}")
    return things
