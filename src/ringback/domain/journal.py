"""Records what happens during one step, in order, and which aggregates must be kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from ringback.domain.changes import Cause, Change, Changed, Created, Deleted, Ref, Reported, Signalled, Value
from ringback.domain.effects import Effect
from ringback.domain.records import Record
from ringback.domain.step import Settled
from ringback.domain.time import Instant


@dataclass(slots=True)
class Context:
    """What a use case may use besides the account: the moment, the cause and the journal it writes to.

    ``touched``: what must be kept, None where the row is made at the end of the step.
    """

    now: Instant
    cause: Cause
    changes: list[Change] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    touched: dict[Ref, Record | None] = field(default_factory=dict)
    awaits: int = 0

    @property
    def empty(self) -> bool:
        """Nothing was written here."""
        return not (self.changes or self.touched or self.effects or self.settled)

    def created(self, ref: Ref) -> None:
        """A new thing exists."""
        self.touched[ref] = None
        self.changes.append(Created(ref, self.cause))

    def changed(self, ref: Ref, name: str, old: Value, new: Value, kept: bool = True) -> None:
        """A field has a new value; the row is kept with it, unless it ends with the process anyway."""
        if kept:
            self.touched[ref] = None
        self.changes.append(Changed(ref, name, old, new, self.cause))

    def reported(self, ref: Ref, name: str, value: Value) -> None:
        """A value is said again; nothing needs keeping for that."""
        self.changes.append(Reported(ref, name, value, self.cause))

    def deleted(self, ref: Ref) -> None:
        """A thing is gone."""
        self.touched[ref] = None
        self.changes.append(Deleted(ref, self.cause))

    def signalled(self, ref: Ref, signal: str, *data: str) -> None:
        """Something happened that is no field."""
        self.changes.append(Signalled(ref, signal, data, self.cause))

    def keep(self, ref: Ref) -> None:
        """The thing's row must be written although nothing is announced."""
        self.touched[ref] = None

    def write(self, record: Record) -> None:
        """The store must do this; for what has no aggregate in memory of which a row could be made."""
        self.touched[record.ref] = record

    def ask(self, effect: Effect) -> None:
        """Have something done in the world once the step is stored."""
        self.effects.append(effect)

    def wait_for(self, operation: int) -> None:
        """The use case is over only when ``operation`` is settled; whoever asked for it waits so long."""
        self.awaits = operation

    def settle(self, settled: Settled) -> None:
        """A use case that waited for the world is over."""
        self.settled.append(settled)
