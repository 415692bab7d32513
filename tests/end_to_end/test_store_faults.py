"""A real daemon whose disk fails, whose database cannot be used, or whose home is taken."""

import os
import resource
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ringback.database.opening import AT_ONCE
from ringback.store.tables import SCHEMA
from support.daemon import Daemon, SocketProgram

SRC = str(Path(__file__).parents[2] / "src")


def run(home):
    """``ringback run`` that is expected to refuse."""
    return subprocess.run(
        [sys.executable, "-m", "ringback.app.command_line", "run", "--home", str(home), "--no-dbus"],
        capture_output=True,
        text=True,
        timeout=30,
        env=os.environ | {"PYTHONPATH": SRC},
    )


def limit(daemon, size):
    """No file of the daemon may grow beyond ``size``: what is written fails, as on a full disk."""
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_disk_that_is_full_for_a_while(tmp_path):
    with (
        Daemon(tmp_path, "--no-dbus", "--account", "me", "--account", "bob") as daemon,
        closing(SocketProgram(tmp_path)) as program,
        closing(SocketProgram(tmp_path)) as onlooker,
        closing(SocketProgram(tmp_path, "bob")) as bob,
    ):
        assert program.ask("SET PROFILE CITY before") == "PROFILE CITY before"
        assert onlooker.ask("PING") == "PONG"
        # My log is the longer one, so that a limit at its end does not hinder Bob's.
        bob_log, my_log = (tmp_path / name / "account.sqlite-wal" for name in ("bob", "me"))
        for value in ("OFF", "ON") * 40:
            assert program.ask(f"SET AUTOAWAY {value}") == f"AUTOAWAY {value}"
        assert my_log.stat().st_size > bob_log.stat().st_size + 200_000
        limit(daemon, my_log.stat().st_size)
        assert program.ask("SET PROFILE CITY after") == "ERROR 9901 Internal error"
        assert program.ask("CALL echo123") == "ERROR 9901 Internal error"
        assert program.ask("GET PROFILE CITY") == "PROFILE CITY before"
        # What others do meanwhile is kept for later: it cannot be stored, so it is not shown.
        assert bob.ask("CALL me") == "CALL 1 STATUS UNPLACED"
        assert onlooker.ask("SEARCH CALLS") == "CALLS "
        assert not any("CALL" in line for line in onlooker.news)
        limit(daemon, resource.RLIM_INFINITY)
        onlooker.until("CALL 1 STATUS RINGING")
        assert not any("CITY after" in line for line in onlooker.news)
        assert program.ask("SET PROFILE CITY after") == "PROFILE CITY after"
        _code, errors = daemon.end(signal.SIGKILL)
        assert "the store failed" in errors
        assert "the store is well again" in errors
        assert "Traceback" not in errors
    with Daemon(tmp_path, "--no-dbus"), closing(SocketProgram(tmp_path)) as program:
        assert program.ask("GET PROFILE CITY") == "PROFILE CITY after"
        assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS MISSED"


def test_many_writes_into_a_disk_that_fills_up(tmp_path):
    """Whatever was answered as done is there after a kill; what was refused is not half there."""
    with Daemon(tmp_path, "--no-dbus") as daemon, closing(SocketProgram(tmp_path)) as program:
        log = tmp_path / "me/account.sqlite-wal"
        limit(daemon, log.stat().st_size + 500_000)
        last, refused = "", 0
        for number in range(200):
            text = f"{number} ".ljust(10_000, "x")
            answer = program.ask(f"SET PROFILE ABOUT {text}")
            if answer == f"PROFILE ABOUT {text}":
                last = answer
            else:
                assert answer == "ERROR 9901 Internal error"
                refused += 1
        assert last
        assert refused
        assert program.ask("GET PROFILE ABOUT") == last
        daemon.end(signal.SIGKILL)
    with Daemon(tmp_path, "--no-dbus"), closing(SocketProgram(tmp_path)) as program:
        assert program.ask("GET PROFILE ABOUT") == last


def damage(path):
    path.write_bytes(b"no database at all" * 500)


