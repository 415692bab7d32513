"""The tour: a program attaches through the real socket, calls echo123, hears itself, and writes to it."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import shutil
import textwrap
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ringback.media.wav import samples
from ringback.tools.attach import StreamProgram
from ringback.tools.terminal import ASKED, DIM, TOLD, Look, printable

#: Samples of the decimated recordings a second: 16000 / 8.
_STEP: Final = 8
LIKENESS: Final = 0.9
#: The greeting and the beep take five and a half seconds; what is said before the beep would be lost.
GREETING_SECONDS: Final = 5.8
#: What is written, and how long its answer may take.
GREETING: Final = "Hello! Is anybody there?"
ANSWER_SECONDS: Final = 10.0
#: echo123 takes this much silence for the end of what is said.
SILENCE_SECONDS: Final = 3.0
OVER: Final = frozenset({"FINISHED", "FAILED", "REFUSED", "BUSY", "CANCELLED", "MISSED"})

#: Where the words of a line begin, and where the remark beside it.
_INDENT: Final = 12
_REMARK_AT: Final = 48
#: What a line means, by arrow and how it begins; the longest beginning counts.
REMARKS: Final = {
    "-> NAME": "a program says who it is",
    "<- OK": "and is let in",
    "-> PROTOCOL": "the version that it speaks",
    "<- PROTOCOL": "agreed",
    "-> GET USER": "asks for somebody's full name",
    "<- USER": "what, who, property, value",
    "-> CALL": "places a call",
    "-> ALTER CALL # SET_OUTPUT": "what we hear goes into a file",
    "<- ALTER CALL # SET_OUTPUT": "done: the command comes back",
    "-> ALTER CALL # SET_INPUT": "what we say comes from a file",
    "<- ALTER CALL # SET_INPUT": "done",
    "<- CONNSTATUS": "told once: we are connected,",
    "<- CURRENTUSERHANDLE": "this is our name,",
    "<- USERSTATUS": "this is what others see",
    "<- CALL # SUBJECT": "a property, its value empty",
    "<- CALL # STATUS UNPLACED": "the call has a number now",
    "<- CALL # STATUS ROUTING": "looking for the other side",
    "<- CALL # STATUS RINGING": "it rings there",
    "<- CALL # STATUS INPROGRESS": "answered: sound flows",
    "<- CALL # STATUS FINISHED": "the other side hung up",
    "<- CALL # STATUS": "the call came to nothing",
    "<- CALL # VAA_INPUT_STATUS TRUE": "our file speaks now",
    "<- CALL # VAA_INPUT_STATUS FALSE": "no file of ours speaks",
    "-> GET CALL # DURATION": "how long did we talk?",
    "-> MESSAGE": "writes to somebody",
    "<- CHAT # NAME": "a new chat, with its own name",
    "<- CHAT # STATUS DIALOG": "a conversation of two",
    "<- CHAT # POSTERS": "who has written in it",
    "<- CHATMEMBER": "somebody's place in it",
    "<- CHATMESSAGE # STATUS SENDING": "the message has a number now",
    "<- CHATMESSAGE # STATUS SENT": "safe: it will arrive",
    "<- CHATMESSAGE # STATUS RECEIVED": "somebody wrote to us",
    "-> GET CHATMESSAGE # BODY": "what does it say?",
    "<- CHATMESSAGE # BODY": "echo123 says the same",
    "<- ERROR": "refused, with number and reason",
}


def remark(arrow: str, text: str) -> str:
    """What a line means, "" if that goes without saying."""
    words = text.split()
    line = " ".join([arrow, *("#" if word.isdecimal() or word.startswith("#") else word for word in words)])
    found = [begin for begin in REMARKS if f"{line} ".startswith(f"{begin} ")]
    return REMARKS[max(found, key=len)] if found else ""


def row(seconds: float, arrow: str, text: str, meaning: str, look: Look) -> str:
    """One line of traffic with its time and, in a column of its own, what it means."""
    colour = ASKED if arrow == "->" else TOLD
    lines = textwrap.wrap(
        printable(text), look.width - _INDENT, break_on_hyphens=False, drop_whitespace=False
    ) or [""]
    shown = [f"{seconds:7.3f}  {look.paint(f'{arrow} {lines[0]}', colour)}"]
    shown += [" " * _INDENT + look.paint(line, colour) for line in lines[1:]]
    if meaning:
        end = _INDENT + len(lines[-1])
        column = max(_REMARK_AT, end + 2)
        if column + len(meaning) <= look.width:
            shown[-1] += " " * (column - end) + look.paint(meaning, DIM)
        else:
            shown.append(" " * _REMARK_AT + look.paint(meaning, DIM))
    return "\n".join(shown)


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


def _sound(path: Path) -> bytes:
    return samples(path.read_bytes())


class _Progress:
    """What is going on in the call, second by second, for people who cannot hear it."""

    def __init__(self, spoken_seconds: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._spoken_seconds = spoken_seconds
        self._answered = 0.0
        self._speaking = 0.0

    def answered(self) -> None:
        """The other side has taken the call."""
        self._answered = self._clock()

    def speaking(self) -> None:
        """Our sample begins."""
        self._speaking = self._clock()

    def now(self) -> str:
        """What one would hear about now."""
        if not self._speaking:
            return "echo123 greets us"
        since = self._clock() - self._speaking
        heard_us = self._spoken_seconds + SILENCE_SECONDS
        recorded = heard_us + self._speaking - self._answered - GREETING_SECONDS
        if since < self._spoken_seconds:
            return "we speak, echo123 records"
        if since < heard_us:
            return "silence: it waits for more"
        if since < heard_us + recorded:
            return "echo123 plays it back"
        return "echo123 says goodbye"


async def tour(
    socket: Path,
    sample: Path,
    recording: Path,
    say: Callable[[str], None],
    clock: Callable[[], float],
    look: Look,
) -> bool:
    """Run the tour; True if the sample came back. ``say`` prints a line."""
    begun = clock()
    over = asyncio.Event()
    talking = asyncio.Event()
    received: asyncio.Queue[str] = asyncio.Queue()
    spoken = _sound(sample)
    progress = _Progress(len(spoken) / 32000, clock)

    def show(arrow: str, text: str, meaning: str = "") -> None:
        say(row(clock() - begun, arrow, text, meaning or remark(arrow, text), look))

    def heard(text: str) -> None:
        words = text.split()
        show("<-", text, progress.now() if words[2:3] == ["DURATION"] else "")
        if words[:1] == ["CALL"] and words[2:3] == ["STATUS"]:
            if words[3] == "INPROGRESS":
                progress.answered()
                talking.set()
            elif words[3] in OVER:
                talking.set()
                over.set()
        elif words[:1] == ["CHATMESSAGE"] and words[2:] == ["STATUS", "RECEIVED"]:
            received.put_nowait(words[1])

    program = await StreamProgram.unix(socket, heard)

    async def ask(command: str, meaning: str = "") -> str:
        show("->", command)
        answer = await program.ask(command)
        show("<-", answer, meaning)
        return answer

    def headline(text: str) -> None:
        say("")
        for line in textwrap.wrap(text, min(look.width, 80)):
            say(line)

    headline(
        "A tour: a program attaches to this engine as any other would, over the Unix socket. On the left "
        "seconds; -> is what the program says, <- what the engine says; on the right what it means. "
        "It takes half a minute."
    )
    try:
        headline("1. The program attaches and asks for something.")
        for command in ("NAME Tour", "PROTOCOL 8", "GET USER echo123 FULLNAME"):
            await ask(command)
        headline("2. It calls echo123, a robot that repeats what it hears.")
        placed = (await ask("CALL echo123")).split()
        if placed[:1] != ["CALL"]:
            say("the call was refused")
            return False
        call = placed[1]
        if (await ask(f'ALTER CALL {call} SET_OUTPUT FILE="{recording}"')).startswith("ERROR"):
            say(f"what is heard cannot be written to {recording}")
            return False
        await talking.wait()
        # A real robot in real time: there is nothing but its greeting to wait for.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), GREETING_SECONDS)
        if over.is_set():
            say("the call ended before anything could be said")
            return False
        headline("3. The beep was heard: now the program speaks.")
        progress.speaking()
        await ask(f'ALTER CALL {call} SET_INPUT FILE="{sample}"')
        await over.wait()
        await ask(f"GET CALL {call} DURATION", "seconds")
        headline("4. It writes to echo123, which answers with the same text.")
        if (await ask(f"MESSAGE echo123 {GREETING}")).startswith("ERROR"):
            say("the message was refused")
            return False
        async with asyncio.timeout(ANSWER_SECONDS):
            read = await ask(f"GET CHATMESSAGE {await received.get()} BODY")
        if not read.endswith(f" BODY {GREETING}"):
            say("that is not what was written")
            return False
    except TimeoutError:
        say("no message came back")
        return False
    finally:
        await program.close()
    headline("5. Was that our voice?")
    result = find(spoken, _sound(recording))
    if result.came_back:
        say(f"the sample came back after {result.seconds:.2f} s, likeness {result.likeness:.3f} of 1")
    else:
        say(f"the sample did NOT come back (likeness {result.likeness:.3f} of 1)")
    say(f"heard: {recording}")
    player = next((name for name in ("aplay", "paplay", "play", "afplay") if shutil.which(name)), None)
    if player:
        say(f"to hear it yourself: {player} {shlex.quote(str(recording))}")
    return result.came_back
