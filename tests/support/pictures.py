"""Pictures to give to an engine, good and bad ones."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from PIL import Image


def picture(path: Path, kind: str | None = None, size=(32, 24), colour="red", mode="RGB", **how) -> Path:
    """A picture of one colour in a file, of the kind that its name says."""
    Image.new(mode, size, colour).save(path, kind, **how)
    return path


def noisy(path: Path, side: int, **how) -> Path:
    """A picture that cannot be packed well."""
    Image.effect_noise((side, side), 90).convert("RGB").save(path, **how)
    return path


def png_of(width: int, height: int, pixels: bytes = bytes(1000)) -> bytes:
    """A PNG file of two colours that says it is so large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(pixels, 0))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def shows(path: Path) -> tuple[str | None, tuple[int, int], tuple[int, ...]]:
    """Kind, size and the colour in the middle."""
    with Image.open(path) as found:
        middle = (found.width // 2, found.height // 2)
        return found.format, found.size, found.convert("RGB").getpixel(middle)
