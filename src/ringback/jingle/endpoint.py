"""All calls of one account on one device: stanzas and wishes in, stanzas and events out.

It holds nothing for ever: what strangers begin is bounded in number, every state but that of a call that
talks ends by itself, and what is over is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from ringback.jingle.checks import MalformedError
from ringback.jingle.description import Candidate, Description
from ringback.jingle.errors import Fault, conditions_of, error_element
from ringback.jingle.outputs import Output, Over, SendError, SendIq, SendMessage, SendResult
from ringback.jingle.reasons import Outcome, Reason, outcome_of_error
from ringback.jingle.session import Here, Refused, Session, bare, unsupported
from ringback.jingle.stanzas import (
    Action,
    Announcement,
    Jingle,
    Notice,
    Word,
    announcement_of,
    jingle_element,
    jingle_of,
)
from ringback.jingle.table import PATIENCE, State

#: Calls that ring here at the same time, in all and from one person.
MOST_RINGING: Final = 16
MOST_RINGING_OF_ONE: Final = 2
#: Ids of sessions that are over and shall not ring again because a message came twice.
REMEMBERED: Final = 128
#: Stanzas of one session that may be unanswered when the other side asks for one more.
MOST_ASKED: Final = 32
#: Seconds in which an IQ must be answered.
ANSWER_TIMEOUT: Final = 30.0
#: What is answered by a request of ours.
_ANSWERED: Final = frozenset({Action.CONTENT_ADD, Action.TRANSPORT_REPLACE})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A stanza of ours that may be answered."""

    call: str
    to: str
    action: Action | Word
    hold: bool
    deadline: float


