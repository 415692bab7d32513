"""The pages are scripts: what README, tutorial and how-to show is typed here as it is printed."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ringback.network.embedded.phones import Rates
from servers.process import own_address
from support.daemon import private_bus
from support.pictures import shows

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs/tutorial").glob("*.md"), *(ROOT / "docs/how-to").glob("*.md")])
BLOCK = re.compile(r"^( *)```(\S+)(?: (\S+))?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
#: What a terminal of its own says when it can be used.
UP = re.compile(r"^ready$|^-> #2 PROTOCOL 8$|^unix:path=|Activated service 'c2s' on \[", re.MULTILINE)
#: Pages about servers of others, which nobody can type here.
ELSEWHERE = {"xmpp", "xmpp-account", "ejabberd-for-many"}
#: What is typed otherwise than printed: a server gets an address that no other test has, and root's leave.
TYPED = {"prosody-at-home": {"127.0.0.1": own_address()}}
if os.getuid() == 0:
    TYPED["prosody-at-home"]["interfaces ="] = "run_as_root = true\ninterfaces ="


def blocks(page):
    for indent, language, name, text in BLOCK.findall(page.read_text()):
        script = re.sub(f"^{indent}", "", text, flags=re.MULTILINE)
        for printed, typed in TYPED.get(page.stem, {}).items():
            script = script.replace(printed, typed)
        yield language, name, script


class Terminals:
    """Shells in which something goes on running."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment
        self.waiting, self.running = [], []

    def open(self, text):
        process = subprocess.Popen(
            # The kernel ends what goes on running when the tests are killed.
            ["setpriv", "--pdeathsig", "TERM", "--", "bash", "-ec", text],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.running.append(process)
        said = ""
        while not UP.search(said):
            ready, _, _ = select.select([process.stdout], [], [], 20)
            piece = os.read(process.stdout.fileno(), 65536).decode() if ready else ""
            assert piece, f"{text}: {said}"
            said += piece

    def close(self):
        for process in reversed(self.running):
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=20)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_works_as_printed(page, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "clone").mkdir()
    folder = tmp_path / "clone"
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with private_bus(tmp_path) as bus:
        environment = os.environ | {
            "HOME": str(home),
            "PATH": programs,
            "RINGBACK_HOME": str(tmp_path / "ringback"),
            "DBUS_SESSION_BUS_ADDRESS": bus,
        }
        terminals = Terminals(folder, environment)
        exports = "set -e\n"
        typed = 0
        try:
            for language, name, text in blocks(page):
                typed += 1
                match language, name:
                    case "sh", "":
                        done = type_in(exports + text, folder, environment)
                        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
                        assert "Traceback" not in done.stderr
                        exports += "".join(re.findall(r"^export .*\n", text, re.MULTILINE))
                    case "sh", _:
                        terminals.open(text)
                    case "trace", _:
                        traced = type_in("ringback trace", folder, environment, text)
                        assert traced.returncode == 0, traced.stderr
                        assert traced.stderr == ""
                    case "python" | "lua", _:
                        (folder / name).write_text(text)
                    case _:
                        raise AssertionError(f"nobody types {language} {name}")
            if page.stem not in ELSEWHERE:
                check(page.stem, folder)
        finally:
            terminals.close()
    assert bool(typed) != (page.stem in ELSEWHERE)


def type_in(script, folder, environment, given=""):
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )


def typing_at(home):
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return os.environ | {"PATH": programs, "RINGBACK_HOME": str(home)}


def check(page, folder):
    """What a reader would look at in the end."""
    match page:
        case "first-call":
            talk = (folder / "talk.txt").read_text()
            assert "<- CALL 2 STATUS BUSY" in talk
            assert "<- ERROR 12 Unknown call" in talk
        case "prosody-at-home":
            asked = typing_at(folder.parent / "ringback")
            ben = "ringback send --account ben@family.home.arpa"
            found = type_in(f"{ben} 'SEARCH CHATMESSAGES anna'", folder, asked).stdout.split()
            told = type_in(f"{ben} 'GET CHATMESSAGE {found[1]} BODY'", folder, asked).stdout
            assert told == f"CHATMESSAGE {found[1]} BODY Tea is ready\n"
        case "record":
            assert (folder / "ann.wav").stat().st_size > 80_000
            assert any((folder / "ann.wav").read_bytes()[44:])
        case "bot":
            programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            asked = os.environ | {"PATH": programs} | {"RINGBACK_HOME": str(folder / "two")}
            told = type_in("ringback send 'GET CALL 1 STATUS' 'GET CALL 1 DURATION'", folder, asked)
            # The shell counts seconds, too, and a busy machine lets it be late.
            assert re.fullmatch(r"CALL 1 STATUS FINISHED\nCALL 1 DURATION [3-9]\n", told.stdout), told
        case "phones":
            programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            asked = os.environ | {"PATH": programs} | {"RINGBACK_HOME": str(folder.parent / "ringback")}
            numbers = " ".join(f"'GET CALL {n} STATUS'" for n in range(1, 5))
            told = type_in(f"ringback send {numbers} 'GET PROFILE PSTN_BALANCE'", folder, asked).stdout
            statuses = [line.split()[-1] for line in told.splitlines()]
            assert statuses == ["BUSY", "REFUSED", "CANCELLED", "FINISHED", "4999"]
            assert Rates.read((folder.parent / "ringback/rates.json").read_text()).currency == "USD"
        case "network":
            assert (folder / "talk.txt").read_text() == "OK\nOK\n#1 CURRENTUSERHANDLE me\n"
        case "profile":
            assert shows(folder / "anna.jpg")[:2] == ("JPEG", (64, 64))
        case "old-program":
            assert (folder / "other/anna").is_dir()
        case "old-bot":
            home = folder.parent / "ringback"
            told = type_in("ringback send 'SEARCH CHATMESSAGES oldbot'", folder, typing_at(home))
            assert told.stdout.count(",") == 1, told
            last = told.stdout.removeprefix("CHATMESSAGES ").split(",")[0].strip()
            said = type_in(f"ringback send 'GET CHATMESSAGE {last} BODY'", folder, typing_at(home))
            assert said.stdout.endswith(" BODY HELLO to you, too\n"), said
        case "headless-server":
            home = folder.parent / "ringback"
            assert "log" in (home / "ringback.toml").read_text()
            assert (home / "ringback.log.1").exists()
            assert "Type=notify" in (folder.parent / "home/.config/systemd/user/ringback.service").read_text()
            assert (folder / "another/me/account.sqlite").exists()
            assert "'old bot' (user 65534)" in type_in("ringback access", folder, typing_at(home)).stdout
        case "sound":
            assert (folder / "ring.wav").stat().st_size > 60_000
        case _:
            raise AssertionError(f"{page}: what should a reader see in the end?")


