"""Faults of our own amid steps, stores that are ill, and whether memory and store agree afterwards."""

from __future__ import annotations

from ringback.domain.changes import Kind, Ref
from ringback.domain.engine import Engine
from ringback.domain.ids import COUNTER
from ringback.domain.journal import Context
from ringback.domain.messages import MARKS
from ringback.domain.settings import PROFILE, SETTINGS
from ringback.domain.unsaved import Unsaved
from ringback.ports.store import StoreError, UnfitError
from ringback.store.memory import MemoryStore

#: Wherever something is journalled something was changed just before, or will be.
WRITES = (
    "created",
    "changed",
    "reported",
    "deleted",
    "signalled",
    "keep",
    "write",
    "ask",
    "wait_for",
    "settle",
)
LOADED = (Kind.ACCOUNT, Kind.PROFILE, Kind.PERSON, Kind.CHAT, Kind.MEMBER, Kind.OUTBOX)


class Fault(Exception):
    """Nobody expects it."""


class Faults:
    """Raises ``error`` at the ``at``-th thing that steps journal from now on, once."""

    def __init__(self, monkeypatch, error=Fault) -> None:
        self.at = 0
        self.raised = 0
        self._error = error
        for name in WRITES:
            monkeypatch.setattr(Context, name, self._before(getattr(Context, name)))

    def _before(self, write):
        def writes(context, *arguments, **others):
            if self.at:
                self.at -= 1
                if not self.at:
                    self.raised += 1
                    raise self._error("on purpose")
            return write(context, *arguments, **others)

        return writes


class IllStore(MemoryStore):
    """``ill``: writes fail; ``dark``: reads fail too; ``unfit``: whose row can never be written.

    ``commits``, ``loads``: how often it was written, and kinds of things that were read.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ill = self.dark = False
        self.unfit: Ref | None = None
        self.commits = self.loads = 0

    def commit(self, records):
        if self.ill:
            raise StoreError("disk full")
        if any(record.ref == self.unfit for record in records):
            raise UnfitError(self.unfit, "on purpose")
        self.commits += 1
        super().commit(records)

    def load(self, kind):
        if self.dark:
            raise StoreError("no disk")
        self.loads += 1
        return super().load(kind)


def rows_in_memory(account):
    """Every row that the account would write now."""
    people = [person.ref for person in account.people.known.values()]
    strangers = {Ref(Kind.PERSON, handle) for handle in account.people.strangers}
    refs = [COUNTER, SETTINGS, PROFILE, MARKS, *(ref for ref in people if ref not in strangers)]
    refs += [thing.ref for kind in (account.chats.all, account.chats.members) for thing in kind.values()]
    refs += [Ref(Kind.OUTBOX, number) for number in account.outbox.waiting]
    refs += [Ref(Kind.MESSAGE, key) for key in account.messages.rows.keys(Kind.MESSAGE)]
    refs += [Ref(Kind.CALL, key) for key in account.calls.rows.keys(Kind.CALL)]
    return {ref: shown(account.record(ref).row) for ref in refs}


def shown(row):
    """A row without what is not written at every change: the seconds of a call."""
    return {name: value for name, value in row.items() if name != "duration"}


def rows_in_store(store):
    """Every row that is stored, and those that a new account has without a row."""
    fresh = Engine("me", Unsaved(store)).account
    rows = {ref: fresh.record(ref).row for ref in (COUNTER, SETTINGS, PROFILE, MARKS)}
    for kind in (*LOADED, Kind.MESSAGE, Kind.CALL):
        rows |= {Ref(kind, key): row for key, row in store.load(kind)}
    return {ref: shown(row) for ref, row in rows.items()}


def assert_memory_is_store(runtime, store):
    """What the account shows is what a restart would show."""
    assert not runtime.engine.torn
    account = runtime.engine.account
    memory, stored = rows_in_memory(account), rows_in_store(store)
    differing = {ref: (row, stored.get(ref)) for ref, row in memory.items() if stored.get(ref) != row}
    assert not differing, differing
    assert not stored.keys() - memory.keys(), stored.keys() - memory.keys()
    assert account.outbox.numbers == {r.uid: n for n, r in account.outbox.waiting.items()}
    for key in (*account.messages.rows.keys(Kind.MESSAGE), *account.calls.rows.keys(Kind.CALL)):
        thing = account.messages.find(key) or account.calls.find(key)
        assert thing.id == key
