"""Where the time comes from."""

from __future__ import annotations

from typing import Protocol

from ringback.domain.time import Instant


class Clock(Protocol):
    """Reads both clocks at once."""

    def now(self) -> Instant:
        """The current moment."""
        ...
