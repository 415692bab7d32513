"""What the engine asks the world to do. Data only; carried out after the step is stored.

Every effect carries ids that were stored with the change, so that it can be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TypeAlias


@unique
class CallAct(Enum):
    """Acts of call signalling (network.md, request 12)."""

    OFFER = "offer"
    RING = "ring"
    ANSWER = "answer"
    HOLD = "hold"
    RESUME = "resume"
    TONE = "tone"
    REFUSE = "refuse"
    BUSY = "busy"
    FAIL = "fail"
    END = "end"


@unique
class Route(Enum):
    """Ways of a leg's sound: what is sent (INPUT), what is heard (OUTPUT), a copy of the microphone."""

    INPUT = "input"
    OUTPUT = "output"
    CAPTURE_MIC = "capture_mic"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a route leads. Several may be given at once; none given means silence.

    soundcard: a device name ("default") or None. port: TCP port on 127.0.0.1 where the program listens.
    file: path of a WAV file.
    """

    soundcard: str | None = None
    port: int | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class SignalCall:
    """Tell the other side of a call something. ``signal_id`` names the call between both sides."""

    signal_id: str
    to: str
    act: CallAct
    payload: str = ""


@dataclass(frozen=True, slots=True)
class OpenLeg:
    """Connect a call's sound: ``pipe`` names the sound path that both sides share."""

    call: int
    pipe: str


@dataclass(frozen=True, slots=True)
class HoldLeg:
    """Let no sound pass while either side holds the call; let it pass again."""

    call: int
    held: bool


@dataclass(frozen=True, slots=True)
class CloseLeg:
    """End a call's sound; files are finished and sockets closed."""

    call: int


@dataclass(frozen=True, slots=True)
class SetRoute:
    """Lead a route of a leg somewhere else. Answered by RouteSet or RouteFailed with ``operation``."""

    call: int
    route: Route
    endpoints: Endpoints
    operation: int


@dataclass(frozen=True, slots=True)
class SetPresence:
    """Publish the account's own presence."""

    state: str


Effect: TypeAlias = SignalCall | OpenLeg | HoldLeg | CloseLeg | SetRoute | SetPresence
