"""Several nodes of ejabberd that are one server, each on an island of its own."""

from __future__ import annotations

import contextlib
import subprocess
import time
from pathlib import Path
from typing import Any

from servers.authority import Authority
from servers.ejabberd import Ejabberd
from servers.island import Island
from servers.process import PATIENCE, Server

COOKIE = "of.the.tests"


class PortMapper(Server):
    """Tells the nodes of an island's machine from each other (epmd); Erlang would leave it running."""

    def __init__(self, island: Island) -> None:
        super().__init__(island.folder, "epmd", 4369)
        self.live_on(island)
        self.ports = [4369]

    def command(self) -> list[str]:
        return ["epmd", "-address", self.address]


class Node(Ejabberd):
    """A node of a cluster; ``first`` is one that is there already.

    Everything is kept in Mnesia, which the nodes copy to each other; in life it is a database server.
    (Two nodes cannot share a file of SQLite: when it is locked ejabberd's connection to it crashes.)
    """

    def __init__(
        self, folder: Path, domain: str, authority: Authority, island: Island, first: Node | None, **more: Any
    ) -> None:
        super().__init__(folder, domain, authority, **more)
        self.live_on(island)
        self.first = first
        self.mapper = PortMapper(island)
        self._joined = False

    @property
    def node(self) -> str:
        return f"ejabberd@{self.address}"

    def storage(self) -> str:
        return "auth_method: internal\ndefault_db: mnesia"

    def erlang(self) -> list[str]:
        return ["erl", "-noinput", "-start_epmd", "false", "-setcookie", COOKIE]

    def command(self) -> list[str]:
        _, _, *rest = super().command()
        return [*self.erlang(), "-name", self.node, *rest]

    def start(self) -> None:
        if self.mapper.process is None:
            self.mapper.start()
        super().start()
        if self.first is not None and not self._joined:
            # When it is started again it finds its way back by itself.
            self.control("join_cluster", self.first.node)
            self._joined = True
        end = time.monotonic() + PATIENCE
        while not (self.listens() and self._is_whole()):
            assert time.monotonic() < end, self.output()
            time.sleep(0.1)

    def _is_whole(self) -> bool:
        # Amid a join a node may not answer.
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.first is None or self.node in self.first.nodes()
        return False

    def control(self, *command: str, patience: float = 120.0) -> str:
        """What ejabberdctl does."""
        name = f"control@{self.address}"
        told = ["-hidden", "-name", name, "-s", "ejabberd_ctl", "-extra", self.node, *command]
        done = subprocess.run(
            [*self.inside, *self.erlang(), *told],
            env=self.environment() | {"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=patience,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr, self.output())
        return done.stdout

    def nodes(self) -> list[str]:
        """Those that are up, as this one sees it."""
        return self.control("list_cluster", patience=15.0).replace("'", "").split()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.mapper.kill()
