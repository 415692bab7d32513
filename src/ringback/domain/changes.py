"""The journal: what happened to an account, in order, each entry with its cause.

Order and repetition matter to attached programs, so entries are recorded as they happen and never
computed by comparing two states afterwards. Fields have domain names (``failure_reason``); how they
look on the wire is declared in ``ringback.protocol``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TypeAlias


@unique
class Kind(Enum):
    """Kinds of things that changes are about."""

    ACCOUNT = "account"
    PROFILE = "profile"
    PERSON = "person"
    PICTURE = "picture"
    CALL = "call"
    CHAT = "chat"
    MEMBER = "member"
    MESSAGE = "message"
    VOICEMAIL = "voicemail"
    PHONE_TEXT = "phone_text"
    GROUP = "group"
    FILE_TRANSFER = "file_transfer"
    APPLICATION = "application"
    MENU_ITEM = "menu_item"
    ALERT_EVENT = "alert_event"
    #: Requests to the network that it has not confirmed; programs never hear of them.
    OUTBOX = "outbox"


@dataclass(frozen=True, slots=True)
class Ref:
    """Names one thing: its kind and its key (a number, a handle, a chat id; "" for the account itself)."""

    kind: Kind
    key: int | str


@unique
class Origin(Enum):
    """Where an input came from."""

    CLIENT = "client"
    NETWORK = "network"
    MEDIA = "media"
    TIMER = "timer"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what made a change. ``session`` is the attached program's number when a client did."""

    origin: Origin
    session: int | None = None


#: A value as the domain holds it. Protocol value types turn it into text.
Value: TypeAlias = str | int | bool | tuple[str, ...] | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Created:
    """A new thing exists; the protocol announces its properties in the declared order."""

    ref: Ref
    cause: Cause


@dataclass(frozen=True, slots=True)
class Changed:
    """A field has a new value."""

    ref: Ref
    field: str
    old: Value
    new: Value
    cause: Cause


@dataclass(frozen=True, slots=True)
class Reported:
    """A field's value is said again on purpose (ticks, repeated statuses), changed or not."""

    ref: Ref
    field: str
    value: Value
    cause: Cause


@dataclass(frozen=True, slots=True)
class Deleted:
    """A thing is gone."""

    ref: Ref
    cause: Cause


@dataclass(frozen=True, slots=True)
class Signalled:
    """Something happened that is no field: ``signal`` names it (for example ``history_changed``)."""

    ref: Ref
    signal: str
    data: tuple[str, ...]
    cause: Cause


Change: TypeAlias = Created | Changed | Reported | Deleted | Signalled
