"""Commits come before answers; a store that fails takes its step back."""

import pytest

from ringback.ports.store import StoreError
from ringback.store.memory import MemoryStore
from support.replay import World


class FailingStore(MemoryStore):
    def __init__(self):
        super().__init__()
        self.ill = False
        self.commits = 0

    def commit(self, records):
        if self.ill:
            raise StoreError("disk full")
        self.commits += 1
        super().commit(records)


def test_what_was_not_stored_is_not_answered_as_done():
    store = FailingStore()
    world = World("me", stores={"me": store})
    program = world.attach()
    assert program.ask("SET AUDIO_IN before") == "AUDIO_IN before"
    program.news()
    store.ill = True
    assert program.ask("SET AUDIO_IN after") == "ERROR 9901 Internal error"
    assert program.news() == []
    assert program.ask("GET AUDIO_IN") == "AUDIO_IN before"
    assert program.ask("CALL echo123") == "ERROR 9901 Internal error"
    world.wait(5)
    assert program.news() == []
    assert program.ask("SEARCH CALLS") == "CALLS "


def test_a_restart_finds_everything_and_ends_what_was_alive():
    store = MemoryStore()
    program = World("me", stores={"me": store}).attach()
    program.ask("SET PROFILE FULLNAME Ann Ü.")
    program.ask("CALL echo123")
    again = World("me", stores={"me": store}).attach()
    assert again.ask("GET PROFILE FULLNAME") == "PROFILE FULLNAME Ann Ü."
    assert again.ask("GET CALL 1 STATUS") == "CALL 1 STATUS CANCELLED"
    assert again.ask("CALL echo123") == "CALL 2 STATUS UNPLACED"


def test_reads_write_nothing():
    store = FailingStore()
    world = World("me", stores={"me": store})
    program = world.attach()
    before = store.commits
    for command in ("GET USERSTATUS", "GET USER echo123 FULLNAME", "SEARCH CALLS", "GET XYZ"):
        program.ask(command)
    assert store.commits == before


@pytest.mark.rule("command-id-r03", "command-id-r04")
def test_a_set_is_answered_to_one_and_notified_to_all():
    world = World()
    one, other = world.attach(), world.attach(protocol=1)
    assert one.ask("SET USERSTATUS SKYPEME") == "USERSTATUS SKYPEME"
    assert one.news() == ["USER me ONLINESTATUS SKYPEME", "USERSTATUS SKYPEME"]
    assert other.news() == ["USER me ONLINESTATUS ONLINE", "USERSTATUS ONLINE"]
    assert one.ask("SET USERSTATUS SKYPEME") == "USERSTATUS SKYPEME"
    assert one.news() == []
