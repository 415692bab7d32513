"""Jobs that may take their time (sound systems, big files) done beside the loop, one after the other."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

_LOG: Final = logging.getLogger(__name__)
#: Seconds after which nobody waits for a job any more.
PATIENCE: Final = 5.0
#: Seconds for the last jobs when the process ends.
PARTING: Final = 2.0

T = TypeVar("T")


class Worker(Protocol):
    """Does jobs in their order."""

    def do(self, job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
        """Have ``job`` done; ``done`` gets its result, what it raised or TimeoutError, exactly once."""
        ...


class InlineWorker:
    """Does each job at once, in place: for worlds that live on a fake clock."""

    def do(self, job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
        """Do it now."""
        try:
            result: T | Exception = job()
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            result = error
        done(result)


class ThreadWorker:
    """A thread of its own, begun at the first job. A job that hangs delays those behind it, nothing else."""

    def __init__(self, loop: asyncio.AbstractEventLoop, name: str) -> None:
        self._loop = loop
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def do(self, job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
        """See ``Worker``. A late result that can be closed is closed, since nobody wants it any more."""
        if self._stopped:
            done(RuntimeError(f"{self._name} has stopped"))
            return
        waiting = True

        def told(result: T | Exception) -> None:
            nonlocal waiting
            timer.cancel()
            if self._stopped:
                # Nothing may run on when the process ends.
                if hasattr(result, "close"):
                    result.close()
            elif waiting:
                waiting = False
                done(result)
            elif hasattr(result, "close"):
                self._jobs.put(result.close)

        def overdue() -> None:
            nonlocal waiting
            waiting = False
            _LOG.warning("%s: no answer within %.0f s", self._name, PATIENCE)
            done(TimeoutError("no answer"))

        def work() -> None:
            try:
                result: T | Exception = job()
            except Exception as error:  # noqa: BLE001 - told to whoever asked
                result = error
            try:
                self._loop.call_soon_threadsafe(told, result)
            except RuntimeError:  # the loop has ended meanwhile
                if hasattr(result, "close"):
                    result.close()

        timer = self._loop.call_later(PATIENCE, overdue)
        self._jobs.put(work)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (work := self._jobs.get()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001 - a card that cannot be closed is no reason to stop
                _LOG.exception("%s: a job failed", self._name)

    def stop(self) -> None:
        """Finish what was begun; a job that hangs is left behind."""
        self._stopped = True
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(PARTING)
