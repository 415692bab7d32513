"""Accounts on a network without engines behind them: each notes what it heard, and what that comes to."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from ringback.domain.effects import (
    ChangeContact,
    ContactAct,
    Fields,
    PostEdit,
    PostMessage,
    PostSeen,
    Request,
)
from ringback.domain.inputs import (
    AvatarSeen,
    ContactCame,
    ContactsListed,
    EditCame,
    LinkChanged,
    MessageCame,
    NetworkEvent,
    PersonSeen,
    Posted,
    PostRefused,
    PostReturned,
    Sent,
)
from ringback.domain.nature import Part
from ringback.media.pipes import ProcessPipes
from ringback.network.embedded.network import EmbeddedNetwork
from ringback.network.embedded.world import EmbeddedWorld
from ringback.ports.network import Network
from support.clock import FakeClock
from support.replay import PROMPTS

_T = TypeVar("_T")
_UIDS = map("{:016x}".format, itertools.count(1))
_SERIALS = itertools.count(1_700_000_000_000)
#: Seconds of a fake clock within which a network in this process has done everything.
SOON = 2.0


class Stage:
    """A network for a test. ``until`` lets time pass till something is so."""

    parts: frozenset[Part]

    def __init__(self) -> None:
        self.members: list[Member] = []

    def member(self, name: str, *, online: bool = True) -> Member:
        """Somebody new with an account, who was there at least once."""
        account, network = self.account(name)
        member = Member(self, account, network, lambda: self.device(account))
        self.members.append(member)
        member.connect()
        if not online:
            member.leave()
        return member

    def friends(self, *names: str) -> list[Member]:
        """New people who all gave each other their leave."""
        people = [self.member(name) for name in names]
        for one, other in itertools.combinations(people, 2):
            befriend(one, other)
        return people

    def account(self, name: str) -> tuple[str, Network]:
        """A new account and a link for it."""
        raise NotImplementedError

    def device(self, account: str) -> Network:
        """One more link for an account."""
        raise NotImplementedError

    def until(self, so: Callable[[], _T | None], what: Callable[[], str] = lambda: "never") -> _T:
        """Gives what ``so`` gives as soon as that is true. ``what``: how things stand if it never is."""
        raise NotImplementedError

    def happened(self) -> None:
        """A member heard something."""

    def close(self) -> None:
        for member in self.members:
            member.leave()


class EmbeddedStage(Stage):
    """The network of this process, on a fake clock."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.world = EmbeddedWorld(ProcessPipes(), PROMPTS, lambda: None)
        self.parts = EmbeddedNetwork(self.world, self.clock).nature.parts

    def account(self, name: str) -> tuple[str, Network]:
        return name, self.device(name)

    def device(self, account: str) -> Network:
        return EmbeddedNetwork(self.world, self.clock)

    def until(self, so: Callable[[], _T | None], what: Callable[[], str] = lambda: "never") -> _T:
        end = self.clock.seconds + SOON
        while True:
            for member in self.members:
                member.go_on()
            self.world.advance(self.clock.now())
            if found := so():
                return found
            assert self.clock.seconds < end, what()
            self.clock.seconds += 0.01


