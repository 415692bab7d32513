"""An engine under attack: one account at a server that lies, and a bystander in the same process."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ringback.app.home import Home
from servers.authority import Authority
from servers.impostor import Impostor
from support.daemon import Daemon, SocketProgram, ringback
from support.hostile import resident
from support.xmpp import PATIENCE, Program

DOMAIN = "lies.test"
SECRET = "correct horse"
_NUMBERS = itertools.count()


class Siege:
    """``expected``: sessions that a test has begun.

    ``alice``: a program of the account that is attacked. ``other``: one of the account that is not."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.impostor = Impostor(folder, DOMAIN, authority, SECRET)
        self.home, self.handle = folder / "home", "alice"
        self.folder_name = f"alice@{DOMAIN}"
        self._password = folder / "password"
        self._password.write_text(SECRET + "\n")
        self._password.chmod(0o600)
        self.programs: list[Program] = []
        self._stack = contextlib.ExitStack()

    @property
    def folder(self) -> Path:
        return Home(self.home).folder(self.folder_name)

    def __enter__(self) -> Siege:
        self._stack.enter_context(self.impostor)
        where = ("--server", f"{self.impostor.address}:{self.impostor.port}")
        trust = ("--authority", str(self.impostor.authority.root))
        password = ("--password-file", str(self._password))
        done = ringback("login", self.folder_name, "--home", str(self.home), *where, *trust, *password)
        assert done.returncode == 0, done.stderr
        accounts = ("--account", self.folder_name, "--account", "me")
        self.daemon = Daemon(self.home, "--no-dbus", "--no-sound", *accounts)
        assert self.daemon.ready, self.daemon.end()
        self._stack.callback(self.daemon.__exit__)
        self._log = _Drain(self.daemon)
        self.alice = Program(self)  # type: ignore[arg-type]  # it needs of a resident what this has, too
        self.alice.online()
        self.impostor.wait_for_session()
        self.other = SocketProgram(self.home)
        return self

    def __exit__(self, *_: object) -> None:
        for program in (*self.programs, self.other):
            program.close()
        self._stack.close()

    def again(self, *, drop: bool = True) -> None:
        """One more session."""
        before = self.impostor.connections
        if drop:
            self.impostor.drop()
        self.comes(lambda: self.impostor.connections > before or self.hurries())
        self.alice.online()
        self.impostor.settle()

    def hurries(self) -> bool:
        """Who chooses to be online in a pause between attempts is not kept waiting; always False."""
        if self.alice.ask("GET CONNSTATUS").endswith("PAUSING"):
            self.alice.ask("SET USERSTATUS OFFLINE")
            self.alice.ask("SET USERSTATUS ONLINE")
        return False

    def reaches(self, text: str) -> str:
        """What a stranger writes arrives; gives what alice sees of it."""
        sender = f"honest{next(_NUMBERS)}@good.test"
        ident = f"honest-{next(_NUMBERS)}"
        self.impostor.say(
            f"<message from='{sender}/x' type='chat' id='{ident}'><body>{text}</body></message>"
        )
        self.comes(lambda: bool(self.alice.bodies(sender)))
        return self.alice.bodies(sender)[0]

    def comes(self, so: Callable[[], bool]) -> None:
        """Wait until it is so."""
        end = time.monotonic() + PATIENCE
        while not so():
            assert time.monotonic() < end, self.log[-2000:]
            time.sleep(0.02)

    def logs(self, text: str, after: int = 0) -> None:
        """Wait until this is logged, behind what was."""
        self.comes(lambda: text in self.log[after:])

    def rows(self, kind: str) -> int:
        """How many of a kind the account has stored."""
        with contextlib.closing(sqlite3.connect(self.folder / "account.sqlite")) as database:
            return int(database.execute(f"SELECT count(*) FROM {kind}").fetchone()[0])

    @property
    def memory(self) -> int:
        """Kilobytes that the process holds."""
        return resident(self.daemon.process.pid)

    @property
    def log(self) -> str:
        return self._log.text

    def bystander(self) -> Bystander:
        return Bystander(self.home)

    def watched(self) -> Watch:
        return Watch(self)


class Bystander:
    """Asks PING of another account again and again, inside ``with``; ``waits``: seconds for each answer."""

    def __init__(self, home: Path) -> None:
        self._program = SocketProgram(home)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self.waits: list[float] = []

    def _ask(self) -> None:
        while True:
            begun = time.monotonic()
            self._program.ask("PING")
            self.waits.append(time.monotonic() - begun)
            if self._over.wait(0.01):
                return

    def __enter__(self) -> Bystander:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)
        self._program.close()

    @property
    def longest(self) -> float:
        return max(self.waits)

    @property
    def usual(self) -> float:
        return sorted(self.waits)[len(self.waits) // 2]


class Watch:
    """Looks at the bystander and at memory, inside ``with``."""

    #: Kilobytes by which an attack may let the process grow, and seconds that a bystander may wait: some
    #: portions of work, on a machine that has much more to do.
    MEMORY = 50_000
    WAIT = 5.0

    def __init__(self, siege: Siege) -> None:
        self._siege = siege
        self._bystander = siege.bystander()

    def __enter__(self) -> Watch:
        self._before = self._siege.memory
        self._bystander.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._bystander.__exit__()
        self.grown = self._siege.memory - self._before

    def check(self) -> None:
        """Raises if anybody was harmed."""
        assert self._bystander.longest < self.WAIT, f"a bystander waited {self._bystander.longest:.2f} s"
        assert self.grown < self.MEMORY, f"memory grew by {self.grown} kB"


class _Drain:
    """Reads what the engine logs, so that it never waits for us."""

    def __init__(self, daemon: Daemon) -> None:
        self.text = ""
        self._daemon = daemon
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._daemon.process.stderr is not None
        with contextlib.suppress(ValueError):
            for line in self._daemon.process.stderr:
                self.text += line
