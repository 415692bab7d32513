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


def earliest(*moments: float | None) -> float | None:
    """The first of some moments, of which any may be none."""
    first = None
    for moment in moments:
        if moment is not None and (first is None or moment < first):
            first = moment
    return first
