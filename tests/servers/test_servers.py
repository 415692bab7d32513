"""The servers that the tests run on are real, private and do what is asked of them; shown by bare clients."""

import asyncio
import itertools
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from servers.prosody import Prosody
from servers.registration import register
from servers.stranger import Stranger

NAMES = map("person{}".format, itertools.count())


@pytest.fixture(params=["prosody", pytest.param("ejabberd", marks=pytest.mark.slow)])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def people(server):
    """Makes people with accounts on the server."""

    def make(resource="", name=None, at=server):
        if name is None:
            name = next(NAMES)
            register(at, name, "secret")
        return Stranger(at, name, "secret", resource)

    return make


def play(scene):
    """Run a scene; it is over within two minutes."""

    async def limited():
        async with asyncio.timeout(120):
            return await scene()

    return asyncio.run(limited())


def test_only_loopback_hears(server):
    """A server of the tests has no ear outside: neither TCP nor UDP, IPv4 or IPv6."""
    listening = subprocess.run(["ss", "-Hlntup"], capture_output=True, text=True, check=True).stdout
    own = [line.split()[4] for line in listening.splitlines() if f"pid={server.process.pid}," in line]
    assert {f"{server.address}:{port}" for port in (server.port, server.server_port)} == set(own)
    assert server.address.startswith("127.")


def test_a_password_is_never_said(people):
    """SCRAM only, and only over TLS with a certificate that is verified."""

    async def scene():
        async with people() as anna:
            assert anna.mechanism.startswith("SCRAM-")
            assert anna.transport.get_extra_info("ssl_object").context.verify_mode.name == "CERT_REQUIRED"
        stranger = people(name=anna.boundjid.user)
        stranger.password = "wrong"
        with pytest.raises(PermissionError):
            await stranger.__aenter__()

    play(scene)


def test_a_message_and_its_receipt(people):
    async def scene():
        async with people() as anna, people() as bob:
            message = anna.make_message(bob.boundjid.bare, "Hello")
            message["request_receipt"] = True
            message.send()
            came = await bob.until("message")
            assert (came["from"], came["body"]) == (anna.boundjid, "Hello")
            receipt = await anna.until("receipt_received")
            assert receipt["receipt"] == message["id"]

    play(scene)


def test_authorization_with_a_text_waits_for_who_is_not_there(people):
    async def scene():
        bob = people()
        async with people() as anna:
            anna.send_presence(pto=bob.boundjid.bare, ptype="subscribe", pstatus="It is Anna")
            async with bob:
                asked = await bob.until("presence_subscribe")
                assert (asked["from"].bare, asked["status"]) == (anna.boundjid.bare, "It is Anna")
                bob.send_presence(pto=anna.boundjid.bare, ptype="subscribed")
                await anna.until("presence_subscribed")
                seen = await anna.until(
                    "presence_available", lambda stanza: stanza["from"].bare != anna.boundjid.bare
                )
                assert seen["from"] == bob.boundjid

    play(scene)


def test_archive_carbons_and_what_waited(people):
    """Own devices see both sides of a talk, the archive holds it, and who was not there gets it later."""

    async def scene():
        bob = people("one")
        async with people("one") as anna, people("two", anna.boundjid.user) as other:
            await anna.plugin["xep_0280"].enable()
            await other.plugin["xep_0280"].enable()
            for number in range(3):
                anna.send_message(bob.boundjid.bare, f"letter {number}", mtype="chat")
            copy = await other.until("carbon_sent")
            assert copy["carbon_sent"]["body"] == "letter 0"
            # Its answer says that what was said before is dealt with.
            await anna.plugin["xep_0199"].ping(anna.boundjid.host)
            async with bob:
                waited = [(await bob.until("message"))["body"] for _ in range(3)]
                assert waited == [f"letter {number}" for number in range(3)]
                bob.send_message(anna.boundjid.full, "answer", mtype="chat")
                copy = await other.until("carbon_received")
                assert copy["carbon_received"]["body"] == "answer"
                assert await anna.archive(with_jid=bob.boundjid.bare) == [*waited, "answer"]
                assert await bob.archive(with_jid=anna.boundjid.bare) == [*waited, "answer"]

    play(scene)


def test_what_the_adapter_needs_is_offered(people, server):
    async def scene():
        async with people() as anna:
            assert "stream_management" in anna.features
            offered = set()
            for at in (server.domain, anna.boundjid.bare):
                offered |= (await anna.plugin["xep_0030"].get_info(at))["disco_info"]["features"]
            wanted = {
                "urn:xmpp:blocking",
                "urn:xmpp:carbons:2",
                "urn:xmpp:mam:2",
                "urn:xmpp:extdisco:2",
                "http://jabber.org/protocol/pubsub#publish",
                "jabber:iq:last",
                "jabber:iq:register",
                "msgoffline",
            }
            assert wanted - offered == set()

    play(scene)


