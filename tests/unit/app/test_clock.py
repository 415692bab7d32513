"""The media clock keeps pace after the loop was late; a fast loop and the clock beside it agree."""

import asyncio
import time

from ringback.app.bootstrap import CATCH_UP, MediaClock
from ringback.app.clock import FastLoop, SystemClock
from ringback.ports.media import BLOCK_SECONDS


class FakeLoop:
    """Time that is told; one timer."""

    def __init__(self):
        self.now = 100.0
        self.timer = None

    def time(self):
        return self.now

    def call_at(self, moment, act):
        assert self.timer is None
        self.timer = (moment, act)

    def pass_(self, seconds):
        """Time passes in one piece, and only then the loop comes to its timers, as after a long task."""
        self.now += seconds
        while self.timer is not None and self.timer[0] <= self.now:
            (_, act), self.timer = self.timer, None
            act()


class Counter:
    def __init__(self):
        self.ticks = 0
        self.sounds = True

    def busy(self):
        return self.sounds

    def tick(self):
        self.ticks += 1


def running():
    loop, counter = FakeLoop(), Counter()
    clock = MediaClock(loop, [counter])
    clock.start()
    clock.start()
    return loop, counter, clock


def test_a_block_every_ten_milliseconds_without_drift():
    loop, counter, _ = running()
    for _ in range(1000):
        loop.pass_(0.0073)
    assert abs(counter.ticks - 730) <= 1


def test_what_a_late_loop_missed_is_made_up_for():
    loop, counter, _ = running()
    loop.pass_(0.4)
    assert 39 <= counter.ticks <= 40
    loop.pass_(0.1)
    assert 49 <= counter.ticks <= 50


def test_after_a_very_late_loop_sound_goes_on_from_now():
    loop, counter, _ = running()
    loop.pass_(60)
    assert CATCH_UP <= counter.ticks <= CATCH_UP + 1
    for _ in range(10):
        loop.pass_(0.1)
    assert abs(counter.ticks - CATCH_UP - 1 / BLOCK_SECONDS) <= 2


def test_it_rests_while_nothing_sounds():
    loop, counter, clock = running()
    counter.sounds = False
    loop.pass_(1)
    assert loop.timer is None
    ticks = counter.ticks
    loop.pass_(1)
    counter.sounds = True
    clock.start()
    loop.pass_(0.1)
    assert 9 <= counter.ticks - ticks <= 10


def test_a_fast_loop_and_its_clock_agree():
    async def look():
        loop, clock = asyncio.get_running_loop(), SystemClock(200)
        begun, real = loop.time(), time.monotonic()
        assert abs(clock.now().monotonic - begun) < 200
        async with asyncio.timeout(1000):
            await asyncio.sleep(100)
        assert loop.time() - begun >= 100
        assert clock.now().monotonic - begun >= 100
        assert time.monotonic() - real < 20
        assert abs(clock.now().utc - time.time()) < 10

    with asyncio.Runner(loop_factory=lambda: FastLoop(200)) as runner:
        runner.run(look())


class Spoken(Counter):
    """Says when it is moved on."""

    def __init__(self, said, name):
        super().__init__()
        self.said, self.name = said, name

    def tick(self):
        self.said.append(self.name)

    def arrive(self):
        self.said.append("arrive")

    def depart(self):
        self.said.append("depart")


def test_sound_comes_in_before_all_others_move_and_goes_out_after_them():
    said, loop = [], FakeLoop()
    legs, wires = Spoken(said, "legs"), Spoken(said, "wires")
    clock = MediaClock(loop, [legs])
    clock.rims.append(wires)
    legs.sounds = False
    clock.start()
    loop.pass_(0.0201)
    assert said == ["arrive", "legs", "depart"] * 2
    wires.sounds = False
    loop.pass_(0.05)
    assert loop.timer is None
