"""The log: one line an event, whole whatever is in it, nothing of what people say, and files that move."""

import asyncio
import json
import logging
import os
import sys
import threading

import pytest

from ringback.app import logs
from ringback.app.home import HomeBusyError
from ringback.app.logs import Journal, Json, LogFile, Text, start, told

SECRET = "geheim"


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def raised(make):
    try:
        make()
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError


def record(message, *arguments, error=None, level=logging.WARNING, **fields):
    info = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord("ringback.test", level, "", 0, message, arguments, info)
    made.created = 1_700_000_000.25
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def clumsy():
    try:
        {}[SECRET]
    except KeyError:
        raise ValueError(f"cannot take {SECRET}")  # noqa: B904 - what is looked at


def test_a_line_of_text():
    shown = Text().format(record("a %s\nb\x1b[31m", "ü"))
    assert shown == "2023-11-14T22:13:20.250+00:00 WARNING ringback.test: a ü\\nb\\x1b[31m"


def test_an_exception_shows_its_places_and_not_what_it_says():
    shown = Text().format(record("oops", error=raised(clumsy)))
    assert SECRET not in shown.replace(f"{{}}[{SECRET.upper()}]", "").replace("{SECRET}", "")
    assert "KeyError\n  and then\n" in shown
    assert shown.endswith("ValueError")
    assert "in clumsy" in shown
    assert all(line.startswith("  ") for line in shown.splitlines()[1:])


def test_what_the_system_says_is_shown():
    assert told(raised(lambda: open("/no/such file"))).endswith("No such file or directory: '/no/such file'")  # noqa: PTH123, SIM115
    assert told(HomeBusyError("another\none")) == "HomeBusyError: another\\none"


def test_a_line_for_the_journal():
    shown = Journal().format(record("oops", error=raised(clumsy), level=logging.ERROR))
    assert shown.startswith("<3>ringback.test: oops\n<3>  ")
    assert {line[:3] for line in shown.splitlines()} == {"<3>"}


def test_an_object():
    entry = json.loads(Json().format(record("a\nb", error=raised(clumsy), account="me", session=3)))
    assert entry.pop("exception").endswith("ValueError")
    assert entry == {
        "time": "2023-11-14T22:13:20.250+00:00",
        "level": "warning",
        "logger": "ringback.test",
        "message": "a\nb",
        "account": "me",
        "session": 3,
    }
    assert "\n" not in Json().format(record("a\nb"))


def test_a_file_is_private_and_can_be_moved_away(tmp_path):
    path = tmp_path / "log"
    path.write_text("older\n")
    handler = start(path, "debug")
    log = logging.getLogger("ringback.test")
    log.debug("one")
    handler.flush()
    path.rename(tmp_path / "log.1")
    log.info("two")
    handler.reopen()
    log.info("three")
    handler.flush()
    assert [line.split(": ")[-1] for line in (tmp_path / "log.1").read_text().splitlines()] == [
        *("older", "one", "two")
    ]
    assert path.read_text().endswith("ringback.test: three\n")
    assert path.stat().st_mode & 0o777 == 0o600
    # A folder in its place: it goes on in the old one and says so.
    path.rename(tmp_path / "log.2")
    path.mkdir()
    handler.reopen()
    handler.flush()
    log.info("four")
    handler.flush()
    assert "cannot be opened: Is a directory" in (tmp_path / "log.2").read_text()
    assert (tmp_path / "log.2").read_text().endswith("four\n")
    with pytest.raises(IsADirectoryError):
        LogFile(path)


def test_lines_that_cannot_be_written_are_counted():
    handler = LogFile()
    handler.setFormatter(Text())
    good = handler.stream
    written = []

    class Recording:
        def write(self, text):
            written.append(text)

        def flush(self):
            pass

    with open("/dev/full", "w", buffering=1) as full:  # noqa: PTH123
        handler.stream = full
        for _ in range(3):
            handler.emit(record("lost"))
        handler.stream = Recording()
        handler.emit(record("kept"))
        handler.emit(record("kept, too"))
        with pytest.raises(OSError, match="No space"):
            full.close()
    handler.stream = good
    lines = "".join(written).splitlines()
    assert [line.split(": ")[-1] for line in lines] == ["3 lines of the log were lost", "kept", "kept, too"]


def test_what_nobody_catches_is_logged(tmp_path):
    path = tmp_path / "log"
    handler = start(path, form="json")
    sys.excepthook(ValueError, raised(clumsy), None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    thread = threading.Thread(target=clumsy)
    thread.start()
    thread.join()

    async def broken():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(logs.of_loop)
        loop.call_soon(lambda text: clumsy(), SECRET)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(broken())
    handler.flush()
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert [entry["message"] for entry in entries] == ["a fault of ours"] * 2 + [
        "Exception in callback test_what_nobody_catches_is_logged.<locals>.broken.<locals>.<lambda>"
    ]
    assert all(entry["exception"].endswith("ValueError") for entry in entries)
    assert SECRET not in path.read_text().replace("{SECRET}", "")


@pytest.mark.parametrize("inside", [True, False])
def test_the_journal_is_recognised(monkeypatch, tmp_path, inside):
    status = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino + (not inside)}")
    assert isinstance(start().formatter, Journal) is inside
    assert not isinstance(start(tmp_path / "log").formatter, Journal)
    assert isinstance(start(form="json").formatter, Json)


def test_packets_of_others_do_not_fill_the_log(tmp_path):
    """Who calls us could send as many broken ones as it likes."""
    path = tmp_path / "log"
    handler = start(path, "debug")
    for name in ("aiortc.rtcrtpreceiver", "aioice.ice", "ringback.media.webrtc"):
        logging.getLogger(name).warning("told by %s", name)
    handler.close()
    assert [line.rpartition(" ")[2] for line in path.read_text().splitlines()] == ["ringback.media.webrtc"]
