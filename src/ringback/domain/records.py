"""What a step asks the store to keep: whole rows, one per aggregate, keyed by Ref."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ringback.domain.changes import Kind, Ref

#: A row as plain data. Column names are those of ``ringback.store.tables``.
Row: TypeAlias = dict[str, str | int | float | None]


def fits(row: Row, where: Mapping[str, str | int]) -> bool:
    """True for a row that has these values in these columns."""
    return all(row.get(column) == value for column, value in where.items())


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
    """Delete rows of a numbered kind up to a key: all, or those with certain values in certain columns.

    Only columns that ``ringback.store.tables`` has an index for, and that never change.
    """

    kind: Kind
    upto: int
    where: tuple[tuple[str, str | int], ...] = ()

    @property
    def ref(self) -> Ref:
        """Names what is deleted."""
        return Ref(self.kind, " ".join(f"{column}={value}" for column, value in self.where))

    def takes(self, key: int | str, row: Row) -> bool:
        """True for a row that it deletes."""
        return isinstance(key, int) and key <= self.upto and fits(row, dict(self.where))


Record: TypeAlias = Save | Forget | Purge
