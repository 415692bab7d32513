"""What steps gave, until its rows are stored: how it is held, and how it is written in groups."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from ringback.app.writer import Done, Writer
from ringback.domain.changes import Ref
from ringback.domain.effects import Effect
from ringback.domain.inputs import Event
from ringback.domain.living import NOBODY, Living
from ringback.domain.records import Record
from ringback.ports.store import Store, StoreError
from ringback.session.sessions import Audience, Command


@dataclass(slots=True)
class Held:
    """What one input gives.

    ``living``: the calls and the link after it. ``sent``: its rows are being written. ``event``: the news
    that it came from, to be taken again if the rows cannot be stored.
    """

    records: tuple[Record, ...] = ()
    answers: list[tuple[Command, str]] = field(default_factory=list)
    lines: dict[int, tuple[str, ...]] = field(default_factory=dict)
    audience: Audience = field(default_factory=dict)
    living: Living = NOBODY
    effects: tuple[Effect, ...] = ()
    answer_last: bool = False
    sent: bool = False
    event: Event | None = None

    def touches(self, ref: Ref | None) -> bool:
        """Has it changed the row?"""
        return any(record.ref == ref for record in self.records)


def together(group: Iterable[Held]) -> list[Record]:
    """The records of a group. Rows are whole: of several of one thing only the last counts, in its place."""
    last: dict[Ref, Record] = {}
    for held in group:
        for record in held.records:
            last.pop(record.ref, None)
            last[record.ref] = record
    return list(last.values())


class Commits:
    """Writes to one account's store: in a thread beside the loop, at once where there is no loop."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop | None, name: str) -> None:
        self._store = store
        self._loop = loop
        self._writer = None if loop is None else Writer(store, name)

    def write(self, records: list[Record], done: Done) -> None:
        """Keep all or nothing; ``done`` is called in the loop, with why nothing was kept, or None."""
        if self._writer is not None:
            self._writer.write(records, self._back_to_loop(done))
            return
        try:
            self._store.commit(records)
        except StoreError as error:
            done(error)
        else:
            done(None)

    def _back_to_loop(self, done: Done) -> Done:
        """From the writer's thread into the loop; a loop that has ended needs no word."""

        def report(error: StoreError | None) -> None:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(done, error)

        return report

    def stop(self, late: list[Record]) -> None:
        """Write what was handed over, then ``late``, for which nobody waits, and close the store."""
        if self._writer is not None:
            if late:
                self._writer.write(late, lambda _error: None)
            self._writer.stop()
        self._store.close()
