"""Files of pictures, checked with Pillow (implements ``ringback.ports.pictures.Pictures``).

Nothing is believed of a file: its kind is what it holds, its size is looked at before it is unpacked, and
only what could be unpacked whole is a picture.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import stat
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from ringback.domain.failures import Meaning
from ringback.ports.pictures import PictureError

#: What others can show, and what a window can.
SHOWN: Final = ("PNG", "JPEG")
WALLPAPERS: Final = ("PNG", "JPEG", "BMP")
#: Bytes of a file that is looked at, and pixels of a picture that is unpacked (4 bytes each).
LARGEST_FILE: Final = 16 * 1024 * 1024
LARGEST_PICTURE: Final = 24_000_000
#: A picture to show is as it was given up to so many bytes and pixels a side, else it is made smaller.
SHOWN_BYTES: Final = 256 * 1024
SHOWN_SIDES: Final = (640, 480, 320, 240)
# Sizes are looked at below, before anything is unpacked.
Image.MAX_IMAGE_PIXELS = None
#: ``:idx`` of the reference: which picture of a collection. There is one in a picture file.
_INDEX: Final = re.compile(r"(.+):([0-9]+)")
_TROUBLE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG})
_SUFFIXES: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


class PictureFiles:
    """The files of this machine."""

    def read(self, path: str) -> tuple[str, bytes]:
        """A picture of a file to show."""
        indexed = _INDEX.fullmatch(path)
        if indexed is not None and not os.path.lexists(path):
            path = indexed[1]
            if int(indexed[2]) and os.path.lexists(path):
                raise PictureError(Meaning.INVALID_PICTURE, "no such picture in the file")
        return path, self.check(_bytes_of(path))

    def look(self, path: str) -> None:
        """Check a wallpaper."""
        _unpacked(_bytes_of(path), WALLPAPERS)

    def check(self, data: bytes) -> bytes:
        """A picture to show: as it was given, or smaller and without the camera's notes."""
        picture = _unpacked(data, SHOWN)
        if len(data) <= SHOWN_BYTES and max(picture.size) <= SHOWN_SIDES[0] and not picture.getexif():
            return data
        return _smaller(picture)

    def write(self, data: bytes, path: str) -> None:
        """A new file."""
        kind = _SUFFIXES.get(Path(path).suffix.lower())
        picture = _unpacked(data, SHOWN)
        if kind is not None and picture.format != kind:
            data = _packed(picture, kind)
        _write(data, path)


def _bytes_of(path: str) -> bytes:
    """What a file holds. Only a file is waited for, never a pipe or a device."""
    if not path.startswith("/"):
        raise PictureError(Meaning.FILE_NOT_FOUND, "not a full path")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise PictureError(Meaning.FILE_NOT_FOUND, "not a file")
            data = b"" if about.st_size > LARGEST_FILE else _all_of(handle)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        raise PictureError(Meaning.FILE_NOT_FOUND, str(error)) from None
    if not data or len(data) > LARGEST_FILE:
        raise PictureError(Meaning.INVALID_PICTURE, "empty, or too large")
    return data


def _all_of(handle: int) -> bytes:
    with os.fdopen(handle, "rb", closefd=False) as file:
        return file.read(LARGEST_FILE + 1)


def _unpacked(data: bytes, kinds: tuple[str, ...]) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(data), formats=kinds)
        if picture.width * picture.height <= LARGEST_PICTURE:
            picture.load()
            return picture
    except Exception as error:  # noqa: BLE001 - what a hostile file raises inside of a decoder is anything
        raise PictureError(Meaning.INVALID_PICTURE, str(error)) from None
    raise PictureError(Meaning.INVALID_PICTURE, "too many pixels")


def _smaller(picture: Image.Image) -> bytes:
    """As large as others are shown pictures, the right way up; nothing of the camera is told."""
    kind = str(picture.format)
    turned = ImageOps.exif_transpose(picture)
    data = b""
    for side in SHOWN_SIDES:
        turned.thumbnail((side, side))
        data = _packed(turned, kind)
        if len(data) <= SHOWN_BYTES:
            break
    return data


def _packed(picture: Image.Image, kind: str) -> bytes:
    """The pixels alone, in another file format."""
    seen_through = picture.has_transparency_data
    bare = picture.convert("RGBA" if seen_through else "RGB")
    if kind == "JPEG" and seen_through:
        flat = Image.new("RGB", bare.size, "white")
        flat.paste(bare, mask=bare.getchannel("A"))
        bare = flat
    bare.info = {}
    file = io.BytesIO()
    bare.save(file, kind, quality=90)
    return file.getvalue()


def _write(data: bytes, path: str) -> None:
    if not path.startswith("/"):
        raise PictureError(Meaning.FILE_NOT_FOUND, "not a full path")
    how = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    try:
        try:
            handle = os.open(path, how | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            handle = os.open(path, how)
        with os.fdopen(handle, "wb") as file:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise PictureError(Meaning.FILE_NOT_FOUND, "not a file")
            if about.st_size:
                raise PictureError(Meaning.FILE_NOT_EMPTY)
            try:
                file.write(data)
                file.flush()
            except OSError:
                # It was empty or not there before.
                with contextlib.suppress(OSError):
                    Path(path).unlink()
                raise
    except (OSError, ValueError) as error:
        # Full and broken disks are nobody's fault; everything else is about the path.
        trouble = isinstance(error, OSError) and error.errno in _TROUBLE
        raise PictureError(Meaning.ACTION_FAILED if trouble else Meaning.FILE_NOT_FOUND, str(error)) from None
