"""What a step asks the store to keep: whole rows, one per aggregate, keyed by Ref."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ringback.domain.changes import Kind, Ref

#: A row as plain data. Column names are those of ``ringback.store.tables``.
Row: TypeAlias = dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Save:
    """Insert or replace one row."""

    ref: Ref
    row: Row


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete one row, if it is there."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Purge:
    """Delete all rows of a numbered kind up to a key."""

    kind: Kind
    upto: int

    @property
    def ref(self) -> Ref:
        """Names what is deleted."""
        return Ref(self.kind, "")


Record: TypeAlias = Save | Forget | Purge
