"""Sums of blocks and joins between them."""

from array import array

import pytest

from ringback.media.mixing import faded, mixed
from ringback.ports.media import BLOCK_SAMPLES, SILENCE


def flat(level):
    return array("h", [level] * BLOCK_SAMPLES).tobytes()


@pytest.mark.parametrize(
    ("levels", "sum_of_them"),
    [
        ((), 0),
        ((5,), 5),
        ((5, -7), -2),
        ((1, 2, 3), 6),
        ((30000, 30000), 32767),
        ((-30000, -30000), -32768),
        ((30000, 30000, -30000), 2767),
        ((-32768,), -32768),
    ],
)
def test_blocks_are_added_and_cut_off_at_the_loudest_level(levels, sum_of_them):
    assert mixed([flat(level) for level in levels]) == flat(sum_of_them)


def test_only_what_is_too_loud_is_cut_off():
    one = array("h", range(BLOCK_SAMPLES))
    other = array("h", [32767] * BLOCK_SAMPLES)
    assert mixed([one.tobytes(), other.tobytes()]) == flat(32767)
    other[5] = 10
    expected = array("h", [32767] * BLOCK_SAMPLES)
    expected[5] = 15
    assert mixed([one.tobytes(), other.tobytes()]) == expected.tobytes()


def test_silence_is_the_same_object():
    assert mixed([bytes(320), bytes(320)]) is SILENCE


def test_a_join_begins_as_the_one_and_ends_as_the_other():
    joined = array("h", faded(flat(1000), flat(-1000)))
    assert joined[0] == 1000
    assert joined[-1] <= -980
    assert list(joined) == sorted(joined, reverse=True)
    assert faded(flat(7), flat(7)) == flat(7)
