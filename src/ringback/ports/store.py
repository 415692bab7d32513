"""Keeps an account's rows. Only the runtime's writer thread calls ``commit``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Record, Row
from ringback.domain.rows import Rows


class StoreError(Exception):
    """The store could not do it; nothing of the batch was kept. The message is fit for a person."""


class DamagedError(StoreError):
    """Something in it is not what was stored; asking once more will not help."""


class UnfitError(StoreError):
    """The store is well and can never keep a row, whatever is the matter with it. ``ref``: whose it is."""

    def __init__(self, ref: Ref, why: str) -> None:
        super().__init__(f"row {ref.key!r} of {ref.kind.value} cannot be kept: {why}")
        self.ref = ref


@dataclass(frozen=True, slots=True)
class Portion:
    """Some keys of a long list, in its order, as text with a comma and a blank between.

    ``last``: the last of them, None if there are none. ``more``: there may be more after it.
    """

    text: str
    last: int | None
    more: bool


class Store(Rows, Protocol):
    """One account's rows; ``kind`` picks the table. ``find`` and ``keys`` raise StoreError, too."""

    def portion(
        self,
        kind: Kind,
        where: Mapping[str, str | int],
        after: int | None,
        limit: int,
        newest_first: bool,
        below: int | None = None,
    ) -> Portion:
        """The next keys of a list, at most ``limit``; ``after``: the last of the portion before.

        ``below``: only keys that are smaller than this.

        For any thread, also while others read and write. Raises StoreError.
        """
        ...

    def load(self, kind: Kind) -> Iterable[tuple[int | str, Row]]:
        """All rows of a kind with their keys, in key order."""
        ...

    def damaged(self, ref: Ref) -> DamagedError:
        """What to say of a row that was found and cannot be understood."""
        ...

    def commit(self, records: Sequence[Record]) -> None:
        """Keep all or nothing; returns when a killed process can no longer lose it.

        Raises StoreError (disk full, read-only, damaged), UnfitError for a row that is the trouble itself.
        """
        ...

    def close(self) -> None:
        """Give back files and locks."""
        ...
