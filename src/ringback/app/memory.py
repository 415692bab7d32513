"""Memory of huge messages goes back to the system, so that one rude program does not leave a fat process."""

from __future__ import annotations

import ctypes
from typing import Final

#: glibc's parameter M_MMAP_THRESHOLD. Setting it stops the library from raising it by itself, after which
#: freed blocks of many megabytes would stay in its heap below smaller ones that are still in use.
_MMAP_THRESHOLD: Final = -3
_LARGE_BLOCK: Final = 256 * 1024


def give_back_large_blocks() -> None:
    """Have every large block mapped by itself and unmapped when freed; without glibc nothing changes."""
    try:
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BLOCK)
    except (AttributeError, OSError):
        return
