"""How targets read their input."""

from __future__ import annotations


class Bytes:
    """Reads an input from its front; when it is used up, everything is nought."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __bool__(self) -> bool:
        return bool(self._data)

    def number(self, below: int) -> int:
        first, self._data = self._data[:1], self._data[1:]
        return (first[0] if first else 0) % below

    def pick(self, choices):
        return choices[self.number(len(choices))]

    def line(self) -> str:
        """Up to the next 0xFF, which no text contains."""
        raw, _, self._data = self._data.partition(b"\xff")
        return raw.decode("utf-8", "replace")
