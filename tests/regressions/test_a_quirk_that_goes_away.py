"""Answers overtook those that a quirk held back when the program took another name meanwhile."""

from support.replay import Program, World


def test_answers_keep_their_order():
    world = World()
    program = Program(world, world.runtimes["me"])
    for command in ("#1 NAME pidgin", "#2 GET MUTE", "#3 NAME other", "#4 GET MUTE"):
        program.link.send(command)
    world.wait(0.1)
    assert program.link.lines == ["#1 OK", "#2 MUTE OFF", "#3 OK", "#4 MUTE OFF"]
