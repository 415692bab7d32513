"""A clock that stands until a test lets time pass."""

from __future__ import annotations

from ringback.domain.time import Instant


class FakeClock:
    """``seconds`` pass; ``wall`` is what the clock on the wall showed at their start; it may be set."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.wall = 1_700_000_000.0

    def now(self) -> Instant:
        return Instant(self.wall + self.seconds, self.seconds)
