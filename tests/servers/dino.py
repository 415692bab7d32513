"""Dino, the desktop program of Debian, as somebody else on the network who never heard of Ringback.

It has a machine of its own with a screen that nobody sees, a session bus, a loudspeaker that is recorded and
a microphone that is spoken into. The authority of the tests takes the place of the system's, and the hosts
file is ours, in a mount namespace that is Dino's alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Self

from dbus_fast import Variant

from servers.xmpp_server import XmppServer
from support.daemon import private_bus
from support.machines import MORTAL, Machine
from support.session_bus import Desktop, Notification, Widget
from support.sound_server import SoundServer
from support.waiting import eventually

APPLICATION = "im.dino.Dino"
PATH = "/im/dino/Dino"
#: Seconds in which it must do what it is told; it draws without a graphics card.
PATIENCE = 30.0
#: The authorities of the system, where GnuTLS of Debian looks for them.
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
#: What it makes of a message of its own, in its database.
MARKS = ["NONE", "RECEIVED", "READ", "ACKNOWLEDGED", "UNSENT", "WONTSEND", "SENDING", "SENT", "ERROR"]
#: What it says of a call, in its database.
CALLS = ["RINGING", "ESTABLISHING", "IN_PROGRESS", "OTHER_DEVICE", "ENDED", "DECLINED", "MISSED", "FAILED"]


class Dino:
    """Dino with the account ``name``; it is online inside ``with``."""

    def __init__(self, folder: Path, machine: Machine, server: XmppServer, name: str, password: str) -> None:
        for needed in ("dino-im", "Xvfb", "xdotool", AUTHORITIES):
            there = shutil.which(needed) or Path(needed).exists()
            assert there, f"there is no {needed}: sh tools/system_packages.sh all"
        folder.mkdir()
        self.folder, self.machine, self.server = folder, machine, server
        self.address, self.password = f"{name}@{server.domain}", password
        self.database = folder / "data" / "dino" / "dino.db"
        self._log = folder / "log"
        self._ends = contextlib.ExitStack()
        self.process: subprocess.Popen[bytes] | None = None

    # Beginning and end --------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        with self._ends as opened, self.machine.inside():
            bus = opened.enter_context(private_bus(self.folder))
            self.desktop = opened.enter_context(Desktop(bus))
            self.sound = opened.enter_context(SoundServer(self.folder / "sound", "loudspeaker", "mouth"))
            # A program does not take the monitor of a loudspeaker for a microphone.
            source = ["module-remap-source", "master=mouth.monitor", "source_name=microphone"]
            for words in (["load-module", *source], ["set-default-source", "microphone"]):
                assert self.sound.ask(*words).returncode == 0
            opened.callback(self._end)
            self._environment = self._surroundings(bus, self._screen(opened))
            self._first_start()
            self._start()
            self._ends = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def _screen(self, opened: contextlib.ExitStack) -> str:
        """A screen that nobody sees; its name."""
        reader, writer = os.pipe()
        with os.fdopen(reader) as told, (self.folder / "screen").open("wb") as log:
            screen = subprocess.Popen(
                [
                    *MORTAL,
                    "Xvfb",
                    "-displayfd",
                    str(writer),
                    "-nolisten",
                    "tcp",
                    "-screen",
                    "0",
                    "1000x700x24",
                ],
                pass_fds=[writer],
                stdout=log,
                stderr=log,
            )
            os.close(writer)
            opened.callback(screen.wait, 10)
            opened.callback(screen.kill)
            number = told.readline().strip()
        assert number, "there is no screen"
        return f":{number}"

    def _surroundings(self, bus: str, screen: str) -> dict[str, str]:
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700)
        sound = {name: value for name, value in self.sound.environment.items() if name.startswith("PULSE")}
        return sound | {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "DBUS_SESSION_BUS_ADDRESS": bus,
            # Where widgets tell of themselves; there is no other bus for that.
            "AT_SPI_BUS_ADDRESS": bus,
            "DISPLAY": screen,
            "GDK_BACKEND": "x11",
            "GSK_RENDERER": "cairo",
            "GSETTINGS_BACKEND": "memory",
        }

    def _launch(self) -> None:
        ours = {
            "/etc/hosts": f"127.0.0.1 localhost\n{self.server.address} {self.server.domain}\n",
            "/etc/resolv.conf": "",
            AUTHORITIES: self.server.authority.root.read_text(),
        }
        script = ""
        for path, text in ours.items():
            mine = self.folder / Path(path).name
            mine.write_text(text)
            script += f"mount --bind '{mine}' {path}\n"
        script += "exec dino-im --print-xmpp=all"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self.machine.command("unshare", "--mount", *MORTAL, "sh", "-ec", script),
                env=self._environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def _first_start(self) -> None:
        """It makes its database, into which its account is written."""
        self._launch()
        self.until(lambda: self.rows("SELECT 1 FROM _meta WHERE name = 'version'"))
        self._end()
        with contextlib.closing(sqlite3.connect(self.database)) as db, db:
            db.execute(
                "INSERT INTO account (bare_jid, resourcepart, password, alias, enabled)"
                " VALUES (?, 'dino', ?, '', 1)",
                [self.address, self.password],
            )

    def _start(self) -> None:
        self._launch()
        self.until(lambda: self.stanzas("OUT", "<presence"))

    # What it does -------------------------------------------------------------------------------------------

    def until(self, true: Callable[[], object]) -> None:
        """Wait until it has come to something; it must not end."""

        def so() -> object:
            assert self.process is not None
            assert self.process.poll() is None, f"Dino ended:\n{self._talked()[-4000:]}"
            return true()

        eventually(so, PATIENCE)

    def act(self, action: str, *numbers: int) -> None:
        """One of the actions that its menus and notifications have."""
        arguments = [action, [Variant("i", number) for number in numbers], {}]
        self.desktop.ask(APPLICATION, PATH, "org.gtk.Actions", "Activate", "sava{sv}", arguments)

    def open(self, address: str) -> None:
        """Show the conversation with somebody of whom it has heard."""
        self.act("open-conversation", self._conversation(address))

    def befriend(self, address: str) -> None:
        """Say yes to the person who asks to be a contact."""
        self.until(lambda: [one for one in self.stanzas("IN", "type='subscribe'") if address in one])
        self.act("accept-subscription", self._conversation(address))

    def request(self, address: str) -> None:
        """Ask somebody to be a contact."""
        self.act("add_chat")
        dialog = self.find("Start Conversation", "window.close")
        next(one for one in dialog.walk() if one.role == "button").do()
        form = self.find("Add Contact", "window.close")
        next(one for one in form.walk() if one.role == "text box").write(address)
        next(one for one in form.walk() if one.role == "button" and one.name == "Add").do()
        dialog.do("window.close")

    def say(self, address: str, text: str) -> None:
        """Type a line in the conversation with somebody."""
        self.open(address)
        for words in (["type", "--delay", "20", text], ["key", "Return"]):
            subprocess.run(["xdotool", *words], env=self._environment, check=True, timeout=PATIENCE)

    def call(self, address: str, what: str = "audio") -> None:
        """Call somebody; ``what``: audio or video."""
        self.open(address)
        self.find("Start call", f"call.{what}").do(f"call.{what}")

    def asked(self) -> Notification:
        """The call that comes, when it says so."""
        return self.desktop.shown(lambda one: {"accept", "reject"} <= set(one.actions), PATIENCE)

    def hang_up(self) -> None:
        """The last button of the bar in the window of a call; it has no name, only a picture."""
        windows = [one for one in self.desktop.widgets() if one.name == "DinoUiCallWindow"]
        [one for one in windows[-1].walk() if (one.role, one.name) == ("button", "GtkButton")][-1].do()

    def idle(self, address: str) -> None:
        """Wait until it could call somebody: there is no call any more."""
        self.open(address)
        self.find("Start call", "call.audio")

    def find(self, name: str, action: str) -> Widget:
        """The widget of that name, or that tells so about itself, with which that can be done."""
        found: list[Widget] = []

        def there() -> bool:
            named = [one for one in self.desktop.widgets() if name in {one.name, one.about}]
            found[:] = [one for one in named if one.role != "label" and action in one.actions()]
            return bool(found)

        self.until(there)
        return found[-1]

    # What it knows ------------------------------------------------------------------------------------------

    def _talked(self) -> str:
        return self._log.read_text(errors="replace")

    def stanzas(self, way: str, word: str) -> list[str]:
        """What it said to its server (OUT) or heard of it (IN) with that in it, as it prints it, namespaces
        left out of names."""
        said = rf"^XMPP {way} \[[^\n]*\]\n(<.*?)(?=\n\n|\Z)"
        found = re.findall(said, self._talked(), re.MULTILINE | re.DOTALL)
        plain = (re.sub(r"\{[^}]*\}:?", "", one) for one in found)
        return [one for one in plain if word in one]

    def answers(self, request: str) -> list[str]:
        """What it answered to a request that it heard."""
        ident = re.search(r" id='([^']*)'", request)
        assert ident is not None
        return [one for one in self.stanzas("OUT", "<iq ") if ident[0] in one]

    def rows(self, query: str, *values: object) -> list[tuple]:
        """What is in its database."""
        if not self.database.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as db:
            try:
                return db.execute(query, values).fetchall()
            except sqlite3.OperationalError:
                return []

    def _conversation(self, address: str) -> int:
        query = "SELECT c.id FROM conversation c JOIN jid j ON j.id = c.jid_id WHERE j.bare_jid = ?"
        self.until(lambda: self.rows(query, address))
        return int(self.rows(query, address)[0][0])

    def speaks(self) -> bool:
        """Does it send the sound of its microphone in the call that there is?

        COMPAT(Dino): in one call of six on a busy machine it does not, in the whole call. It begins to read
        the sound server's stream before that is open, and gives up.
        """
        before = self._sent()
        try:
            # A second of sound is fifty packets; without it there are three.
            eventually(lambda: self._sent() >= before + 100, 5)
        except AssertionError:
            return False
        return True

    def _sent(self) -> int:
        """Packets that have left its machine."""
        assert self.process is not None
        (counts,) = re.findall(r"cable:(.*)", Path(f"/proc/{self.process.pid}/net/dev").read_text())
        return int(counts.split()[9])

    def mark(self, text: str) -> str:
        """What it makes of its own message with that text; empty if there is none."""
        rows = self.rows("SELECT marked FROM message WHERE body = ? AND direction = 1 ORDER BY id DESC", text)
        return MARKS[rows[0][0]] if rows else ""

    def texts(self, address: str) -> list[str]:
        """What somebody wrote, oldest first."""
        query = (
            "SELECT m.body FROM message m JOIN jid j ON j.id = m.counterpart_id"
            " WHERE j.bare_jid = ? AND m.direction = 0 ORDER BY m.id"
        )
        return [text for (text,) in self.rows(query, address)]

    def calls(self, address: str) -> list[str]:
        """What it says of the calls with somebody, oldest first."""
        query = (
            "SELECT c.state FROM call c JOIN jid j ON j.id = c.counterpart_id"
            " WHERE j.bare_jid = ? ORDER BY c.id"
        )
        return [CALLS[state] for (state,) in self.rows(query, address)]
