"""People with accounts on a real server: engines as users start them, and programs attached to those."""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import subprocess
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from ringback.app.home import Home
from servers.island import Island
from servers.registration import register
from servers.stranger import Stranger
from servers.xmpp_server import XmppServer
from support.daemon import Daemon, SocketProgram, ringback
from support.waiting import eventually

_NUMBERS = itertools.count()
#: Seconds in which what is waited for must come.
PATIENCE = 30.0


class Resident:
    """An account on a server, in a home of its own. ``handle``: what neighbours call it.

    ``island``: where its engine runs. ``by_name``: the server is found by its domain.
    """

    def __init__(
        self,
        server: XmppServer,
        folder: Path,
        name: str,
        island: Island | None = None,
        by_name: bool = False,
    ) -> None:
        self.server, self.handle = server, f"{name}.{next(_NUMBERS)}"
        self.inside = () if island is None else island.inside
        self.by_name = by_name
        self.address = f"{self.handle}@{server.domain}"
        self.secret = "correct horse"
        self.home = folder / self.handle
        self.password = folder / f"{self.handle}.password"
        self.password.write_text(self.secret + "\n")
        self.password.chmod(0o600)
        self.daemon: Daemon | None = None
        self.programs: list[Program] = []
        if island is None:
            register(server, self.handle, self.secret)
        done = self.login(*(() if island is None else ("--register",)))
        assert done.returncode == 0, done.stderr

    def login(self, *more: str) -> subprocess.CompletedProcess[str]:
        where = () if self.by_name else ("--server", f"{self.server.address}:{self.server.port}")
        trust = ("--authority", str(self.server.authority.root))
        password = ("--password-file", str(self.password))
        told = (*where, *trust, *password, *more)
        return ringback("login", self.address, "--home", str(self.home), *told, inside=self.inside)

    def status(self) -> dict[str, Any]:
        """What ``ringback status`` says of the account."""
        said = json.loads(ringback("status", "--home", str(self.home), "--json").stdout)
        (account,) = said["accounts"]
        return account

    @property
    def folder(self) -> Path:
        return Home(self.home).folder(self.address)

    def start(self, *options: str) -> Program:
        self.daemon = Daemon(self.home, "--no-dbus", "--no-sound", *options, inside=self.inside)
        assert self.daemon.ready, self.daemon.end()
        return Program(self)

    def again(self, folder: Path) -> Resident:
        """The same account on one more device."""
        other = copy.copy(self)
        other.home, other.daemon, other.programs = folder / f"{self.handle}-{next(_NUMBERS)}", None, []
        assert other.login().returncode == 0
        return other

    def kill(self) -> None:
        """End the engine as a power cut would."""
        assert self.daemon is not None
        self.daemon.process.kill()
        self.daemon.process.communicate(timeout=20)

    def stop(self) -> tuple[int, str]:
        assert self.daemon is not None
        return self.daemon.end()

    def close(self) -> None:
        for program in self.programs:
            program.close()
        if self.daemon is not None and self.daemon.process.poll() is None:
            self.kill()


class Program(SocketProgram):
    """A program of somebody."""

    def __init__(self, resident: Resident, protocol: int = 8) -> None:
        self.resident, self.handle = resident, resident.handle
        self._heard = 0
        resident.programs.append(self)
        super().__init__(resident.home, resident.folder.name, protocol)

    def until(self, wanted: str) -> str:
        """The next notification that holds this, also one that came while something else was awaited."""
        while True:
            for line in self.news[self._heard :]:
                self._heard += 1
                if wanted in line:
                    return line
            self.news.append(self.read())

    def forget(self) -> None:
        """What was heard so far is of no interest any more."""
        self.news.clear()
        self._heard = 0

    def comes_to(self, question: str, answer: str) -> None:
        """Ask until the answer is such."""
        asked, wanted = f"GET {question}", f"{question} {answer}"
        eventually(lambda: self.ask(asked) == wanted, PATIENCE, lambda: self.ask(asked))

    def online(self) -> Program:
        self.comes_to("CONNSTATUS", "ONLINE")
        return self

    def say(self, to: str, text: str) -> int:
        answer = self.ask(f"MESSAGE {to} {text}").split()
        assert answer[::2] == ["CHATMESSAGE", "STATUS"], answer
        return int(answer[1])

    def bodies(self, partner: str) -> list[str]:
        """What the two said to each other, oldest first."""
        listed = self.ask(f"SEARCH CHATMESSAGES {partner}").removeprefix("CHATMESSAGES").strip()
        numbers = sorted(int(number) for number in listed.split(", ") if number)
        bodies = [self.ask(f"GET CHATMESSAGE {number} BODY").split(" ", 3) for number in numbers]
        return [body[3] if len(body) > 3 else "" for body in bodies]

    def has(self, partner: str, bodies: list[str]) -> None:
        end = time.monotonic() + PATIENCE
        while (given := self.bodies(partner)) != bodies:
            assert time.monotonic() < end, given
            time.sleep(0.05)


def befriend(one: Program, other: Program) -> None:
    """Two become contacts."""
    one.ask(f"SET USER {other.handle} BUDDYSTATUS 2 please")
    other.comes_to(f"USER {one.handle} RECEIVEDAUTHREQUEST", "please")
    other.ask(f"SET USER {one.handle} ISAUTHORIZED TRUE")
    for program, friend in ((one, other), (other, one)):
        program.comes_to(f"USER {friend.handle} BUDDYSTATUS", "3")


def client(resident: Resident, resource: str = "") -> Stranger:
    """A client of somebody that is no engine of ours."""
    return Stranger(resident.server, resident.handle, resident.secret, resource)


def play(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scene; it is over within two minutes."""

    async def limited() -> None:
        async with asyncio.timeout(120):
            await scene()

    asyncio.run(limited())
