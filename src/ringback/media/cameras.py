"""The cameras of the machine by name; pictures are not taken yet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: Where Linux tells of its cameras.
LINUX: Final = Path("/sys/class/video4linux")


def cameras(folder: Path = LINUX) -> tuple[str, ...]:
    """The names as people see them; nothing on machines that have no such folder."""
    found: dict[str, None] = {}
    for place in sorted(folder.glob("video*/name")):
        try:
            found[" ".join(place.read_text(encoding="utf-8", errors="replace").split())] = None
        except OSError:
            continue
    return tuple(found)
