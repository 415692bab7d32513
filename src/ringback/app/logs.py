"""The log: one line an event, on standard error or in a file that is opened anew when asked (SIGHUP).

Nothing in it is anybody's message or password. What is logged of the language goes through
``ringback.protocol.discretion``; of an exception only its kind and its places are shown, since its text may
quote what a program said. Only exceptions that speak of the system and of ourselves show theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import queue
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

from ringback.app.home import CannotStartError
from ringback.ports.store import StoreError

LEVELS: Final = ("debug", "info", "warning", "error")
FORMATS: Final = ("text", "json")
#: Exceptions whose texts are about files, sockets and ourselves.
_OUTSPOKEN: Final = (OSError, StoreError, CannotStartError)
#: Libraries that warn of each packet that is not as it should be, as often as the other side of a call likes.
_CHATTY: Final = ("aiortc", "aioice")
#: Fields that a line may have beside its text.
_FIELDS: Final = ("account", "session")
#: What the journal calls our levels (sd-daemon(3)).
_PRIORITIES: Final = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def one_line(text: str) -> str:
    """The text with nothing in it that would begin a line or steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def told(error: BaseException) -> str:
    """An exception for the log: kind, causes and places; its text only if that is about the system."""
    lines = traceback.format_tb(error.__traceback__)
    kind = type(error).__qualname__
    lines.append(f"{kind}: {one_line(str(error))}" if isinstance(error, _OUTSPOKEN) else kind)
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        lines.insert(0, f"{told(before)}\nand then\n")
    return "".join(lines)


class Text(logging.Formatter):
    """``time level logger: message``, an exception indented below."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        head = f"{_moment(record)} {record.levelname} {record.name}: "
        return head + one_line(record.getMessage()) + self.below(record)

    @staticmethod
    def below(record: logging.LogRecord) -> str:
        """The exception, indented."""
        if not record.exc_info or record.exc_info[1] is None:
            return ""
        return "".join(f"\n  {line}" for line in told(record.exc_info[1]).splitlines())


class Journal(Text):
    """For the journal of systemd, which adds the time: the priority in front of each line."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        text = f"{record.name}: {one_line(record.getMessage())}{self.below(record)}"
        mark = f"<{_PRIORITIES.get(record.levelno, 6)}>"
        return "\n".join(mark + line for line in text.splitlines())


class Json(logging.Formatter):
    """One object a line: time, level, logger, message; exception, account and session where there are."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as JSON."""
        entry: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            entry["exception"] = told(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class LogFile(logging.StreamHandler[TextIO]):
    """Writes to standard error, or appends to a file of mode 0600 that can be moved away and opened anew."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        super().__init__(sys.stderr if path is None else _opened(path))
        #: Lines that could not be written: a full disk, a closed pipe.
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; what was lost before is counted in front of it."""
        lost, self.lost = self.lost, 0
        if lost:
            super().emit(_lost(lost))
            if self.lost:
                self.lost = lost
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """A log that cannot be written ends nothing."""
        self.lost += 1

    def reopen(self) -> None:
        """Open the file by its name again, after it was moved away. The old one stays if that fails."""
        if self._path is None:
            return
        try:
            new = _opened(self._path)
        except OSError as error:
            logging.getLogger(__name__).warning("log: %s cannot be opened: %s", self._path, error.strerror)
            return
        old = self.setStream(new)
        if old is not None:
            old.close()

    def close(self) -> None:
        """Close the file; standard error stays open."""
        if self._path is not None:
            self.stream.close()
        super().close()


class Beside(logging.Handler):
    """Hands lines to a thread that writes them: nobody waits for who reads the log, or does not read it.

    Lines that come while too many wait are counted and lost; ``flush`` waits a moment for those that do.
    """

    WAITING: Final = 10_000
    PATIENCE: Final = 2.0

    def __init__(self, file: LogFile) -> None:
        super().__init__()
        self._file = file
        #: None: open the file anew, between the lines before and after.
        self._lines: queue.Queue[logging.LogRecord | None] = queue.Queue(self.WAITING)
        self._lost = 0
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record."""
        try:
            if self._lost:
                self._lines.put_nowait(_lost(self._lost))
                self._lost = 0
            self._lines.put_nowait(record)
        except queue.Full:
            self._lost += 1

    def _write(self) -> None:
        while True:
            record = self._lines.get()
            if record is None:
                self._file.reopen()
            else:
                self._file.handle(record)
            self._lines.task_done()

    def flush(self) -> None:
        """Wait until all is written, for a moment."""
        with self._lines.all_tasks_done:
            self._lines.all_tasks_done.wait_for(lambda: not self._lines.unfinished_tasks, self.PATIENCE)

    def reopen(self) -> None:
        """Open the file anew, once what waits is written."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)

    def close(self) -> None:
        """Write what waits."""
        self.flush()
        super().close()


def _lost(number: int) -> logging.LogRecord:
    return logging.LogRecord(
        __name__, logging.WARNING, "", 0, "%d lines of the log were lost", (number,), None
    )


def _opened(path: Path) -> TextIO:
    return open(
        path,
        "a",
        encoding="utf-8",
        errors="backslashreplace",
        buffering=1,
        opener=lambda name, flags: os.open(name, flags, 0o600),
    )


def _to_journal() -> bool:
    """True if standard error goes to the journal (systemd.exec(5), JOURNAL_STREAM)."""
    device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        status = os.fstat(2)
    except OSError:
        return False
    return (device, inode) == (str(status.st_dev), str(status.st_ino))


def start(path: Path | None = None, level: str = "info", form: str = "text") -> Beside:
    """Begin to log; what nobody catches goes there too. Raises OSError if the file cannot be opened."""
    file = LogFile(path)
    file.setFormatter(Json() if form == "json" else Journal() if path is None and _to_journal() else Text())
    handler = Beside(file)
    handler.setFormatter(file.formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for library in ("dbus_fast", "asyncio", "websockets", "PIL", "libav"):
        logging.getLogger(library).setLevel(logging.WARNING)
    for library in _CHATTY:
        logging.getLogger(library).setLevel(logging.ERROR)
    sys.excepthook = lambda _kind, error, _place: _uncaught(error)
    threading.excepthook = lambda found: _uncaught(found.exc_value)
    return handler


def _uncaught(error: BaseException | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical("a fault of ours", exc_info=error)


def of_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a loop reports, without the arguments of callbacks, which hold messages."""
    what = context["message"].partition("(")[0]
    logging.getLogger(__name__).error("%s", what, exc_info=context.get("exception"))
