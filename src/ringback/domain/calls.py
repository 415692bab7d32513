"""Calls between the account and one other party (reference: CALL object, Making and managing voice calls).

At most one call is in progress: whichever begins to talk puts the one that talked on hold. Two people who
call each other at the same time get one call, the one whose name sorts first; both sides see it as their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ringback.domain import call_cost, muting
from ringback.domain.call import NOWHERE, SOUND_CARD, Call
from ringback.domain.call_history import the_call
from ringback.domain.call_table import FINAL, TALKING, Event, following
from ringback.domain.changes import Value
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
from ringback.domain.handles import (
    canonical,
    dialled,
    is_address,
    is_emergency,
    is_phone_number,
    looks_dialled,
    phone_number,
    reads_as_number,
)
from ringback.domain.inputs import CallPriced, CallSignalled, InputUsed, RouteFailed, RouteSet
from ringback.domain.journal import Context
from ringback.domain.keypad import hold_tones
from ringback.domain.nature import Part
from ringback.domain.people import Person
from ringback.domain.step import Settled

if TYPE_CHECKING:
    from ringback.domain.account import Account

#: Seconds of a call after which its length is kept: what is lost when the process is killed is less.
KEPT_EVERY: Final = 30
#: Whom one CALL can reach (reference: error 73).
MOST_TARGETS: Final = 4
#: Seconds after which we give up a call that nobody answers.
SETUP_TIMEOUT: Final = 60.0
#: Seconds for which a call rings here at most. Its caller gives up earlier, unless it vanished.
RINGING_TIMEOUT: Final = 90.0
#: Seconds in which a call that a phone refused can be dialled again.
REDIAL_TIMEOUT: Final = 60.0
#: Seconds between the wish to dial again and dialling.
REDIAL_DELAY: Final = 1.0

_REASONS: Final = {"misc": 1, "offline": 3, "ended": 5, "blocked": 9}


def _move(account: Account, context: Context, call: Call, event: Event) -> bool:
    """Let ``event`` happen to ``call``; False if the table does not know it here."""
    state = following(call.incoming, call.state, event)
    if state is None:
        return False
    _talk_until(account, context, call)
    old, shown, call.state = call.state, call.status, state
    answered = state == "inprogress" and call.answered_at is None
    if state == "inprogress":
        _hold_others(account, context, call)
    if answered:
        call.answered_at = context.now.monotonic
        call.deadline = call.answered_at + 1
        if not call.incoming:
            _tell_input(context, call)
    elif state == "waiting_redial_command":
        _end_sound(account, context, call)
        call.input, call.output, call.capture_mic = SOUND_CARD, SOUND_CARD, NOWHERE
        call.deadline = context.now.monotonic + REDIAL_TIMEOUT
    elif state in FINAL:
        _end_sound(account, context, call)
        call.deadline = None
        call.seen = state != "missed"
        account.calls.ended(call)
    if old in TALKING and state in TALKING and "inprogress" in {old, state}:
        hold_tones(call, context, state != "inprogress")
        context.ask(HoldLeg(call.id, state != "inprogress"))
    if shown != call.status:
        context.changed(call.ref, "status", shown, call.status)
    else:
        context.keep(call.ref)
    if answered and call.incoming:
        _tell_input(context, call)
    muting.follow_calls(account, context)
    return True


def _tell_input(context: Context, call: Call) -> None:
    """Programs were told at the answer whether a port or a file speaks, and some wait for the line.

    The value does not change. Who calls hears it before the status, who is called behind it.
    """
    context.reported(call.ref, "vaa_input_status", call.vaa_input_status)


def _hold_others(account: Account, context: Context, call: Call) -> None:
    """One microphone, one call: what talked so far waits, also if the other side would go on."""
    for other in list(account.calls.alive.values()):
        if other is not call and other.state in ("inprogress", "remotehold"):
            _move(account, context, other, Event.WE_HOLD)
            context.ask(SignalCall(other.signal_id, other.partner, CallAct.HOLD))


def _end_sound(account: Account, context: Context, call: Call) -> None:
    """Leave the sound path, if there is one; routes may have been led before anybody answered."""
    context.ask(CloseLeg(call.id))
    call.pipe = ""
    _use_input(context, call, False)
    for operation, (owner, _, _) in list(account.calls.waiting.items()):
        if owner == call.id:
            del account.calls.waiting[operation]
            context.settle(Settled(operation, Meaning.ACTION_FAILED))


def _talk_until(account: Account, context: Context, call: Call) -> None:
    """Count the seconds since the answer up to now; each whole second of talk is said (rule call-r06).

    They are kept with the next change of the call, and now and then (decision 18).
    """
    if call.answered_at is None or call.over:
        return
    seconds = int(context.now.monotonic - call.answered_at + 1e-6)
    if seconds <= call.duration:
        return
    old, call.duration = call.duration, seconds
    if call.state == "inprogress":
        context.changed(call.ref, "duration", old, seconds, kept=False)
    if seconds // KEPT_EVERY > old // KEPT_EVERY:
        context.keep(call.ref)
    call_cost.charge(account, context, call)


def _hear(context: Context, call: Call, pipe: str) -> None:
    if pipe and not call.pipe:
        call.pipe = pipe
        context.ask(OpenLeg(call.id, pipe))


def _explain(context: Context, call: Call, reason: int = 0, pstn_status: str | None = None) -> None:
    """Say why a call ends, before it does; only phones have something to say themselves."""
    if call.phone and pstn_status is not None and pstn_status != call.pstn_status:
        old, call.pstn_status = call.pstn_status, pstn_status
        context.changed(call.ref, "pstn_status", old, pstn_status)
    if reason:
        before, call.failure_reason = call.failure_reason, reason
        context.changed(call.ref, "failure_reason", before, reason)


def _fail(
    account: Account, context: Context, call: Call, reason: int, pstn_status: str | None = None
) -> None:
    _explain(context, call, reason, pstn_status)
    _move(account, context, call, Event.IT_FAILS)


def _name(person: Person) -> str:
    """What somebody is called in the list of calls."""
    return person.display_name or person.fullname or person.handle


# Use cases ------------------------------------------------------------------------------------------------


def _whom(account: Account, typed: str) -> tuple[str, bool]:
    """Whom a target means, and is it a phone: speed dial, then number, then handle. Raises Failure."""
    target = account.resolve(typed)
    if is_emergency(target, account.dialling_country):
        raise Failure(Meaning.EMERGENCY_NUMBER)
    if looks_dialled(target) or reads_as_number(target):
        number = dialled(target, account.dialling_country)
        if number is not None:
            return number, True
        if canonical(target) not in account.people.known:
            raise Failure(Meaning.INVALID_NUMBER)
    if not is_address(target):
        raise Failure(Meaning.INVALID_HANDLE)
    partner = canonical(target)
    if partner == account.handle:
        raise Failure(Meaning.OWN_HANDLE)
    return partner, False


def place(account: Account, context: Context, targets: tuple[str, ...]) -> Value:
    """Call somebody; returns the new call's id. Section CALL of the reference; failures: errors 34 to 101.

    Too many targets are not looked at. What is wrong with one is said before what is wrong with the state,
    and before what cannot be built.
    """
    if len(targets) > MOST_TARGETS:
        raise Failure(Meaning.TOO_MANY_PARTICIPANTS)
    called = [_whom(account, target) for target in targets]
    if account.settings.connection != "online":
        raise Failure(Meaning.NOT_CONNECTED)
    if any(account.people.find(partner).is_blocked for partner, _ in called):
        raise Failure(Meaning.BLOCKED)
    if any(phone for _, phone in called) and Part.PHONES not in account.nature.parts:
        raise Failure(Meaning.NOT_SUPPORTED)
    if len(called) > 1:
        raise Failure(Meaning.NOT_AVAILABLE_YET, "with several targets")
    ((partner, phone),) = called
    person = account.people.find(partner)
    same = [other for other in account.calls.alive.values() if other.partner == partner]
    if any(other.state != "waiting_redial_command" for other in same):
        raise Failure(Meaning.ALREADY_ONGOING)
    if _dials(account):
        raise Failure(Meaning.ALREADY_CALLING)
    for refused in same:
        # Who calls anew does not wait for the old attempt any more.
        _move(account, context, refused, Event.WE_END)
    key = account.ids.take(context)
    call = Call(
        id=key,
        partner=partner,
        partner_name=_name(person),
        incoming=False,
        phone=phone,
        signal_id=f"{account.handle}/{key}",
        timestamp=context.now.stamp(),
        state="unplaced",
        rate_currency=account.profile.balance_currency,
    )
    account.calls.add(call)
    context.keep(call.ref)
    context.reported(call.ref, "status", "unplaced")
    context.reported(call.ref, "subject", call.subject)
    _dial(account, context, call)
    return key


def _dials(account: Account) -> bool:
    """Is a call of ours on its way to somebody, or about to be?"""
    calls = account.calls.alive.values()
    return any(call.dialling or call.state == "redial_pending" for call in calls)


def _dial(account: Account, context: Context, call: Call) -> None:
    call.deadline = context.now.monotonic + SETUP_TIMEOUT
    _move(account, context, call, Event.ROUTED)
    context.ask(SignalCall(call.signal_id, call.partner, CallAct.OFFER))


def answer(account: Account, context: Context, key: int) -> Value:
    """Take an incoming call that rings; the one in progress waits."""
    call = the_call(account, key)
    if not call.ringing:
        raise Failure(Meaning.CANNOT_RESUME)
    _move(account, context, call, Event.WE_ANSWER)
    pipe = f"pipe/{call.signal_id}"
    _hear(context, call, pipe)
    context.ask(SignalCall(call.signal_id, call.partner, CallAct.ANSWER, pipe))
    return None


def hold(account: Account, context: Context, key: int) -> Value:
    """Put a call on hold, also one that the other side holds."""
    call = the_call(account, key)
    if not _move(account, context, call, Event.WE_HOLD):
        raise Failure(Meaning.CANNOT_HOLD)
    context.ask(SignalCall(call.signal_id, call.partner, CallAct.HOLD))
    return None


def resume(account: Account, context: Context, key: int) -> Value:
    """Go on with a call that we hold; the one in progress waits."""
    call = the_call(account, key)
    if not _move(account, context, call, Event.WE_RESUME):
        raise Failure(Meaning.CANNOT_RESUME)
    context.ask(SignalCall(call.signal_id, call.partner, CallAct.RESUME))
    return None


def redial(account: Account, context: Context, key: int) -> Value:
    """Dial a number again that refused."""
    call = the_call(account, key)
    if _dials(account) or not _move(account, context, call, Event.WE_REDIAL):
        raise Failure(Meaning.CANNOT_RESUME)
    call.redials += 1
    # A name of its own, so that late words about the refused attempt do not meet the new one.
    call.signal_id = f"{account.handle}/{call.id}/{call.redials}"
    call.deadline = context.now.monotonic + REDIAL_DELAY
    return None


def take_up(account: Account, context: Context, key: int) -> Value:
    """SET CALL STATUS INPROGRESS: answers what rings, resumes what we hold (ambiguity A16).

    What a phone refused is dialled again.
    """
    call = the_call(account, key)
    if call.ringing:
        return answer(account, context, key)
    if call.state == "waiting_redial_command":
        return redial(account, context, key)
    return resume(account, context, key)


def hang_up(account: Account, context: Context, key: int) -> Value:
    """End a call, give up our own, refuse theirs; returns the status it ends in."""
    call = the_call(account, key)
    act = CallAct.REFUSE if call.ringing else CallAct.END
    if not _move(account, context, call, Event.WE_END):
        raise Failure(Meaning.CANNOT_HANG_UP)
    context.ask(SignalCall(call.signal_id, call.partner, act))
    return call.status


def set_route(account: Account, context: Context, key: int, route: Route, endpoints: Endpoints) -> Value:
    """Lead a call's sound elsewhere; over when RouteSet or RouteFailed settles the operation."""
    call = the_call(account, key)
    if call.over:
        raise Failure(Meaning.ACTION_FAILED)
    operation = account.ids.operation()
    account.calls.waiting[operation] = (key, route, endpoints)
    context.ask(SetRoute(key, route, endpoints, operation))
    context.wait_for(operation)
    return None


