"""One session: what its own side wants, what the other side's requests do to it (XEP-0166, 0167, 0176)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from ringback.jingle import checks
from ringback.jingle.description import Candidate, Content, Description, Role, Senders, Transport
from ringback.jingle.errors import Fault
from ringback.jingle.outputs import (
    AnswerCame,
    AnswerWanted,
    CandidatesCame,
    Established,
    Held,
    KeyPressed,
    Muted,
    Offered,
    OfferWanted,
    Output,
    Over,
    Resumed,
    Rings,
    SendIq,
    SendMessage,
)
from ringback.jingle.reasons import Outcome, Reason, outcome_of, reason_for
from ringback.jingle.stanzas import (
    Action,
    Announcement,
    Info,
    Jingle,
    Key,
    Notice,
    Unknown,
    Word,
    announcement_element,
    jingle_element,
)
from ringback.jingle.table import PATIENCE, Move, State, following

#: What a call came to when nothing happens for too long, by its state; everything else has failed.
_TOO_LATE: Final = {
    State.PROPOSED: Outcome.UNANSWERED,
    State.OFFERED: Outcome.UNANSWERED,
    State.AWAITING: Outcome.LOST,
}


def bare(address: str) -> str:
    """An address without its device."""
    return address.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Here:
    """What a session needs of its surroundings: the own full address, and ids that nobody guesses."""

    address: str
    new_id: Callable[[], str]


class Refused(Exception):
    """A request of the other side cannot be carried out."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault: Final = fault


def unsupported(description: Description) -> Reason | None:
    """Why an offer cannot be answered at all; None if it can."""
    if description.audio is not None:
        return None
    sounds = [content for content in description.contents if content.rtp and content.rtp.media == "audio"]
    if not sounds:
        return Reason.UNSUPPORTED_APPLICATIONS
    ways = [content.transport for content in sounds if content.transport is not None]
    if not ways:
        return Reason.UNSUPPORTED_TRANSPORTS
    if not any(way.fingerprints for way in ways):
        return Reason.SECURITY_ERROR
    return Reason.INCOMPATIBLE_PARAMETERS


