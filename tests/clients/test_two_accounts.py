"""Two accounts on two buses, an independent program on each; every line on both sides is compared.

The golden files were read against the reference line by line; ``<time>`` stands for seconds since 1970,
``<hex>`` for the digits of a chat's id, and seconds of talk are left out: how many there are is chance.
"""

import os
import re
from pathlib import Path

import pytest

from support.daemon import Daemon, private_bus
from support.sound import same_sound, speech
from support.talker import Talker

GOLDEN = Path(__file__).parents[1] / "golden"


def tidy(lines):
    shown = []
    for line in lines:
        same = re.sub(r"PORT=\"\d+\"", 'PORT="<port>"', re.sub(r";[0-9a-f]{16}", ";<hex>", line))
        if not re.search(r" DURATION \d+$", line):
            shown.append(re.sub(r"TIMESTAMP [1-9]\d{8,}", "TIMESTAMP <time>", same))
    return "\n".join(shown) + "\n"


def play(ann: Talker, bob: Talker, protocol: int, folder: Path, voices) -> None:
    """What happens; ``word`` is what programs of the protocol call a chat message."""
    word = "MESSAGE" if protocol < 3 else "CHATMESSAGE"
    hold = ("ONHOLD", "ONHOLD") if protocol < 2 else ("LOCALHOLD", "REMOTEHOLD")
    # They get to know each other.
    ann.ask("SET USER bob BUDDYSTATUS 2 it is ann")
    bob.hear("RECEIVEDAUTHREQUEST it is ann")
    bob.hear("USER ann NROF_AUTHED_BUDDIES 2")
    bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION")
    bob.ask("SET USER ann ISAUTHORIZED TRUE")
    bob.hear("BUDDYSTATUS 3")
    ann.hear("USER bob NROF_AUTHED_BUDDIES 2")
    ann.ask("GET USER bob BUDDYSTATUS")
    # They write.
    ann.ask("MESSAGE bob hello bob")
    ann.hear("STATUS SENT")
    key = bob.hear("STATUS RECEIVED").split(" ")[1]
    bob.ask(f"GET {word} {key} BODY")
    bob.ask(f"GET {word} {key} PARTNER_HANDLE")
    bob.ask(f"SET {word} {key} SEEN")
    bob.hear("STATUS READ")
    bob.ask("MESSAGE ann hello ann")
    bob.hear("STATUS SENT")
    answered = ann.hear("STATUS RECEIVED").split(" ")[1]
    ann.ask(f"GET {word} {answered} BODY")
    own = ann.ask("SEARCH CHATMESSAGES bob").split(" ")[-1]
    ann.ask(f"SET CHATMESSAGE {own} BODY hello, dear bob")
    for talker in (ann, bob):
        talker.hear(" BODY hello, dear bob")
    # They talk, and both hold once.
    call = ann.ask("CALL bob").split(" ")[1]
    theirs = bob.hear("STATUS RINGING").split(" ")[1]
    ann.hear("STATUS RINGING")
    for talker, number, name in ((ann, call, "ann"), (bob, theirs, "bob")):
        said, heard = folder / f"{name}.said", folder / f"{name}.heard"
        said.write_bytes(voices[name])
        talker.ask(f'ALTER CALL {number} SET_INPUT PORT="{talker.port("play", said)}"')
        talker.ask(f'ALTER CALL {number} SET_OUTPUT PORT="{talker.port("record", heard)}"')
    bob.ask(f"ALTER CALL {theirs} ANSWER")
    bob.hear("STATUS INPROGRESS")
    ann.hear("STATUS INPROGRESS")
    for talker in (ann, bob):
        talker.hear(" DURATION 4")
    for holder, other, number in ((ann, bob, call), (bob, ann, theirs)):
        holder.ask(f"ALTER CALL {number} HOLD")
        holder.hear(f"STATUS {hold[0]}")
        other.hear(f"STATUS {hold[1]}")
        holder.ask(f"ALTER CALL {number} RESUME")
        for talker in (holder, other):
            talker.hear("STATUS INPROGRESS")
    ann.ask(f"SET CALL {call} STATUS FINISHED")
    bob.hear("STATUS FINISHED")
    ann.hear("STATUS FINISHED")
    # One calls and the other one misses it.
    late = bob.ask("CALL ann").split(" ")[1]
    missed = ann.hear("STATUS RINGING").split(" ")[1]
    bob.hear("STATUS RINGING")
    bob.ask(f"ALTER CALL {late} HANGUP")
    bob.hear("STATUS FINISHED" if protocol < 2 else "STATUS CANCELLED")
    ann.hear("STATUS MISSED")
    ann.ask("SEARCH MISSEDCALLS")
    ann.ask(f"SET CALL {missed} SEEN")
    ann.hear("SEEN TRUE")
    ann.ask("SEARCH MISSEDCALLS")
    ann.ask("SEARCH CALLS bob")


@pytest.mark.parametrize("protocol", [1, 5, 8])
def test_two_programs_on_two_buses(tmp_path, protocol):
    voices = {"ann": speech(2.0, 11), "bob": speech(2.0, 12)}
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with (
        private_bus(tmp_path / "a") as one,
        private_bus(tmp_path / "b") as two,
        Daemon(
            tmp_path / "home",
            *("--account", "ann", "--account", "bob", "--dbus", f"ann={one}", "--dbus", f"bob={two}"),
            *("--speed", "8"),
        ) as daemon,
    ):
        ann, bob = Talker(one, protocol), Talker(two, protocol)
        play(ann, bob, protocol, tmp_path, voices)
        lines = {"ann": ann.end(), "bob": bob.end()}
        code, errors = daemon.end()
    assert (code, errors) == (0, "")
    for name, other in (("ann", "bob"), ("bob", "ann")):
        heard = (tmp_path / f"{name}.heard").read_bytes()
        assert same_sound(voices[other], heard).why_not == ""
        assert same_sound(voices[name], heard).why_not != ""
    for name, told in lines.items():
        golden = GOLDEN / f"two_accounts_{name}_protocol_{protocol}.txt"
        if os.environ.get("RINGBACK_WRITE_GOLDEN"):
            golden.write_text(tidy(told))
        assert tidy(told) == golden.read_text()