class Member:
    """One account on one device; like an engine, it shows itself with each new link and repeats what has not
    come to its end.

    ``people``: what the network told of others. ``leave_of``: True for those who gave this account their
    leave, False for those who refused it or took it back. ``pictures``: how others look. What is delivered is
    acknowledged when the stage goes on, unless ``forgetful``.
    """

    def __init__(
        self, stage: Stage, handle: str, network: Network, more: Callable[[], Network] | None = None
    ) -> None:
        self.stage, self.handle, self.network, self._more = stage, handle, network, more
        self.forgetful = False
        self.state = "offline"
        self.states: list[str] = []
        self.people: dict[str, dict[str, Any]] = {}
        self.pictures: dict[str, bytes] = {}
        self.leave_of: dict[str, bool] = {}
        self.pending: list[NetworkEvent] = []
        self._unstored: list[str] = []
        self._outbox: dict[str, Request] = {}
        self._posted: dict[str, Request] = {}
        self._returned: list[str] = []
        self._presence = "online"
        self._profile: Fields = (("fullname", f"{handle} of the tests"),)
        self._picture = b""
        self._new_link = False

    # The link -----------------------------------------------------------------------------------------------

    def connect(self) -> Member:
        self.network.connect(self.handle, self._hear)
        self.stage.until(lambda: self.state == "online", lambda: f"{self.handle}: {self.states}")
        return self

    def leave(self) -> None:
        """Go, with everything stored that came."""
        self._store()
        self.network.disconnect()
        self.state = "offline"
        self._new_link = False
        self._unstored.clear()

    def second(self) -> Member:
        """The same account on one more device."""
        assert self._more is not None
        member = Member(self.stage, self.handle, self._more(), self._more)
        self.stage.members.append(member)
        return member

    def _hear(self, event: NetworkEvent) -> None:
        self.pending.append(event)
        self.stage.happened()
        match event:
            case LinkChanged():
                self.state = event.state
                self.states.append(event.state)
                self._new_link |= event.state == "online"
            case Posted() | PostRefused():
                self._outbox.pop(event.uid, None)
            case PostReturned():
                self._returned.append(event.uid)
            case PersonSeen():
                self.people.setdefault(event.handle, {}).update(event.fields)
            case AvatarSeen():
                self.pictures[event.handle] = event.data
            case ContactCame(act=act, sender=sender):
                if event.gives or act is not ContactAct.ASK:
                    self.leave_of[sender] = act in (ContactAct.ASK, ContactAct.GRANT)
                self._unstored.append(event.receipt)
            case ContactsListed():
                for one in event.people:
                    if one.has_authorized or not one.asked:
                        self.leave_of[one.handle] = one.has_authorized
            case MessageCame() | EditCame():
                self._unstored.append(event.receipt)

    def go_on(self) -> None:
        """Do what an engine does by itself."""
        if self._new_link:
            self._new_link = False
            self.network.set_profile(self._profile)
            self.network.set_avatar(self._picture)
            self.network.set_presence(self._presence)
            for request in list(self._outbox.values()):
                self.network.post(request)
        returned, self._returned = self._returned, []
        for uid in returned:
            self.post(self._posted[uid])
        self._store()

    def _store(self) -> None:
        unstored, self._unstored = self._unstored, []
        for receipt in unstored if not self.forgetful else ():
            self.network.acknowledge(receipt)

    # What it says -------------------------------------------------------------------------------------------

    def appear(self, state: str) -> None:
        self._presence = state
        self.network.set_presence(state)

    def show(self, **fields: str | int | bool) -> None:
        self._profile = tuple(fields.items())
        self.network.set_profile(self._profile)

    def look(self, picture: bytes) -> None:
        self._picture = picture
        self.network.set_avatar(picture)

    def post(self, request: Request) -> str:
        """Gives its uid. Without a link it waits."""
        self._outbox[request.uid] = self._posted[request.uid] = request
        if self.state == "online":
            self.network.post(request)
        return request.uid

    def contact(self, act: ContactAct, other: Member, text: str = "") -> str:
        return self.post(ChangeContact(next(_UIDS), other.handle, act, text, next(_SERIALS)))

    def request(self, other: Member, body: str, sort: str = "said") -> PostMessage:
        return PostMessage(next(_UIDS), other.handle, self.chat(other), sort, body, 1_700_000_000)

    def write(self, other: Member, body: str, sort: str = "said") -> str:
        return self.post(self.request(other, body, sort))

    def rewrite(self, other: Member, message: str, body: str, serial: int = 1) -> str:
        chat = self.chat(other)
        return self.post(PostEdit(next(_UIDS), other.handle, chat, message, body, 1_700_000_001, serial))

    def read(self, other: Member, message: str) -> str:
        return self.post(PostSeen(next(_UIDS), other.handle, message))

    def chat(self, other: Member) -> str:
        """The dialog's id as an engine makes it up."""
        digits = self.network.nature.dialog
        if digits is None:
            return f"#{self.handle}/${other.handle};0123456789abcdef"
        first, second = sorted((self.handle, other.handle))
        return f"#{first}/${second};{digits(other.handle)}"

    # What it heard ------------------------------------------------------------------------------------------

    def heard(self, kind: type[_T], **fields: Any) -> list[_T]:
        """Such events that came until now and were not taken by ``next``."""
        return [
            event
            for event in self.pending
            if isinstance(event, kind) and all(getattr(event, name) == fields[name] for name in fields)
        ]

    def next(self, kind: type[_T], **fields: Any) -> _T:
        """Wait for such an event and take it."""

        def first() -> _T | None:
            return next(iter(self.heard(kind, **fields)), None)

        event = self.stage.until(
            first, lambda: f"{self.handle} heard no {kind.__name__} {fields}: {self.pending}"
        )
        self.pending.remove(event)  # type: ignore[arg-type]
        return event

    def sees(self, other: Member, **fields: Any) -> None:
        """Wait until the network has told this of somebody."""

        def so() -> bool:
            seen = self.people.get(other.handle, {})
            return all(seen.get(name) == fields[name] for name in fields)

        self.stage.until(so, lambda: f"{self.handle} sees {self.people.get(other.handle)}, not {fields}")

    def looks_at(self, other: Member, picture: bytes) -> None:
        """Wait until the network has told that somebody looks so."""
        self.stage.until(
            lambda: self.pictures.get(other.handle) == picture,
            lambda: f"{self.handle} sees another picture of {other.handle}",
        )

    def is_rid_of(self, uid: str) -> None:
        """Wait until the network has taken a message."""
        self.stage.until(
            lambda: self.heard(Sent, uid=uid) or self.heard(Posted, uid=uid),
            lambda: f"{self.handle} is not rid of {uid}: {self.pending}",
        )

    def has_leave_of(self, other: Member, leave: bool = True) -> None:
        """Wait until somebody has given their leave, or has not."""
        self.stage.until(
            lambda: self.leave_of.get(other.handle) is leave,
            lambda: f"{self.handle} has no such word of {other.handle}: {self.leave_of}",
        )


def befriend(one: Member, other: Member) -> None:
    """Two give each other their leave."""
    one.contact(ContactAct.ASK, other, "please")
    other.next(ContactCame, act=ContactAct.ASK, sender=one.handle)
    other.contact(ContactAct.GRANT, one)
    one.has_leave_of(other)
    if other.leave_of.get(one.handle) is not True:
        # Where a question gives nothing, whoever was asked asks back.
        one.contact(ContactAct.GRANT, other)
        other.has_leave_of(one)


# What a network lacks -------------------------------------------------------------------------------------


def needs(part: Part) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A test of a part. On a network without it, it is shown instead that the part is refused."""

    def declare(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def run(stage: Stage, **fixtures: Any) -> None:
            if part in stage.parts:
                test(stage, **fixtures)
            else:
                REFUSED[part](stage)

        run.needs = part  # type: ignore[attr-defined]
        return run

    return declare


#: How it shows that a network has not got a part.
REFUSED: dict[Part, Callable[[Stage], None]] = {}
