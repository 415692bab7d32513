"""Calls between the account and one other party (reference: CALL object, Making and managing voice calls)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ringback.domain.call_table import FINAL, SETTING_UP, TALKING, Event, following
from ringback.domain.changes import Kind, Ref, Value
from ringback.domain.effects import (
    CallAct,
    CloseLeg,
    Endpoints,
    HoldLeg,
    OpenLeg,
    Route,
    SetRoute,
    SignalCall,
)
from ringback.domain.failures import Failure, Meaning
from ringback.domain.handles import canonical, phone_number
from ringback.domain.inputs import CallSignalled, InputUsed, RouteFailed, RouteSet
from ringback.domain.journal import Context
from ringback.domain.people import is_address
from ringback.domain.records import Row
from ringback.domain.settings import SETTINGS
from ringback.domain.step import Settled

if TYPE_CHECKING:
    from ringback.domain.account import Account

#: Seconds after which a call that nobody answers ends (failure reason 5, session terminated).
SETUP_TIMEOUT = 60.0
#: Numbers that are refused: nobody may rely on a program for help (reference: error 91).
EMERGENCY = frozenset({"112", "911", "999", "000", "110", "113", "115", "118", "119", "100", "101", "102"})
TONES = frozenset("0123456789#*")

#: Where routes lead until a program leads them elsewhere.
SOUND_CARD = Endpoints(soundcard="default")
NOWHERE = Endpoints()

_CAUSES_OF_FAILURE = {"misc": 1, "unknown": 2, "offline": 3, "timeout": 5, "io": 7}


@dataclass(slots=True)
class Call:
    """One call with one party.

    ``timestamp`` is UTC seconds; ``duration`` whole seconds of talk; ``failure_reason`` a number of the
    reference's table or 0; ``input``, ``output`` and ``capture_mic`` say where the routes lead.
    """

    id: int
    partner: str
    partner_name: str
    incoming: bool
    signal_id: str
    timestamp: int
    status: str
    phone: bool = False
    conf_id: int = 0
    failure_reason: int = 0
    duration: int = 0
    seen: bool = True
    target_identity: str = ""
    subject: str = ""
    pstn_number: str = ""
    pstn_status: str = ""
    vaa_input_status: bool = False
    input: Endpoints = SOUND_CARD
    output: Endpoints = SOUND_CARD
    capture_mic: Endpoints = NOWHERE
    pipe: str = ""
    answered_at: float | None = None
    deadline: float | None = None

    @property
    def ref(self) -> Ref:
        """Names the call in the journal."""
        return Ref(Kind.CALL, self.id)

    @property
    def over(self) -> bool:
        """True once the call can never change its status again."""
        return self.status in FINAL

    @property
    def missed(self) -> bool:
        """True for a call that came in and was not taken before the caller gave up."""
        return self.incoming and self.status == "missed"

    def row(self) -> Row:
        """What the store keeps."""
        return {
            "partner": self.partner,
            "partner_name": self.partner_name,
            "incoming": int(self.incoming),
            "phone": int(self.phone),
            "signal_id": self.signal_id,
            "timestamp": self.timestamp,
            "status": self.status,
            "conf_id": self.conf_id,
            "failure_reason": self.failure_reason,
            "duration": self.duration,
            "seen": int(self.seen),
        }


def restored(key: int, row: Row) -> Call:
    """The call that a row describes. What was alive when the process ended is over now."""
    status = str(row["status"])
    if status not in FINAL:
        if status in SETTING_UP:
            status = "missed" if row["incoming"] else "cancelled"
        else:
            status = "finished"
    return Call(
        id=key,
        partner=str(row["partner"]),
        partner_name=str(row["partner_name"]),
        incoming=bool(row["incoming"]),
        phone=bool(row["phone"]),
        signal_id=str(row["signal_id"]),
        timestamp=int(row["timestamp"] or 0),
        status=status,
        conf_id=int(row["conf_id"] or 0),
        failure_reason=int(row["failure_reason"] or 0),
        duration=int(row["duration"] or 0),
        seen=bool(row["seen"]),
    )


@dataclass(slots=True)
class Calls:
    """All calls of the account by id, oldest first; the living ones are also kept apart."""

    all: dict[int, Call] = field(default_factory=dict)
    alive: dict[int, Call] = field(default_factory=dict)
    waiting: dict[int, tuple[int, Route, Endpoints]] = field(default_factory=dict)

    def by_signal(self, signal_id: str) -> Call | None:
        """The living call that both sides know by this name."""
        return next((call for call in self.alive.values() if call.signal_id == signal_id), None)

    def next_deadline(self) -> float | None:
        """Monotonic moment of the next tick or timeout."""
        return min((c.deadline for c in self.alive.values() if c.deadline is not None), default=None)


def _move(account: Account, context: Context, call: Call, event: Event) -> bool:
    """Let ``event`` happen to ``call``; False if the table does not know it here."""
    status = following(call.incoming, call.status, event)
    if status is None:
        return False
    _talk_until(context, call)
    old, call.status = call.status, status
    if status == "inprogress":
        if call.answered_at is None:
            call.answered_at = context.now.monotonic
            # The field's value does not change; programs were told here whether a voice-activated
            # adapter listens, and some wait for the line.
            context.reported(call.ref, "vaa_input_status", call.vaa_input_status)
        call.deadline = call.answered_at + call.duration + 1
    elif status in FINAL:
        call.deadline = None
        account.calls.alive.pop(call.id, None)
        # Also without a sound path: routes may have been led before anybody answered.
        context.ask(CloseLeg(call.id))
        _use_input(context, call, False)
        for operation, (owner, _, _) in list(account.calls.waiting.items()):
            if owner == call.id:
                del account.calls.waiting[operation]
                context.settle(Settled(operation, Meaning.ACTION_FAILED))
    if old in TALKING and status in TALKING:
        context.ask(HoldLeg(call.id, status != "inprogress"))
    if status == "missed":
        call.seen = False
    context.changed(call.ref, "status", old, status)
    if account.settings.mute and not _talks(account):
        account.settings.mute = False
        context.changed(SETTINGS, "mute", True, False)
    if status in FINAL:
        context.signalled(account.ref, "call_history_changed")
    return True


def _talks(account: Account) -> bool:
    return any(call.status == "inprogress" for call in account.calls.alive.values())


def _talk_until(context: Context, call: Call) -> None:
    """Count the seconds of talk up to now; each whole second is said."""
    if call.answered_at is None or call.over:
        return
    seconds = int(context.now.monotonic - call.answered_at + 1e-6)
    if seconds > call.duration:
        old, call.duration = call.duration, seconds
        context.changed(call.ref, "duration", old, seconds)


def _hear(context: Context, call: Call, pipe: str) -> None:
    if pipe and not call.pipe:
        call.pipe = pipe
        context.ask(OpenLeg(call.id, pipe))


def _fail(account: Account, context: Context, call: Call, reason: int) -> None:
    old, call.failure_reason = call.failure_reason, reason
    context.changed(call.ref, "failure_reason", old, reason)
    _move(account, context, call, Event.IT_FAILS)


# Use cases ------------------------------------------------------------------------------------------------


def place(account: Account, context: Context, targets: tuple[str, ...]) -> Value:
    """Call somebody; returns the new call's id. Section CALL of the reference; failures: errors 34 to 101."""
    if account.settings.connection != "online":
        raise Failure(Meaning.NOT_CONNECTED)
    if len(targets) > 1:
        raise Failure(
            Meaning.TOO_MANY_PARTICIPANTS if len(targets) > 4 else Meaning.NOT_AVAILABLE_YET, "conference"
        )
    target = account.resolve(targets[0])
    bare = target.translate({ord(c): None for c in " -()+"})
    if bare in EMERGENCY:
        raise Failure(Meaning.EMERGENCY_NUMBER)
    number = phone_number(target)
    if number is None and target[:1] in "+0123456789" and any(c.isdecimal() for c in target):
        raise Failure(Meaning.INVALID_NUMBER)
    if number is not None and not 3 <= len(number) - 1 <= 15:
        raise Failure(Meaning.INVALID_NUMBER)
    if number is None and not is_address(target):
        raise Failure(Meaning.INVALID_HANDLE)
    partner = number or canonical(target)
    if partner == account.handle:
        raise Failure(Meaning.OWN_HANDLE)
    person = account.people.find(partner)
    if person.is_blocked:
        raise Failure(Meaning.BLOCKED)
    for other in account.calls.alive.values():
        if other.partner == partner:
            raise Failure(Meaning.ALREADY_ONGOING)
        if not other.incoming and other.status in SETTING_UP:
            raise Failure(Meaning.ALREADY_CALLING)
    key = account.ids.take(context)
    call = Call(
        id=key,
        partner=partner,
        partner_name=person.display_name or person.fullname,
        incoming=False,
        phone=number is not None,
        signal_id=f"{account.handle}/{key}",
        timestamp=context.now.stamp(),
        status="unplaced",
        pstn_number=number or "",
        deadline=context.now.monotonic + SETUP_TIMEOUT,
    )
    account.calls.all[key] = account.calls.alive[key] = call
    context.keep(call.ref)
    context.reported(call.ref, "status", "unplaced")
    context.reported(call.ref, "subject", call.subject)
    _move(account, context, call, Event.ROUTED)
    context.ask(SignalCall(call.signal_id, partner, CallAct.OFFER))
    return key


