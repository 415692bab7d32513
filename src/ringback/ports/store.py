"""Keeps an account's rows. Only the runtime's writer thread calls ``commit``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Record, Row
from ringback.domain.rows import Rows


class StoreError(Exception):
    """The store could not do it; nothing of the batch was kept. The message is fit for a person."""


class DamagedError(StoreError):
    """Something in it is not what was stored; asking once more will not help."""


class Store(Rows, Protocol):
    """One account's rows; ``kind`` picks the table. ``find`` and ``keys`` raise StoreError, too."""

    def load(self, kind: Kind) -> Iterable[tuple[int | str, Row]]:
        """All rows of a kind with their keys, in key order."""
        ...

    def damaged(self, ref: Ref) -> DamagedError:
        """What to say of a row that was found and cannot be understood."""
        ...

    def commit(self, records: Sequence[Record]) -> None:
        """Keep all or nothing; returns when a killed process can no longer lose it.

        Raises StoreError (disk full, read-only, damaged).
        """
        ...

    def close(self) -> None:
        """Give back files and locks."""
        ...
