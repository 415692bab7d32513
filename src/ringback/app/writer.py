"""The writer thread: commits steps in groups and says when they are safe."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeAlias

from ringback.domain.records import Record
from ringback.ports.store import Store, StoreError

#: Called in the writer's thread after a group: None, or why nothing of it was kept.
Done: TypeAlias = Callable[[StoreError | None], None]


class Writer:
    """One thread, one store. ``write`` returns at once; groups are committed in order."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._jobs: queue.SimpleQueue[tuple[list[Record], Done] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"writer {name}", daemon=True)
        self._thread.start()

    def write(self, records: list[Record], done: Done) -> None:
        """Commit a group; ``done`` is called in the writer's thread."""
        self._jobs.put((records, done))

    def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            records, done = job
            try:
                self._store.commit(records)
            except StoreError as error:
                done(error)
            except Exception as error:  # noqa: BLE001 - a dead writer would hold every answer back for ever
                done(StoreError(f"unexpected {type(error).__name__}"))
            else:
                done(None)