def _ours(account: Account, key: int) -> Call:
    try:
        return account.calls.all[key]
    except KeyError:
        raise Failure(Meaning.UNKNOWN_OBJECT) from None


def answer(account: Account, context: Context, key: int) -> Value:
    """Take an incoming call that rings."""
    call = _ours(account, key)
    if not call.incoming or call.status != "ringing":
        raise Failure(Meaning.CANNOT_RESUME)
    _move(account, context, call, Event.WE_ANSWER)
    pipe = f"pipe/{call.signal_id}"
    _hear(context, call, pipe)
    context.ask(SignalCall(call.signal_id, call.partner, CallAct.ANSWER, pipe))
    return None


def hold(account: Account, context: Context, key: int) -> Value:
    """Put a call on hold."""
    call = _ours(account, key)
    if not _move(account, context, call, Event.WE_HOLD):
        raise Failure(Meaning.CANNOT_HOLD)
    context.ask(SignalCall(call.signal_id, call.partner, CallAct.HOLD))
    return None


def resume(account: Account, context: Context, key: int) -> Value:
    """Go on with a call that we hold."""
    call = _ours(account, key)
    if call.status != "localhold":
        raise Failure(Meaning.CANNOT_RESUME)
    _move(account, context, call, Event.WE_RESUME)
    context.ask(SignalCall(call.signal_id, call.partner, CallAct.RESUME))
    return None


