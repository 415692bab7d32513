"""Messages that any program can send over the bus and that were believed, answered or logged wrongly."""

import pytest
from dbus_fast import ErrorType, Message, MessageFlag, MessageType

from ringback.transport.dbus import LARGEST, NAME, PATH, DBusServer
from support.bus import introduce
from support.replay import World

QUIET = MessageFlag.NO_REPLY_EXPECTED


@pytest.fixture
def server(monkeypatch):
    server = DBusServer("none", World().runtimes["me"], lambda: None)
    introduce(server)
    server.sent = []
    monkeypatch.setattr(server, "_send", lambda message: server.sent.append(message) or 1)
    return server


def call(member, signature="", body=(), flags=MessageFlag.NONE, interface=NAME):
    body = list(body)
    return Message(
        NAME, PATH, interface, member, flags=flags, sender=":1.5", signature=signature, body=body, serial=7
    )


def invoke(text, flags=MessageFlag.NONE):
    return call("Invoke", "s", [text], flags)


def gone(sender, signature="sss", body=(":1.5", ":1.5", "")):
    return Message(
        path="/org/freedesktop/DBus",
        interface="org.freedesktop.DBus",
        member="NameOwnerChanged",
        message_type=MessageType.SIGNAL,
        signature=signature,
        body=list(body),
        sender=sender,
    )


def test_only_the_bus_says_who_is_gone(server):
    server._handle(invoke("NAME victim"))
    server._handle(gone(":1.6"))
    server._handle(gone("org.freedesktop.DBus", "", ()))
    server._handle(invoke("GET MUTE"))
    assert [message.body for message in server.sent] == [["OK"], ["MUTE OFF"]]
    server._handle(gone("org.freedesktop.DBus"))
    server._handle(invoke("GET MUTE"))
    assert server.sent[-1].body == ["ERROR 68"]


def test_a_caller_that_wants_no_answer_gets_none(server):
    assert server._handle(invoke("NAME quiet", QUIET)) is True
    assert server._handle(call("Invoke", "u", [5], QUIET)) is True
    # The library answers these; without a wish for an answer it logged a traceback.
    assert server._handle(call("Get", flags=QUIET, interface="org.freedesktop.DBus.Properties")) is True
    assert server.sent == []
    server._handle(invoke("GET MUTE"))
    assert server.sent[-1].body == ["MUTE OFF"]


def test_a_command_over_16_mib_is_refused(server):
    refused = server._handle(invoke("x" * (LARGEST + 1)))
    assert refused.error_name == ErrorType.INVALID_ARGS.value
    assert server.sent == []
