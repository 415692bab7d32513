"""The sound cards of a process: each is opened once, when a call needs it, and shared by all calls.

Everybody who plays in one pass of the media clock is mixed into one block; everybody who listens gets the
same one. A card is open as long as it is used: whoever stops asking gives it back. One that cannot be
opened, or falls silent, is silence and a line in the log; it is tried again while somebody wants it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from ringback.media.devices import Devices, Direction, Driver, Stream
from ringback.media.mixing import mixed
from ringback.media.rings import InputRing, OutputRing
from ringback.media.worker import Worker
from ringback.ports.media import BLOCK_SAMPLES, SILENCE

_LOG: Final = logging.getLogger(__name__)
#: Blocks that a card stays open without being used, so that what follows at once finds it open.
LINGER: Final = 50
#: Blocks until a card that failed is tried again: two seconds, later half a minute.
RETRY: Final = 200
LATER: Final = 3000
#: Blocks after which a card must have moved sound, and how many times too much is too much.
WATCH: Final = 300
TOO_FAST: Final = 4


class _Card:
    """One device in one direction."""

    def __init__(self, driver: Driver, worker: Worker, direction: Direction, name: str) -> None:
        self._driver = driver
        self._worker = worker
        self._direction = direction
        self._name = name
        self._stream: Stream | None = None
        self._opening = False
        self._unused = 0
        self._pause = 0
        self._failures = 0
        self._watched = 0
        self._moved = 0
        self._output = OutputRing()
        self._input = InputRing()

    @property
    def open(self) -> bool:
        """It runs, or is about to."""
        return self._stream is not None or self._opening

    @property
    def _ring(self) -> OutputRing | InputRing:
        return self._output if self._direction is Direction.OUTPUT else self._input

    def use(self) -> None:
        """Somebody wants it now."""
        self._unused = 0
        if not self.open and not self._pause:
            self._open()

    def write(self, blocks: list[bytes]) -> None:
        """What is played in this pass; what comes before the card is open is not kept for it."""
        if self._stream is not None:
            self._output.write(mixed(blocks))

    def read(self) -> bytes:
        """What is heard in this pass."""
        return SILENCE if self._stream is None else self._input.read()

    def _open(self) -> None:
        self._opening = True
        self._moved = self._watched = 0
        self._worker.do(self._opener(), self._opened)

    def _opener(self) -> Callable[[], Stream]:
        driver, name = self._driver, self._name
        if self._direction is Direction.OUTPUT:
            self._output = OutputRing()
            pull = self._output.read
            return lambda: driver.play(name, pull)
        self._input = InputRing()
        push = self._input.write
        return lambda: driver.record(name, push)

    def _opened(self, result: Stream | Exception) -> None:
        self._opening = False
        if isinstance(result, Exception):
            self._failed(str(result) or type(result).__name__)
        else:
            self._stream = result
            _LOG.debug("%s opened", self)

    def _failed(self, why: str) -> None:
        if not self._failures:
            _LOG.warning("%s: %s; calls go on in silence", self, why)
        self._failures += 1
        self._pause = RETRY if self._failures < 5 else LATER

    def tick(self) -> None:
        """A block's time passes."""
        self._unused += 1
        self._pause = max(0, self._pause - 1)
        if self._stream is None:
            return
        if self._unused > LINGER:
            self.close()
            return
        self._watched += 1
        if self._watched < WATCH:
            return
        moved = self._ring.moved - self._moved
        if 0 < moved < TOO_FAST * WATCH * BLOCK_SAMPLES:
            self._moved, self._watched = self._ring.moved, 0
            if self._failures:
                self._failures = 0
                _LOG.info("%s works again", self)
            return
        self.close()
        self._failed("it moves no sound" if not moved else "it moves sound too fast")

    def close(self) -> None:
        """Give it back, beside the loop."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        ring = self._ring
        _LOG.debug("%s closed; dry %d, shed %d, added %d", self, ring.dry, ring.shed, ring.added)
        self._worker.do(stream.close, lambda _result: None)

    def __str__(self) -> str:
        return f"{self._direction.value} {self._name or '(default)'}"


class SoundCards:
    """All cards of a process (implements ``ringback.ports.media.Ticker``); without a driver, none."""

    def __init__(self, driver: Driver | None, worker: Worker) -> None:
        self._driver = driver
        self._worker = worker
        self._cards: dict[tuple[Direction, str], _Card] = {}
        self._played: dict[str, list[bytes]] = {}
        self._heard: dict[str, bytes] = {}

    def _used(self, driver: Driver, direction: Direction, name: str) -> _Card:
        card = self._cards.get((direction, name))
        if card is None:
            card = self._cards[direction, name] = _Card(driver, self._worker, direction, name)
        card.use()
        return card

    def play(self, name: str, block: bytes) -> None:
        """Let a loudspeaker sound; what others play in the same pass is added. Never waits, never fails."""
        if self._driver is not None:
            self._used(self._driver, Direction.OUTPUT, name)
            self._played.setdefault(name, []).append(block)

    def listen(self, name: str) -> bytes:
        """A microphone's block of this pass, the same for everybody; silence while it cannot be used."""
        if self._driver is None:
            return SILENCE
        block = self._heard.get(name)
        if block is None:
            block = self._heard[name] = self._used(self._driver, Direction.INPUT, name).read()
        return block

    def find(self, direction: Direction, name: str, found: Callable[[bool, str], None]) -> None:
        """Is there such a device now? ``found`` is told, and why not."""

        def looked(result: Devices | Exception) -> None:
            if isinstance(result, Exception):
                found(False, str(result) or type(result).__name__)
            elif name in result.names(direction):
                found(True, "")
            else:
                known = ", ".join(result.names(direction)) or "none"
                found(False, f"no {direction.value} {name}; there are: {known}")

        if self._driver is None:
            looked(Devices())
        else:
            self._worker.do(self._driver.devices, looked)

    def busy(self) -> bool:
        """True while a card is open, since it must be watched and given back."""
        return any(card.open for card in self._cards.values())

    def tick(self) -> None:
        """A pass of the media clock begins: what was played in the last one goes to the cards."""
        self._heard.clear()
        for name, blocks in self._played.items():
            self._cards[Direction.OUTPUT, name].write(blocks)
        self._played.clear()
        for card in self._cards.values():
            card.tick()

    def stop(self) -> None:
        """Give all cards back."""
        for card in self._cards.values():
            card.close()
