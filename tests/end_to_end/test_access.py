"""Consent, status and detaching through the real daemon, with programs of this and of another user."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import tempfile
from pathlib import Path

import pytest

from support.bus import PROGRAM, Bus, BusProgram
from support.daemon import Daemon, SocketProgram, ringback_on, said_on

NOBODY = 65534
two_users = pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users")


def programs(home):
    [account] = json.loads(said_on(home, "status", "--json"))["accounts"]
    return {program["session"]: program for program in account["programs"]}


def refused(home):
    with socket.socket(socket.AF_UNIX) as program:
        program.settimeout(20)
        program.connect(str(home / "me/api.sock"))
        program.sendall(b"NAME test\0")
        assert program.recv(100) == b"ERROR 68\0"


def ended(program):
    """The connection of a program that was detached."""
    with pytest.raises(ConnectionError):
        program.until("nothing of the kind")


def test_without_an_engine(tmp_path):
    home = tmp_path / "home"
    assert "nothing is decided" in said_on(home, "access")
    for command in (["status"], ["detach", "1"]):
        none = ringback_on(home, *command)
        assert (none.returncode, none.stdout) == (3, "")
        assert "start one with 'ringback run'" in none.stderr
    assert not home.exists(), "looking makes nothing"
    assert said_on(home, "access", "deny", "test") == "'test' (any user) denied\n"
    with Daemon(home, "--no-dbus"):
        refused(home)
        assert said_on(home, "access", "forget", "test") == "1 decision about 'test' forgotten\n"
        SocketProgram(home).close()
    assert "nothing is decided" in said_on(home, "access")


def test_status_shows_who_is_attached(tmp_path):
    with Daemon(tmp_path, "--no-dbus") as daemon:
        program = SocketProgram(tmp_path, protocol=5)
        [(number, told)] = programs(tmp_path).items()
        assert told["since"] > 1_700_000_000
        assert {name: told[name] for name in told if name != "since"} == {
            "session": number,
            "program": "test",
            "attached": True,
            "way": "unix",
            "address": f"pid {os.getpid()}",
            "user": os.getuid(),
            "pid": os.getpid(),
            "executable": str(Path("/proc/self/exe").resolve()),
            "protocol": 5,
            "unread": 0,
        }
        shown = said_on(tmp_path, "status")
        assert f"process {daemon.process.pid}, since 20" in shown
        assert f"listening unix {tmp_path}/me/api.sock\naccount me: online, 1 program\n" in shown
        assert re.search(r" 'test' over unix pid \d+, user \d+, .+, protocol 5, 0 bytes unread, since", shown)
        # What it does not read is seen: the socket takes some of it, the rest waits.
        program.socket.sendall(b"NAME test\0" + b"GET PROFILE ABOUT\0")
        talker = SocketProgram(tmp_path)
        for n in range(1500):
            assert talker.ask(f"SET PROFILE ABOUT {n}{'x' * 1000}").startswith("PROFILE ABOUT")
        assert programs(tmp_path)[number]["unread"] > 500_000
        for one in (program, talker):
            one.close()


def test_a_program_is_detached_and_may_come_again(tmp_path):
    with Daemon(tmp_path, "--no-dbus"):
        program = SocketProgram(tmp_path)
        [number] = programs(tmp_path)
        wrong = ringback_on(tmp_path, "detach", "99")
        assert (wrong.returncode, wrong.stderr) == (1, "ringback: account me has no session 99\n")
        nobodys = ringback_on(tmp_path, "detach", number, "--account", "bob")
        assert "no account bob runs" in nobodys.stderr
        said_on(tmp_path, "detach", str(number))
        ended(program)
        program.close()
        SocketProgram(tmp_path).close()


def test_deny_detaches_and_survives_a_kill(tmp_path):
    with Daemon(tmp_path, "--no-dbus") as daemon:
        program = SocketProgram(tmp_path)
        denied = said_on(tmp_path, "access", "deny", "TEST")
        assert denied == "'TEST' (any user) denied\n1 detached\n"
        ended(program)
        program.close()
        refused(tmp_path)
        daemon.end(signal.SIGKILL)
    with Daemon(tmp_path, "--no-dbus") as daemon:
        refused(tmp_path)
        assert said_on(tmp_path, "access", "list") == "deny  'TEST' (any user)\n"
        # Narrower: programs with our interpreter may.
        said_on(tmp_path, "access", "allow", "test", "--executable", str(Path("/proc/self/exe").resolve()))
        SocketProgram(tmp_path).close()
        code, errors = daemon.end()
    assert code == 0
    assert "'test' (unix pid" in errors
    assert "refused, as was decided" in errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["allow"], "allow needs a NAME"),
        (["list", "x"], "list takes no NAME"),
        (["allow", ""], "no program has such a name"),
        (["allow", "x", "--user", "no such user"], "there is no user"),
        (["forget", "x", "--user", "any"], "forget takes no --user"),
        (["grant", "x"], "grant"),
    ],
)
def test_wrong_use(tmp_path, arguments, message):
    wrong = ringback_on(tmp_path, "access", *arguments)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert message in wrong.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_keeps_the_engine_from_starting(tmp_path):
    (tmp_path / "access.toml").write_text("[[rule]]\nprogram = 'x'")
    listed = ringback_on(tmp_path, "access")
    started = ringback_on(tmp_path, "run", "--no-dbus")
    for ended in (listed, started):
        assert ended.returncode == 1
        assert "access.toml is damaged" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_deny_on_the_bus(tmp_path):
    home = tmp_path / "home"
    with Bus(tmp_path / "bus") as bus, Daemon(home, "--dbus", bus.address):  # noqa: SIM117 - in their order
        with BusProgram(bus.address) as program, BusProgram(bus.address) as other:
            program.attach()
            assert other.ask("NAME other") == "OK"
            told = {one["program"]: one for one in programs(home).values()}
            assert told["bus program"]["user"] == os.getuid()
            assert told["bus program"]["pid"] == program.process.pid
            assert told["bus program"]["executable"] == str(Path("/usr/bin/python3").resolve())
            assert said_on(home, "access", "deny", "bus program").endswith("1 detached\n")
            assert program.ask("GET MUTE") == "ERROR 68"
            assert program.ask("NAME bus program") == "ERROR 68"
            assert other.ask("GET MUTE") == "MUTE OFF"
            said_on(home, "access", "forget", "bus program")
            program.attach()


@two_users
def test_a_program_of_another_user_is_refused_until_it_is_allowed():
    """As the log says: the command in it is typed as it stands."""
    folder = Path(tempfile.mkdtemp(prefix="ringback"))
    folder.chmod(0o755)
    everybody = '<policy context="mandatory"><allow user="*"/></policy>'
    try:
        with Bus(folder / "bus", everybody) as bus, Daemon(folder / "home", "--dbus", bus.address) as daemon:
            (folder / "bus").chmod(0o755)
            (folder / "bus/bus").chmod(0o777)
            home = folder / "home"

            def stranger():
                return BusProgram(bus.address, PROGRAM, user=NOBODY)

            with stranger() as program:
                assert program.ask("NAME nobody's bot") == "ERROR 68"
                assert program.ask("GET MUTE") == "ERROR 68"
                assert program.ask("PING") == "PONG"
                listed = said_on(home, "access")
                assert 'asked "nobody\'s bot" (dbus :1.' in listed
                typed = listed.splitlines()[1].strip()
                words = shlex.split(typed)
                assert words[:6] == ["ringback", "access", "allow", "nobody's bot", "--user", str(NOBODY)]
                # The name alone is not enough: it would be about our own user.
                said_on(home, "access", "allow", "nobody's bot")
                assert program.ask("NAME nobody's bot") == "ERROR 68"
                said_on(home, *words[1:])
                assert program.ask("NAME nobody's bot") == "OK"
                assert program.ask("GET MUTE") == "MUTE OFF"
                assert said_on(home, "access", "forget", "nobody's bot").startswith("2 decisions")
                assert program.ask("GET MUTE") == "ERROR 68"
            _, errors = daemon.end()
            assert typed in errors
    finally:
        shutil.rmtree(folder)


def test_an_executable_is_kept_as_processes_show_it(tmp_path):
    """A relative path, or one through links, would never fit a program."""
    real = Path("/usr/bin/env").resolve()
    (tmp_path / "env").symlink_to("/usr/bin/env")
    home = tmp_path / "home"
    done = ringback_on(home, "access", "allow", "x", "--executable", str(tmp_path / "env"))
    assert done.stdout == f"'x' (user {os.getuid()}, {real}) allowed\n"
    relative = os.path.relpath(tmp_path / "env")
    assert ringback_on(home, "access", "allow", "x", "--executable", relative).stdout == done.stdout
    none = ringback_on(home, "access", "allow", "x", "--executable", "no/such/program")
    assert none.returncode == 2
    assert f"{Path.cwd()}/no/such/program" in none.stderr
    later = ringback_on(home, "access", "deny", "y", "--executable", "/none/program")
    assert (later.returncode, later.stderr) == (0, "note: there is no file /none/program at the moment\n")
    (home / "access.toml").write_text("[[rule]]\nprogram = 'x'\nverdict = 'allow'\nexecutable = 'rel/x'\n")
    assert "not whole: rel/x" in ringback_on(home, "access").stderr


def test_who_denies_ringback_is_told_how_its_commands_call_themselves(tmp_path):
    assert "ringback-send, ringback-trace" in ringback_on(tmp_path, "access", "deny", "Ringback").stderr
    assert ringback_on(tmp_path, "access", "deny", "ringback-send").stderr == ""
