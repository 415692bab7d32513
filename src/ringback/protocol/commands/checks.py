"""Looks at the rest of a command that several commands share."""

from __future__ import annotations

from typing import Final

from ringback.domain.account import Account
from ringback.domain.handles import is_address
from ringback.protocol.lexer import word
from ringback.protocol.schema import Check
from ringback.protocol.values import HANDLES, NUMBER

_CONTACT: Final = 3


def needs(number: int, what: str) -> Check:
    """Something must follow."""

    def look(_account: Account, rest: str) -> int | None:
        return None if rest.strip() else number

    return Check(look, {number: f"no {what}"})


def none(number: int) -> Check:
    """Nothing may follow."""

    def look(_account: Account, rest: str) -> int | None:
        return number if rest.strip() else None

    return Check(look, {number: "an argument was given"})


def is_contact(account: Account, text: str) -> bool:
    """True for the handle of a contact (USER BUDDYSTATUS 3)."""
    return is_address(text) and account.people.find(text).standing == _CONTACT


def handles(number: int) -> Check:
    """One handle or several, commas between."""

    def look(_account: Account, rest: str) -> int | None:
        try:
            HANDLES.read(rest)
        except ValueError:
            return number
        return None

    return Check(look, {number: "no handle, a malformed one or too many"})


def first_handle(number: int) -> Check:
    """One handle; anything may follow."""

    def look(_account: Account, rest: str) -> int | None:
        return None if is_address(word(rest)[0]) else number

    return Check(look, {number: "no handle, or a malformed one"})


def unknown_number(missing: int, malformed: int, unknown: int) -> Check:
    """An id; nothing of its kind exists yet, so each is an unknown one."""

    def look(_account: Account, rest: str) -> int | None:
        if not rest.strip():
            return missing
        try:
            NUMBER.read(rest)
        except ValueError:
            return malformed
        return unknown

    numbers = {unknown: "no such object", malformed: "no number", missing: "no id"}
    if missing == malformed == unknown:
        numbers[unknown] = "no id, a malformed one or no such object"
    elif malformed == unknown:
        numbers[unknown] = "no such object"
    return Check(look, numbers)
