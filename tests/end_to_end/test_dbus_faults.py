"""Programs that do not read, programs that die, buses that end: all real, and nobody else is harmed."""

import asyncio
import math
import os
import signal
import socket
import time
from contextlib import closing

import pytest
from dbus_fast import Message
from dbus_fast.aio import MessageBus

from ringback.app.control import ask
from ringback.app.home import Home
from ringback.transport.dbus import WINDOW, _PatientSocket
from support.bus import Bus, BusProgram, descriptors, resident
from support.daemon import Daemon, SocketProgram
from support.waiting import eventually

MIB = 1024 * 1024
#: What the bus takes from us, unread, before it stops to read from our socket at all.
SMALL = f'<limit name="max_incoming_bytes">{8 * MIB}</limit>'
#: Tells nobody what it keeps for whom, as system buses do.
DISCREET = '<policy context="mandatory"><deny send_interface="org.freedesktop.DBus.Debug.Stats"/></policy>'


class Good:
    """A program that reads: its answers are timed, its notifications counted."""

    async def attach(self, address):
        self.bus = await MessageBus(bus_address=address).connect()
        self.bus._writer.sock = _PatientSocket(self.bus._writer.sock)
        self.heard, self.slowest = 0, 0.0
        self.bus.add_message_handler(self._hear)
        assert await self.ask("NAME good") == "OK"
        assert await self.ask("PROTOCOL 8") == "PROTOCOL 8"
        return self

    def _hear(self, message):
        if message.member != "Notify":
            return None
        if message.body[0].startswith("PROFILE ABOUT"):
            assert message.body[0].startswith(f"PROFILE ABOUT {self.heard} ")
            self.heard += 1
        return True

    async def ask(self, text):
        begun = time.monotonic()
        message = Message(
            "com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", signature="s", body=[text]
        )
        reply = await asyncio.wait_for(self.bus.call(message), 20)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return reply.body[0]

    async def fill(self, megabytes, size=60_000):
        """Change something again and again: everybody is notified each time, as PROFILE and as USER."""
        start = self.heard
        end = start + megabytes * MIB // size // 2
        for number in range(start, end):
            # Of three bytes each, since a text about oneself is limited in characters.
            text = f"{number} ".ljust(size // 3, "\u20ac")
            assert await self.ask(f"SET PROFILE ABOUT {text}") == f"PROFILE ABOUT {text}"
        async with asyncio.timeout(10):
            while self.heard < end:
                await self.ask("PING")

    async def leave(self):
        self.bus.disconnect()
        await self.bus.wait_for_disconnect()


@pytest.mark.parametrize("limits", [SMALL, SMALL + DISCREET], ids=["bus tells", "bus does not tell"])
def test_a_program_that_stops_reading_is_detached_and_delays_nobody(tmp_path, limits):
    """80 MiB for a program that does not read, on a bus that would stop to read from us after 8 MiB."""
    with (
        Bus(tmp_path, limits) as bus,
        Daemon(tmp_path / "home", "--dbus", bus.address) as daemon,
        BusProgram(bus.address) as slow,
    ):
        slow.attach()
        slow.signal(signal.SIGSTOP)
        before = resident(daemon.process.pid)

        async def talk():
            good = await Good().attach(bus.address)
            await good.fill(50)
            held = resident(daemon.process.pid) - before
            await good.fill(30)
            await good.leave()
            return good.slowest, held

        slowest, held = asyncio.run(talk())
        assert slowest < 2
        # Text with three bytes a character takes two in memory.
        assert 30 * MIB < held < 120 * MIB
        eventually(lambda: resident(daemon.process.pid) - before < 40 * MIB, 60)
        slow.signal(signal.SIGCONT)
        # It was detached, and may attach again when it has read what the bus had for it.
        eventually(lambda: slow.ask("GET USERSTATUS") == "ERROR 68", 30)
        assert slow.ask("NAME again") == "OK"
        # One window; lines wait in libdbus while it waits for an answer.
        eventually(lambda: 5 < int(slow.ask("heard?")) < 25)
        _code, errors = daemon.end()
        assert "does not read: detached" in errors
        assert "Traceback" not in errors


def test_a_program_that_only_pauses_loses_nothing(tmp_path):
    with (
        Bus(tmp_path, SMALL) as bus,
        Daemon(tmp_path / "home", "--dbus", bus.address) as daemon,
        BusProgram(bus.address) as slow,
    ):
        slow.attach()
        slow.signal(signal.SIGSTOP)

        async def talk():
            good = await Good().attach(bus.address)
            await good.fill(20, 10_000)
            await good.leave()
            return good.slowest

        assert asyncio.run(talk()) < 2
        slow.signal(signal.SIGCONT)
        eventually(lambda: slow.ask("heard?") == str(20 * MIB // 10_000 // 2), 30)
        assert slow.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
        _code, errors = daemon.end()
        assert "closed" not in errors
        assert "dropped" not in errors


class Flood:
    """A program that only ever writes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        assert self.socket.recv(100).startswith(b"OK")
        self.socket.sendall(b"BEGIN\r\n")
        self.serial = 0
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")

    def call(self, *where, **body):
        self.serial += 1
        self.socket.sendall(Message(*where, serial=self.serial, **body)._marshall(False))

    def invoke(self, text):
        self.call("com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", signature="s", body=[text])


def test_a_flood_of_commands_whose_answers_nobody_reads(tmp_path):
    """200 MB of answers; when that is too much the program is a stranger, and then its refusals wait."""
    with Bus(tmp_path, SMALL) as bus, Daemon(tmp_path / "home", "--dbus", bus.address) as daemon:
        flood = Flood(str(tmp_path / "bus"))

        async def talk():
            good = await Good().attach(bus.address)
            await good.fill(1, 50_000)
            before = resident(daemon.process.pid)
            flood.invoke("NAME flood")
            for _ in range(4000):
                await asyncio.to_thread(flood.invoke, "GET PROFILE ABOUT")
            for _ in range(500):
                assert await good.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
            await good.leave()
            return good.slowest, resident(daemon.process.pid) - before

        with closing(flood.socket):
            slowest, held = asyncio.run(talk())
        assert slowest < 5
        assert held < 120 * MIB
        _code, errors = daemon.end()
        assert errors.count("does not read: detached") == 1
        assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("limits", "said"),
    [(SMALL, ""), (SMALL + DISCREET, "nobody tells what :1.1 has read; it gets no more until it calls")],
    ids=["bus tells", "bus does not tell"],
)
def test_a_program_that_reads_but_answers_no_ping_hears_everything(tmp_path, limits, said):
    """As programs do that take messages from libdbus by hand: the bus is asked instead, if it tells.

    If it does not, the next call of the program tells.
    """
    with Bus(tmp_path, limits) as bus, Daemon(tmp_path / "home", "--dbus", bus.address) as daemon:
        program = Flood(str(tmp_path / "bus"))
        program.invoke("NAME pops")
        size, wanted, seen = 5_000, math.inf, 0
        # Longer than the good one may take for all of it: it may hear nothing meanwhile.
        program.socket.settimeout(120)

        def read():
            nonlocal seen
            rest = b""
            while seen < wanted:
                data = program.socket.recv(65536)
                assert data
                rest += data
                seen += rest.count(b"PROFILE ABOUT ")
                rest = rest[-13:]

        async def talk():
            nonlocal wanted
            good = await Good().attach(bus.address)
            reading = asyncio.create_task(asyncio.to_thread(read))
            # More than a window, and for longer than the bus has to answer a Ping.
            begun = time.monotonic()
            while good.heard * size < 10 * MIB or time.monotonic() < begun + 1.5:
                await good.fill(1, size)
            if said:
                assert seen <= WINDOW // size
            else:
                # All of it comes without a word of the program.
                async with asyncio.timeout(120):
                    while seen < good.heard:
                        await good.ask("PING")
            wanted = good.heard
            await asyncio.to_thread(program.invoke, "GET USERSTATUS")
            await reading
            await good.leave()
            return good.slowest

        with closing(program.socket):
            assert asyncio.run(talk()) < 2
        _code, errors = daemon.end()
        assert [
            line for line in errors.splitlines() if "dbus" in line and (not said or said not in line)
        ] == []
        assert said in errors


BLOCKING = """
import sys, dbus, time
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib
bus = dbus.bus.BusConnection(sys.argv[1], mainloop=DBusGMainLoop())
def ask(text):
    return bus.call_blocking(
        "com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", "s", (text,), timeout=10)
def turn(until):
    while time.monotonic() < until:
        GLib.MainContext.default().iteration(False)
for line in sys.stdin:
    count, text = line.rstrip("\\n").split(" ", 1)
    for number in range(int(count)):
        answer = ask(text)
    print(answer, flush=True)
    if count != "1":
        turn(time.monotonic() + 0.3)
"""


@pytest.mark.parametrize("limits", ["", DISCREET], ids=["bus tells", "bus does not tell"])
@pytest.mark.parametrize("before", [1, 100], ids=["never dispatched", "dispatched once"])
def test_one_blocking_call_after_the_other(tmp_path, limits, before):
    """libdbus answers a Ping when it dispatches, so not while a program is blocked in a call.

    After one such answer programs were never asked about at the bus again: with 1 MiB of lines that nobody
    spoke of, the answer was kept back for which the program was blocked.
    """
    with (
        Bus(tmp_path, limits) as bus,
        Daemon(tmp_path / "home", "--dbus", bus.address) as daemon,
        BusProgram(bus.address, BLOCKING) as program,
    ):
        assert program.ask("1 NAME blocking") == "OK"
        assert program.ask("1 PROTOCOL 8") == "PROTOCOL 8"
        about = "x" * 5000
        assert program.ask(f"1 SET PROFILE ABOUT {about}") == f"PROFILE ABOUT {about}"
        assert program.ask(f"{before} GET PROFILE ABOUT") == f"PROFILE ABOUT {about}"
        # 15 MB of answers, in calls of which none lets it answer a Ping.
        assert program.ask("3000 GET PROFILE ABOUT") == f"PROFILE ABOUT {about}"
        code, errors = daemon.end()
        assert (code, "Traceback" in errors, "closed" in errors) == (0, False, False), errors


def test_the_bus_ends_and_comes_back(tmp_path):
    with (
        Bus(tmp_path) as bus,
        Daemon(tmp_path / "home", "--dbus", bus.address) as daemon,
        closing(SocketProgram(tmp_path / "home")) as onlooker,
    ):
        for turn in range(3):
            with BusProgram(bus.address) as program:
                program.attach()
                assert program.ask(f"SET PROFILE CITY town {turn}") == f"PROFILE CITY town {turn}"
                assert onlooker.until("PROFILE CITY") == f"PROFILE CITY town {turn}"
                opened = descriptors(daemon.process.pid)
                bus.kill()
                assert onlooker.ask("GET PROFILE CITY") == f"PROFILE CITY town {turn}"
                # Attempts that find no bus, or one that lets nobody in, leave nothing behind.
                eventually(lambda: descriptors(daemon.process.pid) == opened - 1)  # noqa: B023
                bus.start()
            with BusProgram(bus.address) as program:
                eventually(lambda: program.ask("GET USERSTATUS") == "ERROR 68")
        assert onlooker.ask("PING") == "PONG"
        code, errors = daemon.end()
        assert code == 0
        assert errors.count("its programs are detached") == 3
        assert errors.count(f"back on {bus.address}") == 3
        assert "Traceback" not in errors


def test_status_tells_of_a_bus_that_is_away(tmp_path):
    def ways():
        return ask(Home(tmp_path / "home").control, "status")["listening"]

    with Bus(tmp_path) as bus, Daemon(tmp_path / "home", "--dbus", bus.address) as daemon:
        whole = ways()
        assert f"dbus {bus.address}" in whole
        bus.kill()
        eventually(lambda: ways() == [way for way in whole if not way.startswith("dbus ")])
        bus.start()
        eventually(lambda: ways() == whole)
        daemon.end()


def test_it_ends_cleanly_while_the_bus_is_away(tmp_path):
    with (
        Bus(tmp_path) as bus,
        Daemon(tmp_path / "home", "--dbus", bus.address) as daemon,
        closing(SocketProgram(tmp_path / "home")) as program,
    ):
        bus.kill()
        assert program.ask("PING") == "PONG"
        code, errors = daemon.end()
        assert (code, "Traceback" in errors) == (0, False), errors


def test_the_name_was_taken_while_the_bus_was_away(tmp_path):
    async def take(address):
        bus = await MessageBus(bus_address=address).connect()
        await bus.request_name("com.Skype.API")
        return bus

    async def story():
        with Bus(tmp_path) as bus, Daemon(tmp_path / "home", "--dbus", bus.address) as daemon:
            daemon.process.send_signal(signal.SIGSTOP)
            bus.kill()
            bus.start()
            other = await take(bus.address)
            daemon.process.send_signal(signal.SIGCONT)
            lines = []
            while not any("is taken" in line for line in lines):
                lines.append(await asyncio.to_thread(daemon.process.stderr.readline))
            other.disconnect()
            await other.wait_for_disconnect()
            while not any("back on" in line for line in lines):
                lines.append(await asyncio.to_thread(daemon.process.stderr.readline))
            # Said once, not at each attempt.
            assert len([line for line in lines if "is taken" in line]) == 1

    asyncio.run(story())
