"""CALL (reference: CALL object; Making and managing voice calls; Voice streams)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ringback.domain import call_history, calls, keypad
from ringback.domain.account import Account
from ringback.domain.call import Call
from ringback.domain.changes import Kind, Value
from ringback.domain.effects import Route
from ringback.domain.engine import UseCase
from ringback.domain.failures import Failure, Meaning
from ringback.domain.journal import Context
from ringback.protocol.errors import WireError
from ringback.protocol.objects import keys
from ringback.protocol.objects.call_words import (
    ENDING,
    PARTICIPANTS,
    SETTABLE_STATUS,
    STATUS,
    TYPE,
    VIDEO,
    VIDEO_WAY,
)
from ringback.protocol.objects.voice_ends import ENDS, endpoints, spelled
from ringback.protocol.schema import Access, Acting, Action, Faults, Key, ObjectType, Property
from ringback.protocol.values import BOOLEAN, HANDLE, HANDLES, NUMBER, SECONDS, STAMP, TEXT


def find(account: Account, number: Key) -> Call | None:
    """The call of that id."""
    return account.calls.find(number) if isinstance(number, int) else None


def _the(account: Account, number: Key) -> Call:
    call = find(account, number)
    assert call is not None, "the dispatcher looks the call up first"
    return call


def _type(account: Account, number: Key, _argument: str) -> Value:
    call = _the(account, number)
    return f"{'incoming' if call.incoming else 'outgoing'}_{'pstn' if call.phone else 'p2p'}"


def _participant(_account: Account, _number: Key, _argument: str) -> Value:
    # No call of more than one party exists, so no participant number is right (reference: error 71).
    raise WireError(71)


def _route(field: str) -> Callable[[Account, Key, str], Value]:
    def read(account: Account, number: Key, _argument: str) -> Value:
        return spelled(getattr(_the(account, number), field))

    return read


def _constant(value: Value) -> Callable[[Account, Key, str], Value]:
    def read(_account: Account, _number: Key, _argument: str) -> Value:
        return value

    return read


def _set_status(number: Key, status: Value) -> UseCase:
    act = {"onhold": calls.hold, "inprogress": calls.take_up, "finished": calls.hang_up}[str(status)]

    def use_case(account: Account, context: Context) -> Value:
        assert isinstance(number, int)
        act(account, context, number)
        return _the(account, number).status

    return use_case


def _simple(act: Callable[[Account, Context, int], Value]) -> Acting:
    def acting(number: Key, _arguments: str) -> UseCase:
        def use_case(account: Account, context: Context) -> Value:
            assert isinstance(number, int)
            return act(account, context, number)

        return use_case

    return acting


def _seen(number: Key, _value: Value) -> UseCase:
    return _simple(call_history.mark_seen)(number, "")


def _tones(number: Key, tones: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        assert isinstance(number, int)
        keypad.send_tones(account, context, number, str(tones))
        return tones

    return use_case


def _alter_tones(number: Key, arguments: str) -> UseCase:
    if not keypad.are_tones(arguments):
        raise ValueError("not keypad tones, or too many of them")
    return _tones(number, arguments)


def _not_yet(command: str) -> UseCase:
    def use_case(_account: Account, _context: Context) -> Value:
        raise Failure(Meaning.NOT_AVAILABLE_YET, command)

    return use_case


def _end(number: Key, arguments: str) -> UseCase:
    ending = ENDING.said(arguments)
    return _simple(calls.hang_up)(number, "") if ending == "HANGUP" else _not_yet(f"CALL END {ending}")


def _lead(route: Route) -> Acting:
    def acting(number: Key, arguments: str) -> UseCase:
        ends = endpoints(arguments)

        def use_case(account: Account, context: Context) -> Value:
            assert isinstance(number, int)
            return calls.set_route(account, context, number, route, ends)

        return use_case

    return acting


HOLD_FAILURES: Final = {Meaning.CANNOT_HOLD: 22, Meaning.CANNOT_RESUME: 23, Meaning.CANNOT_HANG_UP: 24}
_ALTER_LINE: Final = 416
_5: Final = "protocol 5"

CALL: Final = ObjectType(
    word="CALL",
    kind=Kind.CALL,
    key=keys.number,
    find=find,
    line=2476,
    introduced="protocol 1",
    meaning="A call, addressed by its number.",
    # "No proper id" is one that is missing or no number, an invalid one names nothing.
    faults=Faults(
        get_key=11,
        get_unknown=12,
        get_property=13,
        set_key=19,
        set_unknown=20,
        set_property=25,
        set_value=21,
        alter_key_missing=555,
        alter_key=555,
        alter_unknown=556,
        alter_action_missing=557,
        alter_action=560,
        alter_arguments=558,
        alter_failed=559,
    ),
    properties=(
        Property("TIMESTAMP", STAMP, "timestamp", line=2477, meaning="when it was placed"),
        Property(
            "PARTNER_HANDLE", HANDLE, "partner", line=2479, meaning="the other side; for phones the number"
        ),
        Property("PARTNER_DISPNAME", TEXT, "partner_name", line=2481, meaning="the other side's name"),
        Property(
            "TARGET_IDENTITY",
            TEXT,
            "target_identity",
            line=2483,
            introduced="API 3.1",
            meaning="which of our own numbers was called, if any",
        ),
        Property("CONF_ID", NUMBER, "conf_id", line=2487, meaning="number of its conference, 0 if none"),
        Property("TYPE", TYPE, read=_type, line=2490, meaning="direction, and network or phone"),
        Property(
            "STATUS",
            SETTABLE_STATUS,
            "status",
            Access.READ_WRITE,
            write=_set_status,
            line=2497,
            failures=HOLD_FAILURES,
            meaning="how far it is; ONHOLD, INPROGRESS and FINISHED can be set",
        ),
        Property(
            "VIDEO_STATUS",
            VIDEO,
            read=_constant("video_none"),
            line=2529,
            introduced=_5,
            meaning="who can send video",
        ),
        Property(
            "VIDEO_SEND_STATUS",
            VIDEO_WAY,
            read=_constant("not_available"),
            line=2535,
            introduced=_5,
            meaning="our video on its way out",
        ),
        Property(
            "VIDEO_RECEIVE_STATUS",
            VIDEO_WAY,
            read=_constant("not_available"),
            line=2536,
            introduced=_5,
            meaning="their video on its way in",
        ),
        Property(
            "FAILUREREASON",
            NUMBER,
            "failure_reason",
            line=2545,
            meaning="why it failed, 1 to 14; 0 if it did not",
        ),
        Property("SUBJECT", TEXT, "subject", constant=True, line=2547, meaning="not used, empty"),
        Property("PSTN_NUMBER", TEXT, "pstn_number", line=2548, meaning="the phone number, else empty"),
        Property("DURATION", SECONDS, "duration", line=2550, meaning="length of the talk"),
        Property(
            "PSTN_STATUS", TEXT, "pstn_status", line=2552, meaning="what the phone network said of a fault"
        ),
        Property(
            "CONF_PARTICIPANTS_COUNT",
            PARTICIPANTS,
            read=_constant(0),
            line=2554,
            meaning="how many in its conference are not the host",
        ),
        Property(
            "CONF_PARTICIPANT",
            TEXT,
            read=_participant,
            argument=NUMBER,
            bad_argument=71,
            line=2561,
            meaning="one of them by number: handle, call type, status, name",
        ),
        Property(
            "VM_DURATION",
            SECONDS,
            read=_constant(0),
            line=2565,
            introduced=_5,
            meaning="length of the voicemail that is being left",
        ),
        Property(
            "VM_ALLOWED_DURATION",
            SECONDS,
            read=_constant(0),
            line=2566,
            introduced=_5,
            meaning="how long that voicemail may be",
        ),
        Property(
            "RATE",
            NUMBER,
            "rate",
            line=2567,
            introduced="protocol 6",
            meaning="price of a minute, without its decimal point",
        ),
        Property(
            "RATE_CURRENCY",
            TEXT,
            "rate_currency",
            line=2568,
            introduced="protocol 6",
            meaning="currency of RATE, ISO 4217",
        ),
        Property(
            "RATE_PRECISION",
            NUMBER,
            "rate_precision",
            line=2572,
            introduced="protocol 6",
            meaning="decimals in RATE",
        ),
        Property(
            "INPUT",
            ENDS,
            read=_route("input"),
            line=2576,
            introduced="API 2.6",
            meaning="where the sound that we send comes from; changed by ALTER",
        ),
        Property(
            "OUTPUT",
            ENDS,
            read=_route("output"),
            line=2581,
            introduced="API 2.6",
            meaning="where the sound that we hear goes; changed by ALTER",
        ),
        Property(
            "CAPTURE_MIC",
            ENDS,
            read=_route("capture_mic"),
            line=2583,
            introduced="API 2.6",
            meaning="where a copy of the microphone goes; changed by ALTER",
        ),
        Property(
            "VAA_INPUT_STATUS",
            BOOLEAN,
            "vaa_input_status",
            line=2586,
            introduced="API 2.6",
            meaning="does a port or a file speak instead of the microphone",
        ),
        Property(
            "FORWARDED_BY",
            HANDLE,
            read=_constant(""),
            line=2587,
            introduced="API 2.6",
            meaning="who forwarded it here, ? if unknown",
        ),
        Property(
            "TRANSFER_ACTIVE",
            BOOLEAN,
            read=_constant(False),
            line=2590,
            introduced="protocol 7",
            meaning="is it a call that was handed on",
        ),
        Property(
            "TRANSFER_STATUS",
            STATUS,
            read=_constant("unplaced"),
            line=2591,
            introduced="protocol 7",
            meaning="how far the call to the new partner is",
        ),
        Property(
            "TRANSFERRED_BY",
            HANDLE,
            read=_constant(""),
            line=2592,
            introduced="protocol 7",
            meaning="who handed it on",
        ),
        Property(
            "TRANSFERRED_TO",
            HANDLE,
            read=_constant(""),
            line=2593,
            introduced="protocol 7",
            meaning="whom it was handed on to",
        ),
        Property(
            "CAN_TRANSFER",
            BOOLEAN,
            read=_constant(False),
            argument=HANDLE,
            folded=True,
            line=430,
            introduced="protocol 7, API 3.0",
            meaning="can it be handed on to this person",
        ),
        Property(
            "SEEN",
            BOOLEAN,
            "seen",
            Access.READ_WRITE,
            write=_seen,
            flag=True,
            line=2603,
            meaning="does the user know that it was missed",
        ),
        Property(
            "DTMF",
            TEXT,
            access=Access.WRITE,
            write=_tones,
            set_echo=True,
            sensitive=0,
            line=2604,
            introduced="client 1.3",
            failures={Meaning.INVALID_TONE: 42, Meaning.TOO_MANY_TONES: 42, Meaning.CALL_NOT_ACTIVE: 41},
            meaning="send keypad tones, 0 to 9, * and #; at most 100 may wait",
        ),
        Property(
            "JOIN_CONFERENCE",
            NUMBER,
            access=Access.WRITE,
            line=2607,
            bad_value=72,
            meaning="bring it into the conference of another call; answered with CONF_ID",
        ),
    ),
    actions=(
        Action(
            "ANSWER",
            _simple(calls.answer),
            takes_argument=False,
            line=_ALTER_LINE,
            introduced=_5,
            meaning="take a call that rings here",
        ),
        Action(
            "HOLD",
            _simple(calls.hold),
            takes_argument=False,
            line=_ALTER_LINE,
            introduced=_5,
            meaning="put it on hold",
        ),
        Action(
            "RESUME",
            _simple(calls.resume),
            takes_argument=False,
            line=_ALTER_LINE,
            introduced=_5,
            meaning="go on with a call that we hold",
        ),
        Action(
            "HANGUP",
            _simple(calls.hang_up),
            takes_argument=False,
            line=_ALTER_LINE,
            introduced=_5,
            meaning="end it, refuse it or give it up",
        ),
        Action(
            "END",
            _end,
            arguments="HANGUP|REDIRECT_TO_VOICEMAIL|FORWARD_CALL",
            type=ENDING,
            needs_argument=True,
            line=_ALTER_LINE,
            introduced=_5,
            meaning="end it, or send the caller to voicemail or to where calls are forwarded",
        ),
        Action(
            "DTMF",
            _alter_tones,
            arguments="<tones>",
            needs_argument=True,
            sensitive=0,
            line=_ALTER_LINE,
            introduced=_5,
            meaning="press keys of the keypad; at most 100 may wait",
        ),
        Action(
            "TRANSFER",
            arguments="<handle>[, <handle>]*",
            type=HANDLES,
            needs_argument=True,
            line=438,
            introduced="protocol 7, API 3.0",
            meaning="hand it on; of several targets the first to answer gets it",
        ),
        Action(
            "JOIN_CONFERENCE",
            arguments="<call>",
            type=NUMBER,
            needs_argument=True,
            line=_ALTER_LINE,
            introduced=_5,
            meaning="join the conference of another call",
        ),
        Action(
            "SET_INPUT",
            _lead(Route.INPUT),
            arguments="<ends>",
            type=ENDS,
            deferred=True,
            line=2254,
            introduced="protocol 6, API 2.6",
            meaning="take the sound that we send from elsewhere",
        ),
        Action(
            "SET_OUTPUT",
            _lead(Route.OUTPUT),
            arguments="<ends>",
            type=ENDS,
            deferred=True,
            line=2264,
            introduced="protocol 6, API 2.6",
            meaning="lead the sound that we hear elsewhere",
        ),
        Action(
            "SET_CAPTURE_MIC",
            _lead(Route.CAPTURE_MIC),
            arguments="<ends>",
            type=ENDS,
            deferred=True,
            line=2276,
            introduced="protocol 6, API 2.6",
            meaning="lead a copy of the microphone elsewhere",
        ),
        Action(
            "START_VIDEO_SEND",
            takes_argument=False,
            line=614,
            introduced=_5,
            meaning="begin to send our video",
        ),
        Action(
            "STOP_VIDEO_SEND", takes_argument=False, line=614, introduced=_5, meaning="stop sending our video"
        ),
        Action(
            "START_VIDEO_RECEIVE",
            takes_argument=False,
            line=626,
            introduced=_5,
            meaning="let the other side's video come in",
        ),
        Action(
            "STOP_VIDEO_RECEIVE",
            takes_argument=False,
            line=626,
            introduced=_5,
            meaning="stop taking the other side's video",
        ),
    ),
)
