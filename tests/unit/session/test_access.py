"""Who may attach (design 4): what was decided, what holds without a decision, what is said about it."""

import shlex

import pytest

from ringback.session.access import ASKED_KEPT, LONGEST_NAME, REFUSED_EVERY, Access, Rule, Verdict, command
from ringback.session.link import Peer

ALLOW, DENY, ASK = Verdict.ALLOW, Verdict.DENY, Verdict.ASK
OURS = Peer("dbus", ":1.1", 1000, 50, "/usr/bin/python3")
THEIRS = Peer("dbus", ":1.2", 1001, 51, "/usr/bin/perl")
UNKNOWN = Peer("x11", "0x3")
TOKEN = Peer("tcp", "127.0.0.1:9", entitled=True)


@pytest.fixture
def said():
    return []


@pytest.fixture
def access(said):
    return Access({1000, 0}, said.append)


@pytest.mark.parametrize(
    ("peer", "verdict"),
    [(OURS, ALLOW), (Peer("unix", "", 0), ALLOW), (THEIRS, ASK), (UNKNOWN, ASK), (TOKEN, ALLOW)],
)
def test_without_a_decision(access, peer, verdict):
    assert access.decide(peer, "bot") is verdict
    assert access.allowed(peer, "bot") is (verdict is ALLOW)


@pytest.mark.parametrize(
    ("rules", "peer", "verdict"),
    [
        ([Rule("bot", DENY)], OURS, DENY),
        ([Rule("Bot", DENY)], OURS, DENY),
        ([Rule("other", DENY)], OURS, ALLOW),
        ([Rule("bot", DENY)], TOKEN, DENY),
        ([Rule("bot", ALLOW)], THEIRS, ALLOW),
        ([Rule("bot", ALLOW, 1001)], THEIRS, ALLOW),
        ([Rule("bot", ALLOW, 1002)], THEIRS, ASK),
        ([Rule("bot", ALLOW, 1001)], UNKNOWN, ASK),
        ([Rule("bot", ALLOW)], UNKNOWN, ALLOW),
        ([Rule("bot", ALLOW, None, "/usr/bin/perl")], THEIRS, ALLOW),
        ([Rule("bot", ALLOW, None, "/usr/bin/perl")], UNKNOWN, ASK),
        ([Rule("*", ALLOW, 1001)], THEIRS, ALLOW),
        ([Rule("*", DENY)], OURS, DENY),
        # The narrowest decides, in whatever order they were made.
        ([Rule("*", DENY), Rule("bot", ALLOW)], OURS, ALLOW),
        ([Rule("bot", ALLOW), Rule("*", DENY)], OURS, ALLOW),
        ([Rule("bot", DENY), Rule("bot", ALLOW, 1000)], OURS, ALLOW),
        ([Rule("bot", ALLOW, 1000), Rule("bot", DENY, 1000, "/usr/bin/python3")], OURS, DENY),
        # Of equally narrow ones the forbidding one.
        ([Rule("bot", DENY, 1000), Rule("bot", ALLOW, None, "/usr/bin/python3")], OURS, DENY),
        ([Rule("bot", ASK, 1000), Rule("bot", ALLOW, None, "/usr/bin/python3")], OURS, ASK),
        # The same again replaces.
        ([Rule("bot", DENY), Rule("BOT", ALLOW)], OURS, ALLOW),
    ],
)
def test_decisions(access, rules, peer, verdict):
    access.use(rules)
    assert access.decide(peer, "bot") is verdict


def test_names_are_compared_in_one_spelling(access):
    access.put(Rule("Ro\u0308bot", DENY))
    assert access.decide(OURS, "R\u00d6BOT") is DENY
    assert access.forget("r\u00f6bot") == 1
    assert access.decide(OURS, "R\u00d6BOT") is ALLOW
    assert access.forget("r\u00f6bot") == 0


def test_who_is_refused_is_told_how_to_be_let_in(access, said):
    assert not access.allowed(THEIRS, "my 'bot'")
    [line] = said
    typed = line.partition("to let it in: ")[2]
    assert shlex.split(typed) == [
        *("ringback", "access", "allow", "my 'bot'"),
        *("--user", "1001", "--executable", "/usr/bin/perl"),
    ]
    assert "dbus :1.2, user 1001, /usr/bin/perl" in line
    [asked] = access.asked
    assert command(asked) == typed
    access.put(Rule("my 'bot'", ALLOW, 1001, "/usr/bin/perl"))
    assert access.asked == ()
    assert access.allowed(THEIRS, "my 'bot'")
    assert not access.allowed(UNKNOWN, "bot")
    assert said[-1].endswith("ringback access allow bot --user any")


def test_who_is_denied_is_not_asked_about(access, said):
    access.put(Rule("bot", DENY))
    assert not access.allowed(OURS, "bot")
    assert access.asked == ()
    assert said == ["access: 'bot' (dbus :1.1, user 1000, /usr/bin/python3) refused, as was decided"]


def test_trying_again_and_again_fills_neither_the_log_nor_the_memory(access, said):
    for _ in range(REFUSED_EVERY + 1):
        access.allowed(THEIRS, "bot")
    assert len(said) == 2
    [asked] = access.asked
    assert asked.times == REFUSED_EVERY + 1
    for number in range(ASKED_KEPT):
        access.allowed(THEIRS, f"bot {number}")
    assert [asked.program for asked in access.asked] == [f"bot {number}" for number in range(ASKED_KEPT)]
    said.clear()
    assert not access.allowed(OURS, "x" * (LONGEST_NAME + 1))
    assert said == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"program": "", "verdict": "deny"},
        {"program": "x"},
        {"program": "x", "verdict": "perhaps"},
        {"program": 5, "verdict": "deny"},
        {"program": "x", "verdict": "deny", "user": "me"},
        {"program": "x", "verdict": "deny", "user": True},
        {"program": "x", "verdict": "deny", "executable": 5},
        {"program": "x" * (LONGEST_NAME + 1), "verdict": "deny"},
    ],
)
def test_what_is_no_rule(data):
    with pytest.raises((KeyError, ValueError)):
        Rule.read(data)


def test_a_rule_as_data():
    for rule in (Rule("x", DENY), Rule("x", ALLOW, 5, "/bin/x")):
        assert Rule.read(rule.data()) == rule
