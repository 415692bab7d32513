"""The command as users type it: every option, message and exit code, through real processes."""

import os
import pty
import re
import select
import signal
import socket
import sqlite3
import subprocess
import termios
from pathlib import Path

import pytest

from ringback.store.tables import SCHEMA
from support import daemon as shared
from support.daemon import Daemon, SocketProgram, private_bus

BUSES = ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "RINGBACK_HOME", "NO_COLOR")


def surroundings(**more):
    found = shared.surroundings(TERM="xterm")
    return {name: value for name, value in found.items() if name not in BUSES} | more


def command(*arguments, environment=None, **more):
    return shared.ringback(*arguments, environment=environment or surroundings(), **more)


def begin(*arguments, environment=None, **more):
    return shared.begin(*arguments, environment=environment or surroundings(), **more)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    home = tmp_path_factory.mktemp("engine")
    with Daemon(home, "--no-dbus") as daemon:
        yield home
        assert daemon.process.poll() is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["send", "PING"],
        ["accounts"],
        ["accounts", "--json"],
        ["status"],
        ["reference"],
        ["--help"],
        ["config"],
    ],
)
def test_a_full_disk_is_told(engine, arguments):
    """Neither silence nor a fault of ours."""
    with open("/dev/full", "w") as full:  # noqa: PTH123 - as a shell opens it
        ended = subprocess.run(
            [*shared.RINGBACK, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            env=surroundings(RINGBACK_HOME=str(engine)),
        )
    assert (ended.returncode, ended.stderr) == (1, "ringback: cannot be written: No space left on device\n")


# run ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--nonsense"], "No such option"),
        (["run", "--exit"], "--exit needs --tour"),
        (["run", "--tour", "--no-unix"], "--tour attaches over the Unix socket"),
        (["run", "--no-dbus", "--dbus", "session"], "exclude each other"),
        (["run", "--account", "a b"], "cannot be the name of an account"),
        (["run", "--account", ""], "cannot be the name of an account"),
        (["run", "--account", ".."], "cannot be the name of an account"),
        (["run", "--account", "112"], "it would be dialled as a number"),
        (["run", "--account", "(37)25"], "it would be dialled as a number"),
        (["accounts", "add", "112"], "it would be dialled as a number"),
        (["run", "--account", "anna", "--account", "Anna"], "named twice"),
        (["run", "--network", "carrier-pigeon"], "carrier-pigeon"),
        (["send"], "Missing argument"),
        (["send", "--protocol", "0", "PING"], "--protocol"),
        (["send", "--wait", "-1", "PING"], "--wait"),
        (["send", "--via", "pigeon", "PING"], "pigeon"),
        (["trace", "--protocol", "x"], "--protocol"),
        (["reference", "--pdf"], "No such option"),
        (["dance"], "No such command"),
    ],
)
def test_wrong_use_is_told_and_ends_with_2(arguments, message, tmp_path):
    ended = command(*arguments, environment=surroundings(RINGBACK_HOME=str(tmp_path)))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("of", [[], ["run"], ["trace"], ["send"], ["reference"], ["doctor"]])
def test_help_and_version(of):
    assert command(*of, "--help").stdout.startswith("Usage:")
    assert command("--version").returncode == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path, how):
    with Daemon(tmp_path, "--no-dbus", "--account", "anna", "--account", "bob") as daemon:
        assert daemon.said == [f"listening unix {tmp_path}/{name}/api.sock" for name in ("anna", "bob")]
        code, errors = daemon.end(how)
    assert (code, errors) == (0, "")
    assert not list(tmp_path.glob("*/api.sock"))
    assert not list(tmp_path.glob("*/*-wal"))


