"""What one step of the engine gives back."""

from __future__ import annotations

from dataclasses import dataclass

from ringback.domain.changes import Change, Value
from ringback.domain.effects import Effect, ListKeys
from ringback.domain.failures import Meaning
from ringback.domain.records import Record


@dataclass(frozen=True, slots=True)
class Settled:
    """A use case that had to wait for the world is over; ``failure`` tells why it failed, if it did.

    ``result`` is what came of it, if that is not what the use case returned at first.
    """

    operation: int
    failure: Meaning | None = None
    result: Value = None


@dataclass(frozen=True, slots=True)
class Step:
    """Changes in order, rows to keep, effects to carry out after they are kept, settled operations.

    ``result`` is what the use case returned (the new call's id, the value that was set, ...). ``awaits``: the
    operation whose end must be awaited before anybody is told so, 0 if none.
    """

    changes: tuple[Change, ...] = ()
    records: tuple[Record, ...] = ()
    effects: tuple[Effect, ...] = ()
    settled: tuple[Settled, ...] = ()
    result: Value = None
    awaits: int = 0

    @property
    def reads(self) -> bool:
        """True if it waits for nothing but the store's rows."""
        return not self.records and all(isinstance(effect, ListKeys) for effect in self.effects)


EMPTY = Step()
