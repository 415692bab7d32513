"""Calls on the embedded network: signals between accounts, and robots at the far ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ringback.domain.effects import CallAct
from ringback.domain.handles import is_phone_number
from ringback.domain.inputs import CallPriced, CallSignalled, NetworkEvent
from ringback.network.embedded.phones import PhoneNetwork
from ringback.network.embedded.robots import Line, MakeRobot, Robot
from ringback.ports.media import Pipes

#: Numbers of the reference's table of failure reasons.
UNKNOWN_PERSON: Final = 2
OFFLINE_PERSON: Final = 3
#: Acts after which nothing more can be said about a call.
_LAST: Final = frozenset({CallAct.END, CallAct.REFUSE, CallAct.BUSY, CallAct.FAIL})

#: Gives an event to an account; False if it is not online.
Tell = Callable[[str, NetworkEvent], bool]


@dataclass(slots=True)
class _Meeting:
    """One call between two ends. At most one of them is a robot."""

    caller: str
    callee: str
    robot: Robot | None = None
    answered: bool = False

    def other(self, end: str) -> str:
        """The end that ``end`` talks with."""
        return self.callee if end == self.caller else self.caller


class Exchange:
    """Connects calls. No clock: moments come with the calls.

    ``tell``: see ``Tell``. ``exists``: is there an account of that handle, online or not. ``robots``: who of
    those that are no account is at the other end, by handle; ``phones``: by number, None for no phones.
    """

    def __init__(
        self,
        pipes: Pipes,
        prompts: Mapping[str, bytes],
        robots: Callable[[str], MakeRobot | None],
        phones: PhoneNetwork | None,
        tell: Tell,
        exists: Callable[[str], bool],
        wake: Callable[[], None],
    ) -> None:
        self._pipes = pipes
        self._prompts = prompts
        self._robots = robots
        self._phones = phones
        self._tell = tell
        self._exists = exists
        self._wake = wake
        self._meetings: dict[str, _Meeting] = {}
        self._now = 0.0
        #: How many calls robots have placed.
        self._placed = 0

    def signal(self, sender: str, signal_id: str, to: str, act: CallAct, payload: str, now: float) -> None:
        """Carry one act of call signalling to its other end; acts about no call are late and go nowhere."""
        self._now = max(self._now, now)
        meeting = self._meetings.get(signal_id)
        if meeting is None:
            if act is CallAct.OFFER:
                self._offer(sender, signal_id, to)
            return
        if sender not in (meeting.caller, meeting.callee):
            return
        if act is CallAct.ANSWER:
            meeting.answered = True
        if act in _LAST:
            self._meetings.pop(signal_id, None)
        if meeting.robot is not None:
            meeting.robot.told(act, payload)
        else:
            reason = int(payload) if act is CallAct.FAIL else None
            pipe = payload if act is CallAct.ANSWER else ""
            self._tell(meeting.other(sender), CallSignalled(signal_id, sender, act, payload, pipe, reason))
        self._wake()

    def _offer(self, sender: str, signal_id: str, to: str) -> None:
        # It is there before anybody is told: some answer at once.
        meeting = self._meetings[signal_id] = _Meeting(sender, to)
        make = self._far_end(to)
        if self._phones is not None and is_phone_number(to):
            rates = self._phones.rates
            self._tell(sender, CallPriced(signal_id, rates.of(to), rates.precision, rates.currency))
        if make is not None:
            meeting.robot = make(self._line(signal_id, to, sender, calling=False))
        elif not self._tell(to, CallSignalled(signal_id, sender, CallAct.OFFER)):
            del self._meetings[signal_id]
            reason = OFFLINE_PERSON if self._exists(to) else UNKNOWN_PERSON
            self._tell(sender, CallSignalled(signal_id, to, CallAct.FAIL, reason=reason))
        self._wake()

    def _far_end(self, handle: str) -> MakeRobot | None:
        phone = None if self._phones is None else self._phones(handle)
        return self._robots(handle) or phone

    def call_from(self, robot: str, account: str, now: float) -> bool:
        """Let a robot or a phone call an account; False if that is not online.

        The robot acts its script once somebody answers, and gives up after a while.
        """
        self._now = max(self._now, now)
        make = self._far_end(robot)
        if make is None:
            raise LookupError(robot)
        self._placed += 1
        signal_id = f"{robot}/{self._placed}"
        meeting = self._meetings[signal_id] = _Meeting(robot, account)
        meeting.robot = make(self._line(signal_id, robot, account, calling=True))
        if not self._tell(account, CallSignalled(signal_id, robot, CallAct.OFFER)):
            del self._meetings[signal_id]
            return False
        self._wake()
        return True

    def _line(self, signal_id: str, robot: str, account: str, *, calling: bool) -> Line:
        def say(act: CallAct, payload: str = "", pipe: str = "", reason: int | None = None) -> None:
            meeting = self._meetings.get(signal_id)
            if meeting is None:
                return
            if act is CallAct.ANSWER:
                meeting.answered = True
            if act in _LAST:
                self._meetings.pop(signal_id, None)
            self._tell(account, CallSignalled(signal_id, robot, act, payload, pipe, reason))

        return Line(say, self._pipes, f"pipe/{signal_id}", self._prompts, self._now, calling)

    def leave(self, handle: str) -> None:
        """An account is gone: who talks with it, rings there or is rung by it is told."""
        for signal_id, meeting in list(self._meetings.items()):
            if handle not in (meeting.caller, meeting.callee):
                continue
            if handle == meeting.callee and not meeting.answered:
                self.signal(handle, signal_id, meeting.caller, CallAct.FAIL, str(OFFLINE_PERSON), self._now)
            else:
                self.signal(handle, signal_id, meeting.other(handle), CallAct.END, "", self._now)

    def next_deadline(self) -> float | None:
        """When the next robot wants to act."""
        deadlines = [m.robot.deadline() for m in self._meetings.values() if m.robot is not None]
        return min((d for d in deadlines if d is not None), default=None)

    def advance(self, now: float) -> None:
        """Let robots act whose time has come."""
        self._now = max(self._now, now)
        for meeting in list(self._meetings.values()):
            if meeting.robot is not None:
                meeting.robot.due(now)

    def busy(self) -> bool:
        """True while a robot makes sound."""
        return any(m.robot is not None and m.robot.sounding() for m in self._meetings.values())

    def tick(self) -> None:
        """One block of sound passes for every robot."""
        for meeting in list(self._meetings.values()):
            if meeting.robot is not None and meeting.robot.sounding():
                meeting.robot.tick()
