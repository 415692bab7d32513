"""What calls to phones cost (reference: Call cost; RATE of the CALL object; PROFILE PSTN_BALANCE).

The network names the price of a minute when it takes the call. Each second of it is paid when it is over, in
whole hundredths, rounded up; the account never owes. Who cannot pay the next second is cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringback.domain.call import Call
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
        old, profile.balance = profile.balance, profile.balance - due
        context.changed(PROFILE, "balance", old, profile.balance)
        context.keep(call.ref)


def affordable(account: Account, call: Call) -> bool:
    """Can the next second be paid?"""
    return price(call, call.duration + 1) - call.charged <= account.profile.balance
