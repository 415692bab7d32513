"""How the bench of calls finds its bursts."""

import os

import numpy as np
import pytest
from bench.calls import BURSTS, PIECE, RATE, Ear, burst, late, processor

SIZE = round(RATE * PIECE)
SILENCE = np.zeros(SIZE, "<i2")


def heard(shift):
    """Three bursts in pieces that are cut elsewhere than they were."""
    ear = Ear(RATE)
    period = [np.array(burst(RATE)), *[SILENCE] * (BURSTS - 1)]
    sound = np.concatenate([np.zeros(RATE, "<i2")[: RATE // 2 + shift], *period * 3])
    for at in range(0, len(sound), SIZE):
        ear.take(sound[at : at + SIZE], 100 + at / RATE)
    return ear.heard


@pytest.mark.parametrize("shift", [0, 1, 77, SIZE - 1])
def test_a_burst_is_heard_once_at_its_first_sample(shift):
    begin = 100.5 + shift / RATE
    assert heard(shift) == pytest.approx([begin + n * BURSTS * PIECE for n in range(3)])


def test_it_is_late_by_the_median_and_what_is_lost_does_not_count():
    assert late([1.0, 2.0, 3.0, 4.0], [1.1, 2.3, 3.2]) == pytest.approx(200)


def test_processor_time_of_a_process_grows_as_it_works():
    before = processor(os.getpid())
    sum(range(1_000_000))
    assert processor(os.getpid()) > before
    with pytest.raises(ProcessLookupError):
        processor(2**22 + 1)
