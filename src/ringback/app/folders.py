"""The folders in which programs that come over TCP or WebSocket may name files (design §4).

A path is looked at twice: as it is spelled, so that a place outside is never touched, not even to find out
whether something is there; then as the system sees it, through symbolic links and ``..``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


class Folders:
    """Some folders of this machine, with all that is in them. None of them: no file at all."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(Path(os.path.abspath(folder)) for folder in folders)  # noqa: PTH100 - links stay

    def hold(self, path: str) -> bool:
        """True if an absolute path leads into one of them. Anything else does not, a ``~`` included."""
        if not self._folders or not path.startswith("/"):
            return False
        try:
            real = tuple(folder.resolve() for folder in self._folders)
            spelled = Path(os.path.normpath(path))
            return _inside(spelled, (*self._folders, *real)) and _inside(Path(path).resolve(), real)
        except (OSError, ValueError, RuntimeError):  # a NUL, a name too long, links in a circle
            return False


def _inside(path: Path, folders: Sequence[Path]) -> bool:
    return any(folder in path.parents for folder in folders)
