"""Looking for people: what a search means, and what the network finds (reference: SEARCH USERS)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ringback.domain import people
from ringback.domain.changes import Value
from ringback.domain.effects import SearchPeople
from ringback.domain.handles import canonical, is_well_formed
from ringback.domain.inputs import PeopleFound
from ringback.domain.step import Settled

if TYPE_CHECKING:
    from ringback.domain.account import Account
    from ringback.domain.journal import Context

#: Seconds that the network has for a search; then what it has found is all.
PATIENCE: Final = 15.0


class Wanted:
    """What a search text asks for.

    With an ``@`` it is a whole address, which must be somebody's handle as it stands (accounts have no e-mail
    addresses). What can be a handle is part of a handle or of a full name, anything else part of a full name.
    """

    def __init__(self, text: str) -> None:
        self.text = canonical(text.strip())
        self.exact = "@" in self.text
        self.in_handles = is_well_formed(self.text)

    def is_met_by(self, handle: str, fullname: str) -> bool:
        """True if a search finds somebody of that handle and name."""
        if self.exact:
            return handle == self.text
        return (self.in_handles and self.text in handle) or self.text in canonical(fullname)


@dataclass(slots=True)
class _Search:
    """What is still looked for. ``ends``: monotonic moment; ``found``: handles, the best first."""

    ends: float
    found: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Searches:
    """Running searches by their operation."""

    running: dict[int, _Search] = field(default_factory=dict)

    def next_deadline(self) -> float | None:
        """Monotonic moment at which a search is over, None if there is none."""
        return min((search.ends for search in self.running.values()), default=None)


def search(account: Account, context: Context, text: str) -> Value:
    """SEARCH USERS: handles of those whom the network finds; without a link, of those whom we know."""
    if account.settings.connection != "online":
        wanted = Wanted(text)
        known = account.people.known.values()
        return tuple(sorted(p.handle for p in known if wanted.is_met_by(p.handle, p.fullname)))
    operation = account.ids.operation()
    account.searches.running[operation] = _Search(context.now.monotonic + PATIENCE)
    context.ask(SearchPeople(operation, text.strip()))
    context.wait_for(operation)
    return ()


def found(account: Account, context: Context, event: PeopleFound) -> None:
    """The network found somebody, or everybody."""
    running = account.searches.running.get(event.operation)
    if running is None:
        return
    for person in event.people:
        people.seen(account, context, person, kept=False)
        running.found[person.handle] = None
    if not event.more:
        _over(account, context, event.operation)


def link_lost(account: Account, context: Context) -> None:
    """Nothing more will be found."""
    for operation in list(account.searches.running):
        _over(account, context, operation)


def time_passed(account: Account, context: Context) -> None:
    """The network may have had its time."""
    for operation, running in list(account.searches.running.items()):
        if running.ends <= context.now.monotonic + 1e-6:
            _over(account, context, operation)


def _over(account: Account, context: Context, operation: int) -> None:
    context.settle(Settled(operation, result=tuple(account.searches.running.pop(operation).found)))
