"""Object ids: positive integers, unique per account across all kinds, never reused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from ringback.domain.changes import Kind, Ref
from ringback.domain.journal import Context

#: The row that keeps the counter.
COUNTER = Ref(Kind.ACCOUNT, "ids")


def counting() -> Callable[[], str]:
    """Tokens one after the other, for tests that want to know them."""
    numbers = count(1)
    return lambda: f"{next(numbers):016x}"


@dataclass(slots=True)
class Ids:
    """Counts up; the counter's row is kept in the same commit as the object that got the id."""

    last: int = 0
    last_operation: int = 0
    #: Gives 16 hex digits that nobody else has; from outside.
    token: Callable[[], str] = field(default_factory=counting)

    def take(self, context: Context) -> int:
        """The next object id."""
        self.last += 1
        context.keep(COUNTER)
        return self.last

    def operation(self) -> int:
        """A number for something that the world has to finish; lives as long as the process."""
        self.last_operation += 1
        return self.last_operation