def take_up(account: Account, context: Context, key: int) -> Value:
    """SET CALL STATUS INPROGRESS: answers what rings, resumes what we hold (ambiguity A16)."""
    call = _ours(account, key)
    return (answer if call.incoming and call.status == "ringing" else resume)(account, context, key)


def hang_up(account: Account, context: Context, key: int) -> Value:
    """End a call, give up our own, refuse theirs; returns the status it ends in."""
    call = _ours(account, key)
    refusing = call.incoming and call.status == "ringing"
    if not _move(account, context, call, Event.WE_END):
        raise Failure(Meaning.CANNOT_HANG_UP)
    context.ask(SignalCall(call.signal_id, call.partner, CallAct.REFUSE if refusing else CallAct.END))
    return call.status


def mark_seen(account: Account, context: Context, key: int) -> Value:
    """The user knows of the call; takes it from the missed ones."""
    call = _ours(account, key)
    if not call.seen:
        call.seen = True
        context.changed(call.ref, "seen", False, True)
    return True


def send_tone(account: Account, context: Context, key: int, tones: str) -> Value:
    """Send keypad tones to the other side of a call that is not over; it may still ring (rule dtmf-r08)."""
    call = _ours(account, key)
    if not tones or not TONES.issuperset(tones):
        raise Failure(Meaning.INVALID_TONE)
    if call.over:
        raise Failure(Meaning.CALL_NOT_ACTIVE)
    for tone in tones:
        context.ask(SignalCall(call.signal_id, call.partner, CallAct.TONE, tone))
    return None


def set_mute(account: Account, context: Context, new: bool) -> Value:
    """Mute the microphone; without a call in progress it stays off (reference: MUTE)."""
    old, account.settings.mute = account.settings.mute, new and _talks(account)
    if old != account.settings.mute:
        context.changed(SETTINGS, "mute", old, account.settings.mute)
    return account.settings.mute


def set_route(account: Account, context: Context, key: int, route: Route, endpoints: Endpoints) -> Value:
    """Lead a call's sound elsewhere; over when RouteSet or RouteFailed settles the operation."""
    call = _ours(account, key)
    if call.over:
        raise Failure(Meaning.ACTION_FAILED)
    operation = account.ids.operation()
    account.calls.waiting[operation] = (key, route, endpoints)
    context.ask(SetRoute(key, route, endpoints, operation))
    context.wait_for(operation)
    return None


