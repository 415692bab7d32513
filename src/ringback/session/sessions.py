"""Attached programs of one account: the attach table, protocol versions, the pushed lines, who hears what.

Theory of attaching (reference: Using the Skype API on Linux; design §4). A program is a stranger until its
NAME is answered OK; a stranger may only say NAME and PING, everything else is refused with a bare
``ERROR 68``. A named program works at protocol 1 until it says PROTOCOL; each PROTOCOL sets the version.
Once, after the first PROTOCOL answer, it is told CONNSTATUS, CURRENTUSERHANDLE and USERSTATUS, a moment
later, because some programs only start to listen after that answer; whatever else there is to notify waits
behind these lines, answers do not. When the user signs out, every program is told and a stranger again.

Theory of order. Many programs send commands without ids and take the next answer for theirs, so a program
gets its answers in the order of its commands, whoever makes them and however long one takes: each command
keeps a place in ``Session.queue`` until it is answered, and what is ready behind it waits, notifications
included, since they may have been caused by an answer that waits. A command whose answer takes its time
steps aside if the program can tell that answer from others, by its id or because the transport pairs them.

Pure: moments come in, ``next_deadline`` says when ``advance`` wants to be called.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final, TypeAlias

from ringback.protocol.errors import WireError
from ringback.protocol.lexer import split_id, word
from ringback.protocol.values import NEWEST
from ringback.protocol.versions import ASYNCHRONOUS_PONG_IN
from ringback.session.link import Link, Peer, Ticket, octets
from ringback.session.quirks import NONE, Quirk, quirk_of

#: Seconds between the first PROTOCOL answer and the pushed lines, if nobody wants it otherwise.
PUSH_DELAY: Final = 0.1
#: Bytes that a program may leave unread before it is detached.
BACKLOG_LIMIT: Final = 64 * 1024 * 1024
REFUSED: Final = "ERROR 68"
#: The answer to NAME while nobody is signed in.
SIGNED_OUT: Final = "CONNSTATUS OFFLINE"
#: What programs are told when the user signs out (reference: USERSTATUS, CONNSTATUS; programs.md 1.1).
LAST_WORDS: Final = ("USERSTATUS LOGGEDOUT", "CONNSTATUS LOGGEDOUT")


@unique
class Stage(Enum):
    """How far a program has come."""

    STRANGER = "stranger"
    NAMED = "named"
    SPEAKING = "speaking"
    GONE = "gone"


@dataclass(slots=True, eq=False)
class Command:
    """A command for the dispatcher, which is answered once through ``Sessions.answer``.

    ``answer`` is None until it is known; a known one may still have to wait for earlier ones.
    """

    session: int
    ticket: Ticket
    id: str
    text: str
    version: int
    answer: str | None = None
    #: True for the answer that the pushed lines follow.
    greets: bool = False
    #: True for a PONG that notifications may overtake while it waits (rule P34).
    overtaken: bool = False
    #: Bytes of an answer that is known and not given yet.
    reserved: int = 0


@dataclass(slots=True)
class Session:
    """One attached program. ``since``: when it connected, UTC seconds."""

    number: int
    link: Link
    since: float = 0.0
    stage: Stage = Stage.STRANGER
    program: str = ""
    version: int = 1
    quirk: Quirk = NONE
    push_at: float | None = None
    #: Notifications that wait for the pushed lines.
    waiting: list[str] = field(default_factory=list)
    #: Commands without an answer, and what is ready to be sent after theirs.
    queue: deque[Command | str] = field(default_factory=deque)
    #: Commands whose answers nothing waits for.
    aside: dict[Command, None] = field(default_factory=dict)
    #: How many entries of the queue are ready, and how many of these notifications must not overtake.
    ready: int = 0
    firm: int = 0
    #: Bytes that are ready to be sent or will be, and wait here.
    held: int = 0
    #: What the program's quirk holds back: when, the answered command or None, and the line.
    delayed: deque[tuple[float, Command | None, str]] = field(default_factory=deque)

    @property
    def attached(self) -> bool:
        """True once its NAME was accepted."""
        return self.stage in (Stage.NAMED, Stage.SPEAKING)

    @property
    def unread(self) -> int:
        """Bytes that wait for it: not taken yet, and not sent yet."""
        return self.link.backlog + self.held


#: The attached programs at one moment, by protocol version.
Audience: TypeAlias = Mapping[int, tuple[Session, ...]]
Allowed = Callable[[Peer, str], bool]
Greeting = Callable[[int], tuple[str, ...]]


def _named(command_id: str, answer: str) -> str:
    """An answer with the id of its command in front, if it has one."""
    return f"{command_id} {answer}" if command_id else answer


class Sessions:
    """All programs of one account.

    ``greeting`` makes the pushed lines for a version; they come ``push_delay`` seconds after PROTOCOL.
    """

    def __init__(
        self,
        allowed: Allowed,
        greeting: Greeting,
        log: Callable[[str], None],
        push_delay: float = PUSH_DELAY,
    ) -> None:
        self._push_delay = push_delay
        self._allowed = allowed
        self._greeting = greeting
        self._log = log
        self._sessions: dict[int, Session] = {}
        #: Those of them that wait for a moment.
        self._due: dict[int, Session] = {}
        self._last = 0
        self._audience: Audience | None = None
        #: False after the user signed out: NAME is answered CONNSTATUS OFFLINE.
        self.signed_in = True

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._sessions.values()))

    def opened(self, link: Link, since: float = 0.0) -> int:
        """A program connected, at this moment (UTC seconds)."""
        self._last += 1
        self._sessions[self._last] = Session(self._last, link, since)
        return self._last

    @property
    def untouched(self) -> bool:
        """True as long as no program has ever come."""
        return self._last == 0

    def peer(self, number: int) -> Peer | None:
        """Who is at the other end of a session, None if nobody is any more."""
        session = self._sessions.get(number)
        return None if session is None else session.link.peer

    def program(self, number: int) -> str:
        """The name that a program gave, "" for one that is gone."""
        session = self._sessions.get(number)
        return "" if session is None else session.program

    def closed(self, number: int) -> Session | None:
        """A program is gone; returns what it was, so that what it owned can be released."""
        session = self._sessions.pop(number, None)
        self._due.pop(number, None)
        if session is not None:
            session.stage = Stage.GONE
            session.queue.clear()
            session.aside.clear()
            session.ready = session.firm = 0
            self._audience = None
        return session

    def received(self, number: int, ticket: Ticket, text: str, now: float) -> Command | None:
        """One message came. What belongs to attaching is answered here, the rest is for the dispatcher."""
        session = self._sessions.get(number)
        if session is None:
            return None
        command_id, text = split_id(text)
        if session.stage is Stage.GONE:
            session.link.answer(ticket, _named(command_id, REFUSED))
            return None
        command = Command(number, ticket, command_id, text, session.version)
        session.queue.append(command)
        if session.attached and text[:1] not in "NPnp \t\r\n":
            return command
        verb, rest = word(text)
        verb = verb.upper()
        if verb == "PING":
            answer = "PONG"
            command.overtaken = session.version >= ASYNCHRONOUS_PONG_IN
        elif verb == "NAME":
            answer = self._name(session, rest.strip())
        elif not session.attached:
            answer = REFUSED
        elif verb == "PROTOCOL":
            answer = self._protocol(session, rest.strip(), command)
        else:
            return command
        self.answer(command, answer, now)
        return None

    def _name(self, session: Session, name: str) -> str:
        if not self.signed_in:
            return SIGNED_OUT
        if not name:
            return WireError(1).line() if session.attached else REFUSED
        if not self._allowed(session.link.peer, name):
            return REFUSED
        session.program = name
        session.quirk = quirk_of(name)
        if not session.attached:
            session.stage = Stage.NAMED
            self._audience = None
        return "OK"

    def _protocol(self, session: Session, number: str, command: Command) -> str:
        digits = number.lstrip("0")
        if not digits.isascii() or not digits.isdecimal():
            return WireError(27).line()
        session.version = min(int(digits[:9]), NEWEST)
        self._audience = None
        if session.stage is Stage.NAMED:
            session.stage = Stage.SPEAKING
            command.greets = True
        return f"PROTOCOL {session.version}"

    def reserve(self, command: Command, text: str) -> None:
        """An answer is known and will be given later: it counts as unread from now on."""
        session = self._sessions.get(command.session)
        if session is not None:
            command.reserved = octets(text)
            session.held += command.reserved
            self._watch(session)

    def step_aside(self, command: Command) -> None:
        """An answer will be long in coming: let others pass, if the program can tell them apart."""
        session = self._sessions.get(command.session)
        told_apart = command.id or command.ticket is not None
        if session is not None and told_apart and session.queue and session.queue[-1] is command:
            session.queue.pop()
            session.aside[command] = None

    def answer(self, command: Command, text: str, now: float) -> None:
        """Give the answer to one command, with its id in front, in its turn."""
        session = self._sessions.get(command.session)
        if session is None or session.stage is Stage.GONE:
            return
        session.held -= command.reserved
        command.reserved = 0
        command.answer = _named(command.id, text)
        queue = session.queue
        if command in session.aside:
            del session.aside[command]
            self._say(session, command, command.answer, now)
            self._watch(session)
            return
        if not queue or queue[0] is not command:
            session.ready += 1
            session.firm += not command.overtaken
            session.held += octets(command.answer)
            self._watch(session)
            return
        queue.popleft()
        self._say(session, command, command.answer, now)
        while queue and session.ready:
            first = queue[0]
            if isinstance(first, str):
                line, answered = first, None
            elif first.answer is not None:
                line, answered = first.answer, first
            else:
                break
            queue.popleft()
            session.ready -= 1
            session.firm -= answered is None or not answered.overtaken
            session.held -= octets(line)
            self._say(session, answered, line, now)
        self._watch(session)

    def _say(self, session: Session, command: Command | None, text: str, now: float) -> None:
        """Send one line, or hold it back for the program's quirk."""
        # Nothing overtakes what is held back, not even after a NAME that took the quirk away.
        if session.delayed or (session.quirk.answer_delay and command is not None):
            session.delayed.append((now + session.quirk.answer_delay, command, text))
            session.held += octets(text)
            self._due[session.number] = session
        else:
            self._send(session, command, text, now)

    def _send(self, session: Session, command: Command | None, text: str, now: float) -> None:
        if command is not None:
            session.link.answer(command.ticket, text)
            if command.greets:
                session.push_at = now + self._push_delay
                self._due[session.number] = session
        elif session.push_at is not None:
            session.waiting.append(text)
            session.held += octets(text)
        else:
            session.link.notify(text)

    def audience(self) -> Audience:
        """Who is attached now: what happens now is told to them, even if it is sent later."""
        if self._audience is None:
            found: dict[int, list[Session]] = {}
            for session in self._sessions.values():
                if session.attached:
                    found.setdefault(session.version, []).append(session)
            self._audience = {version: tuple(sessions) for version, sessions in found.items()}
        return self._audience

    def notify(self, lines: Mapping[int, tuple[str, ...]], audience: Audience, now: float) -> None:
        """Tell an audience what was rendered for each of its versions."""
        for version, sessions in audience.items():
            said = lines.get(version, ())
            if not said:
                continue
            for session in sessions:
                if session.ready or session.delayed or session.push_at is not None or not session.attached:
                    self._notify(session, said, now)
                    continue
                # The usual case, in as few steps as can be: there may be many programs.
                link = session.link
                for line in said:
                    link.notify(line)
                if link.backlog > BACKLOG_LIMIT:
                    self._watch(session)

    def _notify(self, session: Session, said: tuple[str, ...], now: float) -> None:
        if not session.attached:
            return
        if session.firm:
            session.queue.extend(said)
            session.ready += len(said)
            session.firm += len(said)
            session.held += sum(map(octets, said))
        else:
            for line in said:
                self._say(session, None, line, now)
        self._watch(session)

    def _watch(self, session: Session) -> None:
        if session.unread > BACKLOG_LIMIT:
            self._log(f"session {session.number} ({session.program[:40]!r}) does not read: detached")
            session.stage = Stage.GONE
            self._audience = None
            session.link.close("too much unread")

    def next_deadline(self) -> float | None:
        """When ``advance`` wants to be called."""
        if not self._due:
            return None
        moments = [s.push_at for s in self._due.values() if s.push_at is not None]
        moments += [s.delayed[0][0] for s in self._due.values() if s.delayed]
        return min(moments, default=None)

    def advance(self, now: float) -> None:
        """Push what is due, give answers that were held back."""
        for session in list(self._due.values()):
            while session.delayed and session.delayed[0][0] <= now + 1e-6:
                at, command, text = session.delayed.popleft()
                session.held -= octets(text)
                self._send(session, command, text, at)
            if session.push_at is not None and session.push_at <= now + 1e-6:
                session.push_at = None
                waiting, session.waiting = session.waiting, []
                session.held -= sum(map(octets, waiting))
                for line in (*self._greeting(session.version), *waiting):
                    session.link.notify(line)
            if session.push_at is None and not session.delayed:
                self._due.pop(session.number, None)
            self._watch(session)

    def detach(self, number: int, reason: str) -> bool:
        """End a program's session: what it waits for is refused. False if there is none of this number."""
        session = self._sessions.get(number)
        if session is None:
            return False
        self._log(f"session {number} ({session.program[:40]!r}) detached: {reason}")
        session.stage = Stage.GONE
        session.push_at = None
        self._due.pop(number, None)
        self._audience = None
        unanswered = [command for _, command, _ in session.delayed if command is not None]
        unanswered += [entry for entry in session.queue if isinstance(entry, Command)]
        unanswered += session.aside
        for command in unanswered:
            session.link.answer(command.ticket, _named(command.id, REFUSED))
        session.queue.clear()
        session.aside.clear()
        session.delayed.clear()
        session.link.close(reason)
        return True

    def expel(self, reason: str) -> int:
        """Detach every program that may not be attached any more; returns how many."""
        unwanted = [s for s in self if s.attached and not self._allowed(s.link.peer, s.program)]
        return sum(self.detach(session.number, reason) for session in unwanted)

    def sign_out(self, now: float) -> None:
        """The user signed out: programs get the answers that they still wait for, are told and detached.

        What else there was to tell is dropped: who is detached hears of nothing more.
        """
        self.signed_in = False
        self._audience = None
        for session in self:
            if not session.attached:
                continue
            self._drop_news(session)
            session.stage = Stage.STRANGER
            session.version = 1
            if session.queue:
                session.queue.extend(LAST_WORDS)
                session.ready += len(LAST_WORDS)
                session.firm += len(LAST_WORDS)
                session.held += sum(map(octets, LAST_WORDS))
            else:
                for line in LAST_WORDS:
                    self._say(session, None, line, now)
            self._watch(session)

    def _drop_news(self, session: Session) -> None:
        session.push_at = None
        session.waiting.clear()
        session.queue = deque(entry for entry in session.queue if isinstance(entry, Command))
        session.delayed = deque(entry for entry in session.delayed if entry[1] is not None)
        commands = [entry for entry in session.queue if isinstance(entry, Command)]
        for command in (*commands, *(entry[1] for entry in session.delayed)):
            if command is not None:
                command.greets = False
        answered = [command for command in commands if command.answer is not None]
        session.ready = len(answered)
        session.firm = sum(not command.overtaken for command in answered)
        session.held = sum(command.reserved for command in commands)
        session.held += sum(octets(command.answer or "") for command in answered)
        session.held += sum(octets(text) for _, _, text in session.delayed)

    @property
    def owes(self) -> bool:
        """True while a program waits for an answer, or for a line that is held back."""
        return any(s.queue or s.aside or s.delayed for s in self._sessions.values())
