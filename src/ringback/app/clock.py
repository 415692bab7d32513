"""The clock of the machine."""

from __future__ import annotations

import time

from ringback.domain.time import Instant


class SystemClock:
    """Implements ``ringback.ports.clock.Clock``."""

    def now(self) -> Instant:
        """Both clocks, read together."""
        return Instant(time.time(), time.monotonic())  # noqa: TID251 - this is the clock port
