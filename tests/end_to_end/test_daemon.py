"""The real daemon, real sockets, a real bus."""

import asyncio
import signal
import subprocess

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from ringback.transport.dbus import _PatientSocket
from support.daemon import Daemon, SocketProgram, private_bus, ringback


def test_a_call_over_the_unix_socket_and_a_clean_end(tmp_path):
    with Daemon(tmp_path, "--no-dbus", "--speed", "5") as daemon:
        assert daemon.said == [f"listening unix {tmp_path}/me/api.sock"]
        assert (tmp_path / "me/api.sock").stat().st_mode & 0o777 == 0o600
        program = SocketProgram(tmp_path)
        assert program.ask("GET USER echo123 FULLNAME") == "USER echo123 FULLNAME Echo / Sound Test Service"
        assert program.ask("CALL echo123") == "CALL 1 STATUS UNPLACED"
        program.until("CALL 1 STATUS INPROGRESS")
        assert program.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
        program.until("CALL 1 STATUS FINISHED")
        program.close()
        code, errors = daemon.end()
        assert (code, "Traceback" in errors) == (0, False), errors
        assert not (tmp_path / "me/api.sock").exists()


def test_what_was_answered_survives_a_kill(tmp_path):
    for turn in range(5):
        with Daemon(tmp_path, "--no-dbus") as daemon:
            program = SocketProgram(tmp_path)
            if turn:
                assert program.ask("GET PROFILE ABOUT") == f"PROFILE ABOUT turn {turn - 1}"
                assert program.ask("SEARCH CALLS").count(",") == turn - 1
            assert program.ask(f"SET PROFILE ABOUT turn {turn}") == f"PROFILE ABOUT turn {turn}"
            assert program.ask("CALL echo123") == f"CALL {turn + 1} STATUS UNPLACED"
            program.close()
            daemon.end(signal.SIGKILL)


def test_a_second_process_is_refused(tmp_path):
    with Daemon(tmp_path, "--no-dbus"):
        second = ringback("run", "--home", str(tmp_path), "--no-dbus")
        assert second.returncode == 1
        assert "another ringback runs" in second.stderr
        sent = ringback("send", "--home", str(tmp_path), "GET USERSTATUS", "GET XYZ")
        assert sent.returncode == 1
        assert sent.stdout == "USERSTATUS ONLINE\nERROR 7 GET: invalid WHAT\n"
        traced = ringback("trace", "--home", str(tmp_path), input="PING\nGET MUTE\n")
        assert "-> PING\n<- PONG\n-> GET MUTE\n<- MUTE OFF\n" in traced.stdout


def test_no_engine(tmp_path):
    assert ringback("send", "--home", str(tmp_path), "PING").returncode == 3


def test_a_bus_that_is_asked_for_and_not_there_ends_the_program(tmp_path):
    ended = ringback("run", "--home", str(tmp_path), "--dbus", f"unix:path={tmp_path}/none")
    assert ended.returncode == 1
    assert "--dbus" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_typed_line_and_a_slow_reader(tmp_path):
    import socket

    with Daemon(tmp_path, "--no-dbus"):
        typed = socket.socket(socket.AF_UNIX)
        typed.settimeout(10)
        typed.connect(str(tmp_path / "me/api.sock"))
        typed.sendall(b"NAME nc\nGET USERSTATUS\n")
        said = b""
        while said.count(b"\n") < 2:
            said += typed.recv(1000)
        assert said == b"OK\nUSERSTATUS ONLINE\n"
        slow = socket.socket(socket.AF_UNIX)
        slow.connect(str(tmp_path / "me/api.sock"))
        slow.sendall(b"NAME slow\0")
        good = SocketProgram(tmp_path)
        for number in range(3000):
            assert good.ask(f"SET PROFILE ABOUT {'x' * 1000}{number}").startswith("PROFILE ABOUT")
        for program in (typed, slow, good):
            program.close()


def test_the_tour(tmp_path):
    """A sample is spoken into echo123 and comes back; on a fast clock."""
    tour = ringback("run", "--home", str(tmp_path), "--no-dbus", "--tour", "--exit", "--speed", "8")
    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert "the sample came back" in tour.stdout
    assert "BODY Hello! Is anybody there?  echo123 says the same" in tour.stdout
    assert (tmp_path / "me/tour.wav").stat().st_size > 500_000


OLD_PROGRAM = """
import sys, dbus, dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib
DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(sys.argv[1])
loop = GLib.MainLoop()
class Client(dbus.service.Object):
    @dbus.service.method("com.Skype.API.Client", in_signature="s")
    def Notify(self, text):
        print("<-", text, flush=True)
        if text.endswith("STATUS INPROGRESS"):
            GLib.idle_add(ask, "ALTER CALL 1 HANGUP")
        if text.endswith("STATUS FINISHED"):
            loop.quit()
def ask(text):
    print("->", text)
    print("<-", skype.Invoke(text), flush=True)
client = Client(bus, "/com/Skype/Client")
skype = bus.get_object("com.Skype.API", "/com/Skype")  # no interface is named in the calls
for text in ("#0 NAME old", "PROTOCOL 5", "GET USER echo123 FULLNAME", "#7 CALL echo123"):
    ask(text)
GLib.timeout_add_seconds(20, loop.quit)
loop.run()
"""


