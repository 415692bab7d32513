"""What robots say is heard to the end."""

import pytest

from ringback.media.pipes import ProcessPipes
from ringback.network.embedded.robots import EchoRobot, blocks
from support.replay import PROMPTS


class FakeLine:
    calling, begun, pipe, prompts = False, 0.0, "path", PROMPTS

    def __init__(self):
        self.pipes, self.said = ProcessPipes(), []

    def say(self, act, *_arguments, **_more):
        self.said.append(act.name)


@pytest.mark.parametrize("late", [0, 1, 5])
def test_the_last_word_reaches_who_began_to_listen_late(late):
    line = FakeLine()
    robot = EchoRobot(line)
    robot.due(robot.deadline())
    heard, said = line.pipes.join(line.pipe)
    for _ in range(late):
        robot.tick()
    came = []
    while robot.sounding():
        came.append(heard.read())
        said.write(PROMPTS["sample"][:320])
        robot.tick()
    assert line.said == ["RING", "ANSWER", "END"]
    assert b"".join(blocks(PROMPTS["goodbye"])) in b"".join(came)


def test_nobody_has_to_listen():
    line = FakeLine()
    robot = EchoRobot(line)
    robot.due(robot.deadline())
    for _ in range(100_000):
        robot.tick()
    assert line.said == ["RING", "ANSWER", "END"]
