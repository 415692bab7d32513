"""Use cases of the account's own profile (reference: PROFILE object)."""

from __future__ import annotations

from typing import Final

from ringback.domain.account import PUBLISHED, PUBLISHED_FROM, Account
from ringback.domain.changes import Value
from ringback.domain.effects import SetProfile
from ringback.domain.failures import Failure, Meaning
from ringback.domain.handles import canonical
from ringback.domain.journal import Context
from ringback.domain.markup import LONGEST, plain
from ringback.domain.people import LONGEST_TEXT, MOODS, Person
from ringback.domain.settings import PROFILE

#: Time zones, as 86400 plus seconds: 12 hours behind UTC to 14 before it.
_ZONES: Final = range(43_200, 136_800 + 1)
#: What others see of a profile; the text with its formatting is told first (reference: RICH_MOOD_TEXT).
_SHOWN: Final = tuple(dict.fromkeys(("rich_mood_text", *PUBLISHED)))


def set_profile(account: Account, context: Context, name: str, new: str | int | bool) -> Value:
    """Change a field of the account's own profile; others see it if it is one of theirs.

    Refuses texts that are too long, hours that no place has and calls that are forwarded to oneself
    (INVALID_VALUE), and voicemail that the account has not got (NOT_ALLOWED).
    """
    if isinstance(new, str) and len(new) > (LONGEST if name in MOODS else LONGEST_TEXT):
        raise Failure(Meaning.INVALID_VALUE)
    if name == "timezone" and new not in _ZONES:
        raise Failure(Meaning.INVALID_VALUE)
    if name == "forward_rules" and _forwards_to(account.handle, str(new)):
        raise Failure(Meaning.INVALID_VALUE)
    if name == "send_to_voicemail" and new is True and not account.settings.has_voicemail:
        raise Failure(Meaning.NOT_ALLOWED)
    before = account.person(account.handle)
    changed = _put(account, context, name, new)
    if name == "mood_text":
        changed |= _put(account, context, "rich_mood_text", "")
    elif name == "rich_mood_text":
        changed |= _put(account, context, "mood_text", plain(str(new)))
    if changed and name in PUBLISHED_FROM:
        _show(account, context, before)
    return new


def _show(account: Account, context: Context, before: Person) -> None:
    """Others see it from now on, and own programs that they do (reference: SET PROFILE RICH_MOOD_TEXT)."""
    me = account.person(account.handle)
    for name in _SHOWN:
        new: Value = getattr(me, name)
        if new != getattr(before, name):
            context.reported(me.ref, name, new)
    context.ask(SetProfile(account.published()))


def _forwards_to(handle: str, rules: str) -> bool:
    return any(canonical(rule.rpartition(",")[2]) == handle for rule in rules.split())


def _put(account: Account, context: Context, name: str, new: str | int | bool) -> bool:
    old: Value = getattr(account.profile, name)
    setattr(account.profile, name, new)
    if old != new:
        context.changed(PROFILE, name, old, new)
    return old != new
