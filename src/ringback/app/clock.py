"""The clock of the machine, and a loop that lives on it."""

from __future__ import annotations

import asyncio
import selectors
import time

from ringback.domain.time import Instant


class SystemClock:
    """Implements ``ringback.ports.clock.Clock``. ``speed``: how many times as fast monotonic time passes."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed

    def now(self) -> Instant:
        """Both clocks, read together."""
        return Instant(time.time(), time.monotonic() * self._speed)  # noqa: TID251 - this is the clock port


class _HastySelector(selectors.DefaultSelector):
    """Waits the shorter time that a fast clock needs."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait ``timeout`` seconds of the fast clock."""
        return super().select(timeout if timeout is None else timeout / self._speed)


class FastLoop(asyncio.SelectorEventLoop):
    """A loop whose clock runs ``speed`` times as fast: timers, deadlines and the media clock with it.

    For tests only: a call of half a minute takes a second, and everything but the clock is the real thing.
    Agrees with ``SystemClock(speed)``.
    """

    def __init__(self, speed: float) -> None:
        super().__init__(_HastySelector(speed))
        self._speed = speed

    def time(self) -> float:
        """Monotonic seconds of the fast clock."""
        return super().time() * self._speed
