"""Lists that may be very long: of messages and calls, of which there may be a million.

A short one is made at once. A long one is read beside the loop while nobody waits but who asked for it. It
holds what there was when it was read: what came meanwhile may be missing, what went may be in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ringback.domain.changes import Kind, Value
from ringback.domain.effects import ListKeys
from ringback.domain.failures import Meaning
from ringback.domain.inputs import KeysListed
from ringback.domain.rows import ANY
from ringback.domain.step import Settled

if TYPE_CHECKING:
    from ringback.domain.account import Account
    from ringback.domain.journal import Context

#: Keys that are listed at once: less than a thousandth of a second.
SHORT: Final = 500


@dataclass(slots=True)
class Lists:
    """Lists that are being read, by their operation."""

    running: dict[int, None] = field(default_factory=dict)


def keys(
    account: Account,
    context: Context,
    kind: Kind,
    where: Mapping[str, str | int] = ANY,
    *,
    newest_first: bool = True,
) -> Value:
    """Ids of messages or calls; ``where``: columns and their values, as in ``ringback.domain.rows``."""
    found = account.messages.rows.keys(kind, where, SHORT + 1)
    if len(found) <= SHORT:
        return tuple(found if newest_first else reversed(found))
    operation = account.ids.operation()
    account.lists.running[operation] = None
    context.ask(ListKeys(operation, kind, tuple(where.items()), newest_first))
    context.wait_for(operation)
    return ()


def listed(account: Account, context: Context, event: KeysListed) -> None:
    """A long list was read, or could not be."""
    if event.operation not in account.lists.running:
        return
    del account.lists.running[event.operation]
    if event.portions is None:
        context.settle(Settled(event.operation, Meaning.ACTION_FAILED))
    else:
        context.settle(Settled(event.operation, result=event.portions))
