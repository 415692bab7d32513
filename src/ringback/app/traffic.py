"""What programs and the engine say to each other, for the log at debug level; without bodies and secrets."""

from __future__ import annotations

import logging
from typing import Final

from ringback.protocol.discretion import discreet
from ringback.protocol.registry import LANGUAGE
from ringback.session.access import described
from ringback.session.link import Door, Link, Peer, Ticket

_LOG: Final = logging.getLogger(__name__)


def watched(door: Door, account: str) -> Door:
    """The door, and what goes through it in the log if the log is that detailed."""
    return WatchedDoor(door, account) if _LOG.isEnabledFor(logging.DEBUG) else door


class WatchedDoor:
    """Logs and hands on (implements ``ringback.session.link.Door``)."""

    def __init__(self, door: Door, account: str) -> None:
        self._door = door
        self._account = account

    def opened(self, link: Link) -> int:
        """A program connected."""
        watched_link = WatchedLink(link, self._account)
        watched_link.session = self._door.opened(watched_link)
        _LOG.debug(
            "%s/%d connected over %s",
            self._account,
            watched_link.session,
            described(link.peer),
            extra={"account": self._account, "session": watched_link.session},
        )
        return watched_link.session

    def received(self, session: int, ticket: Ticket, text: str) -> None:
        """A program said something."""
        log(self._account, session, "->", discreet(LANGUAGE, text, ours=False))
        self._door.received(session, ticket, text)

    def closed(self, session: int) -> None:
        """A program is gone."""
        log(self._account, session, "is", "gone")
        self._door.closed(session)


class WatchedLink:
    """Logs and hands on (implements ``ringback.session.link.Link``)."""

    def __init__(self, link: Link, account: str) -> None:
        self._link = link
        self._account = account
        self.session = 0

    @property
    def peer(self) -> Peer:
        """Who is there."""
        return self._link.peer

    @property
    def backlog(self) -> int:
        """Bytes not taken yet."""
        return self._link.backlog

    def answer(self, ticket: Ticket, text: str) -> None:
        """Send an answer."""
        log(self._account, self.session, "<-", discreet(LANGUAGE, text, ours=True))
        self._link.answer(ticket, text)

    def notify(self, text: str) -> None:
        """Send a notification."""
        log(self._account, self.session, "<~", discreet(LANGUAGE, text, ours=True))
        self._link.notify(text)

    def close(self, reason: str) -> None:
        """End the connection."""
        self._link.close(reason)


def log(account: str, session: int, arrow: str, text: str) -> None:
    """One line: whose account, which session, which way, what."""
    _LOG.debug("%s/%d %s %s", account, session, arrow, text, extra={"account": account, "session": session})
