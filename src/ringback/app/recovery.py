"""An account whose store is ill, or in which a step broke: what is still served, and the way back.

Reads are answered as long as the account in memory is what the store has. News wait, since they would have to
be stored; sound needs no store most of the time. Once a second it is tried whether the store is well.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from ringback.app.outside import Outside
from ringback.domain.changes import Cause, Kind, Origin, Ref, Reported
from ringback.domain.engine import Engine
from ringback.domain.inputs import DeadlinePassed, Event, NetworkEvent
from ringback.domain.living import Living, take_along
from ringback.domain.records import Record
from ringback.domain.rows import DamagedRowError
from ringback.ports.store import Store, StoreError
from ringback.protocol.lexer import word

_LOG: Final = logging.getLogger(__name__)
#: Seconds between attempts to write again after the store failed.
RETRY: Final = 1.0
#: News of the network kept while the store is ill; the oldest are dropped when there are more.
NEWS_KEPT: Final = 10_000
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
        #: What cannot be taken now, and whether what is due is part of it.
        self._later: deque[Event] = deque()
        self._due_later = False
        #: Rows that a reload found in need of writing, and calls that it ended.
        self._stale: tuple[Record, ...] = ()
        self._ended: dict[int, None] = {}

    # What is served meanwhile -----------------------------------------------------------------------------

    def serves(self, command: str) -> bool:
        """Can the command be performed? While nothing can be stored only those that read can."""
        return self.well or (self.true and word(command)[0].upper() in ("GET", "SEARCH"))

    def takes(self, event: Event) -> bool:
        """Can the event be taken? Whether it needs the store after all is seen when it is."""
        return self.well or (self.true and not isinstance(event, NetworkEvent))

    @property
    def punctual(self) -> bool:
        """Can be done what is due?"""
        return self.well or (self.true and not self._due_later)

    def postpone(self, event: Event) -> None:
        """Take it when the store is well."""
        if isinstance(event, DeadlinePassed):
            # It will be due then by itself.
            self._due_later = True
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
        return [account.record(account.ref), *self._stale]

    def cured(self) -> tuple[Reported, ...]:
        """The store is well again. Gives what programs must hear of calls that they saw alive."""
        _LOG.warning("the store is well again")
        self.well, self._due_later = True, False
        cause, history = Cause(Origin.TIMER), self._engine.account.calls
        over = [history.find(key) for key in self._ended]
        self._stale, self._ended = (), {}
        return tuple(Reported(call.ref, "status", call.status, cause) for call in over if call is not None)
