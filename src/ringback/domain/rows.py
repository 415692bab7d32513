"""Looking things up in what is stored, for what is too much to keep in memory. An interface only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Row

ANY: Final[Mapping[str, str | int]] = MappingProxyType({})


class Rows(Protocol):
    """Indexed, bounded reads. What a step changed may be missing here for a moment, until it is stored."""

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
