"""Between a sound card's thread and the media clock: blocks wait here, few enough for talk to stay talk.

Two clocks meet: the card takes or gives so many samples a second by its own quartz, the media clock ticks
by the machine's. The card also moves several blocks at once. So a ring keeps a margin of blocks, as few as
have proved enough: each time it runs dry the margin grows by one, each quiet half minute it shrinks. What
is left at the lowest point of two seconds tells how the clocks differ: too much, and two blocks are joined
into one; too little, and one is played a little longer (both faded, so that nothing clicks). A quartz that
is a ten-thousandth off costs one such block in a hundred seconds.

Both sides may run at once: the queue's own operations cannot be cut in half, and everything else belongs to
one side. Counters are for people: blocks shed and added, times it ran dry.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from ringback.media.mixing import faded
from ringback.ports.media import BLOCK_BYTES, SILENCE

#: Blocks that are left at the lowest point, at first and at most.
MARGIN: Final = 3
WIDEST: Final = 20
#: Blocks after which the lowest point is looked at (two seconds), and a margin may shrink (half a minute).
WINDOW: Final = 200
QUIET: Final = 3000
#: Blocks above the margin that are let go at once: the media clock was held up and made up for it.
FLOOD: Final = 30
#: Blocks kept for a media clock that is held up.
LONGEST: Final = 60
#: Blocks written while the card asks for nothing, more than the media clock makes up for at once: the card
#: sleeps.
ASLEEP: Final = 60


class _Pace:
    """How many blocks should be left, and how many are too many or too few. ``least``: at the best."""

    def __init__(self, least: int = MARGIN) -> None:
        self.margin = self._least = least
        self._lowest = LONGEST
        self._seen = 0
        self._quiet = 0

    def surplus(self, left: int) -> int:
        """Told how many blocks are left at a tick; says how many to shed, -1 to add one, nearly always 0."""
        self._lowest = min(self._lowest, left)
        self._seen += 1
        self._quiet += 1
        if self._quiet >= QUIET and self.margin > self._least:
            self.margin -= 1
            self._quiet = 0
        if self._seen < WINDOW:
            return 0
        lowest = self._lowest
        self._begin()
        if lowest == 0:
            return -1
        return max(0, lowest - self.margin - 1)

    def enough(self, piece: int) -> int:
        """How many blocks there must be to begin, with a card that moves ``piece`` of them at once."""
        return min(self.margin + piece, LONGEST)

    def ran_dry(self) -> None:
        """The margin was too small."""
        self.margin = min(WIDEST, self.margin + 1)
        self._quiet = 0
        self._begin()

    def _begin(self) -> None:
        self._lowest, self._seen = LONGEST, 0


class OutputRing:
    """Towards a loudspeaker: the media clock writes blocks, the card's thread reads samples.

    moved: samples that the card has asked for. dry, shed, added: see the module.
    """

    def __init__(self) -> None:
        self._blocks: deque[bytes] = deque(maxlen=LONGEST)
        self._rest = bytearray()
        self._pace = _Pace()
        self._playing = False
        self._last = SILENCE
        self._told_dry = 0
        self._piece = 1
        self._told_moved = 0
        self._asleep = 0
        self.moved = self.dry = self.shed = self.added = 0

    @property
    def waiting(self) -> int:
        """Blocks that are not played yet."""
        return len(self._blocks)

    def write(self, block: bytes) -> None:
        """The media clock's side: a block to play."""
        if self.dry > self._told_dry:
            self._told_dry = self.dry
            self._pace.ran_dry()
        left = len(self._blocks)
        if self._playing:
            surplus = self._pace.surplus(left)
            if left > self._pace.margin + FLOOD:
                surplus = left - self._pace.margin
            if surplus > 0:
                block = self._shed(surplus, block)
            elif surplus < 0:
                self.added += 1
                self._blocks.append(faded(block, self._last))
        self._doze(left)
        self._last = block
        self._blocks.append(block)

    def _doze(self, left: int) -> None:
        """Of what a sleeping card will hear when it wakes up, only the newest is of use."""
        if self.moved != self._told_moved:
            self._told_moved, self._asleep = self.moved, 0
            return
        self._asleep += 1
        if self._asleep > ASLEEP:
            for _ in range(left - self._pace.margin - self._piece):
                self._blocks.popleft()
                self.shed += 1

    def _shed(self, surplus: int, block: bytes) -> bytes:
        last = None
        for _ in range(surplus):
            try:
                last = self._blocks.pop()
            except IndexError:
                break
            self.shed += 1
        return block if last is None else faded(last, block)

    def read(self, samples: int) -> bytes:
        """The card's side: that many samples, silence where there are none."""
        wanted = samples * 2
        self.moved += samples
        self._piece = -(-wanted // BLOCK_BYTES)
        if not self._playing:
            if len(self._blocks) < self._pace.enough(self._piece):
                return bytes(wanted)
            self._playing = True
        rest = self._rest
        while len(rest) < wanted:
            try:
                rest += self._blocks.popleft()
            except IndexError:
                self.dry += 1
                self._playing = False
                rest += bytes(wanted - len(rest))
        given = bytes(rest[:wanted])
        del rest[:wanted]
        return given


class InputRing:
    """From a microphone: the card's thread writes samples, the media clock reads blocks.

    margin: blocks that are left at the lowest point when all goes well. moved: samples that the card has
    given. lost: blocks that nobody fetched in time.
    """

    def __init__(self, margin: int = MARGIN) -> None:
        self._blocks: deque[bytes] = deque()
        self._rest = bytearray()
        self._piece = 1
        self._pace = _Pace(margin)
        self._playing = False
        self._last = SILENCE
        self.moved = self.dry = self.shed = self.added = self.lost = 0

    @property
    def waiting(self) -> int:
        """Blocks that were not read yet."""
        return len(self._blocks)

    def write(self, samples: bytes) -> None:
        """The card's side: samples, however many."""
        self.moved += len(samples) // 2
        rest = self._rest
        rest += samples
        self._piece = max(1, len(rest) // BLOCK_BYTES)
        while len(rest) >= BLOCK_BYTES:
            self._blocks.append(bytes(rest[:BLOCK_BYTES]))
            del rest[:BLOCK_BYTES]
        while len(self._blocks) > LONGEST:
            try:
                self._blocks.popleft()
            except IndexError:
                break
            self.lost += 1

    def read(self) -> bytes:
        """The media clock's side: the next block, silence if there is none."""
        if not self._playing:
            if len(self._blocks) < self._pace.enough(self._piece):
                return SILENCE
            self._playing = True
        try:
            block = self._blocks.popleft()
        except IndexError:
            self._playing = False
            self.dry += 1
            self._pace.ran_dry()
            return SILENCE
        surplus = self._pace.surplus(len(self._blocks))
        if surplus > 0:
            block = self._shed(surplus, block)
        elif surplus < 0:
            self.added += 1
            self._blocks.appendleft(block)
            block = faded(block, self._last)
        self._last = block
        return block

    def _shed(self, surplus: int, block: bytes) -> bytes:
        last = block
        for _ in range(surplus):
            try:
                last = self._blocks.popleft()
            except IndexError:
                break
            self.shed += 1
        return faded(block, last)