def make_newer(path):
    import sqlite3

    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version={SCHEMA + 1}")


def make_empty(path):
    path.write_bytes(b"")


def make_another(path):
    import sqlite3

    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE shopping (list)")


def write_nonsense(path):
    """In a row that is read at the start."""
    import sqlite3

    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO chat VALUES ('#me/$ann;1', 'my secret')")
        db.commit()


FILES = ("me/account.sqlite", "embedded.sqlite")
HARMS = (
    (damage, "not a database"),
    (make_newer, "newer Ringback"),
    (make_empty, "is empty"),
    (make_another, "another program"),
)


@pytest.mark.parametrize(
    ("file", "harm", "words"),
    [
        *((file, *harm) for file in FILES for harm in HARMS),
        (FILES[0], write_nonsense, "row '#me/$ann;1' of table chat cannot be understood"),
    ],
)
def test_a_database_that_cannot_be_used_ends_the_program(tmp_path, file, harm, words):
    with Daemon(tmp_path, "--no-dbus") as daemon:
        daemon.end()
    path = tmp_path / file
    harm(path)
    before = path.read_bytes()
    ran = run(tmp_path)
    assert ran.returncode == 1
    assert ran.stdout == ""
    [line] = ran.stderr.splitlines()
    assert line.startswith(f"ringback: {path}")
    assert words in line
    assert "Nothing was changed" in line
    assert "secret" not in line
    assert path.read_bytes() == before


def test_damage_that_is_found_while_serving_ends_the_program(tmp_path):
    """A file that is too big to be read before it is used."""
    with Daemon(tmp_path, "--no-dbus") as daemon:
        daemon.end()
    path = tmp_path / "me/account.sqlite"
    enlarge(path, AT_ONCE + 4_000_000)
    with Daemon(tmp_path, "--no-dbus") as daemon, closing(SocketProgram(tmp_path)) as program:
        assert program.ask("SET AUTOAWAY OFF") == "AUTOAWAY OFF"
        assert daemon.end() == (0, "")
    with path.open("r+b") as file:
        file.seek(20_000_000)
        file.write(os.urandom(8_000_000))
    before = path.read_bytes()
    with Daemon(tmp_path, "--no-dbus") as daemon:
        assert daemon.ready
        _, errors = daemon.process.communicate(timeout=60)
        assert daemon.process.returncode == 1
    [line] = errors.splitlines()
    assert line.startswith(f"ringback: {path} is damaged")
    assert "put a backup in its place" in line
    assert path.read_bytes() == before


def enlarge(path, size):
    import sqlite3

    with closing(sqlite3.connect(path)) as db:
        row = '{"chat": "#a", "partner": "b", "uid": "", "status": "read", "body": "' + "x" * 3000 + '"}'
        db.executemany(
            "INSERT INTO message VALUES (?, ?)", ((n, row) for n in range(10**6, 10**6 + size // 3500))
        )
        db.commit()
    assert path.stat().st_size > size


def test_a_home_has_one_process_and_is_free_when_it_dies(tmp_path):
    with Daemon(tmp_path, "--no-dbus") as first, closing(SocketProgram(tmp_path)) as program:
        second = run(tmp_path)
        assert second.returncode == 1
        [line] = second.stderr.splitlines()
        for word in ("another ringback runs", "accounts add NAME", "--home", "ringback trace"):
            assert word in line
        assert program.ask("SET PROFILE ABOUT x") == "PROFILE ABOUT x"
        first.end(signal.SIGKILL)
    # The socket file and the lock of the dead one are in nobody's way.
    assert (tmp_path / "me/api.sock").exists()
    with Daemon(tmp_path, "--no-dbus") as next_one, closing(SocketProgram(tmp_path)) as program:
        assert program.ask("GET PROFILE ABOUT") == "PROFILE ABOUT x"
        assert next_one.end()[0] == 0


def test_the_exit_codes_are_documented():
    described = subprocess.run(
        [sys.executable, "-m", "ringback.app.command_line", "run", "--help"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": SRC},
    ).stdout
    assert "Exit codes" in described