# Events ---------------------------------------------------------------------------------------------------


def route_set(account: Account, context: Context, event: RouteSet) -> None:
    """A route was led elsewhere."""
    waiting = account.calls.waiting.pop(event.operation, None)
    if waiting is None:
        return
    key, route, endpoints = waiting
    call = account.calls.all[key]
    setattr(call, route.value, endpoints)
    context.settle(Settled(event.operation))


def route_failed(account: Account, context: Context, event: RouteFailed) -> None:
    """A route could not be led elsewhere, or an end of it broke; the call goes on."""
    if event.operation:
        if account.calls.waiting.pop(event.operation, None) is not None:
            context.settle(Settled(event.operation, Meaning.ACTION_FAILED))
        return
    call = account.calls.alive.get(event.call)
    if call is not None and event.end is not None:
        left: Endpoints = getattr(call, event.route.value)
        setattr(call, event.route.value, replace(left, **{event.end: None}))


def input_used(account: Account, context: Context, event: InputUsed) -> None:
    """The far end hears a port or a file, or no more (reference: Voice streams, example 2)."""
    call = account.calls.alive.get(event.call)
    if call is not None:
        _use_input(context, call, event.used)


def _use_input(context: Context, call: Call, used: bool) -> None:
    old, call.vaa_input_status = call.vaa_input_status, used
    if old != used:
        context.changed(call.ref, "vaa_input_status", old, used)


def signalled(account: Account, context: Context, event: CallSignalled) -> None:
    """The other side of a call said something; late or impossible words are ignored."""
    call = account.calls.by_signal(event.signal_id)
    if call is None:
        if event.act is CallAct.OFFER:
            _offered(account, context, event)
        return
    match event.act:
        case CallAct.OFFER:
            return
        case CallAct.RING:
            _move(account, context, call, Event.THEY_RING)
            if event.pipe and _move(account, context, call, Event.THEY_SPEAK_EARLY):
                _hear(context, call, event.pipe)
        case CallAct.ANSWER:
            if _move(account, context, call, Event.THEY_ANSWER):
                _hear(context, call, event.pipe)
        case CallAct.HOLD:
            _move(account, context, call, Event.THEY_HOLD)
        case CallAct.RESUME:
            _move(account, context, call, Event.THEY_RESUME)
        case CallAct.REFUSE:
            _move(account, context, call, Event.THEY_REFUSE)
        case CallAct.BUSY:
            _move(account, context, call, Event.THEY_ARE_BUSY)
        case CallAct.FAIL:
            _fail(account, context, call, event.reason or _CAUSES_OF_FAILURE["misc"])
        case CallAct.END:
            _move(account, context, call, Event.THEY_END)
        case CallAct.TONE:
            context.signalled(call.ref, "tone", event.payload)


def _offered(account: Account, context: Context, event: CallSignalled) -> None:
    partner = canonical(event.sender)
    person = account.people.find(partner)
    if person.is_blocked:
        context.ask(SignalCall(event.signal_id, partner, CallAct.REFUSE))
        return
    key = account.ids.take(context)
    call = Call(
        id=key,
        partner=partner,
        partner_name=person.display_name or person.fullname,
        incoming=True,
        signal_id=event.signal_id,
        timestamp=context.now.stamp(),
        status="ringing",
        deadline=context.now.monotonic + SETUP_TIMEOUT,
    )
    account.calls.all[key] = account.calls.alive[key] = call
    context.keep(call.ref)
    context.reported(call.ref, "conf_id", 0)
    context.reported(call.ref, "status", "ringing")
    context.ask(SignalCall(event.signal_id, partner, CallAct.RING))


def time_passed(account: Account, context: Context) -> None:
    """Count seconds of talk and end calls that nobody answers."""
    now = context.now.monotonic
    for call in list(account.calls.alive.values()):
        if call.deadline is None or call.deadline > now + 1e-6:
            continue
        if call.answered_at is not None:
            _talk_until(context, call)
            call.deadline = call.answered_at + call.duration + 1
        elif call.incoming:
            _move(account, context, call, Event.IT_FAILS)
            context.ask(SignalCall(call.signal_id, call.partner, CallAct.REFUSE))
        else:
            context.ask(SignalCall(call.signal_id, call.partner, CallAct.END))
            _fail(account, context, call, _CAUSES_OF_FAILURE["timeout"])
