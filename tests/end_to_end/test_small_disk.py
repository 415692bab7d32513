"""A real daemon on a real disk of six megabytes that fills up, or may only be read."""

import os
import signal
import subprocess
import wave
from contextlib import closing

import pytest

from support.daemon import Daemon, SocketProgram, ringback
from support.waiting import eventually

SIZE = 6 << 20


@pytest.fixture
def disk(tmp_path):
    """Only root may mount; elsewhere ``test_store_faults.py`` and ``test_ill_store.py`` show the same."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", place], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("nobody but root may mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk, left):
    """Leave only so much room."""
    free = os.statvfs(disk)
    room = free.f_bavail * free.f_bsize - left
    with (disk / "filler").open("ab") as file:
        file.write(bytes(room))
    return disk / "filler"


def seconds(program, count):
    """Hear so many ticks of the call; the number of the last."""
    for _ in range(count):
        line = program.until("CALL 1 ")
        while not line.startswith("CALL 1 DURATION "):
            assert "STATUS" not in line
            line = program.until("CALL 1 ")
    return int(line.rsplit(" ", 1)[1])


def test_a_call_goes_on_when_home_and_recording_share_a_full_disk(disk):
    recording = disk / "heard.wav"
    with (
        Daemon(disk / "home", "--no-dbus", "--speed", "5") as daemon,
        closing(SocketProgram(disk / "home")) as program,
    ):
        assert program.ask("CALL ann.answers") == "CALL 1 STATUS UNPLACED"
        program.until("CALL 1 STATUS INPROGRESS")
        assert program.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{recording}"').startswith(
            "ALTER CALL 1 SET_OUTPUT"
        )
        filler = fill(disk, 64 << 10)
        # 64 KB are two seconds of sound.
        last = seconds(program, 6)
        assert program.ask("GET CALL 1 OUTPUT") == "CALL 1 OUTPUT "
        assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
        assert program.ask(f"SET PROFILE ABOUT {'x' * 19_000}") == "ERROR 9901 Internal error"
        # Sound is led without the store; the recording begins anew, in the room that it had.
        again = f'ALTER CALL 1 SET_OUTPUT FILE="{recording}"'
        assert program.ask(again) == again
        assert seconds(program, 3) == last + 3
        filler.unlink()
        eventually(lambda: program.ask("SET PROFILE CITY x") == "PROFILE CITY x", 20)
        assert program.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
        said = program.ask("GET CALL 1 DURATION")
        _code, errors = daemon.end(signal.SIGKILL)
    assert "broke" in errors
    assert "Traceback" not in errors
    with wave.open(str(recording)) as sound:
        assert sound.getnframes() > 16_000
    with Daemon(disk / "home", "--no-dbus"), closing(SocketProgram(disk / "home")) as program:
        assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED"
        assert program.ask("GET CALL 1 DURATION") == said
        assert program.ask("GET PROFILE CITY") == "PROFILE CITY x"


def test_who_talks_can_be_silent_and_hang_up_while_the_disk_is_full(disk):
    """What was answered holds after kill -9, although there was no room to store it."""
    home = disk / "home"
    with (
        Daemon(home, "--no-dbus", "--speed", "5") as daemon,
        closing(SocketProgram(home)) as program,
    ):
        program.ask("CALL ann.answers")
        program.until("CALL 1 STATUS INPROGRESS")
        fill(disk, 0)
        assert program.ask(f"SET PROFILE ABOUT {'x' * 19_000}") == "ERROR 9901 Internal error"
        assert program.ask("SET MUTE ON") == "MUTE ON"
        assert program.ask("SET CALL 1 STATUS ONHOLD") == "CALL 1 STATUS LOCALHOLD"
        assert program.ask("ALTER CALL 1 RESUME") == "ALTER CALL 1 RESUME"
        assert program.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS FINISHED"
        assert program.ask("SEARCH ACTIVECALLS") == "CALLS "
        daemon.end(signal.SIGKILL)
    (disk / "filler").unlink()
    with Daemon(home, "--no-dbus"), closing(SocketProgram(home)) as program:
        assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED"


def refused(home):
    """What a start that fails says."""
    with Daemon(home, "--no-dbus") as daemon:
        assert not daemon.ready
        _, errors = daemon.process.communicate(timeout=30)
        assert daemon.process.returncode == 1
    [line] = errors.splitlines()
    assert "backup" not in line
    return line


def test_no_start_on_a_full_disk(disk):
    """With and without something there: there is no room for the log of a database."""
    fill(disk, 0)
    assert "No space left" in refused(disk / "home")
    (disk / "filler").unlink()
    with Daemon(disk / "home", "--no-dbus") as daemon:
        daemon.end()
    fill(disk, 0)
    line = refused(disk / "home")
    assert "make room" in line or "has room" in line
    (disk / "filler").unlink()
    with Daemon(disk / "home", "--no-dbus") as daemon:
        assert daemon.ready


def test_no_start_on_a_disk_that_may_only_be_read(disk):
    with Daemon(disk / "home", "--no-dbus") as daemon:
        daemon.end()
    before = (disk / "home/me/account.sqlite").read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    line = refused(disk / "home")
    assert "read-only" in line.lower()
    assert str(disk / "home") in line
    assert (disk / "home/me/account.sqlite").read_bytes() == before


def test_backup_and_restore_on_a_full_disk_and_on_one_that_may_only_be_read(disk, tmp_path):
    home, saved = tmp_path / "home", tmp_path / "saved.tar"
    with Daemon(home, "--no-dbus") as daemon:
        daemon.end()
    assert ringback("backup", "--home", home, saved).returncode == 0
    for left in (0, 64 << 10, 200 << 10):
        filler = fill(disk, left)
        done = ringback("backup", "--home", home, disk / "saved.tar")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"ringback: {disk}/saved.tar")
        assert len(done.stderr.splitlines()) == 1
        assert "room" in done.stderr or "No space left" in done.stderr
        if left < saved.stat().st_size:
            back = ringback("restore", "--home", disk / "new", saved)
            assert (back.returncode, back.stdout) == (1, "")
            assert "No space left" in back.stderr
            assert not list(disk.glob("new/me"))
        filler.unlink()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    done = ringback("backup", "--home", home, disk / "saved.tar")
    assert (done.returncode, done.stderr) == (1, f"ringback: {disk}/saved.tar: Read-only file system\n")
    done = ringback("restore", "--home", disk / "other", saved)
    assert (done.returncode, done.stderr) == (1, f"ringback: {disk}/other: Read-only file system\n")
    assert [path.name for path in disk.iterdir()] in ([], ["new"])
