"""Decisions survive in their file, and a damaged file lets nobody in by guessing."""

import os

import pytest

from ringback.app import files
from ringback.app.consent import Consent, DamagedAccessError, read
from ringback.session.access import Rule, Verdict
from ringback.session.link import Peer

RULES = [
    Rule("a 'quoted' \"name\" ü\n", Verdict.DENY),
    Rule("*", Verdict.ALLOW, 1001, "/opt/my bots/bot"),
    Rule("b", Verdict.ASK, 0),
]


@pytest.fixture
def consent(tmp_path):
    consent = Consent(tmp_path / "access.toml", lambda _text: None)
    consent.load()
    return consent


def test_decisions_are_kept(consent, tmp_path):
    for rule in RULES:
        consent.decide(rule)
    path = tmp_path / "access.toml"
    assert read(path) == consent.access.rules == tuple(RULES)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    consent.decide(Rule("B", Verdict.DENY, 0))
    assert consent.forget("*") == 1
    assert consent.forget("nobody") == 0
    assert read(path) == consent.access.rules == (RULES[0], Rule("B", Verdict.DENY, 0))
    consent.forget(RULES[0].program)
    consent.forget("b")
    assert read(path) == ()


def test_a_decision_that_cannot_be_kept_is_not_made(consent, tmp_path, monkeypatch):
    consent.decide(RULES[0])
    before = (tmp_path / "access.toml").read_bytes()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    for change in (lambda: consent.decide(RULES[1]), lambda: consent.forget(RULES[0].program)):
        with pytest.raises(OSError, match="No space"):
            change()
        assert consent.access.rules == (RULES[0],)
        assert [path.read_bytes() for path in tmp_path.iterdir()] == [before]


@pytest.mark.parametrize(
    "text",
    [
        b"rule = 5",
        b"rule = [5]",
        b"[rule]\nprogram='x'",
        b"[[rule]]\nprogram='x'",
        b"[[rule]]\nprogram='x'\nverdict='perhaps'",
        b"\xff\xfe",
        b"[[rule]\n",
    ],
)
def test_a_damaged_file(tmp_path, text):
    path = tmp_path / "access.toml"
    path.write_bytes(text)
    with pytest.raises(DamagedAccessError, match="is damaged"):
        read(path)
    assert path.read_bytes() == text


def test_what_is_listed(consent):
    consent.decide(RULES[0])
    consent.access.allowed(Peer("dbus", ":1.9", 4242), "bot")
    assert consent.listed() == {
        "rules": [{"program": RULES[0].program, "verdict": "deny"}],
        "asked": [
            {
                "program": "bot",
                "peer": "dbus :1.9, user 4242",
                "user": 4242,
                "executable": None,
                "times": 1,
                "command": "ringback access allow bot --user 4242",
            }
        ],
    }
    assert consent.access.allowed(Peer("unix", "", os.getuid()), "bot")
