"""Use cases of the account's own profile (reference: PROFILE object)."""

from __future__ import annotations

from typing import Final

from ringback.domain.account import PUBLISHED_FROM, Account
from ringback.domain.changes import Kind, Ref, Value
from ringback.domain.effects import SetProfile
from ringback.domain.failures import Failure, Meaning
from ringback.domain.journal import Context
from ringback.domain.markup import LONGEST, plain
from ringback.domain.settings import PROFILE

#: Characters of any other text: what a person may have to read, not what a program may have to store.
LONGEST_TEXT: Final = 20_000
#: Time zones, as 86400 plus seconds: 12 hours behind UTC to 14 before it.
_ZONES: Final = range(43_200, 136_800 + 1)
_MOODS: Final = frozenset({"mood_text", "rich_mood_text"})


def set_profile(account: Account, context: Context, name: str, new: str | int | bool) -> Value:
    """Change a field of the account's own profile; others see it if it is one of theirs.

    Refuses texts that are too long and hours that no place has (INVALID_VALUE), and voicemail that the
    account has not got (NOT_ALLOWED).
    """
    if isinstance(new, str) and len(new) > (LONGEST if name in _MOODS else LONGEST_TEXT):
        raise Failure(Meaning.INVALID_VALUE)
    if name == "timezone" and new not in _ZONES:
        raise Failure(Meaning.INVALID_VALUE)
    if name == "send_to_voicemail" and new is True and not account.settings.has_voicemail:
        raise Failure(Meaning.NOT_ALLOWED)
    changed = _put(account, context, name, new)
    if name == "mood_text":
        changed |= _put(account, context, "rich_mood_text", "")
    elif name == "rich_mood_text":
        changed |= _put(account, context, "mood_text", plain(str(new)))
    if changed and name in _MOODS:
        # The same as others see it (reference: SET PROFILE RICH_MOOD_TEXT).
        me = Ref(Kind.PERSON, account.handle)
        context.reported(me, "rich_mood_text", account.profile.rich_mood_text)
        context.reported(me, "mood_text", account.profile.mood_text)
    if changed and name in PUBLISHED_FROM:
        context.ask(SetProfile(account.published()))
    return new


def _put(account: Account, context: Context, name: str, new: str | int | bool) -> bool:
    old: Value = getattr(account.profile, name)
    setattr(account.profile, name, new)
    if old != new:
        context.changed(PROFILE, name, old, new)
    return old != new
