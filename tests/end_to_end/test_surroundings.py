"""The printed files in the programs that they are for: a real system bus, a real systemd."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from ringback.app import surroundings
from support.bus import PROGRAM, Bus, BusProgram
from support.daemon import Daemon, ringback
from support.waiting import eventually

SRC = str(Path(__file__).parents[2] / "src")
NOBODY = 65534
SYSTEM_BUS = Path("/usr/share/dbus-1/system.conf")
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users")


# The system bus -------------------------------------------------------------------------------------------


class SystemBus(Bus):
    """The system's own configuration, at another address, with policy files from our folder only."""

    def __init__(self, folder):
        folder.mkdir()
        folder.chmod(0o755)
        self._path = folder / "bus"
        self.policies = folder / "system.d"
        self.policies.mkdir()
        self._config = folder / "bus.conf"
        text = re.sub(r"<!--.*?-->", "", SYSTEM_BUS.read_text(), flags=re.DOTALL)
        for unwanted in ("user>messagebus</user", "fork/", "syslog/", "standard_system_servicedirs/"):
            text = text.replace(f"<{unwanted}>", "")
        text = re.sub(r"<(pidfile|servicehelper|listen|include|includedir)\b.*?</\1>", "", text)
        more = f"<listen>unix:path={self._path}</listen><includedir>{self.policies}</includedir>"
        self._config.write_text(text.replace("</busconfig>", f"{more}</busconfig>"))
        self.address = f"unix:path={self._path}"
        self.start()
        self._path.chmod(0o777)


@as_root
def test_the_policy_lets_the_engine_and_programs_of_other_users_onto_the_system_bus():
    folder = Path(tempfile.mkdtemp(prefix="ringback"))
    folder.chmod(0o755)
    home = folder / "home"
    try:
        with SystemBus(folder / "bus") as bus:
            refused = ringback("run", "--home", str(home), "--dbus", bus.address)
            assert refused.returncode == 1
            assert "not allowed to own" in refused.stderr
            assert refused.stderr.endswith("it needs a policy file, see 'ringback print dbus-policy'\n")
            (bus.policies / "ringback.conf").write_text(ringback("print", "dbus-policy").stdout)
            bus.process.send_signal(signal.SIGHUP)  # as a reload of the service does
            with Daemon(home, "--dbus", bus.address) as daemon:
                with BusProgram(bus.address, PROGRAM, user=NOBODY) as program:
                    assert program.ask("NAME old program") == "ERROR 68"
                    allowed = ["access", "--home", str(home), "allow", "old program", "--user", str(NOBODY)]
                    assert ringback(*allowed).returncode == 0
                    program.attach_as("old program")
                    for number in range(1300):
                        program.ask(f"SET PROFILE ABOUT {number} {'x' * 1000}")
                    # Notifications come through, more than fit a window.
                    eventually(lambda: program.ask("heard?") == "1300")
                _, errors = daemon.end()
            assert "is not bounded" not in errors
            assert errors.count("\n") == 1, "the refusal"
    finally:
        shutil.rmtree(folder)


# systemd --------------------------------------------------------------------------------------------------


def test_command_lines_are_quoted_as_the_formats_want():
    words = ["/a b/ringback", "run", "--home", '/ho"me\\100%$x', "it's"]
    assert surroundings._systemd(words) == ('"/a b/ringback" run --home "/ho\\"me\\\\100%%$$x" "it\'s"')
    assert surroundings._desktop("/a b") == '"/a b"'
    assert surroundings._desktop('a"b$c%\\') == '"a\\\\"b\\\\$c%%\\\\\\\\"'


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path):
    unit = tmp_path / "ringback.service"
    unit.write_text(ringback("print", "systemd-unit", "--home", f"{tmp_path}/ho me").stdout)
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    assert f'--home "{tmp_path}/ho me"' in unit.read_text()