def leave(account: Account, context: Context) -> Value:
    """The account goes offline by its own will: its calls end; who calls is told that nobody is there."""
    for call in list(account.calls.alive.values()):
        if call.ringing:
            context.ask(SignalCall(call.signal_id, call.partner, CallAct.FAIL, str(_REASONS["offline"])))
            _move(account, context, call, Event.THEY_END)
        else:
            hang_up(account, context, call.id)
    return None


# Events ---------------------------------------------------------------------------------------------------


def link_lost(account: Account, context: Context) -> None:
    """The network is gone, and with it every call (failure reason 5: session terminated)."""
    for call in list(account.calls.alive.values()):
        lost = call.dialling or call.state in TALKING
        _fail(account, context, call, _REASONS["ended"] if lost else 0)


def route_set(account: Account, context: Context, event: RouteSet) -> None:
    """A route was led elsewhere."""
    waiting = account.calls.waiting.pop(event.operation, None)
    if waiting is None:
        return
    key, route, endpoints = waiting
    call = account.calls.find(key)
    assert call is not None, "what waits belongs to a call that is not over"
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
        context.changed(call.ref, "vaa_input_status", old, used, kept=False)


def signalled(account: Account, context: Context, event: CallSignalled) -> None:
    """The other side of a call said something; late or impossible words are ignored."""
    call = account.calls.by_signal(event.signal_id)
    if call is None:
        if event.act is CallAct.OFFER:
            _offered(account, context, event)
        return
    if _address(event.sender) != call.partner:
        # Names of calls are no secret.
        return
    match event.act:
        case CallAct.OFFER:
            return
        case CallAct.RING if event.pipe:
            if _move(account, context, call, Event.THEY_SPEAK_EARLY):
                _hear(context, call, event.pipe)
        case CallAct.RING:
            _move(account, context, call, Event.THEY_RING)
        case CallAct.ANSWER:
            if _move(account, context, call, Event.THEY_ANSWER):
                _hear(context, call, event.pipe)
        case CallAct.HOLD:
            _move(account, context, call, Event.THEY_HOLD)
        case CallAct.RESUME:
            _move(account, context, call, Event.THEY_RESUME)
        case CallAct.REFUSE:
            _unanswered(
                account, context, call, Event.PHONE_REFUSES if call.phone else Event.THEY_REFUSE, event
            )
        case CallAct.BUSY:
            _unanswered(account, context, call, Event.THEY_ARE_BUSY, event)
        case CallAct.FAIL:
            _fail(account, context, call, event.reason or _REASONS["misc"], event.payload)
        case CallAct.END:
            _move(account, context, call, Event.THEY_END)


