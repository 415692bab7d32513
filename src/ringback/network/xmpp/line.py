"""What the parts of the adapter share: the connection of the moment, who is who, and the engine's ear."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final
from xml.etree import ElementTree as ET

from slixmpp.exceptions import IqError, IqTimeout

from ringback.domain.inputs import NetworkEvent
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import Addresses, NoAddressError, bare
from ringback.network.xmpp.client import PATIENCE, Client
from ringback.network.xmpp.memory import Memory
from ringback.ports.clock import Clock

_LOG: Final = logging.getLogger(__name__)
#: Questions to others than our server that wait for an answer at once. (slixmpp looks at each of them for
#: whatever comes in.)
ASKED_AT_ONCE: Final = 32
#: Seconds between two complaints about the same thing.
COMPLAINTS: Final = 60.0


class Refused(Exception):
    """A server or a person answered with an error, or not at all (``condition`` is then ``timeout``)."""

    def __init__(self, condition: str) -> None:
        super().__init__(condition)
        self.condition = condition


class Line:
    """``tell`` gives an event to the engine. ``client`` is None while there is no session."""

    def __init__(
        self, addresses: Addresses, memory: Memory, clock: Clock, tell: Callable[[NetworkEvent], None]
    ) -> None:
        self.addresses: Final = addresses
        self.memory: Final = memory
        self.clock: Final = clock
        self.tell: Final = tell
        self.client: Client | None = None
        #: What the server and the account's own address can do (service discovery).
        self.features: frozenset[str] = frozenset()
        #: How many questions nobody answered so far; grows.
        self.unanswered = 0
        self._serial = 0
        self._asked = asyncio.Semaphore(ASKED_AT_ONCE)
        self._complained: dict[str, float] = {}
        self._tasks: dict[asyncio.Task[None], Coroutine[Any, Any, None]] = {}

    def serial(self) -> int:
        """Grows with every word; UTC milliseconds, mostly."""
        self._serial = max(self._serial + 1, int(self.clock.now().utc * 1000))
        return self._serial

    def sender(self, stanza: ET.Element) -> str | None:
        """The bare address that a stanza comes from, our own for none; None if that is no address."""
        try:
            return bare(stanza.get("from") or self.addresses.own)
        except NoAddressError:
            return None

    def is_ours(self, stanza: ET.Element) -> bool:
        """Did our own server say this, in the name of the account itself and not of one of its devices?"""
        return stanza.get("from") in (None, "", self.addresses.own)

    def complain(self, text: str) -> None:
        """Log what others do, now and then, since they may do it as often as they like."""
        now = self.clock.now().monotonic
        if now - self._complained.get(text, now - COMPLAINTS) >= COMPLAINTS:
            self._complained[text] = now
            _LOG.warning("%s", text)

    async def ask(self, kind: str, payload: ET.Element, to: str = "") -> ET.Element:
        """A question (``get``) or an order (``set``); gives the answer. Raises Refused."""
        if to in ("", self.addresses.own, self.addresses.home):
            return await self._ask(kind, payload, to)
        async with self._asked:
            return await self._ask(kind, payload, to)

    async def _ask(self, kind: str, payload: ET.Element, to: str) -> ET.Element:
        if self.client is None:
            self.unanswered += 1
            raise Refused("timeout")
        try:
            answer: ET.Element = (await self.client.request(kind, payload, to)).xml
        except IqError as error:
            raise Refused(error.condition) from None
        except IqTimeout:
            self.unanswered += 1
            raise Refused("timeout") from None
        return answer

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that takes answers of others; it ends with the session."""
        task = asyncio.ensure_future(self._quietly(work))
        self._tasks[task] = work
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        # What was cut before its first step, since all is over, would be complained of.
        self._tasks.pop(task).close()

    @staticmethod
    async def _quietly(work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Refused as refused:
            _LOG.info("an answer was %s", refused.condition)
        except Exception:  # noqa: BLE001 - a fault of one thing must not end the others
            _LOG.exception("unexpected error")

    def deliver(self, stanza: ET.Element, answered: Callable[[ET.Element | None], None]) -> None:
        """Send an order with an id of its own; ``answered`` gets the error of the answer, or None.

        It is not called if nobody answers.
        """
        if self.client is None:
            return
        answer = self.client.Iq(xml=stanza).send(timeout=PATIENCE)  # type: ignore[no-untyped-call]

        async def wait() -> None:
            try:
                await answer
            except IqTimeout:
                return
            except IqError as error:
                answered(error.iq.xml.find(names.tag(names.CLIENT, "error")))
            else:
                answered(None)

        self.spawn(wait())

    def send(self, stanza: ET.Element) -> bool:
        """Say something that no answer comes to; False if there is no session."""
        if self.client is None:
            return False
        match stanza.tag.rpartition("}")[2]:
            case "message":
                self.client.say(stanza)
            case "presence":
                self.client.send(self.client.Presence(xml=stanza))
            case _:
                self.client.send(self.client.Iq(xml=stanza))
        return True

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do something once what was said so far is on its way, which takes some turns of the loop."""
        if self.client is not None:
            self.spawn(self._afterwards(self.client, act))

    @staticmethod
    async def _afterwards(client: Client, act: Callable[[], None]) -> None:
        await client.waiting_queue.join()
        act()

    def cut(self) -> None:
        """The session is over."""
        self.client = None
        for task, work in self._tasks.items():
            if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
                # Others count on its end, which it has only if it begins. There is nobody to ask any more.
                task.get_loop().call_soon(task.cancel)
            else:
                task.cancel()


async def discover(line: Line, address: str) -> frozenset[str]:
    """What an address can do; nothing if it does not say."""
    try:
        answer = await line.ask("get", names.element(names.DISCO, "query"), address)
    except Refused:
        return frozenset()
    return frozenset(found.get("var", "") for found in answer.iter(names.tag(names.DISCO, "feature")))
