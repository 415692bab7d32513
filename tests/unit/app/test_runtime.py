"""Commits come before answers; a store that fails takes its step back."""

import asyncio
import threading

import pytest

from ringback.app.clock import SystemClock
from ringback.app.runtime import AccountRuntime
from ringback.media.legs import Legs
from ringback.media.pipes import ProcessPipes
from ringback.network.embedded.network import EmbeddedNetwork
from ringback.network.embedded.world import EmbeddedWorld
from ringback.store.memory import MemoryStore
from ringback.transport.memory import MemoryLink
from support.faults import IllStore
from support.replay import PROMPTS, RefusingDialer, World


def test_what_was_not_stored_is_not_answered_as_done():
    store = IllStore()
    world = World("me", stores={"me": store})
    program = world.attach()
    assert program.ask("SET PROFILE ABOUT before") == "PROFILE ABOUT before"
    program.news()
    store.ill = True
    assert program.ask("SET PROFILE ABOUT after") == "ERROR 9901 Internal error"
    assert program.news() == []
    assert program.ask("GET PROFILE ABOUT") == "PROFILE ABOUT before"
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
    store = IllStore()
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


class SlowStore(MemoryStore):
    """Commits when it is allowed to."""

    def __init__(self):
        super().__init__()
        self.open = threading.Event()
        self.open.set()

    def commit(self, records):
        assert self.open.wait(10)
        super().commit(records)


def test_nothing_overtakes_an_answer_that_waits_for_the_store():
    async def talk():
        store, clock, pipes = SlowStore(), SystemClock(), ProcessPipes()
        network = EmbeddedNetwork(EmbeddedWorld(pipes, PROMPTS, lambda: None), clock)
        legs = Legs(pipes, RefusingDialer())
        loop = asyncio.get_running_loop()
        runtime = AccountRuntime("me", store, network, legs, clock, lambda _p, _n: True, loop)
        runtime.start()
        complete = asyncio.Event()
        heard = []

        def hear(text):
            heard.append(text)
            if text == "#6 PONG":
                complete.set()

        link = MemoryLink(runtime, hear)
        other = MemoryLink(runtime)
        other.send("NAME other")
        link.send("#0 NAME one")
        store.open.clear()
        for text in (
            "#1 SET USERSTATUS AWAY",
            "#2 PING",
            "#3 GET USERSTATUS",
            "#4 XYZ",
            "#5 NAME two",
            "#6 PING",
        ):
            link.send(text)
        assert heard == ["#0 OK"]
        other.send("PING")
        assert other.lines == ["OK", "PONG"]
        store.open.set()
        await asyncio.wait_for(complete.wait(), 10)
        runtime.stop()
        return heard

    heard = asyncio.run(talk())
    answers = [line for line in heard if line.startswith("#")]
    assert [line.split()[0] for line in answers] == ["#0", "#1", "#2", "#3", "#4", "#5", "#6"]
    assert answers[1:4] == ["#1 USERSTATUS AWAY", "#2 PONG", "#3 USERSTATUS AWAY"]
