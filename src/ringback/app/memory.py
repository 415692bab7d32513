"""Memory of huge messages goes back to the system, so that one rude program does not leave a fat process."""

from __future__ import annotations

import contextlib
import ctypes
from typing import Final

#: glibc's parameter M_MMAP_THRESHOLD. Setting it stops the library from raising it by itself, after which
#: freed blocks of many megabytes would stay in its heap below smaller ones that are still in use.
_MMAP_THRESHOLD: Final = -3
#: M_TRIM_THRESHOLD: how much may be free at the end of the heap before that is given back.
_TRIM_THRESHOLD: Final = -1
#: Above asyncio's own read buffer, 256 KiB and a header: to map that anew for each read cost more than the
#: command that was read.
_LARGE_BLOCK: Final = 512 * 1024


def give_back_large_blocks() -> None:
    """Have every large block mapped by itself and unmapped when freed; without glibc nothing changes."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    mallopt(_MMAP_THRESHOLD, _LARGE_BLOCK)
    mallopt(_TRIM_THRESHOLD, 2 * _LARGE_BLOCK)


def give_back_free_blocks() -> None:
    """Give back what lies free between blocks in use: many messages of a middling size leave such holes.

    Takes some milliseconds for each hundred megabytes; without glibc nothing happens.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
