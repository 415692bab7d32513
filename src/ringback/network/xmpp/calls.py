"""Calls between two: the machine for Jingle, the wires of the media port, and the engine, joined.

Theory. ``ringback.jingle`` knows how calls are spoken of, a wire carries the sound, the engine decides. A
call of ours has the engine's name in the machine; one that comes has the machine's in the engine. The sound
path is named by whoever answers: by us for a call that we place, by the engine for one that it answers. Each
call needs a session at the server; when that ends, the other side hears it by the sound that stops.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, assert_never
from xml.etree import ElementTree as ET

from ringback.domain.effects import CallAct
from ringback.domain.inputs import CallSignalled
from ringback.jingle import (
    AnswerCame,
    AnswerWanted,
    CandidatesCame,
    Description,
    Endpoint,
    Established,
    Held,
    KeyPressed,
    MalformedError,
    Muted,
    Offered,
    OfferWanted,
    Outcome,
    Output,
    Over,
    Resumed,
    Rings,
    SendError,
    SendIq,
    SendMessage,
    SendResult,
    Service,
    is_announcement,
    services_of,
    services_request,
)
from ringback.jingle.namespaces import JINGLE, SERVICES
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import NoAddressError, bare
from ringback.network.xmpp.line import Line
from ringback.network.xmpp.presence import PresenceBook
from ringback.network.xmpp.roster import Roster
from ringback.ports.media import Wire, WireBroke, WireConnected, WireDescribed, WireEvent, WireFault, Wires

_LOG: Final = logging.getLogger(__name__)
#: Seconds for which the server's word about STUN and TURN is believed.
SERVICES_LAST: Final = 3_600.0
#: Seconds for which what we shall offer stays true while it rings: later, what is between us and the other
#: side may have closed the way that was found.
OFFER_LASTS: Final = 20.0
#: How the engine is told that a call is over, and its FAILUREREASON.
_ENDS: Final = {
    Outcome.ENDED: (CallAct.END, None),
    Outcome.REFUSED: (CallAct.REFUSE, None),
    Outcome.BUSY: (CallAct.BUSY, None),
    Outcome.CANCELLED: (CallAct.END, None),
    Outcome.UNANSWERED: (CallAct.FAIL, 5),
    # What another device did is told as if the other side had; no sound follows.
    Outcome.ANSWERED_ELSEWHERE: (CallAct.ANSWER, None),
    Outcome.REFUSED_ELSEWHERE: (CallAct.REFUSE, None),
    Outcome.UNKNOWN: (CallAct.FAIL, 2),
    Outcome.OFFLINE: (CallAct.FAIL, 3),
    Outcome.BLOCKED: (CallAct.FAIL, 9),
    Outcome.UNAUTHORIZED: (CallAct.FAIL, 11),
    Outcome.UNREACHABLE: (CallAct.FAIL, 4),
    Outcome.INCOMPATIBLE: (CallAct.FAIL, 6),
    Outcome.SOUND: (CallAct.FAIL, 8),
    Outcome.LOST: (CallAct.FAIL, 5),
    Outcome.FAILED: (CallAct.FAIL, 1),
}
_FAULTS: Final = {
    WireFault.UNFIT: Outcome.INCOMPATIBLE,
    WireFault.UNREACHABLE: Outcome.UNREACHABLE,
    WireFault.LOST: Outcome.LOST,
}
#: What we end a call with when the engine fails it, by FAILUREREASON.
_REFUSED_FOR: Final = {"3": Outcome.OFFLINE, "5": Outcome.UNANSWERED, "9": Outcome.BLOCKED}
#: With which of these our other devices may go on.
_HERE_ALONE: Final = frozenset({Outcome.OFFLINE, Outcome.UNANSWERED})


@dataclass(slots=True)
class _Call:
    """``handle``, ``address``: the other side. ``pipe``: the sound path. ``incoming``: they called. ``rang``:
    one of their devices did.

    ``offer``: what we shall offer, and ``made``: when that was known. ``awaiting``: the wire is ready for the
    other side's offer.
    """

    handle: str
    address: str
    incoming: bool
    pipe: str = ""
    rang: bool = False
    wire: Wire | None = None
    offer: Description | None = None
    made: float = 0.0
    awaiting: bool = False


class Calls:
    """``wires``: None where there is no sound; then nobody can be called."""

    def __init__(
        self,
        line: Line,
        roster: Roster,
        presence: PresenceBook,
        wires: Wires | None,
        wake: Callable[[], None],
    ) -> None:
        self._line = line
        self._roster = roster
        self._presence = presence
        presence.shown = self._seen_otherwise
        self._wires = wires
        self._wake = wake
        self._endpoint: Endpoint | None = None
        self._calls: dict[str, _Call] = {}
        self._services: tuple[Service, ...] = ()
        self._asked_at: float | None = None

    @property
    def _now(self) -> float:
        return self._line.clock.now().monotonic

    # The session --------------------------------------------------------------------------------------------

    def begun(self, address: str) -> None:
        """A session stands; ``address``: our full address in it."""
        self._endpoint = Endpoint(address, lambda: secrets.token_hex(8))
        self._asked_at = None
        self._ask_for_services()

    def lost(self) -> None:
        """The session is gone, for now or for ever; nobody can be told."""
        endpoint, self._endpoint = self._endpoint, None
        if endpoint is not None:
            self._take(endpoint.link_lost(self._now))
        for name in list(self._calls):
            self._close(name)

    def resumed(self, address: str) -> None:
        """The session goes on; its calls do not."""
        self._endpoint = Endpoint(address, lambda: secrets.token_hex(8))

    def _ask_for_services(self) -> None:
        fresh = self._asked_at is not None and self._now - self._asked_at < SERVICES_LAST
        if SERVICES in self._line.features and not fresh:
            self._asked_at = self._now
            self._line.spawn(self._fetch_services())

    async def _fetch_services(self) -> None:
        answer = await self._line.ask("get", services_request(), self._line.addresses.home)
        for child in answer:
            try:
                self._services = services_of(child)
            except MalformedError:
                continue

    # What the engine wants ----------------------------------------------------------------------------------

    def signal(self, signal_id: str, to: str, act: CallAct, payload: str) -> None:
        """Say something to the other side of a call."""
        endpoint = self._endpoint
        if act is CallAct.OFFER:
            self._place(signal_id, to)
        elif endpoint is not None and signal_id in self._calls:
            self._take(self._said(endpoint, signal_id, act, payload))
            if act is CallAct.ANSWER:
                self._line.afterwards(lambda: self._await_offer(signal_id))

    def _place(self, signal_id: str, to: str) -> None:
        try:
            address = self._line.addresses.address(to)
        except NoAddressError:
            self._fail(signal_id, to, Outcome.UNKNOWN)
            return
        if self._endpoint is None or self._wires is None:
            self._fail(signal_id, to, Outcome.FAILED)
        elif (hopeless := self._hopeless(address)) is not None:
            self._fail(signal_id, to, hopeless)
        else:
            self._ask_for_services()
            self._calls[signal_id] = _Call(to, address, incoming=False, pipe=f"pipe/{signal_id}")
            self._take(self._endpoint.place(signal_id, address, self._now))

    def _shows_us(self, address: str) -> bool:
        """May they know that we are there?"""
        return self._roster.find(address).sees_us

    def _hopeless(self, address: str) -> Outcome | None:
        """Why a call to somebody whom we see cannot be answered; None if it can, or we cannot see them."""
        if not self._roster.find(address).seen:
            return None
        if not self._presence.devices.get(address):
            return Outcome.OFFLINE
        return None if self._presence.can_talk(address) else Outcome.INCOMPATIBLE

    def _seen_otherwise(self, address: str) -> None:
        """Somebody came or went, or it is known now what their programs can do."""
        endpoint = self._endpoint
        if endpoint is None or not self._calls:
            return
        hopeless = self._hopeless(address)
        for name, call in list(self._calls.items()):
            if call.incoming or call.address != address or not endpoint.unanswered(name):
                continue
            if hopeless is Outcome.OFFLINE or (hopeless is not None and not call.rang):
                self._take(endpoint.end(name, self._now, hopeless))

    def _fail(self, signal_id: str, to: str, outcome: Outcome) -> None:
        act, reason = _ENDS[outcome]
        self._line.tell(CallSignalled(signal_id, to, act, reason=reason))

    def _said(self, endpoint: Endpoint, name: str, act: CallAct, payload: str) -> list[Output]:
        now = self._now
        match act:
            case CallAct.RING:
                # That it rings says that somebody is there. Others hear of us what the user says.
                return endpoint.ring(name, now) if self._shows_us(self._calls[name].address) else []
            case CallAct.ANSWER:
                self._calls[name].pipe = payload
                return endpoint.answer(name, now)
            case CallAct.HOLD | CallAct.RESUME:
                return endpoint.hold(name, now, held=act is CallAct.HOLD)
            case CallAct.REFUSE:
                return endpoint.end(name, now, Outcome.REFUSED)
            case CallAct.BUSY:
                return endpoint.end(name, now, Outcome.BUSY)
            case CallAct.FAIL:
                outcome = _REFUSED_FOR.get(payload, Outcome.FAILED)
                return endpoint.end(name, now, outcome, here_alone=outcome in _HERE_ALONE)
            case CallAct.END:
                return endpoint.end(name, now)
            case CallAct.OFFER:
                return []
            case _:
                assert_never(act)

    # What comes ---------------------------------------------------------------------------------------------

    def iq(self, stanza: ET.Element) -> None:
        """A request about a session."""
        found = stanza.find(names.tag(JINGLE, "jingle"))
        if self._endpoint is not None and found is not None:
            self._take(self._endpoint.iq(stanza.get("from", ""), stanza.get("id", ""), found, self._now))

    def message(self, stanza: ET.Element) -> bool:
        """A live message, or what a copy of one holds; True if it was about a call."""
        about = [child for child in stanza if is_announcement(child)]
        if self._endpoint is not None:
            for child in about[:1]:
                sender, to = stanza.get("from", ""), stanza.get("to", "")
                self._take(self._endpoint.message(sender, child, self._now, to))
        return bool(about)

    def bounced(self, stanza: ET.Element) -> None:
        """A message of ours came back."""
        error = stanza.find(names.tag(names.CLIENT, "error"))
        if self._endpoint is not None and error is not None:
            ident, sender = stanza.get("id", ""), stanza.get("from", "")
            self._take(self._endpoint.answered(ident, sender, error, self._now))

    def _answered(self, ident: str, to: str, error: ET.Element | None) -> None:
        if self._endpoint is not None:
            self._take(self._endpoint.answered(ident, to, error, self._now))

    # What the machine gives ---------------------------------------------------------------------------------

    def _take(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            self._do(output)
        self._wake()

    def _do(self, output: Output) -> None:
        match output:
            case SendIq():
                self._ask(output)
            case SendMessage():
                stanza = names.element(names.CLIENT, "message", to=output.to, type="chat", id=output.id)
                stanza.append(output.element)
                names.within(stanza, names.HINTS, "store")
                self._line.send(stanza)
            case SendResult():
                self._line.send(names.element(names.CLIENT, "iq", to=output.to, id=output.id, type="result"))
            case SendError():
                stanza = names.element(names.CLIENT, "iq", to=output.to, id=output.id, type="error")
                error = names.within(stanza, names.CLIENT, "error", **output.element.attrib)
                error.extend(output.element)
                self._line.send(stanza)
            case Offered():
                self._offered(output)
            case OfferWanted():
                self._offer(output.call)
            case AnswerWanted():
                self._answer(output.call, output.description)
            case AnswerCame():
                self._with_wire(output.call, lambda wire: wire.answered(output.description))
            case CandidatesCame():
                self._with_wire(output.call, lambda wire: wire.reachable(output.candidates, output.complete))
            case Rings():
                if output.call in self._calls:
                    self._calls[output.call].rang = True
                self._tell(output.call, CallAct.RING)
                self._foresee(output.call)
            case Established():
                call = self._calls.get(output.call)
                if call is not None and not call.incoming:
                    self._tell(output.call, CallAct.ANSWER, pipe=call.pipe)
            case Held():
                self._tell(output.call, CallAct.HOLD)
            case Resumed():
                self._tell(output.call, CallAct.RESUME)
            case Muted() | KeyPressed():
                pass  # programs have no word for the one, and hear the other in the sound
            case Over():
                act, reason = _ENDS[self._known(output)]
                self._tell(output.call, act, reason=reason)
                self._close(output.call)
            case _:
                assert_never(output)

    def _known(self, over: Over) -> Outcome:
        """What a call came to. Servers do not tell who is away from who is nobody; our list may."""
        call = self._calls.get(over.call)
        if over.outcome is not Outcome.OFFLINE or over.reason is not None or call is None or call.incoming:
            return over.outcome
        return Outcome.OFFLINE if call.address in self._roster.items else Outcome.UNKNOWN

    def _ask(self, sent: SendIq) -> None:
        stanza = names.element(names.CLIENT, "iq", to=sent.to, id=sent.id, type="set")
        stanza.append(sent.element)
        # If nobody answers, the machine has its own patience.
        self._line.deliver(stanza, lambda error: self._answered(sent.id, sent.to, error))

    def _offered(self, offered: Offered) -> None:
        try:
            address = bare(offered.peer)
            handle = self._line.addresses.handle(address)
        except NoAddressError:
            return
        if self._wires is None:
            if self._endpoint is not None:
                wanted = Outcome.INCOMPATIBLE
                self._take(self._endpoint.end(offered.call, self._now, wanted, here_alone=True))
            return
        self._ask_for_services()
        self._calls[offered.call] = _Call(handle, address, incoming=True)
        self._tell(offered.call, CallAct.OFFER)

    def _tell(self, name: str, act: CallAct, pipe: str = "", reason: int | None = None) -> None:
        call = self._calls.get(name)
        if call is not None:
            self._line.tell(CallSignalled(name, call.handle, act, pipe=pipe, reason=reason))

    # Sound --------------------------------------------------------------------------------------------------

    def _foresee(self, name: str) -> None:
        """It rings: what we shall offer takes a moment to find out, and the STUN server's time."""
        call = self._calls.get(name)
        if call is not None and call.wire is None and not call.incoming:
            self._open(name, lambda wire: wire.offer())

    def _offer(self, name: str) -> None:
        """Somebody has answered and wants our offer; if it is only being made, it follows by itself."""
        call = self._calls.get(name)
        if call is None or self._endpoint is None:
            return
        old = call.offer is not None and self._now - call.made > OFFER_LASTS
        if call.wire is None or old:
            self._open(name, lambda wire: wire.offer())
        elif call.offer is not None:
            self._take(self._endpoint.offer(name, call.offer, self._now))

    def _await_offer(self, name: str) -> None:
        """We have answered: find out where we are while the offer is on its way."""
        call = self._calls.get(name)
        if call is not None and call.wire is None:
            self._open(name, lambda wire: wire.prepare())
            call.awaiting = call.wire is not None

    def _answer(self, name: str, offered: Description) -> None:
        call = self._calls.get(name)
        if call is not None and call.wire is not None and call.awaiting:
            call.awaiting = False
            call.wire.answer(offered)
        else:
            self._open(name, lambda wire: wire.answer(offered))

    def _open(self, name: str, begin: Callable[[Wire], None]) -> None:
        call = self._calls.get(name)
        if call is None or self._wires is None or self._endpoint is None:
            return
        if call.wire is not None:
            # Both called each other at once and the other one's session stands, or it has rung for long.
            call.wire.close()
            call.pipe, call.offer = f"{call.pipe}+", None
        try:
            call.wire = self._wires.open(call.pipe, self._services, lambda event: self._sound(name, event))
        except LookupError:
            self._take(self._endpoint.end(name, self._now, Outcome.FAILED))
            return
        begin(call.wire)

    def _with_wire(self, name: str, act: Callable[[Wire], None]) -> None:
        call = self._calls.get(name)
        if call is not None and call.wire is not None:
            act(call.wire)

    def _sound(self, name: str, event: WireEvent) -> None:
        """A wire has something to say."""
        endpoint, call = self._endpoint, self._calls.get(name)
        if endpoint is None or call is None:
            return
        match event:
            case WireDescribed():
                call.offer, call.made = event.description, self._now
                # One of them may be what the call waits for; the other one does nothing.
                self._take(endpoint.offer(name, event.description, self._now))
                self._take(endpoint.accept(name, event.description, self._now))
            case WireConnected():
                pass
            case WireBroke():
                _LOG.info("a call with somebody ends: %s", event.fault.value)
                self._take(endpoint.end(name, self._now, _FAULTS[event.fault]))
            case _:
                assert_never(event)

    def _close(self, name: str) -> None:
        call = self._calls.pop(name, None)
        if call is not None and call.wire is not None:
            call.wire.close()

    # Time ---------------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When something has waited for too long."""
        return None if self._endpoint is None else self._endpoint.next_deadline()

    def advance(self, now: float) -> None:
        """End what has."""
        if self._endpoint is not None:
            due = self._endpoint.next_deadline()
            if due is not None and due <= now + 1e-6:
                self._take(self._endpoint.advance(now + 1e-6))
