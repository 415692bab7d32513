"""What an account shows of itself reaches others once in a turn, whatever it sets meanwhile."""

from __future__ import annotations

import pytest

from ringback.domain.inputs import PeopleFound, PersonSeen
from ringback.domain.time import Instant
from ringback.media.pipes import ProcessPipes
from ringback.network.embedded.world import EmbeddedWorld

NOW = Instant(1.0, 1_000.0)


class Town:
    """A world in which ann and bob are online, and ann has heard of bob."""

    def __init__(self):
        self.woken = 0
        self.world = EmbeddedWorld(ProcessPipes(), {}, self._wake)
        self.heard = {"ann": [], "bob": []}
        for handle, events in self.heard.items():
            self.world.arrive(handle, events.append)
        self.show("bob", "old")
        self.world.advance(NOW)
        self.world.ask_profile("ann", "bob")
        self.heard["ann"].clear()

    def _wake(self):
        self.woken += 1

    def show(self, handle, name):
        self.world.set_profile(handle, (("fullname", name),))

    def names(self):
        return [dict(e.fields)["fullname"] for e in self.heard["ann"] if isinstance(e, PersonSeen)]


@pytest.fixture
def town():
    return Town()


def test_only_the_last_of_what_was_set_in_a_turn_is_published(town):
    before = town.woken
    for name in ("one", "two", "three"):
        town.show("bob", name)
    assert town.names() == []
    assert town.world.next_deadline() == 0.0
    assert town.woken > before
    town.world.advance(NOW)
    assert town.names() == ["three"]
    town.world.advance(NOW)
    assert town.names() == ["three"]


def test_who_searches_finds_what_was_set_in_the_same_turn(town):
    town.show("bob", "Robert")
    town.world.search("ann", 1, "robert")
    found = [e.people for e in town.heard["ann"] if isinstance(e, PeopleFound) and e.people]
    assert [[person.handle for person in people] for people in found] == [["bob"]]


def test_what_was_set_before_an_account_left_stays(town):
    town.show("bob", "last words")
    town.world.leave("bob", NOW)
    town.heard["ann"].clear()
    town.world.ask_profile("ann", "bob")
    assert town.names() == ["last words"]
