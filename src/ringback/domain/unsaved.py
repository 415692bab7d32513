"""What the store will have: its rows, and over them those that are still on their way there.

Theory. A step's rows are whole, so of several of one thing only the last counts, and it does not matter
whether the store has it already. Nothing else has to know what is stored: whatever memory lets go is found
again here, and an account that is read again from here is the one that all taken steps have made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Forget, Purge, Record, Row, Save
from ringback.domain.rows import ANY, NoRows, Rows


class Unsaved:
    """Implements ``ringback.domain.rows.Rows`` over ``stored``, which lags behind."""

    def __init__(self, stored: Rows | None = None) -> None:
        self.stored: Rows = stored or NoRows()
        #: A step has begun and does not count yet: what it has changed is in memory alone, and nothing there
        #: may be let go. See ``Engine.step``.
        self.torn = False
        self._late: dict[Kind, dict[int | str, Save | Forget]] = {kind: {} for kind in Kind}
        self._purged: dict[Kind, list[Purge]] = {kind: [] for kind in Kind}

    def add(self, records: Iterable[Record]) -> None:
        """These are on their way to the store."""
        for record in records:
            if isinstance(record, Purge):
                late = self._late[record.kind]
                for key in [key for key in late if isinstance(key, int) and key <= record.upto]:
                    del late[key]
                self._purged[record.kind].append(record)
            else:
                self._late[record.ref.kind][record.ref.key] = record

    def remove(self, records: Iterable[Record]) -> None:
        """These are in the store now; a later one of the same thing may still be on its way."""
        for record in records:
            if isinstance(record, Purge):
                purged = self._purged[record.kind]
                self._purged[record.kind] = [other for other in purged if other is not record]
            elif self._late[record.ref.kind].get(record.ref.key) is record:
                del self._late[record.ref.kind][record.ref.key]

    def drop(self) -> None:
        """What was on its way will never be stored."""
        for late in self._late.values():
            late.clear()
        for purged in self._purged.values():
            purged.clear()

    def late(self, kind: Kind) -> Collection[int | str]:
        """Keys of what is on its way."""
        return self._late[kind].keys()

    def _upto(self, kind: Kind) -> int:
        """Up to which key the store's rows are on their way out."""
        return max((purge.upto for purge in self._purged[kind]), default=0)

    def find(self, ref: Ref) -> Row | None:
        """One row by its key."""
        record = self._late[ref.kind].get(ref.key)
        if record is not None:
            return dict(record.row) if isinstance(record, Save) else None
        if isinstance(ref.key, int) and ref.key <= self._upto(ref.kind):
            return None
        return self.stored.find(ref)

    def keys(self, kind: Kind, where: Mapping[str, str | int] = ANY, limit: int = -1) -> Sequence[int]:
        """Keys of a numbered kind, highest first, at most ``limit`` (-1: all)."""
        late, upto = self._late[kind], self._upto(kind)
        if not late and not upto:
            return self.stored.keys(kind, where, limit)
        stored = self.stored.keys(kind, where, limit if limit < 0 else limit + len(late))
        found = [key for key in stored if key > upto and key not in late]
        for key, record in late.items():
            if isinstance(key, int) and isinstance(record, Save) and _fits(record.row, where):
                found.append(key)
        found.sort(reverse=True)
        return found if limit < 0 else found[:limit]

    def over(self, kind: Kind, stored: Iterable[tuple[int | str, Row]]) -> Iterable[tuple[int | str, Row]]:
        """All rows of a kind in key order; ``stored``: those that the store has."""
        late = self._late[kind]
        if not late:
            return stored
        rows = {key: row for key, row in stored if key not in late}
        rows |= {key: record.row for key, record in late.items() if isinstance(record, Save)}
        return sorted(rows.items(), key=lambda item: (isinstance(item[0], str), item[0]))


def _fits(row: Row, where: Mapping[str, str | int]) -> bool:
    return all(row.get(column) == value for column, value in where.items())
