"""What the command ``ringback`` ends with, said once: code, help texts and docs come from here."""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class Exit(IntEnum):
    """Exit codes of all commands. Ended by a signal is said as shells say it: 128 and its number."""

    OK = 0
    #: ``run`` could not start; an answer was an ERROR; something that was looked at does not work.
    FAILED = 1
    WRONG_USE = 2
    NO_ENGINE = 3
    REFUSED = 4
    TIMEOUT = 5
    #: A fault of ours; the message says where.
    FAULT = 70
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143
