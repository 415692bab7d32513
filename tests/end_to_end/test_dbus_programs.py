"""What programs of all sorts find on the bus, and what is known of them."""

import asyncio
import json
import subprocess

from dbus_fast import Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus

from ringback.transport.dbus import DBusServer
from support.bus import Bus, BusProgram
from support.daemon import Daemon, SocketProgram


class RecordingDoor:
    """Answers every message with itself and remembers who came and went."""

    def __init__(self):
        self.links, self.open, self.closings = {}, [], 0
        self.somebody_left = asyncio.Event()

    def opened(self, link):
        self.links[len(self.links) + 1] = link
        self.open.append(len(self.links))
        return len(self.links)

    def received(self, session, ticket, text):
        self.links[session].answer(ticket, f"{session} {text}")

    def closed(self, session):
        self.open.remove(session)
        self.closings += 1
        self.somebody_left.set()


def invoke(text, interface="com.Skype.API", **more):
    return Message("com.Skype.API", "/com/Skype", interface, "Invoke", signature="s", body=[text], **more)


def served(tmp_path, story):
    """Run a story against the transport alone, on a real bus."""

    async def run():
        with Bus(tmp_path) as bus:
            door = RecordingDoor()
            server = DBusServer(bus.address, door, lambda: None)
            await server.start()
            programs = [await MessageBus(bus_address=bus.address).connect() for _ in range(3)]
            async with asyncio.timeout(20):
                await story(bus, door, *programs)
            await server.stop()
            for program in programs:
                if program.connected:
                    program.disconnect()
                    await program.wait_for_disconnect()
            return door

    return asyncio.run(run())


def test_each_program_is_a_session_of_its_own_until_it_leaves(tmp_path):
    async def story(_bus, door, one, two, three):
        for turn in range(2):
            for number, program in enumerate((one, two, three), 1):
                reply = await program.call(invoke(f"hello {turn}"))
                assert reply.body == [f"{number} hello {turn}"]
        two.disconnect()
        await two.wait_for_disconnect()
        await door.somebody_left.wait()
        assert door.open == [1, 3]
        assert (await three.call(invoke("still"))).body == ["3 still"]

    assert served(tmp_path, story).closings == 3


def test_nobody_can_say_that_another_one_left(tmp_path):
    async def story(_bus, door, one, liar, _three):
        assert (await one.call(invoke("a"))).body == ["1 a"]
        lie = Message.new_signal(
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "NameOwnerChanged",
            "sss",
            [one.unique_name, one.unique_name, ""],
        )
        lie.destination = door.links[1]._server._bus.unique_name
        await liar.send(lie)
        # The bus keeps the order: when this is answered, the signal was seen.
        assert (await liar.call(invoke("b"))).body == ["2 b"]
        assert door.open == [1, 2]

    served(tmp_path, story)


def test_calls_without_interface_without_reply_and_wrong_ones(tmp_path):
    async def story(_bus, door, one, _two, _three):
        assert (await one.call(invoke("bare", interface=None))).body == ["1 bare"]
        await one.send(invoke("silent", flags=MessageFlag.NO_REPLY_EXPECTED))
        for wrong in (
            invoke("x", interface="com.Skype.Other"),
            Message("com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke"),
            Message(
                "com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", signature="ss", body=["a", "b"]
            ),
            Message("com.Skype.API", "/com/Skype", "com.Skype.API", "Notify", signature="s", body=["a"]),
            Message("com.Skype.API", "/com", "com.Skype.API", "Invoke", signature="s", body=["a"]),
        ):
            assert (await one.call(wrong)).message_type is MessageType.ERROR, wrong.body
        assert (await one.call(invoke("after"))).body == ["1 after"]
        assert door.open == [1]

    served(tmp_path, story)


def test_a_killed_program_is_gone_and_the_rest_goes_on(tmp_path):
    with Bus(tmp_path) as bus, Daemon(tmp_path / "home", "--dbus", bus.address) as daemon:
        onlooker = SocketProgram(tmp_path / "home")
        programs = [BusProgram(bus.address).attach() for _ in range(3)]
        for program in programs:
            with program:  # killed at the end
                assert program.ask("SET PROFILE ABOUT x") == "PROFILE ABOUT x"
        assert onlooker.ask("SET PROFILE ABOUT y") == "PROFILE ABOUT y"
        onlooker.close()
        code, errors = daemon.end()
        assert code == 0
        assert "Traceback" not in errors
        assert "ERROR" not in errors


def test_gdbus_introspects_and_calls(tmp_path):
    def gdbus(*arguments):
        ran = subprocess.run(["gdbus", *arguments], capture_output=True, text=True, timeout=30, check=True)
        return ran.stdout

    with Bus(tmp_path) as bus, Daemon(tmp_path / "home", "--dbus", bus.address):
        where = ("--address", bus.address, "--dest", "com.Skype.API", "--object-path")
        described = gdbus("introspect", *where, "/com/Skype")
        assert "interface com.Skype.API {" in described
        assert "Invoke(in  s command,\n             out s" in described
        assert "com" in gdbus("introspect", *where, "/")
        said = gdbus("call", *where, "/com/Skype", "--method", "com.Skype.API.Invoke", "NAME gdbus")
        assert said == "('OK',)\n"
        assert gdbus("call", *where, "/com/Skype", "--method", "org.freedesktop.DBus.Peer.Ping") == "()\n"


GIO = """
import json, sys
from gi.repository import Gio, GLib
address = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], address, None, None)
described = Gio.DBusNodeInfo.new_for_xml(
    "<node><interface name='com.Skype.API.Client'><method name='Notify'>"
    "<arg type='s' direction='in'/></method></interface></node>")
loop, heard = GLib.MainLoop(), []
def notified(_bus, sender, path, interface, member, parameters, invocation):
    flags = invocation.get_message().get_flags()
    heard.append((parameters.unpack()[0], bool(flags & Gio.DBusMessageFlags.NO_REPLY_EXPECTED)))
    if parameters.unpack()[0].startswith("USERSTATUS"):
        loop.quit()
bus.register_object("/com/Skype/Client", described.interfaces[0], notified, None, None)
proxy = Gio.DBusProxy.new_sync(bus, 0, None, "com.Skype.API", "/com/Skype", "com.Skype.API", None)
answers = [proxy.call_sync("Invoke", GLib.Variant("(s)", (text,)), 0, 5000, None).unpack()[0]
           for text in ("NAME gio", "PROTOCOL 8", "GET USER echo123 FULLNAME")]
GLib.timeout_add_seconds(20, loop.quit)
loop.run()
print(json.dumps([answers, heard, bus.get_unique_name(), proxy.get_name_owner()]))
"""


def test_gio_attaches_and_hears(tmp_path):
    with Bus(tmp_path) as bus, Daemon(tmp_path / "home", "--dbus", bus.address):
        ran = subprocess.run(
            ["/usr/bin/python3", "-c", GIO, bus.address], capture_output=True, text=True, timeout=60
        )
        assert ran.returncode == 0, ran.stderr
        answers, heard, _own, owner = json.loads(ran.stdout)
        assert answers == ["OK", "PROTOCOL 8", "USER echo123 FULLNAME Echo / Sound Test Service"]
        assert heard == [
            ["CONNSTATUS ONLINE", True],
            ["CURRENTUSERHANDLE me", True],
            ["USERSTATUS ONLINE", True],
        ]
        assert owner.startswith(":")
