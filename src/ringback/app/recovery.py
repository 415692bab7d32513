"""An account whose store is ill, or in which a step broke: what is still served, and the way back.

Reads are answered as long as the account in memory is what the store has. News wait, since they would have to
be stored; sound needs no store most of the time. A call can be muted, held and ended: its rows are owed to
the store (``ringback.domain.foreseen``). Once a second it is tried whether the store is well.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from ringback.app.outside import Outside
from ringback.domain.changes import Cause, Kind, Origin, Ref, Reported
from ringback.domain.effects import CallAct
from ringback.domain.engine import Engine
from ringback.domain.foreseen import is_foreseen
from ringback.domain.inputs import CallSignalled, DeadlinePassed, Due, Event, NetworkEvent
from ringback.domain.living import Living, take_along
from ringback.domain.records import Record
from ringback.domain.rows import DamagedRowError
from ringback.domain.step import Step
from ringback.ports.store import Store, StoreError, UnfitError
from ringback.protocol.lexer import word

_LOG: Final = logging.getLogger(__name__)
#: Seconds between attempts to write again after the store failed.
RETRY: Final = 1.0
#: News of the network kept while the store is ill; the oldest are dropped when there are more.
NEWS_KEPT: Final = 10_000
#: Commands that are remembered as refused.
MOST_IN_VAIN: Final = 1_000
_READS: Final = ("GET", "SEARCH")
#: Words of commands that cannot wait until there is room on a disk, and how long such commands are at most.
_URGENT: Final = frozenset({("SET", "MUTE"), ("SET", "CALL"), ("ALTER", "CALL")})
_LONGEST: Final = 200
#: What the other side does with a call that both know.
_LEADS: Final = (CallAct.HOLD, CallAct.RESUME, CallAct.END)
#: Kinds that live in memory as a whole; messages and calls are looked up when they are wanted.
_LOADED: Final = (
    Kind.ACCOUNT,
    Kind.PROFILE,
    Kind.PERSON,
    Kind.CHAT,
    Kind.MEMBER,
    Kind.OUTBOX,
)


def restore(engine: Engine, store: Store, lived: Living | None = None) -> tuple[Record, ...]:
    """Let an engine take over what the store has or will have; gives rows to be written.

    Raises StoreError.
    """
    rows = [
        (Ref(kind, key), row) for kind in _LOADED for key, row in engine.rows.over(kind, store.load(kind))
    ]
    try:
        return engine.restore(rows, lived)
    except DamagedRowError as error:
        raise store.damaged(error.ref) from None


def _said(command: str) -> str:
    """A command in one spelling."""
    return " ".join(command[: _LONGEST + 1].upper().split())


def urgent(command: str) -> bool:
    """Does it lead a call, or mute?"""
    verb, rest = word(command[:_LONGEST])
    return (verb.upper(), word(rest)[0].upper()) in _URGENT and len(command) <= _LONGEST


class Recovery:
    """How it stands with one account and its store.

    ``fresh`` makes an engine with nothing in memory. ``well``: the store takes what is written. ``true``: the
    account in memory is what the store has or will have. ``retry_at``: monotonic moment of the next attempt.
    """

    def __init__(
        self,
        engine: Engine,
        store: Store,
        outside: Outside,
        fresh: Callable[[], Engine],
        report: Callable[[Exception, str], None],
    ) -> None:
        self._engine = engine
        self._store = store
        self._outside = outside
        self._fresh = fresh
        self._report = report
        self.well = True
        self.true = True
        self.retry_at: float | None = None
        #: Whether an attempt is under way, and the rows that it tries.
        self.trying = False
        self._tried: dict[Ref, Record] = {}
        #: Rows that programs and the other side know of and that are to be stored.
        self.owed: dict[Ref, Record] = {}
        #: What cannot be taken now, and what is due but cannot be done.
        self._later: deque[Event] = deque()
        self._due_later: set[Due] = set()
        #: Commands that could not be done without the store, as things are.
        self._in_vain: set[str] = set()
        #: Rows that a reload found in need of writing, and calls that it ended.
        self._stale: tuple[Record, ...] = ()
        self._ended: dict[int, None] = {}

    # What is served meanwhile -----------------------------------------------------------------------------

    def serves(self, command: str) -> bool:
        """Can the command be performed? While nothing can be stored, those that read or lead a call can.

        To try is to read the account again if it cannot, so it is not tried twice.
        """
        if self.well:
            return True
        served = word(command)[0].upper() in _READS or urgent(command)
        return self.true and served and _said(command) not in self._in_vain

    def refused(self, command: str) -> None:
        """It could not be performed without the store."""
        if len(self._in_vain) < MOST_IN_VAIN:
            self._in_vain.add(_said(command))

    def moved(self) -> None:
        """Things are otherwise: what was refused may be possible now."""
        self._in_vain.clear()

    def takes(self, event: Event) -> bool:
        """Can the event be taken? Whether it needs the store after all is seen when it is.

        What the other side of a call does is, unless something that it did before had to wait.
        """
        if self.well or not self.true or not isinstance(event, NetworkEvent):
            return self.well or self.true
        if not isinstance(event, CallSignalled) or event.act not in _LEADS:
            return False
        waiting = (late for late in self._later if isinstance(late, CallSignalled))
        return all(late.signal_id != event.signal_id for late in waiting)

    def can_wait(self, step: Step) -> bool:
        """Does a step count although its rows cannot be stored now?"""
        try:
            return all(is_foreseen(record, self._store) for record in step.records)
        except StoreError:
            return False

    def owe(self, records: Iterable[Record]) -> None:
        """These are stored when the store is well."""
        self.owed |= {record.ref: record for record in records}

    def punctual(self, due: Due) -> bool:
        """Can be done what is due?"""
        return self.well or (self.true and due not in self._due_later)

    def postpone(self, event: Event) -> None:
        """Take it when the store is well."""
        if isinstance(event, DeadlinePassed):
            # It will be due then by itself.
            self._due_later.add(event.due)
            return
        self._later.append(event)
        if len(self._later) > NEWS_KEPT:
            _LOG.error("the store is ill for too long: news of the network are lost")
            self._later.popleft()

    def postponed(self) -> list[Event]:
        """What was put off, in its order; it is forgotten here."""
        events = list(self._later)
        self._later.clear()
        return events

    # The way back -----------------------------------------------------------------------------------------

    def ill(self, now: float) -> None:
        """The store failed."""
        self.well = False
        self.retry_at = now + RETRY

    def reload(self, lived: Living, *, expecting: bool = False) -> bool:
        """Make the account what the store has or will have; what only a connection tells stays.

        ``lived``: what lived after the last step that counts. ``expecting``: what the account waits for will
        come. False if the store cannot be read.
        """
        fresh = self._fresh()
        try:
            self._stale = restore(fresh, self._store, lived)
        except Exception as error:  # noqa: BLE001 - an account that cannot be read must not end the others
            if isinstance(error, StoreError):
                _LOG.error("the store cannot be read either: %s", error)
            else:
                self._report(error, "reload")
            self.true = False
            return False
        # Calls that the store knows as over, although it had failed to say that they are.
        for call in lived.calls:
            if call.id not in fresh.account.calls.alive:
                self._outside.end_call(call)
                self._ended[call.id] = None
        self._ended |= {r.ref.key: None for r in self._stale if isinstance(r.ref.key, int)}
        take_along(fresh.account, self._engine.account, expecting=expecting)
        self._engine.account, self._engine.rows.torn = fresh.account, False
        self.true = True
        self._outside.lay_desk(fresh.account)
        return True

    def attempt(self) -> list[Record]:
        """With what to try whether the store is well: rows that are true anyway."""
        account = self._engine.account
        self.trying = True
        self._tried = self._unwritten()
        return [account.record(account.ref), *self._tried.values()]

    def _unwritten(self) -> dict[Ref, Record]:
        """Rows that wait for a store that is well."""
        return {record.ref: record for record in (*self._stale, *self.owed.values())}

    def remit(self, error: UnfitError) -> None:
        """A row can never be stored: do without it, or nothing would ever be stored again."""
        _LOG.error("%s", error)
        self._stale = tuple(record for record in self._stale if record.ref != error.ref)
        owed = self.owed.pop(error.ref, None)
        if owed is not None:
            self._engine.stored([owed])
            self.true = False

    def cured(self) -> Step:
        """The store is well again. Gives what is owed since it was tried, and the ends of calls."""
        _LOG.warning("the store is well again")
        self.well, self.retry_at = True, None
        self.moved()
        self._due_later.clear()
        cause, history = Cause(Origin.TIMER), self._engine.account.calls
        over = [history.find(key) for key in self._ended]
        self._engine.stored(self._tried.values())
        later = [record for ref, record in self._unwritten().items() if self._tried.get(ref) is not record]
        self._stale, self._ended, self.owed, self._tried = (), {}, {}, {}
        ends = [Reported(call.ref, "status", call.status, cause) for call in over if call is not None]
        return Step(changes=tuple(ends), records=tuple(later))
