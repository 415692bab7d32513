"""Sound over TCP: the engine connects to a port on which the program listens (reference: Voice streams).

Raw mono signed 16-bit little-endian samples at 16 kHz. A connection is a source (INPUT) or a sink (OUTPUT,
CAPTURE_MIC).

*Clarifications.* Nothing a program says is lost: one that writes a whole file at once is read as fast as
the call plays it (TCP holds it back). One that speaks live is played CUSHION behind at first, so that its
pieces may come irregularly; of what it turns out not to need a pause in its speech is shortened. What such
a program says while nobody listens (it rings, or the call is on hold) is not heard later: it would be late
for the rest of the call. A program that does not read loses what does not fit into LONGEST; the call never
waits.
"""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections.abc import Callable
from typing import Final, TypeAlias, cast

from ringback.ports.media import BLOCK_BYTES, BLOCK_SECONDS, SILENCE

_LOG: Final = logging.getLogger(__name__)
#: Sound kept in either direction for a program that is too slow or too fast: two seconds.
LONGEST: Final = 200 * BLOCK_BYTES
#: Connections under way at once; one that nobody accepts holds a descriptor for five seconds.
DIALLING: Final = 64
#: Blocks gathered before a pause in the program's sound ends, so that its next pieces may be late.
CUSHION: Final = 6
#: Blocks in which it is looked for how many were left at least (a second); a program that has more of them
#: left is ahead of its own will.
WINDOW: Final = 100
AHEAD: Final = 2 * CUSHION
#: Blocks of quiet after which a pause is one, and what is quiet: at most so loud, of 32,767.
PAUSE: Final = 20
QUIET: Final = 64
#: Bytes that came while nobody listened, from which on they count as spoken live: unless they came faster, at
#: any time, than so many times as fast as they are played and so many seconds ahead.
TOLD: Final = 50 * BLOCK_BYTES
HASTE: Final = 1.25
LEAP: Final = 0.3
#: Seconds that a program has to read what was written when the call ended.
LINGER: Final = 5.0
GONE: Final = "the program closed its voice port"

#: Told once: the connection that stands, or why it does not.
Dialled: TypeAlias = Callable[["TcpPcm | None", str], None]


class _Patience:
    """How much of what waits need not wait. A program whose sound ran out is given more time, for good."""

    def __init__(self) -> None:
        #: Blocks that shall be left when fewest are, and those that a pause may be shortened by.
        self._margin, self.spare = 1, 0
        self._lowest, self._seen = LONGEST, 0
        self._still = 0

    def ran_out(self) -> None:
        """Nothing was left."""
        self._margin = min(CUSHION, self._margin + 1)
        self._begin()

    def look(self, left: int) -> None:
        """Told after each block how many are left."""
        self._lowest = min(self._lowest, left)
        self._seen += 1
        if self._seen == WINDOW:
            lowest = self._lowest
            self._begin()
            self.spare = max(0, lowest - self._margin) if lowest <= AHEAD else 0

    def _begin(self) -> None:
        self._lowest, self._seen, self._still, self.spare = LONGEST, 0, 0, 0

    def paused(self, block: bytes) -> bool:
        """Has the program been quiet for a while, also in this block?"""
        levels = array("h", block)
        self._still = self._still + 1 if max(levels) <= QUIET and min(levels) >= -QUIET else 0
        return self._still > PAUSE


