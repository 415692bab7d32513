"""Files of pictures. All of it may take long (slow disks, large pictures) and is called beside the loop."""

from __future__ import annotations

from typing import Protocol

from ringback.domain.failures import Meaning


class PictureError(Exception):
    """It could not be done; ``meaning`` tells programs why."""

    def __init__(self, meaning: Meaning, detail: str = "") -> None:
        super().__init__(f"{meaning.value}: {detail}" if detail else meaning.value)
        self.meaning = meaning


class Pictures(Protocol):
    """What can be done with pictures. Every method raises PictureError and nothing else."""

    def read(self, path: str) -> tuple[str, bytes]:
        """The path that was read (without an index) and a picture of it to show: PNG or JPEG, not too large.

        FILE_NOT_FOUND, INVALID_PICTURE.
        """
        ...

    def look(self, path: str) -> None:
        """Check that a file holds a wallpaper: PNG, JPEG or BMP. FILE_NOT_FOUND, INVALID_PICTURE."""
        ...

    def check(self, data: bytes) -> bytes:
        """A picture of ``data`` to show, as of ``read``. INVALID_PICTURE."""
        ...

    def write(self, data: bytes, path: str) -> None:
        """Put a picture into a file that is not there yet, or empty.

        FILE_NOT_FOUND if the folder is not there or not writable, FILE_NOT_EMPTY, ACTION_FAILED.
        """
        ...
