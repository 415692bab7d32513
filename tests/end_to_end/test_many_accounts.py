"""Many accounts in one process on a real server, on a system that allows few files at first."""

import itertools
import resource
import subprocess
import sys
import time

import pytest

from ringback.app import networks
from ringback.app.control import ask
from ringback.app.home import Home
from servers.registration import register
from support.daemon import Daemon, SocketProgram

MANY = 200
#: Seconds in which all are online on a machine that has other work; how long an end may take.
PATIENCE = 180
PARTING = 30


class Frugal(Daemon):
    """Started where a process may have a thousand files open unless it asks for more, as on many systems."""

    COMMAND = ("sh", "-c", 'ulimit -Sn 1024; exec "$0" "$@"', *Daemon.COMMAND)


@pytest.mark.slow
def test_two_hundred_accounts_are_online_and_end(prosody, tmp_path):
    password = tmp_path / "password"
    password.write_text("correct horse\n")
    password.chmod(0o600)
    home = Home(tmp_path / "home")
    names = [f"many{number}" for number in range(MANY)]
    for name in names:
        register(prosody, name, "correct horse")
        address = f"{name}@{prosody.domain}"
        server = f"{prosody.address}:{prosody.port}"
        kept = networks.XmppAccount(address, server, False, prosody.authority.root, str(password))
        networks.write(home, address, kept)
    daemon = Frugal(home.path, "--no-dbus", "--no-sound")
    assert daemon.ready, daemon.end()
    assert resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE)[0] > 1024
    end = time.monotonic() + PATIENCE
    while waiting := [one for one in ask(home.control, "status")["accounts"] if one["link"] != "online"]:
        assert time.monotonic() < end, (len(waiting), waiting[0])
        time.sleep(0.5)
    programs = [SocketProgram(home.path, home.folder(f"{name}@{prosody.domain}").name) for name in names]
    assert [program.ask("GET CONNSTATUS") for program in programs] == ["CONNSTATUS ONLINE"] * MANY
    for program, name in zip(programs, names, strict=True):
        assert program.ask("GET CURRENTUSERHANDLE") == f"CURRENTUSERHANDLE {name}"
    # Everybody writes to somebody else.
    for program, (_, other) in zip(programs, itertools.pairwise([*names, names[0]]), strict=True):
        assert program.ask(f"MESSAGE {other} hello").endswith("STATUS SENDING")
    for program in programs:
        while not any(line.endswith("STATUS RECEIVED") for line in program.news):
            program.news.append(program.read())
    command = (sys.executable, "-m", "ringback.app.command_line", "status", "--home", str(home.path))
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert shown.count(": online, 1 program") == MANY, shown[:2000]
    begun = time.monotonic()
    assert daemon.end() == (0, "")
    assert time.monotonic() < begun + PARTING
    for program in programs:
        program.close()
