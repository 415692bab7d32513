"""Looking things up in what is stored, for what is too much to keep in memory. An interface only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Row

T = TypeVar("T")
ANY: Final[Mapping[str, str | int]] = MappingProxyType({})


class Rows(Protocol):
    """Indexed, bounded reads of the store, or (``ringback.domain.unsaved``) of what it will have."""

    def find(self, ref: Ref) -> Row | None:
        """One row by its key."""
        ...

    def keys(self, kind: Kind, where: Mapping[str, str | int] = ANY, limit: int = -1) -> Sequence[int]:
        """Keys of a numbered kind, highest first, at most ``limit`` (-1: all).

        ``where``: columns and their values; only what ``ringback.store.tables`` has an index for.
        """
        ...


class NoRows:
    """Nothing is stored."""

    def find(self, _ref: Ref) -> Row | None:
        """Nothing."""
        return None

    def keys(self, _kind: Kind, _where: Mapping[str, str | int] = ANY, _limit: int = -1) -> Sequence[int]:
        """Nothing."""
        return ()


#: What comes of taking a row for something that it is not.
MISSHAPEN: Final = (KeyError, TypeError, ValueError)


class DamagedRowError(Exception):
    """A row is not what was once stored. Names it, and says nothing of what stands in it."""

    def __init__(self, ref: Ref) -> None:
        super().__init__(f"{ref.kind.value} {ref.key}")
        self.ref = ref


def look_up(rows: Rows, ref: Ref, restored: Callable[[int, Row], T]) -> T | None:
    """The thing that a stored row describes, None if there is no such row. Raises DamagedRowError."""
    row = rows.find(ref)
    if row is None or not isinstance(ref.key, int):
        return None
    try:
        return restored(ref.key, row)
    except MISSHAPEN:
        raise DamagedRowError(ref) from None
