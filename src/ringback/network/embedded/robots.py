"""People who always exist on the embedded network (design: echo123 and its friends).

A robot is one end of a call: told of signals, asked at deadlines, moved on by the media clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final, Protocol, TypeAlias

from ringback.domain.effects import CallAct
from ringback.ports.media import BLOCK_BYTES, SILENCE, Mouth, Pipes, Source

RINGING_SECONDS: Final = 2.0
#: Seconds for which a robot that calls lets it ring.
PATIENCE: Final = 30.0
RECORD_BLOCKS: Final = 1000
#: Recording ends early after this much silence, once something was said.
SILENCE_BLOCKS: Final = 300
#: Below this level a block counts as silence.
QUIET: Final = 300


class Say(Protocol):
    """Says an act to the account at the other end; words, sound path and failure reason go with some."""

    def __call__(self, act: CallAct, payload: str = "", pipe: str = "", reason: int | None = None) -> None:
        """Say it."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """What a robot has of its call. ``begun``: monotonic moment. ``calling``: it is the robot that calls."""

    say: Say
    pipes: Pipes
    pipe: str
    prompts: Mapping[str, bytes]
    begun: float
    calling: bool


class Robot(Protocol):
    """One end of one call."""

    def deadline(self) -> float | None:
        """Monotonic moment at which ``due`` wants to be called."""
        ...

    def due(self, now: float) -> None:
        """Time passed; maybe the deadline came."""
        ...

    def told(self, act: CallAct, payload: str) -> None:
        """The other side said something."""
        ...

    def sounding(self) -> bool:
        """True while ``tick`` is needed."""
        ...

    def tick(self) -> None:
        """One block of sound passes."""
        ...


MakeRobot: TypeAlias = Callable[[Line], Robot]


def blocks(samples: bytes) -> Iterator[bytes]:
    """Samples cut into blocks, the last one filled up with silence."""
    for start in range(0, len(samples), BLOCK_BYTES):
        block = samples[start : start + BLOCK_BYTES]
        yield block + SILENCE[len(block) :]


def loud(block: bytes) -> bool:
    """True if somebody says something in this block."""
    return max(memoryview(block).cast("h"), default=0) > QUIET


class SpeakingRobot:
    """Answers after a while, or calls; then acts its script and hangs up. Subclasses write the script."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._acts_at: float | None = line.begun + (PATIENCE if line.calling else RINGING_SECONDS)
        self._heard: Source | None = None
        self._said: Mouth | None = None
        self._script: Iterator[bytes] | None = None
        if not line.calling:
            line.say(CallAct.RING)

    def deadline(self) -> float | None:
        """When it answers, or gives up."""
        return self._acts_at

    def is_due(self, now: float) -> bool:
        """True once, when the deadline has come."""
        if self._acts_at is None or now + 1e-6 < self._acts_at:
            return False
        self._acts_at = None
        return True

    def due(self, now: float) -> None:
        """Answer, or give up."""
        if not self.is_due(now):
            return
        if self.line.calling:
            self.line.say(CallAct.END)
        else:
            self.talk()
            self.line.say(CallAct.ANSWER, pipe=self.line.pipe)

    def told(self, act: CallAct, payload: str) -> None:
        """Only answer and end matter to it."""
        if act is CallAct.ANSWER and self.line.calling:
            self._acts_at = None
            self.talk(payload)
        elif act in (CallAct.END, CallAct.REFUSE, CallAct.BUSY, CallAct.FAIL):
            self._leave()

    def sounding(self) -> bool:
        """True between answer and hang-up."""
        return self._script is not None

    def tick(self) -> None:
        """Say the next block of the script; the script also listens."""
        if self._script is None or self._said is None:
            return
        block = next(self._script, None)
        if block is None:
            self._leave()
            self.ended()
        else:
            self._said.write(block)

    def ended(self) -> None:
        """The script is over: hang up."""
        self.line.say(CallAct.END)

    def script(self) -> Iterator[bytes]:
        """What it says, block by block, listening on the way."""
        raise NotImplementedError

    def listen(self) -> bytes:
        """The block that the other side says now."""
        return SILENCE if self._heard is None else self._heard.read()

    def prompt(self, name: str) -> Iterator[bytes]:
        """Say a spoken asset and hear nobody meanwhile."""
        for block in blocks(self.line.prompts[name]):
            self.listen()
            yield block

    def talk(self, pipe: str = "") -> None:
        """Join the sound path and begin the script."""
        self._heard, self._said = self.line.pipes.join(pipe or self.line.pipe)
        self._script = chain(self.script(), self._farewell())

    def _farewell(self) -> Iterator[bytes]:
        """Be silent until its last word is heard: who began to listen late is as late now."""
        for _ in range(0 if self._said is None else self._said.unheard):
            self.listen()
            yield SILENCE

    def _leave(self) -> None:
        self._script = None
        self._acts_at = None
        if self._heard is not None:
            self._heard.close()
            self._heard = self._said = None


class EchoRobot(SpeakingRobot):
    """echo123: rings two seconds, greets, beeps, records up to ten seconds, plays it back, hangs up."""

    def script(self) -> Iterator[bytes]:
        """The whole test."""
        yield from self.prompt("greeting")
        yield from self.prompt("beep")
        recorded: list[bytes] = []
        spoken, quiet = False, 0
        for _ in range(RECORD_BLOCKS):
            heard = self.listen()
            recorded.append(heard)
            if loud(heard):
                spoken, quiet = True, 0
            else:
                quiet += 1
            yield SILENCE
            if spoken and quiet >= SILENCE_BLOCKS:
                break
        yield from blocks(self.line.prompts["beep"])
        for block in recorded:
            self.listen()
            yield block
        yield from self.prompt("goodbye")


class TalkingRobot(SpeakingRobot):
    """ann.answers: takes the call and says one text again and again until the caller hangs up."""

    def script(self) -> Iterator[bytes]:
        """For ever."""
        while True:
            yield from self.prompt("sample")


class UnansweredRobot:
    """Nobody talks here: after so many seconds it says why, or never (``after`` None).

    rings: it is heard to ring meanwhile. words: what a phone network says of it. reason: with FAIL.
    """

    def __init__(
        self,
        line: Line,
        after: float | None = None,
        rings: bool = True,
        act: CallAct = CallAct.FAIL,
        words: str = "",
        reason: int | None = None,
    ) -> None:
        self._say = partial(line.say, act, words, reason=reason)
        self._ends_at = None if after is None else line.begun + after
        if rings:
            line.say(CallAct.RING)
        if after == 0:
            self._ends_at = None
            self._say()

    def deadline(self) -> float | None:
        """When it says why."""
        return self._ends_at

    def due(self, now: float) -> None:
        """Say why."""
        if self._ends_at is not None and now + 1e-6 >= self._ends_at:
            self._ends_at = None
            self._say()

    def told(self, _act: CallAct, _payload: str) -> None:
        """The caller gives up at most, and then nothing is heard any more."""

    def sounding(self) -> bool:
        """Never."""
        return False

    def tick(self) -> None:
        """Nothing to do."""


ROBOTS: Final[Mapping[str, MakeRobot]] = {
    "echo123": EchoRobot,
    "busy.bee": partial(UnansweredRobot, after=0, act=CallAct.BUSY),
    "no.answer": UnansweredRobot,
    "ann.answers": TalkingRobot,
    "dee.clines": partial(UnansweredRobot, after=0, act=CallAct.REFUSE),
}
