"""Sums and joins of blocks, in plain Python: a call mixes a block or two each ten milliseconds."""

from __future__ import annotations

import sys
from array import array
from operator import add
from typing import Final

from ringback.ports.media import BLOCK_SAMPLES, SILENCE

if sys.byteorder != "little":
    raise ImportError("samples are little-endian, and so must be the machine")

_LOUDEST: Final = 32767
#: How loud the earlier one of two joined blocks is at each sample; the later one has the rest.
_FALLING: Final = tuple((BLOCK_SAMPLES - n) / BLOCK_SAMPLES for n in range(BLOCK_SAMPLES))


def mixed(blocks: list[bytes]) -> bytes:
    """The sum of some blocks, cut off at the loudest level there is. Silence costs nothing."""
    heard = [block for block in blocks if block != SILENCE]
    if not heard:
        return SILENCE
    total = array("h", heard[0])
    for block in heard[1:]:
        levels = array("h", block)
        try:
            total = array("h", map(add, total, levels))
        except OverflowError:
            total = array("h", [_cut(a + b) for a, b in zip(total, levels, strict=True)])
    return total.tobytes()


def _cut(level: int) -> int:
    return max(-_LOUDEST - 1, min(_LOUDEST, level))


def faded(earlier: bytes, later: bytes) -> bytes:
    """One block that begins as ``earlier`` and ends as ``later``, so that a join makes no click."""
    pairs = zip(array("h", earlier), array("h", later), _FALLING, strict=True)
    return array("h", [round(a * part + b * (1 - part)) for a, b, part in pairs]).tobytes()
