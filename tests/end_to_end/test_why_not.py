"""Why a tool could not attach, or was ended: no engine, not this account, not this way, detached, refused."""

import asyncio
import json

import pytest

from ringback.tools.attach import DBusProgram
from support.daemon import Daemon, SocketProgram, begin, outcome_on, private_bus

STATES = ["AWAY", "ONLINE"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("engine")
    ways = ("--tcp", "127.0.0.1:0", "--ws", "127.0.0.1:0")
    with Daemon(home, "--no-dbus", "--account", "anna", "--account", "bob", *ways) as daemon:
        yield home
        assert daemon.process.poll() is None


def session(home, name):
    told = json.loads(outcome_on(home, "status", "--json")[1])
    [number] = [
        each["session"]
        for account in told["accounts"]
        for each in account["programs"]
        if each["program"] == name
    ]
    return number


@pytest.mark.parametrize("tool", [["send", "PING"], ["trace"], ["open", "skype:"]])
@pytest.mark.parametrize("via", ["unix", "tcp", "ws"])
def test_an_account_that_does_not_run(home, tool, via):
    code, said, errors = outcome_on(home, *tool, "--account", "carl", "--via", via)
    assert (code, said) == (3, "")
    assert errors == (
        f"ringback: the engine on {home} does not run account carl, it runs anna, bob; name one with "
        "--account, or have it run with 'ringback accounts add carl'\n"
    )


def test_nobody_named_an_account_and_there_are_two(home):
    assert "does not run account me, it runs anna, bob" in outcome_on(home, "send", "PING")[2]


def test_a_way_in_that_is_not_open(tmp_path):
    with Daemon(tmp_path, "--no-dbus", "--no-unix", "--tcp", "127.0.0.1:0"):
        for via in ("unix", "ws"):
            code, said, errors = outcome_on(tmp_path, "send", "--via", via, "PING")
            assert (code, said) == (3, "")
            assert f"does not listen on {via}, but on tcp 127.0.0.1:" in errors
            assert "ringback run" not in errors
        assert outcome_on(tmp_path, "send", "--via", "tcp", "PING") == (0, "PONG\n", "")


@pytest.mark.parametrize("via", ["unix", "tcp", "ws"])
@pytest.mark.parametrize("tool", [["trace"], ["send", "--wait", "60", "PING"]])
def test_a_tool_that_is_detached(home, tool, via):
    name = f"{tool[0]} over {via}"
    running = begin(*tool, "--home", home, "--account", "anna", "--via", via, "--name", name)
    while "USERSTATUS ONLINE" not in running.stdout.readline():
        pass
    assert outcome_on(home, "detach", "--account", "anna", session(home, name))[0] == 0
    # Nothing is typed: it ends by itself.
    assert running.wait(20) == 4
    why = ": the user wants it" if via == "ws" else ""
    assert running.stderr.read().startswith(f"ringback: this program was detached{why}; the engine runs on")
    for pipe in (running.stdin, running.stdout, running.stderr):
        pipe.close()


def test_who_may_not_attach_is_told_where_to_look(home):
    assert outcome_on(home, "access", "deny", "mallory")[0] == 0
    told = outcome_on(home, "send", "--account", "bob", "--name", "mallory", "PING")
    why = "'mallory' may not attach, see 'ringback access'"
    assert told == (4, "", f"ringback: refused (ERROR 68): {why}\n")


def test_detached_over_d_bus(tmp_path):
    """There is no connection that could end: the next answer tells."""
    home = tmp_path / "home"
    with private_bus(tmp_path) as address, Daemon(home, "--dbus", address):
        sending = begin("send", "--home", home, "--via", "dbus", "--bus", address, "PING", "-", "PING")
        assert sending.stdout.readline() == "PONG\n"
        assert outcome_on(home, "access", "deny", "ringback-send")[1].endswith("1 detached\n")
        said, errors = sending.communicate("GET MUTE\n", timeout=20)
        assert (sending.returncode, said.splitlines()[-1]) == (4, "ERROR 68")
        assert errors.startswith("ringback: this program was detached; the engine runs on")
        program = SocketProgram(home)
        assert program.ask("PING") == "PONG", "others are not"
        program.close()


def test_lines_over_d_bus_come_in_the_order_of_the_bus(tmp_path):
    """An answer and what follows it are read in one piece, and the answer is first."""
    heard = []

    async def talk(address):
        program = await DBusProgram.attach(address, heard.append)
        assert await program.ask("NAME order") == "OK"
        await program.ask("PROTOCOL 8")
        while "USERSTATUS ONLINE" not in heard:
            await program.ask("PING")
        for number in range(100):
            heard.append("= " + await program.ask(f"SET USERSTATUS {STATES[number % 2]}"))
        await program.ask("PING")
        await program.close()

    with private_bus(tmp_path) as address, Daemon(tmp_path / "home", "--dbus", address):
        asyncio.run(talk(address))
    wanted = [f"{mark}USERSTATUS {state}" for state in STATES * 50 for mark in ("= ", "")]
    assert [line for line in heard if "USERSTATUS" in line][1:] == wanted


def test_a_bus_that_ends_ends_the_trace(tmp_path):
    home = tmp_path / "home"
    with private_bus(tmp_path) as address, Daemon(home, "--dbus", address):
        tracing = begin("trace", "--home", home, "--via", "dbus", "--bus", address)
        while "USERSTATUS ONLINE" not in tracing.stdout.readline():
            pass
    # The engine and then the bus have been ended.
    assert tracing.wait(20) == 3
    assert tracing.stderr.read() == "ringback: the engine left\n"
    for pipe in (tracing.stdin, tracing.stdout, tracing.stderr):
        pipe.close()
