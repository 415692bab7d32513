"""What calls to phones cost (reference: Call cost; RATE of the CALL object; PROFILE PSTN_BALANCE).

The network names the price of a minute when it takes the call. Each second of it is paid when it is over, in
whole hundredths, rounded up; the account never owes. Who cannot pay the next second is cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringback.domain.call import Call
from ringback.domain.changes import Value
from ringback.domain.inputs import CreditGiven
from ringback.domain.journal import Context
from ringback.domain.settings import PROFILE

if TYPE_CHECKING:
    from ringback.domain.account import Account

#: What a call that cannot be paid ends with, in the words of the phone network.
UNPAID: Final = "10402 Payment Required"


def price(call: Call, seconds: int) -> int:
    """Hundredths that so many seconds cost (ambiguity A61: a balance has two decimals)."""
    return int(-(-call.rate * seconds * 100 // (60 * 10**call.rate_precision)))


def charge(account: Account, context: Context, call: Call) -> None:
    """Pay for the seconds of talk so far."""
    profile = account.profile
    due = min(price(call, call.duration) - call.charged, profile.balance)
    if due > 0:
        call.charged += due
        _put(account, context, "balance", profile.balance - due)
        context.keep(call.ref)


def credit(account: Account, context: Context, event: CreditGiven) -> None:
    """A new account gets its credit; every account has the currency of its phone network."""
    profile = account.profile
    if not profile.credited:
        profile.credited = True
        context.keep(PROFILE)
        _put(account, context, "balance", event.opening_balance)
    _put(account, context, "balance_currency", event.currency)


def _put(account: Account, context: Context, name: str, new: int | str) -> None:
    old: Value = getattr(account.profile, name)
    if old != new:
        setattr(account.profile, name, new)
        context.changed(PROFILE, name, old, new)


def affordable(account: Account, call: Call) -> bool:
    """Can the next second be paid?"""
    return price(call, call.duration + 1) - call.charged <= account.profile.balance
