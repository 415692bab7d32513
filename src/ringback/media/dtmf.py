"""Keypad tones as sound, made and heard (ITU-T Q.23 and Q.24).

A key is two sine waves at once, one for its row and one for its column.
"""

from __future__ import annotations

import math
from array import array
from functools import cache
from typing import Final

from ringback.domain.keypad import PAUSE_SECONDS, TONE_SECONDS
from ringback.ports.media import BLOCK_BYTES, BLOCK_SAMPLES, BLOCK_SECONDS, RATE, SILENCE

#: Hertz of rows and columns.
ROWS: Final = (697, 770, 852, 941)
COLUMNS: Final = (1209, 1336, 1477, 1633)
KEYS: Final = ("123A", "456B", "789C", "*0#D")
FREQUENCIES: Final = {
    key: (ROWS[row], COLUMNS[column]) for row, keys in enumerate(KEYS) for column, key in enumerate(keys)
}
#: Blocks of a tone and of the pause behind it; 40 ms of each must be understood.
TONE_BLOCKS: Final = round(TONE_SECONDS / BLOCK_SECONDS)
PAUSE_BLOCKS: Final = round(PAUSE_SECONDS / BLOCK_SECONDS)
#: Level of each of the two waves; both together stay below full scale.
LEVEL: Final = 10_000
#: Samples over which a tone swells and fades, so that it does not click.
EDGE: Final = RATE // 400


@cache
def tone(key: str) -> tuple[bytes, ...]:
    """The sound of a key, block by block, with the pause behind it. Raises KeyError for what is no key.

    It is computed once: that takes a good part of the time of a block.
    """
    low, high = FREQUENCIES[key]
    length = TONE_BLOCKS * BLOCK_SAMPLES
    wave = array(
        "h",
        (
            int(
                LEVEL
                * min(1.0, n / EDGE, (length - n) / EDGE)
                * (math.sin(math.tau * low * n / RATE) + math.sin(math.tau * high * n / RATE))
            )
            for n in range(length)
        ),
    ).tobytes()
    blocks = [wave[start : start + BLOCK_BYTES] for start in range(0, len(wave), BLOCK_BYTES)]
    return (*blocks, *[SILENCE] * PAUSE_BLOCKS)


#: Blocks that are looked at together: 20 ms tell the rows apart.
_WINDOW: Final = 2
#: A window with less than this mean square holds no tone (about -45 dB of full scale).
_QUIET: Final = 30_000.0
#: Share of a window's power that must lie in the two waves; speech spreads it.
_PURE: Final = 0.75
#: How much louder one wave may be than the other: 8 dB.
_TWIST: Final = 6.3
#: Windows in a row that must hold the same key: 40 ms.
_STEADY: Final = 2


class ToneEar:
    """Hears keys in sound (implements ``ringback.ports.media.ToneEar``): Goertzel's filter for each wave."""

    def __init__(self) -> None:
        self._window = bytearray()
        self._last = ""
        self._times = 0

    def hear(self, block: bytes) -> str:
        """Take a block; gives the key that was recognised with it, once for each press, else nothing."""
        self._window += block
        if len(self._window) < _WINDOW * BLOCK_BYTES:
            return ""
        samples = array("h", bytes(self._window))
        self._window.clear()
        key = _key(samples)
        self._times = self._times + 1 if key == self._last else 1
        self._last = key
        return key if self._times == _STEADY else ""


def _key(samples: array[int]) -> str:
    """The key that sounds in these samples, or nothing."""
    count = len(samples)
    power = sum(s * s for s in samples) / count
    if power < _QUIET:
        return ""
    rows = [_power(samples, frequency) for frequency in ROWS]
    low = max(rows)
    # Speech ends here mostly, before the columns are computed.
    if low < power * _PURE / (1 + _TWIST):
        return ""
    columns = [_power(samples, frequency) for frequency in COLUMNS]
    high = max(columns)
    if low + high < power * _PURE or not high / _TWIST <= low <= high * _TWIST:
        return ""
    return KEYS[rows.index(low)][columns.index(high)]


def _power(samples: array[int], frequency: int) -> float:
    """Mean square of the wave of ``frequency`` in the samples (Goertzel)."""
    factor = 2.0 * math.cos(math.tau * frequency / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    count = len(samples)
    return 2.0 * (last * last + before * before - factor * last * before) / (count * count)
