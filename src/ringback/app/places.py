"""What programs that come over TCP or WebSocket may name of this machine (ADR 11)."""

from __future__ import annotations

from collections.abc import Sequence

from ringback.app.folders import Folders
from ringback.protocol.values import Place


def port_range(text: str) -> range:
    """``5001`` or ``5000-5010``, both ends included. Raises ValueError."""
    first, dash, last = text.strip().partition("-")
    ends = (first, last if dash else first)
    if not all(end.isascii() and end.isdecimal() and len(end) < 6 for end in ends):
        raise ValueError(f"{text!r} is no port and no range of ports")
    low, high = map(int, ends)
    if not 0 < low <= high < 65536:
        raise ValueError(f"{text!r}: ports are from 1 to 65535, the lower one first")
    return range(low, high + 1)


class Places:
    """Files in some folders, some ports for sound. None of them: nothing at all."""

    def __init__(self, folders: Folders, ports: Sequence[range] = ()) -> None:
        self._folders = folders
        self._ports = tuple(ports)

    def hold(self, place: Place) -> bool:
        """True if a path or a port is one of those given."""
        if isinstance(place, int):
            return any(place in some for some in self._ports)
        return self._folders.hold(place)
