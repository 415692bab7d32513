"""CALL (reference: CALL object; Making and managing voice calls; Voice streams)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ringback.domain import calls
from ringback.domain.account import Account
from ringback.domain.calls import Call
from ringback.domain.changes import Kind, Value
from ringback.domain.effects import Endpoints, Route
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.journal import Context
from ringback.protocol.errors import WireError
from ringback.protocol.lexer import assignments, quoted
from ringback.protocol.schema import Access, Acting, Action, Faults, Key, ObjectType, Property
from ringback.protocol.values import BOOLEAN, NUMBER, STAMP, TEXT, ValueType, enumeration

STATUS: Final = enumeration(
    "call status",
    (
        "UNPLACED",
        "ROUTING",
        "EARLYMEDIA",
        "FAILED",
        "RINGING",
        "INPROGRESS",
        "ONHOLD",
        "FINISHED",
        "MISSED",
        "REFUSED",
        "BUSY",
        "CANCELLED",
        "TRANSFERRING",
        "TRANSFERRED",
        "VM_BUFFERING_GREETING",
        "VM_PLAYING_GREETING",
        "VM_RECORDING",
        "VM_UPLOADING",
        "VM_SENT",
        "VM_CANCELLED",
        "VM_FAILED",
        "LOCALHOLD",
        "REMOTEHOLD",
        "WAITING_REDIAL_COMMAND",
        "REDIAL_PENDING",
    ),
    {
        2: {"LOCALHOLD": "ONHOLD", "REMOTEHOLD": "ONHOLD", "CANCELLED": "FINISHED"},
        7: {"TRANSFERRING": "INPROGRESS", "TRANSFERRED": "FINISHED"},
        # What programs below 8 saw instead is not stated; a redialled call is one that is being routed.
        8: {"WAITING_REDIAL_COMMAND": "ROUTING", "REDIAL_PENDING": "ROUTING"},
    },
)
VIDEO: Final = enumeration(
    "video status", ("VIDEO_NONE", "VIDEO_SEND_ENABLED", "VIDEO_RECV_ENABLED", "VIDEO_BOTH_ENABLED")
)
VIDEO_WAY: Final = enumeration(
    "state of one direction of video",
    ("NOT_AVAILABLE", "AVAILABLE", "STARTING", "REJECTED", "RUNNING", "STOPPING", "PAUSED"),
)
TYPE: Final = enumeration("call type", ("INCOMING_PSTN", "OUTGOING_PSTN", "INCOMING_P2P", "OUTGOING_P2P"))
SET_STATUS: Final = enumeration("status to set", ("ONHOLD", "INPROGRESS", "FINISHED"))


def _settable_status() -> ValueType:
    """Read as one of the three words that may be set, shown as any status."""
    return ValueType(STATUS.name, STATUS.show, SET_STATUS.read, STATUS.words, STATUS.changes_below)


def _number(text: str) -> int:
    """Ids are positive decimal numbers."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise ValueError("not an id")
    return int(text)


def find(account: Account, number: Key) -> Call | None:
    """The call of that id."""
    return account.calls.all.get(number) if isinstance(number, int) else None


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
    """Where a route leads, in the spelling of the reference; nothing if it leads nowhere (is muted)."""

    def read(account: Account, number: Key, _argument: str) -> Value:
        ends: Endpoints = getattr(_the(account, number), field)
        named = (("SOUNDCARD", ends.soundcard), ("PORT", ends.port), ("FILE", ends.file))
        return ", ".join(f"{name}={quoted(str(end))}" for name, end in named if end is not None)

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
        return account.calls.all[number].status

    return use_case


def _simple(act: Callable[[Account, Context, int], Value]) -> Acting:
    def acting(number: Key, _arguments: str) -> UseCase:
        def use_case(account: Account, context: Context) -> Value:
            assert isinstance(number, int)
            return act(account, context, number)

        return use_case

    return acting


def _seen(number: Key, _value: Value) -> UseCase:
    return _simple(calls.mark_seen)(number, "")