def _unanswered(account: Account, context: Context, call: Call, what: Event, event: CallSignalled) -> None:
    if following(call.incoming, call.state, what) is not None:
        _explain(context, call, pstn_status=event.payload)
        _move(account, context, call, what)


def _address(sender: str) -> str:
    return phone_number(sender) or canonical(sender)


def _offered(account: Account, context: Context, event: CallSignalled) -> None:
    partner = _address(event.sender)
    person = account.people.find(partner)
    reason = _refused(account, person)
    if reason:
        context.ask(SignalCall(event.signal_id, partner, CallAct.FAIL, str(reason)))
        return
    ours = next((c for c in account.calls.alive.values() if c.partner == partner and c.dialling), None)
    if ours is not None:
        if event.signal_id < ours.signal_id:
            _meet(account, context, ours, event.signal_id)
        return
    key = account.ids.take(context)
    call = Call(
        id=key,
        partner=partner,
        partner_name=_name(person),
        incoming=True,
        phone=is_phone_number(partner),
        signal_id=event.signal_id,
        timestamp=context.now.stamp(),
        state="ringing",
        rate_currency=account.profile.balance_currency,
        deadline=context.now.monotonic + RINGING_TIMEOUT,
    )
    account.calls.add(call)
    context.keep(call.ref)
    context.reported(call.ref, "conf_id", 0)
    context.reported(call.ref, "status", "ringing")
    context.ask(SignalCall(event.signal_id, partner, CallAct.RING))


