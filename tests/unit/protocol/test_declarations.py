"""The declarations against the corpus: every property, value, command and error is there."""

import json
from pathlib import Path

import pytest

from ringback.protocol.errors import TEXTS
from ringback.protocol.registry import LANGUAGE
from ringback.protocol.schema import Access

CORPUS = Path(__file__).parents[3] / "corpus"


def read(name):
    return json.loads((CORPUS / f"{name}.json").read_text())


#: Said once for the whole session, not properties of an object.
NOT_PROPERTIES = {"RINGTONE STATUS", "RESETIDLETIMER"}


@pytest.mark.parametrize("kind", read("objects"), ids=lambda o: o["object"])
def test_every_property_is_declared_with_its_access(kind):
    if kind["object"] == "GENERAL":
        declared = {name: s.property for name, s in LANGUAGE.setting_by_word.items()}
    else:
        declared = LANGUAGE.object_by_word[kind["object"]].by_word
    for wanted in kind["properties"]:
        if wanted["name"] in NOT_PROPERTIES:
            continue
        found = declared[wanted["name"]]
        if kind["object"] != "CALL" or wanted["name"] not in ("INPUT", "OUTPUT", "CAPTURE_MIC"):
            assert found.access is Access(wanted["access"]), wanted["name"]


def test_every_error_has_a_text():
    assert {e["code"] for e in read("errors")} <= set(TEXTS)


def test_every_search_is_declared():
    words = {c["id"].removeprefix("SEARCH_") for c in read("commands") if c["id"].startswith("SEARCH_")}
    assert words - {"GREETING"} <= set(LANGUAGE.search_by_word)


def test_every_plain_command_is_declared():
    skipped = {"NAME", "PROTOCOL", "PING", "SEARCH", "HOOK", "READY", "CLOSE", "TRANSFER", "#<id>"}
    for command in read("commands"):
        if command["status"] not in ("active", "deprecated"):
            continue
        verb = command["verb"].split()
        if verb[0] in skipped or verb[0].startswith(("GET", "SET", "ALTER", "(", "BTN")):
            continue
        assert tuple(verb[:2]) in LANGUAGE.command_by_words, command["id"]
