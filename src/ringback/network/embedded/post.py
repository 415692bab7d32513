"""Letters between accounts: taken, kept, delivered in order, forgotten when they are acknowledged."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ringback.domain.effects import ChangeContact, ContactAct, PostEdit, PostMessage, Saying
from ringback.domain.inputs import ContactCame, Delivered, EditCame, MessageCame, Posted, PostRefused
from ringback.domain.rows import MISSHAPEN
from ringback.network.embedded.directory import Directory
from ringback.network.embedded.file import EmbeddedFile
from ringback.network.embedded.mailbox import Content, Letter, Mailbox
from ringback.network.embedded.sightings import Sightings
from ringback.ports.network import Listener
from ringback.ports.store import StoreError

_LOG: Final = logging.getLogger(__name__)
#: Letters that a receiver may have and not have acknowledged; more wait, so that a crowd of them is no flood.
IN_FLIGHT: Final = 256
#: Seconds until what could not be written is tried again.
RETRY: Final = 1.0


#: What somebody who always exists does with what is written to them: sender, request, now (monotonic).
Answering: TypeAlias = Callable[[str, Saying, float], None]


@dataclass(slots=True)
class _Box:
    """A receiver who is there. last: number of the last letter given. open: those not acknowledged."""

    listener: Listener
    last: int = 0
    open: set[int] = field(default_factory=set)


#: What the network itself is told and the other side is not.
_PRIVATE: Final = frozenset({ContactAct.BLOCK, ContactAct.UNBLOCK, ContactAct.RENAME})


class PostOffice:
    """Carries requests that must not be lost. ``robots``: people who always exist, with what they do."""

    def __init__(
        self,
        file: EmbeddedFile,
        mailbox: Mailbox,
        directory: Directory,
        sightings: Sightings,
        robots: Mapping[str, Answering],
    ) -> None:
        self._file = file
        self._mailbox = mailbox
        self._directory = directory
        self._sightings = sightings
        self._robots = robots
        self._boxes: dict[str, _Box] = {}
        self._unwritten: deque[tuple[str, Saying]] = deque()
        self._unforgotten: list[tuple[str, int]] = []
        self._retry_at: float | None = None

    def open_box(self, handle: str, listener: Listener) -> None:
        """An account is there; it is told what becomes of its requests."""
        self._boxes[handle] = _Box(listener)
        self._unwritten = deque(waiting for waiting in self._unwritten if waiting[0] != handle)
        try:
            self._mailbox.register(handle)
        except StoreError as error:
            _LOG.error("%s", error)

    def leave(self, handle: str) -> None:
        """An account is gone; what comes for it waits."""
        self._boxes.pop(handle, None)

    def knows(self, handle: str) -> bool:
        """True for somebody who can be written to."""
        return handle in self._robots or handle in self._boxes or self._mailbox.knows(handle)

    def post(self, sender: str, request: Saying, now: float) -> None:
        """Take a request; Posted or PostRefused goes to the sender, or neither until the disk is well."""
        if self._unwritten:
            self._unwritten.append((sender, request))
            return
        try:
            self._take(sender, request, now)
        except StoreError as error:
            _LOG.error("%s; what is written meanwhile waits", error)
            self._unwritten.append((sender, request))
            self._retry_at = now + RETRY

    def _take(self, sender: str, request: Saying, now: float) -> None:
        if not self.knows(request.to):
            self._tell(sender, PostRefused(request.uid, "user_not_found"))
            return
        robot = self._robots.get(request.to)
        with self._file.together():
            fresh = self._put(sender, request, letter=robot is None)
        self._tell(sender, Posted(request.uid))
        if fresh:
            self._follow(sender, request)
            if robot is not None:
                robot(sender, request, now)

    def write(self, robot: str, request: Saying) -> None:
        """A robot writes to somebody. Raises StoreError."""
        with self._file.together():
            fresh = self._put(robot, request, letter=True)
        if fresh:
            self._follow(robot, request)

    def _put(self, sender: str, request: Saying, letter: bool) -> bool:
        """Write down what a request means; False if it was known already."""
        if isinstance(request, ChangeContact):
            letter &= request.act not in _PRIVATE
            if not self._directory.note(sender, request):
                return False
        if letter:
            self._mailbox.put(sender, request.to, request.uid, _content(request))
        return True

    def _follow(self, sender: str, request: Saying) -> None:
        """A request is written down: those whom it concerns hear of it."""
        self.deliver(request.to)
        if isinstance(request, ChangeContact):
            self._sightings.refresh(sender, request.to)
            self._sightings.introduce(request.to, sender)

    def acknowledge(self, handle: str, receipt: str, now: float) -> None:
        """An account has stored a letter."""
        number = int(receipt)
        box = self._boxes.get(handle)
        if box is not None:
            box.open.discard(number)
        try:
            self._mailbox.taken(handle, number)
        except StoreError:
            # It would only come again, and be known.
            self._unforgotten.append((handle, number))
            self._retry_at = now + RETRY
        self.deliver(handle)

    def deliver(self, handle: str) -> None:
        """Give an account what waits for it, if it is there and may be given more."""
        box = self._boxes.get(handle)
        if box is None or len(box.open) >= IN_FLIGHT:
            return
        try:
            letters = self._mailbox.waiting(handle, box.last, IN_FLIGHT - len(box.open))
        except StoreError as error:
            _LOG.error("%s", error)
            return
        for letter in letters:
            box.last = letter.number
            try:
                event = _event(letter)
            except MISSHAPEN:
                self._mailbox.give_up(letter.number)
                continue
            box.open.add(letter.number)
            self._sightings.introduce(letter.sender, handle)
            box.listener(event)

    def _tell(self, handle: str, event: Posted | PostRefused) -> None:
        box = self._boxes.get(handle)
        if box is not None:
            box.listener(event)

    def next_deadline(self) -> float | None:
        """When to try again what could not be written."""
        return self._retry_at

    def advance(self, now: float) -> None:
        """Try again."""
        if self._retry_at is None or now + 1e-6 < self._retry_at:
            return
        self._retry_at = None
        try:
            while self._unwritten:
                self._take(*self._unwritten[0], now)
                self._unwritten.popleft()
            while self._unforgotten:
                self._mailbox.taken(*self._unforgotten[0])
                del self._unforgotten[0]
        except StoreError:
            self._retry_at = now + RETRY
            return
        for handle in list(self._boxes):
            self.deliver(handle)


def _content(request: Saying) -> Content:
    match request:
        case PostMessage():
            return {
                "what": "message",
                "chat": request.chat,
                "sort": request.sort,
                "body": request.body,
                "stamp": request.stamp,
            }
        case PostEdit():
            return {
                "what": "edit",
                "chat": request.chat,
                "message": request.message,
                "body": request.body,
                "stamp": request.stamp,
                "serial": request.serial,
            }
        case ChangeContact():
            return {
                "what": "contact",
                "act": request.act.value,
                "text": request.text,
                "serial": request.serial,
            }


def _event(letter: Letter) -> Delivered:
    content = dict(letter.content)
    what = content.pop("what")
    receipt, uid, sender = str(letter.number), letter.uid, letter.sender
    if what == "contact":
        act = ContactAct(content["act"])
        return ContactCame(receipt, uid, sender, act, str(content["text"]), int(content["serial"]))
    kind: Callable[..., Delivered] = MessageCame if what == "message" else EditCame
    return kind(receipt, uid, sender, **content)
