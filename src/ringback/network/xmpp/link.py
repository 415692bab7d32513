"""The life of an account's connection: made, watched, cut, resumed or made anew, until somebody ends it.

Theory. Who wants to be online has a connection or waits for the next attempt. A cut connection is taken up
again at once if the server keeps its end (stream management) and all was prepared; what is tried in vain is
tried again after a pause that doubles up to PAUSE_AT_MOST and is never the same for two (or a server that
comes back would meet everybody at once); so are sessions that do not last. What time alone does not mend (a
wrong password, somebody else under our name) ends it: the account is offline and says why.
A connection on which nothing is heard is asked for a sign of life, at once if something was said that wants
an answer; if none comes it counts as cut, also after the machine slept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Protocol

from ringback.network.xmpp.client import Client, Trouble
from ringback.ports.clock import Clock

_LOG: Final = logging.getLogger(__name__)
#: Seconds: the longest pause, how long one attempt may take, how long silence may last, and the answer to it;
#: and how long a connection must last to be a good one.
PAUSE_AT_MOST: Final = 300.0
ATTEMPT: Final = 45.0
SILENCE: Final = 60.0
ANSWER: Final = 20.0
STEADY: Final = 60.0


class Session(Protocol):
    """What is done with a connection."""

    def begun(self, client: Client) -> None:
        """A new session at the server; ``Link.ready`` is called when all is prepared."""
        ...

    def resumed(self) -> None:
        """The old session goes on, nothing was lost."""
        ...

    def lost(self, resumable: bool) -> None:
        """The connection is gone; the session with it, unless the server keeps that for us."""
        ...


class Link:
    """``make``: gives a client, to whose fate the function is called. ``chance``: a number from 0 to 1.

    ``tell``: a state for the engine (offline, connecting, pausing, online) and why it is so. ``wake``:
    deadlines have changed.
    """

    def __init__(
        self,
        make: Callable[[Callable[[Trouble], None]], Client],
        session: Session,
        clock: Clock,
        chance: Callable[[], float],
        tell: Callable[[str, str], None],
        wake: Callable[[], None],
    ) -> None:
        self._make = make
        self._session = session
        self._clock = clock
        self._chance = chance
        self._tell = tell
        self._wake = wake
        self.client: Client | None = None
        self.state = "offline"
        self._wanted = False
        self._failures = 0
        self._again_at: float | None = None
        #: Until when the attempt must have come to something, or a sign of life must have come.
        self._until: float | None = None
        self._heard_at = 0.0
        #: Since when an answer is awaited.
        self._asked_at: float | None = None
        #: Since when there is a session, and how many before it were brief, one after the other.
        self._online_since = 0.0
        self._brief = 0

    # What is wanted -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Be online from now on; during a pause, try again at once."""
        if not self._wanted or self._again_at is not None:
            self._wanted, self._failures, self._brief = True, 0, 0
            self._attempt("")

    def close(self) -> None:
        """Be offline from now on."""
        self._wanted = False
        self._again_at = self._until = None
        self.state = "offline"
        client, self.client = self.client, None
        if client is not None:
            client.leave()
            self._session.lost(resumable=False)

    def ready(self) -> None:
        """The session is prepared."""
        if self.client is not None:
            self.client.prepared = True
        self._until, self._online_since = None, self._clock.now().monotonic
        self._say("online", "")

    def ask(self) -> None:
        """Have the server say what it has got of what was said; if it does not, the connection is cut."""
        if self.client is not None:
            self.client.ask_for_acknowledgement()
            if self._asked_at is None:
                self._asked_at = self._clock.now().monotonic
                self._wake()

    def ask_soon(self) -> None:
        """The same, unless others say it meanwhile. Whoever asks so looks at the deadlines afterwards."""
        if self.client is not None:
            self.client.ask_soon()
            if self._asked_at is None:
                self._asked_at = self._clock.now().monotonic

    # What happens -------------------------------------------------------------------------------------------

    def _attempt(self, why: str) -> None:
        self._again_at = None
        now = self._clock.now().monotonic
        self._until = now + ATTEMPT
        self._say("connecting", why)
        if self.client is None:
            try:
                client = self._make(self._ended)
            except (OSError, ValueError) as error:
                self._stop(Trouble(str(error), lasting=True))
                return
            client.add_event_handler("session_start", lambda _event: self._begun(client))
            client.add_event_handler("session_resumed", lambda _event: self._resumed(client))
            client.heard = self._heard
            self.client = client
        self._heard()
        self.client.go()
        self._wake()

    def _heard(self) -> None:
        self._heard_at = self._clock.now().monotonic
        self._asked_at = None

    def _begun(self, client: Client) -> None:
        if client is self.client:
            self._session.begun(client)

    def _resumed(self, client: Client) -> None:
        if client is self.client:
            self._session.resumed()
            self.ready()

    def _ended(self, trouble: Trouble) -> None:
        """An attempt came to nothing, or the connection was cut."""
        if not self._wanted or self.client is None:
            return
        now = self._clock.now().monotonic
        was_online = self.state == "online"
        if was_online:
            self._brief = 0 if now - self._online_since >= STEADY else self._brief + 1
        resumable = self.client.resumable and not trouble.lasting
        self._session.lost(resumable)
        if not resumable:
            # There may be calls of its own still on the stack.
            self.client.forget()
            self.client = None
        if trouble.lasting:
            self._stop(trouble)
            return
        at_once = was_online and self._brief < 2
        self._failures = max(self._brief, 1) if was_online else self._failures + 1
        pause = 1.0 if at_once else min(PAUSE_AT_MOST, 2.0 ** min(self._failures, 10))
        _LOG.log(logging.INFO if was_online else logging.WARNING, "%s", trouble.why)
        self._until = None
        self._again_at = now + pause * (0.5 + self._chance() / 2)
        self._say("connecting" if at_once else "pausing", trouble.why)
        self._wake()

    def _stop(self, trouble: Trouble) -> None:
        _LOG.error("%s; it is not tried again until you choose to be online", trouble.why)
        self._wanted = False
        self._again_at = self._until = None
        client, self.client = self.client, None
        if client is not None:
            client.leave()
        self._say("offline", trouble.why)

    def _say(self, state: str, why: str) -> None:
        self.state = state
        self._tell(state, why)

    # Time ---------------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Monotonic moment at which ``advance`` is needed."""
        if self.state == "online":
            return self._heard_at + SILENCE if self._asked_at is None else self._asked_at + ANSWER
        return min((moment for moment in (self._again_at, self._until) if moment is not None), default=None)

    def advance(self, now: float) -> None:
        """Try again, or lose patience."""
        due = self.next_deadline()
        if due is None or due > now + 1e-6:
            return
        if self.state == "online" and self.client is not None:
            if self._asked_at is not None:
                self.client.give_up(Trouble("the server has gone silent"))
            else:
                self.ask()
        elif self._again_at is not None and self._again_at <= now + 1e-6:
            self._attempt("")
        elif self._until is not None and self.client is not None:
            self._until = None
            self.client.give_up(Trouble("the server takes too long"))
