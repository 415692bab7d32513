"""Two engines, each with a program attached, on one real server (Prosody)."""

import asyncio
import json
import time

from servers.registration import register
from servers.stranger import Stranger
from support.daemon import ringback
from support.pictures import picture
from support.waiting import eventually
from support.xmpp import Program, befriend


def test_people_meet_see_each_other_and_talk(residents):
    alice, bob = residents("alice", "bob")
    one, other = alice.start().online(), bob.start().online()
    assert one.ask("GET CURRENTUSERHANDLE") == f"CURRENTUSERHANDLE {alice.handle}"
    assert one.ask(f"SET USER {bob.handle} BUDDYSTATUS 2 Please, it is me").endswith("BUDDYSTATUS 2")
    other.until(f"USER {alice.handle} RECEIVEDAUTHREQUEST Please, it is me")
    assert other.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == f"USERS {alice.handle}"
    other.ask(f"SET USER {alice.handle} ISAUTHORIZED TRUE")
    one.until(f"USER {bob.handle} ONLINESTATUS ONLINE")
    other.until(f"USER {alice.handle} ONLINESTATUS ONLINE")
    for program, friend in ((one, bob), (other, alice)):
        program.comes_to(f"USER {friend.handle} BUDDYSTATUS", "3")
        program.comes_to(f"USER {friend.handle} ISAUTHORIZED", "TRUE")
        assert friend.handle in program.ask("SEARCH FRIENDS")
    assert not [line for line in one.news if line.endswith("ISAUTHORIZED FALSE")]
    for status in ("AWAY", "NA", "DND", "SKYPEME", "ONLINE"):
        one.ask(f"SET USERSTATUS {status}")
        other.until(f"USER {alice.handle} ONLINESTATUS {status}")
    one.ask("SET USERSTATUS INVISIBLE")
    other.until(f"USER {alice.handle} ONLINESTATUS OFFLINE")
    one.ask("SET USERSTATUS ONLINE")
    one.ask("SET PROFILE MOOD_TEXT glad")
    other.until(f"USER {alice.handle} MOOD_TEXT glad")
    number = one.say(bob.handle, "Hello\nBob")
    one.until(f"CHATMESSAGE {number} STATUS SENT")
    line = other.until("STATUS RECEIVED")
    received = line.split()[1]
    assert other.ask(f"GET CHATMESSAGE {received} BODY") == f"CHATMESSAGE {received} BODY Hello\nBob"
    assert other.ask(f"GET CHATMESSAGE {received} FROM_HANDLE").endswith(f" {alice.handle}")
    one.ask(f"SET CHATMESSAGE {number} BODY Hello Robert")
    other.until(f"CHATMESSAGE {received} BODY Hello Robert")
    assert other.ask(f"GET CHATMESSAGE {received} EDITED_BY").endswith(f" {alice.handle}")
    one.ask(f"SET CHATMESSAGE {number} BODY ")
    other.comes_to(f"CHATMESSAGE {received} BODY", "")
    chats = [program.ask("SEARCH CHATS").split()[1] for program in (one, other)]
    assert chats[0] == chats[1]
    assert other.ask(f"SET CHATMESSAGE {received} SEEN").endswith("STATUS READ")
    one.ask(f"ALTER CHAT {chats[0]} SETTOPIC Tea")
    other.until(f"CHAT {chats[1]} TOPIC Tea")
    one.say(bob.handle, "/me waves")
    other.until("STATUS RECEIVED")
    assert one.ask(f"MESSAGE {bob.handle} a\x01b").startswith("ERROR 511")


