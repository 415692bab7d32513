"""What all ways in over byte streams share: one connection, its messages in, its messages out.

Theory of fairness. A program may send thousands of messages in one piece. It waits in a row with others that
did (``ringback.transport.turns``), and meanwhile nothing more is read from it. What a program said before it
left is still done; only when we send it away is the rest dropped.

Theory of sending. What is due in one turn of the loop leaves in one piece. What a program has not taken is
its backlog; the session bounds it (``ringback.session.sessions.BACKLOG_LIMIT``).

Theory of leaving. A program may say all it has to say, close its half and read the answers (``printf … |
nc -N``). So its end is not ours: the connection ends when every message that came has its answer and the
program has taken it, or after GOODBYE.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections import deque
from typing import ClassVar, Final, cast

from ringback.session.link import Door, Peer, Ticket
from ringback.transport.framing import TooLargeError
from ringback.transport.turns import row_of

_LOG: Final = logging.getLogger(__name__)
#: Descriptors that programs may not use up: a burst of arrivals, sound, files and the store need them.
RESERVE: Final = 256
#: Programs let in at once, and those that may wait at the door.
BURST: Final = 16
WAITING: Final = 1024
#: Messages that are taken as soon as they come; who says more waits in the row for the rest.
FEW: Final = 4
#: Bytes that are looked at in one go.
SLICE: Final = 16 * 1024
#: Seconds that a connection which we end has for its last bytes.
LINGER: Final = 2.0
#: Seconds that a program which has closed its half has for its answers.
GOODBYE: Final = 60.0


def room() -> int:
    """How many programs may be connected to this process at once."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(most - RESERVE, most // 2)


