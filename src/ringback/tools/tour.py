"""The tour: a program attaches through the real socket, calls echo123, speaks, and hears itself."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ringback.tools.attach import UnixProgram

#: Samples of the decimated recordings a second: 16000 / 8.
_STEP: Final = 8
LIKENESS: Final = 0.9


@dataclass(frozen=True, slots=True)
class Return:
    """How much of the sample came back: likeness 0 to 1 and when, in seconds of the recording."""

    likeness: float
    seconds: float

    @property
    def came_back(self) -> bool:
        """True if it is the same sound."""
        return self.likeness >= LIKENESS


def find(sample: bytes, heard: bytes) -> Return:
    """Look for ``sample`` in ``heard`` (both mono, 16 bit, 16 kHz) by normalized correlation.

    A coarse search over loudness finds candidate places, the exact one is settled on the samples, so that
    the answer takes a moment in plain Python and still compares every sample in the end.
    """
    said, all_heard = array("h", sample), array("h", heard)
    block = 160
    shape = [sum(abs(v) for v in said[i : i + block : _STEP]) for i in range(0, len(said) - block, block)]
    there = [
        sum(abs(v) for v in all_heard[i : i + block : _STEP]) for i in range(0, len(all_heard) - block, block)
    ]
    best = Return(0.0, 0.0)
    if not shape or len(there) < len(shape):
        return best
    ranked = sorted(
        range(len(there) - len(shape) + 1),
        key=lambda start: -_likeness(shape, there[start : start + len(shape)]),
    )
    few = said[::_STEP]
    for start in ranked[:5]:
        for shift in range((start - 1) * block, (start + 1) * block + 1):
            if shift < 0 or shift + len(said) > len(all_heard):
                continue
            piece = all_heard[shift : shift + len(said) : _STEP]
            likeness = _likeness(few, piece)
            if likeness > best.likeness:
                best = Return(likeness, shift / 16000)
            if likeness > 0.999:
                return best
    return best


def _likeness(one: list[int] | array[int], other: list[int] | array[int]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    energy = sum(a * a for a in one) * sum(b * b for b in other)
    return product / energy**0.5 if energy else 0.0


def _contents(*paths: Path) -> list[bytes]:
    return [path.read_bytes() for path in paths]


async def tour(
    socket: Path, sample: Path, recording: Path, say: Callable[[str], None], clock: Callable[[], float]
) -> bool:
    """Run the tour; True if the sample came back. ``say`` prints a line."""
    begun = clock()
    over = asyncio.Event()
    talking = asyncio.Event()

    def show(arrow: str, text: str) -> None:
        say(f"{clock() - begun:7.3f}  {arrow} {text}")

    def heard(text: str) -> None:
        show("<-", text)
        words = text.split()
        if words[:1] == ["CALL"] and words[2:3] == ["STATUS"]:
            if words[3] == "INPROGRESS":
                talking.set()
            elif words[3] in ("FINISHED", "FAILED", "REFUSED", "BUSY", "CANCELLED", "MISSED"):
                talking.set()
                over.set()

    program = await UnixProgram.attach(socket, heard)

    async def ask(command: str) -> str:
        show("->", command)
        answer = await program.ask(command)
        show("<-", answer)
        return answer

    try:
        for command in ("NAME Tour", "PROTOCOL 8", "GET USER echo123 FULLNAME"):
            await ask(command)
        placed = (await ask("CALL echo123")).split()
        if placed[:1] != ["CALL"]:
            return False
        call = placed[1]
        await ask(f'ALTER CALL {call} SET_OUTPUT FILE="{recording}"')
        await talking.wait()
        # The greeting takes five and a half seconds; what is said before the beep would be lost.
        await asyncio.sleep(5.8)  # the tour talks to a real robot in real time
        await ask(f'ALTER CALL {call} SET_INPUT FILE="{sample}"')
        await over.wait()
        await ask(f"GET CALL {call} DURATION")
    finally:
        await program.close()
    from ringback.media.wav import samples  # noqa: PLC0415 - only the tour's end needs it

    result = find(*(samples(data) for data in _contents(sample, recording)))
    say(f"heard: {recording}")
    if result.came_back:
        say(f"the sample came back after {result.seconds:.2f} s, likeness {result.likeness:.3f} of 1")
    else:
        say(f"the sample did NOT come back (likeness {result.likeness:.3f} of 1)")
    return result.came_back
