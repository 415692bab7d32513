"""Measuring in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

#: Turns of each side.
TURNS = 15


def paired(ours: Callable[[], float], floor: Callable[[], float]) -> tuple[float, float]:
    """Medians of many short turns of each, one after the other, after one warm-up each."""
    ours(), floor()
    a, b = [], []
    for _ in range(TURNS):
        a.append(ours())
        b.append(floor())
    return statistics.median(a), statistics.median(b)


def rate(act: Callable[[], object], count: int) -> float:
    """How often a second."""
    begun = time.perf_counter()
    for _ in range(count):
        act()
    return count / (time.perf_counter() - begun)
