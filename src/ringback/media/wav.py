"""WAV files as ends of routes."""

from __future__ import annotations

import fcntl
import logging
import os
import stat
import struct
import sys
import wave
from array import array
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from ringback.ports.media import BLOCK_BYTES, BLOCK_SAMPLES, RATE, SILENCE

_LOG: Final = logging.getLogger(__name__)
#: Blocks after which the header is made true again, so that a killed process leaves a readable file.
HEADER_EVERY: Final = 100
_LARGEST: Final = 0xFFFFFFFF - 1024
#: Samples a second that a file may have: below, a small file would become a huge sound; above, a block of the
#: call would be a huge read.
SLOWEST: Final = 1000
FASTEST: Final = 384_000


class UnusableSoundError(OSError):
    """The file is no sound that can be played. An OSError, as every trouble with a route's end is."""


class _Reader:
    """Mono signed 16-bit samples at RATE from any PCM WAV, read and converted piece by piece.

    Linear interpolation between rates: good enough for speech, whose band is far below both.
    """

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._sound = wave.open(file)  # noqa: SIM115 - the caller owns the file
        except (wave.Error, EOFError, struct.error) as error:
            raise UnusableSoundError(f"no PCM WAV: {error}") from None
        self._channels = self._sound.getnchannels()
        self._width = self._sound.getsampwidth()
        self._rate = self._sound.getframerate()
        usable = SLOWEST <= self._rate <= FASTEST and self._width in (1, 2, 3, 4)
        if not self._channels or not usable:
            raise UnusableSoundError("no PCM WAV")
        #: Read and mixed, at the file's own rate; the first of them is number ``_first`` of the file.
        self._levels = array("h")
        self._first = 0
        self._ended = False
        self._given = 0

    def take(self, count: int) -> bytes:
        """The next ``count`` samples; fewer at the end of the file."""
        start = self._given * self._rate // RATE
        self._gather((self._given + count) * self._rate // RATE + 2)
        there = self._first + len(self._levels)
        if self._ended:
            count = max(0, min(count, there * RATE // self._rate - self._given))
        out = array("h")
        if self._rate == RATE:
            out = self._levels[start - self._first : start - self._first + count]
        else:
            for position in range(self._given, self._given + count):
                whole, part = divmod(position * self._rate, RATE)
                left = self._levels[whole - self._first]
                right = self._levels[min(whole + 1, there - 1) - self._first]
                out.append(left + (right - left) * part // RATE)
        self._given += count
        passed = min(self._given * self._rate // RATE, there) - self._first
        if passed > 0:
            del self._levels[:passed]
            self._first += passed
        if sys.byteorder == "big":
            out.byteswap()
        return out.tobytes()

    def _gather(self, until: int) -> None:
        while not self._ended and self._first + len(self._levels) < until:
            # Both the header and the file's length may lie: what can be read counts.
            raw = self._sound.readframes(max(BLOCK_SAMPLES, until - self._first - len(self._levels)))
            self._ended = not raw
            self._levels += _mixed(_levels(raw, self._width), self._channels)


def samples(data: bytes) -> bytes:
    """A whole WAV as mono signed 16-bit little-endian samples at RATE. Raises UnusableSoundError."""
    reader = _Reader(BytesIO(data))
    pieces = []
    while piece := reader.take(RATE):
        pieces.append(piece)
    return b"".join(pieces)


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


def _open(path: Path, flags: int) -> BinaryIO:
    """Open without waiting for anybody: no pipe and no terminal may hold the engine up."""
    number = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o666)
    if flags == os.O_RDONLY and not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise UnusableSoundError("no file")
    return os.fdopen(
        number, "rb" if flags == os.O_RDONLY else "wb", buffering=-1 if flags == os.O_RDONLY else 0
    )


class WavSource:
    """Plays a file once from its start, then silence. A long file is read as it is played."""

    def __init__(self, path: Path) -> None:
        self._file = _open(path, os.O_RDONLY)
        self._over = False
        try:
            self._reader = _Reader(self._file)
        except OSError:
            self._file.close()
            raise

    @property
    def over(self) -> bool:
        """The file has been played."""
        return self._over

    def read(self) -> bytes:
        """The next block."""
        block = self._reader.take(BLOCK_SAMPLES)
        self._over = len(block) < BLOCK_BYTES
        return block + SILENCE[len(block) :]

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


def _claim(file: BinaryIO) -> None:
    """Empty a file that nobody else writes. Raises OSError if somebody does, here or in another process."""
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError("somebody else writes this file") from None
    except OSError as error:
        _LOG.debug("no locks on this file system: %s", error)
    file.truncate(0)


class WavSink:
    """Writes a file; whatever happens to the process, what was written can be played.

    It is the only one that does: two recordings in one file would spoil each other. Raises OSError.
    """

    def __init__(self, path: Path) -> None:
        self._file = _open(path, os.O_WRONLY | os.O_CREAT)
        self._bytes = 0
        self._blocks = 0
        self._whole = True
        try:
            _claim(self._file)
            self._header()
        except OSError:
            self._file.close()
            raise

    def writes(self, path: Path) -> bool:
        """Is it this file that it writes?"""
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), path.stat())
        except OSError:
            return False

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
