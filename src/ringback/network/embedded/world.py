"""Everybody on the embedded network: the accounts of this process and the robots that always exist."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ringback.domain.effects import CallAct, ChangeContact, Fields, PostMessage, PostSeen, Request, Saying
from ringback.domain.inputs import CreditGiven, LinkChanged, NetworkEvent, Posted
from ringback.domain.time import Instant, earliest
from ringback.network.embedded.calls import Exchange
from ringback.network.embedded.directory import Directory
from ringback.network.embedded.file import EmbeddedFile
from ringback.network.embedded.mailbox import Mailbox
from ringback.network.embedded.phones import PhoneNetwork
from ringback.network.embedded.post import PostOffice
from ringback.network.embedded.residents import RESIDENTS
from ringback.network.embedded.robots import ROBOTS
from ringback.network.embedded.sightings import Sightings
from ringback.ports.media import Pipes
from ringback.ports.network import Listener
from ringback.ports.store import StoreError

#: What makes echo123 call back.
CALL_BACK: Final = "call me"


class EmbeddedWorld:
    """The embedded network of a process. No clock: moments come with the calls."""

    def __init__(
        self,
        pipes: Pipes,
        prompts: dict[str, bytes],
        wake: Callable[[], None],
        file: EmbeddedFile | None = None,
        phones: PhoneNetwork | None = None,
    ) -> None:
        file = file or EmbeddedFile()
        directory = Directory(file, RESIDENTS)
        self._wake = wake
        self._online: dict[str, Listener] = {}
        self._sightings = Sightings(directory, self._tell)
        robots = dict.fromkeys(RESIDENTS, self._told)
        self._post_office = PostOffice(file, Mailbox(file), directory, self._sightings, robots)
        self._called_for = ""
        self.phones = phones
        self.exchange = Exchange(pipes, prompts, ROBOTS.get, phones, self._tell, self._exists, wake)

    def arrive(self, handle: str, listener: Listener) -> None:
        """An account goes online and hears of everybody that it may know."""
        self._online[handle] = listener
        # Whoever hears that it is online may ask at once for what was not confirmed.
        self._post_office.open_box(handle, listener)
        listener(LinkChanged("online"))
        self._sightings.arrive(handle)
        if self.phones is not None:
            listener(CreditGiven(self.phones.rates.opening_balance, self.phones.rates.currency))
        self._post_office.deliver(handle)

    def leave(self, handle: str, now: Instant) -> None:
        """An account goes offline; its calls end."""
        if self._online.pop(handle, None) is not None:
            self._sightings.leave(handle, now.stamp())
            self._post_office.leave(handle)
            self.exchange.leave(handle)

    def post(self, sender: str, request: Request, now: Instant) -> None:
        """Take a request for certain."""
        if isinstance(request, PostSeen):
            # Nobody has a second device here, and who wrote it is not told.
            if sender in self._online:
                self._online[sender](Posted(request.uid))
            return
        self._post_office.post(sender, request, now.monotonic)
        self._wake()

    def acknowledge(self, handle: str, receipt: str, now: Instant) -> None:
        """An account has stored what was delivered."""
        self._post_office.acknowledge(handle, receipt, now.monotonic)

    def _told(self, sender: str, request: Saying, now: float) -> None:
        """Somebody who always exists is written to, or asked for their leave."""
        if isinstance(request, ChangeContact):
            answer = RESIDENTS[request.to].answers(request, sender)
            if answer is not None:
                self._post_office.write(request.to, answer)
        elif request.to == "echo123":
            self._echo(sender, request, now)

    def _echo(self, sender: str, request: Saying, now: float) -> None:
        """echo123 says what it is told, and calls who asks for it."""
        if isinstance(request, PostMessage) and request.sort in ("said", "emoted"):
            self._post_office.write("echo123", replace(request, to=sender, uid=f"{request.uid}e"))
            # A request may come again when its confirmation was lost.
            if request.body.strip().casefold() == CALL_BACK and self._called_for != request.uid:
                self._called_for = request.uid
                self.exchange.call_from("echo123", sender, now)

    def set_profile(self, handle: str, fields: Fields) -> None:
        """An account shows this of itself from now on."""
        self._sightings.publish(handle, fields)
        self._wake()

    def set_presence(self, handle: str, state: str, now: Instant) -> None:
        """An account is seen so from now on; invisible means: as if it were not there."""
        self._sightings.appear(handle, state, now.stamp())

    def set_avatar(self, handle: str, data: bytes) -> None:
        """An account looks so from now on."""
        self._sightings.picture(handle, data)

    def ask_profile(self, handle: str, wanted: str) -> None:
        """An account wants to know what somebody shows."""
        self._sightings.show(wanted, handle)

    def search(self, handle: str, operation: int, text: str) -> None:
        """An account looks for people."""
        self._sightings.search(handle, operation, text)

    def signal(self, sender: str, signal_id: str, to: str, act: CallAct, payload: str, now: float) -> None:
        """Carry one act of call signalling to its other end."""
        if act is CallAct.OFFER:
            self._sightings.introduce(sender, to)
        self.exchange.signal(sender, signal_id, to, act, payload, now)

    def call_from(self, robot: str, account: str, now: Instant) -> bool:
        """Let somebody who always exists call an account; False if that is not online."""
        return self.exchange.call_from(robot, account, now.monotonic)

    def _exists(self, handle: str) -> bool:
        """Is there an account of that handle, connected or not? If the disk cannot tell, there is."""
        try:
            return self._post_office.knows(handle)
        except StoreError:
            return True

    def _tell(self, handle: str, event: NetworkEvent) -> bool:
        listener = self._online.get(handle)
        if listener is None:
            return False
        listener(event)
        return True

    def settle(self) -> None:
        """Show what accounts show of themselves since the last time."""
        self._sightings.settle()

    def next_deadline(self) -> float | None:
        """When somebody here wants to act."""
        if self._sightings.unsettled:
            return 0.0
        return earliest(self.exchange.next_deadline(), self._post_office.next_deadline())

    def advance(self, now: Instant) -> None:
        """Let those act whose time has come."""
        self.settle()
        self._post_office.advance(now.monotonic)
        self.exchange.advance(now.monotonic)

    def busy(self) -> bool:
        """True while a robot makes sound."""
        return self.exchange.busy()

    def tick(self) -> None:
        """One block of sound passes for every robot."""
        self.exchange.tick()
