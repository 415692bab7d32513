"""Strangers and contacts on a real server who say too much of something, or the strangest of things."""

import asyncio

import pytest

from servers.registration import register
from servers.stranger import Stranger
from support.daemon import SocketProgram
from support.siege import Bystander, Watch
from support.xmpp import Resident

DEEP = "<a xmlns='x'>" * 3_000 + "</a>" * 3_000
#: What a server lets pass of a client of its own, and an engine has to bear: to a device, or to an account.
STRANGE = {
    "deep request": "<iq to='{0}' type='set' id='1'>" + DEEP + "</iq>",
    "deep question": "<iq to='{0}' type='get' id='2'>" + DEEP + "</iq>",
    "deep message": "<message to='{0}' type='chat'><body>x</body>" + DEEP + "</message>",
    "deep call": "<iq to='{0}' type='set' id='3'><jingle xmlns='urn:xmpp:jingle:1'>"
    + DEEP
    + "</jingle></iq>",
    "deep presence": "<presence to='{0}'>" + DEEP + "</presence>",
    "many elements": "<message to='{0}' type='chat'><x xmlns='x'>" + "<a/>" * 5_000 + "</x></message>",
    "many attributes": "<message to='{0}' type='chat'><x xmlns='x' "
    + " ".join(f"a{i}=''" for i in range(5_000))
    + "/></message>",
    "copy in a copy": "<message to='{0}' type='chat'>"
    + "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
    "<message xmlns='jabber:client' from='{1}' type='chat'>"
    * 20
    + "<body>forged</body>"
    + "</message></forwarded></received>" * 20
    + "</message>",
}


@pytest.fixture
def alice(prosody, tmp_path):
    alice = Resident(prosody, tmp_path, "alice")
    yield alice
    alice.close()


def play(scene):
    async def limited():
        async with asyncio.timeout(300):
            return await scene()

    return asyncio.run(limited())


def stranger(server, name):
    register(server, name, "secret")
    return Stranger(server, name, "secret")


def test_nothing_that_the_server_lets_pass_ends_the_connection(prosody, alice):
    one = alice.start().online()
    one.ask("PING")
    one.forget()

    async def scene():
        async with stranger(prosody, f"eve.of.{alice.handle}") as eve:
            eve.send_message(alice.address, "Where are you?", mtype="chat")
            await asyncio.to_thread(one.until, "STATUS RECEIVED")
            one.say(eve.boundjid.user, "Here")
            device = (await eve.until("message", lambda stanza: stanza["body"] == "Here"))["from"].full
            assert "/" in device
            for what, text in STRANGE.items():
                for to in (device, alice.address):
                    eve.send_raw(text.format(to, "bob@prosody.test/x"))
                eve.send_message(alice.address, f"after {what}", mtype="chat")
            for _ in range(len(STRANGE)):
                while "after" not in await asyncio.to_thread(next_body):
                    pass
            return eve.boundjid.user

    def next_body():
        number = one.until("STATUS RECEIVED").split()[1]
        return one.ask(f"GET CHATMESSAGE {number} BODY")

    eve = play(scene)
    assert {f"after {what}" for what in STRANGE} <= set(one.bodies(eve))
    assert "forged" not in one.bodies(eve)
    # How things stand is told after the welcome, late on a busy machine.
    told = {line for line in one.news if line.startswith("CONNSTATUS")}
    assert told <= {"CONNSTATUS ONLINE"}
    code, log = alice.stop()
    assert code == 0
    assert "unexpected error" not in log


def test_people_with_strange_names_are_written_to(prosody, alice):
    one = alice.start().online()
    suffix = f".of.{alice.handle}"

    async def scene():
        for name, written in (("a,b", "a%2cb"), ("a;b", "a%3bb"), ("a\\20b", "a%5c20b")):
            handle = f"{written}{suffix}"
            async with stranger(prosody, name + suffix) as odd:
                odd.send_message(alice.address, "Hello", mtype="chat")
                number = (await asyncio.to_thread(one.until, "STATUS RECEIVED")).split()[1]
                question = f"CHATMESSAGE {number} FROM_HANDLE"
                assert one.ask(f"GET {question}") == f"{question} {handle}"
                odd.send_presence_subscription(alice.address)
                await asyncio.to_thread(one.until, f"USER {handle} RECEIVEDAUTHREQUEST")
                waiting = one.ask("SEARCH USERSWAITINGMYAUTHORIZATION").removeprefix("USERS ")
                assert waiting.split(", ")[-1] == handle
                one.say(handle, "Hello yourself")
                await odd.until("message", lambda stanza: stanza["body"] == "Hello yourself")

    play(scene)


@pytest.mark.slow
def test_a_flood_over_a_real_server_is_taken_and_harms_nobody_else(prosody, alice):
    """One program reads nothing, one reads all, one belongs to another account."""
    number = 10_000
    one = alice.start("--account", alice.address, "--account", "me").online()
    deaf, reads = SocketProgram(alice.home, alice.folder.name), SocketProgram(alice.home, alice.folder.name)

    async def scene():
        async with stranger(prosody, f"mob.of.{alice.handle}") as mob:
            for start in range(0, number, 500):
                for i in range(start, start + 500):
                    mob.send_message(alice.address, f"flood {i}", mtype="chat")
                await asyncio.sleep(0.05)
            await asyncio.to_thread(reads_all)
            return mob.boundjid.user

    def reads_all():
        for _ in range(number):
            reads.until("CHATMESSAGE ")

    with Bystander(alice.home) as bystander:
        mob = play(scene)
    for program in (deaf, reads):
        program.close()
    listed = one.ask(f"SEARCH CHATMESSAGES {mob}").removeprefix("CHATMESSAGES").split(",")
    assert len(listed) == number
    assert bystander.longest < Watch.WAIT
