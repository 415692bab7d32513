"""kill -9 while commands are in flight: what was answered is there, nothing is there twice."""

import pytest

from support.storm import Storm


def kill_again_and_again(home, seed, times):
    storm = Storm(home, seed)
    while storm.kills < times:
        storm.live_and_die()
        if storm.random.random() < 0.2:
            storm.die_young()
    storm.live_and_die()
    return storm


def test_killed_thirty_times(tmp_path):
    storm = kill_again_and_again(tmp_path, 1, 30)
    while not storm.talks and storm.kills < 100:
        # How far a call comes before the kill is chance, and the machine's speed.
        storm.live_and_die()
    # It was not for nothing: work was cut off, and much was done.
    assert storm.cut_off > 30
    assert all(len(side.answered) > 100 for side in storm.sides)
    assert storm.talks > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_killed_a_thousand_times(tmp_path, seed):
    kill_again_and_again(tmp_path, seed, 250)
