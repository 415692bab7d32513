"""Addresses of people: names and phone numbers, what is well-formed, and when two are the same."""

from __future__ import annotations

import unicodedata

#: Currency signs, which had an error of their own since client 3.6.
CURRENCY_SIGNS = frozenset("¤€£")
#: Characters that the language itself uses and currency signs; a name never holds them.
_FORBIDDEN = frozenset(" ,;$#!\t\r\n\0\"'<>/\\") | CURRENCY_SIGNS
_LONGEST = 255
#: What people write into phone numbers for the eye.
_DECORATION = {ord(c): None for c in " -()./"}


def canonical(handle: str) -> str:
    """The form under which a handle is compared and stored: NFC, case-folded."""
    return unicodedata.normalize("NFC", handle).casefold()


def is_phone_number(text: str) -> bool:
    """True for ``+digits`` and ``00digits`` (blanks, dashes and brackets already removed)."""
    return (text.startswith("+") and text[1:].isdecimal()) or (text.startswith("00") and text.isdecimal())


def phone_number(text: str) -> str | None:
    """The canonical ``+digits`` form of something typed as a phone number, or None if it is none."""
    if text[:1].isalpha():
        return None
    bare = text.translate(_DECORATION)
    if not bare.isascii() or not is_phone_number(bare):
        return None
    return bare if bare.startswith("+") else "+" + bare[2:]


def is_well_formed(handle: str) -> bool:
    """True if ``handle`` can name a person (reference: error 8 names characters that cannot occur)."""
    return (
        0 < len(handle) <= _LONGEST
        and not _FORBIDDEN.intersection(handle)
        and (
            handle.isprintable()
            if handle.isascii()
            else all(unicodedata.category(c)[0] != "C" for c in handle)
        )
    )
