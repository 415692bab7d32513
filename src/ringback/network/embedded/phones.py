"""The phone network that the embedded network has: numbers that always behave alike, and what calls cost.

What a number does is in the design's table. The words that it says of a call that nobody takes are those of
the reference's gateway: 10000 and the status of SIP.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import Final, Self

from ringback.domain.effects import CallAct
from ringback.domain.handles import is_phone_number
from ringback.network.embedded.robots import Line, MakeRobot, SpeakingRobot, UnansweredRobot
from ringback.ports.media import BLOCK_SECONDS, SILENCE, ToneEar

BUSY_HERE: Final = "10486 Busy Here"
DECLINE: Final = "10603 Decline"
NOT_FOUND: Final = "10404 Not Found"
NO_ANSWER: Final = "10480 Temporarily Unavailable"
OUT_OF_SERVICE: Final = "10503 Service Unavailable"
#: Numbers of the reference's table of failure reasons.
_MISC: Final = 1
_UNKNOWN: Final = 2
_ENDED: Final = 5

#: Seconds for which a number rings that nobody answers.
RINGS: Final = 30.0
#: Blocks by which the echo comes later than the word.
_DELAY: Final = round(0.5 / BLOCK_SECONDS)
#: Blocks of silence after which the keys that were pressed are said.
_PAUSE: Final = round(1.0 / BLOCK_SECONDS)
#: Blocks without a key after which the machine hangs up.
_PATIENCE: Final = round(30.0 / BLOCK_SECONDS)
#: Assets that say a key.
KEY_PROMPTS: Final = {
    **{digit: f"key_{digit}" for digit in "0123456789"},
    "*": "key_star",
    "#": "key_hash",
}


@dataclass(frozen=True, slots=True)
class Rates:
    """What a minute costs, by the longest beginning of a number that is listed; "" is everywhere else.

    precision: how many digits of a price are decimals. opening_balance: hundredths that a new account has.
    in_service: False while no call gets through, to see what a program makes of that.
    """

    currency: str
    opening_balance: int
    precision: int
    minute: Mapping[str, int]
    in_service: bool = True

    def __post_init__(self) -> None:
        amounts = (self.opening_balance, self.precision, *self.minute.values())
        if any(not isinstance(amount, int) or amount < 0 for amount in amounts) or self.precision > 6:
            raise ValueError("a price, precision or balance is no number from 0 on")
        if not isinstance(self.in_service, bool):
            raise TypeError("in_service is neither true nor false")
        if len(self.currency) != 3 or not self.currency.isalpha():
            raise ValueError("the currency is no code of three letters")
        if "" not in self.minute or any(begin and not begin.startswith("+") for begin in self.minute):
            raise ValueError('"minute" needs beginnings of numbers with +, and "" for all others')

    @classmethod
    def read(cls, text: str | None = None) -> Self:
        """A table as JSON, without text the one that comes with Ringback. Raises ValueError."""
        if text is None:
            text = resources.files("ringback.network.embedded").joinpath("rates.json").read_text("utf-8")
        try:
            return cls(**json.loads(text))
        except (TypeError, AttributeError) as error:
            raise ValueError(str(error)) from None

    def of(self, number: str) -> int:
        """Price of a minute."""
        begins = (number[:length] for length in range(len(number), -1, -1))
        return next(self.minute[begin] for begin in begins if begin in self.minute)


class EchoPhone(SpeakingRobot):
    """Answers and says what it hears, half a second later."""

    def script(self) -> Iterator[bytes]:
        """For ever."""
        late = deque([SILENCE] * _DELAY)
        while True:
            late.append(self.listen())
            yield late.popleft()


class AnnouncingPhone(SpeakingRobot):
    """Says that nobody can be reached, before anybody answered; then nobody does."""

    def due(self, now: float) -> None:
        """Begin to speak."""
        if self.is_due(now):
            self.line.say(CallAct.RING, pipe=self.line.pipe)
            self.talk()

    def script(self) -> Iterator[bytes]:
        """The announcement, twice."""
        for _ in range(2):
            yield from self.prompt("announcement")

    def ended(self) -> None:
        """Nobody answers."""
        self.line.say(CallAct.FAIL, NO_ANSWER, reason=_ENDED)


class KeypadPhone(SpeakingRobot):
    """Answers, listens to keypad tones, and says each row of them when a pause comes."""

    def __init__(self, line: Line, ear: ToneEar) -> None:
        self._ear = ear
        self._pressed: list[str] = []
        super().__init__(line)

    def listen(self) -> bytes:
        """Keys are heard at any time, also while it speaks."""
        heard = SpeakingRobot.listen(self)
        key = self._ear.hear(heard)
        if key in KEY_PROMPTS:
            self._pressed.append(key)
        return heard

    def script(self) -> Iterator[bytes]:
        """Until nobody presses anything for long."""
        yield from self.prompt("keypad")
        quiet, known = 0, 0
        while quiet < _PATIENCE:
            self.listen()
            yield SILENCE
            quiet = 0 if len(self._pressed) > known else quiet + 1
            known = len(self._pressed)
            if known and quiet >= _PAUSE:
                said, self._pressed = self._pressed, []
                for key in said:
                    yield from self.prompt(KEY_PROMPTS[key])
                quiet, known = 0, len(self._pressed)
        yield from self.prompt("goodbye_keypad")


class PhoneNetwork:
    """Knows every number, and what calls cost."""

    def __init__(self, rates: Rates, ears: Callable[[], ToneEar]) -> None:
        self.rates = rates
        self._ears = ears
        self._numbers: Mapping[str, MakeRobot] = {
            "+15005550001": EchoPhone,
            "+15005550002": partial(
                UnansweredRobot, after=1.0, rings=False, act=CallAct.BUSY, words=BUSY_HERE
            ),
            "+15005550003": partial(UnansweredRobot, after=3.0, act=CallAct.REFUSE, words=DECLINE),
            "+15005550004": partial(_failing, words=NOT_FOUND, reason=_UNKNOWN),
            "+15005550005": AnnouncingPhone,
            "+15005550006": lambda line: KeypadPhone(line, self._ears()),
        }

    def __call__(self, number: str) -> MakeRobot | None:
        """Who takes a call to ``number``, None if that is no phone number."""
        if not is_phone_number(number):
            return None
        if not self.rates.in_service:
            return partial(_failing, words=OUT_OF_SERVICE, reason=_MISC)
        return self._numbers.get(number, _nobody_home)


def _failing(line: Line, words: str, reason: int) -> UnansweredRobot:
    return UnansweredRobot(line, after=0.5, rings=False, act=CallAct.FAIL, words=words, reason=reason)


def _nobody_home(line: Line) -> UnansweredRobot:
    return UnansweredRobot(line, after=RINGS, act=CallAct.FAIL, words=NO_ANSWER, reason=_ENDED)
