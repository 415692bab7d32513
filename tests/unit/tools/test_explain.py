"""Completion and the meaning of errors come from the declarations."""

import pytest

from ringback.protocol.errors import TEXTS
from ringback.tools import explain
from ringback.tools.tracer import DeclaredCompleter


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", "GET"),
        ("", ".help"),
        ("al", "ALTER"),
        ("#7 get call", "CALL"),
        ("GET ", "USERSTATUS"),
        ("get call 5 dur", "DURATION"),
        ("GET PROFILE ", "ABOUT"),
        ("SET ", "MUTE"),
        ("SET MUTE ", "ON"),
        ("SET CALL 1 STATUS ", "FINISHED"),
        ("ALTER CALL 1 ", "HANGUP"),
        ("SEARCH ", "MISSEDCALLS"),
        ("OPEN ", "IM"),
        (".help ca", "CALL"),
    ],
)
def test_what_may_come_next_is_offered(typed, offered):
    begun, words = DeclaredCompleter().offers(typed)
    assert offered in words
    assert all(word.upper().startswith(begun) for word in words)


@pytest.mark.parametrize("typed", ["GET CALL 1 SE", "SET CALL 1 DURA", "ALTER CALL ", "XYZ ", "GET MUTE "])
def test_only_what_may_come_next_is_offered(typed):
    _, words = DeclaredCompleter().offers(typed)
    assert words == (["SEEN"] if typed.endswith("SE") else [])


def test_ids_that_were_heard_are_offered():
    completer = DeclaredCompleter()
    for line in ("CALL 12 STATUS RINGING", "CALL 13 STATUS RINGING", "CONNSTATUS ONLINE", "MUTE ON"):
        completer.learn(line)
    assert completer.offers("GET CALL ") == ("", ["12", "13"])
    assert completer.offers("ALTER CALL 13")[1] == ["13"]
    assert completer.offers("GET USER ")[1] == []


@pytest.mark.parametrize(
    ("number", "command", "meaning"),
    [
        (12, "GET CALL 99 STATUS", "there is none with this id"),
        (13, "#4 get call 1 nonsense", "the property is missing or unknown"),
        (558, "ALTER CALL 1 SET_INPUT x=1", "what follows the action is not allowed"),
        (41, "SET CALL 1 DTMF 5", "call not active"),
        (29, "SEARCH ACTIVECALLS x", "nothing may follow it"),
        (536, "CREATE", "the second word is missing"),
        (39, "CALL mallory", "blocked person"),
    ],
)
def test_an_error_is_explained_by_the_command_that_caused_it(number, command, meaning):
    assert meaning in explain.error(number, command)


def test_every_number_means_something():
    assert all(explain.error(number, "?") for number in TEXTS)
    assert explain.error(4711, "?") == ""
