"""Moments, handed in from outside; the domain never asks for the time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on two clocks, read together.

    utc: seconds since the Unix epoch (for stamps that people see).
    monotonic: seconds since an arbitrary start, never stepping back (for durations and deadlines).
    """

    utc: float
    monotonic: float

    def stamp(self) -> int:
        """Whole seconds since the epoch, as every TIMESTAMP property shows them."""
        return int(self.utc)
