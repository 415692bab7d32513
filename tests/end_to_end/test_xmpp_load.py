"""Many messages over a real server that is killed, and from an engine that is killed: each arrives once."""

import threading
import time

import pytest

from servers.prosody import Prosody
from support.waiting import eventually
from support.xmpp import Program, Resident, befriend

pytestmark = pytest.mark.slow
#: Seconds until everything has arrived.
PATIENCE = 180.0


@pytest.fixture
def server(authority, tmp_path):
    """A Prosody that may be harmed."""
    with Prosody(tmp_path / "server", "harmed.test", authority) as made:
        yield made


@pytest.fixture
def pair(server, tmp_path):
    alice, bob = Resident(server, tmp_path, "alice"), Resident(server, tmp_path, "bob")
    yield alice, bob
    for resident in (alice, bob):
        resident.close()


def numbers(program, partner):
    listed = program.ask(f"SEARCH CHATMESSAGES {partner}").removeprefix("CHATMESSAGES").strip()
    return [number for number in listed.split(", ") if number]


def has_all(program, partner, wanted):
    """Wait until as many have come, then see which."""

    def arrived():
        return len(numbers(program, partner))

    eventually(lambda: arrived() >= len(wanted), PATIENCE, arrived)
    came = program.bodies(partner)
    assert sorted(came) == sorted(wanted)
    return came


def everything_sent(program, partner):
    end = time.monotonic() + PATIENCE
    waiting = numbers(program, partner)
    while waiting:
        assert time.monotonic() < end, waiting
        waiting = [n for n in waiting if program.ask(f"GET CHATMESSAGE {n} STATUS").endswith("SENDING")]


def test_a_server_is_killed_and_started_again_under_load(server, pair):
    """Both write meanwhile; what was said while it was away goes out when it is there again."""
    alice, bob = pair
    one, other = alice.start().online(), bob.start().online()
    befriend(one, other)
    wanted = {one: [f"a{n}" for n in range(300)], other: [f"b{n}" for n in range(300)]}

    def write(program, partner):
        for text in wanted[program]:
            program.say(partner.handle, text)

    writers = [threading.Thread(target=write, args=pair) for pair in ((one, bob), (other, alice))]
    for writer in writers:
        writer.start()
    watcher = Program(alice)
    for _ in range(2):
        time.sleep(1.0)
        server.kill()
        watcher.until("STATUS SENDING")  # somebody writes while it is away
        watcher.comes_to("CONNSTATUS", "PAUSING")
        server.start()
        watcher.online()
    for writer in writers:
        writer.join()
    everything = wanted[one] + wanted[other]
    for program, partner in ((one, bob), (other, alice)):
        has_all(program, partner.handle, everything)
        everything_sent(program, partner.handle)
    assert [body for body in other.bodies(alice.handle) if body.startswith("a")] == wanted[one]


def test_an_engine_is_killed_amid_a_thousand_messages(pair):
    """What it had answered arrives exactly once; what it had not, its program says again."""
    alice, bob = pair
    one, other = alice.start().online(), bob.start().online()
    befriend(one, other)
    wanted = [f"number {n}" for n in range(1000)]
    missing, amid = wanted, False
    for pause in (300, 700, None):
        answered = len(wanted) - len(missing)
        for text in missing:
            one.send(f"MESSAGE {bob.handle} {text}")
        if pause is not None:
            while answered < pause:
                answered += one.read().startswith("CHATMESSAGE ")
            alice.kill()
            amid |= len(numbers(other, alice.handle)) < answered
            one = alice.start()
            known = set(one.bodies(bob.handle))
            missing = [text for text in wanted if text not in known]
    assert amid, "everything had arrived, nothing was at stake"
    came = has_all(other, alice.handle, wanted)
    assert len(came) == 1000
    everything_sent(one.online(), bob.handle)
    time.sleep(3.0)
    assert len(numbers(other, alice.handle)) == 1000


def test_a_contact_whose_server_is_away_is_waited_for(two_servers, tmp_path):
    """Their server refuses connections, ours gives messages back; each arrives once, in its order."""
    here, there = two_servers
    alice, bob = Resident(here, tmp_path, "alice"), Resident(there, tmp_path, "bob")
    try:
        one, other = alice.start().online(), bob.start().online()
        one.ask(f"SET USER {bob.address} BUDDYSTATUS 2 please")
        other.comes_to(f"USER {alice.address} RECEIVEDAUTHREQUEST", "please")
        other.ask(f"SET USER {alice.address} ISAUTHORIZED TRUE")
        one.comes_to(f"USER {bob.address} ONLINESTATUS", "ONLINE")
        there.kill()
        first = one.say(bob.address, "number 0")
        one.until(f"CHATMESSAGE {first} STATUS SENT")
        one.until(f"CHATMESSAGE {first} STATUS SENDING")
        for number in range(1, 10):
            one.say(bob.address, f"number {number}")
        one.close()
        alice.kill()
        one = alice.start().online()
        one.say(bob.address, "number 10")
        there.start()
        wanted = [f"number {number}" for number in range(11)]
        end = time.monotonic() + PATIENCE
        while other.bodies(alice.address) != wanted:
            assert time.monotonic() < end, other.bodies(alice.address)
            time.sleep(0.2)
        everything_sent(one, bob.address)
        assert "LEFT" not in {
            one.ask(f"GET CHATMESSAGE {n} TYPE").split()[-1] for n in numbers(one, bob.address)
        }
    finally:
        for resident in (alice, bob):
            resident.close()
        if there.process is None:
            there.start()
