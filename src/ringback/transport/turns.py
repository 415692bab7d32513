"""Who is served next, when many programs have said more than can be done at once.

Theory. One thing at a time is done, so a program waits for what others have said before. It should not wait
for all of it: everybody in the row gets a moment, then the loop goes on, sees who else has come, and serves
those who only have a word to say at once. A moment is bounded by time and not by messages, which cost from
some millionths of a second to some thousandths.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

#: Seconds of one turn of the loop that go to those in the row, and to each of them.
SHARE: Final = 0.002
MOMENT: Final = 0.0005
#: Things of one program that may wait, and their bytes together; beyond that the oldest is done at once.
MANY: Final = 256
MUCH: Final = 16 * 1024 * 1024
T = TypeVar("T")


class Waiting(Protocol):
    """Somebody with more to be done."""

    def go_on(self, until: float) -> bool:
        """Do some of it, something in any case, until that moment of the loop; True if there is more."""
        ...


class Row:
    """Those who wait, in one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Waiting] = deque()
        self._soon = False
        self._served: set[Waiting] = set()

    def join(self, one: Waiting) -> None:
        """Wait for a moment. Nobody may stand in the row twice."""
        self._waiting.append(one)
        self._come_back()

    def first(self, one: Waiting) -> bool:
        """True once for everybody in a turn of the loop."""
        if one in self._served:
            return False
        if not self._served:
            self._loop.call_soon(self._served.clear)
        self._served.add(one)
        return True

    def time(self) -> float:
        """The loop's time."""
        return self._loop.time()

    def _come_back(self) -> None:
        if self._waiting and not self._soon:
            self._soon = True
            # At once, but as a timer: a turn of the loop does what is due soon, then what has come, then the
            # timers. So a word that has just come is heard before the row, not after one more share of it.
            self._loop.call_at(self._loop.time(), self._turn)

    def _turn(self) -> None:
        self._soon = False
        now = self._loop.time()
        end = now + SHARE
        while self._waiting and now < end:
            one = self._waiting.popleft()
            if one.go_on(min(end, now + MOMENT)):
                self._waiting.append(one)
            now = self._loop.time()
        self._come_back()


_ROWS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, Row]] = WeakKeyDictionary()


def row_of(loop: asyncio.AbstractEventLoop) -> Row:
    """The row of a loop."""
    found = _ROWS.get(loop)
    if found is None:
        found = _ROWS[loop] = Row(loop)
    return found


class Said(Generic[T]):
    """What one program has said and is not done. The first thing of a turn of the loop is done at once.

    Without a row (in tests, without a loop) everything is.
    """

    def __init__(self, row: Row | None, do: Callable[[T], None]) -> None:
        self._row = row
        self._do = do
        #: What waits, and the bytes of each.
        self._due: deque[tuple[T, int]] = deque()
        self._size = 0
        self._waits = False
        self._then: Callable[[], None] | None = None

    def add(self, thing: T, size: int = 0) -> None:
        """Do it, now or when its turn comes. ``size``: bytes that it takes while it waits."""
        if self._row is None or (not self._due and self._row.first(self)):
            self._do(thing)
            return
        self._due.append((thing, size))
        self._size += size
        while len(self._due) > MANY or self._size > MUCH:
            self._next()
        if not self._waits and self._due:
            self._waits = True
            self._row.join(self)

    def go_on(self, until: float) -> bool:
        """Do some of it."""
        while self._due:
            self._next()
            if self._row is None or self._row.time() >= until:
                break
        self._waits = bool(self._due)
        if self._then is not None and not self._waits:
            self._then()
        return self._waits

    def part(self, then: Callable[[], None]) -> None:
        """Nothing more will be added: do what is left when its turn comes, then call ``then``."""
        if self._waits:
            self._then = then
        else:
            then()

    def finish(self) -> None:
        """Do all that is left, at once."""
        while self._due:
            self._next()

    def _next(self) -> None:
        thing, size = self._due.popleft()
        self._size -= size
        self._do(thing)
