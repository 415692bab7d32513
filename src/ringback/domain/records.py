"""What a step asks the store to keep: whole rows, one per aggregate, keyed by Ref."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ringback.domain.changes import Ref

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


Record: TypeAlias = Save | Forget
