"""Runs one account: text in, steps, commits, then answers, notifications and effects out.

Order is everything here. A step's lines and effects are held until its rows are stored; while anything of
the account waits for the store, later answers wait behind it, so that no program ever sees something that a
killed process could take back. Reads are answered at once when nothing waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Collection
from typing import Final

from ringback.app.commits import Commits, Held, together
from ringback.app.headless import Headless
from ringback.app.listings import Listings
from ringback.app.memory import give_back_free_blocks
from ringback.app.outside import News, Outside
from ringback.app.recovery import RETRY, Recovery, restore, urgent
from ringback.domain import calls, presence
from ringback.domain.changes import Cause, Origin
from ringback.domain.engine import Act, Engine, Happened, UseCase
from ringback.domain.failures import Meaning
from ringback.domain.ids import COUNTER
from ringback.domain.inputs import (
    DeadlinePassed,
    DeskEvent,
    Due,
    Event,
    FileEvent,
    LinkChanged,
    MediaEvent,
    NetworkEvent,
    UserAnswered,
)
from ringback.domain.living import NOBODY, under_way
from ringback.domain.rows import DamagedRowError
from ringback.domain.settings import Told
from ringback.domain.step import EMPTY, Settled, Step
from ringback.domain.time import earliest
from ringback.domain.unsaved import Unsaved
from ringback.media.desk import silent_desk
from ringback.media.worker import InlineWorker, Worker
from ringback.ports.clock import Clock
from ringback.ports.desktop import Desktop
from ringback.ports.media import Desk, Media
from ringback.ports.network import Network
from ringback.ports.store import DamagedError, Store, StoreError, UnfitError
from ringback.protocol.discretion import discreet
from ringback.protocol.dispatch import Dispatcher, Outcome, Reach, anywhere
from ringback.protocol.errors import INTERNAL, WireError
from ringback.protocol.notify import lines
from ringback.protocol.registry import LANGUAGE
from ringback.session.link import Link, Peer, Ticket
from ringback.session.sessions import PUSH_DELAY, Command, Sessions

_LOG: Final = logging.getLogger(__name__)
#: Seconds of one turn of the loop that go to the world's news; programs wait no longer for a crowd of them.
SHARE: Final = 0.002
#: Seconds that answers have to be stored and given when the user goes, and between looks whether they are.
PARTING: Final = 5.0
PARTING_LOOK: Final = 0.01
#: Seconds after a program was sent away until its memory goes back to the system.
TIDY: Final = 1.0
_BROKEN: Final = WireError(INTERNAL).line()


class AccountRuntime:
    """One account, served to any number of transports (implements ``ringback.session.link.Door``).

    Without a ``loop`` (in tests) everything is done at once. ``reach``: files that confined programs may
    name. ``worker``: does beside the loop what may take long, ``reader`` reads long lists there.
    """

    def __init__(
        self,
        handle: str,
        store: Store,
        network: Network,
        media: Media,
        clock: Clock,
        allowed: Callable[[Peer, str], bool],
        loop: asyncio.AbstractEventLoop | None = None,
        ticking: Callable[[], None] = lambda: None,
        token: Callable[[], str] | None = None,
        reach: Reach = anywhere,
        desk: Desk | None = None,
        worker: Worker | None = None,
        reader: Worker | None = None,
        desktop: Desktop | None = None,
        told: Told | None = None,
        push_delay: float = PUSH_DELAY,
    ) -> None:
        self._handle = handle
        self._store = store
        self._network = network
        self._clock = clock
        self._loop = loop
        self._reach = reach
        self._held: deque[Held] = deque()
        self._writing: list[Held] = []
        self._events: deque[Event] = deque()
        #: The living calls and the link as programs have heard of them.
        self._living = NOBODY
        self._draining = False
        #: True while effects are carried out; without a loop, what comes of them is taken afterwards.
        self._acting = False
        self._releasing = False
        self._awaited: dict[int, Command] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._scheduling = False
        #: Not due before this monotonic moment, as it has just gone wrong.
        self._due_after: dict[Due, float] = {}
        self._closed = False
        self._tidying = False
        #: What a person should know about the link.
        self.why = ""
        rows = Unsaved(store)

        def fresh() -> Engine:
            return Engine(handle, rows, token, told, network.nature)

        self.engine = fresh()
        self.dispatcher = Dispatcher(self.engine, LANGUAGE, self._report)
        self.sessions = Sessions(allowed, self._greeting, self._detached, push_delay)
        self._outside = Outside(
            self.engine.account.handle,
            network,
            media,
            desk or silent_desk(),
            desktop or Headless(),
            worker or InlineWorker(),
            Listings(store, reader or InlineWorker(), self._heard),
            self._heard,
            ticking,
            self.sessions.program,
            self._signed,
        )
        self._recovery = Recovery(self.engine, store, self._outside, fresh, self._report)
        stale = restore(self.engine, store)
        if stale:
            store.commit(stale)
        # Its thread starts when nothing can be raised any more.
        self._commits = Commits(store, loop, handle)

    # Start and end ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Go online, unless the user has chosen to be offline."""
        self._outside.start(self.engine.account)

    async def sign_out(self) -> None:
        """The user goes: calls end, what programs were promised is stored and answered, they are detached.

        It takes no longer than PARTING.
        """
        ends = asyncio.get_running_loop().time() + PARTING
        if self._hang_up():
            # Programs hear of it while they are still attached.
            await self._until(lambda: not self._held, ends)
        self._say_goodbye()
        self.schedule()
        await self._until(lambda: not self._held and not self.sessions.owes, ends)
        # Ways in send in the next turn what they got in this.
        await asyncio.sleep(0)

    def _signed(self, here: bool) -> None:
        if here:
            self.sessions.signed_in = True
        else:
            self._say_goodbye()

    def _say_goodbye(self) -> None:
        """Answer what can be answered, then tell programs that nobody is signed in, and detach them."""
        now = self._clock.now().monotonic
        for operation in list(self._awaited):
            # The world will not do it any more.
            command = self._awaited.pop(operation)
            answer = self.dispatcher.settle(Settled(operation, Meaning.ACTION_FAILED))
            self.sessions.answer(command, answer, now)
        self.sessions.sign_out(now)

    async def sign_in(self) -> bool:
        """The user is back after a sign-out; False if that cannot be stored.

        Raises Failure if somebody is signed in.
        """
        self.act(presence.sign_in)
        await self._until(lambda: not self._held, asyncio.get_running_loop().time() + PARTING)
        return self.sessions.signed_in

    @staticmethod
    async def _until(done: Callable[[], bool], ends: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(ends):
                while not done():  # noqa: ASYNC110 - once or twice in the life of a process
                    await asyncio.sleep(PARTING_LOOK)

    def _hang_up(self) -> list[int]:
        """End all calls, as far as that can be stored; gives the numbers of those that were alive."""
        alive = list(self.engine.account.calls.alive)
        if alive and self._recovery.well:
            try:
                self._hold(self.engine.step(Act(Cause(Origin.TIMER), calls.leave), self._clock.now()))
            except Exception as error:  # noqa: BLE001 - the account must end even so
                self._report(error, "hang up")
                self._mend()
            self._release()
        return alive

    def stop(self) -> None:
        """Hang up, write everything."""
        self._outside.stop(self._hang_up())
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        late = together(held for held in self._held if not held.sent)
        late += self._recovery.owed.values()
        if late:
            late.append(self.engine.account.record(COUNTER))
        self._commits.stop(late)

    def _greeting(self, version: int) -> tuple[str, ...]:
        cause, now = Cause(Origin.TIMER), self._clock.now()
        asked = ("CONNSTATUS", "CURRENTUSERHANDLE", "USERSTATUS")
        answers = [self.dispatcher.perform(f"GET {name}", version, cause, now).answer for name in asked]
        return tuple(answer for answer in answers if answer is not None)

    def _report(self, error: Exception, command: str) -> None:
        if isinstance(error, DamagedRowError):
            error = self._store.damaged(error.ref)
        if isinstance(error, StoreError):
            _LOG.error("%r cannot be done: %s", command, error)
            return
        _LOG.error("unexpected error in %r", command, exc_info=error, extra={"account": self._handle})

    # Door -------------------------------------------------------------------------------------------------

    def opened(self, link: Link) -> int:
        """A program connected."""
        return self.sessions.opened(link, self._clock.now().utc)

    def received(self, session: int, ticket: Ticket, text: str) -> None:
        """A program said something."""
        now = self._clock.now()
        command = self.sessions.received(session, ticket, text, now.monotonic)
        if command is None:
            self.schedule()
            return
        if not self._recovery.serves(command.text):
            self.sessions.answer(command, _BROKEN, now.monotonic)
            return
        self._perform(command)

    def _perform(self, command: Command) -> None:
        now, text = self._clock.now(), command.text
        if not urgent(text):
            # It may wait for its turn for long, and may have been large.
            command.text = ""
        cause = Cause(Origin.CLIENT, command.session)
        peer = self.sessions.peer(command.session)
        reach = anywhere if peer is not None and not peer.confined else self._reach
        outcome = self.dispatcher.perform(text, command.version, cause, now, reach)
        if self.engine.torn and outcome.step is EMPTY and not self._mend():
            self.sessions.answer(command, _BROKEN, now.monotonic)
            return
        # The sound answers even while there is no store.
        routed = outcome.step.awaits in self.engine.account.calls.waiting
        awaited = outcome.answer is None and not (outcome.step.reads or routed)
        if not self._recovery.well and (awaited or not self._can_wait(outcome.step)):
            # What it would wait for is only heard of when the store is well again.
            if not self._held:
                self._recovery.refused(text)
            self._mend()
            self.dispatcher.forget(outcome.step.awaits)
            self.sessions.answer(command, _BROKEN, now.monotonic)
            return
        if outcome.answer is not None and not (self.engine.torn or self._held):
            self.sessions.answer(command, outcome.answer, now.monotonic)
            if self.sessions.next_deadline() is not None:
                self.schedule()
            return
        try:
            held = self._hold(outcome.step)
        except Exception as error:  # noqa: BLE001 - what cannot be told did not happen
            self._report(error, discreet(LANGUAGE, text, ours=False))
            self.dispatcher.forget(outcome.step.awaits)
            if not self._mend():
                # Nothing of a torn account may be taken for what lives.
                self.sessions.answer(command, _BROKEN, now.monotonic)
                return
            outcome = Outcome(_BROKEN)
            held = self._hold(EMPTY)
        held.answer_last = outcome.answer_last
        if outcome.answer is None:
            self._awaited[outcome.step.awaits] = command
            self.sessions.step_aside(command)
        else:
            held.answers.append((command, outcome.answer))
            if not command.reserved:
                self.sessions.reserve(command, outcome.answer)
        if held.records or len(self._held) > 1:
            self._release_soon()
        else:
            # Nothing waits for the store: it is done now, as part of this program's turn.
            self._release()
        self._schedule_soon()

    def act(self, use_case: UseCase) -> None:
        """The user did something in the window. Raises Failure if it is refused."""
        try:
            self._hold(self.engine.step(Act(Cause(Origin.WINDOW), use_case), self._clock.now()))
        except Exception:
            if self.engine.torn:
                self._mend()
            raise
        self._release_soon()
        self.schedule()

    def closed(self, session: int) -> None:
        """A program is gone."""
        self.sessions.closed(session)

    def _detached(self, text: str) -> None:
        """A program was sent away; it may have left much unread."""
        _LOG.warning("%s", text)
        if self._loop is not None and not self._tidying:
            self._tidying = True
            self._loop.call_later(TIDY, self._tidy)

    def _tidy(self) -> None:
        self._tidying = False
        give_back_free_blocks()

    # Steps ------------------------------------------------------------------------------------------------

    def _heard(self, event: News) -> None:
        """The world's news are put here; they are taken one after the other, never nested."""
        self._events.append(event)
        if self._loop is None:
            if not self._acting:
                self.drain()
        elif not self._draining:
            self._loop.call_soon(self.drain)

    def drain(self) -> None:
        """Take what has happened."""
        if self._draining or self._closed:
            return
        self._draining = True
        end = None if self._loop is None else self._loop.time() + SHARE
        try:
            while self._events and (end is None or self._time() < end):
                event = self._events.popleft()
                if self._recovery.takes(event):
                    self._happened(event)
                else:
                    self._recovery.postpone(event)
        finally:
            self._draining = False
        self._release()
        self._schedule_soon()
        if self._events and self._loop is not None:
            self._loop.call_soon(self.drain)

    def _time(self) -> float:
        return 0.0 if self._loop is None else self._loop.time()

    def _happened(self, event: Event) -> None:
        if isinstance(event, NetworkEvent):
            cause = Cause(Origin.NETWORK)
        elif isinstance(event, MediaEvent | DeskEvent | FileEvent):
            cause = Cause(Origin.MEDIA)
        elif isinstance(event, UserAnswered):
            cause = Cause(Origin.WINDOW)
        else:
            cause = Cause(Origin.TIMER)
        if isinstance(event, LinkChanged):
            self.why = event.why
        try:
            step = self.engine.step(Happened(cause, event), self._clock.now())
            if not (self._recovery.well or self._can_wait(step)):
                self._recovery.postpone(event)
                self._mend()
            elif self.engine.torn:
                self._hold(step).event = event
        except Exception as error:  # noqa: BLE001 - one bad event must not end the account
            if isinstance(error, StoreError) and not isinstance(error, DamagedError):
                _LOG.error("the store cannot be read: %s; it is asked again soon", error)
                self._recovery.ill(self._clock.now().monotonic)
                self._recovery.postpone(event)
                self._mend()
                return
            self._report(error, type(event).__name__)
            if isinstance(event, DeadlinePassed):
                self._put_off(event.due)
            self._mend(getattr(event, "operation", 0))

    def _hold(self, step: Step) -> Held:
        """Hold what a step has given, which counts from now on. Whatever is raised, it does not."""
        held = Held(step.records, effects=step.effects, living=self.engine.living())
        if step.changes:
            self._recovery.moved()
            account = self.engine.account
            held.audience = self.sessions.audience()
            held.lines = {
                version: lines(LANGUAGE, step.changes, version, account) for version in held.audience
            }
        for settled in step.settled:
            command = self._awaited.get(settled.operation)
            if command is not None:
                held.answers.append((command, self.dispatcher.settle(settled)))
        for settled in step.settled:
            self._awaited.pop(settled.operation, None)
        self.engine.keep(step)
        if not self._recovery.well and self._can_wait(step):
            self._recovery.owe(held.records)
            held.records = ()
        self._held.append(held)
        return held

    def _can_wait(self, step: Step) -> bool:
        """Does a step count while the store is ill? What is still being written may fail, and goes first."""
        return not step.records or (not self._held and self._recovery.can_wait(step))

    def _release_soon(self) -> None:
        """Release once everything is taken that came together, so that it makes one group."""
        if self._loop is None:
            self._release()
        elif not self._releasing:
            self._releasing = True
            self._loop.call_soon(self._released)

    def _released(self) -> None:
        self._releasing = False
        if not self._closed:
            self._release()

    def _release(self) -> None:
        """Let go what needs no store, then hand the next group to the writer."""
        while self._held and not self._held[0].records and not self._held[0].sent:
            self._let_go(self._held.popleft())
        if not self._held or self._writing:
            return
        group = list(self._held)
        for held in group:
            held.sent = True
        self._writing = group
        self._commits.write(together(group), self._written)

    def _written(self, error: StoreError | None) -> None:
        if self._closed:
            return
        group = self._writing
        if error is None:
            # They stay in their places meanwhile, so that nothing that comes of their effects overtakes them.
            for held in group:
                self.engine.stored(held.records)
                self._let_go(held)
        self._writing = []
        for _ in group:
            self._held.popleft()
        if error is not None:
            self._lost(group, error)
            return
        self._release()
        # What the network was asked may have a deadline.
        self._schedule_soon()

    def _let_go(self, held: Held) -> None:
        now = self._clock.now().monotonic
        self._living = held.living
        if not held.answer_last:
            self._answer(held, now)
        if held.lines:
            self.sessions.notify(held.lines, held.audience, now)
        if held.answer_last:
            self._answer(held, now)
        self._acting = True
        for effect in held.effects:
            try:
                self._outside.carry_out(effect)
            except Exception as error:  # noqa: BLE001 - an adapter's fault must not end the account
                self._report(error, type(effect).__name__)
                self._outside.failed(effect)
        self._acting = False
        if self._loop is None and self._events:
            self.drain()

    def _answer(self, held: Held, now: float) -> None:
        for command, answer in held.answers:
            self.sessions.answer(command, answer, now)

    # Trouble with the store -------------------------------------------------------------------------------

    def _lost(self, group: list[Held], error: StoreError) -> None:
        """Nothing of the group was kept: drop its lines and effects, go back to what is stored.

        Commands are told; what happened meanwhile is taken again when the store is well, in its order. Calls
        go on: neither their sound nor the other side depends on the store. What has changed a row that no
        store can keep is not taken again, and the store is well.
        """
        now = self._clock.now().monotonic
        unfit = error.ref if isinstance(error, UnfitError) else None
        if unfit is None:
            _LOG.error("the store failed: %s; writes are refused until it is well", error)
            self._recovery.ill(now)
        else:
            _LOG.error("%s; what has changed it is taken back", error)
        dropped = [*group, *self._held]
        self._held.clear()
        self.engine.rows.drop()
        in_vain = {self._spoil(held) for held in dropped if held.touches(unfit)}
        # What was put off already is later than these.
        again = [*(held.event for held in dropped if held.event is not None), *self._recovery.postponed()]
        self._events.extendleft(reversed(again))
        self.engine.rows.add(self._recovery.owed.values())
        if not self._reload():
            self._recovery.ill(now)
        for command in [command for held in dropped for command, _ in held.answers]:
            # What cannot wait is not refused for being the first to find out.
            if command.text and self._recovery.serves(command.text):
                self._perform(command)
            else:
                self.sessions.answer(command, _BROKEN, now)
        # A route that is being led elsewhere is heard of even now.
        self._forsake(self._living.led - in_vain)
        self.drain()
        self.schedule()

    def _spoil(self, held: Held) -> int:
        """Nothing of it will be done again, since that could not be stored either. Gives its operation."""
        event, held.event = held.event, None
        if isinstance(event, DeadlinePassed):
            self._put_off(event.due)
        for command, _ in held.answers:
            command.text = ""
        return getattr(event, "operation", 0)

    def _mend(self, operation: int = 0) -> bool:
        """A step broke off half-way: make the account what the steps before it have made.

        Those are kept, stored or not, and what others wait for still comes. ``operation``: one whose end was
        lost with the step. False if the store cannot be read: the account stays torn and serves nobody.
        """
        if self._reload(expecting=True):
            self._forsake(under_way(self.engine.account) - {operation})
            return True
        self._recovery.ill(self._clock.now().monotonic)
        self._forsake(self._living.led)
        return False

    def _forsake(self, but: Collection[int]) -> None:
        """Tell programs that wait for anything but these operations that they wait in vain."""
        now = self._clock.now().monotonic
        for operation in [operation for operation in self._awaited if operation not in but]:
            self.dispatcher.forget(operation)
            self.sessions.answer(self._awaited.pop(operation), _BROKEN, now)

    def _reload(self, *, expecting: bool = False) -> bool:
        """Read the account again, as it was after the last step that counts."""
        lived = self._held[-1].living if self._held else self._living
        true = self._recovery.reload(lived, expecting=expecting)
        if true and not self._held:
            self._living = self.engine.living()
        return true

    def _probe(self) -> None:
        """Try whether the store is well again."""
        self._recovery.retry_at = None
        if self._recovery.trying:
            # A slow disk: when it has answered is seen what has to be tried then.
            return
        if self._recovery.true or self._reload():
            self._commits.write(self._recovery.attempt(), self._probed)
        else:
            self._probed(StoreError("unreadable"))

    def _probed(self, error: StoreError | None) -> None:
        self._recovery.trying = False
        if self._closed:
            return
        if isinstance(error, UnfitError):
            self._recovery.remit(error)
        if error is not None or not self._recovery.true:
            # It takes what is written, perhaps, but a step broke meanwhile and it could not be read.
            self._recovery.ill(self._clock.now().monotonic)
            self.schedule()
            return
        self._hold(self._recovery.cured())
        self._events.extendleft(reversed(self._recovery.postponed()))
        self.drain()

    # Time -------------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Monotonic moment at which ``time_passed`` is needed."""
        return earliest(
            min(self._deadlines().values(), default=None),
            self.sessions.next_deadline(),
            self._network.next_deadline(),
            self._recovery.retry_at,
        )

    def _deadlines(self) -> dict[Due, float]:
        """When the engine wants to go on; while the store is ill it does only what needs none."""
        return {
            due: max(moment, self._due_after.get(due, 0.0))
            for due, moment in self.engine.deadlines().items()
            if self._recovery.punctual(due)
        }

    def _put_off(self, due: Due) -> None:
        """It has gone wrong: try it again soon."""
        now = self._clock.now().monotonic
        self._due_after = {other: until for other, until in self._due_after.items() if until > now}
        self._due_after[due] = now + RETRY

    def time_passed(self) -> None:
        """Do what is due now."""
        now = self._clock.now()
        self._network.advance(now)
        for due, moment in self._deadlines().items():
            # What was done before may have shown that there is no store.
            if moment <= now.monotonic + 1e-6 and self._recovery.punctual(due):
                self._happened(DeadlinePassed(due))
        self.sessions.advance(now.monotonic)
        retry_at = self._recovery.retry_at
        if retry_at is not None and retry_at <= now.monotonic + 1e-6:
            self._probe()
        self.drain()
        self._release()

    def _schedule_soon(self) -> None:
        """The same once what waits for nothing has gone out, and the writer works."""
        if self._loop is not None and not self._scheduling:
            self._scheduling = True
            self._loop.call_soon(self._scheduled)

    def _scheduled(self) -> None:
        self._scheduling = False
        self.schedule()

    def schedule(self) -> None:
        """Make sure that ``time_passed`` is called at the next deadline."""
        if self._loop is None or self._closed:
            return
        moment = self.next_deadline()
        if self._timer is not None:
            # One that is early does no harm, and deadlines move on with every word that comes.
            if moment is not None and self._timer_at <= moment and not self._timer.cancelled():
                return
            self._timer.cancel()
            self._timer = None
        if moment is not None:
            self._timer_at = moment
            self._timer = self._loop.call_at(moment, self._timed)

    def _timed(self) -> None:
        self._timer = None
        self.time_passed()
        self.schedule()
