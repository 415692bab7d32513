"""Addresses of people: names and phone numbers, what is well-formed, and when two are the same."""

from __future__ import annotations

import unicodedata
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

#: Currency signs, which had an error of their own since client 3.6.
CURRENCY_SIGNS = frozenset("¤€£")
#: Characters that the language itself uses and currency signs; a name never holds them.
_FORBIDDEN = frozenset(" ,;$#!\t\r\n\0\"'<>/\\") | CURRENCY_SIGNS
_LONGEST = 255
#: Numbers that are refused everywhere: nobody may rely on a program for help (reference: error 91).
EMERGENCY: Final = frozenset(
    {"112", "911", "999", "000", "110", "113", "115", "118", "119", "100", "101", "102"}
)
#: No number has more digits, with those that lead abroad.
_LONGEST_NUMBER: Final = 20
#: What people write into phone numbers for the eye.
_DECORATION = {ord(c): None for c in " -()./"}


def canonical(handle: str) -> str:
    """The form under which a handle is compared and stored: case-folded, NFC; its own canonical form.

    Folding looks at the decomposed form (Unicode, canonical caseless matching): ``ß`` with an accent folds to
    ``ss`` with one, which then composes.
    """
    if handle.isascii():
        return handle.lower()
    decomposed = unicodedata.normalize("NFD", handle).casefold()
    return unicodedata.normalize("NFC", decomposed)


def is_phone_number(text: str) -> bool:
    """True for ``+digits`` and ``00digits`` (blanks, dashes and brackets already removed)."""
    return text.isascii() and reads_as_number(text)


def reads_as_number(text: str) -> bool:
    """The same with the digits of any script: people read a number there, and no network knows it."""
    return (text.startswith("+") and text[1:].isdecimal()) or (text.startswith("00") and text.isdecimal())


def phone_number(text: str) -> str | None:
    """The canonical ``+digits`` form of something typed as a phone number, or None if it is none."""
    if text[:1].isalpha():
        return None
    bare = text.translate(_DECORATION)
    if not is_phone_number(bare):
        return None
    return bare if bare.startswith("+") else "+" + bare[2:]


def is_address(text: str) -> bool:
    """True for what can name a person or a phone: a well-formed name or a phone number."""
    return is_well_formed(text) or phone_number(text) is not None


def looks_dialled(text: str) -> bool:
    """True for what can only be meant as a phone number: digits and what stands between them, or a plus."""
    bare = text.translate(_DECORATION)
    return bare.isascii() and (bare.startswith("+") or bare.isdecimal())


def can_be_dialled(text: str) -> bool:
    """True for what can name somebody to call: a well-formed name or something with digits like a number."""
    if looks_dialled(text):
        return len(text) <= _LONGEST and any(character.isdigit() for character in text)
    return is_well_formed(text)


def dialled(text: str, country: str) -> str | None:
    """The canonical number that somebody means who dials ``text`` in ``country`` (ISO 3166 code), or None.

    ``+`` and ``00`` lead abroad from everywhere; letters stand for the digits of their keys after a plus.
    """
    bare = text.translate(_DECORATION)
    if not looks_dialled(bare):
        return None
    try:
        number = phonenumbers.parse(f"+{bare[2:]}" if bare.startswith("00") else bare, country.upper())
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def country_of(number: str) -> str:
    """The country of a canonical number, ISO 3166 code in small letters, "" for none or several."""
    if len(number) > _LONGEST_NUMBER:
        return ""
    try:
        found = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ""
    # 001 is the library's word for numbers of no country.
    return "" if found in (None, "001") else found.lower()


def is_emergency(text: str, country: str) -> bool:
    """True for a number that calls for help, here or elsewhere."""
    bare = text.translate(_DECORATION).removeprefix("+")
    if len(bare) > _LONGEST_NUMBER or not bare.isdecimal():
        return False
    return bare in EMERGENCY or phonenumbers.is_emergency_number(bare, country.upper())


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
