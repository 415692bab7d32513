"""Types of values: how text is read, how a value is shown, and how it looked in older versions.

Version differences of values are declared here as data: ``older`` maps a protocol number to what programs
below that number are shown instead (reference: Skype protocol; conversions of protocols 1 to 8).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from babel import Locale

from ringback.domain.changes import Value
from ringback.domain.handles import is_address, phone_number
from ringback.protocol.lexer import MANY, targets

NEWEST: Final = 8
_INDEX: Final = re.compile(r":\d*\Z")

#: Something of this machine that a program can name: the path of a file, or the number of a TCP port.
Place: TypeAlias = str | int
#: The files and ports that a text names, as far as the text can be read.
Files: TypeAlias = Callable[[str], tuple[Place, ...]]
#: How a text that was accepted is repeated.
Said: TypeAlias = Callable[[str], str]


def no_files(_text: str) -> tuple[str, ...]:
    """Nothing in it is a path."""
    return ()


def as_typed(text: str) -> str:
    """An argument is repeated as it came (ambiguity A01)."""
    return text


def in_capitals(text: str) -> str:
    """All of it is a word of the language."""
    return text.strip().upper()


def one_file(text: str) -> tuple[str, ...]:
    """All of it is a path, with or without the index of a picture or sound inside (``:idx``)."""
    path = text.strip()
    bare = _INDEX.sub("", path)
    return tuple(dict.fromkeys(part for part in (text, path, bare) if part))


@dataclass(frozen=True, slots=True)
class ValueType:
    """One type. ``show`` never fails; ``read`` raises ValueError for what is not of the type.

    ``words``: the wire words of an enumeration, in declared order, else empty; ``meanings`` and ``since``
    (the protocol that brought the word, 0 = always there) stand beside them.
    ``changes_below``: protocol numbers below which some value looks different. ``files``: the paths and ports
    in a text of this type; programs that may not reach all of this machine are refused those outside.
    ``said``: how an argument of this type is repeated in an answer; words of the language are said in
    capitals.
    """

    name: str
    show: Callable[[Value, int], str]
    read: Callable[[str], str | int | bool]
    words: tuple[str, ...] = ()
    changes_below: tuple[int, ...] = field(default=())
    meanings: tuple[str, ...] = ()
    since: tuple[int, ...] = ()
    files: Files = no_files
    said: Said = as_typed

    def __post_init__(self) -> None:
        if not len(self.words) == len(self.meanings) == len(self.since):
            raise TypeError(f"{self.name}: words, meanings and since do not match")


def _text(value: Value, _version: int) -> str:
    return "" if value is None else str(value)


def _read_text(text: str) -> str:
    return text


def _read_number(text: str) -> int:
    text = text.strip()
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise ValueError("not a number")
    return int(text)


def _boolean(value: Value, _version: int) -> str:
    return "TRUE" if value else "FALSE"


def _read_boolean(text: str) -> bool:
    return _either(text, "TRUE", "FALSE")


def _switch(value: Value, _version: int) -> str:
    return "ON" if value else "OFF"


def _read_switch(text: str) -> bool:
    return _either(text, "ON", "OFF")


def _either(text: str, yes: str, no: str) -> bool:
    shouted = text.strip().upper()
    if shouted == yes:
        return True
    if shouted == no:
        return False
    raise ValueError(f"neither {yes} nor {no}")


def _joined(separator: str) -> Callable[[Value, int], str]:
    def show(value: Value, _version: int) -> str:
        return separator.join(str(part) for part in value) if isinstance(value, tuple) else _text(value, 0)

    return show


def _read_handle(text: str) -> str:
    text = text.strip()
    if not is_address(text):
        raise ValueError("not a handle")
    return text


def _read_handles(text: str) -> str:
    given = targets(text)
    if not 0 < len(given) <= MANY:
        raise ValueError("nobody, or too many")
    for handle in given:
        _read_handle(handle)
    return text


def _read_phones(text: str) -> str:
    given = targets(text)
    if not 0 < len(given) <= MANY or not all(phone_number(number) for number in given):
        raise ValueError("not phone numbers")
    return text


def _read_phone(text: str) -> str:
    if text.strip() and phone_number(text) is None:
        raise ValueError("not a phone number")
    return text


def _read_chat(text: str) -> str:
    if not text.startswith("#") or len(text) < 2 or " " in text:
        raise ValueError("not a chat id")
    return text


def _read_stream(text: str) -> str:
    handle, _, number = text.split(" ", 1)[0].rpartition(":")
    _read_handle(handle)
    _read_number(number)
    return text


def _read_date(text: str) -> int:
    number = _read_number(text)
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    known = 1600 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
    if number and not known:
        raise ValueError("no such day")
    return number


TEXT = ValueType("text", _text, _read_text)
NUMBER = ValueType("number", _text, _read_number)
SECONDS = ValueType("seconds", _text, _read_number)
STAMP = ValueType("seconds since 1970", _text, _read_number)
BOOLEAN = ValueType(
    "boolean",
    _boolean,
    _read_boolean,
    ("TRUE", "FALSE"),
    meanings=("yes", "no"),
    since=(0, 0),
    said=in_capitals,
)
SWITCH = ValueType(
    "switch", _switch, _read_switch, ("ON", "OFF"), meanings=("yes", "no"), since=(0, 0), said=in_capitals
)
DATE = ValueType("date yyyymmdd", _text, _read_date)
HANDLE = ValueType("handle", _text, _read_handle)
HANDLES = ValueType("list of handles, comma between", _text, _read_handles)
PHONE = ValueType("phone number or nothing", _text, _read_phone)
PHONES = ValueType("list of phone numbers, comma between", _joined(", "), _read_phones)
CHAT_ID = ValueType("chat id", _text, _read_chat)
PATH = ValueType("file path", _text, _read_text, files=one_file)
STREAM = ValueType("stream handle:number", _text, _read_stream)
BLANK_LIST = ValueType("list, blank between", _joined(" "), _read_text)
COMMA_LIST = ValueType("list, comma and blank between", _joined(", "), _read_text)


def enumeration(
    name: str, words: Mapping[str, str], older: Mapping[int, Mapping[str, str]] | None = None
) -> ValueType:
    """A set of words with their meanings. The domain's word is the wire's in small letters.

    ``older[n]`` says what programs below protocol n see instead of some words.
    """
    steps = tuple(sorted(older or {}))
    views: list[dict[str, str]] = []
    for version in range(1, NEWEST + 1):
        view: dict[str, str] = {}
        for shown in words:
            final = shown
            # From the newest change back to the oldest, as a value passes through the years.
            for step in reversed(steps):
                if version < step and older is not None:
                    final = older[step].get(final, final)
            view[shown.lower()] = final
        views.append(view)

    def show(value: Value, version: int) -> str:
        return views[version - 1].get(str(value), str(value).upper())

    known = {shown.upper(): shown.lower() for shown in words}

    def read(text: str) -> str:
        try:
            return known[text.strip().upper()]
        except KeyError:
            raise ValueError("unknown word") from None

    since = tuple(max((n for n in steps if older and word in older[n]), default=0) for word in words)
    return ValueType(name, show, read, tuple(words), steps, tuple(words.values()), since, said=in_capitals)


@lru_cache(maxsize=1)
def _english() -> Locale:
    return Locale("en")


def _country(value: Value, version: int) -> str:
    code = str(value or "")
    if not code:
        return ""
    name = str(_english().territories.get(code.upper(), code))
    return f"{code} {name}" if version >= 4 else name


def is_language(code: str) -> bool:
    """True for a code of ISO 639 that has a name."""
    return code in _english().languages


def _language(value: Value, version: int) -> str:
    code = str(value or "")
    if not code:
        return ""
    name = str(_english().languages.get(code, code))
    return f"{code} {name}" if version >= 4 else name


#: ISO 3166 code, with the English name; the code is shown from protocol 4 on (rule P28).
COUNTRY = ValueType("country", _country, _read_text, changes_below=(4,))
#: ISO 639 code, with the English name; the code is shown from protocol 4 on (rule P27).
LANGUAGE = ValueType("language", _language, _read_text, changes_below=(4,))


#: Two letters that have a name and are no country: unions, the unknown region, and letters for testing.
_NO_COUNTRY: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def _own_country(value: Value, _version: int) -> str:
    return _country(value, NEWEST)


def _read_country(text: str) -> str:
    code = text.strip().split(" ", 1)[0].lower()
    if code and (len(code) != 2 or code.upper() in _NO_COUNTRY or code.upper() not in _english().territories):
        raise ValueError("not a country")
    return code


#: PROFILE COUNTRY has code and name at every protocol (rule P29).
OWN_COUNTRY = ValueType("country", _own_country, _read_country)
