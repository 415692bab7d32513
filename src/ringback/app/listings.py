"""Long lists of keys, read beside the loop while everybody else is served.

Theory. One list after the other, so that however many are asked for only one takes memory and the store; a
list in portions, so that the accounts of a process, which share a thread, take turns in it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from ringback.domain.effects import ListKeys
from ringback.domain.inputs import KeysListed
from ringback.media.worker import Worker
from ringback.ports.store import Portion, Store, StoreError

_LOG: Final = logging.getLogger(__name__)
#: Keys of a portion: some milliseconds.
PORTION: Final = 20_000
#: Lists of one account's programs that may wait; more are refused.
MOST_WAITING: Final = 100


class Listings:
    """One account's long lists. ``heard`` gets the event that each ends with."""

    def __init__(self, store: Store, worker: Worker, heard: Callable[[KeysListed], None]) -> None:
        self._store = store
        self._worker = worker
        self._heard = heard
        #: The first is being read; ``_portions`` are its.
        self._waiting: deque[ListKeys] = deque()
        self._portions: list[str] = []

    def read(self, wanted: ListKeys) -> None:
        """Have it read; an event follows."""
        if len(self._waiting) >= MOST_WAITING:
            self._heard(KeysListed(wanted.operation, None))
            return
        self._waiting.append(wanted)
        if len(self._waiting) == 1:
            self._begin()

    def stop(self) -> None:
        """Read no more; nobody hears of it."""
        self._waiting.clear()

    def _begin(self) -> None:
        self._go_on(self._waiting[0].above or None)

    def _go_on(self, after: int | None) -> None:
        first = self._waiting[0]
        job = partial(
            self._store.portion,
            first.kind,
            dict(first.where),
            after,
            PORTION,
            newest_first=first.newest_first,
            below=first.below,
        )
        self._worker.do(job, partial(self._taken, first))

    def _taken(self, wanted: ListKeys, portion: Portion | Exception) -> None:
        if not self._waiting or self._waiting[0] is not wanted:
            return
        if isinstance(portion, Portion):
            if portion.text:
                self._portions.append(portion.text)
            if portion.more:
                self._go_on(portion.last)
                return
            if wanted.then:
                self._portions.append(", ".join(map(str, wanted.then)))
            portions: tuple[str, ...] | None = tuple(self._portions)
        else:
            known = isinstance(portion, StoreError | TimeoutError)
            _LOG.error("a list cannot be read: %s", portion, exc_info=None if known else portion)
            portions = None
        self._portions = []
        self._waiting.popleft()
        self._heard(KeysListed(wanted.operation, portions))
        if self._waiting:
            self._begin()
