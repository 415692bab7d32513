"""Pictures of people, the account's own among them, and the wallpaper (reference: AVATAR, WALLPAPER).

Theory. A file of the user's is read and checked by the world before anything is kept; then the picture itself
is stored, so that the file may go. Other people's pictures come over the network, are checked like files, and
are stored as the last one that is known. Rows are read when a picture is asked for; none stays in memory.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringback.domain.changes import Kind, Ref, Value
from ringback.domain.effects import CheckPicture, LookAtPicture, ReadPicture, SetAvatar, WritePicture
from ringback.domain.failures import Failure, Meaning
from ringback.domain.inputs import (
    AvatarSeen,
    PictureChecked,
    PictureFound,
    PictureRead,
    PictureRefused,
    PictureWritten,
)
from ringback.domain.journal import Context
from ringback.domain.records import Forget, Row, Save
from ringback.domain.rows import NoRows, Rows
from ringback.domain.settings import SETTINGS
from ringback.domain.step import Settled

if TYPE_CHECKING:
    from ringback.domain.account import Account


@dataclass(slots=True)
class Pictures:
    """Pictures by canonical handle. ``waiting``: operations with files that are under way."""

    rows: Rows = field(default_factory=NoRows)
    waiting: set[int] = field(default_factory=set)

    def find(self, handle: str) -> bytes:
        """Somebody's picture as a file would hold it, b"" if none is known."""
        row = self.rows.find(_ref(handle))
        return b"" if row is None else _data(row)

    def put(self, context: Context, handle: str, data: bytes) -> None:
        """Keep somebody's picture, or forget it (b"")."""
        ref = _ref(handle)
        context.write(Save(ref, {"data": base64.b64encode(data).decode("ascii")}) if data else Forget(ref))


def _ref(handle: str) -> Ref:
    return Ref(Kind.PICTURE, handle)


def _data(row: Row) -> bytes:
    return base64.b64decode(str(row["data"]))


def _begin(account: Account, context: Context) -> int:
    """The number of an operation with a file; whoever asked for it waits until it is over."""
    operation = account.ids.operation()
    account.pictures.waiting.add(operation)
    context.wait_for(operation)
    return operation


def _end(account: Account, context: Context, settled: Settled) -> bool:
    """An operation is over; False if nobody waits for it any more."""
    if settled.operation not in account.pictures.waiting:
        return False
    account.pictures.waiting.discard(settled.operation)
    context.settle(settled)
    return True


# Use cases ------------------------------------------------------------------------------------------------


def set_avatar(account: Account, context: Context, path: str) -> Value:
    """Take the own picture from a file (reference: SET AVATAR); over when the file was read.

    Refused later: FILE_NOT_FOUND, INVALID_PICTURE.
    """
    context.ask(ReadPicture(_begin(account, context), path))
    return path


def save_avatar(account: Account, context: Context, handle: str, path: str) -> Value:
    """Put somebody's picture into a file (reference: GET AVATAR, GET USER AVATAR); over when it is written.

    Refuses with NO_PICTURE; refused later: FILE_NOT_FOUND, FILE_NOT_EMPTY, ACTION_FAILED.
    """
    data = account.pictures.find(account.people.address(handle))
    if not data:
        raise Failure(Meaning.NO_PICTURE)
    context.ask(WritePicture(_begin(account, context), data, path))
    return path


def set_wallpaper(account: Account, context: Context, path: str) -> Value:
    """Choose the picture behind the window's text, "" for none (reference: WALLPAPER).

    Refused later: FILE_NOT_FOUND, INVALID_PICTURE.
    """
    if path:
        context.ask(LookAtPicture(_begin(account, context), path))
    else:
        _hang(account, context, path)
    return path


def _hang(account: Account, context: Context, path: str) -> None:
    old, account.settings.wallpaper = account.settings.wallpaper, path
    if old != path:
        context.changed(SETTINGS, "wallpaper", old, path)


def publish(account: Account, context: Context) -> None:
    """Show the own picture to others."""
    context.ask(SetAvatar(account.pictures.find(account.handle)))


# Events ---------------------------------------------------------------------------------------------------


def read(account: Account, context: Context, event: PictureRead) -> None:
    """The file of the own picture was read and is good."""
    if _end(account, context, Settled(event.operation, result=f"1 {event.path}")):
        pictures = account.pictures
        if pictures.find(account.handle) != event.data:
            pictures.put(context, account.handle, event.data)
            context.ask(SetAvatar(event.data))


def found(account: Account, context: Context, event: PictureFound) -> None:
    """The file of the wallpaper is good."""
    if _end(account, context, Settled(event.operation)):
        _hang(account, context, event.path)


def written(account: Account, context: Context, event: PictureWritten) -> None:
    """A picture is in its file."""
    _end(account, context, Settled(event.operation))


def refused(account: Account, context: Context, event: PictureRefused) -> None:
    """A file could not be read or written, or holds no good picture."""
    _end(account, context, Settled(event.operation, event.why))


def seen(account: Account, context: Context, event: AvatarSeen) -> None:
    """The network has somebody's picture; one that is not known is checked before it is believed."""
    digest = hashlib.sha256(event.data).hexdigest() if event.data else ""
    person = account.people.find(event.handle)
    if person.avatar == digest:
        return
    if event.data:
        context.ask(CheckPicture(person.handle, digest, event.data))
    else:
        checked(account, context, PictureChecked(person.handle, digest, b""))


def checked(account: Account, context: Context, event: PictureChecked) -> None:
    """Somebody's picture is one, or b"" instead of what is none."""
    person = account.people.known.get(event.handle)
    if person is not None:
        person.avatar = event.digest
        context.keep(person.ref)
        account.pictures.put(context, person.handle, event.data)
