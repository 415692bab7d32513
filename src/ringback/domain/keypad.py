"""Keypad tones in a call (reference: SET CALL DTMF, ALTER CALL DTMF, BTN_RELEASED).

They travel as sound, so they take their time, and those that wait are bounded.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from ringback.domain.call import Call
from ringback.domain.call_history import the_call
from ringback.domain.changes import Value
from ringback.domain.effects import PlayTones
from ringback.domain.failures import Failure, Meaning
from ringback.domain.journal import Context

if TYPE_CHECKING:
    from ringback.domain.account import Account

TONES: Final = frozenset("0123456789#*")
#: Seconds of a tone, and of the pause behind it.
TONE_SECONDS: Final = 0.1
PAUSE_SECONDS: Final = 0.08
#: Tones that may wait in one call: 18 seconds. A number, a card's number and its code are fewer together.
MOST: Final = 100


def are_tones(text: str) -> bool:
    """Can this be sent with one command?"""
    return 0 < len(text) <= MOST and TONES.issuperset(text)


def send_tones(account: Account, context: Context, key: int, tones: str) -> Value:
    """Send keypad tones to the other side of a call that talks or is being set up (rule set-call-dtmf-r08).

    Nobody hears those that come before the first sound. If not all of them find room, none is sent.
    """
    call = the_call(account, key)
    if not are_tones(tones):
        raise Failure(Meaning.INVALID_TONE)
    if call.state != "inprogress" and not call.dialling:
        raise Failure(Meaning.CALL_NOT_ACTIVE)
    if _waiting(call, context) + len(tones) > MOST:
        raise Failure(Meaning.TOO_MANY_TONES)
    _say(call, context, tones)
    return None


def press_key(account: Account, context: Context, key: str) -> Value:
    """A key of a handset came up: one of the keypad is heard in the call in progress, others do nothing."""
    call = account.calls.talking()
    if call is not None and key in TONES and _waiting(call, context) < MOST:
        _say(call, context, key)
    return None


def hold_tones(call: Call, context: Context, held: bool) -> None:
    """Tones wait while the call is held, as all sound does, and take up their room meanwhile."""
    now = context.now.monotonic
    if held:
        call.tones_left = max(0.0, call.tones_until - now)
    else:
        call.tones_until = now + call.tones_left


def _waiting(call: Call, context: Context) -> int:
    """How many tones are still to be said."""
    seconds = call.tones_until - context.now.monotonic
    return max(0, ceil(seconds / (TONE_SECONDS + PAUSE_SECONDS) - 1e-6))


def _say(call: Call, context: Context, tones: str) -> None:
    if call.pipe:
        begins = max(call.tones_until, context.now.monotonic)
        call.tones_until = begins + len(tones) * (TONE_SECONDS + PAUSE_SECONDS)
    context.ask(PlayTones(call.id, tones))
