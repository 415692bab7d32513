"""Pictures and presence in the real daemon: kills, other accounts, files that take long."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial

from PIL import Image

from support.daemon import Daemon, SocketProgram
from support.pictures import picture
from support.waiting import eventually

ACCOUNTS = ("--no-dbus", "--account", "anna", "--account", "bob")


def saved(program, command, target):
    """What GET AVATAR puts into a new file; b"" if it is refused."""
    target.unlink(missing_ok=True)
    return target.read_bytes() if "AVATAR 1" in program.ask(f"{command} {target}") else b""


def test_what_was_answered_of_pictures_survives_a_kill(tmp_path):
    home, target = tmp_path / "home", tmp_path / "saved.png"
    given = [
        picture(tmp_path / f"{n}.png", colour=colour) for n, colour in enumerate(("red", "blue", "green"))
    ]
    for turn, path in enumerate(given):
        with Daemon(home, *ACCOUNTS) as daemon, ExitStack() as stack:
            anna, bob = (stack.enter_context(closing(SocketProgram(home, name))) for name in ("anna", "bob"))
            if turn:
                before = given[turn - 1]
                assert saved(bob, "GET AVATAR 1", target) == before.read_bytes()
                assert saved(anna, "GET USER bob AVATAR 1", target) == before.read_bytes()
                assert bob.ask("GET WALLPAPER") == f"WALLPAPER {before}"
                assert bob.ask("GET USERSTATUS") == "USERSTATUS DND"
            else:
                anna.ask("SET USER bob BUDDYSTATUS 2 hello")
                bob.until("USER anna RECEIVEDAUTHREQUEST hello")
                bob.ask("SET USER anna ISAUTHORIZED TRUE")
                anna.until("USER bob BUDDYSTATUS 3")
            assert bob.ask(f"SET WALLPAPER {path}") == f"WALLPAPER {path}"
            assert bob.ask("SET USERSTATUS DND") == "USERSTATUS DND"
            assert bob.ask(f"SET AVATAR 1 {path}") == f"AVATAR 1 {path}"
            shown = partial(saved, anna, "GET USER bob AVATAR 1", target)
            put = path.read_bytes()
            eventually(lambda shown=shown, put=put: shown() == put, 20)
            daemon.end(signal.SIGKILL)


def test_a_picture_that_takes_long_delays_nobody(tmp_path):
    home, large = tmp_path / "home", tmp_path / "large.png"
    Image.effect_noise((4800, 4800), 20).convert("1").save(large)
    with (
        Daemon(home, "--no-dbus"),
        closing(SocketProgram(home)) as patient,
        closing(SocketProgram(home)) as other,
        ThreadPoolExecutor(1) as threads,
    ):
        begun = time.monotonic()
        answer = threads.submit(patient.ask, f"SET AVATAR 1 {large}")
        waits = []
        while not answer.done():
            asked = time.monotonic()
            assert other.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
            waits.append(time.monotonic() - asked)
        assert answer.result() == f"AVATAR 1 {large}"
        took = time.monotonic() - begun
    # Unpacking lets the loop go on: most answers come in a millisecond, none waits for the picture.
    assert len(waits) > 10
    assert sorted(waits)[len(waits) // 2] < took / 10


def test_hostile_files_are_refused_while_others_go_on(tmp_path):
    home = tmp_path / "home"
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "text.png").write_text("no picture")
    with Daemon(home, "--no-dbus") as daemon:
        with ExitStack() as stack:
            programs = [stack.enter_context(closing(SocketProgram(home))) for _ in range(20)]
            for program in programs:
                for path in ("pipe", "text.png", "none.png", ""):
                    program.socket.sendall(f"SET AVATAR 1 {tmp_path}/{path}".encode() + b"\0")
            good = stack.enter_context(closing(SocketProgram(home)))
            assert good.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
            for program in programs:
                said = [program.until("ERROR").split()[1] for _ in range(4)]
                assert said == ["111", "114", "111", "111"]
        code, errors = daemon.end()
        assert (code, "Traceback" in errors) == (0, False), errors


def test_an_account_is_told_where_it_is_and_when_idling_begins(tmp_path):
    told = ("--country", "EE", "--away-after", "60", "--na-after", "90", "--speed", "30")
    with Daemon(tmp_path, "--no-dbus", *told), closing(SocketProgram(tmp_path)) as program:
        assert program.ask("GET PROFILE IPCOUNTRY") == "PROFILE IPCOUNTRY ee"
        assert program.ask("GET PREDICTIVE_DIALER_COUNTRY") == "PREDICTIVE_DIALER_COUNTRY ee"
        program.until("USERSTATUS AWAY")
        program.until("USERSTATUS NA")
        assert program.ask("RESETIDLETIMER") == "RESETIDLETIMER"
        assert program.until("USERSTATUS") == "USERSTATUS ONLINE"


def test_what_an_account_cannot_be_told(tmp_path):
    for option, value in (("--country", "xx"), ("--away-after", "59"), ("--na-after", "soon")):
        with Daemon(tmp_path, "--no-dbus", option, value) as daemon:
            assert not daemon.ready
            code, errors = daemon.end()
            assert code == 2
            assert value in errors
