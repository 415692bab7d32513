"""Puts the parts together: one loop, one embedded world, accounts with their stores and ways in."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dbus_fast import DBusError, ErrorType

from ringback.app import networks
from ringback.app.clock import SystemClock
from ringback.app.consent import Consent
from ringback.app.control import ControlServer
from ringback.app.home import CannotStartError, Home
from ringback.app.ports import Ports, admit, opened, servers
from ringback.app.questions import Questions
from ringback.app.runtime import AccountRuntime
from ringback.app.tokens import Tokens
from ringback.app.traffic import watched
from ringback.domain.contacts import FIRST_CONTACT
from ringback.domain.handles import canonical
from ringback.domain.settings import Told
from ringback.media.cards import SoundCards
from ringback.media.desk import AccountDesk
from ringback.media.devices import MachineDriver
from ringback.media.dtmf import ToneEar
from ringback.media.legs import Legs
from ringback.media.pc_speaker import PcSpeaker
from ringback.media.pipes import ProcessPipes
from ringback.media.tcp_pcm import TcpDialer
from ringback.media.wav import samples
from ringback.media.worker import ThreadWorker
from ringback.network.embedded.file import EmbeddedFile
from ringback.network.embedded.network import EmbeddedNetwork
from ringback.network.embedded.phones import KEY_PROMPTS, PhoneNetwork, Rates
from ringback.network.embedded.world import EmbeddedWorld
from ringback.network.services import WithServices
from ringback.ports.media import BLOCK_SECONDS, Rim, Ticker
from ringback.ports.network import Network
from ringback.ports.store import StoreError
from ringback.session.sessions import PUSH_DELAY
from ringback.store.sqlite import SqliteStore
from ringback.transport.dbus import BUS_ERRORS, DBusServer
from ringback.transport.ports import PortServer
from ringback.transport.unix import UnixServer

if TYPE_CHECKING:
    from ringback.media.webrtc import WebRtcWires

_LOG: Final = logging.getLogger(__name__)
#: Who exists on every network.
SERVICES: Final = frozenset({FIRST_CONTACT})
#: Blocks made up for at once after the loop was late; more are skipped, so that sound never runs behind.
CATCH_UP: Final = 50
#: Spoken assets of the robots and phones.
PROMPTS: Final = (
    *("greeting", "beep", "goodbye", "sample", "announcement", "keypad", "goodbye_keypad"),
    *KEY_PROMPTS.values(),
)


@dataclass(frozen=True, slots=True)
class Options:
    """What ``ringback run`` was asked for. ``buses``: (account or "", address); None = no D-Bus.

    ``speed``: of the clock; above 1 in tests only, and then the loop is a ``FastLoop`` of the same speed.
    """

    home: Path
    accounts: tuple[str, ...] = ("me",)
    #: Of new accounts.
    network: str = "embedded"
    unix: bool = True
    buses: tuple[tuple[str, str], ...] | None = ()
    #: ``power``: what was answered survives a power cut, too.
    durable: str = "process"
    ports: Ports = field(default_factory=Ports)
    speed: float = 1.0
    told: Told = field(default_factory=Told)
    #: Seconds after which a program that has said PROTOCOL is told how things stand.
    push_delay: float = PUSH_DELAY
    #: Use the machine's sound cards. Only on the wall clock: no card plays faster than it is.
    sound: bool = True


class ExplicitWayError(CannotStartError):
    """A way in that was asked for by name cannot be opened."""


@cache
def prompts() -> dict[str, bytes]:
    """The spoken assets as samples, the same for all accounts."""
    folder = resources.files("ringback.media").joinpath("prompts")
    return {name: samples(folder.joinpath(f"{name}.wav").read_bytes()) for name in PROMPTS}


def _remedy(error: Exception) -> str:
    """What to do about a bus that does not let us in."""
    denied = isinstance(error, DBusError) and error.type == ErrorType.ACCESS_DENIED.value
    return "; it needs a policy file, see 'ringback print dbus-policy'" if denied else ""


def rates(home: Path) -> Rates:
    """What calls to phones cost: ``rates.json`` in the home, or what comes with Ringback.

    Raises CannotStartError.
    """
    own = home / "rates.json"
    if not own.exists():
        return Rates.read()
    try:
        return Rates.read(own.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CannotStartError(f"{own} is no table of rates: {error}") from None


class MediaClock:
    """Ticks everything that sounds, every block, as long as anything does. ``rims``: see ``Rim``."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tickers: list[Ticker]) -> None:
        self._loop = loop
        self._tickers = tickers
        self._next: float | None = None
        self.rims: list[Rim] = []

    def start(self) -> None:
        """Something may sound now."""
        if self._next is None:
            self._next = self._loop.time() + BLOCK_SECONDS
            self._loop.call_at(self._next, self._pass)

    def _pass(self) -> None:
        assert self._next is not None
        now = self._loop.time()
        if now - self._next > CATCH_UP * BLOCK_SECONDS:
            self._next = now - CATCH_UP * BLOCK_SECONDS
        while self._next <= now:
            for rim in self.rims:
                rim.arrive()
            for ticker in self._tickers:
                ticker.tick()
            for rim in self.rims:
                rim.depart()
            self._next += BLOCK_SECONDS
        if any(rim.busy() for rim in self.rims) or any(ticker.busy() for ticker in self._tickers):
            self._loop.call_at(self._next, self._pass)
        else:
            self._next = None


