"""The engine's own door: questions and answers, and those who ask badly."""

import asyncio
import json
import logging
import socket

import pytest

from ringback.app import control
from ringback.app.control import LONGEST, MOST, ControlError, ControlServer, NoEngineError, ask


def refuse(_asked):
    raise ControlError("not today")


def full(_asked):
    raise OSError(28, "No space left on device", "/home/x")


async def later(asked):
    await asyncio.sleep(0)
    return asked["text"]


HANDLERS = {
    "echo": lambda asked: asked["text"],
    "later": later,
    "refuse": refuse,
    "full": full,
    "break": lambda _: 1 / 0,
}


def served(path, story):
    """Run a blocking story in a thread beside a server."""

    async def run():
        server = ControlServer(path, HANDLERS)
        await server.start()
        try:
            return await asyncio.to_thread(story)
        finally:
            await server.stop()

    return asyncio.run(run())


def test_questions_and_answers(tmp_path, caplog):
    # Longer than a socket address can be.
    path = tmp_path / ("long" * 30) / "control.sock"
    path.parent.mkdir()

    def story():
        assert path.stat().st_mode & 0o777 == 0o600
        assert ask(path, "echo", text="ü\n" * 5_000) == "ü\n" * 5_000
        assert ask(path, "later", text="x") == "x"
        for do, why in (("refuse", "not today"), ("full", "/home/x: No space left on device")):
            with pytest.raises(ControlError, match=why):
                ask(path, do)
        with pytest.raises(ControlError, match="there are echo, later, refuse"):
            ask(path, "dance")
        with caplog.at_level(logging.CRITICAL), pytest.raises(ControlError, match="ZeroDivisionError"):
            ask(path, "break")

    served(path, story)
    assert not path.exists()
    with pytest.raises(NoEngineError):
        ask(path, "echo")


@pytest.mark.parametrize(
    "bad", [b"\n", b"{", b"[]\n", b'{"do": []}\n', b"5\n", b"[" * 50_000 + b"\n", b"\xff\n"]
)
def test_nonsense_is_answered(bad):
    said = asyncio.run(ControlServer("", HANDLERS).answer(bad))
    assert said == {"error": "not understood; there are echo, later, refuse, full, break"}


def sent_away(connection):
    try:
        return connection.recv(10) == b""
    except ConnectionResetError:  # it had asked something
        return True


def test_bad_company(tmp_path, monkeypatch):
    path = tmp_path / "control.sock"

    def connected():
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(str(path))
        return connection

    def story():
        # Whoever asks too much is sent away, and so is one too many; the others are served.
        with connected() as chatty:
            chatty.sendall(b"x" * (LONGEST + 10))
            assert sent_away(chatty)
        idle = [connected() for _ in range(MOST)]
        for one in idle:
            one.sendall(b'{"do": "echo", "text": 1}\n')
            assert json.loads(one.recv(100)) == {"ok": 1}
        with connected() as late:
            assert sent_away(late)
        for one in idle:
            one.close()

    served(path, story)
    monkeypatch.setattr(control, "_user", lambda _writer: 4242)

    def as_another_user():
        with connected() as other:
            assert sent_away(other)

    served(path, as_another_user)


def test_who_says_nothing_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(control, "PATIENCE", 0.05)
    path = tmp_path / "control.sock"

    def story():
        with socket.socket(socket.AF_UNIX) as idle:
            idle.settimeout(10)
            idle.connect(str(path))
            assert sent_away(idle)

    served(path, story)


def test_a_file_left_by_a_killed_engine(tmp_path):
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(NoEngineError):
        ask(path, "echo")
    assert served(path, lambda: ask(path, "echo", text="here")) == "here"
