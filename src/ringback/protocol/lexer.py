"""Cuts a command into its id, words and rest. Generous to sloppy input, never lossy to free texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

_BLANKS: Final = " \t\r\n"
_BLANK: Final = re.compile(f"[{_BLANKS}]")
#: Where a key and a bare value of an assignment end.
_KEY_END: Final = re.compile(r"[ ,\t=]|\Z")
#: A target, with the blanks behind it.
_TARGET: Final = re.compile(r"[^,\s][^,]*")
#: Targets of the longest list that anybody means; a chat holds a hundred people.
MANY: Final = 1000
_BARE_END: Final = re.compile(r"[ ,\t]|\Z")


def split_id(text: str) -> tuple[str, str]:
    """``#id command`` → (``#id``, command); without id ("", text).

    Only a ``#`` at the very start is an id; any characters but blanks may follow, at every protocol
    (reference: Command identifiers; ambiguity A08).
    """
    if not text.startswith("#"):
        return "", text
    blank = _BLANK.search(text)
    if blank is None:
        return text, ""
    return text[: blank.start()], text[blank.end() :]


def word(text: str) -> tuple[str, str]:
    """The first word and what follows it, with the blanks between them gone.

    What follows keeps its right end, since a free text may end in blanks that somebody typed.
    """
    head, _, rest = text.partition(" ")
    if head and head.isprintable():
        # The usual case: only blanks between words (tabs and line ends are not printable).
        return head, rest.lstrip(_BLANKS)
    text = text.lstrip(_BLANKS)
    blank = _BLANK.search(text)
    if blank is None:
        return text, ""
    position = blank.start()
    return text[:position], text[position:].lstrip(_BLANKS)


def targets(text: str, most: int = MANY + 1) -> tuple[str, ...]:
    """A list of targets: commas with or without blanks around them; empty places are skipped.

    ``most``: no more than that are looked for; one more than may be tells that there are too many.
    """
    return tuple(found.group().rstrip() for found in islice(_TARGET.finditer(text), most))


def assignments(text: str) -> Iterator[tuple[str, str | None]]:
    """``KEY="value"`` pairs as programs write them for voice routes.

    Separated by blanks or commas, keys in any case, the value quoted (a doubled quotation mark stands for
    one) or bare. A word without ``=`` has the value None. Raises ValueError on an unfinished quotation
    and on a value without a name.
    """
    position, end = 0, len(text)
    while position < end:
        if text[position] in " ,\t":
            position += 1
            continue
        start, position = position, _end(_KEY_END, text, position)
        key = text[start:position].upper()
        if not key:
            raise ValueError("a value without a name")
        ahead = _past_blanks(text, position)
        if ahead < end and text[ahead] == "=":
            # A blank before a quotation is sloppy, before anything else it ends an empty value.
            quotation = _past_blanks(text, ahead + 1)
            opens = quotation < end and text[quotation] == '"'
            value, position = _value(text, quotation if opens else ahead + 1)
            yield key, value
        else:
            yield key, None


def quoted(text: str) -> str:
    """A value as ``assignments`` reads it."""
    return '"' + text.replace('"', '""') + '"'


def named(text: str, names: frozenset[str]) -> dict[str, str]:
    """``NAME value NAME "another value"`` pairs, as CREATE takes them.

    A value is quoted (a doubled quotation mark stands for one) or ends before the next name. Raises
    ValueError on an unknown or repeated name, a name without value and an unfinished quotation.
    """
    pairs: dict[str, str] = {}
    rest = text.strip()
    while rest:
        name, rest = word(rest)
        name = name.upper()
        if name not in names or name in pairs or not rest:
            raise ValueError(f"{name} is unknown, repeated or has no value")
        if rest.startswith('"'):
            value, end = _value(rest, 0)
            rest = rest[end:].lstrip()
        else:
            value = ""
            while rest and (not value or rest.split(None, 1)[0].upper() not in names):
                part, rest = word(rest)
                value = f"{value} {part}".strip()
        pairs[name] = value
    return pairs


def _past_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t":
        position += 1
    return position


def _value(text: str, position: int) -> tuple[str, int]:
    end = len(text)
    if position < end and text[position] == '"':
        parts: list[str] = []
        position += 1
        while True:
            close = text.find('"', position)
            if close < 0:
                raise ValueError("unfinished quotation")
            parts.append(text[position:close])
            position = close + 1
            if position < end and text[position] == '"':
                parts.append('"')
                position += 1
                continue
            return "".join(parts), position
    close = _end(_BARE_END, text, position)
    return text[position:close], close


def _end(mark: re.Pattern[str], text: str, position: int) -> int:
    found = mark.search(text, position)
    return len(text) if found is None else found.start()
