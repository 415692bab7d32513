"""Programs on the socket that do not read, that die, or that write too much: the others go on."""

import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest

from support.bus import descriptors, resident
from support.daemon import Daemon, SocketProgram
from support.waiting import eventually

MIB = 1024 * 1024


class Timed(SocketProgram):
    """A program that remembers its slowest answer."""

    slowest = 0.0

    def ask(self, command):
        begun = time.monotonic()
        answer = super().ask(command)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.news.clear()
        return answer


def connected(home, *texts):
    """A bare socket that has said something and reads nothing."""
    bare = socket.socket(socket.AF_UNIX)
    bare.connect(str(home / "me/api.sock"))
    bare.settimeout(20)
    for text in texts:
        bare.sendall(text.encode() + b"\0")
    return bare


#: Characters of the longest text about oneself, and their bytes.
LONG = 20_000
SIZE = 3 * LONG


def fill(program, megabytes):
    """Everybody is notified of so much: each text as PROFILE and as USER."""
    for number in range(megabytes * MIB // SIZE // 2):
        text = f"{number} ".ljust(LONG, "\u20ac")
        assert program.ask(f"SET PROFILE ABOUT {text}") == f"PROFILE ABOUT {text}"


def test_100_mb_of_notifications_for_one_that_does_not_read(tmp_path):
    with (
        Daemon(tmp_path, "--no-dbus") as daemon,
        closing(Timed(tmp_path)) as good,
        closing(connected(tmp_path, "NAME slow")) as slow,
    ):
        before = resident(daemon.process.pid)
        fill(good, 50)
        held = resident(daemon.process.pid) - before
        assert 45 * MIB < held < 120 * MIB
        fill(good, 50)
        assert good.slowest < 2
        # What was held is given back, and the other end sees the end after what the kernel still had.
        eventually(lambda: resident(daemon.process.pid) - before < 30 * MIB)
        left = 0
        with contextlib.suppress(ConnectionResetError):
            while data := slow.recv(MIB):
                left += len(data)
        assert left < 2 * MIB
        assert good.ask("PING") == "PONG"
        _code, errors = daemon.end()
        assert errors.count("does not read: detached") == 1
        assert errors.count("closed: too much unread") == 1
        assert "Traceback" not in errors


def test_100_mb_of_answers_for_one_that_does_not_read(tmp_path):
    """All asked for in one piece, so that they are made in one turn of the loop."""
    with Daemon(tmp_path, "--no-dbus") as daemon, closing(Timed(tmp_path)) as good:
        fill(good, 1)
        before = resident(daemon.process.pid)
        with closing(connected(tmp_path, "NAME greedy", "\0".join(["GET PROFILE ABOUT"] * 10_000))) as greedy:
            for _ in range(100):
                assert good.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
            assert good.slowest < 2
            assert resident(daemon.process.pid) - before < 150 * MIB
            with contextlib.suppress(ConnectionResetError):
                while greedy.recv(MIB):
                    pass
        _code, errors = daemon.end()
        assert errors.count("does not read: detached") == 1
        assert "Traceback" not in errors


def test_a_slow_reader_below_the_bound_hears_everything(tmp_path):
    with (
        Daemon(tmp_path, "--no-dbus"),
        closing(SocketProgram(tmp_path)) as slow,
        closing(Timed(tmp_path)) as good,
    ):
        fill(good, 40)
        for number in range(40 * MIB // SIZE // 2):
            assert slow.until("PROFILE ABOUT").startswith(f"PROFILE ABOUT {number} ")
        assert slow.ask("PING") == "PONG"


def test_a_message_over_16_mib_ends_the_connection_and_says_why(tmp_path):
    with Daemon(tmp_path, "--no-dbus") as daemon, closing(Timed(tmp_path)) as good:
        before = resident(daemon.process.pid)
        large = connected(tmp_path, "NAME large")
        with closing(large), pytest.raises((BrokenPipeError, ConnectionResetError)):
            large.sendall(b"x" * 32 * MIB)
        assert good.ask("PING") == "PONG"
        assert good.slowest < 2
        eventually(lambda: resident(daemon.process.pid) - before < 20 * MIB)
        _code, errors = daemon.end()
        assert errors.count("closed: a message over 16 MiB") == 1


WAITS = """
import socket, sys
program = socket.socket(socket.AF_UNIX)
program.connect(sys.argv[1])
program.sendall(b"NAME waits\\0PROTOCOL 8\\0CALL echo123\\0")
heard = b""
while b"STATUS INPROGRESS" not in heard:
    heard += program.recv(65536)
program.sendall(b'#w ALTER CALL 1 SET_OUTPUT PORT="%s"\\0' % sys.argv[2].encode())
print("asked", flush=True)
while True:
    heard += program.recv(65536)
    assert b"#w " not in heard, heard
"""


def test_a_program_killed_while_its_command_waits(tmp_path):
    """Nobody takes the connection that its route dials, so that the command cannot be answered."""
    with (
        closing(socket.socket()) as port,
        Daemon(tmp_path, "--no-dbus", "--speed", "5") as daemon,
        closing(SocketProgram(tmp_path)) as onlooker,
    ):
        port.bind(("127.0.0.1", 0))
        port.listen(0)
        number = port.getsockname()[1]
        with contextlib.ExitStack() as stuck:
            # The queue of a port that nobody accepts from is full after one or two.
            for _ in range(4):
                filler = stuck.enter_context(closing(socket.socket()))
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", number))
            opened = descriptors(daemon.process.pid)
            waiting = subprocess.Popen(
                [sys.executable, "-c", WAITS, str(tmp_path / "me/api.sock"), str(number)],
                stdout=subprocess.PIPE,
            )
            assert waiting.stdout.read(6) == b"asked\n"
            onlooker.until("CALL 1 DURATION 1")
            # Its connection and the dial; the call's sound has no file.
            assert descriptors(daemon.process.pid) == opened + 2
            waiting.kill()
            assert waiting.wait(10) == -signal.SIGKILL
            waiting.stdout.close()
            eventually(lambda: descriptors(daemon.process.pid) <= opened + 1)
            assert onlooker.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
            assert onlooker.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
            onlooker.until("CALL 1 STATUS FINISHED")
        eventually(lambda: descriptors(daemon.process.pid) == opened)
        code, errors = daemon.end()
        assert code == 0
        assert "Traceback" not in errors


def test_programs_that_come_and_die_leave_nothing_behind(tmp_path):
    with Daemon(tmp_path, "--no-dbus") as daemon, closing(SocketProgram(tmp_path)) as good:
        opened = descriptors(daemon.process.pid)
        for turn in range(200):
            bare = connected(tmp_path, *("NAME dies", "PROTOCOL 8", "GET USERSTATUS")[: turn % 4])
            if turn % 2:
                bare.sendall(b"half a mess")
            bare.close()
        eventually(lambda: descriptors(daemon.process.pid) == opened)
        assert good.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
        code, errors = daemon.end()
        assert (code, "Traceback" in errors) == (0, False), errors


def test_two_hundred_programs_at_once(tmp_path):
    """Each with its own version and its own answers."""
    with Daemon(tmp_path, "--no-dbus"), contextlib.ExitStack() as stack:
        programs = [
            stack.enter_context(closing(SocketProgram(tmp_path, protocol=number % 8 + 1)))
            for number in range(200)
        ]
        answers = {}

        def talk(number, program):
            answers[number] = [program.ask(f"GET USER echo123 {name}") for name in ("FULLNAME", "COUNTRY")]

        threads = [threading.Thread(target=talk, args=pair) for pair in enumerate(programs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(answers) == 200
        assert {tuple(answer) for answer in answers.values()} == {
            ("USER echo123 FULLNAME Echo / Sound Test Service", "USER echo123 COUNTRY gb United Kingdom"),
            ("USER echo123 FULLNAME Echo / Sound Test Service", "USER echo123 COUNTRY United Kingdom"),
        }
