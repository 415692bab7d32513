"""People who always exist on the embedded network (design: echo123 and its friends).

A robot is one end of a call: told of signals, asked at deadlines, moved on by the media clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from ringback.domain.effects import CallAct
from ringback.ports.media import BLOCK_BYTES, SILENCE, Pipes, Sink, Source

RINGING_SECONDS: Final = 2.0
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
    """Answers after a while, acts its script, hangs up when the script ends. Subclasses write the script."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._answers_at: float | None = line.begun + RINGING_SECONDS
        self._heard: Source | None = None
        self._said: Sink | None = None
        self._script: Iterator[bytes] | None = None
        line.say(CallAct.RING)

    def deadline(self) -> float | None:
        """When it answers."""
        return self._answers_at

    def due(self, now: float) -> None:
        """Answer."""
        if self._answers_at is not None and now + 1e-6 >= self._answers_at:
            self._answers_at = None
            self._talk()
            self.line.say(CallAct.ANSWER, pipe=self.line.pipe)

    def told(self, act: CallAct, _payload: str) -> None:
        """Only the end matters to it."""
        if act in (CallAct.END, CallAct.REFUSE):
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
            self.line.say(CallAct.END)
        else:
            self._said.write(block)

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

    def _talk(self) -> None:
        self._heard, self._said = self.line.pipes.join(self.line.pipe)
        self._script = self.script()

    def _leave(self) -> None:
        self._script = None
        self._answers_at = None
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


class SilentRobot:
    """no.answer: rings for ever."""

    def __init__(self, line: Line) -> None:
        self.line = line
        line.say(CallAct.RING)

    def deadline(self) -> float | None:
        """Never."""
        return None

    def due(self, _now: float) -> None:
        """Nothing to do."""

    def told(self, _act: CallAct, _payload: str) -> None:
        """Nothing to do."""

    def sounding(self) -> bool:
        """Never."""
        return False

    def tick(self) -> None:
        """Nothing to do."""


class BusyRobot(SilentRobot):
    """busy.bee: rings once, then is busy."""

    def __init__(self, line: Line) -> None:
        super().__init__(line)
        line.say(CallAct.BUSY)


class RefusingRobot(SilentRobot):
    """dee.clines: rings once, then refuses."""

    def __init__(self, line: Line) -> None:
        super().__init__(line)
        line.say(CallAct.REFUSE)


ROBOTS: Final[Mapping[str, MakeRobot]] = {
    "echo123": EchoRobot,
    "busy.bee": BusyRobot,
    "no.answer": SilentRobot,
    "ann.answers": TalkingRobot,
    "dee.clines": RefusingRobot,
}