class StreamLink(asyncio.Protocol):
    """One program on a byte stream (implements ``ringback.session.link.Link``).

    A way in says in ``arrived`` who may come, in ``messages`` what bytes mean, in ``framed`` how a message
    looks.
    """

    #: Connections of this process, in all ways.
    connected: ClassVar[int] = 0
    refused: ClassVar[int] = 0

    def __init__(self, way: str, loop: asyncio.AbstractEventLoop) -> None:
        self.peer = Peer(way, "")
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        #: What is under ``_transport`` where that encrypts: bytes wait in both.
        self._lower: asyncio.Transport | None = None
        self._door: Door | None = None
        self._session = 0
        #: Bytes not looked at and messages not taken yet; while there are any, nothing is read.
        self._unread = b""
        self._due: deque[str] = deque()
        self._busy = False
        #: The program has left before all was taken that it said.
        self._left = False
        self._cutting: asyncio.TimerHandle | None = None
        self._out: list[bytes] = []
        self._unsent = 0
        self._flush_soon = False
        #: Messages without an answer, whether no more will come, and whether it may then stay for answers.
        self._open = 0
        self._parting = False
        self._stays = True
        self._counted = False

    # For each way in --------------------------------------------------------------------------------------

    def arrived(self, transport: asyncio.Transport) -> None:
        """Somebody connected. Calls ``welcome``, now or later, or ``close``."""
        raise NotImplementedError

    def messages(self, data: bytes) -> list[str]:
        """Take bytes, give the messages that are complete. Raises TooLargeError."""
        raise NotImplementedError

    def framed(self, text: str) -> bytes:
        """A message as bytes."""
        raise NotImplementedError

    def taken(self, text: str) -> None:
        """A message came."""
        assert self._door is not None, "welcome"
        self._open += 1
        self._door.received(self._session, None, text)

    def hung_up(self) -> bool:
        """True if it is known that the other end does not read any more either."""
        return False

    def rested(self) -> None:
        """All that came has been taken."""

    def welcome(self, door: Door) -> None:
        """Begin a session."""
        self._door = door
        self._session = door.opened(self)

    # Bytes in ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected; when there are too many, they are sent away."""
        self._transport = cast("asyncio.Transport", transport)
        StreamLink.connected += 1
        self._counted = True
        if StreamLink.connected > room():
            StreamLink.refused += 1
            if StreamLink.refused % 1000 == 1:
                _LOG.warning("%s: sent away: %d programs are connected", self.peer.way, StreamLink.connected)
            self._transport.abort()
            return
        self.arrived(self._transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came; answers to all of them leave in one piece, if they are not too many."""
        if self._transport is None:
            return
        if len(data) <= SLICE and not self._due and not self._unread:
            self._look(data)
            self._take()
        else:
            self._unread += data
        if not self._due and not self._unread:
            self.rested()
        elif not self._busy:
            self._busy = True
            self._transport.pause_reading()
            row_of(self._loop).join(self)

    def go_on(self, until: float) -> bool:
        """Take some more; when nothing is left, read on (implements ``turns.Waiting``)."""
        self._flush_soon = True
        while self._due or self._unread:
            if not self._due:
                data, self._unread = self._unread[:SLICE], self._unread[SLICE:]
                self._look(data)
            if self._due:
                self.taken(self._due.popleft())
            if self._loop.time() >= until:
                break
        self._flush()
        if self._due or self._unread:
            return True
        if self._left:
            self._forget()
        elif self._transport is not None:
            self._busy = False
            self._transport.resume_reading()
            self.rested()
        return False

    def _look(self, data: bytes) -> None:
        try:
            messages = self.messages(data)
        except TooLargeError:
            self.close("a message over 16 MiB")
            return
        if self._transport is not None or self._left:
            self._due.extend(messages)

    def _take(self) -> None:
        self._flush_soon = True
        for _ in range(min(len(self._due), FEW)):
            if self._due:
                self.taken(self._due.popleft())
        self._flush()

    def eof_received(self) -> bool:
        """The program closed its half. Returns True if it is to stay for its answers."""
        self._flush()
        if self._transport is None or not self._owes or not self._stays or self.hung_up():
            return False
        self._parting = True
        self._cut_in(GOODBYE, self._transport)
        # TLS is kept open otherwise, and takes this for a mistake (ringback.transport.tls.half_open).
        return self._lower is None

    def connection_lost(self, exc: Exception | None) -> None:
        """The program is gone."""
        StreamLink.connected -= self._counted
        self._counted = False
        if self._cutting is not None:
            # Not for tidiness: to abort a transport that has closed may be an error in asyncio.
            self._cutting.cancel()
        if self._transport is not None and (self._due or self._unread):
            self._transport = None
            self._left = True
        elif not self._left:
            self._forget()

    def _forget(self) -> None:
        """Nothing goes in or out any more."""
        self._transport = None
        self._left = False
        self._unread = b""
        self._due.clear()
        self._out.clear()
        self._unsent = 0
        door, self._door = self._door, None
        if door is not None:
            door.closed(self._session)

    # Messages out -----------------------------------------------------------------------------------------

    @property
    def _owes(self) -> bool:
        """True while something that came has no answer."""
        return bool(self._open or self._due or self._unread)

    @property
    def backlog(self) -> int:
        """Bytes not yet taken by the program."""
        if self._transport is None:
            return 0
        waiting = self._unsent + self._transport.get_write_buffer_size()
        return waiting if self._lower is None else waiting + self._lower.get_write_buffer_size()

    def answer(self, ticket: Ticket, text: str) -> None:
        """Send an answer."""
        self._open -= 1
        self.notify(text)

    def notify(self, text: str) -> None:
        """Send a message, in one piece with others that are due now."""
        if self._transport is not None:
            self._put(self.framed(text))

    def _put(self, piece: bytes) -> None:
        self._out.append(piece)
        self._unsent += len(piece)
        if not self._flush_soon:
            self._flush_soon = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_soon = False
        if self._out and self._transport is not None:
            self._transport.write(self._out[0] if len(self._out) == 1 else b"".join(self._out))
        self._out.clear()
        self._unsent = 0
        if self._parting and not self._owes and self._transport is not None:
            # What it has not taken yet is still sent; the session is over.
            self._parting = False
            self._transport.close()
            self._forget()

    def close(self, reason: str) -> None:
        """End the connection. What is due now is still said if the program has taken all before it."""
        if self._transport is None:
            return
        _LOG.warning("%s: session %d closed: %s", self.peer.way, self._session, reason)
        self._end()

    def leave(self, transport: asyncio.Transport) -> None:
        """End a connection whose program has taken all; it is cut after LINGER seconds at the latest."""
        transport.close()

    def _end(self) -> None:
        assert self._transport is not None
        transport, self._parting = self._transport, False
        if self.backlog > self._unsent:
            transport.abort()
        else:
            self._flush()
            self.leave(transport)
            self._cut_in(LINGER, transport)
        self._forget()

    def _cut_in(self, seconds: float, transport: asyncio.Transport) -> None:
        """End the connection then, if the program has not done so."""
        if self._cutting is not None:
            self._cutting.cancel()
        self._cutting = self._loop.call_later(seconds, transport.abort)
