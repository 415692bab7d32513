"""With RINGBACK_LEDGER=FILE, what passed through the real dispatcher in passing tests is written there."""

import json
import os
import re
from pathlib import Path

import pytest

from ringback.protocol import notify
from ringback.protocol.dispatch import Dispatcher

CORPUS = Path(__file__).parent.parent / "corpus"
TARGET = os.environ.get("RINGBACK_LEDGER")
KEPT: list[list[object]] = []
REPLAYED: dict[str, set[str]] = {}
PENDING: list[list[object]] = []
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


if TARGET:
    _perform = Dispatcher.perform
    _lines = notify.lines

    def perform(self, text, version, cause, now):
        outcome = _perform(self, text, version, cause, now)
        effect = bool(outcome.step.changes or outcome.step.effects)
        PENDING.append([text, outcome.answer, effect])
        return outcome

    Dispatcher.perform = perform

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(item, call):
        report = (yield).get_result()
        if report.when != "call":
            return
        if report.passed and "hostile" not in item.nodeid:
            KEPT.extend(PENDING)
            for marker in item.iter_markers("rule"):
                CLAIMED.update(marker.args)
            replay = re.search(r"test_transcript\[(T\d+[^\]]*)-(memory|unix|dbus)\]", item.nodeid)
            if replay:
                REPLAYED.setdefault(replay[1], set()).add(replay[2])
        PENDING.clear()

    def pytest_sessionfinish():
        path = Path(TARGET)
        path.parent.mkdir(parents=True, exist_ok=True)
        replayed = {name: sorted(ways) for name, ways in REPLAYED.items()}
        path.write_text(json.dumps({"performed": KEPT, "replayed": replayed, "rules": sorted(CLAIMED)}))
