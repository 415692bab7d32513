"""MUTE: nobody hears the user (reference: GET/SET MUTE; decision 24).

Theory. The user's wish and what MUTE reads are two things. The wish lasts until the user takes it back or no
call is left in which anybody has answered; the other side's hold, our own and a second call do not touch it,
so that no microphone opens by itself. MUTE reads ON while that wish holds and a call is in progress. Neither
is stored: both end with the calls, and those with the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.domain.call_table import TALKING
from ringback.domain.changes import Value
from ringback.domain.effects import Mute
from ringback.domain.journal import Context
from ringback.domain.settings import SETTINGS

if TYPE_CHECKING:
    from ringback.domain.account import Account


def set_mute(account: Account, context: Context, new: bool) -> Value:
    """Mute the microphone, or open it; ON has no effect without a call in progress (rule mute-r01)."""
    if not new or account.calls.talking() is not None:
        _wish(account, context, new)
    _show(account, context)
    return account.settings.mute


def follow_calls(account: Account, context: Context) -> None:
    """A call has another status: the wish may be over, or MUTE read otherwise."""
    if not _has_talk(account):
        _wish(account, context, False)
    _show(account, context)


def resume(account: Account, muted: bool) -> None:
    """After the account was read again: the wish as it was, where a call is left to which it applies."""
    account.calls.muted = muted and _has_talk(account)
    account.settings.mute = _shown(account)


def _has_talk(account: Account) -> bool:
    return any(call.state in TALKING for call in account.calls.alive.values())


def _shown(account: Account) -> bool:
    return account.calls.muted and account.calls.talking() is not None


def _wish(account: Account, context: Context, new: bool) -> None:
    if account.calls.muted != new:
        account.calls.muted = new
        context.ask(Mute(new))


def _show(account: Account, context: Context) -> None:
    old, account.settings.mute = account.settings.mute, _shown(account)
    if old != account.settings.mute:
        context.changed(SETTINGS, "mute", old, account.settings.mute, kept=False)
