"""People who always exist on the embedded network (design: echo123 and its friends).

A robot is the far end of a call: told of signals, asked at deadlines, moved on by the media clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeAlias

from ringback.domain.effects import CallAct
from ringback.ports.media import BLOCK_BYTES, SILENCE, Pipes, Sink, Source

#: Says an act to the caller: act, pipe, failure reason.
Say: TypeAlias = Callable[[CallAct, str, int | None], None]

RINGING_SECONDS: Final = 2.0
RECORD_BLOCKS: Final = 1000
#: Recording ends early after this much silence, once something was said.
SILENCE_BLOCKS: Final = 300
#: Below this level a block counts as silence.
QUIET: Final = 300


class Robot(Protocol):
    """The far end of one call."""

    def deadline(self) -> float | None:
        """Monotonic moment at which ``due`` wants to be called."""
        ...

    def due(self, now: float) -> None:
        """The deadline came."""
        ...

    def told(self, act: CallAct, payload: str) -> None:
        """The caller said something."""
        ...

    def sounding(self) -> bool:
        """True while ``tick`` is needed."""
        ...

    def tick(self) -> None:
        """One block of sound passes."""
        ...


def blocks(samples: bytes) -> Iterator[bytes]:
    """Samples cut into blocks, the last one filled up with silence."""
    for start in range(0, len(samples), BLOCK_BYTES):
        block = samples[start : start + BLOCK_BYTES]
        yield block + SILENCE[len(block) :]


def loud(block: bytes) -> bool:
    """True if somebody says something in this block."""
    return max(memoryview(block).cast("h"), default=0) > QUIET


class EchoRobot:
    """echo123: rings two seconds, greets, beeps, records up to ten seconds, plays it back, hangs up."""

    def __init__(self, say: Say, pipes: Pipes, pipe: str, prompts: dict[str, bytes], now: float) -> None:
        self._say = say
        self._pipes = pipes
        self._pipe = pipe
        self._prompts = prompts
        self._answers_at: float | None = now + RINGING_SECONDS
        self._heard: Source | None = None
        self._said: Sink | None = None
        self._script: Iterator[bytes] | None = None
        self._recorded: list[bytes] = []
        say(CallAct.RING, "", None)

    def deadline(self) -> float | None:
        """When it answers."""
        return self._answers_at

    def due(self, now: float) -> None:
        """Answer."""
        if self._answers_at is not None and now + 1e-6 >= self._answers_at:
            self._answers_at = None
            self._heard, self._said = self._pipes.join(self._pipe)
            self._script = self._act()
            self._say(CallAct.ANSWER, self._pipe, None)

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
            self._say(CallAct.END, "", None)
        else:
            self._said.write(block)

    def _act(self) -> Iterator[bytes]:
        for prompt in ("greeting", "beep"):
            for block in blocks(self._prompts[prompt]):
                self._listen()
                yield block
        spoken, quiet = False, 0
        for _ in range(RECORD_BLOCKS):
            heard = self._listen()
            self._recorded.append(heard)
            if loud(heard):
                spoken, quiet = True, 0
            else:
                quiet += 1
            yield SILENCE
            if spoken and quiet >= SILENCE_BLOCKS:
                break
        yield from blocks(self._prompts["beep"])
        for block in self._recorded:
            self._listen()
            yield block
        for block in blocks(self._prompts["goodbye"]):
            self._listen()
            yield block

    def _listen(self) -> bytes:
        return SILENCE if self._heard is None else self._heard.read()

    def _leave(self) -> None:
        self._script = None
        self._answers_at = None
        if self._heard is not None:
            self._heard.close()
            self._heard = self._said = None


class TalkingRobot(EchoRobot):
    """ann.answers: takes the call and says one text again and again until the caller hangs up."""

    def _act(self) -> Iterator[bytes]:
        while True:
            for block in blocks(self._prompts["sample"]):
                self._listen()
                yield block


class SilentRobot:
    """no.answer: rings for ever."""

    def __init__(self, say: Say) -> None:
        say(CallAct.RING, "", None)

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


class RefusingRobot(SilentRobot):
    """busy.bee and dee.clines: ring once, then say what they always say."""

    def __init__(self, say: Say, act: CallAct) -> None:
        super().__init__(say)
        say(act, "", None)
