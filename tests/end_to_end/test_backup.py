"""Backups of the real daemon while it works, and what it makes of them."""

import threading
from pathlib import Path

from support.daemon import Daemon, SocketProgram, ringback
from support.waiting import eventually


def bodies(program):
    """What was said in all chats, in order of the ids."""
    listed = program.ask("SEARCH CHATMESSAGES").removeprefix("CHATMESSAGES ")
    ids = sorted(int(number) for number in listed.split(", ") if number)
    said = {}
    for number in ids:
        if program.ask(f"GET CHATMESSAGE {number} TYPE").endswith("SAID"):
            said[number] = program.ask(f"GET CHATMESSAGE {number} BODY").split(" BODY ")[1]
    return list(said.values())


def about(home, verb, text):
    program = SocketProgram(home)
    answer = program.ask(f"{verb} PROFILE ABOUT{text}")
    program.close()
    return answer


def test_a_backup_of_a_busy_engine_is_what_a_kill_would_have_left(tmp_path):
    home = tmp_path / "home"
    people = ("--account", "anna", "--account", "bob")
    answered = 0
    done = threading.Event()

    def chat():
        nonlocal answered
        while not done.is_set():
            assert anna.ask(f"MESSAGE bob {answered + 1}").endswith("STATUS SENDING")
            answered += 1

    with Daemon(home, "--no-dbus", *people) as daemon:
        anna = SocketProgram(home, "anna")
        chatting = threading.Thread(target=chat)
        chatting.start()
        try:
            eventually(lambda: answered > 10)
            bounds = []
            for number in range(3):
                before = answered
                saved = ringback("backup", "--home", home, tmp_path / f"{number}.tar")
                assert saved.returncode == 0, saved.stderr
                assert saved.stdout.startswith(f"{tmp_path}/{number}.tar: anna, bob: ")
                bounds.append((before, answered))
        finally:
            done.set()
            chatting.join()
        anna.close()
        assert daemon.process.poll() is None
        busy = ringback("restore", "--home", home, "--replace", tmp_path / "0.tar")
        assert (busy.returncode, busy.stdout) == (1, "")
        assert busy.stderr == (
            f"ringback: an engine runs on {home} (process {daemon.process.pid}); stop it first\n"
        )
        assert daemon.end() == (0, "")
    assert bounds[-1][0] > bounds[0][0] > 0, "it was busy"
    for number, (before, after) in enumerate(bounds):
        place = tmp_path / f"restored {number}"
        assert ringback("restore", "--home", place, tmp_path / f"{number}.tar").returncode == 0
        with Daemon(place, "--no-dbus", *people) as daemon:
            anna, bob = SocketProgram(place, "anna"), SocketProgram(place, "bob")
            said = bodies(anna)
            assert said == [str(n + 1) for n in range(len(said))], "what was answered, and nothing twice"
            assert before <= len(said) <= after + 1
            eventually(lambda said=said, bob=bob: sorted(map(int, bodies(bob))) == [*map(int, said)])
            for program in (anna, bob):
                program.close()
            assert daemon.end() == (0, "")


def test_restore_over_a_home_in_use(tmp_path):
    home = tmp_path / "home"
    with Daemon(home, "--no-dbus") as daemon:
        about(home, "SET", " before")
        daemon.end()
    assert ringback("backup", "--home", home, tmp_path / "saved.tar.gz").returncode == 0
    twice = ringback("backup", "--home", home, tmp_path / "saved.tar.gz")
    assert (twice.returncode, twice.stderr) == (1, f"ringback: {tmp_path}/saved.tar.gz is there already\n")
    with Daemon(home, "--no-dbus") as daemon:
        about(home, "SET", " after")
        daemon.end()
    refused = ringback("restore", "--home", home, tmp_path / "saved.tar.gz")
    assert refused.returncode == 1
    assert refused.stderr == (f"ringback: {home} is in use: embedded.sqlite, me; --replace puts it aside\n")
    done = ringback("restore", "--home", home, "--replace", tmp_path / "saved.tar.gz")
    assert done.returncode == 0
    kept = Path(done.stdout.splitlines()[1].removeprefix("what was there before is in "))
    for place, text in ((home, "before"), (kept, "after")):
        with Daemon(place, "--no-dbus"):
            assert about(place, "GET", "") == f"PROFILE ABOUT {text}"
    bad = ringback("restore", "--home", tmp_path / "new", tmp_path / "home/me/account.sqlite")
    assert bad.returncode == 1
    assert "Traceback" not in bad.stderr


def test_a_home_that_others_may_write_to_gets_nothing_back(tmp_path):
    home = tmp_path / "home"
    with Daemon(home, "--no-dbus") as daemon:
        daemon.end()
    assert ringback("backup", "--home", home, tmp_path / "saved.tar").returncode == 0
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    refused = ringback("restore", "--home", tmp_path / "open", tmp_path / "saved.tar")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"ringback: others may write to {tmp_path}/open")
