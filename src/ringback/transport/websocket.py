"""WebSocket: for pages in a browser, and for whoever finds it handier than TCP (design §4).

One text frame is one message. The token comes as the first message or as a subprotocol
(``ringback.token.<hex>``, which is all that a page can put into the opening), never in the address, where it
would be kept in histories and logs. A page says where it is from (Origin); only pages of this machine and
those that were named may come, and programs, which say nothing.

The library's protocol object does the protocol and no input or output (docs/adr/0014-websocket.md). There is
no compression: to squeeze a secret of ours and a text of a stranger together tells the secret's length, and
on this machine it only costs time and memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import SEND_EOF, State
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from ringback.session.link import Door
from ringback.session.sessions import BACKLOG_LIMIT
from ringback.transport.framing import LARGEST
from ringback.transport.porch import GuestLink, Porch

_LOG: Final = logging.getLogger(__name__)
#: A page may offer this one beside the token, so that the token is not sent back to it.
PLAIN: Final = "ringback"
WITH_TOKEN: Final = "ringback.token."
#: Pages of this machine, whatever serves them.
THIS_MACHINE: Final = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?")
#: Seconds without a word from a guest, after which it is asked whether it is there; it has as long to answer.
SILENCE: Final = 30.0
#: Bytes of the longest reason that a closing frame has room for.
_LONGEST_REASON: Final = 123
#: The library would write the token into the log.
_SILENT: Final = logging.Logger("silent", logging.CRITICAL + 1)


class WebSocketLink(GuestLink):
    """One program that came over WebSocket. ``origins``: pages that may come, besides those from here."""

    def __init__(self, porch: Porch, origins: Sequence[str] = ()) -> None:
        super().__init__(porch)
        self._protocol = ServerProtocol(
            origins=[None, THIS_MACHINE, *map(Origin, origins)],
            select_subprotocol=lambda _protocol, offered: self._subprotocol(offered),
            max_size=LARGEST,
            logger=_SILENT,
        )
        self._token = ""
        #: What has come of a message whose last frame is still to come.
        self._part = bytearray()
        #: The end has been said, and what was wrong if we say it.
        self._over = False
        self._fault = ""
        #: Since the last look: was it heard, was it asked.
        self._heard = self._asked = False
        self._timer: asyncio.TimerHandle | None = None

    # In ---------------------------------------------------------------------------------------------------

    def messages(self, data: bytes) -> list[str]:
        """Take bytes, give messages; what the protocol itself has to answer is answered."""
        self._heard = True
        texts: list[str] = []
        if self._protocol.state is State.CONNECTING:
            data = self._to_opening(data)
        if data:
            self._protocol.receive_data(data)
            for event in self._protocol.events_received():
                if self._fault:
                    break
                assert isinstance(event, Frame), "the opening is over"
                self._frame(event, texts)
        self._pass_on()
        if self.backlog > BACKLOG_LIMIT:
            self.close("too much unread")  # it asks by pings, and no session sees these
        return texts

    def _to_opening(self, data: bytes) -> bytes:
        """Take bytes up to the end of the opening; returns what follows it.

        Line by line, or the library reads and answers frames behind a request that has no answer yet.
        """
        lines = iter(data.splitlines(keepends=True))
        for line in lines:
            self._protocol.receive_data(line)
            for event in self._protocol.events_received():
                assert isinstance(event, Request), "the opening comes first"
                self._opening(event)
                return b"".join(lines)
        return b""

    def _opening(self, request: Request) -> None:
        protocol = self._protocol
        response = protocol.accept(request)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            if protocol.origin is not None:
                self.peer = replace(self.peer, address=f"{self.peer.address} ({protocol.origin[:200]})")
            if self._token and not self.show(self._token):
                self._fault = "wrong token"
                response = protocol.reject(HTTPStatus.UNAUTHORIZED, "The token is not valid.\n")
        self._token = ""
        protocol.send_response(response)

    def _subprotocol(self, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        tokens = [one for one in offered if one.startswith(WITH_TOKEN)]
        self._token = tokens[0].removeprefix(WITH_TOKEN) if tokens else ""
        return Subprotocol(PLAIN) if PLAIN in offered else next(iter(tokens), None)

    def _frame(self, frame: Frame, texts: list[str]) -> None:
        match frame.opcode:
            case Opcode.BINARY:
                self._fail(CloseCode.UNSUPPORTED_DATA, "a message is one text frame")
            case Opcode.TEXT | Opcode.CONT:
                self._part += frame.data
                if not frame.fin:
                    return
                try:
                    # A NUL, which no message can hold, is dropped.
                    texts.append(self._part.decode().replace("\0", ""))
                except UnicodeDecodeError:
                    self._fail(CloseCode.INVALID_DATA, "not UTF-8")
                self._part.clear()
            case _:
                pass  # pings and closing: the protocol has answered

    def rested(self) -> None:
        """All that came has been taken; if the end was among it, this is the end."""
        if not self._over or self._transport is None:
            return
        protocol = self._protocol
        fault = self._fault or protocol.handshake_exc or protocol.parser_exc
        if self._door is None:
            self.refuse(f"no opening: {str(fault)[:200]!r}")
        else:
            if fault is not None:
                _LOG.warning("ws: session %d closed: %s", self._session, fault)
            self._end()

    # Out --------------------------------------------------------------------------------------------------

    def framed(self, text: str) -> bytes:
        """A message as one text frame; nothing once the end has been said."""
        if self._protocol.state is not State.OPEN:
            return b""
        self._protocol.send_text(text.replace("\0", "").encode("utf-8", "replace"))
        return b"".join(self._protocol.data_to_send())

    def _pass_on(self) -> None:
        for piece in self._protocol.data_to_send():
            if piece == SEND_EOF:
                self._over = True
            else:
                self._put(piece)

    def _fail(self, code: CloseCode, reason: str) -> None:
        self._fault = self._fault or reason
        if self._protocol.state is State.OPEN:
            self._protocol.fail(code, reason.encode()[:_LONGEST_REASON].decode("utf-8", "ignore"))

    def refuse(self, reason: str) -> None:
        """Send a stranger away, and say why if the opening is over."""
        if self._transport is not None:
            self._fail(CloseCode.POLICY_VIOLATION, reason)
            self._pass_on()
        super().refuse(reason)

    def close(self, reason: str) -> None:
        """End the session, and say why."""
        if self._transport is not None:
            self._fail(CloseCode.POLICY_VIOLATION, reason)
            self._pass_on()
            super().close(reason)

    def part(self) -> None:
        """End the connection, because we end."""
        self._fail(CloseCode.GOING_AWAY, "the engine ends")
        self._pass_on()
        super().part()

    def leave(self, transport: asyncio.Transport) -> None:
        """Wait for a guest's own end of the connection, so that it hears ours; strangers get no such time."""
        if self._door is None or not transport.can_write_eof():
            transport.close()
            return
        with contextlib.suppress(OSError):  # it has reset the connection
            transport.write_eof()
        transport.resume_reading()

    # Time -------------------------------------------------------------------------------------------------

    def welcome(self, door: Door) -> None:
        """Begin a session, and have an eye on it."""
        super().welcome(door)
        self._timer = self._loop.call_later(SILENCE, self._look_after)

    def _look_after(self) -> None:
        """A program that is silent is asked whether it is there; what it has not taken yet excuses it."""
        if self._heard or self.backlog:
            self._heard = self._asked = False
        elif not self._asked:
            self._asked = True
            self._protocol.send_ping(b"")
            self._pass_on()
        else:
            self.close("answers no ping")
            return
        self._timer = self._loop.call_later(SILENCE, self._look_after)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super()._forget()
