"""How the command line looks: colour only where it is wanted, and nothing that could play with a terminal."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TextIO

import click

#: Columns when nobody says how wide it is.
WIDTH: Final = 80
#: Errors of a file that takes no more.
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: What we say, what we are answered, what we are told.
ASKED, ANSWERED, TOLD, DIM = "cyan", "yellow", "green", "bright_black"


def printable(text: str) -> str:
    """The text without characters that steer a terminal: people's names and messages come from outside."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def counted(number: int, noun: str) -> str:
    """How many there are, in words that fit."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of the place that is written to."""

    width: int = WIDTH
    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> Look:
        """A terminal gets its own width, and colours unless NO_COLOR is set or it is dumb."""
        if not stream.isatty():
            return cls()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(max(40, shutil.get_terminal_size((WIDTH, 24)).columns), not plain)

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour, if there are colours."""
        return click.style(text, fg=colour) if self.colour else text


def forsake_output() -> None:
    """Write no more: the interpreter flushes once more at its end, and must not stumble again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Output:
    """Standard output, whose reader may leave first (``ringback trace | head``)."""

    def __init__(self) -> None:
        #: Told why nobody reads any more.
        self.left: Callable[[OSError], None] = lambda _error: None
        self._open = True

    def say(self, line: str) -> None:
        """Print a line. When nobody reads any more, ``left`` is called once and the rest goes nowhere."""
        if not self._open:
            return
        try:
            click.echo(line)
        except OSError as error:  # a closed pipe, a terminal that is gone, a full disk
            self._open = False
            forsake_output()
            self.left(error)

    def close(self) -> None:
        """Let go what others wrote and is not out: a terminal that is gone takes it no more."""
        try:
            sys.stdout.flush()
        except OSError as error:
            forsake_output()
            if error.errno in NO_ROOM:
                raise