def test_a_tour_that_is_interrupted_ends_cleanly(tmp_path):
    touring = begin("run", "--home", str(tmp_path), "--no-dbus", "--tour")
    while "INPROGRESS" not in (line := touring.stdout.readline()):
        assert line
    touring.send_signal(signal.SIGINT)
    _, errors = touring.communicate(timeout=20)
    assert (touring.returncode, errors) == (0, "")


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_a_home_that_cannot_be_used(tmp_path, below):
    (tmp_path / "file").write_text("in the way")
    home = f"{tmp_path}/file{below}"
    ended = command("run", "--home", home, "--no-dbus")
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"ringback: cannot use {home}: ")
    assert "--home" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_home_that_may_not_be_made():
    """The kernel's own folder: not even root may make one there."""
    home = "/proc/1/no-such-home"
    ended = command("run", "--home", home, "--no-dbus")
    assert ended.returncode == 1
    assert f"cannot use {home}" in ended.stderr
    looked = command("doctor", "--home", home)
    assert looked.returncode == 1


def test_a_start_that_fails_half_way_leaves_nothing_open(tmp_path):
    ended = command("run", "--home", str(tmp_path), "--dbus", f"unix:path={tmp_path}/none")
    assert ended.returncode == 1
    assert not (tmp_path / "me/api.sock").exists()
    assert (
        command("run", "--home", str(tmp_path), "--dbus", "bob=session").stderr.count("no account bob") == 1
    )


def test_a_second_process_is_told_who_is_there(engine):
    owner = int((engine / "lock").read_text())
    second = command("run", "--home", str(engine), "--no-dbus")
    assert second.returncode == 1
    assert f"(process {owner})" in second.stderr
    assert "accounts add NAME" in second.stderr
    assert command("send", "--home", str(engine), "PING").stdout == "PONG\n"


def test_who_waits_for_ready_may_leave(tmp_path):
    """``ringback run | grep -m1 ready``: the engine serves on."""
    running = begin("run", "--home", str(tmp_path), "--no-dbus", "--tour")
    while running.stdout.readline() != "ready\n":
        pass
    running.stdout.close()
    program = SocketProgram(tmp_path)
    program.until("CALL 1 STATUS INPROGRESS")
    assert program.ask("PING") == "PONG"
    program.close()
    running.terminate()
    assert running.wait(20) == 0
    assert running.stderr.read() == ""
    running.stderr.close()
    running.stdin.close()


def test_the_home_of_the_environment_and_a_long_one(tmp_path):
    home = tmp_path / ("long" * 40)
    with Daemon(home, "--no-dbus"):
        environment = surroundings(RINGBACK_HOME=str(home))
        assert command("send", "PING", environment=environment).stdout == "PONG\n"
        assert "the socket answers" in command("doctor", environment=environment).stdout


# send -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["PING"], 0, "PONG\n"),
        (["GET AGC", "SET AGC OFF", "GET AGC"], 0, "AGC ON\nAGC OFF\nAGC OFF\n"),
        (["GET CALL 99 STATUS", "PING"], 1, "ERROR 12 Unknown call\nPONG\n"),
        (["--protocol", "99", "PROTOCOL 2"], 0, "PROTOCOL 2\n"),
        (["#a get user echo123 fullname"], 0, "#a USER echo123 FULLNAME Echo / Sound Test Service\n"),
        (["#1 PING", "#2 PING", "#1 PING"], 0, "#1 PONG\n#2 PONG\n#1 PONG\n"),
        (["#x GET CALL 99 STATUS", "# PING"], 1, "#x ERROR 12 Unknown call\nERROR 2 Unknown command\n"),
    ],
)
def test_send(engine, arguments, code, said):
    sent = command("send", "--home", str(engine), "--name", "a test", *arguments)
    assert (sent.returncode, sent.stdout) == (code, said)


def test_send_prints_what_it_hears_while_it_waits(engine):
    sent = command("send", "--home", str(engine), "--wait", "0.4", "SET PROFILE MOOD_TEXT hello")
    assert sent.returncode == 0
    assert sent.stdout.splitlines()[0] == "PROFILE MOOD_TEXT hello"
    assert {"CONNSTATUS ONLINE", "CURRENTUSERHANDLE me", "USERSTATUS ONLINE"} <= set(sent.stdout.splitlines())


