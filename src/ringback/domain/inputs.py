"""What comes into the engine, in the past tense: it happened; the engine decides what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ringback.domain.effects import CallAct, ContactAct, Fields, Route
from ringback.domain.failures import Meaning


@dataclass(frozen=True, slots=True)
class CallSignalled:
    """The other side of a call said something. ``reason`` is a FAILUREREASON number with FAIL, else None.

    ``pipe`` (with ANSWER, and with RING for early media) names the sound path. ``payload``: what a phone
    network says of a call that is not answered.
    """

    signal_id: str
    sender: str
    act: CallAct
    payload: str = ""
    pipe: str = ""
    reason: int | None = None


@dataclass(frozen=True, slots=True)
class CallPriced:
    """The network takes a call to a phone; ``rate`` a minute, ``precision`` of its digits are decimals."""

    signal_id: str
    rate: int
    precision: int
    currency: str


@dataclass(frozen=True, slots=True)
class CreditGiven:
    """The phone network has this currency, and new accounts begin with this balance, in hundredths."""

    opening_balance: int
    currency: str


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """The network told about a person: profile fields (domain names) and presence."""

    handle: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """The network found people for a SearchPeople effect. ``more``: it still looks."""

    operation: int
    people: tuple[PersonSeen, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class AvatarSeen:
    """The network told how somebody looks: a picture as a file would hold it, unchecked, b"" for none."""

    handle: str
    data: bytes


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The link to the network changed: ``offline``, ``connecting``, ``pausing`` or ``online``.

    ``why``: what a person should know about it, "" for nothing.
    """

    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """The network has a request (of ``uid``) safely; it will arrive, now or later."""

    uid: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The network has taken a message (of ``uid``), but could still lose it; Posted follows."""

    uid: str


@dataclass(frozen=True, slots=True)
class PostRefused:
    """A request will never arrive. ``why``: a reason of leaving (user_not_found, ...)."""

    uid: str
    why: str


@dataclass(frozen=True, slots=True)
class PostReturned:
    """What the network had taken came back for now: it keeps the request, once it is posted again.

    ``message``: of an edit the uid of what it changes, else "".
    """

    uid: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class MessageCame:
    """Somebody wrote. It may come again until ``receipt`` is acknowledged; ``uid`` tells it from others.

    ``mine``: we wrote it ourselves, to ``sender``, on another device. ``seen``: and it was read there.
    """

    receipt: str
    uid: str
    sender: str
    chat: str
    sort: str
    body: str
    stamp: int
    mine: bool = False
    seen: bool = False


@dataclass(frozen=True, slots=True)
class EditCame:
    """Somebody changed the text of the entry ``message`` (its uid); later changes have higher serials.

    ``mine``: we changed what we wrote to ``sender``, on another device.
    """

    receipt: str
    uid: str
    sender: str
    chat: str
    message: str
    body: str
    stamp: int
    serial: int = 1
    mine: bool = False


@dataclass(frozen=True, slots=True)
class ContactCame:
    """Somebody says how they stand to us (``ChangeContact``); it may come again, with the same ``serial``.

    ``gives``: who asks for our leave gives theirs with the question.
    """

    receipt: str
    uid: str
    sender: str
    act: ContactAct
    text: str = ""
    serial: int = 0
    gives: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """How somebody stands in the list of contacts that the network keeps.

    ``is_authorized``: they see us; False if that was taken back, None if the network has nothing to say: then
    what the user wants of it still holds. ``asked``: we wait for their leave. ``listed``: False for who is
    not in it any more. ``name``: what we call them, "" for nothing.
    """

    handle: str
    is_authorized: bool | None
    has_authorized: bool
    asked: bool = False
    listed: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class ContactsListed:
    """The network told of its list of contacts; ``whole``: these and nobody else are in it."""

    people: tuple[Listed, ...]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Barred:
    """The network keeps these away from us, or (``blocked`` False) not any more, on whichever device of ours
    that was said. ``whole``: who is not among them is not kept away.
    """

    handles: tuple[str, ...]
    blocked: bool = True
    whole: bool = False


@dataclass(frozen=True, slots=True)
class SeenElsewhere:
    """On another device of ours what ``partner`` said up to the message ``uid`` was read."""

    partner: str
    uid: str


@dataclass(frozen=True, slots=True)
class RouteSet:
    """A SetRoute effect was carried out."""

    operation: int


@dataclass(frozen=True, slots=True)
class RouteFailed:
    """A SetRoute effect failed (``operation``), or one end of a working route broke later (operation 0).

    end: the field of ``Endpoints`` that broke.
    """

    operation: int
    call: int
    route: Route
    why: str = ""
    end: Literal["port", "file"] | None = None


@dataclass(frozen=True, slots=True)
class InputUsed:
    """A call's INPUT began to give sound of a port or a file, or has no more of it."""

    call: int
    used: bool


@dataclass(frozen=True, slots=True)
class ChoiceMade:
    """What a TryDevice or TryRingtone effect was asked to look for is there.

    ``path``: of a ringtone, without the index that may have stood behind it.
    """

    operation: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceRefused:
    """It is not there, or cannot be used."""

    operation: int
    failure: Meaning
    why: str = ""


@dataclass(frozen=True, slots=True)
class PictureRead:
    """A ReadPicture effect was carried out. ``path``: the file; ``data``: the picture to show."""

    operation: int
    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class PictureFound:
    """A LookAtPicture effect was carried out, and there is one."""

    operation: int
    path: str


@dataclass(frozen=True, slots=True)
class PictureWritten:
    """A WritePicture effect was carried out."""

    operation: int


@dataclass(frozen=True, slots=True)
class PictureRefused:
    """An effect on the file of a picture failed."""

    operation: int
    why: Meaning


@dataclass(frozen=True, slots=True)
class PictureChecked:
    """A CheckPicture effect was carried out. ``data``: what to show, b"" if it is no picture."""

    handle: str
    digest: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FolderFound:
    """A LookAtFolder effect was carried out."""

    operation: int
    there: bool


@dataclass(frozen=True, slots=True)
class KeysListed:
    """A ListKeys effect was carried out.

    ``portions`` make the list if they are put together; each is keys with a comma and a blank between, since
    a number for each of a million keys takes too long. None: it cannot be read.
    """

    operation: int
    portions: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class UserAnswered:
    """The user was asked about a wish of a program (AskUser)."""

    operation: int
    agreed: bool


#: What has a time of its own: a call, by its number, idling, or all searches.
Due: TypeAlias = int | Literal["idling", "searches"]


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The moment came that the engine had asked for with ``Engine.deadlines``.

    Each is a step of its own: one that cannot be stored must not stop the clocks of others.
    """

    due: Due


Delivered: TypeAlias = MessageCame | EditCame | ContactCame
NetworkEvent: TypeAlias = (
    CallSignalled
    | CallPriced
    | CreditGiven
    | PersonSeen
    | PeopleFound
    | AvatarSeen
    | LinkChanged
    | Sent
    | Posted
    | PostRefused
    | PostReturned
    | Delivered
    | ContactsListed
    | Barred
    | SeenElsewhere
)
MediaEvent: TypeAlias = RouteSet | RouteFailed | InputUsed
DeskEvent: TypeAlias = ChoiceMade | ChoiceRefused
FileEvent: TypeAlias = (
    PictureRead | PictureFound | PictureWritten | PictureRefused | PictureChecked | FolderFound | KeysListed
)
Event: TypeAlias = NetworkEvent | MediaEvent | DeskEvent | FileEvent | UserAnswered | DeadlinePassed
