"""With RINGBACK_LEDGER=FILE, what the language has shown in passing tests is written there.

What was said and answered counts in tests of the whole engine only (WHOLE), and only if the language is the
one that programs get; rules and transcripts wherever a test claims them.
"""

import json
import os
import re
from pathlib import Path

import pytest

from ringback.app import runtime
from ringback.protocol import notify
from ringback.protocol.dispatch import Dispatcher
from ringback.protocol.registry import LANGUAGE
from ringback.session.sessions import LAST_WORDS, Sessions
from support import daemon

pytest_plugins = ["servers.fixtures"]

# Tests neither listen to a developer's room nor ring in it; those about sound cards bring their own.
os.environ["RINGBACK_SOUND"] = "off"

TESTS = Path(__file__).parent
CORPUS = TESTS.parent / "corpus"
#: Folders whose tests drive everything, from a program's line to the store, and put nothing in between.
WHOLE = {"conformance", "end_to_end"}
#: Characters of commands and answers that are kept.
KEPT_LENGTH = 1000
TARGET = os.environ.get("RINGBACK_LEDGER")
KEPT: set[tuple[str, str | None, bool]] = set()
REPLAYED: dict[str, set[str]] = {}
PENDING: list[tuple[str, str | None, bool]] = []
TOLD: list[str] = []
NOTIFIED: set[str] = set()
SAID: list[str] = []
LATER: set[str] = set()
#: Commands that were taken, by what they are, with their words.
ASKED: dict[int, tuple[object, str]] = {}
ATTACHED: set[str] = set()
ATTACHING = {"NAME", "PROTOCOL", "PING"}
CLAIMED: set[str] = set()


def known_rules() -> set[str]:
    rules = set(json.loads((CORPUS / "protocol_rules.json").read_text()))
    for name in ("commands", "objects"):
        for entry in json.loads((CORPUS / f"{name}.json").read_text()):
            rules.update(entry["rules"])
    return rules


def pytest_collection_modifyitems(items):
    known = known_rules()
    for item in items:
        for marker in item.iter_markers("rule"):
            unknown = set(marker.args) - known
            assert not unknown, f"{item.nodeid} claims unknown rules {unknown}"


@pytest.fixture
def inside(monkeypatch):
    """Sound over the network does not leave this machine, and needs no network."""
    monkeypatch.setattr("ringback.media.webrtc._others_addresses", lambda *_: ["127.0.0.1"])


@pytest.fixture(autouse=True)
def real_time(request):
    """Whether a call may run on the wall clock."""
    markers = {marker.name for marker in request.node.iter_markers()}
    daemon.REAL_TIME[0] = bool(markers & {"real_time", "sound_server"})


def whole(item) -> bool:
    """True for a test of the whole engine in which things are shown to work."""
    return item.path.relative_to(TESTS).parts[0] in WHOLE and "hostile" not in item.nodeid


if TARGET:
    _perform = Dispatcher.perform
    _answer = Sessions.answer
    _received = Sessions.received
    _sign_out = Sessions.sign_out
    _lines = notify.lines

    def note(text, answer, effect):
        PENDING.append((text[:KEPT_LENGTH], answer and answer[:KEPT_LENGTH], effect))

    def perform(self, text, *others):
        outcome = _perform(self, text, *others)
        if self._language is LANGUAGE:
            effect = bool(outcome.step.changes or outcome.step.effects or outcome.step.records)
            note(text, outcome.answer, effect)
            if outcome.answer is None:
                LATER.add(text)
        return outcome

    def received(self, *others):
        command = _received(self, *others)
        if command is not None:
            # One that waits for its answer lets its words go.
            ASKED[id(command)] = (command, command.text)
        return command

    def answer(self, command, text, now):
        asked = ASKED.pop(id(command), (command, command.text))[1]
        words = asked.split()
        if text.startswith("ERROR") or asked in LATER:
            # Session errors, and commands that were answered when the world had done its part.
            note(asked, text, asked in LATER)
        elif words and words[0].upper() in ATTACHING:
            SAID.append(words[0].upper())
        if command.id:
            SAID.append("COMMAND_ID")
        _answer(self, command, text, now)

    def sign_out(self, now):
        if any(session.attached for session in self):
            TOLD.extend(LAST_WORDS)
        _sign_out(self, now)

    def lines(language, changes, version, account):
        told = _lines(language, changes, version, account)
        if language is LANGUAGE:
            TOLD.extend(line[:KEPT_LENGTH] for line in told)
        return told

    Dispatcher.perform = perform
    Sessions.answer = answer
    Sessions.received = received
    Sessions.sign_out = sign_out
    runtime.lines = lines

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(item, call):
        report = (yield).get_result()
        if report.when != "call":
            return
        if report.passed:
            if whole(item):
                KEPT.update(PENDING)
                NOTIFIED.update(TOLD)
                ATTACHED.update(SAID)
            for marker in item.iter_markers("rule"):
                CLAIMED.update(marker.args)
            replay = re.search(r"test_transcript\[(T\d+[^\]]*)-(memory|unix|dbus|tcp|ws)\]", item.nodeid)
            if replay:
                REPLAYED.setdefault(replay[1], set()).add(replay[2])
        for kept in (PENDING, TOLD, SAID, LATER, ASKED):
            kept.clear()

    def pytest_sessionfinish(session):
        if session.config.getoption("numprocesses", None):
            # The workers have seen everything.
            return
        # With several workers each writes its own part; the ledger reads them all.
        worker = os.environ.get("PYTEST_XDIST_WORKER")
        path = Path(f"{TARGET}.{worker}" if worker else TARGET)
        path.parent.mkdir(parents=True, exist_ok=True)
        evidence = {
            "performed": sorted(KEPT, key=repr),
            "notified": sorted(NOTIFIED),
            "attaching": sorted(ATTACHED),
            "replayed": {name: sorted(ways) for name, ways in sorted(REPLAYED.items())},
            "rules": sorted(CLAIMED),
        }
        path.write_text(json.dumps(evidence))