class Endpoint:
    """The calls of one device; see the package for how to use it.

    address: its own full address. new_id: gives ids that nobody can guess.
    """

    def __init__(self, address: str, new_id: Callable[[], str]) -> None:
        self._here = Here(address, new_id)
        self._sessions: dict[str, Session] = {}
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._over: OrderedDict[tuple[str, str], None] = OrderedDict()

    @property
    def address(self) -> str:
        """The own full address."""
        return self._here.address

    @property
    def calls(self) -> tuple[str, ...]:
        """The names of the calls that are not over."""
        return tuple(self._sessions)

    # Wishes of the own side -------------------------------------------------------------------------------

    def place(self, call: str, peer: str, now: float, *, announce: bool = True) -> list[Output]:
        """Call somebody under a name of our own: all their devices, or (without ``announce``) one of them.

        ``announce``: XEP-0353, to the bare address; without it ``peer`` is a full address and an OfferWanted
        follows at once. Raises ValueError for a name that is in use.
        """
        if call in self._sessions:
            raise ValueError(f"there is a call {call} already")
        state = State.PROPOSED if announce else State.WANTED
        session = Session(
            self._here, call, self._here.new_id(), bare(peer) if announce else peer, False, state, announce
        )
        session.deadline = now + PATIENCE[state]
        self._sessions[call] = session
        if announce:
            return self._given(session, [session.say(Word.PROPOSE, session.peer)], now)
        return session.wanted()

    def ring(self, call: str, now: float) -> list[Output]:
        """Tell the caller that it rings here."""
        return self._with(call, now, lambda session: session.ring())

    def answer(self, call: str, now: float) -> list[Output]:
        """The user answers; AnswerWanted follows, now or when the caller's offer is here."""
        return self._with(call, now, lambda session: session.answer(now))

    def offer(self, call: str, description: Description, now: float) -> list[Output]:
        """What was asked for with OfferWanted."""
        return self._with(call, now, lambda session: session.offer(description, now))

    def accept(self, call: str, description: Description, now: float) -> list[Output]:
        """What was asked for with AnswerWanted."""
        return self._with(call, now, lambda session: session.accept(description, now))

    def candidates(
        self, call: str, candidates: tuple[Candidate, ...], now: float, *, complete: bool = False
    ) -> list[Output]:
        """We can be reached here, too, after offer or answer."""
        return self._with(call, now, lambda session: session.trickle(candidates, complete))

    def hold(self, call: str, now: float, *, held: bool = True) -> list[Output]:
        """Hold a call, or (``held=False``) go on with it."""
        return self._with(call, now, lambda session: session.hold(held))

    def mute(self, call: str, now: float, *, muted: bool = True) -> list[Output]:
        """Tell that the own microphone is off, or on again."""
        return self._with(call, now, lambda session: session.mute(muted))

    def keys(self, call: str, codes: str, now: float) -> list[Output]:
        """Tell that keys were pressed."""
        return self._with(call, now, lambda session: session.keys(codes))

    def end(
        self, call: str, now: float, outcome: Outcome = Outcome.ENDED, *, here_alone: bool = False
    ) -> list[Output]:
        """End a call in any state: hang up, give up, refuse (REFUSED, BUSY), or it broke (LOST, …).

        ``here_alone``: if it rings on all our devices, the others ring on, and the caller waits for them.
        """
        return self._with(call, now, lambda session: session.end(outcome, now, here_alone=here_alone))

    def unanswered(self, call: str) -> bool:
        """Is it a call of ours that no device of the other side has taken?"""
        session = self._sessions.get(call)
        return session is not None and not session.called and session.state is State.PROPOSED

    def link_lost(self, now: float) -> list[Output]:
        """The own link is gone, and with it every session; nobody can be told."""
        given: list[Output] = []
        for session in list(self._sessions.values()):
            given += self._given(session, session.fail(Outcome.LOST, now), now)
        self._asked.clear()
        return given

    def _with(self, call: str, now: float, wish: Callable[[Session], list[Output]]) -> list[Output]:
        """A wish that comes too late does nothing."""
        session = self._sessions.get(call)
        return [] if session is None else self._given(session, wish(session), now)

    # What comes ---------------------------------------------------------------------------------------

    def iq(self, sender: str, stanza_id: str, element: Element, now: float) -> list[Output]:
        """``<jingle/>`` in an IQ of type set came from ``sender``, their full address as the server says."""
        try:
            request = jingle_of(element)
        except MalformedError:
            error = SendError(stanza_id, sender, error_element(Fault.MALFORMED))
            return [error, *self._spoilt(sender, element, now)]
        try:
            given = self._requested(sender, request, now)
        except Refused as refused:
            return [SendError(stanza_id, sender, error_element(refused.fault))]
        return [SendResult(stanza_id, sender), *given]

    def _requested(self, sender: str, request: Jingle, now: float) -> list[Output]:
        """What a request gives behind its result. Raises Refused."""
        session = self._find(sender, request.sid)
        begins = request.action is Action.SESSION_INITIATE
        if session is not None and request.action in _ANSWERED and self._owed(session) >= MOST_ASKED:
            raise Refused(Fault.TOO_MANY)
        if session is not None and session.peer == sender and (begins or session.open):
            return self._given(session, session.requested(request, now), now)
        if not begins:
            raise Refused(Fault.UNKNOWN_SESSION)
        if session is not None:
            raise Refused(Fault.OUT_OF_ORDER)
        return self._called(sender, request, now)

    def _spoilt(self, sender: str, element: Element, now: float) -> list[Output]:
        """An offer or an answer that was waited for is malformed: there will be no other one."""
        session = self._find(sender, element.get("sid", ""))
        action = element.get("action")
        if session is None or session.peer != sender:
            return []
        waited = {State.AWAITING: Action.SESSION_INITIATE, State.OFFERED: Action.SESSION_ACCEPT}
        if session.state not in waited or action != waited[session.state].value:
            return []
        return self._given(session, session.end(Outcome.INCOMPATIBLE, now), now)

    def _called(self, sender: str, request: Jingle, now: float) -> list[Output]:
        """Somebody offers without a message before."""
        why = unsupported(request.description)
        if why is not None:
            refusal = Jingle(Action.SESSION_TERMINATE, request.sid, reason=why)
            return [SendIq(self._here.new_id(), sender, jingle_element(refusal))]
        ours = self._met(sender, {State.OFFERED, State.WANTED}, announced=False)
        if ours is not None and ours.peer == sender:
            if self._first(ours, request.sid, sender):
                raise Refused(Fault.TIE_BREAK)
            self._carry(ours, request.sid, sender, now, announced=False)
            ours.initiated(request.description, now)
            return self._given(ours, ours.answer(now), now)
        if not self._room(sender):
            raise Refused(Fault.TOO_MANY)
        session = self._new(sender, request.sid, now, announced=False)
        session.initiated(request.description, now)
        return [session.offered_as()]

    def message(self, sender: str, element: Element, now: float, to: str = "") -> list[Output]:
        """A message about a call (``is_announcement``) came from ``sender``, or was sent by an own device.

        ``to``: whom it is for, in the words of the message itself, also in a carbon: what is for another
        device alone is not for us. Only live ones, no error and nothing of the archive. Malformed ones are
        nothing.
        """
        try:
            said = announcement_of(element)
        except MalformedError:
            return []
        if bare(sender) == bare(self.address):
            return [] if sender == self.address else self._own(said, now)
        if "/" in to and to != self.address:
            return []
        session = self._find(sender, said.sid)
        if session is not None:
            return self._given(session, session.told(said, sender, now), now)
        if said.word is Word.PROPOSE:
            return self._proposed(said, sender, now)
        return []

    def _own(self, said: Announcement, now: float) -> list[Output]:
        """Another device of ours did something about a call that rings here, too."""
        given: list[Output] = []
        if said.word in {Word.ACCEPT, Word.PROCEED, Word.REJECT}:
            for session in [one for one in self._sessions.values() if one.called and one.sid == said.sid]:
                given += self._given(session, session.taken_elsewhere(said.word, now), now)
        return given

    def _proposed(self, said: Announcement, sender: str, now: float) -> list[Output]:
        if "audio" not in said.media or "/" not in sender or (bare(sender), said.sid) in self._over:
            return []
        ours = self._met(sender, {State.PROPOSED}, announced=True)
        if ours is not None:
            if self._first(ours, said.sid, sender):
                return [ours.reject_tie(said.sid, sender)]
            given: list[Output] = [ours.say(Word.RETRACT, ours.peer, Reason.EXPIRED, tie_break=True)]
            self._carry(ours, said.sid, sender, now, announced=True)
            return given + self._given(ours, ours.answer(now), now)
        if not self._room(sender):
            return []
        session = self._new(sender, said.sid, now, announced=True)
        return [session.offered_as(said.media)]

    # Both at once -----------------------------------------------------------------------------------------

    def _met(self, sender: str, states: set[State], *, announced: bool) -> Session | None:
        """Our own call to the same person, which nobody has answered."""
        for session in self._sessions.values():
            fits = not session.called and session.announced is announced and session.state in states
            if fits and bare(session.peer) == bare(sender):
                return session
        return None

    def _first(self, ours: Session, sid: str, sender: str) -> bool:
        """Does our session stand? The lower id does (XEP-0353, section 4.1; XEP-0166, section 7.2.16)."""
        return (ours.sid.encode(), self.address.encode()) < (sid.encode(), sender.encode())

    def _carry(self, ours: Session, sid: str, sender: str, now: float, *, announced: bool) -> None:
        """Go on with their session under the name of our call."""
        self._remember(ours)
        self._forget_asked(ours)
        ours.sid, ours.peer, ours.called, ours.announced = sid, sender, True, announced
        ours.state, ours.deadline = State.RINGING, now + PATIENCE[State.RINGING]
        ours.content = None

    # Sessions ---------------------------------------------------------------------------------------------

    def _new(self, sender: str, sid: str, now: float, *, announced: bool) -> Session:
        call = self._here.new_id()
        session = Session(self._here, call, sid, sender, True, State.RINGING, announced)
        session.deadline = now + PATIENCE[State.RINGING]
        self._sessions[call] = session
        return session

    def _room(self, sender: str) -> bool:
        """May one more call ring?"""
        ringing = [session for session in self._sessions.values() if session.state is State.RINGING]
        of_one = sum(bare(session.peer) == bare(sender) for session in ringing)
        return len(ringing) < MOST_RINGING and of_one < MOST_RINGING_OF_ONE

    def _find(self, sender: str, sid: str) -> Session | None:
        """The session of that id with that person; ids are theirs to choose, so others may have the same."""
        person = bare(sender)
        for session in self._sessions.values():
            if session.sid == sid and bare(session.peer) == person:
                return session
        return None

    def _remember(self, session: Session) -> None:
        self._over[bare(session.peer), session.sid] = None
        while len(self._over) > REMEMBERED:
            self._over.popitem(last=False)

    def _given(self, session: Session, outputs: list[Output], now: float) -> list[Output]:
        """Note what is asked, forget what is over."""
        for output in outputs:
            match output:
                case SendIq():
                    self._note(session, output, now)
                case SendMessage() if output.element.tag.endswith("}propose"):
                    self._ask(output.id, session, output.to, Word.PROPOSE, now)
                case Over():
                    if self._sessions.pop(session.call, None) is not None:
                        self._remember(session)
                case _:
                    pass
        if session.state is State.OVER:
            self._forget_asked(session)
        return outputs

    def _forget_asked(self, session: Session) -> None:
        for key in [key for key, asked in self._asked.items() if asked.call == session.call]:
            del self._asked[key]

    def _owed(self, session: Session) -> int:
        """How many stanzas of a session the other side has not answered."""
        return sum(asked.call == session.call for asked in self._asked.values())

    def _note(self, session: Session, sent: SendIq, now: float) -> None:
        action = Action(sent.element.get("action"))
        hold = any(child.tag.endswith(f"}}{Notice.HOLD.value}") for child in sent.element)
        self._ask(sent.id, session, sent.to, action, now, hold=hold)

    def _ask(
        self, key: str, session: Session, to: str, action: Action | Word, now: float, *, hold: bool = False
    ) -> None:
        if session.state is not State.OVER:
            self._asked[key] = _Asked(session.call, to, action, hold, now + ANSWER_TIMEOUT)

    # Answers and time -------------------------------------------------------------------------------------

    def answered(self, stanza_id: str, sender: str, error: Element | None, now: float) -> list[Output]:
        """A stanza of ours was answered by ``sender``: with a result, or with this ``<error/>``."""
        asked = self._asked.get(stanza_id)
        if asked is None or sender not in {asked.to, bare(asked.to)}:
            return []
        del self._asked[stanza_id]
        session = self._sessions.get(asked.call)
        if session is None:
            return []
        if asked.action is Action.CONTENT_MODIFY:
            session.modifying = False
        if error is None:
            return []
        condition, own = conditions_of(error)
        return self._given(session, self._refused(session, asked, condition, own, now), now)

    @staticmethod
    def _refused(session: Session, asked: _Asked, condition: str, own: str, now: float) -> list[Output]:
        """What an error means for the session."""
        match asked.action:
            case Word.PROPOSE if session.state is State.PROPOSED and not session.called:
                return session.fail(outcome_of_error(condition), now)
            case Action.SESSION_INITIATE if session.state is State.OFFERED:
                if own == "tie-break":
                    return session.fail(Outcome.BUSY, now)
                return session.fail(outcome_of_error(condition), now)
            case Action.SESSION_ACCEPT:
                gone = own == "unknown-session"
                return session.fail(Outcome.ENDED if gone else Outcome.FAILED, now)
            case _ if own == "unknown-session":
                return session.fail(Outcome.ENDED, now)
            case _ if condition in {"service-unavailable", "recipient-unavailable", "gone"} and not own:
                # Their server says that the device is no longer there.
                return session.fail(Outcome.LOST, now)
            case _ if asked.hold and condition == "feature-not-implemented":
                return session.hold_refused()
            case _:
                return []

    def next_deadline(self) -> float | None:
        """Monotonic moment at which ``advance`` is needed; None if never."""
        if not self._sessions and not self._asked:
            return None
        return min((moment for _, moment in self._deadlines()), default=None)

    def _deadlines(self) -> Iterator[tuple[str, float]]:
        for session in self._sessions.values():
            if session.deadline is not None:
                yield session.call, session.deadline
        vital = {Action.SESSION_INITIATE, Action.SESSION_ACCEPT}
        for asked in self._asked.values():
            if asked.action in vital:
                yield asked.call, asked.deadline

    def advance(self, now: float) -> list[Output]:
        """End what waited too long."""
        for key in [key for key, asked in self._asked.items() if asked.deadline <= now]:
            asked = self._asked[key]
            if asked.action not in {Action.SESSION_INITIATE, Action.SESSION_ACCEPT}:
                del self._asked[key]
        given: list[Output] = []
        for call in dict.fromkeys(call for call, moment in list(self._deadlines()) if moment <= now):
            session = self._sessions.get(call)
            if session is None:
                continue
            due = session.deadline is not None and session.deadline <= now
            ended = session.time_out(now) if due else session.end(Outcome.LOST, now)
            given += self._given(session, ended, now)
        return given
