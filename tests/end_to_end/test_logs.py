"""The log of the real daemon: moved away while it runs, and at its most talkative without anybody's words."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ringback.protocol.registry import LANGUAGE
from support.bus import Bus, BusProgram
from support.daemon import Daemon, SocketProgram
from support.waiting import eventually

SECRET = "SWORDFISH"
KEYS = {"CHAT": "#anna/$bob;1234567890abcdef", "USER": "bob", "APPLICATION": "chess"}


def sensitive_commands():
    """Everything that a program can say and nobody may read in a log, made from the declarations."""
    for kind in LANGUAGE.objects:
        key = KEYS.get(kind.word, "1")
        for p in kind.properties:
            if p.sensitive is not None:
                yield f"SET {kind.word} {key} {p.name} {'2 ' * p.sensitive}{SECRET}"
        for a in kind.actions:
            if a.sensitive is not None:
                yield f"ALTER {kind.word} {key} {a.word} {'bob:1 ' * a.sensitive}{SECRET}"
    for command in LANGUAGE.commands:
        if command.sensitive is not None:
            yield f"{' '.join(command.words)} {'bob ' * command.sensitive}{SECRET}"
    yield f"ALTER CHAT {KEYS['CHAT']} SETPASSWORD {SECRET} {SECRET}"
    yield f"{SECRET} is what I meant to say"
    yield f"CHATMESAGE {SECRET}"


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_most_talkative_log_holds_nobodys_words(tmp_path, form):
    home, log = tmp_path / "home", tmp_path / "log"
    options = ("--log", str(log), "--log-level", "debug", "--log-format", form)
    accounts = ("--account", "anna", "--account", "bob")
    with Bus(tmp_path / "bus") as bus, Daemon(home, *accounts, *options, "--dbus", bus.address) as daemon:
        anna, bob = (SocketProgram(home, name) for name in ("anna", "bob"))
        old = SocketProgram(home, "bob", protocol=1)
        with BusProgram(bus.address) as on_the_bus:
            on_the_bus.attach()
            commands = list(sensitive_commands())
            assert len(commands) > 25
            for text in commands:
                anna.ask(text)
                on_the_bus.ask(text.replace(" bob ", " bob on the bus "))
            # What arrives at the other end is a line of ours.
            assert anna.ask(f"MESSAGE bob {SECRET}").endswith("STATUS SENDING")
            came = bob.until("CHATMESSAGE").split()[1]
            assert bob.ask(f"GET CHATMESSAGE {came} BODY") == f"CHATMESSAGE {came} BODY {SECRET}"
            assert old.ask(f"GET MESSAGE {came} BODY") == f"MESSAGE {came} BODY {SECRET}"
            assert bob.ask("GET USER anna RECEIVEDAUTHREQUEST").startswith("USER anna")
            for program in (anna, bob, old):
                program.close()
        eventually(lambda: log.read_text().count("gone") >= 4)
        code, errors = daemon.end()
    assert (code, errors) == (0, "")
    logged = log.read_text()
    assert "MESSAGE bob <9 characters>" in logged
    assert "BODY <9 characters>" in logged
    assert SECRET not in logged.upper()
    if form == "json":
        assert {json.loads(line)["level"] for line in logged.splitlines()} == {"debug"}
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_log_file_is_moved_away_while_it_runs(tmp_path):
    log = tmp_path / "log"
    with Daemon(tmp_path / "home", "--no-dbus", "--log", str(log), "--log-level", "debug") as daemon:
        SocketProgram(tmp_path / "home").close()
        log.rename(tmp_path / "log.1")
        daemon.process.send_signal(signal.SIGHUP)
        eventually(log.exists)
        SocketProgram(tmp_path / "home").close()
        eventually(lambda: "me/2 -> " in log.read_text())
        assert "me/1 -> " in (tmp_path / "log.1").read_text()
        assert daemon.end() == (0, "")


def test_a_log_that_cannot_be_opened(tmp_path):
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "ringback.app.command_line", "run", "--no-dbus"),
            *("--home", str(tmp_path / "home"), "--log", str(tmp_path / "no/such")),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    assert ended.returncode == 1
    assert ended.stderr == f"ringback: cannot log into {tmp_path}/no/such: No such file or directory\n"
    assert not (tmp_path / "home").exists()
