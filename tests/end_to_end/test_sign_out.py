"""Signing out detaches every program, over real ways in; so does the clean end of the daemon."""

import asyncio
import contextlib
import time

import pytest
from dbus_fast import Message
from dbus_fast.aio import MessageBus

from ringback.transport.dbus import DBusServer
from ringback.transport.unix import UnixServer
from support.bus import Bus, BusProgram
from support.daemon import Daemon, SocketProgram, outcome_on
from support.replay import World

LAST = ["USERSTATUS LOGGEDOUT", "CONNSTATUS LOGGEDOUT"]


class Socket(asyncio.Protocol):
    def __init__(self):
        self.heard, self.more = b"", asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.heard += data
        self.more.set()

    async def ask(self, text):
        self.transport.write(f"#q {text}\0".encode())
        while b"#q " not in self.heard or not self.heard.endswith(b"\0"):
            self.more.clear()
            await self.more.wait()
        *_, answer = [line for line in self.heard.decode().split("\0") if line.startswith("#q ")]
        self.heard = b""
        return answer[3:]


async def story(folder):
    runtime = World().runtimes["me"]
    with Bus(folder) as bus:
        ways = (
            DBusServer(bus.address, runtime, lambda: None),
            UnixServer(folder / "api.sock", runtime),
        )
        for way in ways:
            await way.start()
        loop = asyncio.get_running_loop()
        _, program = await loop.create_unix_connection(Socket, str(folder / "api.sock"))
        caller = await MessageBus(bus_address=bus.address).connect()
        said = asyncio.Queue()

        def hear(message):
            if message.member == "Notify":
                said.put_nowait(message.body[0])
                return True
            return None

        caller.add_message_handler(hear)

        async def invoke(text):
            message = Message("com.Skype.API", "/com/Skype", None, "Invoke", signature="s", body=[text])
            return (await caller.call(message)).body[0]

        for ask in (program.ask, invoke):
            assert await ask("NAME test") == "OK"
            assert await ask("GET USERSTATUS") == "USERSTATUS ONLINE"
        await runtime.sign_out()
        assert [await said.get(), await said.get()] == LAST
        while program.heard.decode().split("\0")[:-1] != LAST:
            program.more.clear()
            await program.more.wait()
        program.heard = b""
        for ask in (program.ask, invoke):
            assert await ask("GET USERSTATUS") == "ERROR 68"
            assert await ask("NAME test") == "CONNSTATUS OFFLINE"
            runtime.sessions.signed_in = True
            assert await ask("NAME test") == "OK"
            runtime.sessions.signed_in = False
        program.transport.close()
        caller.disconnect()
        await caller.wait_for_disconnect()
        for way in ways:
            await way.stop()


def test_everybody_is_told_and_detached(tmp_path):
    asyncio.run(asyncio.wait_for(story(tmp_path), 20))


LISTENER = """
import sys, dbus, dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib
DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(sys.argv[1])
class Client(dbus.service.Object):
    @dbus.service.method("com.Skype.API.Client", in_signature="s")
    def Notify(self, text):
        print(text, flush=True)
client = Client(bus, "/com/Skype/Client")
def owner(name, old, new):
    if name == "com.Skype.API" and not new:
        print("gone", flush=True)
bus.add_signal_receiver(owner, "NameOwnerChanged", "org.freedesktop.DBus")
bus.call_blocking("com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", "s", ("NAME test",))
bus.call_blocking("com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", "s", ("PROTOCOL 8",))
GLib.MainLoop().run()
"""


def test_the_clean_end_of_the_daemon_is_a_sign_out(tmp_path):
    """First the answers to what was said, then the two lines, then the end."""
    with (
        Bus(tmp_path) as bus,
        Daemon(tmp_path / "home", "--dbus", bus.address) as daemon,
        BusProgram(bus.address, LISTENER) as listener,
        contextlib.closing(SocketProgram(tmp_path / "home")) as program,
    ):
        heard = [listener.process.stdout.readline().strip() for _ in range(3)]
        assert heard == ["CONNSTATUS ONLINE", "CURRENTUSERHANDLE me", "USERSTATUS ONLINE"]
        program.until("USERSTATUS ONLINE")
        program.socket.sendall(b"".join(b"#%d SET PROFILE CITY %d\0" % (n, n) for n in range(200)))
        program.until("#0 PROFILE CITY 0")
        code, errors = daemon.end()
        assert (code, errors) == (0, "")
        lines = []
        with contextlib.suppress(ConnectionError):
            while True:
                lines.append(program.read())
        answers = [line.split()[0] for line in lines if line.startswith("#")]
        refused = [line.split()[0] for line in lines if line.endswith("ERROR 68")]
        assert answers == [f"#{number}" for number in range(1, len(answers) + 1)]
        assert lines[-2 - len(refused) :] == [*LAST, *(f"{number} ERROR 68" for number in refused)]
        heard = []
        while (line := listener.process.stdout.readline().strip()) != "gone":
            heard.append(line)
        assert heard[-2:] == LAST


