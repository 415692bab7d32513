"""At debug level the log shows who says what, and nothing of what people write."""

import logging

import pytest

from ringback.app.traffic import WatchedDoor, watched
from ringback.transport.memory import MemoryLink
from support.replay import World

BODY = "meet me at the bridge"


def test_commands_answers_and_news_are_logged_without_bodies(caplog):
    runtime = World().runtimes["me"]
    caplog.set_level(logging.DEBUG, "ringback.app.traffic")
    door = watched(runtime, "me")
    program = MemoryLink(door)
    for text in ("NAME bot", "PROTOCOL 8", f"#1 MESSAGE echo123 {BODY}", f"{BODY}", "SET AGC OFF"):
        program.send(text)
    program.leave()
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "me/1 connected over memory"
    assert "me/1 -> #1 MESSAGE echo123 <21 characters>" in lines
    assert "me/1 -> SET AGC OFF" in lines
    assert "me/1 <- AGC OFF" in lines
    assert lines[-1] == "me/1 is gone"
    assert BODY not in caplog.text
    assert {(record.account, record.session) for record in caplog.records} == {("me", 1)}


def test_an_unexpected_fault_is_logged_without_bodies(caplog, monkeypatch):
    world = World()
    runtime = world.runtimes["me"]

    def broken(_asked, rest):
        raise ValueError(rest)

    monkeypatch.setitem(runtime.dispatcher._verbs, "SET", broken)
    with caplog.at_level(logging.ERROR):
        assert world.attach().ask(f"SET CHATMESSAGE 5 BODY {BODY}") == "ERROR 9901 Internal error"
    [record] = caplog.records
    assert record.getMessage() == "unexpected error in 'SET CHATMESSAGE 5 BODY <21 characters>'"


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING])
def test_without_debug_nothing_is_in_the_way(caplog, level):
    caplog.set_level(level, "ringback.app.traffic")
    runtime = World().runtimes["me"]
    assert watched(runtime, "me") is runtime
    assert not isinstance(runtime, WatchedDoor)