@pytest.mark.parametrize("tool", [["send", "PING"], ["trace"]])
@pytest.mark.parametrize(
    "where", [[], ["--account", "stranger"], ["--via", "dbus", "--bus", "unix:path=/none"], ["--via", "dbus"]]
)
def test_no_engine_there(tmp_path, tool, where):
    ended = command(tool[0], "--home", str(tmp_path), *where, *tool[1:], stdin=subprocess.DEVNULL)
    assert ended.returncode == 3
    assert "ringback run" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == [], "looking for an engine makes nothing"


def test_who_is_refused_is_told(tmp_path):
    """An engine that lets nobody in."""
    (tmp_path / "me").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "me/api.sock"))
        listener.listen()
        listener.settimeout(20)
        sending = begin("send", "--home", str(tmp_path), "PING")
        connection, _ = listener.accept()
        with connection:
            key, _, asked = connection.recv(1000).decode().rstrip("\0").partition(" ")
            assert asked == "NAME ringback-send"
            connection.sendall(f"{key} ERROR 68\0".encode())
            said, errors = sending.communicate(timeout=20)
    why = "'ringback-send' may not attach, see 'ringback access'"
    assert (sending.returncode, said, errors) == (4, "", f"ringback: refused (ERROR 68): {why}\n")


@pytest.mark.parametrize("tool", [["send", "--wait", "60", "PING"], ["trace"]])
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_tool_is_interrupted(engine, tool, how, code):
    tooling = begin(tool[0], "--home", str(engine), *tool[1:])
    assert tooling.stdout.readline() in ("PONG\n", "<- CONNSTATUS ONLINE\n")
    tooling.send_signal(how)
    _, errors = tooling.communicate(timeout=20)
    assert (tooling.returncode, errors) == (code, "")


@pytest.mark.parametrize("tool", [["send", "--wait", "60", "PING"], ["trace"]])
def test_a_tool_whose_reader_leaves_ends_quietly(engine, tool):
    tooling = begin(tool[0], "--home", str(engine), *tool[1:])
    tooling.stdout.readline()
    tooling.stdout.close()
    program = SocketProgram(engine)
    program.ask("SET PROFILE MOOD_TEXT anybody there?")
    program.ask("SET PROFILE MOOD_TEXT nobody")
    program.close()
    tooling.wait(20)
    assert (tooling.returncode, tooling.stderr.read()) == (141, "")
    tooling.stderr.close()
    tooling.stdin.close()


def test_a_reference_whose_reader_leaves_ends_quietly():
    with begin("reference") as printing:
        printing.stdout.readline()
        printing.stdout.close()
        assert printing.stderr.read() == ""


@pytest.mark.parametrize("way", [[], ["--json"], ["--html"]])
def test_the_reference_is_that_of_the_docs(way):
    name = {"": "txt", "--json": "json", "--html": "html"}["".join(way)]
    page = Path(__file__).parents[2] / f"docs/reference/language.{name}"
    assert command("reference", *way).stdout.rstrip() == page.read_text().rstrip()


# trace ----------------------------------------------------------------------------------------------------


def test_a_scripted_trace(engine, tmp_path):
    target = tmp_path / "talk.txt"
    lines = ["GET MUTE", "", "#7b GET CALL x STATUS", ".wait 0.3", f".save {target}"]
    lines += [".save", ".save /none/x", ".wait long", ".dance", ".help MUTE", ".quit", "GET AGC"]
    traced = command("trace", "--home", str(engine), input="\n".join(lines))
    assert traced.returncode == 0
    talk = ["-> GET MUTE", "<- MUTE OFF", "-> #7b GET CALL x STATUS", "<- #7b ERROR 11 Invalid call id"]
    pushed = ["<- CONNSTATUS ONLINE", "<- CURRENTUSERHANDLE me", "<- USERSTATUS ONLINE"]
    assert target.read_text().splitlines() == talk + pushed
    assert traced.stdout.splitlines()[:7] == talk + pushed
    assert "do we send silence" in traced.stdout
    assert "AGC" not in traced.stdout
    assert [line.split(": ")[1] for line in traced.stderr.splitlines()] == [
        ".save needs a file name",
        "cannot write /none/x",
        ".wait needs a number of seconds",
        ".dance is unknown; there are .help, .quit, .save, .wait",
    ]


