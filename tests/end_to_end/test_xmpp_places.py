"""How the server of a domain is found: by a real name server, on an island where it is the only one."""

import re
import sys

import pytest

from servers.authority import Authority
from servers.island import Island, NameServer
from servers.process import Server
from servers.prosody import Prosody
from support.daemon import ringback
from support.xmpp import Resident

DOMAIN = "named.test"
PLAIN, DIRECT = f"_xmpp-client._tcp.{DOMAIN}", f"_xmpps-client._tcp.{DOMAIN}"
CHAT = ("chat.named.test", "A", "127.0.0.1")
#: A port at which nobody listens.
DEAD = 9


class Silent(Server):
    """Takes connections and says nothing."""

    def command(self):
        listen = f"import socket, time; s = socket.create_server({(self.address, self.ports[0])}, backlog=99)"
        return [sys.executable, "-c", f"{listen}; time.sleep(1000)"]


@pytest.fixture
def island(tmp_path):
    made = Island(tmp_path / "island")
    yield made
    made.close()


@pytest.fixture
def names(island):
    with NameServer(island) as server:
        yield server


@pytest.fixture
def server(island, authority, tmp_path):
    with Prosody(tmp_path / "server", DOMAIN, authority, direct=True).live_on(island) as made:
        yield made


@pytest.fixture
def resident(server, island, tmp_path):
    made = []

    def make():
        made.append(Resident(server, tmp_path, "alice", island, by_name=True))
        return made[-1]

    yield make
    for one in made:
        one.close()


def connected_to(island, resident):
    """Ports at the server that the engine is connected to."""
    listed = island.do("ss", "-Hntp", "state", "established")
    mine = [line for line in listed.splitlines() if f"pid={resident.daemon.process.pid}," in line]
    return [int(re.findall(r":(\d+)\s", line)[1]) for line in mine]


def test_the_records_say_where_it_is(names, server, resident, island):
    names.tell((PLAIN, "SRV", f"10 5 {server.port} chat.named.test."), CHAT)
    alice = resident()
    alice.start().online()
    assert connected_to(island, alice) == [server.port]
    assert f"{DIRECT} SRV" in names.asked.read_text()


def test_what_is_preferred_is_tried_first_and_what_is_dead_is_passed_over(names, server, resident, island):
    names.tell(
        (DIRECT, "SRV", f"20 0 {server.direct_port} chat.named.test."),
        (PLAIN, "SRV", f"10 0 {server.port} chat.named.test."),
        (PLAIN, "SRV", f"5 0 {DEAD} chat.named.test."),
        CHAT,
    )
    alice = resident()
    one = alice.start().online()
    assert connected_to(island, alice) == [server.port]
    names.tell((PLAIN, "SRV", f"5 0 {DEAD} chat.named.test."), CHAT)
    server.kill()
    one.until("CONNSTATUS PAUSING")
    assert alice.status()["why"] == f"no connection to chat.named.test:{DEAD}: Connection refused"
    names.tell((DIRECT, "SRV", f"20 0 {server.direct_port} chat.named.test."), CHAT)
    server.start()
    one.until("CONNSTATUS ONLINE")
    assert connected_to(island, alice) == [server.direct_port]


def test_tls_from_the_first_byte(names, server, resident, island):
    names.tell((DIRECT, "SRV", f"10 0 {server.direct_port} chat.named.test."), CHAT)
    alice = resident()
    alice.start().online()
    assert connected_to(island, alice) == [server.direct_port]


def test_a_place_that_takes_connections_and_no_more_is_not_waited_for_twice(
    names, server, resident, island, tmp_path
):
    names.tell((PLAIN, "SRV", f"20 0 {server.port} chat.named.test."), CHAT)
    alice = resident()
    with Silent(tmp_path / "silent", "silent", 5222).live_on(island) as silent:
        for direct in (False, True):
            names.tell(
                (DIRECT if direct else PLAIN, "SRV", f"10 0 {silent.ports[0]} chat.named.test."),
                (PLAIN, "SRV", f"20 0 {server.port} chat.named.test."),
                CHAT,
            )
            # The server's time is the time; the engine loses patience sooner.
            one = alice.start("--speed", "20")
            one.online()
            assert connected_to(island, alice) == [server.port]
            alice.stop()


def test_a_certificate_is_for_the_domain_whatever_the_records_say(
    names, server, resident, island, authority, tmp_path
):
    names.tell((PLAIN, "SRV", f"10 0 {server.port} chat.named.test."), CHAT)
    alice = resident()
    server.kill()
    # It is now a server that its own name is vouched for, and the domain's is not.
    certificates = server.folder / "certificates"
    authority.issue(tmp_path / "other", "chat.named.test")
    for kind in ("crt", "key"):
        made = tmp_path / "other" / f"chat.named.test.{kind}"
        (certificates / f"{DOMAIN}.{kind}").write_bytes(made.read_bytes())
    server.start()
    for records in (
        [(PLAIN, "SRV", f"10 0 {server.port} chat.named.test.")],
        [(DIRECT, "SRV", f"10 0 {server.direct_port} chat.named.test.")],
    ):
        names.tell(*records, CHAT)
        refused = alice.login()
        assert refused.returncode == 1
        assert f"the certificate of {DOMAIN} is not valid: Hostname mismatch" in refused.stderr


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([], f"there is no server {DOMAIN}:5222"),
        ([(PLAIN, "SRV", "0 0 0 .")], f"{DOMAIN} says that it serves nobody here"),
        ([(PLAIN, "SRV", "1 1 5222 nowhere.test.")], "there is no server nowhere.test:5222"),
        ([(DOMAIN, "A", "127.0.0.1")], f"no connection to {DOMAIN}:5222: Connection refused"),
    ],
)
def test_why_there_is_no_way_is_said(names, island, tmp_path, records, why):
    names.tell(*records)
    refused = _try(island, tmp_path)
    assert (refused.returncode, why in refused.stderr) == (1, True), refused.stderr


def test_a_name_server_that_does_not_answer_is_said(island, tmp_path):
    island.own_file("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    refused = _try(island, tmp_path)
    assert (refused.returncode, "the name server does not tell" in refused.stderr) == (1, True), (
        refused.stderr
    )


def _try(island, tmp_path):
    password = tmp_path / "password"
    password.write_text("secret\n")
    password.chmod(0o600)
    told = ("--home", str(tmp_path / "home"), "--password-file", str(password))
    trust = ("--authority", str(Authority(tmp_path / "authority").root))
    return ringback("login", f"alice@{DOMAIN}", *told, *trust, inside=island.inside)
