"""Messages on byte streams (design §4). Pure: bytes in, messages out.

A message ends with a NUL; CR and LF before it are skipped. If the first message of a connection ends in LF
with no NUL before it, the connection is line-framed both ways: one line a message, a line break inside
written ``\\n`` and a backslash ``\\\\``, so that a person can type.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

LARGEST: Final = 16 * 1024 * 1024
_ESCAPED: Final = re.compile(r"\\[nr\\]")
_MEANT: Final = {"\\n": "\n", "\\r": "\r", "\\\\": "\\"}
#: Characters up to which a message's bytes are kept for the next program that gets it.
_REMEMBERED: Final = 4096


class TooLargeError(Exception):
    """A message is larger than any program may send."""


class Framing:
    """Both directions of one connection."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._largest = largest
        self._lines: bool | None = None

    @property
    def by_lines(self) -> bool:
        """True if the program types lines."""
        return bool(self._lines)

    def feed(self, data: bytes) -> list[str]:
        """Take bytes, give the messages that are complete. Raises TooLargeError.

        Bytes that are no UTF-8 are shown as U+FFFD: the command is then answered as what it looks like.
        """
        self._buffer += data
        if self._lines is None:
            self._decide()
        if self._lines is None:
            return []
        if not self._lines and data.endswith(b"\0") and data.count(0) == 1 and len(data) == len(self._buffer):
            # The usual case: one whole message came in one piece.
            if len(data) > self._largest + 1:
                raise TooLargeError
            message = bytes(self._buffer[:-1])
            self._buffer.clear()
            self._searched = 0
            return [message.lstrip(b"\r\n").decode("utf-8", "replace")]
        return self._split()

    def _decide(self) -> None:
        # What was looked at is not looked at again: a program may send its first message byte by byte.
        if not self._searched:
            self._buffer = self._buffer.lstrip(b"\r\n")
        nul, end = self._buffer.find(0, self._searched), self._buffer.find(b"\n", self._searched)
        self._searched = len(self._buffer)
        if nul >= 0 and (end < 0 or nul < end):
            self._lines = False
        elif end >= 0:
            self._lines = True
        elif len(self._buffer) > self._largest:
            raise TooLargeError
        if self._lines is not None:
            self._searched = 0

    def _split(self) -> list[str]:
        mark = b"\n" if self._lines else b"\0"
        messages: list[str] = []
        start = 0
        while (end := self._buffer.find(mark, max(start, self._searched))) >= 0:
            raw = bytes(self._buffer[start:end])
            start = end + 1
            if len(raw) > self._largest:
                raise TooLargeError
            text = (raw.rstrip(b"\r") if self._lines else raw.lstrip(b"\r\n")).decode("utf-8", "replace")
            if self._lines and not text:
                continue
            messages.append(unescaped(text) if self._lines else text)
        if start:
            del self._buffer[:start]
        self._searched = len(self._buffer)
        if len(self._buffer) > self._largest:
            raise TooLargeError
        return messages

    def frame(self, text: str) -> bytes:
        """A message as bytes. A NUL inside, which no message can hold, is dropped."""
        if self._lines:
            return (escaped(text) + "\n").encode("utf-8", "replace")
        return _ended(text) if len(text) <= _REMEMBERED else _ended.__wrapped__(text)


@lru_cache(maxsize=16)
def _ended(text: str) -> bytes:
    """Remembered, since a notification goes to many programs one after the other."""
    return text.replace("\0", "").encode("utf-8", "replace") + b"\0"


def escaped(text: str) -> str:
    """A message as one line."""
    return text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n").replace("\0", "")


def unescaped(line: str) -> str:
    """The message that a line stands for; a backslash before anything else is itself."""
    return _ESCAPED.sub(lambda pair: _MEANT[pair[0]], line)
