"""Dataclasses as rows and back: the fields of an aggregate are the columns of its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from operator import attrgetter
from typing import Generic, TypeVar

from ringback.domain.changes import Value
from ringback.domain.records import Row

T = TypeVar("T")


class Columns(Generic[T]):
    """The stored fields of a dataclass, read in one go: a row is made at every change.

    ``without``: fields that are the key or need no keeping. Switches are kept as 0 and 1, tuples of words as
    one text.
    """

    def __init__(self, kind: type[T], *without: str) -> None:
        stored = [f for f in fields(kind) if f.name not in without]  # type: ignore[arg-type]
        self._names = tuple(f.name for f in stored)
        self._read: Callable[[T], tuple[Value, ...]] = attrgetter(*self._names)
        # Types are texts here (postponed annotations); defaults show what there is.
        self._switches = tuple(f.name for f in stored if f.type == "bool")
        self._numbers = tuple(f.name for f in stored if f.type == "int")
        self._lists = tuple(f.name for f in stored if str(f.type).startswith("tuple"))
        self._needed = frozenset(f.name for f in stored if f.default is MISSING)

    def row(self, thing: T) -> Row:
        """Values as the store takes them: texts, numbers, None."""
        row: Row = dict(zip(self._names, self._read(thing), strict=True))  # type: ignore[arg-type]
        for name in self._switches:
            row[name] = int(row[name] or 0)
        for name in self._lists:
            row[name] = " ".join(getattr(thing, name))
        return row

    def values(self, row: Row) -> dict[str, str | int | bool | tuple[str, ...]]:
        """What a row says, by field. Fields that came after it was written are left out."""
        found: dict[str, str | int | bool | tuple[str, ...]] = {}
        for name in self._names:
            if name not in row:
                continue
            value = row[name]
            if name in self._switches:
                found[name] = bool(value)
            elif name in self._numbers:
                found[name] = int(value or 0)
            elif name in self._lists:
                found[name] = tuple(str(value or "").split())
            else:
                found[name] = str(value or "")
        return found

    def fill(self, thing: T, row: Row) -> None:
        """Take a row over into a thing."""
        for name, value in self.values(row).items():
            setattr(thing, name, value)