def _refused(account: Account, person: Person) -> int:
    """Why somebody may not call us, as a failure reason for them; 0 if they may."""
    if account.settings.connection == "offline":
        # The user has left; the network is about to hear of it.
        return _REASONS["offline"]
    return _REASONS["blocked"] if person.is_blocked else 0


def _meet(account: Account, context: Context, ours: Call, theirs: str) -> None:
    """Both called at the same time and theirs stands: with it ours is answered, which is taken back."""
    context.ask(SignalCall(ours.signal_id, ours.partner, CallAct.END))
    ours.signal_id = theirs
    _move(account, context, ours, Event.THEY_ANSWER)
    pipe = f"pipe/{theirs}"
    _hear(context, ours, pipe)
    context.ask(SignalCall(theirs, ours.partner, CallAct.ANSWER, pipe))


def priced(account: Account, context: Context, event: CallPriced) -> None:
    """The network takes a call to a phone and says what it costs."""
    call = account.calls.by_signal(event.signal_id)
    if call is None:
        return
    for name, new in (
        ("rate", event.rate),
        ("rate_currency", event.currency),
        ("rate_precision", event.precision),
    ):
        old: Value = getattr(call, name)
        if old != new:
            setattr(call, name, new)
            context.changed(call.ref, name, old, new)
    if not account.settings.may_call_phones or not call_cost.affordable(account, call):
        context.ask(SignalCall(call.signal_id, call.partner, CallAct.END))
        _fail(account, context, call, _REASONS["misc"], call_cost.UNPAID)


