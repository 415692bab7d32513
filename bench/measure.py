"""Measuring in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

#: Turns of each side.
TURNS = 15


def compared(turns: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Ours and the floor of a row, of what both did in each turn.

    A machine has moods, in which both are fast or both are slow; the median of one side may be of one mood,
    the other's of another. So the ratio is taken in each turn, and their median counts. What is given for the
    floor is what stands in this ratio to our median.
    """
    ours = statistics.median(a for a, _ in turns)
    return ours, ours / statistics.median(a / b for a, b in turns)


def in_turns(ours: Callable[[], T], floor: Callable[[], T], count: int = TURNS) -> list[tuple[T, T]]:
    """Both in many short turns, after one warm-up each; who is first changes."""
    ours(), floor()
    turns = []
    for number in range(count):
        if number % 2:
            b, a = floor(), ours()
        else:
            a, b = ours(), floor()
        turns.append((a, b))
    return turns


def paired(ours: Callable[[], float], floor: Callable[[], float]) -> tuple[float, float]:
    """What is ``compared`` of both ``in_turns``."""
    return compared(in_turns(ours, floor))


def rate(act: Callable[[], object], count: int) -> float:
    """How often a second."""
    begun = time.perf_counter()
    for _ in range(count):
        act()
    return count / (time.perf_counter() - begun)
