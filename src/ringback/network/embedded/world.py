"""Everybody on the embedded network: the accounts of this process and the robots that always exist."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from ringback.domain.effects import CallAct, PostMessage, Request
from ringback.domain.inputs import CallSignalled, LinkChanged, PersonSeen
from ringback.domain.time import Instant
from ringback.network.embedded.mailbox import Mailbox
from ringback.network.embedded.post import Answering, PostOffice
from ringback.network.embedded.robots import EchoRobot, RefusingRobot, Robot, SilentRobot, TalkingRobot
from ringback.ports.media import Pipes
from ringback.ports.network import Listener

UNKNOWN_PERSON: Final = 2
OFFLINE_PERSON: Final = 3

_ALWAYS: Final = (("online_status", "online"), ("is_authorized", True))
PEOPLE: Final[dict[str, tuple[tuple[str, str | int | bool], ...]]] = {
    "echo123": (("fullname", "Echo / Sound Test Service"), ("country", "gb"), *_ALWAYS),
    "busy.bee": (("fullname", "Busy Bee"), *_ALWAYS),
    "no.answer": (("fullname", "Noah Answer"), *_ALWAYS),
    "ann.answers": (("fullname", "Ann Answers"), *_ALWAYS),
    "dee.clines": (("fullname", "Dee Clines"), *_ALWAYS),
}


@dataclass(slots=True)
class _Meeting:
    """One call between two ends; a robot is the far end, or another account is."""

    caller: str
    callee: str
    robot: Robot | None = None


class EmbeddedWorld:
    """The embedded network of a process. No clock: moments come with the calls."""

    def __init__(
        self,
        pipes: Pipes,
        prompts: dict[str, bytes],
        wake: Callable[[], None],
        mailbox: Mailbox | None = None,
    ) -> None:
        robots: dict[str, Answering] = dict.fromkeys(PEOPLE, _silent)
        robots["echo123"] = self._echo
        self._post_office = PostOffice(mailbox or Mailbox(), robots)
        self._pipes = pipes
        self._prompts = prompts
        self._wake = wake
        self._online: dict[str, Listener] = {}
        self._meetings: dict[str, _Meeting] = {}
        self._now = 0.0

    def arrive(self, handle: str, listener: Listener) -> None:
        """An account goes online and hears of everybody that it may know."""
        self._online[handle] = listener
        listener(LinkChanged("online"))
        for person, fields in PEOPLE.items():
            listener(PersonSeen(person, fields))
        self._post_office.arrive(handle, listener)

    def leave(self, handle: str) -> None:
        """An account goes offline; its calls end."""
        self._online.pop(handle, None)
        self._post_office.leave(handle)
        for signal_id, meeting in list(self._meetings.items()):
            if handle in (meeting.caller, meeting.callee):
                self.signal(handle, signal_id, meeting.callee, CallAct.END, "", self._now)

    def post(self, sender: str, request: Request, now: Instant) -> None:
        """Take a request for certain."""
        self._post_office.post(sender, request, now.monotonic)
        self._wake()

    def acknowledge(self, handle: str, receipt: str, now: Instant) -> None:
        """An account has stored what was delivered."""
        self._post_office.acknowledge(handle, receipt, now.monotonic)

    def _echo(self, sender: str, request: Request) -> None:
        """echo123 says what it is told."""
        if isinstance(request, PostMessage) and request.sort in ("said", "emoted"):
            again = replace(request, to=sender, uid=f"{request.uid}e")
            self._post_office.write("echo123", sender, again.uid, again)

    def signal(self, sender: str, signal_id: str, to: str, act: CallAct, payload: str, now: float) -> None:
        """Carry one act of call signalling to its other end."""
        self._now = max(self._now, now)
        meeting = self._meetings.get(signal_id)
        if meeting is None:
            if act is CallAct.OFFER:
                self._offer(sender, signal_id, to)
            return
        if meeting.robot is not None:
            meeting.robot.told(act, payload)
        else:
            other = meeting.callee if sender == meeting.caller else meeting.caller
            self._tell(other, CallSignalled(signal_id, sender, act, payload, _pipe(act, payload)))
        if act in (CallAct.END, CallAct.REFUSE, CallAct.BUSY):
            self._meetings.pop(signal_id, None)
        self._wake()

    def _offer(self, sender: str, signal_id: str, to: str) -> None:
        pipe = f"pipe/{signal_id}"

        def say(act: CallAct, used: str, reason: int | None) -> None:
            self._tell(sender, CallSignalled(signal_id, to, act, "", used, reason))
            if act in (CallAct.END, CallAct.REFUSE, CallAct.BUSY, CallAct.FAIL):
                self._meetings.pop(signal_id, None)

        self._meetings[signal_id] = meeting = _Meeting(sender, to)
        match to:
            case "echo123":
                meeting.robot = EchoRobot(say, self._pipes, pipe, self._prompts, self._now)
            case "ann.answers":
                meeting.robot = TalkingRobot(say, self._pipes, pipe, self._prompts, self._now)
            case "no.answer":
                meeting.robot = SilentRobot(say)
            case "busy.bee":
                meeting.robot = RefusingRobot(say, CallAct.BUSY)
            case "dee.clines":
                meeting.robot = RefusingRobot(say, CallAct.REFUSE)
            case _ if to in self._online:
                self._tell(to, CallSignalled(signal_id, sender, CallAct.OFFER))
            case _:
                say(CallAct.FAIL, "", UNKNOWN_PERSON)
        self._wake()

    def _tell(self, handle: str, event: CallSignalled) -> None:
        listener = self._online.get(handle)
        if listener is not None:
            listener(event)

    def next_deadline(self) -> float | None:
        """When the next robot wants to act."""
        deadlines = [m.robot.deadline() for m in self._meetings.values() if m.robot is not None]
        deadlines.append(self._post_office.next_deadline())
        return min((d for d in deadlines if d is not None), default=None)

    def advance(self, now: Instant) -> None:
        """Let robots act whose time has come."""
        self._now = max(self._now, now.monotonic)
        self._post_office.advance(now.monotonic)
        for meeting in list(self._meetings.values()):
            if meeting.robot is not None:
                meeting.robot.due(now.monotonic)

    def busy(self) -> bool:
        """True while a robot makes sound."""
        return any(m.robot is not None and m.robot.sounding() for m in self._meetings.values())

    def tick(self) -> None:
        """One block of sound passes for every robot."""
        for meeting in list(self._meetings.values()):
            if meeting.robot is not None and meeting.robot.sounding():
                meeting.robot.tick()


def _silent(_sender: str, _request: Request) -> None:
    """Reads and says nothing."""


def _pipe(act: CallAct, payload: str) -> str:
    return payload if act is CallAct.ANSWER else ""
