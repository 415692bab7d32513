"""The engine's own door, for the commands that look after it: ``<home>/control.sock``.

It is no way in for programs, and the language of the API knows nothing of it. One line of JSON asks, one
line answers: ``{"do": "status"}`` gives ``{"ok": …}``, what cannot be done ``{"error": "why"}``. The file has
mode 0600 and the process at the other end must be of the same user.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import os
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from ringback.transport.socket_files import address, listener

_LOG: Final = logging.getLogger(__name__)
#: Bytes of the longest question.
LONGEST: Final = 64 * 1024
#: Seconds in which an engine answers, and in which a connection must have asked.
PATIENCE: Final = 30.0
#: Connections at once; those above are sent away.
MOST: Final = 16

#: Answers one kind of question, at once or later; ControlError is told to who asked.
Handler: TypeAlias = Callable[[Mapping[str, Any]], Any]


class ControlError(Exception):
    """What was asked cannot be done; the text says why."""


class NoEngineError(Exception):
    """No engine runs on this home."""


class ControlServer:
    """Listens on the file and hands questions to the handlers, by their ``do``."""

    def __init__(self, path: Path, handlers: Mapping[str, Handler]) -> None:
        self.path = path
        self._handlers = handlers
        self._server: asyncio.Server | None = None
        self._open = 0

    async def start(self) -> None:
        """Listen. Raises OSError."""
        bound = listener(self.path)
        self._server = await asyncio.start_unix_server(self._serve, sock=bound, limit=LONGEST)

    async def stop(self) -> None:
        """Stop listening and remove the file."""
        if self._server is not None:
            self._server.close()
            self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open > MOST or _user(writer) not in (os.getuid(), 0):
                return
            async with asyncio.timeout(PATIENCE):
                while line := await reader.readline():
                    writer.write(json.dumps(await self.answer(line)).encode() + b"\n")
                    await writer.drain()
        except (TimeoutError, OSError, ValueError):
            return  # it does not ask, does not read, has left, or asks too much
        finally:
            self._open -= 1
            writer.close()

    async def answer(self, line: bytes) -> dict[str, Any]:
        """What one line is answered."""
        try:
            asked = json.loads(line)
            handler = self._handlers[asked["do"]]
        except (ValueError, TypeError, KeyError, RecursionError):
            return {"error": f"not understood; there are {', '.join(self._handlers)}"}
        try:
            found = handler(asked)
            return {"ok": await found if inspect.isawaitable(found) else found}
        except ControlError as error:
            return {"error": str(error)}
        except OSError as error:
            return {"error": f"{error.filename or 'the system'}: {error.strerror or error}"}
        except Exception as error:  # noqa: BLE001 - a bad question must not end the engine
            _LOG.exception("control: unexpected error in %r", asked["do"])
            return {"error": f"unexpected: {type(error).__name__}"}


def _user(writer: asyncio.StreamWriter) -> int:
    raw = writer.get_extra_info("socket").getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
    )
    user: int = struct.unpack("3i", raw)[1]
    return user


def ask(path: Path, do: str, **more: Any) -> Any:
    """Ask the engine that listens there. Raises NoEngineError, ControlError, TimeoutError, OSError."""
    said = b""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        try:
            with address(path) as name:
                connection.connect(name)
        except (FileNotFoundError, ConnectionRefusedError):
            raise NoEngineError(f"no engine runs on {path.parent}") from None
        connection.sendall(json.dumps({"do": do, **more}).encode() + b"\n")
        while not said.endswith(b"\n"):
            piece = connection.recv(65536)
            if not piece:
                raise NoEngineError("the engine closed the connection")
            said += piece
    answer = json.loads(said)
    if "error" in answer:
        raise ControlError(answer["error"])
    return answer["ok"]