def test_an_independent_program_over_dbus(tmp_path):
    with private_bus(tmp_path) as address, Daemon(tmp_path / "home", "--dbus", address, "--speed", "5"):
        old = subprocess.run(
            ["/usr/bin/python3", "-c", OLD_PROGRAM, address], capture_output=True, text=True, timeout=60
        )
        assert old.stdout.splitlines() == [
            "-> #0 NAME old",
            "<- #0 OK",
            "-> PROTOCOL 5",
            "<- PROTOCOL 5",
            "-> GET USER echo123 FULLNAME",
            "<- USER echo123 FULLNAME Echo / Sound Test Service",
            "-> #7 CALL echo123",
            "<- #7 CALL 1 STATUS UNPLACED",
            "<- CONNSTATUS ONLINE",
            "<- CURRENTUSERHANDLE me",
            "<- USERSTATUS ONLINE",
            "<- CALL 1 STATUS UNPLACED",
            "<- CALL 1 SUBJECT ",
            "<- CALL 1 STATUS ROUTING",
            "<- CALL 1 STATUS RINGING",
            "<- CALL 1 VAA_INPUT_STATUS FALSE",
            "<- CALL 1 STATUS INPROGRESS",
            "-> ALTER CALL 1 HANGUP",
            "<- ALTER CALL 1 HANGUP",
            "<- CALL 1 STATUS FINISHED",
        ], old.stderr


def test_the_name_is_not_shared_and_the_bus_is_described(tmp_path):
    async def look(address):
        bus = await MessageBus(bus_address=address).connect()
        described = await bus.introspect("com.Skype.API", "/com/Skype")
        [interface] = [i for i in described.interfaces if i.name == "com.Skype.API"]
        assert [method.name for method in interface.methods] == ["Invoke"]
        wrong = await bus.call(
            Message("com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", signature="u", body=[5])
        )
        assert wrong.message_type is MessageType.ERROR
        unknown = await bus.call(Message("com.Skype.API", "/com/Skype", "com.Skype.API", "Revoke"))
        assert unknown.message_type is MessageType.ERROR
        bus.disconnect()

    with private_bus(tmp_path) as address, Daemon(tmp_path / "one", "--dbus", address):
        asyncio.run(look(address))
        taken = ringback("run", "--home", str(tmp_path / "two"), "--dbus", address)
        assert taken.returncode == 1
        assert "taken" in taken.stderr


def test_a_burst_of_20000_notifications(tmp_path):
    """The guard of the D-Bus writer: a full socket buffer must not end the connection."""

    async def burst(address):
        bus = await MessageBus(bus_address=address).connect()
        # This end needs the same guard, or it is the one that breaks.
        bus._writer.sock = _PatientSocket(bus._writer.sock)
        heard = 0
        done = asyncio.Event()

        def hear(message):
            nonlocal heard
            if message.member == "Notify":
                heard += message.body[0].startswith("PROFILE ABOUT")
                if heard == 20_000:
                    done.set()
                return True
            return None

        bus.add_message_handler(hear)

        async def ask(text):
            reply = await bus.call(
                Message("com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", signature="s", body=[text])
            )
            assert reply.message_type is MessageType.METHOD_RETURN, reply.body
            return reply.body[0]

        assert await ask("NAME burst") == "OK"
        assert await ask("PROTOCOL 8") == "PROTOCOL 8"
        for start in range(0, 20_000, 500):
            await asyncio.gather(*(ask(f"SET PROFILE ABOUT {n}") for n in range(start, start + 500)))
        await asyncio.wait_for(done.wait(), 60)
        bus.disconnect()

    with private_bus(tmp_path) as address, Daemon(tmp_path / "home", "--dbus", address) as daemon:
        asyncio.run(burst(address))
        assert daemon.process.poll() is None


def test_two_accounts_on_two_buses(tmp_path):
    """Each account answers on its own bus, and they can call each other."""

    async def talk(first, second):
        answers = []
        buses = [await MessageBus(bus_address=address).connect() for address in (first, second)]

        async def ask(bus, text):
            reply = await bus.call(
                Message("com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", signature="s", body=[text])
            )
            return reply.body[0]

        for bus in buses:
            await ask(bus, "NAME test")
            answers.append(await ask(bus, "GET CURRENTUSERHANDLE"))
        answers.append(await ask(buses[0], "CALL bob"))
        answers.append(await ask(buses[1], "ALTER CALL 1 ANSWER"))
        answers.append(await ask(buses[0], "GET CALL 1 STATUS"))
        for bus in buses:
            bus.disconnect()
        return answers

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with private_bus(tmp_path / "a") as first, private_bus(tmp_path / "b") as second:
        ways = ("--dbus", f"anna={first}", "--dbus", f"bob={second}", "--account", "anna", "--account", "bob")
        with Daemon(tmp_path / "home", *ways, "--speed", "5"):
            assert asyncio.run(talk(first, second)) == [
                "CURRENTUSERHANDLE anna",
                "CURRENTUSERHANDLE bob",
                "CALL 1 STATUS UNPLACED",
                "ALTER CALL 1 ANSWER",
                "CALL 1 STATUS INPROGRESS",
            ]