def _tones(number: Key, tones: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        assert isinstance(number, int)
        calls.send_tone(account, context, number, str(tones))
        return tones

    return use_case


def _alter_tones(number: Key, arguments: str) -> UseCase:
    if not calls.TONES.issuperset(arguments):
        raise ValueError("not keypad tones")
    return _tones(number, arguments)


def _end(number: Key, arguments: str) -> UseCase:
    match arguments.upper():
        case "HANGUP":
            return _simple(calls.hang_up)(number, "")
        case "REDIRECT_TO_VOICEMAIL" | "FORWARD_CALL":
            raise WireError(9901, f"Not available yet: ALTER CALL END {arguments.upper()}")
        case _:
            raise ValueError("unknown way to end")


def endpoints(arguments: str, routes: frozenset[str]) -> Endpoints:
    """Reads the parameters of SET_INPUT and its like, however they are spelled (programs.md 2.10).

    What is left out or empty is off, as is any sound card but "default" (reference: ALTER CALL SET_OUTPUT).
    Raises ValueError for unknown parameters and bad ports.
    """
    soundcard: str | None = None
    port: int | None = None
    file: str | None = None
    for name, value in assignments(arguments):
        if name not in routes:
            raise ValueError(f"unknown parameter {name}")
        if not value:
            continue
        if name == "SOUNDCARD":
            soundcard = "default" if value.lower() == "default" else None
        elif name == "FILE":
            file = value
        else:
            port = _number(value)
            if not 0 < port < 65536:
                raise ValueError("not a port")
    return Endpoints(soundcard, port, file)


_ANY_END: Final = frozenset({"SOUNDCARD", "PORT", "FILE"})


def _lead(route: Route) -> Acting:
    def acting(number: Key, arguments: str) -> UseCase:
        ends = endpoints(arguments, _ANY_END)

        def use_case(account: Account, context: Context) -> Value:
            assert isinstance(number, int)
            return calls.set_route(account, context, number, route, ends)

        return use_case

    return acting


def _video(field_value: str) -> Callable[[Account, Key, str], Value]:
    return _constant(field_value)


HOLD_FAILURES: Final = {Meaning.CANNOT_HOLD: 22, Meaning.CANNOT_RESUME: 23, Meaning.CANNOT_HANG_UP: 24}
_ROUTE_LINE: Final = 2254

CALL: Final = ObjectType(
    word="CALL",
    kind=Kind.CALL,
    key=_number,
    find=find,
    line=2476,
    meaning="A call, addressed by its number.",
    faults=Faults(
        get_key=11,
        get_unknown=12,
        get_property=13,
        set_key=19,
        set_unknown=20,
        set_property=25,
        set_value=21,
        alter_key_missing=555,
        alter_key=556,
        alter_action_missing=557,
        alter_action=560,
        alter_arguments=558,
        alter_failed=559,
    ),
    properties=(
        Property("TIMESTAMP", STAMP, "timestamp", line=2477, meaning="when it was placed"),
        Property("PARTNER_HANDLE", TEXT, "partner", line=2479, meaning="the other party"),
        Property("PARTNER_DISPNAME", TEXT, "partner_name", line=2481, meaning="the other party's name"),
        Property("TARGET_IDENTITY", TEXT, "target_identity", line=2483, meaning="own number that was called"),
        Property("CONF_ID", NUMBER, "conf_id", line=2487, meaning="conference, 0 if none"),
        Property("TYPE", TYPE, read=_type, line=2490, meaning="direction, and network or phone"),
        Property(
            "STATUS",
            _settable_status(),
            "status",
            Access.READ_WRITE,
            write=_set_status,
            line=2497,
            failures=HOLD_FAILURES,
            meaning="where the call stands",
        ),
        Property("VIDEO_STATUS", VIDEO, read=_video("video_none"), line=2529, meaning="who sends video"),
        Property(
            "VIDEO_SEND_STATUS", VIDEO_WAY, read=_video("not_available"), line=2535, meaning="own video"
        ),
        Property(
            "VIDEO_RECEIVE_STATUS", VIDEO_WAY, read=_video("not_available"), line=2536, meaning="theirs"
        ),
        Property("FAILUREREASON", NUMBER, "failure_reason", line=2545, meaning="why it failed, 1 to 14"),
        Property("SUBJECT", TEXT, "subject", line=2547, meaning="not used"),
        Property("PSTN_NUMBER", TEXT, "pstn_number", line=2548, meaning="the phone number"),
        Property("DURATION", NUMBER, "duration", line=2550, meaning="seconds of talk"),
        Property("PSTN_STATUS", TEXT, "pstn_status", line=2552, meaning="what the phone network said"),
        Property("CONF_PARTICIPANTS_COUNT", NUMBER, read=_constant(0), line=2554, meaning="others in it"),
        Property(
            "CONF_PARTICIPANT", TEXT, read=_participant, argument=True, line=2561, meaning="one of them"
        ),
        Property("VM_DURATION", NUMBER, read=_constant(0), line=2565, meaning="seconds of voicemail"),
        Property("VM_ALLOWED_DURATION", NUMBER, read=_constant(0), line=2566, meaning="its limit in seconds"),
        Property("RATE", NUMBER, read=_constant(0), line=2567, meaning="price of a minute"),
        Property("RATE_CURRENCY", TEXT, read=_constant("EUR"), line=2568, meaning="its currency"),
        Property("RATE_PRECISION", NUMBER, read=_constant(2), line=2572, meaning="its decimals"),
        Property("INPUT", TEXT, read=_route("input"), line=2576, meaning="where the sent sound comes from"),
        Property("OUTPUT", TEXT, read=_route("output"), line=2581, meaning="where the heard sound goes"),
        Property(
            "CAPTURE_MIC", TEXT, read=_route("capture_mic"), line=2583, meaning="copy of the microphone"
        ),
        Property("VAA_INPUT_STATUS", BOOLEAN, "vaa_input_status", line=2586, meaning="voice adapter listens"),
        Property("FORWARDED_BY", TEXT, read=_constant(""), line=2587, meaning="who forwarded it"),
        Property("TRANSFER_ACTIVE", BOOLEAN, read=_constant(False), line=2590, meaning="was it transferred"),
        Property("TRANSFER_STATUS", STATUS, read=_constant("unplaced"), line=2591, meaning="of the new call"),
        Property("TRANSFERRED_BY", TEXT, read=_constant(""), line=2592, meaning="who transferred it"),
        Property("TRANSFERRED_TO", TEXT, read=_constant(""), line=2593, meaning="to whom"),
        Property(
            "CAN_TRANSFER", BOOLEAN, read=_constant(False), argument=True, line=430, meaning="may it be"
        ),
        Property(
            "SEEN", BOOLEAN, "seen", Access.READ_WRITE, write=_seen, flag=True, line=2603, meaning="known"
        ),
        Property(
            "DTMF",
            TEXT,
            access=Access.WRITE,
            write=_tones,
            set_echo=True,
            line=2604,
            meaning="keypad tones",
            failures={Meaning.INVALID_TONE: 42, Meaning.CALL_NOT_ACTIVE: 41},
        ),
        Property(
            "JOIN_CONFERENCE", NUMBER, access=Access.WRITE, line=2607, bad_value=72, meaning="join them"
        ),
    ),
    actions=(
        Action("ANSWER", _simple(calls.answer), takes_argument=False, line=416),
        Action("HOLD", _simple(calls.hold), takes_argument=False, line=416),
        Action("RESUME", _simple(calls.resume), takes_argument=False, line=416),
        Action("HANGUP", _simple(calls.hang_up), takes_argument=False, line=416),
        Action(
            "END", _end, arguments="HANGUP|REDIRECT_TO_VOICEMAIL|FORWARD_CALL", needs_argument=True, line=416
        ),
        Action("DTMF", _alter_tones, arguments="<tones>", needs_argument=True, line=416),
        Action("TRANSFER", None, arguments="<handle>[, <handle>]*", needs_argument=True, line=438),
        Action("JOIN_CONFERENCE", None, arguments="<call>", needs_argument=True, line=416),
        Action("SET_INPUT", _lead(Route.INPUT), arguments="<ends>", deferred=True, line=_ROUTE_LINE),
        Action("SET_OUTPUT", _lead(Route.OUTPUT), arguments="<ends>", deferred=True, line=_ROUTE_LINE),
        Action(
            "SET_CAPTURE_MIC", _lead(Route.CAPTURE_MIC), arguments="<ends>", deferred=True, line=_ROUTE_LINE
        ),
        Action("START_VIDEO_SEND", None, takes_argument=False),
        Action("STOP_VIDEO_SEND", None, takes_argument=False),
        Action("START_VIDEO_RECEIVE", None, takes_argument=False),
        Action("STOP_VIDEO_RECEIVE", None, takes_argument=False),
    ),
)
