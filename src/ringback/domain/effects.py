"""What the engine asks the world to do. Data only; carried out after the step is stored.

Every effect carries ids that were stored with the change, so that it can be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TypeAlias

from ringback.domain.changes import Kind


@unique
class CallAct(Enum):
    """Acts of call signalling (network.md, request 12)."""

    OFFER = "offer"
    RING = "ring"
    ANSWER = "answer"
    HOLD = "hold"
    RESUME = "resume"
    REFUSE = "refuse"
    BUSY = "busy"
    FAIL = "fail"
    END = "end"


@unique
class Route(Enum):
    """Ways of a leg's sound: what is sent (INPUT), what is heard (OUTPUT), a copy of the microphone."""

    INPUT = "input"
    OUTPUT = "output"
    CAPTURE_MIC = "capture_mic"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a route leads. Several may be given at once; none given means silence.

    soundcard: a device name ("default") or None. port: TCP port on 127.0.0.1 where the program listens.
    file: path of a WAV file.
    """

    soundcard: str | None = None
    port: int | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class SignalCall:
    """Tell the other side of a call something. ``signal_id`` names the call between both sides.

    ``payload``: with ANSWER the sound path, with FAIL the reason as the other side's FAILUREREASON.
    """

    signal_id: str
    to: str
    act: CallAct
    payload: str = ""


@dataclass(frozen=True, slots=True)
class OpenLeg:
    """Connect a call's sound: ``pipe`` names the sound path that both sides share."""

    call: int
    pipe: str


@dataclass(frozen=True, slots=True)
class HoldLeg:
    """Let no sound pass while either side holds the call; let it pass again."""

    call: int
    held: bool


@dataclass(frozen=True, slots=True)
class CloseLeg:
    """End a call's sound; files are finished and sockets closed."""

    call: int


@dataclass(frozen=True, slots=True)
class PlayTones:
    """Let the other side of a call hear keypad tones, one after the other: ``0`` to ``9``, ``*``, ``#``."""

    call: int
    tones: str


@dataclass(frozen=True, slots=True)
class SetRoute:
    """Lead a route of a leg somewhere else. Answered by RouteSet or RouteFailed with ``operation``."""

    call: int
    route: Route
    endpoints: Endpoints
    operation: int


@unique
class Device(Enum):
    """Devices that an account chooses; the value is the setting. An empty name is the machine's default."""

    MICROPHONE = "audio_in"
    LOUDSPEAKER = "audio_out"
    RINGER = "ringer"
    CAMERA = "video_in"


@dataclass(frozen=True, slots=True)
class TryDevice:
    """See whether a device is there. Answered by ChoiceMade or ChoiceRefused with ``operation``."""

    device: Device
    name: str
    operation: int


@dataclass(frozen=True, slots=True)
class UseDevice:
    """Use a device from now on, in calls that are under way too."""

    device: Device
    name: str


@dataclass(frozen=True, slots=True)
class TryRingtone:
    """See whether a file holds a sound. Answered by ChoiceMade or ChoiceRefused with ``operation``."""

    path: str
    operation: int


@dataclass(frozen=True, slots=True)
class UseRingtone:
    """Ring with this file from now on; empty for the built-in tone."""

    path: str


@dataclass(frozen=True, slots=True)
class Mute:
    """Let nothing that we say out, or let it out again; in all calls."""

    muted: bool


@unique
class Tone(Enum):
    """What the user hears of the state of calls. The first three last until something else is asked for."""

    RINGTONE = "somebody calls"
    CALL_WAITING = "somebody calls while we talk"
    RINGBACK = "it rings at the other side"
    BUSY = "the other side is busy, or does not want to talk"
    FAILED = "the call came to nothing"


@dataclass(frozen=True, slots=True)
class Sound:
    """Let a tone be heard instead of the last one, None for silence. ``pc_speaker``: there too."""

    tone: Tone | None = None
    pc_speaker: bool = False


@dataclass(frozen=True, slots=True)
class Connect:
    """Join the network. LinkChanged events tell what comes of it."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Leave the network; no event follows."""


@dataclass(frozen=True, slots=True)
class SignOut:
    """Tell all programs that the user has signed out, and detach them; no event follows."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Let programs attach again; no event follows."""


@dataclass(frozen=True, slots=True)
class SetPresence:
    """Publish the account's own presence: a status that the user can choose, but not ``offline``."""

    state: str


#: Field names of a Person and their values.
Fields: TypeAlias = tuple[tuple[str, str | int | bool], ...]


@dataclass(frozen=True, slots=True)
class SetProfile:
    """Publish the account's own profile, all of it, in the names of a Person's fields."""

    fields: Fields


@dataclass(frozen=True, slots=True)
class AskProfile:
    """Ask the network who somebody is; PersonSeen follows if anybody is."""

    handle: str


@dataclass(frozen=True, slots=True)
class SearchPeople:
    """Have the network look for people; PeopleFound follows with ``operation``."""

    operation: int
    text: str


