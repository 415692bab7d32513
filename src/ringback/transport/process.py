"""What the system tells of the process at the other end."""

from __future__ import annotations

from pathlib import Path


def executable(pid: int) -> str | None:
    """The path of a process's program, or None: it is gone, or it is somebody else's."""
    try:
        return str(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        return None
