"""How objects are addressed: by number, by chat id, by a name that a program chose."""

from __future__ import annotations

from typing import Final

from ringback.protocol import schema
from ringback.protocol.schema import Key
from ringback.protocol.values import CHAT_ID, NUMBER

#: No object of a kind that is not built yet is ever found.
nothing: Final = schema.nothing


def number(text: str) -> Key:
    """A positive decimal number."""
    return int(NUMBER.read(text))


def chat(text: str) -> Key:
    """A chat id: begins with #, has no blanks."""
    return str(CHAT_ID.read(text))


def name(text: str) -> Key:
    """A name that a program chose: one word."""
    if not text:
        raise ValueError("no name")
    return text