def test_the_end_waits_for_nobody_that_does_not_read(tmp_path):
    with (
        Daemon(tmp_path, "--no-dbus") as daemon,
        contextlib.closing(SocketProgram(tmp_path)) as idle,
        contextlib.closing(SocketProgram(tmp_path)) as good,
    ):
        about = "\u20ac" * 20_000
        assert good.ask(f"SET PROFILE ABOUT {about}") == f"PROFILE ABOUT {about}"
        idle.socket.sendall(b"GET PROFILE ABOUT\0" * 100)
        assert good.ask("PING") == "PONG"
        begun = time.monotonic()
        assert daemon.end() == (0, "")
        assert time.monotonic() - begun < 4


@pytest.mark.rule("userstatus-r02", "get-connstatus-r02", "events-status-r06")
def test_a_program_signs_its_user_out_and_the_command_line_signs_in(tmp_path):
    """What programs of both ways in hear, what another account sees, and what people are told meanwhile."""
    home = tmp_path / "home"
    with (
        Bus(tmp_path) as bus,
        Daemon(home, "--account", "ann", "--account", "bob", "--dbus", bus.address) as daemon,
        BusProgram(bus.address, LISTENER) as listener,
        contextlib.closing(SocketProgram(home, "ann")) as program,
        contextlib.closing(SocketProgram(home, "bob")) as bob,
    ):
        heard = [listener.process.stdout.readline().strip() for _ in range(3)]
        assert heard == ["CONNSTATUS ONLINE", "CURRENTUSERHANDLE ann", "USERSTATUS ONLINE"]
        bob.ask("SET USER ann BUDDYSTATUS 2 please")
        program.until("USER bob RECEIVEDAUTHREQUEST please")
        program.ask("SET USER bob ISAUTHORIZED TRUE")
        bob.until("USER ann ONLINESTATUS ONLINE")
        program.news.clear()
        assert program.ask("SET USERSTATUS LOGGEDOUT") == "USERSTATUS LOGGEDOUT"
        program.until(LAST[1])
        assert program.news[-2:] == LAST
        assert "USERSTATUS LOGGEDOUT" not in program.news[:-2]
        while (line := listener.process.stdout.readline().strip()) != LAST[0]:
            assert line, "the bus keeps its name"
        assert listener.process.stdout.readline().strip() == LAST[1]
        bob.until("USER ann ONLINESTATUS OFFLINE")
        assert program.ask("GET USERSTATUS") == "ERROR 68"
        assert program.ask("NAME test") == "CONNSTATUS OFFLINE"

        assert "\nann  runs, signed out\n" in "\n" + outcome_on(home, "accounts")[1]
        said = outcome_on(home, "status")[1]
        assert "account ann: signed out ('ringback accounts sign-in ann' ends that), 2 programs\n" in said
        code, _, errors = outcome_on(home, "send", "--account", "ann", "GET USERSTATUS")
        assert code == 4
        assert "signed out, see 'ringback accounts sign-in'" in errors

        assert outcome_on(home, "accounts", "sign-in", "Ann") == (0, "", "")
        bob.until("USER ann ONLINESTATUS ONLINE")
        assert program.ask("NAME test") == "OK"
        assert program.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
        again = outcome_on(home, "accounts", "sign-in", "ann")
        assert again == (1, "", "ringback: account ann is signed in already\n")
        nobody = outcome_on(home, "accounts", "sign-in", "eve")
        assert nobody == (1, "", "ringback: no account eve runs\n")

        # Whoever starts the engine again signs in.
        assert program.ask("SET USERSTATUS LOGGEDOUT") == "USERSTATUS LOGGEDOUT"
        assert daemon.end() == (0, "")
    with Daemon(home, "--no-dbus"), contextlib.closing(SocketProgram(home, "ann")) as program:
        assert program.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
    assert outcome_on(home, "accounts", "sign-in", "ann")[0] == 3