def test_every_target_that_the_pages_name_is_there():
    pages = [ROOT / "README.md", ROOT / "DEVELOPING.md", *PAGES]
    named = {
        name
        for page in pages
        for name in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)
    }
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    words = {
        name
        for name in named
        if name in ("run", "test", "check", "generate", "ledger", "bench", "fix", "setup")
    }
    assert {"run", "test", "setup", "check"} <= words
    assert named - {"and", "a", "is"} <= targets
    for name in sorted(targets):
        subprocess.run(["make", "-n", name], cwd=ROOT, check=True, capture_output=True)


def test_the_readme_shows_only_what_is_tested():
    shown = [text.strip() for _, _, text in blocks(ROOT / "README.md")]
    assert shown == ["make run", "make test"]


# tools of the house ---------------------------------------------------------------------------------------


def tool(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT)


def test_links_that_lead_nowhere_are_found(tmp_path):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import check_links
    finally:
        sys.path.pop(0)
    (tmp_path / "b.md").write_text("# One `two`\n\n## One two\n")
    page = tmp_path / "a.md"
    page.write_text(
        "# Top\n[ok](b.md) [ok](b.md#one-two-1) [ok](#top) [out](https://example.org/x) `[code](none.md)`\n"
        "```\n[code](none.md)\n```\n[bad](none.md) [bad](b.md#three) [bad](#bottom) ![bad](pic.png) [r][r]\n"
        "\n[r]: gone.md\n"
        "[away](../../x.md)\n"
    )
    found = check_links.broken(page, tmp_path)
    assert [fault.partition(":")[0] for fault in found] == [
        "none.md",
        "b.md#three",
        "#bottom",
        "pic.png",
        "../../x.md",
        "gone.md",
    ]
    assert tool("tools/check_links.py").stdout == ""


def test_news_become_a_changelog_and_a_release(tmp_path):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import changelog
    finally:
        sys.path.pop(0)
    (tmp_path / "10.fixed.md").write_text("- ten\n")
    (tmp_path / "9.fixed.md").write_text("- nine")
    (tmp_path / "9.added.md").write_text("- new")
    old = "# Changelog\n\n## Unreleased\n\n- stale\n\n## 0.1.0, 2020-01-01\n\n- first\n"
    news = "\n### Added\n\n- new\n\n### Fixed\n\n- nine\n- ten\n"
    first = "\n## 0.1.0, 2020-01-01\n\n- first\n"
    made = changelog.unreleased(old, tmp_path)
    assert made == f"# Changelog\n\n## Unreleased\n{news}{first}"
    assert changelog.unreleased(made, tmp_path) == made
    released = changelog.release("0.2.0", "2020-02-02", made, tmp_path)
    assert released == f"# Changelog\n\n## 0.2.0, 2020-02-02\n{news}{first}"
    assert list(tmp_path.iterdir()) == []
    assert changelog.unreleased(released, tmp_path) == released
    (tmp_path / "9.news.md").write_text("- ?")
    with pytest.raises(SystemExit, match=r"9\.news\.md"):
        changelog.unreleased(released, tmp_path)


def test_a_machine_without_what_is_needed_is_told_what_to_install(tmp_path):
    """No root, and nothing but a shell in the path."""
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    shell = shutil.which("sh")
    wanted = {"run": "python3 python3-venv", "test": "dbus-daemon gcc", "all": "dino-im xvfb xdotool"}
    for what, packages in wanted.items():
        told = subprocess.run(
            [shell, "tools/system_packages.sh", what],
            cwd=ROOT,
            env={"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert told.returncode == 1
        assert f"    sudo apt-get install {packages}" in told.stderr
