"""Everybody on the embedded network: the accounts of this process and the robots that always exist."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ringback.domain.effects import CallAct, Fields, PostMessage, Request
from ringback.domain.inputs import AvatarSeen, CreditGiven, LinkChanged, NetworkEvent, PersonSeen
from ringback.domain.time import Instant
from ringback.network.embedded.calls import Exchange
from ringback.network.embedded.mailbox import Mailbox
from ringback.network.embedded.phones import PhoneNetwork
from ringback.network.embedded.post import Answering, PostOffice
from ringback.network.embedded.robots import ROBOTS
from ringback.ports.media import Pipes
from ringback.ports.network import Listener
from ringback.ports.store import StoreError

_ALWAYS: Final = (("online_status", "online"), ("is_authorized", True))
PEOPLE: Final[dict[str, Fields]] = {
    "echo123": (("fullname", "Echo / Sound Test Service"), ("country", "gb"), *_ALWAYS),
    "busy.bee": (("fullname", "Busy Bee"), *_ALWAYS),
    "no.answer": (("fullname", "Noah Answer"), *_ALWAYS),
    "ann.answers": (("fullname", "Ann Answers"), *_ALWAYS),
    "dee.clines": (("fullname", "Dee Clines"), *_ALWAYS),
}


class EmbeddedWorld:
    """The embedded network of a process. No clock: moments come with the calls."""

    def __init__(
        self,
        pipes: Pipes,
        prompts: dict[str, bytes],
        wake: Callable[[], None],
        mailbox: Mailbox | None = None,
        phones: PhoneNetwork | None = None,
    ) -> None:
        robots: dict[str, Answering] = dict.fromkeys(PEOPLE, _silent)
        robots["echo123"] = self._echo
        self._post_office = PostOffice(mailbox or Mailbox(), robots)
        self._wake = wake
        self._online: dict[str, Listener] = {}
        #: What accounts of this process have shown of themselves, connected or not.
        self._profiles: dict[str, Fields] = {}
        self._presence: dict[str, str] = {}
        self._avatars: dict[str, bytes] = {}
        self.phones = phones
        self.exchange = Exchange(pipes, prompts, ROBOTS.get, phones, self._tell, self._exists, wake)

    def arrive(self, handle: str, listener: Listener) -> None:
        """An account goes online and hears of everybody that it may know."""
        self._online[handle] = listener
        listener(LinkChanged("online"))
        for person, fields in PEOPLE.items():
            listener(PersonSeen(person, fields))
        for person in self._profiles:
            if person != handle:
                self._tell(handle, PersonSeen(person, self._seen(person)))
                self._tell(handle, AvatarSeen(person, self._avatars.get(person, b"")))
        if self.phones is not None:
            listener(CreditGiven(self.phones.rates.opening_balance, self.phones.rates.currency))
        self._post_office.arrive(handle, listener)

    def leave(self, handle: str) -> None:
        """An account goes offline; its calls end."""
        if self._online.pop(handle, None) is not None:
            self.set_presence(handle, "offline")
            self._post_office.leave(handle)
            self.exchange.leave(handle)

    def post(self, sender: str, request: Request, now: Instant) -> None:
        """Take a request for certain."""
        self._post_office.post(sender, request, now.monotonic)
        self._wake()

    def acknowledge(self, handle: str, receipt: str, now: Instant) -> None:
        """An account has stored what was delivered."""
        self._post_office.acknowledge(handle, receipt, now.monotonic)

    def _echo(self, sender: str, request: Request) -> None:
        """echo123 says what it is told."""
        if isinstance(request, PostMessage) and request.sort in ("said", "emoted"):
            again = replace(request, to=sender, uid=f"{request.uid}e")
            self._post_office.write("echo123", sender, again.uid, again)

    def profile(self, handle: str) -> Fields | None:
        """What somebody shows to everybody, None if there is no such person."""
        return PEOPLE.get(handle) or self._profiles.get(handle)

    def set_profile(self, handle: str, fields: Fields) -> None:
        """An account shows this from now on."""
        self._profiles[handle] = fields
        self._spread(handle, PersonSeen(handle, fields))

    def set_presence(self, handle: str, state: str) -> None:
        """An account is seen so from now on; invisible means: as if it were not there."""
        state = "offline" if state == "invisible" else state
        if self._presence.get(handle, "offline") != state:
            self._presence[handle] = state
            self._spread(handle, PersonSeen(handle, (("online_status", state),)))

    def set_avatar(self, handle: str, data: bytes) -> None:
        """An account looks so from now on."""
        if self._avatars.get(handle, b"") != data:
            self._avatars[handle] = data
            self._spread(handle, AvatarSeen(handle, data))

    def _seen(self, handle: str) -> Fields:
        return (*self._profiles[handle], ("online_status", self._presence.get(handle, "offline")))

    def _spread(self, handle: str, event: NetworkEvent) -> None:
        """Tell those who may see ``handle``: everybody who is connected, as long as there are no rosters."""
        for other in list(self._online):
            if other != handle:
                self._tell(other, event)

    def signal(self, sender: str, signal_id: str, to: str, act: CallAct, payload: str, now: float) -> None:
        """Carry one act of call signalling to its other end."""
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

    def next_deadline(self) -> float | None:
        """When somebody here wants to act."""
        deadlines = (self.exchange.next_deadline(), self._post_office.next_deadline())
        return min((d for d in deadlines if d is not None), default=None)

    def advance(self, now: Instant) -> None:
        """Let those act whose time has come."""
        self._post_office.advance(now.monotonic)
        self.exchange.advance(now.monotonic)

    def busy(self) -> bool:
        """True while a robot makes sound."""
        return self.exchange.busy()

    def tick(self) -> None:
        """One block of sound passes for every robot."""
        self.exchange.tick()


def _silent(_sender: str, _request: Request) -> None:
    """Reads and says nothing."""
