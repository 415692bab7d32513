"""Waiting for what comes by itself, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(
    true: Callable[[], object],
    seconds: float = 10.0,
    told: Callable[[], object] = lambda: "it never came true",
) -> None:
    """Wait until a function gives something true; fails with what is ``told`` when it never does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, told()
        time.sleep(0.01)
