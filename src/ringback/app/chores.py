"""Work on files that may take long: beside the loop, so that a slow disk or a large picture delays nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, assert_never

from ringback.domain.effects import CheckPicture, LookAtFolder, LookAtPicture, ReadPicture, WritePicture
from ringback.domain.failures import Meaning
from ringback.domain.inputs import (
    FileEvent,
    FolderFound,
    PictureChecked,
    PictureFound,
    PictureRead,
    PictureRefused,
    PictureWritten,
)
from ringback.media.worker import Worker
from ringback.ports.pictures import PictureError, Pictures

_LOG: Final = logging.getLogger(__name__)
#: Chores of one account's programs that may wait; more are refused.
MOST_WAITING: Final = 100

Chore: TypeAlias = ReadPicture | LookAtPicture | WritePicture | CheckPicture | LookAtFolder


class Chores:
    """One account's chores. ``heard`` gets the event that each ends with."""

    def __init__(self, pictures: Pictures, worker: Worker, heard: Callable[[FileEvent], None]) -> None:
        self._pictures = pictures
        self._worker = worker
        self._heard = heard
        self._waiting = 0

    def do(self, chore: Chore) -> None:
        """Have it done; an event follows."""
        if self._waiting >= MOST_WAITING and not isinstance(chore, CheckPicture):
            self._heard(_failed(chore, RuntimeError("too much to do")))
            return
        self._waiting += 1
        self._worker.do(partial(self._done, chore), partial(self._tell, chore))

    def _done(self, chore: Chore) -> FileEvent:
        match chore:
            case ReadPicture():
                path, data = self._pictures.read(chore.path)
                return PictureRead(chore.operation, path, data)
            case LookAtPicture():
                self._pictures.look(chore.path)
                return PictureFound(chore.operation, chore.path)
            case WritePicture():
                self._pictures.write(chore.data, chore.path)
                return PictureWritten(chore.operation)
            case CheckPicture():
                return PictureChecked(chore.handle, chore.digest, self._pictures.check(chore.data))
            case LookAtFolder():
                return FolderFound(chore.operation, chore.path.startswith("/") and Path(chore.path).is_dir())
            case _:
                assert_never(chore)

    def _tell(self, chore: Chore, result: FileEvent | Exception) -> None:
        self._waiting -= 1
        if isinstance(result, Exception):
            known = isinstance(result, PictureError | TimeoutError)
            _LOG.log(
                logging.DEBUG if known else logging.ERROR,
                "%s: %s",
                type(chore).__name__,
                result,
                exc_info=None if known else result,
            )
            result = _failed(chore, result)
        self._heard(result)


def _failed(chore: Chore, error: Exception) -> FileEvent:
    if isinstance(chore, CheckPicture):
        return PictureChecked(chore.handle, chore.digest, b"")
    if isinstance(chore, LookAtFolder):
        return FolderFound(chore.operation, False)
    why = error.meaning if isinstance(error, PictureError) else Meaning.ACTION_FAILED
    return PictureRefused(chore.operation, why)
