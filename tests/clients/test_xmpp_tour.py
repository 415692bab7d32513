"""Two engines on real servers, each with an independent D-Bus program: as users have it."""

import contextlib

import pytest

from support.daemon import Daemon, private_bus
from support.sound import pieces_found, speech
from support.talker import Talker
from support.xmpp import Resident


@contextlib.contextmanager
def at_home(resident, folder):
    """A person's engine on a bus of its own, and the program there."""
    folder.mkdir()
    with private_bus(folder) as bus, Daemon(resident.home, "--no-sound", "--dbus", bus) as daemon:
        assert daemon.ready, daemon.end()
        talker = Talker(bus, 8)
        try:
            talker.comes_to("CONNSTATUS", "ONLINE")
            yield talker
        finally:
            talker.end()
        code, errors = daemon.end()
        assert (code, errors) == (0, "")


def tour(one, other, alice, bob):
    """They meet, see each other, write, change and read. ``alice``, ``bob``: as the other side calls them."""
    # They get to know each other.
    assert one.ask(f"SET USER {bob} BUDDYSTATUS 2 Please, it is me").endswith("BUDDYSTATUS 2")
    other.hear(f"USER {alice} RECEIVEDAUTHREQUEST Please, it is me")
    assert other.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == f"USERS {alice}"
    assert other.ask(f"SET USER {alice} ISAUTHORIZED TRUE") == f"USER {alice} ISAUTHORIZED TRUE"
    for talker, friend in ((one, bob), (other, alice)):
        talker.comes_to(f"USER {friend} BUDDYSTATUS", "3")
        talker.comes_to(f"USER {friend} ONLINESTATUS", "ONLINE")
        assert friend in talker.ask("SEARCH FRIENDS")
    # They are seen as they want to be.
    for talker, watcher, name in ((one, other, alice), (other, one, bob)):
        for status in ("AWAY", "NA", "DND", "SKYPEME"):
            talker.ask(f"SET USERSTATUS {status}")
            watcher.hear(f"USER {name} ONLINESTATUS {status}")
        talker.ask("SET USERSTATUS INVISIBLE")
        watcher.hear(f"USER {name} ONLINESTATUS OFFLINE")
        talker.ask("SET USERSTATUS ONLINE")
        watcher.hear(f"USER {name} ONLINESTATUS ONLINE")
    one.ask("SET PROFILE MOOD_TEXT glad")
    other.hear(f"USER {alice} MOOD_TEXT glad")
    # They write.
    sent = one.ask(f"MESSAGE {bob} hello").split()[1]
    one.hear(f"CHATMESSAGE {sent} STATUS SENT")
    came = other.hear("STATUS RECEIVED").split()[1]
    assert other.ask(f"GET CHATMESSAGE {came} BODY") == f"CHATMESSAGE {came} BODY hello"
    assert other.ask(f"GET CHATMESSAGE {came} FROM_HANDLE").split()[-1] == alice
    assert other.ask("SEARCH MISSEDCHATMESSAGES") == f"CHATMESSAGES {came}"
    assert other.ask(f"SET CHATMESSAGE {came} SEEN") == f"CHATMESSAGE {came} STATUS READ"
    assert other.ask("SEARCH MISSEDCHATMESSAGES").split() == ["CHATMESSAGES"]
    one.ask(f"SET CHATMESSAGE {sent} BODY hello, dear")
    other.hear(f"CHATMESSAGE {came} BODY hello, dear")
    assert other.ask(f"GET CHATMESSAGE {came} EDITED_BY").split()[-1] == alice
    answer = other.ask(f"MESSAGE {alice} hello yourself").split()[1]
    other.hear(f"CHATMESSAGE {answer} STATUS SENT")
    back = one.hear("STATUS RECEIVED").split()[1]
    assert one.ask(f"GET CHATMESSAGE {back} BODY").endswith(" hello yourself")


def talk(one, other, bob, folder):
    """They call, and each hears through a TCP port what the other says through one."""
    voices = {one: speech(4.0, 11), other: speech(4.0, 12)}
    number = one.ask(f"CALL {bob}").split()[1]
    theirs = other.hear("STATUS RINGING").split()[1]
    one.hear(f"CALL {number} STATUS RINGING")
    other.ask(f"ALTER CALL {theirs} ANSWER")
    heard = {one: folder / "one.heard", other: folder / "other.heard"}
    for talker, call in ((one, number), (other, theirs)):
        talker.hear(f"CALL {call} STATUS INPROGRESS")
        talker.ask(f'ALTER CALL {call} SET_OUTPUT PORT="{talker.port("record", heard[talker])}"')
    for talker, call in ((one, number), (other, theirs)):
        said = folder / f"{heard[talker].name}.said"
        said.write_bytes(voices[talker])
        talker.ask(f'ALTER CALL {call} SET_INPUT PORT="{talker.port("play", said)}"')
    one.hear(f"CALL {number} DURATION 9")
    one.ask(f"ALTER CALL {number} HANGUP")
    for talker, call in ((one, number), (other, theirs)):
        talker.hear(f"CALL {call} STATUS FINISHED")
    one.ask("PING"), other.ask("PING")
    for talker, partner in ((one, other), (other, one)):
        sound = heard[talker].read_bytes()
        theirs, own = pieces_found(voices[partner], sound), pieces_found(voices[talker], sound)
        assert theirs > 0.8, (theirs, own)
        assert own < 0.6, (theirs, own)


@pytest.mark.real_time
@pytest.mark.parametrize(
    "where",
    ["prosody", *(pytest.param(name, marks=pytest.mark.slow) for name in ("ejabberd", "two_servers"))],
)
def test_two_programs_on_two_buses_meet(where, request, tmp_path):
    """On one server, and across a Prosody and an ejabberd, where each has the whole address for the other."""
    servers = request.getfixturevalue(where)
    here, there = servers if where == "two_servers" else (servers, servers)
    alice, bob = Resident(here, tmp_path, "alice"), Resident(there, tmp_path, "bob")
    names = [person.handle if here is there else person.address for person in (alice, bob)]
    with at_home(alice, tmp_path / "a") as one, at_home(bob, tmp_path / "b") as other:
        tour(one, other, *names)
        talk(one, other, names[1], tmp_path)
