"""What the store will have: its rows, and over them those that are still on their way there.

Theory. A step's rows are whole, so of several of one thing only the last counts, and it does not matter
whether the store has it already. Nothing else has to know what is stored: whatever memory lets go is found
again here, and an account that is read again from here is the one that all taken steps have made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Purge, Record, Row, Save, fits
from ringback.domain.rows import ANY, NoRows, Rows


class Unsaved:
    """Implements ``ringback.domain.rows.Rows`` over ``stored``, which lags behind."""

    def __init__(self, stored: Rows | None = None) -> None:
        self.stored: Rows = stored or NoRows()
        #: A step has begun and does not count yet: what it has changed is in memory alone, and nothing there
        #: may be let go. See ``Engine.step``.
        self.torn = False
        self._late: dict[Kind, dict[int | str, Record]] = {kind: {} for kind in Kind}
        self._purged: dict[Kind, list[Purge]] = {kind: [] for kind in Kind}

    def add(self, records: Iterable[Record]) -> None:
        """These are on their way to the store."""
        for record in records:
            if isinstance(record, Purge):
                late = self._late[record.kind]
                if not record.where:
                    for gone in [key for key in late if isinstance(key, int) and key <= record.upto]:
                        del late[gone]
                for key, other in late.items():
                    if isinstance(other, Save) and record.takes(key, other.row):
                        # The store may still have an older row of it that looks otherwise.
                        late[key] = record
                self._purged[record.kind].append(record)
            else:
                self._late[record.ref.kind][record.ref.key] = record

    def remove(self, records: Iterable[Record]) -> None:
        """These are in the store now; a later one of the same thing may still be on its way."""
        for record in records:
            if isinstance(record, Purge):
                purged = self._purged[record.kind]
                self._purged[record.kind] = [other for other in purged if other is not record]
                late = self._late[record.kind]
                for key in [key for key, other in late.items() if other is record]:
                    del late[key]
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

    def _leaving(self, kind: Kind, where: Mapping[str, str | int]) -> tuple[int, set[int]]:
        """Which of the store's rows are on their way out: all up to a key, and others."""
        upto, others = 0, set[int]()
        for purge in self._purged[kind]:
            its = dict(purge.where)
            if its.items() <= where.items():
                upto = max(upto, purge.upto)
            elif all(where.get(column, value) == value for column, value in its.items()):
                others.update(key for key in self.stored.keys(kind, {**where, **its}) if key <= purge.upto)
        return upto, others

    def find(self, ref: Ref) -> Row | None:
        """One row by its key."""
        record = self._late[ref.kind].get(ref.key)
        if record is not None:
            return dict(record.row) if isinstance(record, Save) else None
        row = self.stored.find(ref)
        if row is not None and any(purge.takes(ref.key, row) for purge in self._purged[ref.kind]):
            return None
        return row

    def keys(self, kind: Kind, where: Mapping[str, str | int] = ANY, limit: int = -1) -> Sequence[int]:
        """Keys of a numbered kind, highest first, at most ``limit`` (-1: all)."""
        late = self._late[kind]
        if not late and not self._purged[kind]:
            return self.stored.keys(kind, where, limit)
        upto, others = self._leaving(kind, where)
        stored = self.stored.keys(kind, where, limit if limit < 0 else limit + len(late) + len(others))
        found = [key for key in stored if key > upto and key not in late and key not in others]
        for key, record in late.items():
            if isinstance(key, int) and isinstance(record, Save) and fits(record.row, where):
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
