"""A real XMPP server as a stage for the contract of the network port, through the adapter."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from ringback.app.clock import SystemClock
from ringback.domain.nature import Part
from ringback.network.xmpp.client import Credentials
from ringback.network.xmpp.memory import Memory
from ringback.network.xmpp.network import PARTS, XmppNetwork
from servers.registration import register
from servers.xmpp_server import XmppServer
from support.members import Stage

_T = TypeVar("_T")
_NUMBERS = itertools.count()
#: Longest wait for anything, seconds; what never comes costs as much.
PATIENCE = 20.0


class _InLoop:
    """A link whose requests are made inside the loop, as the engine makes them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, network: XmppNetwork) -> None:
        self._loop, self._network = loop, network

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._network, name)
        if not callable(found) or name == "nature":
            return found

        def call(*arguments: Any) -> Any:
            if asyncio._get_running_loop() is not None:
                return found(*arguments)

            async def inside() -> Any:
                return found(*arguments)

            return self._loop.run_until_complete(inside())

        return call


class XmppStage(Stage):
    """Accounts on ``server``; every test makes its own. The server's time is the time."""

    #: Without wires no calls.
    parts = PARTS - {Part.CALLS}

    def __init__(self, server: XmppServer, of_server: frozenset[Part] = frozenset()) -> None:
        super().__init__()
        self.parts = self.parts | of_server
        self.server, self.clock = server, SystemClock()
        self.patience = PATIENCE
        self._loop = asyncio.new_event_loop()
        self._happened = asyncio.Event()
        self._networks: list[XmppNetwork] = []

    def account(self, name: str) -> tuple[str, Any]:
        # Those of other tests on the same server are called otherwise.
        local = f"{name}.of.{next(_NUMBERS)}"
        register(self.server, local, "secret")
        return local, self.device(local)

    def device(self, account: str) -> Any:
        credentials = Credentials(
            f"{account}@{self.server.domain}",
            "secret",
            server=(self.server.address, self.server.port),
            authority=self.server.authority.root,
        )
        network = XmppNetwork(credentials.address, lambda: credentials, Memory(), self.clock, self.happened)
        assert network.handle == account
        self._networks.append(network)
        return _InLoop(self._loop, network)

    def happened(self) -> None:
        self._happened.set()

    def until(self, so: Callable[[], _T | None], what: Callable[[], str] = lambda: "never") -> _T:
        return self._loop.run_until_complete(self._until(so, what))

    async def _until(self, so: Callable[[], _T | None], what: Callable[[], str]) -> _T:
        end = self.clock.now().monotonic + self.patience
        while True:
            self._happened.clear()
            for member in self.members:
                member.go_on()
            now = self.clock.now()
            dues = [end]
            for network in self._networks:
                due = network.next_deadline()
                if due is not None and due <= now.monotonic:
                    network.advance(now)
                    due = network.next_deadline()
                dues += [] if due is None else [due]
            if found := so():
                return found
            assert now.monotonic < end, what()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._happened.wait(), max(0.0, min(dues) - now.monotonic))

    def close(self) -> None:
        super().close()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        """Let connections be closed by both sides; what else was going on is given up."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        end = self._loop.time() + PATIENCE
        # The loop itself has one socket, with which it wakes itself.
        while len(self._loop._selector.get_map()) > 1 and self._loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.005)
