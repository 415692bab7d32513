"""How objects are addressed: by number, by chat id, by a name that a program chose."""

from __future__ import annotations

from ringback.domain.account import Account
from ringback.protocol.schema import Key
from ringback.protocol.values import CHAT_ID, NUMBER


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


def nothing(_account: Account, _key: Key) -> object | None:
    """No object of this kind exists."""
    return None
