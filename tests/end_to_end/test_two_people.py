"""Two accounts of the real daemon, each on a bus of its own with an independent program on it.

They go through the talk of the golden file of protocol 8: call, answer, hold from both sides, keypad tones,
refusal, missed call, forgetting. Seconds are left out, as they depend on the machine.
"""

import signal
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from conformance.test_two_sides import SCRIPT
from ringback.media.wav import samples
from support.daemon import Daemon, SocketProgram, private_bus
from support.waiting import eventually

GOLDEN = Path(__file__).parents[1] / "golden" / "call_between_accounts_protocol_8.txt"
#: Prints answers behind = and notifications behind !.
PROGRAM = """
import sys, dbus, dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib
DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(sys.argv[1])
class Client(dbus.service.Object):
    @dbus.service.method("com.Skype.API.Client", in_signature="s")
    def Notify(self, text):
        print("!" + text, flush=True)
client = Client(bus, "/com/Skype/Client")
def typed(*_):
    line = sys.stdin.readline()
    if not line:
        loop.quit()
        return False
    print("=" + bus.call_blocking("com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", "s",
                                  (line.rstrip("\\n"),)), flush=True)
    return True
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, typed)
loop = GLib.MainLoop()
loop.run()
"""


class Person:
    """A program in a process of its own; ``log`` holds what was said and heard, as in the golden file."""

    def __init__(self, handle, address):
        self.handle, self.log = handle, []
        self._answers = []
        self._came = threading.Condition()
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-c", PROGRAM, address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            with self._came:
                if line.startswith("="):
                    self._answers.append(line[1:].rstrip("\n"))
                else:
                    self.log.append(f"{self.handle} <- {line[1:]}".rstrip("\n"))
                self._came.notify_all()

    def until(self, true):
        with self._came:
            assert self._came.wait_for(true, 20), self.log

    def ask(self, command):
        with self._came:
            self._answers.clear()
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        self.until(lambda: self._answers)
        return self._answers[0]

    def says(self, command):
        """The same, for the log; the answer comes before what it causes."""
        with self._came:
            place = len(self.log)
        answer = self.ask(command)
        with self._came:
            self.log[place:place] = [f"{self.handle} -> {command}", f"{self.handle} <- {answer}"]

    def __enter__(self):
        assert self.ask("NAME program") == "OK"
        assert self.ask("PROTOCOL 8") == "PROTOCOL 8"
        self.until(lambda: any("USERSTATUS" in line for line in self.log))
        self.log.clear()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def timeless(lines):
    """About calls, without seconds."""
    return [line for line in lines if "DURATION" not in line and "USER " not in line]


def keys_by_spectrum(sound):
    """Keypad tones by Fourier transform: nothing of ours."""
    rows, columns = (697, 770, 852, 941), (1209, 1336, 1477)
    found = []
    for start in range(0, len(sound) - 800, 400):
        piece = sound[start : start + 800]
        if np.abs(piece).max() < 2000:
            found.append("")
            continue
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(800), 16000))
        row, column = (max(group, key=lambda f: spectrum[f]) for group in (rows, columns))
        strong = spectrum[row] + spectrum[column] > 1.5 * spectrum.max()
        found.append("123456789*0#"[rows.index(row) * 3 + columns.index(column)] if strong else "")
    return [key for key, before in zip(found, ["", *found], strict=False) if key and key != before]


def test_the_talk_of_the_golden_file_over_two_buses(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    heard = tmp_path / "heard.wav"
    expected = GOLDEN.read_text().splitlines()
    with private_bus(tmp_path / "a") as first, private_bus(tmp_path / "b") as second:
        ways = ("--dbus", f"anna={first}", "--dbus", f"bob={second}", "--account", "anna", "--account", "bob")
        with (
            Daemon(tmp_path / "home", *ways, "--speed", "4"),
            Person("anna", first) as anna,
            Person("bob", second) as bob,
        ):
            people = {"anna": anna, "bob": bob}
            waited, said = 0.0, 0
            for step in SCRIPT:
                if isinstance(step, float):
                    waited += step
                    talked = min(int(waited), 4)
                    eventually(
                        lambda talked=talked: float(anna.ask("GET CALL 1 DURATION").split()[-1]) >= talked, 20
                    )
                    continue
                who, command = step
                if command == "SET CALL 1 DTMF 5":
                    bob.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{heard}"')
                people[who].says(command)
                # Go on when both sides have heard what the golden file has up to the next command.
                said = expected.index(f"{who} -> {command}", said) + 1
                rest = expected[said:]
                upto = next((n for n, line in enumerate(rest) if " -> " in line), len(rest)) + said
                for handle, person in people.items():
                    due = [line for line in timeless(expected[:upto]) if line.startswith(handle)]
                    person.until(lambda person=person, due=due: len(timeless(person.log)) >= len(due))
                    assert timeless(person.log) == due
                if command == "SET CALL 1 DTMF 5":
                    eventually(lambda: heard.stat().st_size >= 16_000, 20)
    assert keys_by_spectrum(np.frombuffer(samples(heard.read_bytes()), "<i2").astype(float)) == ["5"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_daemon_ends_in_the_middle_of_calls(tmp_path, how):
    """Told to end, it hangs up first and keeps how long they talked; killed, the next start ends them."""
    accounts = ("--account", "anna", "--account", "bob", "--no-dbus", "--speed", "4")
    with Daemon(tmp_path / "home", *accounts) as daemon:
        anna, bob = (SocketProgram(tmp_path / "home", handle) for handle in ("anna", "bob"))
        anna.ask("CALL bob")
        bob.until("CALL 1 STATUS RINGING")
        bob.ask("ALTER CALL 1 ANSWER")
        anna.until("CALL 1 DURATION 2")
        assert bob.ask("CALL no.answer") == "CALL 2 STATUS UNPLACED"
        bob.until("CALL 2 STATUS RINGING")
        daemon.end(how)
        if how is signal.SIGTERM:
            anna.until("CALL 1 STATUS FINISHED")
            bob.until("CALL 2 STATUS CANCELLED")
        anna.close(), bob.close()
    with Daemon(tmp_path / "home", *accounts):
        for handle, ended in (("anna", ["FINISHED"]), ("bob", ["FINISHED", "CANCELLED"])):
            program = SocketProgram(tmp_path / "home", handle)
            numbers = range(1, len(ended) + 1)
            assert [program.ask(f"GET CALL {n} STATUS").split()[-1] for n in numbers] == ended
            assert program.ask("SEARCH ACTIVECALLS") == "CALLS "
            if how is signal.SIGTERM:
                assert int(program.ask("GET CALL 1 DURATION").split()[-1]) >= 2
            program.close()
