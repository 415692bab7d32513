"""The living calls as programs know them, for an account that is read again from the store.

Their sound and the other side know nothing of the store's troubles, so a call goes on as it was before the
step that could not be stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringback.domain.call import Call
from ringback.domain.changes import Ref
from ringback.domain.effects import Endpoints, Route

if TYPE_CHECKING:
    from ringback.domain.account import Account


@dataclass(frozen=True, slots=True)
class Living:
    """Living calls at some moment. ``waiting``: routes that were being led elsewhere, by operation."""

    calls: tuple[Call, ...] = ()
    waiting: tuple[tuple[int, tuple[int, Route, Endpoints]], ...] = ()


NOBODY: Final = Living()


def living(account: Account) -> Living:
    """What lives now. The fields of a call are plain values, so flat copies stay as they are."""
    calls = account.calls
    if not calls.alive:
        return NOBODY
    return Living(tuple([copy(call) for call in calls.alive.values()]), tuple(calls.waiting.items()))


def revive(account: Account, lived: Living, stale: Iterable[Ref]) -> list[Ref]:
    """Let calls of a restored account live that the store knows as open, that is, ``stale``.

    Returns what is stale even so. Without a call that talks nothing is muted.
    """
    left = dict.fromkeys(stale)
    calls = account.calls
    for call in lived.calls:
        if call.ref in left:
            del left[call.ref]
            calls.kept.pop(call.id, None)
            calls.missed.pop(call.id, None)
            calls.add(copy(call))
    calls.waiting.update({operation: route for operation, route in lived.waiting if route[0] in calls.alive})
    if calls.talking() is None:
        account.settings.mute = False
    return list(left)