def test_a_last_line_without_an_end_counts_and_windows_ends_do_not(engine):
    traced = command("trace", "--home", str(engine), input="PING\r\nGET MUTE")
    assert traced.stdout.splitlines() == ["-> PING", "<- PONG", "-> GET MUTE", "<- MUTE OFF"]


def test_a_trace_ends_with_its_engine(tmp_path):
    with Daemon(tmp_path, "--no-dbus") as daemon:
        tracing = begin("trace", "--home", str(tmp_path))
        assert tracing.stdout.readline() == "<- CONNSTATUS ONLINE\n"
        daemon.end(signal.SIGTERM)
        _, errors = tracing.communicate(timeout=20)
    assert tracing.returncode == 3
    assert "the engine left" in errors


def test_tools_over_dbus(tmp_path):
    with private_bus(tmp_path) as address, Daemon(tmp_path / "home", "--dbus", address) as daemon:
        assert f"listening dbus {address}" in daemon.said
        for environment, bus in (
            (surroundings(), address),
            (surroundings(DBUS_SESSION_BUS_ADDRESS=address), "session"),
            (surroundings(DBUS_SYSTEM_BUS_ADDRESS=address), "system"),
        ):
            sent = command("send", "--via", "dbus", "--bus", bus, "GET MUTE", environment=environment)
            assert (sent.returncode, sent.stdout) == (0, "MUTE OFF\n"), sent.stderr
        tracing = begin("trace", "--via", "dbus", "--bus", address)
        assert tracing.stdout.readline() == "<- CONNSTATUS ONLINE\n"
        daemon.end(signal.SIGTERM)
        tracing.communicate(timeout=20)
        assert tracing.returncode == 3