@dataclass(frozen=True, slots=True)
class SetAvatar:
    """Publish the account's own picture, b"" for none."""

    data: bytes


# Files of pictures. Each effect is answered by an event with its operation or handle.


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """Read and check the file of a picture to show to others; PictureRead or PictureRefused follows.

    ``path`` may end in ``:`` and an index into a collection.
    """

    operation: int
    path: str


@dataclass(frozen=True, slots=True)
class LookAtPicture:
    """Check the file of a picture that stays where it is; PictureFound or PictureRefused follows."""

    operation: int
    path: str


@dataclass(frozen=True, slots=True)
class WritePicture:
    """Write a picture into a new file; PictureWritten or PictureRefused follows."""

    operation: int
    data: bytes
    path: str


@dataclass(frozen=True, slots=True)
class CheckPicture:
    """Is this a picture, that somebody else shows? PictureChecked follows."""

    handle: str
    digest: str
    data: bytes


@dataclass(frozen=True, slots=True)
class LookAtFolder:
    """Is there such a folder? FolderFound follows."""

    operation: int
    path: str


@dataclass(frozen=True, slots=True)
class ListKeys:
    """Read a long list of keys of a numbered kind from the store. KeysListed follows.

    ``where``: columns and their values, as in ``ringback.domain.rows``. ``above``, ``below``: only keys
    between the two. ``then``: keys that are known and come last.
    """

    operation: int
    kind: Kind
    where: tuple[tuple[str, str | int], ...] = ()
    newest_first: bool = True
    above: int = 0
    below: int | None = None
    then: tuple[int, ...] = ()


# What the user sees.


@dataclass(frozen=True, slots=True)
class ShowWindow:
    """Show the window: normal (in front), minimized, maximized or hidden."""

    state: str


@dataclass(frozen=True, slots=True)
class ShowPage:
    """Open a page by its name, with what it is about."""

    page: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskUser:
    """Ask the user about a wish of a program (of that session); UserAnswered follows."""

    operation: int
    question: str
    session: int


# Requests that the network must not lose. Each has a ``uid`` that was stored with the change; the network
# answers with Posted or PostRefused, and until then the request is asked again at every connection, in order.


@dataclass(frozen=True, slots=True)
class PostMessage:
    """Deliver a chat entry. ``chat``: the chat's id; ``sort``: said, emoted; ``stamp``: UTC seconds."""

    uid: str
    to: str
    chat: str
    sort: str
    body: str
    stamp: int


@dataclass(frozen=True, slots=True)
class PostEdit:
    """Deliver the new text of the chat entry ``message`` (its uid); an empty one removes the text.

    serial: 1 for the first edit of an entry, then counted on; what comes again or late is known by it.
    """

    uid: str
    to: str
    chat: str
    message: str
    body: str
    stamp: int
    serial: int = 1


@dataclass(frozen=True, slots=True)
class PostSeen:
    """Tell who may know it, and the account's other devices, that what ``to`` said was read.

    message: the uid of the message up to which that is so.
    """

    uid: str
    to: str
    message: str


@unique
class ContactAct(Enum):
    """What one side says about knowing the other (network.md, request 3)."""

    ASK = "ask"
    GRANT = "grant"
    REFUSE = "refuse"
    REMOVE = "remove"
    BLOCK = "block"
    UNBLOCK = "unblock"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class ChangeContact:
    """How we stand to somebody from now on.

    ASK wants their leave to see them, with a text, and gives ours; GRANT gives it; REFUSE takes it back or
    does not give it; REMOVE takes it back and wants nothing any more. BLOCK and UNBLOCK are for the network,
    and so is RENAME, which says what we call them (``text``).
    ``serial``: of two things said to one person, the later one has the higher number.
    """

    uid: str
    to: str
    act: ContactAct
    text: str = ""
    serial: int = 0


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """What the network delivered as ``receipt`` is stored; it need not be delivered again."""

    receipt: str


@dataclass(frozen=True, slots=True)
class ReadOn:
    """More was read on another device than one step marks: let ``SeenElsewhere`` happen once more."""

    partner: str
    uid: str


#: What is said to somebody, and everything that is to be delivered.
Saying: TypeAlias = PostMessage | PostEdit | ChangeContact
Request: TypeAlias = Saying | PostSeen
LegEffect: TypeAlias = OpenLeg | HoldLeg | CloseLeg | SetRoute | PlayTones | Mute
DeskEffect: TypeAlias = TryDevice | UseDevice | TryRingtone | UseRingtone | Sound
Effect: TypeAlias = (
    SignalCall
    | LegEffect
    | DeskEffect
    | Connect
    | Disconnect
    | SignOut
    | SignIn
    | SetPresence
    | SetProfile
    | AskProfile
    | SearchPeople
    | SetAvatar
    | ReadPicture
    | LookAtPicture
    | WritePicture
    | CheckPicture
    | LookAtFolder
    | ListKeys
    | ShowWindow
    | ShowPage
    | AskUser
    | Request
    | Acknowledge
    | ReadOn
)
