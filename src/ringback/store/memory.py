"""Rows that live as long as the process: for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Forget, Purge, Record, Row, Save, fits
from ringback.domain.rows import ANY
from ringback.ports.store import DamagedError, Portion


class MemoryStore:
    """Implements ``ringback.ports.store.Store`` without a disk."""

    def __init__(self) -> None:
        self._rows: dict[Ref, Row] = {}

    def load(self, kind: Kind) -> Iterable[tuple[int | str, Row]]:
        """All rows of a kind in key order."""
        found = [(ref.key, dict(row)) for ref, row in self._rows.items() if ref.kind is kind]
        return sorted(found, key=lambda item: (isinstance(item[0], str), item[0]))

    def find(self, ref: Ref) -> Row | None:
        """One row."""
        row = self._rows.get(ref)
        return None if row is None else dict(row)

    def keys(self, kind: Kind, where: Mapping[str, str | int] = ANY, limit: int = -1) -> Sequence[int]:
        """Keys of a numbered kind, highest first."""
        found = [
            ref.key
            for ref, row in self._rows.items()
            if ref.kind is kind and isinstance(ref.key, int) and fits(row, where)
        ]
        found.sort(reverse=True)
        return found if limit < 0 else found[:limit]

    def portion(
        self,
        kind: Kind,
        where: Mapping[str, str | int],
        after: int | None,
        limit: int,
        newest_first: bool,
        below: int | None = None,
    ) -> Portion:
        """The next keys of a list."""
        found = [key for key in self.keys(kind, where) if below is None or key < below]
        if not newest_first:
            found.reverse()
        if after is not None:
            found = [key for key in found if (key < after if newest_first else key > after)]
        found = found[:limit]
        return Portion(", ".join(map(str, found)), found[-1] if found else None, len(found) == limit)

    def damaged(self, ref: Ref) -> DamagedError:
        """What to say of a row that was found and cannot be understood."""
        return DamagedError(f"row {ref.key} of {ref.kind.value} cannot be understood")

    def commit(self, records: Sequence[Record]) -> None:
        """Keep all."""
        for record in records:
            match record:
                case Save():
                    self._rows[record.ref] = dict(record.row)
                case Forget():
                    self._rows.pop(record.ref, None)
                case Purge():
                    for key in self.keys(record.kind, dict(record.where)):
                        if key <= record.upto:
                            del self._rows[Ref(record.kind, key)]

    def close(self) -> None:
        """Nothing to give back."""