def test_contacts_see_all_of_a_profile_and_others_what_is_for_all(residents, prosody, tmp_path):
    alice, bob, carol = residents("alice", "bob", "carol")
    one, other, third = (resident.start().online() for resident in (alice, bob, carol))
    befriend(one, other)
    told = {
        "FULLNAME": "Alice Åhlén",
        "CITY": "Tartu",
        "COUNTRY": "ee Estonia",
        "LANGUAGE": "et Estonian",
        "BIRTHDAY": "19800229",
        "SEX": "FEMALE",
        "ABOUT": "Two\nlines & <more>",
        "HOMEPAGE": "https://alice.example/",
    }
    for name, value in told.items():
        given = value.split()[0] if name in ("COUNTRY", "LANGUAGE") else value
        one.ask(f"SET PROFILE {'LANGUAGES' if name == 'LANGUAGE' else name} {given}")
    one.ask("SET PROFILE PHONE_MOBILE +3725555555")
    one.ask("SET PROFILE RICH_MOOD_TEXT so <b>glad</b>")
    for name, value in told.items():
        other.comes_to(f"USER {alice.handle} {name}", value)
    other.comes_to(f"USER {alice.handle} PHONE_MOBILE", "+3725555555")
    other.comes_to(f"USER {alice.handle} RICH_MOOD_TEXT", "so <b>glad</b>")
    face, copy = picture(tmp_path / "face.png"), tmp_path / "copy.png"
    assert one.ask(f"SET AVATAR 1 {face}").startswith("AVATAR 1")
    eventually(lambda: not other.ask(f"GET USER {alice.handle} AVATAR 1 {copy}").startswith("ERROR"), 30)
    assert copy.read_bytes() == face.read_bytes()
    assert third.ask(f"SEARCH USERS {alice.address}") == f"USERS {alice.handle}"
    assert third.ask(f"GET USER {alice.handle} FULLNAME").endswith(" Alice Åhlén")
    assert third.ask(f"GET USER {alice.handle} PHONE_MOBILE") == f"USER {alice.handle} PHONE_MOBILE "
    assert third.ask(f"GET USER {alice.handle} ALIASES").endswith(f" {alice.address}")
    assert third.ask(f"SEARCH USERS nobody@{prosody.domain}").strip() == "USERS"
    one.close()
    alice.stop()
    other.until(f"USER {alice.handle} ONLINESTATUS OFFLINE")
    other.close()
    bob.stop()
    other = bob.start().online()
    other.comes_to(f"USER {alice.handle} ONLINESTATUS", "OFFLINE")
    stamp = int(other.ask(f"GET USER {alice.handle} LASTONLINETIMESTAMP").split()[-1])
    assert 0 <= time.time() - stamp < 60


def test_what_is_written_offline_goes_out_later(residents):
    alice, bob = residents("alice", "bob")
    one, other = alice.start().online(), bob.start().online()
    befriend(one, other)
    other.close()
    bob.stop()
    one.until(f"USER {bob.handle} ONLINESTATUS OFFLINE")
    one.ask("SET USERSTATUS OFFLINE")
    numbers = [one.say(bob.handle, f"number {i}") for i in range(20)]
    assert one.ask(f"GET CHATMESSAGE {numbers[0]} STATUS").endswith("SENDING")
    one.close()
    alice.kill()
    one = alice.start()
    assert one.ask("GET CONNSTATUS") == "CONNSTATUS OFFLINE"
    one.ask("SET USERSTATUS ONLINE")
    for number in numbers:
        one.comes_to(f"CHATMESSAGE {number} STATUS", "SENT")
    other = bob.start().online()
    other.has(alice.handle, [f"number {i}" for i in range(20)])


def test_what_is_read_offline_is_told_to_who_wrote_it_and_to_own_devices(residents, prosody, tmp_path):
    (alice,) = residents("alice")
    bob = f"bob.of.{alice.handle}"
    register(prosody, bob, "secret")
    one = alice.start().online()
    second = alice.again(tmp_path)

    async def scene():
        async with Stranger(prosody, bob, "secret") as friend:
            one.ask(f"SET USER {bob} BUDDYSTATUS 2 please")
            await friend.until("presence_subscribe")
            for kind in ("subscribed", "subscribe"):
                friend.send_presence(pto=alice.address, ptype=kind)
            await asyncio.to_thread(one.comes_to, f"USER {bob} BUDDYSTATUS", "3")
            await friend.until("presence_subscribed")
            message = friend.make_message(alice.address, "Read me", mtype="chat")
            message.enable("markable")
            message.send()
            number = (await asyncio.to_thread(one.until, "STATUS RECEIVED")).split()[1]
            one.ask("SET USERSTATUS OFFLINE")
            assert one.ask(f"SET CHATMESSAGE {number} SEEN").endswith("STATUS READ")
            one.close()
            alice.kill()
            again = await asyncio.to_thread(alice.start)
            again.ask("SET USERSTATUS ONLINE")
            marker = await friend.until("marker_displayed")
            assert marker["displayed"]["id"] == message["id"]

    try:
        # The other device has it as unread, and stays.
        other = second.start().online()
        asyncio.run(scene())
        number = other.until("STATUS RECEIVED").split()[1]
        other.comes_to(f"CHATMESSAGE {number} STATUS", "READ")
    finally:
        second.close()


