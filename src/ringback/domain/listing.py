"""Lists that may be very long: of messages and calls, of which there may be a million.

A short one is made at once. A long one is read beside the loop while nobody waits but who asked for it. It
holds what there was when it was read: what came meanwhile may be missing, what went may be in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    return _read(account, context, ListKeys(operation, kind, tuple(where.items()), newest_first))


def keys_and_last(
    account: Account, context: Context, where: Mapping[str, str | int], last: Sequence[int], above: int
) -> Value:
    """Ids of messages, oldest first, and those ``last`` (newest first) behind them that are not among them.

    All are ``above`` a number. What is not among ``last`` is older than they are.
    """
    found = account.messages.rows.keys(Kind.MESSAGE, where, SHORT + 1)
    if len(found) <= SHORT:
        return tuple(sorted(key for key in {*found, *last} if key > above))
    then = tuple(key for key in reversed(last) if key > above)
    operation = account.ids.operation()
    return _read(
        account,
        context,
        ListKeys(operation, Kind.MESSAGE, tuple(where.items()), False, above, last[-1], then),
    )


def _read(account: Account, context: Context, wanted: ListKeys) -> Value:
    account.lists.running[wanted.operation] = None
    context.ask(wanted)
    context.wait_for(wanted.operation)
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