class Terminal:
    """A tool at a terminal of its own, 80 columns wide."""

    def __init__(self, *arguments, **environment):
        self.ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(self.ours)[3]
        self.process = subprocess.Popen(
            [*shared.RINGBACK, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=surroundings(COLUMNS="80", LINES="24", **environment),
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def until(self, wanted):
        """What is shown up to and with these words."""
        while wanted not in self.seen:
            ready, _, _ = select.select([self.ours], [], [], 20)
            assert ready, self.seen
            piece = os.read(self.ours, 65536).decode("utf-8", "replace")
            if "\x1b[6n" in piece:
                os.write(self.ours, b"\x1b[1;1R")  # where the cursor is, as a terminal answers
            self.seen += piece
        before, _, self.seen = self.seen.partition(wanted)
        return before + wanted

    def prompted(self, after):
        """The same, and the prompt is back below; what is typed before that may be lost."""
        return self.until(after) + self.until("\x1b[?2004h")

    def type(self, text):
        os.write(self.ours, text.encode())

    def hang_up(self):
        """The window is closed."""
        os.close(self.ours)
        self.ours = -1

    def end(self):
        return self.process.wait(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)
        if self.ours >= 0:
            os.close(self.ours)


def test_at_a_terminal_there_is_time_colour_completion_meaning_and_history(engine):
    with Terminal("trace", "--home", str(engine)) as terminal:
        assert "\x1b[32m<- USERSTATUS ONLINE" in terminal.prompted("USERSTATUS ONLINE")
        terminal.type("get call 99 stat\t")
        terminal.until("STATUS")
        terminal.type("\r")
        said = terminal.prompted("there is none with this id")
        assert re.search(r"\d\d:\d\d:\d\d\.\d{3}\x1b\[0m \x1b\[36m-> get call 99 STATUS", said)
        assert "\x1b[33m<- ERROR 12 Unknown call" in said
        terminal.type("\x04")
        assert terminal.end() == 0
    assert (engine / "trace-history").stat().st_mode & 0o777 == 0o600
    with Terminal("trace", "--home", str(engine), NO_COLOR="1") as again:
        again.prompted("USERSTATUS ONLINE")
        again.type("\x1b[A\r")
        said = again.prompted("there is none with this id")
        assert "-> get call 99 STATUS" in said
        assert not re.search(r"\x1b\[3\dm", said)
        again.type(".quit\r")
        assert again.end() == 0


def test_what_others_wrote_does_not_steer_the_terminal(engine):
    program = SocketProgram(engine)
    program.ask("SET PROFILE MOOD_TEXT bad \x1b[31;1mmood")
    program.close()
    with Terminal("send", "--home", str(engine), "GET PROFILE MOOD_TEXT") as terminal:
        assert "bad \\x1b[31;1mmood" in terminal.until("mood")
        assert terminal.end() == 0


def test_a_terminal_is_given_back_after_a_signal(engine):
    with Terminal("trace", "--home", str(engine)) as terminal:
        terminal.until("\x1b[?2004h")
        assert termios.tcgetattr(terminal.ours)[3] != terminal.before, "the prompt reads key by key"
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 143
        assert termios.tcgetattr(terminal.ours)[3] == terminal.before


def test_a_trace_ends_when_its_terminal_is_closed(engine):
    with Terminal("trace", "--home", str(engine)) as terminal:
        terminal.prompted("USERSTATUS ONLINE")
        terminal.hang_up()
        assert terminal.end() == 0


def test_an_engine_ends_when_its_terminal_is_closed(tmp_path):
    with Terminal("run", "--home", str(tmp_path), "--no-dbus") as terminal:
        terminal.until("ready")
        terminal.hang_up()
        # What the kernel does for a terminal that is the session's own.
        terminal.process.send_signal(signal.SIGHUP)
        assert terminal.end() == 0
    assert not (tmp_path / "me/api.sock").exists()


@pytest.mark.parametrize("typed", ["\x04", "PING\n\x04"])
def test_an_end_of_input_before_the_prompt_is_there(engine, typed):
    """``script -qc "ringback trace" /dev/null </dev/null`` types Ctrl-D at once."""
    terminal = Terminal("trace", "--home", str(engine))
    os.write(terminal.ours, typed.encode())
    if "PING" in typed:
        terminal.until("<- PONG")
        terminal.type("\x04")
    assert terminal.end() == 0


# doctor ---------------------------------------------------------------------------------------------------


def test_a_healthy_place(tmp_path):
    home = tmp_path / "home"
    with private_bus(tmp_path) as address:
        environment = surroundings(DBUS_SESSION_BUS_ADDRESS=address, DBUS_SYSTEM_BUS_ADDRESS=address)
        before = command("doctor", "--home", str(home), environment=environment)
        assert before.returncode == 0, before.stdout
        assert "the first run makes it" in before.stdout
        assert "session bus: reached, com.Skype.API is free" in before.stdout
        assert not home.exists(), "the doctor only looks"
        with Daemon(home, "--dbus", address):
            during = command("doctor", "--home", str(home), "--dbus", address, environment=environment)
            assert during.returncode == 0, during.stdout
            for said in (
                "an engine runs on this home",
                f"account me: database, schema {SCHEMA}, whole",
                "account me: the socket answers",
                "account me: embedded network",
                "session bus: the engine on this home owns com.Skype.API",
                "everything works",
            ):
                assert said in during.stdout
            other = command("doctor", "--home", str(tmp_path / "other"), environment=environment)
            assert other.returncode == 1
            assert re.search(r"NO +session bus: com.Skype.API is taken by process \d+ \(", other.stdout)
            assert "--no-dbus" in other.stdout


def damaged(database):
    database.write_bytes(database.read_bytes()[:5000] + b"\xff" * 3000)


def newer(database):
    with sqlite3.connect(database) as connection:
        connection.execute(f"PRAGMA user_version={SCHEMA + 1}")
    connection.close()


def no_database(database):
    database.write_bytes(b"not a database, but long enough to look at " * 30)


def nonsense(database):
    connection = sqlite3.connect(database)
    connection.execute("INSERT INTO person VALUES ('me', 'no row')")
    connection.commit()
    connection.close()


def open_to_all(database):
    database.chmod(0o644)
    database.parent.parent.chmod(0o755)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (damaged, ["cannot be read|is damaged", "ringback restore"]),
        (newer, ["was written by a newer Ringback", "use the newer program"]),
        (no_database, ["cannot be read: file is not a database", "ringback restore"]),
        (nonsense, ["row 'me' of table person cannot be understood", "ringback restore"]),
        (open_to_all, ["others can look into the home", "chmod 700", "others may read the database"]),
    ],
)
def test_trouble_in_the_home_is_found(tmp_path, harm, said):
    with Daemon(tmp_path, "--no-dbus") as daemon:
        daemon.end()
    database = tmp_path / "me/account.sqlite"
    harm(database)
    before = database.read_bytes()
    found = command("doctor", "--home", str(tmp_path))
    assert found.returncode == 1
    for words in said:
        assert re.search(words, found.stdout), found.stdout
    assert database.read_bytes() == before


