"""The usual scene: one account with one program, unless a file has a world of its own and people in it."""

import pytest

from support.replay import World


@pytest.fixture
def world():
    return World()


@pytest.fixture
def program(world):
    return world.attach()


@pytest.fixture
def ann(world):
    return world.attach("ann")


@pytest.fixture
def anna(world):
    return world.attach("anna")


@pytest.fixture
def bob(world):
    return world.attach("bob")