@dataclass(slots=True)
class Session:
    """A session from the first word to the last.

    call: the name that its own side uses. peer: the other side's address, of a device as soon as one is
    known. announced: it began with messages. held: we hold it, and
    whether the other side was told. deadline: monotonic seconds.
    """

    here: Here
    call: str
    sid: str
    peer: str
    called: bool
    state: State
    announced: bool
    deadline: float | None = None
    content: Content | None = None
    offered: Description | None = None
    ufrag: str = ""
    early: list[tuple[str, Transport]] = field(default_factory=list)
    candidates: int = 0
    held: bool = False
    told_held: bool = False
    modifies: bool = False
    modifying: bool = False
    silent: bool = False
    halted: bool = False
    muted: bool = False
    taken: bool = False

    @property
    def role(self) -> Role:
        """The own one."""
        return Role.RESPONDER if self.called else Role.INITIATOR

    @property
    def open(self) -> bool:
        """Is there a session in the sense of XEP-0166, that requests may be about?"""
        if self.called:
            return self.offered is not None
        return self.state in {State.OFFERED, State.ACTIVE}

    # Moving -------------------------------------------------------------------------------------------

    def may(self, move: Move) -> bool:
        """Can it happen now?"""
        return following(self.called, self.state, move) is not None

    def move(self, move: Move, now: float) -> bool:
        """Let it happen if it can."""
        state = following(self.called, self.state, move)
        if state is None:
            return False
        if state is not self.state:
            patience = PATIENCE.get(state)
            self.deadline = None if patience is None else now + patience
        self.state = state
        return True

    def request(
        self,
        action: Action,
        description: Description | None = None,
        info: Info | None = None,
        reason: Reason | None = None,
    ) -> SendIq:
        """A request to the other side."""
        mine = self.here.address
        jingle = Jingle(
            action,
            self.sid,
            description or Description(),
            reason,
            info,
            mine if action is Action.SESSION_INITIATE else "",
            mine if action is Action.SESSION_ACCEPT else "",
        )
        return SendIq(self.here.new_id(), self.peer, jingle_element(jingle))

    def say(
        self, word: Word, to: str, reason: Reason | None = None, *, tie_break: bool = False
    ) -> SendMessage:
        """A message about this session."""
        media = ("audio",) if word is Word.PROPOSE else ()
        said = Announcement(word, self.sid, media, reason, tie_break)
        return SendMessage(self.here.new_id(), to, announcement_element(said))

    # The own side -------------------------------------------------------------------------------------

    def ring(self) -> list[Output]:
        """Tell the caller that it rings here."""
        if self.state is not State.RINGING:
            return []
        if self.open:
            return [self.request(Action.SESSION_INFO, info=Notice.RINGING)]
        return [self.say(Word.RINGING, self.peer)]

    def answer(self, now: float) -> list[Output]:
        """The user answers: the caller is told to proceed, the own other devices to be quiet."""
        if not self.move(Move.WE_ANSWER, now):
            return []
        given: list[Output] = []
        if self.announced:
            if not self.open:
                given.append(self.say(Word.PROCEED, self.peer))  # somebody waits for it
            given.append(self.say(Word.ACCEPT, bare(self.here.address)))
        if self.offered is not None:
            self.move(Move.THEY_OFFER, now)
            given += self._want_answer(self.offered)
        return given

    def offer(self, description: Description, now: float) -> list[Output]:
        """Send the offer that was wanted."""
        if not self.may(Move.WE_OFFER):
            return []
        self.content = description.audio
        if self.content is None:
            raise ValueError("an offer needs sound, codecs, ICE and a fingerprint")
        self.move(Move.WE_OFFER, now)
        if self.announced:
            # A device said that it is ready; nobody has to be waited for any more.
            self.deadline = now + PATIENCE[State.ANSWERING]
        return [self.request(Action.SESSION_INITIATE, description)]

    def accept(self, description: Description, now: float) -> list[Output]:
        """Accept the offer; contents that we do not answer are taken out of the session before."""
        if not self.may(Move.WE_ACCEPT) or self.offered is None:
            return []
        self.content = description.audio
        if self.content is None:
            raise ValueError("an answer needs sound, codecs, ICE and a fingerprint")
        names = {content.name for content in description.contents}
        left = tuple(
            Content(content.name, content.creator)
            for content in self.offered.contents
            if content.name not in names
        )
        given: list[Output] = []
        if left:
            given.append(self.request(Action.CONTENT_REMOVE, Description(left)))
        # What was not offered as a group is not answered as one (XEP-0338, RFC 9143 section 7.3).
        known = {group.semantics for group in self.offered.groups}
        groups = tuple(group for group in description.groups if group.semantics in known)
        given.append(self.request(Action.SESSION_ACCEPT, replace(description, groups=groups)))
        self.move(Move.WE_ACCEPT, now)
        return given + self._established()

    def trickle(self, candidates: tuple[Candidate, ...], complete: bool) -> list[Output]:
        """More places where we can be reached (XEP-0176, section 5.4)."""
        if not self.open or self.content is None or self.content.transport is None:
            return []
        own = self.content.transport
        way = Transport(own.ufrag, own.pwd, candidates, (), complete)
        content = Content(self.content.name, self.content.creator, transport=way)
        return [self.request(Action.TRANSPORT_INFO, Description((content,)))]

    def hold(self, held: bool) -> list[Output]:
        """Hold, or go on. Before the session is there it is remembered."""
        self.held = held
        if self.state is not State.ACTIVE or self.told_held == held:
            return []
        self.told_held = held
        return [self._modify() if self.modifies else self._notify_hold()]

    def _notify_hold(self) -> SendIq:
        return self.request(Action.SESSION_INFO, info=Notice.HOLD if self.held else Notice.ACTIVE)

    def _modify(self) -> SendIq:
        """Hold in the other way, for those who do not know the notice: they shall not send (XEP-0167)."""
        assert self.content is not None
        senders = Senders(self.role.value) if self.held else Senders.BOTH
        self.modifying = True
        content = Content(self.content.name, self.content.creator, senders)
        return self.request(Action.CONTENT_MODIFY, Description((content,)))

    def hold_refused(self) -> list[Output]:
        """The other side does not know the notice of holding."""
        if self.state is not State.ACTIVE or self.modifies:
            return []
        self.modifies = True
        return [self._modify()]

    def mute(self, muted: bool) -> list[Output]:
        """Tell that our microphone is off, or on again."""
        if self.state is not State.ACTIVE or self.silent == muted:
            return []
        self.silent = muted
        return [self.request(Action.SESSION_INFO, info=Notice.MUTE if muted else Notice.UNMUTE)]

    def keys(self, codes: str) -> list[Output]:
        """Tell that keys were pressed (XEP-0181)."""
        if self.state is not State.ACTIVE:
            return []
        return [self.request(Action.SESSION_INFO, info=Key(code)) for code in codes]

    def end(self, outcome: Outcome, now: float, *, here_alone: bool = False) -> list[Output]:
        """End it here, whatever its state: the right word for the other side, and for the own devices."""
        if here_alone and self.state is State.RINGING and not self.open:
            return self.fail(outcome, now)
        state, talked, opened = self.state, self.state is State.ACTIVE, self.open
        if not self.move(Move.WE_END, now):
            return []
        reason = reason_for(outcome)
        if reason is Reason.SUCCESS and not talked:
            # Nobody talked: to hang up is to give up, or to refuse.
            outcome = Outcome.REFUSED if state is State.RINGING else Outcome.CANCELLED
            if state in {State.AWAITING, State.ANSWERING}:
                outcome = Outcome.ENDED
            reason = Reason.CANCEL if outcome is Outcome.CANCELLED else Reason.DECLINE
        given: list[Output] = []
        if opened:
            given.append(self.request(Action.SESSION_TERMINATE, reason=reason))
        elif self.announced:
            given.append(self.say(Word.REJECT if self.called else Word.RETRACT, self._everywhere, reason))
        if self.announced and state is State.RINGING:
            given.append(self.say(Word.REJECT, bare(self.here.address), reason))
        return [*given, *self._finish(talked, reason), Over(self.call, outcome)]

    @property
    def _everywhere(self) -> str:
        """Where messages go: a caller is one device, a callee may be many."""
        return self.peer if self.called else bare(self.peer)

    def _finish(self, talked: bool, reason: Reason) -> list[Output]:
        """For archives and other devices (XEP-0353, section 3.7)."""
        return [self.say(Word.FINISH, bare(self.peer), reason)] if self.announced and talked else []

    def fail(self, outcome: Outcome, now: float, reason: Reason | None = None) -> list[Output]:
        """It came to nothing without a word of the other side that ends it; nobody is told."""
        self.move(Move.IT_FAILS, now)
        return [Over(self.call, outcome, reason)]

    def time_out(self, now: float) -> list[Output]:
        """Nothing happened for too long."""
        if self.taken:
            return self.fail(Outcome.ANSWERED_ELSEWHERE, now)
        if self.state is not State.RINGING:
            return self.end(_TOO_LATE.get(self.state, Outcome.FAILED), now)
        # For the caller nobody answered; here it is a call that was missed.
        *said, _over = self.end(Outcome.UNANSWERED, now, here_alone=True)
        return [*said, Over(self.call, Outcome.CANCELLED)]

    # Messages of the other side -----------------------------------------------------------------------

    def told(self, said: Announcement, sender: str, now: float) -> list[Output]:
        """A message about this session from a device of the other side; late ones do nothing."""
        known = sender == self.peer
        match said.word:
            case Word.RINGING if not self.called and self.move(Move.THEY_RING, now):
                return [Rings(self.call)]
            case Word.PROCEED if not self.called:
                if self.move(Move.THEY_PROCEED, now):
                    self.peer = sender
                    return [OfferWanted(self.call, sender)]
                if not known:
                    # Two devices answered at once; this one came too late.
                    return [self.say(Word.RETRACT, sender, Reason.CANCEL)]
            case Word.REJECT if (known or self.state is State.PROPOSED) and self.move(Move.THEY_REJECT, now):
                outcome = outcome_of(said.reason, talking=False, called=False)
                return [Over(self.call, Outcome.BUSY if said.tie_break else outcome, said.reason)]
            case Word.RETRACT if known and self.move(Move.THEY_RETRACT, now):
                outcome = Outcome.ANSWERED_ELSEWHERE if self.taken else Outcome.CANCELLED
                return [Over(self.call, outcome, said.reason)]
            case Word.FINISH if known:
                return self._terminated(said.reason, now)
            case _:
                pass
        return []

    def taken_elsewhere(self, word: Word, now: float) -> list[Output]:
        """Another device of ours answered or refused."""
        if self.state is State.AWAITING:
            # Both answered. Whoever the caller chooses gets its offer; the other one hears nothing more.
            self.taken = True
            return []
        if not self.move(Move.TAKEN_ELSEWHERE, now):
            return []
        refused = word is Word.REJECT
        return [Over(self.call, Outcome.REFUSED_ELSEWHERE if refused else Outcome.ANSWERED_ELSEWHERE)]

    # Requests of the other side -----------------------------------------------------------------------

    def requested(self, request: Jingle, now: float) -> list[Output]:
        """Carry out a request; what it gives comes after its result. Raises Refused."""
        match request.action:
            case Action.SESSION_INITIATE:
                return self.initiated(request.description, now)
            case Action.SESSION_ACCEPT:
                return self._accepted(request.description, now)
            case Action.SESSION_TERMINATE:
                return self._terminated(request.reason, now)
            case Action.SESSION_INFO:
                return self._informed(request.info)
            case Action.TRANSPORT_INFO:
                return self._reachable(request.description)
            case Action.CONTENT_ADD:
                return [self._refuse(Action.CONTENT_REJECT, request.description)]
            case Action.TRANSPORT_REPLACE:
                return [self._refuse(Action.TRANSPORT_REJECT, request.description)]
            case Action.CONTENT_MODIFY:
                return self._modified(request.description)
            case Action.CONTENT_REMOVE:
                return self._removed(request.description, now)
            case Action.DESCRIPTION_INFO:
                return []  # hints that nobody has to follow (XEP-0167, section 6.5)
            case Action.SECURITY_INFO:
                raise Refused(Fault.NOT_IMPLEMENTED)
            case _:
                raise Refused(Fault.OUT_OF_ORDER)  # answers to what we never ask

    def initiated(self, description: Description, now: float) -> list[Output]:
        """The offer is here."""
        if self.offered is not None or not self.may(Move.THEY_OFFER):
            raise Refused(Fault.OUT_OF_ORDER)
        why = unsupported(description)
        self.offered = description
        if why is not None:
            return self._incompatible(why, now)
        self.move(Move.THEY_OFFER, now)
        if self.state is State.ANSWERING:
            return self._want_answer(description)
        return []

    def _want_answer(self, offered: Description) -> list[Output]:
        audio = offered.audio
        assert audio is not None
        assert audio.transport is not None
        self.ufrag = audio.transport.ufrag
        wanted = AnswerWanted(self.call, self.peer, offered.answerable)
        return [wanted, *self._late(audio.name)]

    def _accepted(self, description: Description, now: float) -> list[Output]:
        if not self.may(Move.THEY_ACCEPT):
            raise Refused(Fault.OUT_OF_ORDER)
        assert self.content is not None
        audio = description.audio
        if audio is None or audio.transport is None or audio.name != self.content.name:
            return self._incompatible(unsupported(description) or Reason.INCOMPATIBLE_PARAMETERS, now)
        self.move(Move.THEY_ACCEPT, now)
        self.ufrag = audio.transport.ufrag
        came = AnswerCame(self.call, description.only(audio.name))
        return [came, *self._late(audio.name), *self._established()]

    def _incompatible(self, why: Reason, now: float) -> list[Output]:
        """What they described cannot be talked with."""
        terminate = self.request(Action.SESSION_TERMINATE, reason=why)
        self.move(Move.IT_FAILS, now)
        return [terminate, Over(self.call, Outcome.INCOMPATIBLE)]

    def _established(self) -> list[Output]:
        given: list[Output] = [Established(self.call)]
        return given + (self.hold(True) if self.held else [])

    def _terminated(self, reason: Reason | None, now: float) -> list[Output]:
        talked, answered = self.state is State.ACTIVE, self.state in {State.AWAITING, State.ANSWERING}
        if not self.move(Move.THEY_TERMINATE, now):
            return []
        outcome = outcome_of(reason, talking=talked or answered, called=self.called)
        return [*self._finish(talked, reason or Reason.SUCCESS), Over(self.call, outcome, reason)]

    def _informed(self, info: Info | None) -> list[Output]:
        match info:
            case None | Notice.ACTIVE if self.state is not State.ACTIVE:
                return []
            case None:
                return []
            case Unknown():
                raise Refused(Fault.UNSUPPORTED_INFO)
            case Notice.RINGING:
                if self.called:
                    raise Refused(Fault.OUT_OF_ORDER)
                return [Rings(self.call)] if self.state is State.OFFERED else []
            case _ if self.state is not State.ACTIVE:
                raise Refused(Fault.OUT_OF_ORDER)
            case Notice.HOLD | Notice.UNHOLD | Notice.ACTIVE:
                return self._halt(info is Notice.HOLD)
            case Notice.MUTE | Notice.UNMUTE:
                muted = info is Notice.MUTE
                changed, self.muted = muted != self.muted, muted
                return [Muted(self.call, muted)] if changed else []
            case Key(code, duration):
                return [KeyPressed(self.call, code, duration)]

    def _halt(self, halted: bool) -> list[Output]:
        changed, self.halted = halted != self.halted, halted
        if not changed:
            return []
        return [Held(self.call) if halted else Resumed(self.call)]

    def _modified(self, description: Description) -> list[Output]:
        if self.state is not State.ACTIVE:
            raise Refused(Fault.OUT_OF_ORDER)
        assert self.content is not None
        ours = [content for content in description.contents if content.name == self.content.name]
        if not ours:
            raise Refused(Fault.MALFORMED)
        if self.modifying and not self.called:
            # Both at once: the initiator's request stands (XEP-0166, section 7.2.16).
            raise Refused(Fault.TIE_BREAK)
        return self._halt(not ours[0].senders.sends(self.role))

    def _removed(self, description: Description, now: float) -> list[Output]:
        name = self._sound
        if name is None or all(content.name != name for content in description.contents):
            return []
        return [self.request(Action.SESSION_TERMINATE, reason=Reason.SUCCESS), *self._terminated(None, now)]

    @property
    def _sound(self) -> str | None:
        """The content that is the call's sound."""
        if self.content is not None:
            return self.content.name
        audio = None if self.offered is None else self.offered.audio
        return None if audio is None else audio.name

    def _refuse(self, action: Action, description: Description) -> SendIq:
        if not description.contents:
            raise Refused(Fault.MALFORMED)
        names = tuple(Content(content.name, content.creator) for content in description.contents)
        replace = action is Action.TRANSPORT_REJECT
        why = Reason.UNSUPPORTED_TRANSPORTS if replace else Reason.UNSUPPORTED_APPLICATIONS
        return self.request(action, Description(names), reason=why)

    # Candidates ---------------------------------------------------------------------------------------

    def _reachable(self, description: Description) -> list[Output]:
        if not description.contents:
            raise Refused(Fault.MALFORMED)
        given: list[Output] = []
        for content in description.contents:
            way = content.transport
            if way is None or content.name != self._sound:
                continue
            self.candidates += len(way.candidates)
            if self.candidates > checks.ALL_CANDIDATES or len(self.early) > checks.CANDIDATES:
                raise Refused(Fault.TOO_MANY)
            if self.ufrag:
                given += self._came(content.name, way)
            else:
                self.early.append((content.name, way))
        return given

    def _came(self, name: str, way: Transport) -> list[Output]:
        """Candidates of another ICE session (a restart, which we do not do) are left out."""
        if way.ufrag not in {"", self.ufrag} or not (way.candidates or way.complete):
            return []
        return [CandidatesCame(self.call, name, way.candidates, way.complete)]

    def _late(self, name: str) -> list[Output]:
        """What came before the session's description could be used."""
        early, self.early = self.early, []
        return [given for content, way in early if content == name for given in self._came(content, way)]

    # Beginnings ---------------------------------------------------------------------------------------

    def offered_as(self, media: tuple[str, ...] = ()) -> Offered:
        """How a new call is told to its own side. ``media``: what a message said of it."""
        contents = () if self.offered is None else self.offered.contents
        named = tuple(content.rtp.media for content in contents if content.rtp is not None)
        return Offered(self.call, self.peer, media or named)

    def wanted(self) -> list[Output]:
        """A call to one device begins with the offer."""
        return [OfferWanted(self.call, self.peer)]

    def reject_tie(self, sid: str, to: str) -> SendMessage:
        """Their proposal of the same moment does not stand (XEP-0353, section 4.1)."""
        said = Announcement(Word.REJECT, sid, (), Reason.EXPIRED, True)
        return SendMessage(self.here.new_id(), to, announcement_element(said))