class TcpPcm(asyncio.Protocol):
    """One connection. The first ``write`` makes it a sink: what the program sends there is thrown away.

    ``now``: tells seconds that only grow.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._transport: asyncio.Transport | None = None
        self._heard = bytearray()
        self._playing = False
        self._waited = 0
        self._patience = _Patience()
        #: Bytes since the last read, when the first of them came, and did they come faster than one speaks?
        self._came = 0
        self._first = 0.0
        self._rushed = False
        self._held_back = False
        self._takes = False
        self._dropped = 0
        self._ended = False
        self._broken = False
        self._told = False
        self._lingering: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The program accepted."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The program went away, or we closed."""
        self._ended = self._broken = True
        if self._lingering is not None:
            self._lingering.cancel()
        if self._dropped:
            _LOG.warning("voice port was too slow: %d bytes of sound dropped", self._dropped)

    def eof_received(self) -> bool:
        """The program has said all it wants to say; it may go on listening."""
        self._ended = True
        return True

    def data_received(self, data: bytes) -> None:
        """Sound from the program."""
        if self._takes:
            return
        if not self._came:
            self._first, self._rushed = self._now(), False
        self._came += len(data)
        spoken = self._came / BLOCK_BYTES * BLOCK_SECONDS
        self._rushed = self._rushed or spoken > (self._now() - self._first) * HASTE + LEAP
        self._heard += data
        if len(self._heard) <= LONGEST or self._held_back or self._transport is None:
            return
        if self._was_live():
            self._catch_up()
        else:
            self._held_back = True
            self._transport.pause_reading()

    def _was_live(self) -> bool:
        """Did what came since the last read come no faster than somebody speaks?"""
        return self._came >= TOLD and not self._rushed

    def _catch_up(self) -> None:
        """Keep only the newest of what nobody has heard."""
        del self._heard[: max(0, len(self._heard) - CUSHION * BLOCK_BYTES) // 2 * 2]

    @property
    def over(self) -> bool:
        """The program said all it wants to say, and it was played."""
        return self._told

    def read(self) -> bytes:
        """The next block; silence while nothing is there. Raises OSError once, after the last block."""
        if self._came:
            if self._was_live():
                self._catch_up()
            self._came = 0
        waiting = len(self._heard) // 2 * 2
        if not self._playing:
            if not waiting:
                self._tell_end()
                return SILENCE
            self._waited += 1
            if not self._ended and waiting < CUSHION * BLOCK_BYTES and self._waited <= CUSHION:
                return SILENCE
            self._waited = 0
        self._playing = waiting >= BLOCK_BYTES
        block = bytes(self._heard[: min(BLOCK_BYTES, waiting)])
        del self._heard[: len(block)]
        if self._playing:
            block = self._hurry(block)
        else:
            self._patience.ran_out()
        if self._held_back and len(self._heard) <= LONGEST // 2:
            self._read_on()
        return block + SILENCE[len(block) :]

    def _hurry(self, block: bytes) -> bytes:
        """The block, or in a pause one of those behind it that are as quiet."""
        patience = self._patience
        patience.look(len(self._heard) // BLOCK_BYTES)
        if patience.spare and patience.paused(block):
            following = bytes(self._heard[:BLOCK_BYTES])
            if len(following) == BLOCK_BYTES and patience.paused(following):
                del self._heard[:BLOCK_BYTES]
                patience.spare -= 1
        return block

    def _read_on(self) -> None:
        self._held_back = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _tell_end(self) -> None:
        if self._ended and not self._told:
            self._told = True
            raise ConnectionError(GONE)

    def write(self, block: bytes) -> None:
        """Send a block. Raises OSError once when the program is gone."""
        if not self._takes:
            self._takes = True
            self._heard.clear()
            if self._held_back:
                self._read_on()
        if self._broken or self._transport is None:
            self._ended = True
            self._tell_end()
            return
        if self._transport.get_write_buffer_size() > LONGEST:
            self._dropped += len(block)
            return
        self._transport.write(block)

    def close(self) -> None:
        """End the connection; what was written is still delivered to a program that reads."""
        if self._transport is None or self._broken:
            return
        self._transport.close()
        if self._transport.get_write_buffer_size():
            loop = asyncio.get_running_loop()
            self._lingering = loop.call_later(LINGER, self._transport.abort)


class TcpDialer:
    """Connects to programs' ports on this machine."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._dialling: set[asyncio.Task[None]] = set()

    def dial(self, port: int, dialled: Dialled) -> None:
        """Connect to 127.0.0.1:port; ``dialled`` is called once, later."""
        if len(self._dialling) >= DIALLING:
            self._loop.call_soon(dialled, None, "too many connections under way")
            return
        task = self._loop.create_task(self._dial(port, dialled))
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)

    async def _dial(self, port: int, dialled: Dialled) -> None:
        try:
            async with asyncio.timeout(5):
                _, protocol = await self._loop.create_connection(
                    lambda: TcpPcm(self._loop.time), "127.0.0.1", port
                )
        except (OSError, TimeoutError) as error:
            dialled(None, str(error) or "timed out")
        else:
            dialled(protocol, "")