def test_settings_and_decisions_are_looked_at(tmp_path):
    (tmp_path / "ringback.toml").write_text("sound = false\n")
    (tmp_path / "access.toml").write_text("[[rule]]\nprogram = 'x'\nverdict = 'deny'\n")
    looked = command("doctor", "--home", str(tmp_path)).stdout
    assert "ok    ringback.toml tells sound" in looked
    assert "ok    1 decision about programs" in looked
    (tmp_path / "ringback.toml").write_text("sounds = false\n")
    (tmp_path / "access.toml").write_text("[[rule]]\n")
    looked = command("doctor", "--home", str(tmp_path))
    assert looked.returncode == 1
    assert f"NO    {tmp_path}/ringback.toml: no key 'sounds'" in looked.stdout
    assert f"NO    {tmp_path}/access.toml is damaged" in looked.stdout


def test_no_bus_and_a_dead_socket(tmp_path):
    with Daemon(tmp_path, "--no-dbus") as daemon:
        daemon.end(signal.SIGKILL)
    found = command("doctor", "--home", str(tmp_path), "--dbus", f"unix:path={tmp_path}/none")
    assert found.returncode == 1
    assert "note  no session bus" in found.stdout
    assert "dbus-run-session" in found.stdout
    assert f"NO    unix:path={tmp_path}/none bus cannot be reached" in found.stdout
    assert "note  account me: a killed engine left its socket" in found.stdout
    assert "1 to be looked at" in found.stdout


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ("", 0, "note  no session bus"),
        ("no_dbus = true", 0, "ok    no D-Bus, as the settings say"),
        ('dbus = ["session"]', 1, "NO    no session bus"),
        ('dbus = ["unix:path=/none"]', 1, "NO    unix:path=/none bus cannot be reached"),
        ('dbus = ["bob=system"]', 1, "NO    run would refuse what it is told: --dbus: no account bob"),
        ('tcp = ["0.0.0.0:0"]', 1, "NO    run would refuse what it is told: --tcp 0.0.0.0:0: not an address"),
    ],
)
def test_a_server_without_a_session_bus(tmp_path, setting, code, said):
    (tmp_path / "ringback.toml").write_text(setting)
    # Sound libraries make folders where they are told to.
    nowhere = surroundings(XDG_RUNTIME_DIR=str(tmp_path / "run"))
    found = command("doctor", "--home", str(tmp_path), environment=nowhere)
    assert said in found.stdout
    assert found.returncode == code, found.stdout
