"""Hostile programs on a real bus: whatever they send, one reply if one is wanted, and nobody else notices."""

import asyncio
import itertools
import os
import socket

from dbus_fast import Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus

from ringback.transport.dbus import CLIENT_PATH, LARGEST, NAME, PATH, _PatientSocket
from support.daemon import Daemon, private_bus
from support.hostile import Growth

STANDARD = "org.freedesktop.DBus"
PROPERTIES = f"{STANDARD}.Properties"
OBJECTS = f"{STANDARD}.ObjectManager"
PATHS = (PATH, "/", "/com", "/com/Skyp", "/com/Skype/x", CLIENT_PATH)
INTERFACES = (
    NAME,
    None,
    "com.Skype",
    f"{NAME}.Client",
    f"{STANDARD}.Introspectable",
    f"{STANDARD}.Peer",
    PROPERTIES,
    OBJECTS,
)
MEMBERS = (
    "Invoke",
    "invoke",
    "Notify",
    "Get",
    "GetAll",
    "Set",
    "Introspect",
    "GetManagedObjects",
    "Ping",
    "GetMachineId",
)
BODIES = (
    ("", []),
    ("s", ["GET USERSTATUS"]),
    ("s", [NAME]),
    ("ss", [NAME, "Invoke"]),
    ("ss", [PROPERTIES, ""]),
    ("ssv", [NAME, "x", Variant("a{sv}", {"": Variant("v", Variant("u", 1))})]),
    ("u", [1]),
    ("as", [["NAME a"]]),
    ("v", [Variant("s", "NAME a")]),
    ("(s)", [["NAME a"]]),
    ("ay", [b"NAME a"]),
    ("a{sv}", [{}]),
    ("ssssssss", ["x"] * 8),
    ("o", ["/"]),
    ("g", ["aaaaaaai"]),
    ("d", [float("nan")]),
)


#: Rounds after which the process has met everything, and its memory no longer changes.
WARM_UP = 4


async def attached(address, **more):
    bus = await MessageBus(bus_address=address, **more).connect()
    bus._writer.sock = _PatientSocket(bus._writer.sock)
    return bus


def invoke(text, flags=MessageFlag.NONE):
    return Message(NAME, PATH, NAME, "Invoke", signature="s", body=[text], flags=flags)


async def ask(bus, text):
    reply = await asyncio.wait_for(bus.call(invoke(text)), 20)
    assert reply.message_type is MessageType.METHOD_RETURN, reply.body
    return reply.body[0]


def odd_calls(flags):
    for path, interface, member, (signature, body) in itertools.product(PATHS, INTERFACES, MEMBERS, BODIES):
        yield Message(NAME, path, interface, member, flags=flags, signature=signature, body=body)


async def odd_calls_are_refused(address):
    """Everything that is called is replied to once; what wants no reply gets none."""
    bus = await attached(address)
    heard = []

    def hear(message):
        if message.message_type in (MessageType.METHOD_RETURN, MessageType.ERROR):
            heard.append(message.reply_serial)

    bus.add_message_handler(hear)
    asked = []
    for message in odd_calls(MessageFlag.NONE):
        message.serial = bus.next_serial()
        asked.append(message.serial)
        await bus.send(message)
    quiet = []
    for message in odd_calls(MessageFlag.NO_REPLY_EXPECTED):
        message.serial = bus.next_serial()
        quiet.append(message.serial)
        await bus.send(message)
    # The bus keeps the order, so whatever comes has come when this is answered.
    assert await ask(bus, "PING") == "PONG"
    assert sorted(set(heard) & set(asked)) == asked
    assert len(heard) == len(set(heard)), "one reply each"
    assert not set(heard) & set(quiet)
    bus.disconnect()
    return len(asked) + len(quiet)


