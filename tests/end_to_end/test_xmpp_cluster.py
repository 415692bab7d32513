"""Two nodes of ejabberd that are one server, with an engine on each; then one of them is killed."""

import itertools
import subprocess
import time

import pytest

from ringback.network.xmpp.doubt import GRACE, SOON
from servers.cluster import Node
from servers.island import NameServer
from support.xmpp import Resident, befriend

pytestmark = pytest.mark.slow
DOMAIN = "cluster.test"
#: Seconds in which what is waited for must come; two nodes on a machine with other work take their time.
PATIENCE = 120


@pytest.fixture
def nodes(lan, authority, tmp_path):
    one = Node(tmp_path / "n1", DOMAIN, authority, lan.island("n1"), None)
    two = Node(tmp_path / "n2", DOMAIN, authority, lan.island("n2"), one)
    with one, two:
        yield one, two


@pytest.fixture
def people(nodes, lan, tmp_path):
    """Makes people; each has an island and a name server that names ``preferred`` first."""
    made, opened = [], []

    def make(name, preferred, *options):
        island = lan.island(name)
        names = NameServer(island)
        names.start()
        opened.append(names)
        order = sorted(nodes, key=lambda node: node is not preferred)
        names.tell(
            *(
                (f"_xmpp-client._tcp.{DOMAIN}", "SRV", f"{10 * place} 0 {node.port} n{place}.{DOMAIN}.")
                for place, node in enumerate(order)
            ),
            *((f"n{place}.{DOMAIN}", "A", node.address) for place, node in enumerate(order)),
        )
        resident = Resident(preferred, tmp_path, name, island, by_name=True)
        made.append(resident)
        program = resident.start(*options).online()
        program.socket.settimeout(PATIENCE)
        return program

    yield make
    for one in (*made, *opened):
        (one.close if isinstance(one, Resident) else one.kill)()


def on_node(program, node):
    """Is the engine of a program connected there?"""
    command = [*program.resident.inside, "ss", "-Hntp", "state", "established"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    mine = [line for line in listed.splitlines() if f"pid={program.resident.daemon.process.pid}," in line]
    return len(mine) == 1 and f" {node.address}:{node.port} " in mine[0]


def test_a_node_is_killed(nodes, people):
    here, there = nodes
    anna, bob = people("anna", here), people("bob", there)
    assert on_node(anna, here)
    assert on_node(bob, there)
    befriend(anna, bob)
    for one, other in ((anna, bob), (bob, anna)):
        one.comes_to(f"USER {other.handle} ONLINESTATUS", "ONLINE")
    bob.ask("SET USERSTATUS AWAY")
    anna.until(f"USER {bob.handle} ONLINESTATUS AWAY")

    numbers = itertools.count()
    wanted = []

    def talk(times):
        for _ in range(times):
            for one, other in ((anna, bob), (bob, anna)):
                wanted.append(f"{one.handle} {next(numbers)}")
                one.say(other.handle, wanted[-1])

    talk(20)
    bob.forget()
    # What is said in the moment of the end is told again by those who said it.
    there.kill()
    talk(20)
    bob.until("CONNSTATUS ONLINE")
    assert on_node(bob, here)
    talk(20)
    for one, other in ((anna, bob), (bob, anna)):
        end = time.monotonic() + PATIENCE
        while len(given := one.bodies(other.handle)) < len(wanted):
            assert time.monotonic() < end, [text for text in wanted if text not in given]
            time.sleep(0.2)
        assert sorted(given) == sorted(wanted)
    anna.comes_to(f"USER {bob.handle} ONLINESTATUS", "AWAY")


def test_contacts_on_a_dead_node_are_not_online_for_ever(nodes, people):
    """Nobody says that they are gone: who writes to them finds out soon, others in time."""
    here, there = nodes
    anna, carl = people("anna", here), people("carl", here, "--speed", "20")
    bob = people("bob", there)
    for other in (anna, carl):
        befriend(other, bob)
        other.comes_to(f"USER {bob.handle} ONLINESTATUS", "ONLINE")
        other.forget()
    bob.resident.kill()
    there.kill()
    killed = time.monotonic()
    number = anna.say(bob.handle, "Are you there?")
    assert anna.ask(f"GET USER {bob.handle} ONLINESTATUS").endswith(" ONLINE")
    anna.until(f"USER {bob.handle} ONLINESTATUS OFFLINE")
    assert SOON + GRACE - 1 < time.monotonic() - killed < SOON + GRACE + 30
    # He has said nothing, and ten minutes pass faster for him.
    carl.until(f"USER {bob.handle} ONLINESTATUS OFFLINE")
    # Who is alive on the other node stayed all the time.
    anna.comes_to(f"CHATMESSAGE {number} STATUS", "SENT")
    again = bob.resident.start().online()
    again.has(anna.handle, ["Are you there?"])
    for other in (anna, carl):
        other.comes_to(f"USER {bob.handle} ONLINESTATUS", "ONLINE")
