"""A real daemon under a hostile crowd: one answer each, no traceback, no growth, friends still served."""

import asyncio
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from fuzz.words import Hostile
from ringback.transport.dbus import _PatientSocket
from support.daemon import Daemon, SocketProgram, private_bus
from support.hostile import Crowd, Growth, come_and_go

BURST = 500
MIB = 1 << 20


def over_the_socket(home, bursts, seed):
    """Hostile commands in bursts, huge ones between them, programs that come and go."""
    hostile = Hostile(seed)
    crowd = Crowd(home)
    for turn in range(bursts):
        crowd.burst([harmless(hostile.command()) for _ in range(BURST)])
        if turn % 20 == 0:
            come_and_go(home, 30)
            crowd.burst(["SET PROFILE ABOUT " + "x" * MIB, "x" * (15 * MIB), "#" * MIB, "SET PROFILE ABOUT "])
    crowd.close()
    return bursts * BURST


def harmless(command):
    """Calls are remembered for ever, as they shall be; files belong to other tests."""
    words = command.upper().split()
    return "PING" if words[:1] == ["CALL"] or "FILE" in command.upper() else command


async def over_the_bus(address, bursts, seed):
    hostile = Hostile(seed)
    for _ in range(bursts):
        bus = await MessageBus(bus_address=address).connect()
        bus._writer.sock = _PatientSocket(bus._writer.sock)

        async def ask(text, bus=bus):
            text = text.replace("\0", "")
            message = Message(
                "com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", signature="s", body=[text]
            )
            reply = await bus.call(message)
            assert reply.message_type is MessageType.METHOD_RETURN, (text, reply.body)
            assert "9901 Internal" not in reply.body[0], text
            return reply.body[0]

        assert await ask("NAME crowd") == "OK"
        for _ in range(2):
            commands = [harmless(hostile.command()) for _ in range(BURST // 2)]
            answers = await asyncio.gather(*(ask(command) for command in commands))
            assert len(answers) == len(commands)
        bus.disconnect()
    return bursts * BURST


def attack(home, address, bursts, seed):
    asked = over_the_socket(home, bursts, seed)
    return asked + asyncio.run(over_the_bus(address, bursts // 8, seed))


def descriptors(process):
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


def test_no_growth_under_hostile_commands(tmp_path):
    home = tmp_path / "home"
    with private_bus(tmp_path) as address, Daemon(home, "--dbus", address) as daemon:
        assert attack(home, address, 40, seed=1) > 20_000
        growth, open_before = Growth(daemon.process.pid), descriptors(daemon.process)
        assert attack(home, address, 200, seed=2) > 100_000
        growth.check()
        good = SocketProgram(home)
        assert good.ask("GET USER echo123 FULLNAME").endswith("Echo / Sound Test Service")
        assert descriptors(daemon.process) <= open_before + 1
        good.close()
        code, errors = daemon.end()
    assert (code, "Traceback" in errors) == (0, False), errors[-3000:]


# The same crowd against stand-ins, each with one fault: the check has to see it.
STAND_IN = r"""
import pathlib, socket, sys, threading
fault, path = sys.argv[1], pathlib.Path(sys.argv[2])
kept = []
def answer(command):
    number, _, text = command.partition(b" ")
    said = b"OK" if text.startswith(b"NAME") else b"PONG" if text == b"PING" else text[:100]
    if fault == "leaks":
        kept.append(command * 2)
    if fault == "crashes" and text.startswith(b"SEARCH"):
        said = b"ERROR 9901 Internal error"
    if fault == "forgets" and text.startswith(b"SEARCH"):
        return b""
    line = number + b" " + said + b"\0"
    return line * 2 if fault == "repeats" and text.startswith(b"SEARCH") else line
def serve(program):
    rest = b""
    while data := program.recv(1 << 16):
        *commands, rest = (rest + data).split(b"\0")
        try:
            program.sendall(b"".join(map(answer, commands)))
        except OSError:
            return
listener = socket.socket(socket.AF_UNIX)
listener.bind(str(path))
listener.listen()
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


@pytest.fixture
def stand_in(tmp_path):
    (tmp_path / "me").mkdir()
    started = []

    def start(fault):
        process = subprocess.Popen(
            [sys.executable, "-c", STAND_IN, fault, str(tmp_path / "me/api.sock")], stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait(10)
        process.stdout.close()


def bursts(home, number):
    crowd, hostile = Crowd(home), Hostile(3)
    try:
        for _ in range(number):
            crowd.burst([harmless(hostile.command()) for _ in range(BURST)])
    finally:
        crowd.close()


def test_the_check_lets_an_honest_process_pass(tmp_path, stand_in):
    process = stand_in("none")
    bursts(tmp_path, 20)
    growth = Growth(process.pid)
    bursts(tmp_path, 60)
    growth.check()


def test_the_check_sees_a_leak(tmp_path, stand_in):
    process = stand_in("leaks")
    bursts(tmp_path, 20)
    growth = Growth(process.pid)
    bursts(tmp_path, 60)
    with pytest.raises(AssertionError, match="resident memory grew"):
        growth.check()


@pytest.mark.parametrize("fault", ["crashes", "forgets", "repeats"])
def test_the_check_sees_wrong_answers(tmp_path, stand_in, fault):
    stand_in(fault)
    with pytest.raises(AssertionError):
        bursts(tmp_path, 1)


# Floods ---------------------------------------------------------------------------------------------------


def test_a_flood_of_routes(tmp_path):
    """Answers that wait for the world: all come, once, and nothing stays open."""
    with Daemon(tmp_path, "--no-dbus") as daemon, socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        crowd = Crowd(tmp_path)
        assert crowd.ask("CALL no.answer") == "CALL 1 STATUS UNPLACED"
        open_before = descriptors(daemon.process)
        port = deaf.getsockname()[1]
        ends = (
            f'PORT="{port}"',
            'PORT="1"',
            f'FILE="{tmp_path}/a.wav"',
            'FILE="/no/such"',
            "PORT=0",
            "",
            "PORT=",
        )
        answers = crowd.burst([f"ALTER CALL 1 SET_OUTPUT {ends[n % len(ends)]}" for n in range(3000)])
        assert {answer.split(" ")[0] for answer in answers} == {"ALTER", "ERROR"}
        assert crowd.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
        assert crowd.ask("GET CALL 1 STATUS") == "CALL 1 STATUS CANCELLED"
        assert descriptors(daemon.process) <= open_before
        crowd.close()
        code, errors = daemon.end()
    assert (code, "Traceback" in errors) == (0, False), errors[-3000:]


def test_a_flood_of_calls(tmp_path):
    targets = ("nobody", "busy.bee", "dee.clines", "+15005550004", "echo123", "no.answer")
    with Daemon(tmp_path, "--no-dbus") as daemon:
        crowd = Crowd(tmp_path)
        for first in range(1, 10_001, BURST):
            pairs = [
                (f"CALL {targets[n % len(targets)]}", f"ALTER CALL {n} HANGUP")
                for n in range(first, first + BURST)
            ]
            answers = crowd.burst([command for pair in pairs for command in pair])
            assert answers[::2] == [f"CALL {n} STATUS UNPLACED" for n in range(first, first + BURST)]
        start = time.perf_counter()
        assert crowd.ask("SEARCH CALLS").count(",") == 9999
        assert crowd.ask("SEARCH ACTIVECALLS") == "CALLS "
        assert time.perf_counter() - start < 5
        assert descriptors(daemon.process) < 30
        crowd.close()
        code, errors = daemon.end()
    assert (code, "Traceback" in errors) == (0, False), errors[-3000:]