@pytest.mark.parametrize("what", ["systemd-unit", "desktop-entry"])
def test_files_name_the_home_that_is_in_force(tmp_path, monkeypatch, what):
    def line():
        return re.search("^Exec(Start)?=.*$", ringback("print", what).stdout, re.MULTILINE)[0]

    for name in ("RINGBACK_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert "--home" not in line()
    monkeypatch.setenv("XDG_DATA_HOME", f"{tmp_path}/data")
    assert f"--home {tmp_path}/data/ringback" in line()
    monkeypatch.setenv("RINGBACK_HOME", f"{tmp_path}/ho me")
    assert f'--home "{tmp_path}/ho me"' in line()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", "here")
    assert f"--home {tmp_path}/here" in line()


#: A systemd for one user, in a mount namespace of its own: it wants a /run that looks as if it had booted.
STAGE = """
set -eu
mount -t tmpfs none /run
mkdir -p /run/systemd/system /run/user/0
chmod 700 /run/user/0
export XDG_RUNTIME_DIR=/run/user/0
unset DBUS_SESSION_BUS_ADDRESS
/usr/lib/systemd/systemd --user --log-target=console --log-level=warning >"$HOME/systemd.log" 2>&1 &
manager=$!
trap 'kill $manager 2>/dev/null; wait $manager || true' EXIT
for _ in $(seq 200); do systemctl --user is-system-running >/dev/null 2>&1 && break; sleep 0.05; done
shown() { systemctl --user show -P "$1" ringback; }
until_is() { for _ in $(seq 400); do [ "$(shown "$1")" = "$2" ] && return; sleep 0.05; done
    echo "$1 is $(shown "$1"), not $2"; cat "$HOME/log" "$HOME/systemd.log"; return 1; }
"""


def systemd(home, story):
    """Run a story in shell with a systemd of its own; the unit is the printed one, its times shortened."""
    units = home / ".config/systemd/user"
    units.mkdir(parents=True)
    unit = ringback("print", "systemd-unit", "--home", str(home / "data")).stdout
    unit = re.sub("(ExecStart=.* run)", rf"\1 --no-dbus --log {home}/log", unit)
    unit = unit.replace("[Service]", f"[Service]\nEnvironment=PYTHONPATH={SRC}")
    unit = unit.replace("RestartSec=2", "RestartSec=0.1").replace("WatchdogSec=60", "WatchdogSec=2")
    (units / "ringback.service").write_text(unit)
    command = f"{sys.executable} -m ringback.app.command_line"
    script = f'{STAGE}ringback() {{ {command} "$@" --home {shlex.quote(str(home / "data"))}; }}\n'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script + textwrap.dedent(story)],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"HOME": str(home), "PYTHONPATH": SRC},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def may_mount():
    """Root may, unless a container keeps it from that."""
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/run"]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root that may mount has a systemd of its own")


with_systemd = pytest.mark.usefixtures("may_mount")


@with_systemd
def test_the_service_is_ready_when_it_is_and_is_mended_when_that_helps(tmp_path):
    said = systemd(
        tmp_path,
        """
        systemctl --user start ringback  # returns when it is ready
        shown ActiveState; shown StatusText
        ringback send 'GET USERSTATUS'
        # The log is opened anew.
        mv "$HOME/log" "$HOME/log.1" 2>/dev/null || true
        systemctl --user reload ringback
        for _ in $(seq 100); do [ -e "$HOME/log" ] && break; sleep 0.05; done
        ls "$HOME/log" >/dev/null && echo reopened
        until_is StatusText 'serving me'
        # Killed, it comes back.
        kill -9 $(shown MainPID)
        until_is NRestarts 1
        until_is StatusText 'serving me'
        ringback send 'GET USERSTATUS'
        # Hung, it is killed and comes back.
        kill -STOP $(shown MainPID)
        until_is NRestarts 2
        until_is StatusText 'serving me'
        until_is ActiveState active
        ringback send 'GET USERSTATUS'
        systemctl --user stop ringback
        shown ActiveState; shown Result
        """,
    )
    online = "USERSTATUS ONLINE"
    assert said.split("\n") == [
        *("active", "serving me", online, "reopened", online, online, "inactive", "success", "")
    ]


@with_systemd
@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("mkdir -p $HOME/data; echo '[[rule]' >$HOME/data/access.toml", 1),
        ("mkdir -p $HOME/data/me; head -c 9000 /dev/urandom >$HOME/data/me/account.sqlite", 1),
        (
            "cd $HOME/.config/systemd/user; sed -i 's/ run / run --nonsense /' ringback.service; "
            "systemctl --user daemon-reload",
            2,
        ),
    ],
)
def test_the_service_is_not_started_again_and_again_when_that_does_not_help(tmp_path, harm, code):
    said = systemd(
        tmp_path,
        f"""
        {harm}
        systemctl --user start ringback 2>/dev/null && echo started
        until_is ActiveState failed
        shown ExecMainStatus; shown NRestarts
        """,
    )
    assert said.split() == [str(code), "0"]


def test_a_service_finds_the_bus_of_its_user_without_the_variable(tmp_path, monkeypatch):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with Bus(tmp_path) as bus, Daemon(tmp_path / "home") as daemon:
        assert daemon.said[-1] == "listening dbus session"
        with BusProgram(bus.address) as program:
            program.attach()
        sent = ringback("send", "--via", "dbus", "GET MUTE")
        assert (sent.returncode, sent.stdout) == (0, "MUTE OFF\n")