def test_killed_engines_lose_and_double_nothing(residents):
    alice, bob = residents("alice", "bob")
    one, other = alice.start().online(), bob.start().online()
    befriend(one, other)
    wanted = [f"{i}" for i in range(60)]
    for i in range(0, 60, 20):
        for text in wanted[i : i + 20]:
            one.send(f"MESSAGE {bob.handle} {text}")
        one.until("STATUS SENT")
        if i == 20:
            alice.kill()
            one = alice.start()
        else:
            bob.kill()
            other = bob.start()
    written = one.bodies(bob.handle)
    # What alice's engine had not taken when it was killed was never promised.
    assert len(written) == len(set(written)) >= 40
    other.online().has(alice.handle, written)


def test_a_server_that_dies_is_waited_for(residents, own_server):
    alice, bob = residents("alice", "bob", at=own_server)
    one, other = alice.start().online(), bob.start().online()
    befriend(one, other)
    own_server.kill()
    one.until("CONNSTATUS CONNECTING")
    one.until(f"USER {bob.handle} ONLINESTATUS OFFLINE")
    number = one.say(bob.handle, "Are you there?")
    one.until("CONNSTATUS PAUSING")
    status = json.loads(ringback("status", "--home", str(alice.home), "--json").stdout)
    assert "no connection to" in status["accounts"][0]["why"]
    own_server.start()
    one.until("CONNSTATUS ONLINE")
    one.comes_to(f"CHATMESSAGE {number} STATUS", "SENT")
    other.has(alice.handle, ["Are you there?"])
    one.until(f"USER {bob.handle} ONLINESTATUS ONLINE")


def test_a_wrong_password_is_said_and_not_tried_again(residents):
    (alice,) = residents("alice")
    alice.password.write_text("wrong\n")
    refused = alice.login()
    assert (refused.returncode, "does not know" in refused.stderr) == (1, True)
    one = alice.start()
    one.comes_to("CONNSTATUS", "OFFLINE")
    status = json.loads(ringback("status", "--home", str(alice.home), "--json").stdout)
    assert "does not know" in status["accounts"][0]["why"]
    alice.password.write_text(alice.secret)
    one.ask("SET USERSTATUS OFFLINE")
    one.ask("SET USERSTATUS ONLINE")
    one.online()
    alice.password.chmod(0o644)
    told = alice.login()
    assert "others may read" in told.stderr


def test_whom_nobody_vouches_for_is_told_no_password(residents, prosody):
    (alice,) = residents("alice")
    where = ("--server", f"{prosody.address}:{prosody.port}", "--password-file", str(alice.password))
    refused = ringback("login", alice.address, "--home", str(alice.home), *where)
    assert (refused.returncode, "is not valid" in refused.stderr) == (1, True)
    nowhere = ringback("login", "a@nowhere.test", "--home", str(alice.home), *where[2:])
    assert (nowhere.returncode, "no server" in nowhere.stderr) == (1, True)


def test_the_server_makes_an_account_for_who_asks(residents, prosody, tmp_path):
    (alice,) = residents("alice")
    alice.address = f"new{alice.handle}@{prosody.domain}"
    assert alice.login("--register").returncode == 0
    assert "somebody has this address" in alice.login("--register").stderr


def test_an_account_joins_a_running_engine_and_others_live_beside_it(residents, tmp_path):
    alice, bob = residents("alice", "bob")
    one = alice.start().online()
    assert ringback("accounts", "add", "me", "--home", str(alice.home)).returncode == 0
    bob.home = alice.home
    done = bob.login()
    assert "listening unix" in done.stdout
    other = Program(bob).online()
    befriend(one, other)
    status = json.loads(ringback("status", "--home", str(alice.home), "--json").stdout)
    told = {account["account"]: account["handle"] for account in status["accounts"]}
    assert told == {alice.address: alice.handle, "me": "me", bob.address: bob.handle}


def test_the_sound_test_answers_on_every_network(residents):
    (alice,) = residents("alice")
    one = alice.start("--speed", "20").online()
    one.say("echo123", "hello")
    one.has("echo123", ["hello", "hello"])
    number = one.ask("CALL echo123").split()[1]
    one.until(f"CALL {number} STATUS INPROGRESS")
    one.until(f"CALL {number} STATUS FINISHED")
    assert one.ask("CALL +3725555555").startswith("ERROR 92")
