"""One call: what is known of it, and what of that is kept (reference: CALL object)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ringback.domain.call_table import FINAL, SETTING_UP, SHOWN, TALKING, WAITING
from ringback.domain.changes import Kind, Ref
from ringback.domain.columns import Columns
from ringback.domain.effects import Endpoints
from ringback.domain.records import Row

#: Where routes lead until a program leads them elsewhere.
SOUND_CARD: Final = Endpoints(soundcard="default")
NOWHERE: Final = Endpoints()


@dataclass(slots=True)
class Call:
    """One call with one party.

    state: of ``call_table``. timestamp: UTC seconds. duration: whole seconds since the answer.
    failure_reason: a number of the reference's table or 0. signal_id: names the call at both ends; redials:
    how often it was dialled again, each time under a new name. rate: price of a minute as a whole number,
    ``rate_precision`` of its digits being decimals; charged: hundredths paid so far. input, output,
    capture_mic: where the routes lead. answered_at, deadline: monotonic moments; tones_until: all
    keypad tones are said then; tones_left: seconds of them that a hold keeps back.
    """

    id: int
    partner: str
    partner_name: str
    incoming: bool
    signal_id: str
    timestamp: int
    state: str
    phone: bool = False
    conf_id: int = 0
    failure_reason: int = 0
    duration: int = 0
    seen: bool = True
    target_identity: str = ""
    subject: str = ""
    pstn_status: str = ""
    redials: int = 0
    rate: int = 0
    rate_precision: int = 2
    rate_currency: str = "EUR"
    charged: int = 0
    vaa_input_status: bool = False
    input: Endpoints = SOUND_CARD
    output: Endpoints = SOUND_CARD
    capture_mic: Endpoints = NOWHERE
    pipe: str = ""
    answered_at: float | None = None
    deadline: float | None = None
    tones_until: float = 0.0
    tones_left: float = 0.0

    @property
    def ref(self) -> Ref:
        """Names the call in the journal."""
        return Ref(Kind.CALL, self.id)

    @property
    def status(self) -> str:
        """The state as it is shown."""
        return SHOWN.get(self.state, self.state)

    @property
    def over(self) -> bool:
        """True once the call can never change its status again."""
        return self.state in FINAL

    @property
    def dialling(self) -> bool:
        """True for a call of ours that nobody has answered yet."""
        return not self.incoming and self.state in SETTING_UP

    @property
    def ringing(self) -> bool:
        """True for a call that rings here."""
        return self.incoming and self.state == "ringing"

    @property
    def missed(self) -> bool:
        """True for a call that came in and was not taken, until the user knows."""
        return self.state == "missed" and not self.seen

    @property
    def pstn_number(self) -> str:
        """The phone number at the other end, if it is a phone."""
        return self.partner if self.phone else ""

    def row(self) -> Row:
        """What the store keeps. open: 1 while something of the call is not settled, for the next start."""
        return _COLUMNS.row(self) | {"open": int(not self.over or self.missed)}


_COLUMNS: Final = Columns(
    Call,
    *("id", "subject", "vaa_input_status", "input", "output", "capture_mic", "pipe"),
    *("answered_at", "deadline", "tones_until", "tones_left"),
)


def restored(key: int, row: Row) -> Call:
    """The call that a row describes. What was alive when the process ended is over now."""
    call = Call(id=key, **_COLUMNS.values(row))  # type: ignore[arg-type]  # columns are fields
    if call.ringing:
        call.state, call.seen = "missed", False
    elif call.state in SETTING_UP:
        call.state = "cancelled"
    elif call.state in WAITING:
        call.state = "refused"
    elif call.state in TALKING:
        call.state = "finished"
    return call