@dataclass(frozen=True, slots=True)
class _Common:
    """What all accounts of a process share."""

    home: Home
    clock: SystemClock
    pipes: ProcessPipes
    world: EmbeddedWorld
    cards: SoundCards
    sound_files: ThreadWorker
    pictures: ThreadWorker
    lists: ThreadWorker
    tickers: list[Ticker]
    media_clock: MediaClock
    sounding: bool


@dataclass(slots=True)
class Daemon:
    """A running process: accounts and ways in. ``listening`` holds the lines that ``run`` prints."""

    options: Options
    runtimes: dict[str, AccountRuntime] = field(default_factory=dict)
    listening: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    consent: Consent = field(init=False)
    _common: _Common = field(init=False)
    _tokens: Tokens = field(default_factory=Tokens)
    _file: EmbeddedFile | None = None
    _stops: list[UnixServer | DBusServer | PortServer | ControlServer] = field(default_factory=list)
    _cards: SoundCards | None = None
    _wires: WebRtcWires | None = None
    _workers: list[ThreadWorker] = field(default_factory=list)
    #: Accounts that were not there before, and to which no program has come so far as is known.
    _made: set[str] = field(default_factory=set)
    _files: list[SqliteStore | EmbeddedFile] = field(default_factory=list)

    async def start(self) -> None:
        """Open everything. Raises CannotStartError, StoreError, OSError."""
        loop = asyncio.get_running_loop()
        home = Home(self.options.home)
        home.lock()
        self.options.ports.check()
        if home.open_to_others:
            self.warnings.append(f"others can look into {home.path}; 'chmod 700 {home.path}' keeps them out")
        self.consent = Consent(home.access, lambda text: _LOG.warning("%s", text))
        self.consent.load()
        clock = SystemClock(self.options.speed)
        pipes = ProcessPipes()
        self._file = EmbeddedFile(home.path / "embedded.sqlite", self.options.durable)
        self._files.append(self._file)
        phones = PhoneNetwork(rates(home.path), ToneEar)
        world = EmbeddedWorld(pipes, prompts(), self._wake_soon, self._file, phones)
        sounding = self.options.sound and self.options.speed == 1
        cards = self._cards = SoundCards(MachineDriver() if sounding else None, self._worker("sound cards"))
        tickers: list[Ticker] = [cards, world]
        self._common = _Common(
            home,
            clock,
            pipes,
            world,
            cards,
            self._worker("sound files"),
            self._worker("pictures"),
            self._worker("lists"),
            tickers,
            MediaClock(loop, tickers),
            sounding,
        )
        for handle in self.options.accounts:
            self.listening += await self._open_account(handle, self._store(handle))
        await self._open_buses()
        for option, port in servers(self.options.ports, self._tokens):
            self._stops.append(port)
            self.listening += await opened(option, port)
        questions = Questions(
            str(self.options.home), clock.now().utc, self.open_ways, self.runtimes, self.consent, self.add
        )
        control = ControlServer(home.control, questions.handlers())
        await control.start()
        self._stops.append(control)

    def _store(self, handle: str) -> SqliteStore:
        assert self._file is not None
        if not self._common.home.folder(handle).exists() and not self._file.knows(canonical(handle)):
            self._made.add(handle)
        path = self._common.home.account(handle) / "account.sqlite"
        store = SqliteStore(path, self.options.durable)
        self._files.append(store)
        return store

    async def _open_account(self, handle: str, store: SqliteStore) -> list[str]:
        """Bring one account to life; returns what is listened on for it.

        Raises as ``start``; then nothing of it lives, but for its store.
        """
        loop, common = asyncio.get_running_loop(), self._common
        listening = []
        async with AsyncExitStack() as undo:
            desk = AccountDesk(common.cards, common.sound_files, PcSpeaker() if common.sounding else None)
            legs = Legs(common.pipes, TcpDialer(loop), desk)
            self._tick(undo, legs, desk)
            own, network = self._network(handle, undo)
            self.runtimes[handle] = runtime = AccountRuntime(
                own,
                store,
                network,
                legs,
                common.clock,
                self.consent.access.allowed,
                loop,
                common.media_clock.start,
                partial(secrets.token_hex, 8),
                desk=desk,
                worker=common.pictures,
                reader=common.lists,
                told=self.options.told,
                push_delay=self.options.push_delay,
                reach=self.options.ports.places.hold,
            )
            undo.callback(self._end_account, handle)
            runtime.start()
            runtime.drain()
            door = watched(runtime, handle)
            if self.options.unix:
                unix = UnixServer(common.home.socket(handle), door)
                self._stops.append(unix)
                undo.callback(self._stops.remove, unix)
                undo.push_async_callback(unix.stop)
                await unix.start()
                listening.append(f"listening unix {unix.name}")
            if self.options.ports.wanted:
                admit(self._tokens, common.home, handle, door)
            undo.pop_all()
        return listening

    def _tick(self, undo: AsyncExitStack, *tickers: Ticker) -> None:
        """These sound for an account from now on, unless it comes to nothing."""
        for ticker in tickers:
            self._common.tickers.append(ticker)
            undo.callback(self._common.tickers.remove, ticker)

    def _network(self, account: str, undo: AsyncExitStack) -> tuple[str, Network]:
        """The network that an account lives on, and its handle there. Raises CannotStartError."""
        common = self._common
        kept = networks.read(common.home, account)
        if kept is None:
            if self.options.network == "xmpp" and not common.home.holds(account):
                raise CannotStartError(f"account {account} is new; 'ringback login' makes one on XMPP")
            return account, EmbeddedNetwork(common.world, common.clock)
        # It takes longer to import than an account without it takes to start.
        from ringback.app.xmpp import xmpp_network  # noqa: PLC0415
        from ringback.media.webrtc import WebRtcWires  # noqa: PLC0415

        if self._wires is None:
            self._wires = WebRtcWires(common.pipes, asyncio.get_running_loop(), common.media_clock.start)
            common.media_clock.rims.append(self._wires)
        wake = partial(self._wake_one_soon, account)
        world = EmbeddedWorld(common.pipes, prompts(), wake)
        self._tick(undo, world)
        network = xmpp_network(common.home, account, kept, common.clock, wake, SERVICES, self._wires)
        return network.handle, WithServices(network, EmbeddedNetwork(world, common.clock), SERVICES)

    async def add(self, handle: str) -> list[str]:
        """One more account for the running engine; returns what is listened on for it.

        Raises as ``start``; then there is nothing of it.
        """
        async with AsyncExitStack() as undo:
            undo.callback(self._unmake, handle)
            store = self._store(handle)
            undo.callback(store.close)
            undo.callback(self._files.remove, store)
            await asyncio.get_running_loop().run_in_executor(None, store.check)
            listening = await self._open_account(handle, store)
            undo.pop_all()
        self.listening += listening
        return listening

    async def abandon(self) -> None:
        """It could not start: close everything, and leave no account behind that was not there before."""
        await self._end()
        for handle in tuple(self._made):
            self._unmake(handle)
        self._close_file()

    def _unmake(self, handle: str) -> None:
        """Leave nothing of an account that was not there before, if no program has come to it."""
        if handle not in self._made or self._file is None:
            return
        self._made.remove(handle)
        # On a disk that is ill it stays; why it was not opened is what has to be told.
        with contextlib.suppress(StoreError, OSError):
            self._file.forget(canonical(handle))
            self._common.home.take_back(handle)

    def _end_account(self, handle: str) -> None:
        """Close one account and its store."""
        runtime = self.runtimes.pop(handle)
        runtime.stop()
        if not runtime.sessions.untouched:
            # A program was quick, and may have been promised something.
            self._made.discard(handle)

    async def look_through(self) -> None:
        """Read the big files to their ends while they are in use (decision 17).

        Raises StoreError if one is damaged; then nothing may be written any more.
        """
        loop = asyncio.get_running_loop()
        for file in list(self._files):
            await loop.run_in_executor(None, file.check)

    def _worker(self, name: str) -> ThreadWorker:
        worker = ThreadWorker(asyncio.get_running_loop(), name)
        self._workers.append(worker)
        return worker

    def _wake_soon(self) -> None:
        asyncio.get_running_loop().call_soon(self._wake)

    def _wake(self) -> None:
        for runtime in self.runtimes.values():
            runtime.schedule()

    def _wake_one_soon(self, account: str) -> None:
        """What happens to one of many accounts is nothing to the others."""
        asyncio.get_running_loop().call_soon(self._wake_one, account)

    def _wake_one(self, account: str) -> None:
        runtime = self.runtimes.get(account)
        if runtime is not None:
            runtime.schedule()

    async def _open_buses(self) -> None:
        if self.options.buses is None:
            return
        first = self.options.accounts[0]
        asked = [(account or first, address, True) for account, address in self.options.buses]
        for account, address, explicit in asked or [(first, "session", False)]:
            runtime = self.runtimes.get(account)
            if runtime is None:
                raise ExplicitWayError(f"--dbus: no account {account}")
            server = DBusServer(address, watched(runtime, account), self._bus_lost(address))
            try:
                await server.start()
            except BUS_ERRORS as error:
                if explicit:
                    raise ExplicitWayError(f"--dbus {address}: {error}{_remedy(error)}") from None
                self.warnings.append(f"no D-Bus: {error}")
                continue
            self._stops.append(server)
            self.listening.append(f"listening dbus {address}")

    def open_ways(self) -> list[str]:
        """``listening`` as it is now: without the buses that have ended and are not back."""
        buses = [way for way in self._stops if isinstance(way, DBusServer)]
        gone = {f"listening dbus {bus.address}" for bus in buses if not bus.connected}
        return [line for line in self.listening if line not in gone]

    def _bus_lost(self, address: str) -> Callable[[], None]:
        return lambda: _LOG.warning(
            "dbus: the bus %s ended; its programs are detached until it is back", address
        )

    async def stop(self) -> None:
        """Sign the users out, close the ways in, then the accounts."""
        await self._end()
        self._close_file()

    async def _end(self) -> None:
        """Close everything but the file of the embedded network."""
        await asyncio.gather(*(runtime.sign_out() for runtime in self.runtimes.values()))
        # The door for our own commands first: who finds it there knows that the engine goes on.
        for way in reversed(self._stops):
            await way.stop()
        for handle in tuple(self.runtimes):
            self._end_account(handle)
        if self._wires is not None:
            await self._wires.stop()
        if self._cards is not None:
            self._cards.stop()
        for worker in self._workers:
            worker.stop()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
