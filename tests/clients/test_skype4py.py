"""A program library of 2013, converted to Python 3 and otherwise unchanged, attached over D-Bus."""

import os
import subprocess
from pathlib import Path

from support.daemon import Daemon, private_bus
from support.skype4py import PYTHON, prepare

TWO = Path(__file__).parent / "programs" / "skype4py_two.py"
CACHE = Path(__file__).parents[2] / "build" / "clients"

PROGRAM = """
import sys, threading, time
sys.path.insert(0, sys.argv[1])
import Skype4Py
seen, finished, talking = [], threading.Event(), threading.Event()
def status(call, status):
    seen.append(status)
    if status == Skype4Py.clsInProgress:
        talking.set()
    if status == Skype4Py.clsFinished:
        finished.set()
skype = Skype4Py.Skype(Transport="dbus")
skype.OnCallStatus = status
skype.Attach()
print("attached", skype.AttachmentStatus == Skype4Py.apiAttachSuccess, skype.Protocol)
echo = skype.User("echo123")
print("user", echo.FullName, "|", echo.OnlineStatus, "|", echo.CountryCode)
print("more", echo.IsVideoCapable, echo.Birthday)
print("me", skype.CurrentUserHandle, skype.CurrentUserStatus, skype.Version)
call = skype.PlaceCall("echo123")
print("call", call.PartnerHandle, call.Type)
assert talking.wait(20)
call.Finish()
assert finished.wait(20)
print("seen", " ".join(seen))
print("after", call.Status, len(skype.ActiveCalls), [c.Id for c in skype.Calls("echo123")])
skype.CurrentUserProfile.FullName = "Zo\\xeb \\u4e2d"
print("profile", ascii(skype.CurrentUserProfile.FullName))
"""


def test_it_attaches_reads_and_calls(tmp_path):
    library = prepare(CACHE)
    with private_bus(tmp_path) as address, Daemon(tmp_path / "home", "--dbus", address, "--speed", "5"):
        ran = subprocess.run(
            [PYTHON, "-W", "ignore", "-c", PROGRAM, str(library)],
            capture_output=True,
            text=True,
            timeout=90,
            env=os.environ | {"DBUS_SESSION_BUS_ADDRESS": address},
        )
    assert ran.stdout.splitlines() == [
        "attached True 5",
        "user Echo / Sound Test Service | ONLINE | gb",
        "more False None",
        "me me ONLINE 3.8.0.188",
        "call echo123 OUTGOING_P2P",
        "seen UNPLACED ROUTING RINGING INPROGRESS FINISHED",
        "after FINISHED 0 [1]",
        "profile 'Zo\\xeb \\u4e2d'",
    ], ran.stderr[-3000:]


def playing(library, who, address):
    return subprocess.Popen(
        [PYTHON, "-W", "ignore", "-u", str(TWO), str(library), who],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"DBUS_SESSION_BUS_ADDRESS": address},
    )


def test_two_of_them_become_friends_write_and_call_each_other(tmp_path):
    library = prepare(CACHE)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with (
        private_bus(tmp_path / "a") as ann,
        private_bus(tmp_path / "b") as bob,
        Daemon(
            tmp_path / "home",
            *("--account", "ann", "--account", "bob", "--dbus", f"ann={ann}", "--dbus", f"bob={bob}"),
            *("--speed", "4"),
        ),
    ):
        # bob's program is there before anybody asks for it.
        programs = [playing(library, "bob", bob)]
        try:
            first = programs[0].stdout.readline()
            programs.append(playing(library, "ann", ann))
            said = [program.communicate(timeout=90) for program in reversed(programs)]
        finally:
            for program in programs:
                program.kill()
    assert first == "attached bob 7\n"
    assert said[0][0].splitlines() == [
        "attached ann 7",
        "friends ['bob']",
        "standing 3 ONLINE",
        "answer 'fine, and you?' SAID True",
        "missed []",
        "edited hello, bob ann",
        "chat DIALOG ['ann', 'bob'] ['ann', 'bob']",
        "calls FINISHED 0 [True]",
        "done",
    ], said
    assert said[1][0].splitlines() == [
        "asks it is ann",
        "waiting ['ann']",
        "authorised True ''",
        "message 'hello bob\\nhow are you?' SAID ann False",
        "missed ['ann']",
        "edited hello, bob",
        "statuses RINGING INPROGRESS REMOTEHOLD INPROGRESS FINISHED",
        "missed calls 0",
        "done",
    ], said
