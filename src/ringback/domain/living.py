"""What no row tells of an account, for one that is read again from what is, or will be, stored.

The living calls and the link are as they were after some step: sound and the other side know nothing of the
store's troubles, so a call goes on. What no other thing depends on is taken along as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringback.domain import muting
from ringback.domain.call import Call
from ringback.domain.changes import Ref
from ringback.domain.effects import Endpoints, Route

if TYPE_CHECKING:
    from ringback.domain.account import Account


@dataclass(frozen=True, slots=True)
class Living:
    """Living calls at some moment, and the state of the link.

    ``waiting``: routes that were being led elsewhere, by operation. ``muted``: the wish to be.
    """

    calls: tuple[Call, ...] = ()
    waiting: tuple[tuple[int, tuple[int, Route, Endpoints]], ...] = ()
    connection: str = "offline"
    muted: bool = False

    @property
    def led(self) -> frozenset[int]:
        """The operations that lead routes elsewhere."""
        return frozenset(operation for operation, _ in self.waiting)


NOBODY: Final = Living()


def living(account: Account) -> Living:
    """What lives now. The fields of a call are plain values, so flat copies stay as they are."""
    calls, connection = account.calls, account.settings.connection
    if not calls.alive:
        return Living(connection=connection)
    alive = tuple([copy(call) for call in calls.alive.values()])
    return Living(alive, tuple(calls.waiting.items()), connection, calls.muted)


def revive(account: Account, lived: Living, stale: Iterable[Ref]) -> list[Ref]:
    """Let calls of a restored account live that the store knows as open, that is, ``stale``.

    Returns what is stale even so.
    """
    left = dict.fromkeys(stale)
    calls = account.calls
    account.settings.connection = lived.connection
    for call in lived.calls:
        if call.ref in left:
            del left[call.ref]
            calls.kept.pop(call.id, None)
            calls.missed.pop(call.id, None)
            calls.add(copy(call))
    calls.waiting.update({operation: route for operation, route in lived.waiting if route[0] in calls.alive})
    muting.resume(account, lived.muted)
    return list(left)


def take_along(account: Account, old: Account, *, expecting: bool) -> None:
    """Give an account that was read again what it had in memory only.

    ``expecting``: what it waits for will come; otherwise nobody waits for that any more.
    """
    # What still comes keeps its number to itself.
    account.ids.last_operation = old.ids.last_operation
    account.presence = old.presence
    account.ui = old.ui
    account.settings.focused_contact = old.settings.focused_contact
    for handle, person in account.people.known.items():
        if handle in old.people.known:
            person.online_status = old.people.known[handle].online_status
    for handle in old.people.strangers:
        if handle not in account.people.known:
            account.people.known[handle] = old.people.known[handle]
            account.people.strangers[handle] = None
    if expecting:
        account.searches = old.searches
        account.lists = old.lists
        account.sound.waiting, account.sound.latest = old.sound.waiting, old.sound.latest
        account.pictures.waiting = old.pictures.waiting


def under_way(account: Account) -> frozenset[int]:
    """Operations that the account waits for."""
    return frozenset().union(
        account.calls.waiting,
        account.searches.running,
        account.lists.running,
        account.sound.waiting,
        account.pictures.waiting,
        account.ui.choices,
        account.ui.asked,
    )