def time_passed(account: Account, context: Context, key: int) -> None:
    """Count the seconds of a call, end it if nobody answers or pays, dial again."""
    now = context.now.monotonic
    call = account.calls.alive.get(key)
    if call is None or call.deadline is None or call.deadline > now + 1e-6:
        return
    if call.answered_at is not None:
        _talk_until(account, context, call)
        call.deadline = call.answered_at + call.duration + 1
        if not call_cost.affordable(account, call):
            _explain(context, call, _REASONS["ended"], call_cost.UNPAID)
            hang_up(account, context, call.id)
    elif call.incoming:
        context.ask(SignalCall(call.signal_id, call.partner, CallAct.FAIL, str(_REASONS["ended"])))
        _move(account, context, call, Event.IT_FAILS)
    elif call.state == "waiting_redial_command":
        _move(account, context, call, Event.IT_FAILS)
    elif call.state == "redial_pending":
        _explain(context, call, pstn_status="")
        _dial(account, context, call)
    else:
        context.ask(SignalCall(call.signal_id, call.partner, CallAct.END))
        _fail(account, context, call, _REASONS["ended" if _may_be_there(account, call) else "offline"])


def _may_be_there(account: Account, call: Call) -> bool:
    """Has it rung there, or do we see somebody at the other end?"""
    seen = account.people.find(call.partner).online_status
    return call.state != "routing" or seen not in ("unknown", "offline")
