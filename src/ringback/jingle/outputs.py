"""What an ``Endpoint`` gives: stanzas to send, in their order, and what happened to calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from xml.etree.ElementTree import Element

from ringback.jingle.description import Candidate, Description
from ringback.jingle.reasons import Outcome, Reason


@dataclass(frozen=True, slots=True)
class SendIq:
    """Send an IQ of type set; its answer goes to ``Endpoint.answered``."""

    id: str
    to: str
    element: Element


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a message of type chat with a hint to store it (XEP-0334); if it bounces, ``answered``."""

    id: str
    to: str
    element: Element


@dataclass(frozen=True, slots=True)
class SendResult:
    """Answer the IQ ``id`` with an empty result."""

    id: str
    to: str


@dataclass(frozen=True, slots=True)
class SendError:
    """Answer the IQ ``id`` with an error; ``element`` is ``<error/>``, still without a namespace."""

    id: str
    to: str
    element: Element


@dataclass(frozen=True, slots=True)
class Offered:
    """Somebody calls: a call of a new name. peer: their full address. media: audio, video."""

    call: str
    peer: str
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rings:
    """It rings at the other side."""

    call: str


@dataclass(frozen=True, slots=True)
class OfferWanted:
    """A device of the callee is ready: give ``Endpoint.offer`` a description."""

    call: str
    peer: str


@dataclass(frozen=True, slots=True)
class AnswerWanted:
    """Here is what the caller offers: give ``Endpoint.accept`` a description that fits.

    It holds a content with sound, and others only if they share its way: these must be in the answer, too,
    be it that nobody sends them. It comes after our own answer, and also for a call of ours when both
    sides called each other at once: then the other side's session is used for it.
    """

    call: str
    peer: str
    description: Description


@dataclass(frozen=True, slots=True)
class AnswerCame:
    """Here is what the callee answered to our offer."""

    call: str
    description: Description


@dataclass(frozen=True, slots=True)
class Established:
    """Both sides have agreed: the call is answered."""

    call: str


@dataclass(frozen=True, slots=True)
class CandidatesCame:
    """The other side can be reached here, too. complete: these were the last."""

    call: str
    content: str
    candidates: tuple[Candidate, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Held:
    """The other side holds the call: it wants no sound."""

    call: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """The other side goes on."""

    call: str


@dataclass(frozen=True, slots=True)
class Muted:
    """The other side's microphone is off, or on again."""

    call: str
    muted: bool


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The other side pressed a key. duration: milliseconds."""

    call: str
    code: str
    duration: int


@dataclass(frozen=True, slots=True)
class Over:
    """The call is over, for the reason that the other side gave, if it did."""

    call: str
    outcome: Outcome
    reason: Reason | None = None


Event: TypeAlias = (
    Offered
    | Rings
    | OfferWanted
    | AnswerWanted
    | AnswerCame
    | Established
    | CandidatesCame
    | Held
    | Resumed
    | Muted
    | KeyPressed
    | Over
)
Output: TypeAlias = SendIq | SendMessage | SendResult | SendError | Event