def test_the_relay_takes_what_the_server_hands_out(people, server, relay):
    """XEP-0215: the server names a relay with credentials, and with these the relay carries packets."""

    async def scene():
        async with people() as anna:
            iq = anna.make_iq_get(ito=server.domain)
            iq.append(ET.fromstring("<services xmlns='urn:xmpp:extdisco:2'/>"))
            named = {service.get("type"): service for service in (await iq.send()).xml[0]}
            assert {"stun", "turn"} <= set(named)
            return named["turn"]

    named = play(scene)
    assert (named.get("host"), named.get("port"), named.get("transport")) == (
        relay.address,
        str(relay.port),
        "udp",
    )

    def carries(password):
        command = ["turnutils_uclient", "-y", "-c", "-n", "2", "-u", named.get("username"), "-w", password]
        command += ["-p", named.get("port"), "-L", relay.address, relay.address]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    carried = carries(named.get("password"))
    assert "Total lost packets 0" in carried.stdout, carried
    assert carries("wrong").returncode != 0


def test_a_profile_and_a_picture_are_seen_by_contacts(people):
    """vCard4 and avatar, as nodes of the person's own (XEP-0292, 0084)."""

    async def scene():
        async with people() as anna, people() as bob:
            card = ET.fromstring(
                "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Anna Anders</text></fn></vcard>"
            )
            item = ET.Element("{http://jabber.org/protocol/pubsub}item", id="current")
            item.append(card)
            publish = ET.Element("{http://jabber.org/protocol/pubsub}publish", node="urn:xmpp:vcard4")
            publish.append(item)
            iq = anna.make_iq_set()
            pubsub = ET.Element("{http://jabber.org/protocol/pubsub}pubsub")
            pubsub.append(publish)
            iq.append(pubsub)
            await iq.send()
            picture = b"\x89PNG of the tests"
            digest = anna.plugin["xep_0084"].generate_id(picture)
            await anna.plugin["xep_0084"].publish_avatar(picture)
            for asker, asked in ((anna, bob), (bob, anna)):
                asker.send_presence(pto=asked.boundjid.bare, ptype="subscribe")
                await asked.until("presence_subscribe")
                asked.send_presence(pto=asker.boundjid.bare, ptype="subscribed")
                await asker.until("presence_subscribed")
            nodes = bob.plugin["xep_0060"]
            seen = await nodes.get_items(anna.boundjid.bare, "urn:xmpp:vcard4", max_items=1)
            assert "Anna Anders" in str(seen)
            got = await bob.plugin["xep_0084"].retrieve_avatar(anna.boundjid.bare, digest)
            (data,) = got["pubsub"]["items"]
            assert data["avatar_data"]["value"] == picture

    play(scene)


def test_a_blocked_person_is_not_heard(people):
    async def scene():
        async with people() as anna, people() as bob, people() as carl:
            await anna.plugin["xep_0191"].block([bob.boundjid.bare])
            bob.send_message(anna.boundjid.full, "let me in")
            await bob.plugin["xep_0199"].ping(bob.boundjid.host)
            carl.send_message(anna.boundjid.full, "good morning")
            assert (await anna.until("message"))["body"] == "good morning"

    play(scene)


def test_a_server_is_killed_and_comes_again(authority, tmp_path):
    """On the same address, with what it knew."""
    with Prosody(tmp_path, "short.test", authority) as server:
        register(server, "anna", "secret")
        server.kill()
        assert not server.listens()
        server.start()

        async def scene():
            async with Stranger(server, "anna", "secret"):
                pass

        play(scene)


ORPHAN = """
import sys
from pathlib import Path
from xml.etree import ElementTree as ET
from servers.authority import Authority
from servers.prosody import Prosody
folder = Path(sys.argv[1])
server = Prosody(folder, "orphan.test", Authority(folder))
server.start()
print(server.process.pid, flush=True)
input()
"""


def test_a_server_dies_with_its_tests(tmp_path):
    """The process of the tests is killed; nothing of its servers stays."""
    path = os.pathsep.join(
        str(folder) for folder in (Path(__file__).parents[1], Path(__file__).parents[2] / "src")
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    with parent:
        end = os.pidfd_open(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    try:
        ready, _, _ = select.select([end], [], [], 20)
        assert ready, "the server lives on"
    finally:
        os.close(end)


@pytest.mark.slow
def test_two_servers_find_each_other_by_name(two_servers):
    """Authorization, presence, messages and receipts between Prosody and ejabberd, over verified TLS."""
    here, there = two_servers

    async def scene():
        for server, name in ((here, "anna"), (there, "bob")):
            register(server, name, "secret")
        async with (
            Stranger(here, "anna", "secret") as anna,
            Stranger(there, "bob", "secret") as bob,
        ):
            for asker, asked in ((anna, bob), (bob, anna)):
                asker.send_presence(pto=asked.boundjid.bare, ptype="subscribe", pstatus="across")
                request = await asked.until("presence_subscribe")
                assert (request["from"].bare, request["status"]) == (asker.boundjid.bare, "across")
                asked.send_presence(pto=asker.boundjid.bare, ptype="subscribed")
                await asker.until(
                    "presence_available", lambda stanza, who=asked: stanza["from"] == who.boundjid
                )
                message = asker.make_message(asked.boundjid.bare, "Hello")
                message["request_receipt"] = True
                message.send()
                assert (await asked.until("message"))["from"] == asker.boundjid
                await asker.until(
                    "receipt_received", lambda stanza, sent=message: stanza["receipt"] == sent["id"]
                )

    play(scene)