async def forged_signals_and_replies(address, victim):
    bus = await attached(address)
    for signature, body in (("sss", [victim, victim, ""]), *BODIES):
        for member in ("NameOwnerChanged", "NameLost", "NameAcquired", "Disconnected"):
            forged = Message.new_signal("/org/freedesktop/DBus", STANDARD, member, signature, body)
            forged.destination = NAME
            await bus.send(forged)
    for serial in range(1, 100):
        for kind in (MessageType.METHOD_RETURN, MessageType.ERROR):
            name = "a.b" if kind is MessageType.ERROR else None
            await bus.send(Message(NAME, message_type=kind, error_name=name, reply_serial=serial))
    assert await ask(bus, "PING") == "PONG"
    bus.disconnect()


async def huge_commands(address):
    bus = await attached(address)
    assert await ask(bus, "NAME huge") == "OK"
    for text in ("x" * LARGEST, "#" * LARGEST, "#1 GET USER " + "\u00e9" * (LARGEST // 4)):
        answer = await ask(bus, text)
        assert "ERROR" in answer[:10] or answer.startswith("#")
    refused = await asyncio.wait_for(bus.call(invoke("x" * (LARGEST + 1))), 20)
    assert refused.message_type is MessageType.ERROR
    assert await ask(bus, "GET SILENT_MODE") == "SILENT_MODE OFF"
    bus.disconnect()


async def gone_in_the_middle(address, pieces=12):
    """A raw connection that ends in the middle of a message, and one that ends before its answer."""
    path = address.removeprefix("unix:path=")
    hello = Message(STANDARD, "/org/freedesktop/DBus", STANDARD, "Hello", serial=1)._marshall(False)
    command = invoke("NAME gone")
    command.serial = 2
    call = command._marshall(False)
    for turn in range(pieces + 1):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.settimeout(10)
            raw.connect(path)
            raw.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
            assert raw.recv(100).startswith(b"OK")
            raw.sendall(b"BEGIN\r\n" + bytes(hello) + bytes(call[: len(call) * turn // pieces]))


async def quiet_commands(address):
    """No reply is wanted; the command is carried out all the same."""
    bus = await attached(address)
    assert await ask(bus, "NAME quiet") == "OK"
    for number in range(500):
        await bus.send(invoke(f"SET PROFILE ABOUT quiet {number}", MessageFlag.NO_REPLY_EXPECTED))
    assert await ask(bus, "GET PROFILE ABOUT") == "PROFILE ABOUT quiet 499"
    bus.disconnect()


async def come_and_go(address, times):
    for number in range(times):
        bus = await attached(address, negotiate_unix_fd=bool(number % 2))
        await bus.send(invoke("NAME butterfly"))
        await bus.send(invoke("SET PROFILE ABOUT x" if number % 3 else "PROTOCOL 8"))
        bus.disconnect()


async def crowd(address, pid):
    good = await attached(address)
    try:
        assert await ask(good, "NAME good") == "OK"
        for turn in range(WARM_UP + 3):
            assert await odd_calls_are_refused(address) > 10_000
            await forged_signals_and_replies(address, good.unique_name)
            await quiet_commands(address)
            await gone_in_the_middle(address)
            await come_and_go(address, 60)
            await huge_commands(address)
            # Still attached: a stranger would be refused.
            assert await ask(good, "GET SILENT_MODE") == "SILENT_MODE OFF"
            if turn + 1 == WARM_UP:
                growth = Growth(pid)
        growth.check()
        assert await ask(good, "SET SILENT_MODE ON") == "SILENT_MODE ON"
    finally:
        good.disconnect()


def test_a_hostile_crowd_on_the_bus(tmp_path):
    with private_bus(tmp_path) as address, Daemon(tmp_path / "home", "--dbus", address) as daemon:
        asyncio.run(crowd(address, daemon.process.pid))
        assert daemon.process.poll() is None
        code, errors = daemon.end()
    assert (code, "Traceback" in errors, "exception" in errors) == (0, False, False), errors[-3000:]
