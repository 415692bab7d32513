"""Rows that live as long as the process: for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Record, Row, Save


class MemoryStore:
    """Implements ``ringback.ports.store.Store`` without a disk."""

    def __init__(self) -> None:
        self._rows: dict[Ref, Row] = {}

    def load(self, kind: Kind) -> Iterable[tuple[int | str, Row]]:
        """All rows of a kind in key order."""
        found = [(ref.key, dict(row)) for ref, row in self._rows.items() if ref.kind is kind]
        return sorted(found, key=lambda item: (isinstance(item[0], str), item[0]))

    def commit(self, records: Sequence[Record]) -> None:
        """Keep all."""
        for record in records:
            if isinstance(record, Save):
                self._rows[record.ref] = dict(record.row)
            else:
                self._rows.pop(record.ref, None)

    def close(self) -> None:
        """Nothing to give back."""
