"""The home of the real daemon: whose accounts are in it, how far its paths go, who may look into it."""

import os
import re
import signal
import socket
import tempfile
import time
from pathlib import Path

import pytest

from support.daemon import Daemon, SocketProgram, said_on


def test_without_a_name_all_accounts_run_that_there_are(tmp_path):
    strange = ("--account", "ж" * 200, "--account", "lock", "--account", "Zoe\u0308")
    for accounts, said in (
        ((), ["me"]),
        (strange, ["ж" * 200, "lock", "zo\u00eb"]),
        ((), sorted(["me", "ж" * 200, "lock", "zo\u00eb"])),
    ):
        with Daemon(tmp_path, "--no-dbus", *accounts) as daemon:
            assert len(daemon.said) == len(said)
            told = said_on(tmp_path, "send", "--account", said[-1], "GET CURRENTUSERHANDLE")
            assert told == f"CURRENTUSERHANDLE {said[-1]}\n"
            assert daemon.end() == (0, "")


def test_the_file_tells_which_accounts_and_ways(tmp_path):
    said_on(tmp_path, "config", "set", "accounts", "anna", "bob")
    said_on(tmp_path, "config", "set", "no_dbus", "yes")
    with Daemon(tmp_path) as daemon:
        assert daemon.said == [f"listening unix {tmp_path}/{name}/api.sock" for name in ("anna", "bob")]


def test_nobody_else_can_look_into_it(tmp_path):
    before = os.umask(0o022)
    try:
        home = tmp_path / "home"
        with Daemon(home, "--no-dbus", "--log", str(home / "log"), "--speed", "5") as daemon:
            program = SocketProgram(home)
            program.ask("CALL echo123")
            program.until("CALL 1 STATUS INPROGRESS")
            program.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{home}/heard.wav"')
            said_on(home, "access", "deny", "nobody")
            said_on(home, "config", "set", "sound", "no")
            said_on(home, "trace")
            wide = {path: path.lstat().st_mode & 0o777 for path in (home, *home.rglob("*"))}
            assert {path for path, mode in wide.items() if mode & 0o077} == set()
            names = {path.name for path in wide}
            assert {"account.sqlite", "api.sock", "control.sock", "heard.wav", "access.toml", "log"} <= names
            program.close()
            daemon.end()
    finally:
        os.umask(before)


def test_programs_find_a_socket_whose_path_is_too_long(tmp_path, monkeypatch):
    with tempfile.TemporaryDirectory() as short:
        found(tmp_path, Path(short), monkeypatch)


def found(tmp_path, run, monkeypatch):
    """``run``: the user's runtime folder, whose own path is short."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(run))
    home = tmp_path / ("deep" * 50) / ("deeper" * 30)
    for how in (signal.SIGKILL, signal.SIGTERM):
        with Daemon(home, "--no-dbus") as daemon:
            [said] = daemon.said
            name = said.removeprefix("listening unix ")
            assert Path(name).parent == run / "ringback"
            with socket.socket(socket.AF_UNIX) as program:
                program.settimeout(20)
                program.connect(name)
                program.sendall(b"NAME program\0GET CURRENTUSERHANDLE\0")
                heard = b""
                while heard.count(b"\0") < 2:
                    heard += program.recv(1000)
            assert heard == b"OK\0CURRENTUSERHANDLE me\0"
            assert said_on(home, "send", "PING") == "PONG\n"
            assert f"listening unix {name}\n" in said_on(home, "status")
            daemon.end(how)
    assert list((run / "ringback").iterdir()) == []


@pytest.mark.real_time
def test_the_zone_of_the_machine_is_in_no_stamp(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    with Daemon(tmp_path, "--no-dbus"):
        program = SocketProgram(tmp_path)
        before = int(time.time())
        program.ask("CALL echo123")
        stamp = int(program.ask("GET CALL 1 TIMESTAMP").split()[-1])
        assert before <= stamp <= time.time()
        # For people it is the time on their wall, with its zone.
        assert re.search(r"since 20\S+ \S+\+05:30", said_on(tmp_path, "status"))
        program.close()
