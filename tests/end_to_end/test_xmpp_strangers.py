"""Other clients, honest and not, with an engine on each real server."""

import asyncio
import json

import pytest

from support.xmpp import befriend, client, play

CARBON = (
    "<message to='{0}' xmlns='jabber:client'><{1} xmlns='urn:xmpp:carbons:2'>"
    "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{2}' to='{3}' type='chat'>"
    "<body>forged</body></message></forwarded></{1}></message>"
)
ENTRY = (
    "<message to='{0}' xmlns='jabber:client'><result xmlns='urn:xmpp:mam:2' queryid='q1' id='x'>"
    "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{1}' to='{0}' type='chat'>"
    "<body>forged</body></message></forwarded></result></message>"
)
PUSH = (
    "<iq to='{0}' type='set' id='p1' xmlns='jabber:client'><query xmlns='jabber:iq:roster'>"
    "<item jid='{1}' subscription='both'/></query></iq>"
)


BLOCK = (
    "<iq to='{0}' type='set' id='b1' xmlns='jabber:client'><block xmlns='urn:xmpp:blocking'>"
    "<item jid='{1}'/></block></iq>"
)


@pytest.fixture(params=["prosody", pytest.param("ejabberd", marks=pytest.mark.slow)])
def server(request):
    return request.getfixturevalue(request.param)


def test_a_stranger_may_write_and_be_kept_away(residents):
    alice, eve, bob = residents("alice", "eve", "bob")
    one = alice.start().online()

    async def scene():
        async with client(eve) as stranger, client(bob) as other:
            stranger.send_message(alice.address, "Do you know me?", mtype="chat")
            line = await asyncio.to_thread(one.until, "STATUS RECEIVED")
            number = line.split()[1]
            assert one.ask(f"GET CHATMESSAGE {number} FROM_HANDLE").endswith(f" {eve.handle}")
            assert one.ask(f"GET USER {eve.handle} BUDDYSTATUS").endswith(" 0")
            one.say(eve.handle, "No")
            answer = await stranger.until("message")
            assert answer["body"] == "No"
            one.ask(f"SET USER {eve.handle} ISBLOCKED TRUE")
            stranger.send_message(alice.address, "And now?", mtype="chat")
            stranger.send_presence_subscription(alice.address)
            # Its answer says that what was said before is dealt with.
            await stranger.plugin["xep_0199"].ping(eve.server.domain)
            other.send_message(alice.address, "Good morning", mtype="chat")
            await asyncio.to_thread(one.has, bob.handle, ["Good morning"])
            assert one.bodies(eve.handle) == ["Do you know me?", "No"]
            assert one.ask("SEARCH USERSWAITINGMYAUTHORIZATION").strip() == "USERS"

    play(scene)


def test_nobody_can_speak_for_our_server_and_a_flood_is_taken(residents):
    alice, bob, eve = residents("alice", "bob", "eve")
    one, other = alice.start().online(), bob.start().online()
    befriend(one, other)
    one.say(bob.handle, "hello")
    other.until("STATUS RECEIVED")

    async def scene():
        async with client(eve) as stranger:
            # What is sent to a person the server answers; to a device it goes as it is.
            device = f"{alice.address}/{json.loads((alice.folder / 'xmpp.json').read_text())['device']}"
            for kind, sender, to in (
                ("received", bob.address, alice.address),
                ("sent", alice.address, bob.address),
            ):
                stranger.send_raw(CARBON.format(device, kind, sender, to))
            stranger.send_raw(ENTRY.format(device, bob.address))
            stranger.send_raw(PUSH.format(device, eve.address))
            stranger.send_raw(BLOCK.format(device, bob.address))
            for i in range(300):
                stranger.send_message(alice.address, f"flood {i}", mtype="chat")
            await asyncio.to_thread(one.has, eve.handle, [f"flood {i}" for i in range(300)])

    play(scene)
    assert one.bodies(bob.handle) == ["hello"]
    assert other.bodies(alice.handle) == ["hello"]
    assert eve.handle not in one.ask("SEARCH FRIENDS")
    assert one.ask(f"GET USER {bob.handle} ISBLOCKED").endswith(" FALSE")


def test_what_happens_on_another_client_of_ours_is_known(residents):
    alice, bob = residents("alice", "bob")
    one, other = alice.start().online(), bob.start().online()
    befriend(one, other)

    async def scene():
        async with client(alice, "phone") as phone:
            phone.plugin["xep_0280"].enable()
            said = phone.make_message(bob.address, "From the phone", mtype="chat")
            said.send()
            line = await asyncio.to_thread(one.until, "STATUS SENT")
            number = line.split()[1]
            assert one.ask(f"GET CHATMESSAGE {number} BODY").endswith("From the phone")
            assert one.ask(f"GET CHATMESSAGE {number} FROM_HANDLE").endswith(f" {alice.handle}")
            await asyncio.to_thread(other.has, alice.handle, ["From the phone"])
            other.say(alice.handle, "one")
            other.say(alice.handle, "two")
            came = []
            while len(came) < 2:
                message = await phone.until("message")
                came += [message] if message["body"] in ("one", "two") else []
            # The phone may have heard of them first.
            for _ in range(2):
                await asyncio.to_thread(one.until, "STATUS RECEIVED")
            assert one.ask("SEARCH MISSEDCHATMESSAGES").strip() != "CHATMESSAGES"
            marker = phone.make_message(bob.address, mtype="chat")
            marker["displayed"]["id"] = came[-1]["id"]
            marker.send()
            for _ in range(2):
                await asyncio.to_thread(one.until, "STATUS READ")
            other.say(alice.handle, "three")
            line = await asyncio.to_thread(one.until, "STATUS RECEIVED")
            one.ask(f"SET CHATMESSAGE {line.split()[1]} SEEN")

            def tells_it(copy):
                inside = copy["carbon_sent"]
                return inside.xml.find("{urn:xmpp:chat-markers:0}displayed") is not None

            await phone.until("carbon_sent", tells_it)

    play(scene)
