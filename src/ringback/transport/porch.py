"""What TCP and WebSocket share: whoever knocks waits on the porch until it has shown a token (design §4).

Theory. Anybody who can reach the port may connect, so a stranger must cost little and can do nothing: it gets
PATIENCE seconds and ALLOWANCE bytes to show a token, and of STRANGERS at once the oldest has to go when one
more comes. So a flood of strangers takes the place of none who shows its token at once, and of nobody inside.
A TLS handshake counts as standing on the porch.

The token says which account is meant. It is looked up again now and then: when it was changed, those who came
in with the old one are sent away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, TypeAlias

from ringback.protocol.lexer import split_id, word
from ringback.session.link import Door, Peer
from ringback.transport.stream import StreamLink
from ringback.transport.tls import Tls, half_open

_LOG: Final = logging.getLogger(__name__)
#: Seconds that a stranger has for everything until its token.
PATIENCE: Final = 10.0
#: Bytes that a stranger may say until then.
ALLOWANCE: Final = 64 * 1024
#: Strangers on one port at once.
STRANGERS: Final = 64
#: Seconds between looks at whether the tokens are still right.
LOOK_AGAIN: Final = 5.0
#: So many who were sent away have a line in the log each, then one of so many.
LOGGED: Final = 20
LOGGED_EVERY: Final = 100

#: The door that a token opens, or None.
Doors: TypeAlias = Callable[[str], Door | None]


class Porch:
    """The strangers and the guests of one port."""

    def __init__(
        self, way: str, doors: Doors, loop: asyncio.AbstractEventLoop, tls: Tls | None = None
    ) -> None:
        self.way = way
        self.loop = loop
        self.tls = tls
        self._doors = doors
        #: In the order of their coming, each with its time-out.
        self._strangers: dict[GuestLink, asyncio.TimerHandle] = {}
        self._guests: dict[GuestLink, tuple[str, Door]] = {}
        self._looking = loop.call_later(LOOK_AGAIN, self._look_again)
        self._sent_away = 0

    def enter(self, link: GuestLink) -> None:
        """Somebody knocks."""
        if len(self._strangers) >= STRANGERS:
            next(iter(self._strangers)).refuse("shows no token, and others wait")
        self._strangers[link] = self.loop.call_later(PATIENCE, link.refuse, "shows no token")

    def admit(self, link: GuestLink, token: str) -> Door | None:
        """The door for a token; from now on the link is a guest."""
        door = self._doors(token)
        if door is None:
            return None
        self._strangers.pop(link).cancel()
        self._guests[link] = token, door
        return door

    def left(self, link: GuestLink) -> None:
        """A stranger or a guest is gone."""
        self._guests.pop(link, None)
        waiting = self._strangers.pop(link, None)
        if waiting is not None:
            waiting.cancel()

    def _look_again(self) -> None:
        # Nobody's token is looked up, too, so that one which is gone is made anew while nobody comes.
        now = {"": self._doors("")}
        for guest, (token, door) in list(self._guests.items()):
            if token not in now:
                now[token] = self._doors(token)
            if now[token] is not door:
                guest.close("its token is not valid any more")
        self._looking = self.loop.call_later(LOOK_AGAIN, self._look_again)

    def note(self, link: GuestLink, reason: str) -> None:
        """Somebody is sent away; a flood of them leaves few lines."""
        self._sent_away += 1
        if self._sent_away <= LOGGED or self._sent_away % LOGGED_EVERY == 0:
            who = f"{link.peer.address} sent away: {reason}"
            _LOG.warning("%s: %s (%d in all)", self.way, who, self._sent_away)

    def stop(self) -> None:
        """Everybody goes."""
        for link in [*self._strangers, *self._guests]:
            link.part()
        self._looking.cancel()


class GuestLink(StreamLink):
    """One program that came to a port: a stranger until it has shown a token."""

    def __init__(self, porch: Porch) -> None:
        super().__init__(porch.way, porch.loop)
        self._porch = porch
        self._said = 0
        #: While TLS is being agreed on; and what came before we know that it was.
        self._securing: asyncio.Future[None] | None = None
        self._early = b""

    def arrived(self, transport: asyncio.Transport) -> None:
        """Somebody knocks."""
        # Who has left already has no address.
        host, port = (transport.get_extra_info("peername") or ("nowhere", 0))[:2]
        self.peer = Peer(self._porch.way, endpoint(host, port), confined=True, entitled=True)
        self._porch.enter(self)
        if self._porch.tls is not None:
            transport.pause_reading()
            self._securing = asyncio.ensure_future(self._secure(transport, self._porch.tls))

    async def _secure(self, lower: asyncio.Transport, tls: Tls) -> None:
        try:
            # Before the first byte is looked at.
            self._loop.call_soon(self._keep_half, lower)
            upper = await self._loop.start_tls(
                lower, self, tls.context(), server_side=True, ssl_handshake_timeout=PATIENCE
            )
        except OSError as error:  # what is wrong with TLS included
            self.refuse(f"no TLS: {getattr(error, 'reason', None) or type(error).__name__}")
            self.connection_lost(error)
            return
        if self._transport is None or upper is None or upper.is_closing():
            # It was sent away meanwhile, or left.
            self.connection_lost(None)
            return
        self._lower, self._transport = lower, upper
        self._securing = None
        early, self._early = self._early, b""
        over, self._parting = self._parting, False
        self.data_received(early)
        if over:
            self.eof_received()
            if not self._parting and self._transport is not None:
                self._transport.close()

    def _keep_half(self, lower: asyncio.Transport) -> None:
        self._stays = half_open(lower, lambda: self._parting, lambda: self._busy)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._securing is None:
            super().data_received(data)
        else:
            self._early += data

    def eof_received(self) -> bool:
        """The program closed its half."""
        if self._securing is None:
            return super().eof_received()
        # All that it said is still to be looked at.
        self._parting = self._stays
        return False

    def _look(self, data: bytes) -> None:
        if self._door is None:
            self._said += len(data)
            if self._said > ALLOWANCE:
                self.refuse("says much and shows no token")
                return
        super()._look(data)

    def taken(self, text: str) -> None:
        """A message came; the first must be the token."""
        if self._door is not None:
            super().taken(text)
            return
        command_id, said = split_id(text)
        verb, token = word(said)
        if verb.upper() != "TOKEN":
            self.refuse("speaks before it has shown a token")
        elif not self.show(token):
            self.refuse("wrong token")
        else:
            self.notify(f"{command_id} OK".lstrip())

    def show(self, token: str) -> bool:
        """A token was shown; a right one begins a session."""
        door = self._porch.admit(self, token.strip())
        if door is None:
            return False
        self.welcome(door)
        return True

    def refuse(self, reason: str) -> None:
        """Send a stranger away."""
        if self._transport is not None:
            self._porch.note(self, reason)
            self._end()
        elif self._left:
            self._forget()

    def part(self) -> None:
        """End the connection, because we end."""
        if self._transport is not None:
            self._end()

    def _end(self) -> None:
        if self._securing is None or self._transport is None:
            super()._end()
        else:
            self._transport.abort()
            self._forget()

    def _forget(self) -> None:
        self._porch.left(self)
        super()._forget()


def endpoint(host: str, port: int) -> str:
    """An address as people write it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
