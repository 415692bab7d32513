"""What the doctor finds: how a thing is, and what to do about it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

#: Seconds in which a thing that is looked at must answer.
PATIENCE: Final = 5.0
_T = TypeVar("_T")


class Verdict(Enum):
    """How a thing is."""

    OK = "ok"
    NOTE = "note"
    TROUBLE = "NO"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, and what to do about it."""

    verdict: Verdict
    what: str
    remedy: str = ""


def ok(what: str) -> Finding:
    """It works."""
    return Finding(Verdict.OK, what)


def note(what: str, remedy: str = "") -> Finding:
    """Somebody should know it."""
    return Finding(Verdict.NOTE, what, remedy)


def trouble(what: str, remedy: str = "") -> Finding:
    """Somebody wants it, and it does not work."""
    return Finding(Verdict.TROUBLE, what, remedy)


def patiently(look: Callable[[], _T]) -> _T:
    """What it gives, or raises, from a thread that may be left behind. Raises TimeoutError."""
    answers: queue.SimpleQueue[tuple[_T | None, Exception | None]] = queue.SimpleQueue()

    def answer() -> None:
        try:
            answers.put((look(), None))
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            answers.put((None, error))

    threading.Thread(target=answer, daemon=True).start()
    try:
        found, error = answers.get(timeout=PATIENCE)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return found  # type: ignore[return-value]
