"""A whole engine on a fake clock: everything real but time, threads and sockets."""

from __future__ import annotations

from ringback.app.bootstrap import prompts
from ringback.app.runtime import AccountRuntime
from ringback.domain.ids import counting
from ringback.media.cards import SoundCards
from ringback.media.desk import AccountDesk
from ringback.media.dtmf import ToneEar
from ringback.media.legs import Legs
from ringback.media.pipes import ProcessPipes
from ringback.media.worker import InlineWorker
from ringback.network.embedded.file import EmbeddedFile
from ringback.network.embedded.network import EmbeddedNetwork
from ringback.network.embedded.phones import PhoneNetwork, Rates
from ringback.network.embedded.world import EmbeddedWorld
from ringback.ports.media import BLOCK_SECONDS
from ringback.protocol.dispatch import anywhere
from ringback.store.memory import MemoryStore
from ringback.transport.memory import MemoryLink
from support.clock import FakeClock
from support.desktop import FakeDesktop
from support.soundcard import CAMERAS, FakeMachine

PROMPTS = prompts()


class RefusingDialer:
    """No program listens anywhere."""

    def dial(self, port, dialled) -> None:
        dialled(None, f"nobody listens on {port}")


class World:
    """Accounts on one embedded network, each at a machine of its own with sound cards.

    ``wait`` lets time pass in blocks of ten milliseconds.

    All have heard of each other, so that they are told nothing about that later. ``file`` and ``stores`` of
    another world make this one what that one is after a new start.
    """

    def __init__(
        self,
        *handles: str,
        stores=None,
        dialer=None,
        reach=anywhere,
        file=None,
        clock=None,
        token=None,
        met=True,
    ) -> None:
        self.clock = clock or FakeClock()
        self.pipes = ProcessPipes()
        self.file = file or EmbeddedFile()
        self.phones = PhoneNetwork(Rates.read(), ToneEar)
        self.world = EmbeddedWorld(self.pipes, PROMPTS, self._wake, self.file, self.phones)
        self.machines: dict[str, FakeMachine] = {}
        self.cards: dict[str, SoundCards] = {}
        self.desks: dict[str, AccountDesk] = {}
        self.desktops: dict[str, FakeDesktop] = {}
        self.legs: dict[str, Legs] = {}
        self.runtimes: dict[str, AccountRuntime] = {}
        self.stores = stores or {}
        self._dialer = dialer or RefusingDialer()
        self._token = token or counting()
        self._reach = reach
        for handle in handles or ("me",):
            self.start(handle)
        for handle, runtime in self.runtimes.items() if met else ():
            for other in self.runtimes:
                self.world.ask_profile(handle, other)
            runtime.drain()

    def _wake(self) -> None:
        """There is no next turn of a loop: it is now."""
        self.world.settle()

    def again(self) -> World:
        """Everything was killed at once and runs again."""
        return World(*self.runtimes, stores=self.stores, file=self.file, clock=self.clock, token=self._token)

    def start(self, handle: str) -> None:
        """An account begins to run, with what its store has."""
        machine = self.machines[handle] = FakeMachine()
        cards = self.cards[handle] = SoundCards(machine, InlineWorker())
        desk = self.desks[handle] = AccountDesk(cards, InlineWorker(), seen=lambda: CAMERAS)
        legs = self.legs[handle] = Legs(self.pipes, self._dialer, desk)
        store = self.stores.setdefault(handle, MemoryStore())
        network = EmbeddedNetwork(self.world, self.clock)
        runtime = AccountRuntime(
            handle,
            store,
            network,
            legs,
            self.clock,
            lambda _p, _n: True,
            reach=self._reach,
            token=self._token,
            desk=desk,
            desktop=self.desktops.setdefault(handle, FakeDesktop()),
        )
        self.runtimes[handle] = runtime
        runtime.start()

    def restart(self, handle: str) -> Program:
        """The account's process was killed and runs again; gives a program that is attached to it."""
        self.world.leave(handle, self.clock.now())
        self.start(handle)
        return self.attach(handle)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / BLOCK_SECONDS)):
            self.clock.seconds += BLOCK_SECONDS
            for runtime in self.runtimes.values():
                due = runtime.next_deadline()
                if due is not None and due <= self.clock.seconds + 1e-6:
                    runtime.time_passed()
            for machine in self.machines.values():
                machine.tick()
            for cards in self.cards.values():
                cards.tick()
            if self.world.busy():
                self.world.tick()
            for ticker in (*self.legs.values(), *self.desks.values()):
                ticker.tick()

    def attach(self, handle: str = "me", protocol: int | None = 8, name: str = "test") -> Program:
        program = Program(self, self.runtimes[handle])
        assert program.ask(f"NAME {name}") == "OK"
        if protocol is not None:
            assert program.ask(f"PROTOCOL {protocol}") == f"PROTOCOL {min(protocol, 8)}"
            self.wait(0.2)
            program.news()
        return program


def befriend(one: Program, other: Program) -> None:
    """Two accounts become contacts."""
    ours, theirs = one.handle, other.handle
    assert one.ask(f"SET USER {theirs} BUDDYSTATUS 2 please") == f"USER {theirs} BUDDYSTATUS 2"
    assert other.ask(f"SET USER {ours} ISAUTHORIZED TRUE") == f"USER {ours} ISAUTHORIZED TRUE"
    for program, person in ((one, theirs), (other, ours)):
        assert program.ask(f"GET USER {person} BUDDYSTATUS") == f"USER {person} BUDDYSTATUS 3"
        program.news()


class Program:
    """One attached program: ``ask`` returns the answer, ``news`` the notifications since the last time."""

    def __init__(self, world: World, runtime: AccountRuntime) -> None:
        self.world = world
        self.handle = runtime.engine.account.handle
        self.link = MemoryLink(runtime)
        self._seen = 0
        self._asked = 0

    def ask(self, command: str) -> str:
        self._asked += 1
        key = f"#t{self._asked}"
        self.link.send(f"{key} {command}")
        answers = [line for line in self.link.lines if line.startswith(key + " ")]
        assert len(answers) == 1, (command, answers)
        self.link.lines.remove(answers[0])
        return answers[0][len(key) + 1 :]

    def news(self) -> list[str]:
        heard = self.link.lines[self._seen :]
        self._seen = len(self.link.lines)
        return heard
