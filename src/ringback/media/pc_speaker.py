"""The little speaker inside of a machine, which beeps where no loudspeaker is (reference: PCSPEAKER).

Linux offers it as an input device that takes tones (``EV_SND``, ``SND_TONE``). Without the device, or without
leave to write to it, it stays silent.
"""

from __future__ import annotations

import logging
import os
import struct
from pathlib import Path
from typing import Final

_LOG: Final = logging.getLogger(__name__)
DEVICE: Final = Path("/dev/input/by-path/platform-pcspkr-event-spkr")
#: struct input_event: time (two longs, ignored), type, code, value.
_EVENT: Final = struct.Struct("@llHHi")
_EV_SND, _SND_TONE = 0x12, 0x02
#: Hertz of the beep; blocks that it sounds and pauses, again and again: two short ones, a pause.
PITCH: Final = 880
CADENCE: Final = ((30, True), (20, False), (30, True), (220, False))


class PcSpeaker:
    """Beeps as long as it is told to, on the media clock."""

    def __init__(self, device: Path = DEVICE) -> None:
        self._device = device
        self._file: int | None = None
        self._wanted = False
        self._sounding = False
        self._passed = 0

    def ring(self, wanted: bool) -> None:
        """Begin to ring, or end it."""
        if wanted == self._wanted:
            return
        self._wanted, self._passed = wanted, 0
        if not wanted:
            self._close()
            return
        try:
            self._file = os.open(self._device, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            _LOG.debug("no PC speaker: %s", error)

    def tick(self) -> None:
        """A block's time passes."""
        if self._file is None:
            return
        place = self._passed % sum(blocks for blocks, _ in CADENCE)
        self._passed += 1
        for blocks, loud in CADENCE:
            if place < blocks:
                self._sound(loud)
                return
            place -= blocks

    def _sound(self, loud: bool) -> None:
        if loud == self._sounding or self._file is None:
            return
        self._sounding = loud
        try:
            os.write(self._file, _EVENT.pack(0, 0, _EV_SND, _SND_TONE, PITCH if loud else 0))
        except OSError as error:
            _LOG.warning("PC speaker: %s", error)
            os.close(self._file)
            self._file = None

    def _close(self) -> None:
        self._sound(False)
        if self._file is not None:
            os.close(self._file)
        self._file, self._sounding = None, False
