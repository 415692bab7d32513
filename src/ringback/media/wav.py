"""WAV files as ends of routes."""

from __future__ import annotations

import os
import struct
import sys
import wave
from array import array
from io import BytesIO
from pathlib import Path
from typing import Final

from ringback.ports.media import BLOCK_BYTES, RATE, SILENCE

#: Blocks after which the header is made true again, so that a killed process leaves a readable file.
HEADER_EVERY: Final = 100
_LARGEST: Final = 0xFFFFFFFF - 1024
#: Samples a second that a file must have at least.
SLOWEST: Final = 1000


class UnusableSoundError(OSError):
    """The file is no sound that can be played. An OSError, as every trouble with a route's end is."""


def samples(data: bytes) -> bytes:
    """Mono signed 16-bit little-endian samples at RATE from any PCM WAV. Raises UnusableSoundError."""
    try:
        with wave.open(BytesIO(data)) as sound:
            channels, width, rate = sound.getnchannels(), sound.getsampwidth(), sound.getframerate()
            raw: bytes = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError, struct.error) as error:
        raise UnusableSoundError(f"no PCM WAV: {error}") from None
    # Below SLOWEST a small file would become a huge sound.
    if not channels or rate < SLOWEST or width not in (1, 2, 3, 4):
        raise UnusableSoundError("no PCM WAV")
    if (channels, width, rate) == (1, 2, RATE):
        return raw[: len(raw) // 2 * 2]
    return _resampled(_mixed(_levels(raw, width), channels), rate)


def _levels(raw: bytes, width: int) -> array[int]:
    """Samples of any width as 16-bit numbers; unsigned for one byte, as the format has it."""
    if width == 1:
        return array("h", [(byte - 128) << 8 for byte in raw])
    levels = array("h")
    # The two upper bytes of each little-endian sample are its 16-bit value.
    picked = bytearray(len(raw) // width * 2)
    usable = len(raw) // width * width
    picked[0::2] = raw[width - 2 : usable : width]
    picked[1::2] = raw[width - 1 : usable : width]
    levels.frombytes(bytes(picked))
    if sys.byteorder == "big":
        levels.byteswap()
    return levels


def _mixed(levels: array[int], channels: int) -> array[int]:
    if channels == 1:
        return levels
    whole = len(levels) // channels * channels
    return array("h", [sum(levels[i : i + channels]) // channels for i in range(0, whole, channels)])


def _resampled(levels: array[int], rate: int) -> bytes:
    """Linear interpolation; good enough for speech prompts, whose band is far below both rates."""
    if rate != RATE and levels:
        last = len(levels) - 1
        out = array("h")
        for position in range(len(levels) * RATE // rate):
            exact = position * rate / RATE
            left = int(exact)
            part = exact - left
            out.append(int(levels[left] * (1 - part) + levels[min(left + 1, last)] * part))
        levels = out
    if sys.byteorder == "big":
        levels = array("h", levels)
        levels.byteswap()
    return levels.tobytes()


class WavSource:
    """Plays a file once from its start, then silence."""

    def __init__(self, path: Path) -> None:
        # A pipe or a device may have no end, and opening one may wait for ever.
        if not path.is_file():
            raise UnusableSoundError("no file")
        self._samples = samples(path.read_bytes())
        self._position = 0

    def read(self) -> bytes:
        """The next block."""
        block = self._samples[self._position : self._position + BLOCK_BYTES]
        self._position += BLOCK_BYTES
        return block if len(block) == BLOCK_BYTES else block + SILENCE[len(block) :]

    def close(self) -> None:
        """Nothing to give back: the file was read at the start."""


class WavSink:
    """Writes a file; whatever happens to the process, what was written can be played."""

    def __init__(self, path: Path) -> None:
        # O_NONBLOCK: opening a pipe that nobody reads fails instead of waiting for ever.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC
        self._file = os.fdopen(os.open(path, flags, 0o666), "wb", buffering=0)
        self._bytes = 0
        self._blocks = 0
        self._whole = True
        try:
            self._header()
        except OSError:
            self._file.close()
            raise

    def write(self, block: bytes) -> None:
        """Append a block. Raises OSError once when the disk is full; later blocks are dropped."""
        if not self._whole or self._bytes > _LARGEST:
            return
        try:
            written = self._file.write(block)
        except OSError:
            self._whole = False
            raise
        if written != len(block):
            self._whole = False
            raise OSError("disk full")
        self._bytes += len(block)
        self._blocks += 1
        if self._blocks % HEADER_EVERY == 0:
            self._header()

    def _header(self) -> None:
        head = struct.pack(
            "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + self._bytes, b"WAVE", b"fmt ", 16,
            1, 1, RATE, RATE * 2, 2, 16, b"data", self._bytes,
        )  # fmt: skip
        if os.pwrite(self._file.fileno(), head, 0) != len(head):
            raise OSError("disk full")
        self._file.seek(len(head) + self._bytes)

    def close(self) -> None:
        """Make the header true and close. A full disk at the very end leaves the older header."""
        if not self._file.closed:
            try:
                self._header()
            except OSError:
                self._whole = False
            self._file.close()
