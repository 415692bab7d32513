"""Standard input as lines, beside everything else that a program does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator


async def lines() -> AsyncIterator[str]:
    """Line by line, as they come; a last one without an end counts.

    The thread is not waited for: it may sit in a read when the engine leaves.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            take()

    def take() -> None:
        rest = b""
        # Not sys.stdin: a thread that waits inside of it keeps the interpreter from ending.
        while data := os.read(0, 65536):
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                loop.call_soon_threadsafe(found.put_nowait, line.decode("utf-8", "replace"))
        if rest:
            loop.call_soon_threadsafe(found.put_nowait, rest.decode("utf-8", "replace"))
        loop.call_soon_threadsafe(found.put_nowait, None)

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while (line := await found.get()) is not None:
        yield line.rstrip("\r")
