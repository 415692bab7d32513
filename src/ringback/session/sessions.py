"""Attached programs of one account: the attach table, protocol versions, the pushed lines, who hears what.

Theory of attaching (reference: Using the Skype API on Linux; design §4). A program is a stranger until its
NAME is answered OK; a stranger may only say NAME and PING, everything else is refused with a bare
``ERROR 68``. A named program works at protocol 1 until it says PROTOCOL; each PROTOCOL sets the version.
Once, after the first PROTOCOL answer, it is told CONNSTATUS, CURRENTUSERHANDLE and USERSTATUS, a moment
later, because some programs only start to listen after that answer; whatever else there is to notify waits
behind these lines, answers do not.

Pure: moments come in, ``next_deadline`` says when ``advance`` wants to be called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

from ringback.protocol.errors import WireError
from ringback.protocol.lexer import split_id, word
from ringback.protocol.values import NEWEST
from ringback.session.link import Link, Peer, Ticket
from ringback.session.quirks import NONE, Quirk, quirk_of

#: Seconds between the first PROTOCOL answer and the pushed lines.
PUSH_DELAY: Final = 0.1
#: Bytes that a program may leave unread before it is detached.
BACKLOG_LIMIT: Final = 64 * 1024 * 1024
REFUSED: Final = "ERROR 68"


@unique
class Stage(Enum):
    """How far a program has come."""

    STRANGER = "stranger"
    NAMED = "named"
    SPEAKING = "speaking"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Command:
    """A command for the dispatcher; its answer goes back through ``Sessions.answer``."""

    session: int
    ticket: Ticket
    id: str
    text: str
    version: int


@dataclass(slots=True)
class Session:
    """One attached program."""

    number: int
    link: Link
    stage: Stage = Stage.STRANGER
    program: str = ""
    version: int = 1
    quirk: Quirk = NONE
    push_at: float | None = None
    waiting: list[str] = field(default_factory=list)
    delayed: list[tuple[float, Ticket, str]] = field(default_factory=list)

    @property
    def attached(self) -> bool:
        """True once its NAME was accepted."""
        return self.stage in (Stage.NAMED, Stage.SPEAKING)


Allowed = Callable[[Peer, str], bool]
Greeting = Callable[[int], tuple[str, ...]]


class Sessions:
    """All programs of one account. ``greeting`` makes the pushed lines for a version."""

    def __init__(self, allowed: Allowed, greeting: Greeting, log: Callable[[str], None]) -> None:
        self._allowed = allowed
        self._greeting = greeting
        self._log = log
        self._sessions: dict[int, Session] = {}
        self._last = 0
        #: False after the user signed out: NAME is answered CONNSTATUS OFFLINE.
        self.signed_in = True

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._sessions.values()))

    def opened(self, link: Link) -> int:
        """A program connected."""
        self._last += 1
        self._sessions[self._last] = Session(self._last, link)
        return self._last

    def closed(self, number: int) -> Session | None:
        """A program is gone; returns what it was, so that what it owned can be released."""
        session = self._sessions.pop(number, None)
        if session is not None:
            session.stage = Stage.GONE
        return session

    def received(self, number: int, ticket: Ticket, text: str, now: float) -> Command | None:
        """One message came. What belongs to attaching is answered here, the rest is for the dispatcher."""
        session = self._sessions.get(number)
        if session is None:
            return None
        command_id, command = split_id(text)
        if session.attached and command[:1] not in "NPnp \t\r\n":
            return Command(number, ticket, command_id, command, session.version)
        verb, rest = word(command)
        verb = verb.upper()
        if verb == "PING":
            answer = "PONG"
        elif verb == "NAME":
            answer = self._name(session, rest.strip())
        elif not session.attached:
            answer = REFUSED
        elif verb == "PROTOCOL":
            answer = self._protocol(session, rest.strip(), now)
        else:
            return Command(number, ticket, command_id, command, session.version)
        self.answer(number, ticket, command_id, answer, now)
        return None

    def _name(self, session: Session, name: str) -> str:
        if not self.signed_in:
            return "CONNSTATUS OFFLINE"
        if not name:
            return WireError(1).line() if session.attached else REFUSED
        if not self._allowed(session.link.peer, name):
            return REFUSED
        session.program = name
        session.quirk = quirk_of(name)
        if not session.attached:
            session.stage = Stage.NAMED
        return "OK"

    def _protocol(self, session: Session, number: str, now: float) -> str:
        if not number.isascii() or not number.isdecimal() or not int(number[:9]):
            return WireError(27).line()
        session.version = min(int(number[:9]), NEWEST)
        if session.stage is Stage.NAMED:
            session.stage = Stage.SPEAKING
            session.push_at = now + PUSH_DELAY
        return f"PROTOCOL {session.version}"

    def answer(self, number: int, ticket: Ticket, command_id: str, text: str, now: float) -> None:
        """Give the answer to one message, with its id in front."""
        session = self._sessions.get(number)
        if session is None:
            return
        if command_id:
            text = f"{command_id} {text}"
        if session.quirk.answer_delay:
            session.delayed.append((now + session.quirk.answer_delay, ticket, text))
        else:
            session.link.answer(ticket, text)
            self._watch(session)

    def versions(self) -> set[int]:
        """The protocol versions that notifications are needed for."""
        return {s.version for s in self._sessions.values() if s.attached}

    def notify(self, lines: dict[int, tuple[str, ...]]) -> None:
        """Tell every attached program, each in its version."""
        for session in list(self._sessions.values()):
            if not session.attached:
                continue
            for line in lines.get(session.version, ()):
                if session.push_at is not None:
                    session.waiting.append(line)
                else:
                    session.link.notify(line)
            self._watch(session)

    def _watch(self, session: Session) -> None:
        if session.link.backlog > BACKLOG_LIMIT:
            self._log(f"session {session.number} ({session.program}) does not read: detached")
            session.link.close("too much unread")

    def next_deadline(self) -> float | None:
        """When ``advance`` wants to be called."""
        moments = [s.push_at for s in self._sessions.values() if s.push_at is not None]
        moments += [s.delayed[0][0] for s in self._sessions.values() if s.delayed]
        return min(moments, default=None)

    def advance(self, now: float) -> None:
        """Push what is due, give answers that were held back."""
        for session in list(self._sessions.values()):
            while session.delayed and session.delayed[0][0] <= now + 1e-6:
                _, ticket, text = session.delayed.pop(0)
                session.link.answer(ticket, text)
            if session.push_at is not None and session.push_at <= now + 1e-6:
                session.push_at = None
                waiting, session.waiting = session.waiting, []
                for line in (*self._greeting(session.version), *waiting):
                    session.link.notify(line)
            self._watch(session)

    def sign_out(self) -> None:
        """The user signed out: everybody is told and detached."""
        self.signed_in = False
        for session in list(self._sessions.values()):
            if session.attached:
                session.link.notify("USERSTATUS LOGGEDOUT")
                session.link.notify("CONNSTATUS LOGGEDOUT")
                session.stage = Stage.STRANGER
                session.version = 1
