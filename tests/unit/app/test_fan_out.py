"""What is said to many programs is made once."""

import asyncio
import threading

import pytest

from ringback.app import runtime as module
from ringback.app.clock import SystemClock
from ringback.app.runtime import AccountRuntime
from ringback.domain.changes import Kind
from ringback.media.legs import Legs
from ringback.media.pipes import ProcessPipes
from ringback.network.embedded.network import EmbeddedNetwork
from ringback.network.embedded.world import EmbeddedWorld
from ringback.store.memory import MemoryStore
from ringback.transport.memory import MemoryLink
from support.replay import PROMPTS, RefusingDialer, World


@pytest.mark.parametrize(
    ("protocols", "rendered"),
    [((8,) * 100, [8]), (tuple(n % 8 + 1 for n in range(100)), [1, 2, 3, 4, 5, 6, 7, 8])],
)
def test_a_hundred_programs_cost_one_rendering_a_protocol(monkeypatch, protocols, rendered):
    world = World()
    programs = [world.attach(protocol=protocol) for protocol in protocols]
    versions = []
    real = module.lines

    def counted(language, changes, version, account):
        versions.append(version)
        return real(language, changes, version, account)

    monkeypatch.setattr(module, "lines", counted)
    assert programs[0].ask("SET PROFILE ABOUT new") == "PROFILE ABOUT new"
    assert sorted(versions) == rendered
    told = ["PROFILE ABOUT new", "USER me ABOUT new"]
    assert all(program.news() == told for program in programs)


class SlowStore(MemoryStore):
    """Its first commit of what a program set lasts until it is let go."""

    def __init__(self):
        super().__init__()
        self.begun, self.go = threading.Event(), threading.Event()
        self.groups = []

    def commit(self, records):
        if records[0].ref.kind is not Kind.PERSON:
            self.groups.append([(record.ref.kind.value, record.row.get("about")) for record in records])
            self.begun.set()
            self.go.wait(20)
        super().commit(records)


def test_what_comes_together_is_one_group_and_of_several_states_only_the_last_is_written():
    async def play():
        loop, store, clock = asyncio.get_running_loop(), SlowStore(), SystemClock()
        pipes = ProcessPipes()
        network = EmbeddedNetwork(EmbeddedWorld(pipes, PROMPTS, lambda: None), clock)
        legs = Legs(pipes, RefusingDialer())
        runtime = AccountRuntime("me", store, network, legs, clock, lambda _peer, _name: True, loop)
        runtime.start()
        runtime.drain()
        done = loop.create_future()

        def heard(text):
            if text.endswith("ABOUT 4") and text.startswith("#"):
                done.set_result(None)

        program = MemoryLink(runtime, heard)
        program.send("NAME test")
        program.send("#0 SET AGC OFF")
        program.send("#1 SET PROFILE ABOUT 1")
        await loop.run_in_executor(None, store.begun.wait, 20)
        program.send("#2 SET PROFILE ABOUT 2")
        program.send("#3 SET AGC ON")
        program.send("#4 SET PROFILE ABOUT 4")
        store.go.set()
        await asyncio.wait_for(done, 20)
        runtime.stop()
        return store.groups

    assert asyncio.run(play()) == [
        [("account", None), ("profile", "1")],
        [("account", None), ("profile", "4")],
    ]
