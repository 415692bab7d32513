"""The way to the server is cut, or the engine's machine sleeps: nothing is lost, nothing comes twice."""

import itertools
import signal
import threading
import time

import pytest

from ringback.network.xmpp.link import ANSWER
from servers.prosody import Prosody
from support.waiting import eventually
from support.xmpp import Program, Resident, befriend

pytestmark = pytest.mark.slow
#: Seconds until something comes of an attempt, the longest pause before it included.
PATIENCE = 120


@pytest.fixture
def pair():
    made = []
    yield made
    for resident in made:
        resident.close()


def online(resident):
    program = resident.start().online()
    program.socket.settimeout(PATIENCE)
    return program


def states(program):
    return [line.removeprefix("CONNSTATUS ") for line in program.news if line.startswith("CONNSTATUS ")]


class Talk:
    """Two write to each other all the time, each in an order of their own."""

    def __init__(self, *sides):
        self.said = {program: [] for program, _ in sides}
        self._over = threading.Event()
        self._writers = [threading.Thread(target=self._write, args=side) for side in sides]
        for writer in self._writers:
            writer.start()

    def _write(self, program, partner):
        writer = Program(program.resident)
        for number in itertools.count():
            text = f"{program.handle} says {number}"
            writer.say(partner.handle, text)
            self.said[program].append(text)
            if self._over.wait(0.5):
                return

    def end(self):
        self._over.set()
        for writer in self._writers:
            writer.join()

    def came(self):
        """Everything once on both sides, and what each said in its order."""
        everything = sorted(itertools.chain(*self.said.values()))
        for program in self.said:
            (partner,) = self.said.keys() - {program}
            end = time.monotonic() + PATIENCE
            while len(given := program.bodies(partner.handle)) < len(everything):
                assert time.monotonic() < end, set(everything) - set(given)
                time.sleep(0.2)
            assert sorted(given) == everything
            for side, said in self.said.items():
                assert [text for text in given if text.startswith(f"{side.handle} ")] == said


def waiting(program, partner):
    """What was said and has not gone out."""
    listed = program.ask(f"SEARCH CHATMESSAGES {partner.handle}").removeprefix("CHATMESSAGES").strip()
    asked = {number: program.ask(f"GET CHATMESSAGE {number} STATUS") for number in listed.split(", ")}
    return [number for number, status in asked.items() if status.endswith("SENDING")]


def all_sent(program, partner):
    eventually(lambda: not waiting(program, partner), PATIENCE)


@pytest.fixture
def shore(lan, authority, tmp_path, pair):
    """A server and two engines, each at the end of a cable; they know each other."""
    with Prosody(tmp_path / "server", "shore.test", authority).live_on(lan.island("server")) as server:
        islands = [lan.island(name) for name in ("alice", "bob")]
        pair += [
            Resident(server, tmp_path, name, island) for name, island in zip(("a", "b"), islands, strict=True)
        ]
        one, other = (online(resident) for resident in pair)
        befriend(one, other)
        yield one, other, islands[0]


def test_a_cable_is_pulled_for_a_minute(lan, shore):
    """The engine finds out by what it says, long before silence would tell; then it waits and comes back."""
    one, other, island = shore
    talk = Talk((one, other), (other, one))
    one.until("STATUS RECEIVED")
    one.forget()
    lan.pull(island)
    pulled = time.monotonic()
    one.until("CONNSTATUS CONNECTING")
    assert time.monotonic() - pulled < ANSWER + 5
    assert "has gone silent" in one.resident.status()["why"]
    one.until("CONNSTATUS PAUSING")
    time.sleep(max(0.0, pulled + 60 - time.monotonic()))
    assert states(one)[-1] != "ONLINE"
    assert waiting(one, other)
    lan.plug(island)
    one.until("CONNSTATUS ONLINE")
    assert set(states(one)[:-1]) == {"CONNECTING", "PAUSING"}
    one.until("STATUS RECEIVED")
    talk.end()
    talk.came()
    all_sent(one, other)
    one.comes_to(f"USER {other.handle} ONLINESTATUS", "ONLINE")
    other.comes_to(f"USER {one.handle} ONLINESTATUS", "ONLINE")


def test_a_cable_is_pulled_for_some_seconds(lan, shore):
    """The connection outlives it, and nobody is told."""
    one, other, island = shore
    talk = Talk((one, other), (other, one))
    one.until("STATUS RECEIVED")
    one.forget()
    lan.pull(island)
    time.sleep(8)
    assert waiting(one, other)
    lan.plug(island)
    one.until("STATUS RECEIVED")
    talk.end()
    talk.came()
    all_sent(one, other)
    assert states(one) == []


def test_a_machine_sleeps_for_longer_than_its_server_waits(authority, tmp_path, pair):
    """When it wakes its session is gone; it comes back by itself, with all that was said meanwhile."""
    with Prosody(tmp_path / "server", "bedside.test", authority, hibernation=3) as server:
        server.kill()
        server.patience = 3
        server.start()
        pair += [Resident(server, tmp_path, name) for name in ("alice", "bob")]
        one, other = (online(resident) for resident in pair)
        befriend(one, other)
        other.until(f"USER {one.handle} ONLINESTATUS ONLINE")
        for number in range(20):
            one.say(other.handle, f"a{number}")
        one.forget()
        sleeper = pair[0].daemon.process
        sleeper.send_signal(signal.SIGSTOP)
        try:
            for number in range(10):
                other.say(one.handle, f"b{number}")
            # What a program says to a machine that sleeps waits in its socket.
            one.send(f"MESSAGE {other.handle} a20")
            other.until(f"USER {one.handle} ONLINESTATUS OFFLINE")
            for number in range(10, 20):
                other.say(one.handle, f"b{number}")
        finally:
            sleeper.send_signal(signal.SIGCONT)
        one.until("CONNSTATUS CONNECTING")
        one.until("CONNSTATUS ONLINE")
        other.until(f"USER {one.handle} ONLINESTATUS ONLINE")
        everything = sorted([f"a{number}" for number in range(21)] + [f"b{number}" for number in range(20)])
        for program, partner in ((one, other), (other, one)):
            end = time.monotonic() + PATIENCE
            while len(given := program.bodies(partner.handle)) < len(everything):
                assert time.monotonic() < end, set(everything) - set(given)
                time.sleep(0.1)
            assert sorted(given) == everything
        all_sent(one, other)
        assert states(one) == ["CONNECTING", "ONLINE"]
