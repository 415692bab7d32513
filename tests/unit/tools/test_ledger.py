"""The ledger counts what was shown and nothing else."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SPEC = importlib.util.spec_from_file_location("ledger", ROOT / "tools" / "ledger.py")
ledger = importlib.util.module_from_spec(SPEC)
sys.modules["ledger"] = ledger
SPEC.loader.exec_module(ledger)

NOTHING = {"performed": [], "notified": [], "attaching": [], "replayed": {}, "rules": []}


def run(tmp_path, capsys, **evidence):
    source, page = tmp_path / "evidence.json", tmp_path / "page.md"
    source.write_text(json.dumps(NOTHING | evidence))
    assert ledger.main(source, page, check=False) == 0
    return ledger.counts(capsys.readouterr().out), page, source


@pytest.mark.parametrize(
    ("printed", "forms"),
    [
        ("SET MUTE ON|OFF", ["SET MUTE ON", "SET MUTE OFF"]),
        ("SET AGC ON | OFF", ["SET AGC ON", "SET AGC OFF"]),
        (
            "SET PROFILE CALL_APPLY_CF {True|False}",
            ["SET PROFILE CALL_APPLY_CF TRUE", "SET PROFILE CALL_APPLY_CF FALSE"],
        ),
        (
            "CLEAR CALLHISTORY <ALL|MISSED> [skypename]",
            ["CLEAR CALLHISTORY ALL *", "CLEAR CALLHISTORY MISSED *"],
        ),
        ("SEARCH USERS | CALLS [<target>] | CHATS", ["SEARCH USERS *", "SEARCH CALLS *", "SEARCH CHATS *"]),
        ("SEARCH GROUPS [{ ALL | CUSTOM }]", ["SEARCH GROUPS", "SEARCH GROUPS ALL", "SEARCH GROUPS CUSTOM"]),
        ("ALTER GROUP <id> ADDUSER <userhandle|PSTN>", ["ALTER GROUP ? ADDUSER ? *"]),
        (
            'ALTER CALL <id> SET_INPUT SOUNDCARD="default" | PORT="no"',
            ["ALTER CALL ? SET_INPUT SOUNDCARD=", "ALTER CALL ? SET_INPUT PORT="],
        ),
        ("SET AVATAR <id> <filePath + fileName>[:idx]", ["SET AVATAR ? ? *"]),
        ("CHAT CREATE [<target>, <target>*]", ["CHAT CREATE *"]),
    ],
)
def test_each_alternative_is_a_form(printed, forms):
    assert ledger.forms(printed) == forms


@pytest.mark.parametrize(
    ("form", "said", "fits"),
    [
        ("SET MUTE ON", "set mute on", True),
        ("SET MUTE ON", "SET MUTE ON PERHAPS", False),
        ("ALTER CALL ? END HANGUP", "ALTER CALL 7 HANGUP", False),
        ("ALTER CALL ? SET_INPUT FILE=", "ALTER CALL 7 SET_INPUT file=x", True),
        ("ALTER CALL ? SET_INPUT FILE=", 'ALTER CALL 7 SET_INPUT SOUNDCARD="default", File = "x"', True),
        ("ALTER CALL ? SET_INPUT PORT=", "ALTER CALL 7 SET_INPUT file=PORT", False),
        ("SET AVATAR ? ? *", "SET AVATAR 1 a b.png", True),
        ("GET CALL ? ? *", "GET CALL 7", False),
        ("SEARCH GROUPS", "SEARCH GROUPS ALL", False),
    ],
)
def test_forms(form, said, fits):
    assert bool(ledger.pattern(form).fullmatch(said)) == fits


@pytest.mark.parametrize(
    ("said", "declaration"),
    [
        ("get call 7 rate", "GET CALL RATE"),
        ("GET CALL 7", "GET CALL"),
        ("SET PROFILE CITY Tartu", "SET PROFILE CITY"),
        ("SET MUTE ON", "SET MUTE"),
        ("ALTER CHAT #a KICK bob", "ALTER CHAT KICK"),
        ("SEARCH SMSS", "SEARCH SMSS"),
        ("CREATE SMS OUTGOING +1", "CREATE SMS"),
        ("CALL bob", "CALL"),
    ],
)
def test_a_command_belongs_to_a_declaration(said, declaration):
    assert ledger.addressed(said.split()) == declaration


def test_a_run_that_shows_nothing_counts_nothing(tmp_path, capsys):
    counts, _, _ = run(tmp_path, capsys)
    assert counts == [0, 0, 0, 0, 0, 0]


def test_refused_and_fruitless_commands_do_not_count(tmp_path, capsys):
    counts, page, _ = run(
        tmp_path,
        capsys,
        performed=[
            *(["SET SILENT_MODE ON", "SILENT_MODE ON", effect] for effect in (True, False)),
            ["SET SILENT_MODE OFF", "SILENT_MODE OFF", False],
            ["ALTER CALL 1 SET_INPUT file=x", None, True],
            ["FOCUS", "ERROR 9901 Not available yet: FOCUS", False],
        ],
        replayed={"T004-command-id-simple": ["memory", "unix"]},
        rules=["no-such-rule"],
    )
    assert counts == [0, 1, 2, 0, 0, 0]
    # Half of it has worked.
    assert "- SET_SILENT_MODE: `SET SILENT_MODE OFF`\n" in page.read_text()
    assert "- FOCUS\n" in page.read_text()


def test_what_is_not_built_does_not_count(tmp_path, capsys, monkeypatch):
    """Whatever was answered, and a property not even in part."""
    performed = [
        ["SEARCH SMSS", "SMSS ", False],
        ["GET USER a BUDDYSTATUS", "USER a BUDDYSTATUS 1", False],
        ["GET USER b BUDDYSTATUS", "USER b BUDDYSTATUS 2", False],
        *(["SET SILENT_MODE " + word, "SILENT_MODE " + word, True] for word in ("ON", "OFF")),
    ]
    told = ["USER c BUDDYSTATUS 3", "SMS 1 STATUS FAILED", "SMS 2 STATUS READ"]
    unbuilt = {
        "SEARCH SMSS",
        "SET SILENT_MODE",
        "SET USER BUDDYSTATUS",
        "GET USER BUDDYSTATUS",
        "GET SMS STATUS",
    }
    with monkeypatch.context() as patch:
        patch.setattr(type(ledger.LANGUAGE), "unbuilt", lambda _language: frozenset(unbuilt))
        counts, _, _ = run(tmp_path, capsys, performed=performed, notified=told)
    assert counts == [0, 0, 0, 0, 0, 0]
    with monkeypatch.context() as patch:
        patch.setattr(type(ledger.LANGUAGE), "unbuilt", lambda _language: frozenset())
        counts, _, _ = run(tmp_path, capsys, performed=performed, notified=told)
    # SEARCH SMSS, SET SILENT_MODE, GET USER; three properties; 1 to 3, ON, OFF, FAILED, READ.
    assert counts == [3, 3, 7, 0, 0, 0]


def test_half_a_property_is_none(tmp_path, capsys, monkeypatch):
    performed = [[f"GET USER a{n} BUDDYSTATUS", f"USER a{n} BUDDYSTATUS {n}", False] for n in range(4)]
    for half in ("GET USER BUDDYSTATUS", "SET USER BUDDYSTATUS"):
        monkeypatch.setattr(type(ledger.LANGUAGE), "unbuilt", lambda _language, half=half: frozenset({half}))
        assert run(tmp_path, capsys, performed=performed)[0][1:3] == [0, 0]


def test_an_argument_is_no_value(tmp_path, capsys):
    """The same answer about two people is one value."""
    performed = [
        ["GET CALL 1 CAN_TRANSFER bob", "CALL 1 CAN_TRANSFER bob FALSE", False],
        ["GET CALL 1 CAN_TRANSFER ann", "CALL 1 CAN_TRANSFER ann FALSE", False],
        ["GET PRIVILEGE SkypeOut", "PRIVILEGE SkypeOut TRUE", False],
        ["GET PRIVILEGE SkypeIn", "PRIVILEGE SkypeIn TRUE", False],
    ]
    counts, page, _ = run(tmp_path, capsys, performed=performed)
    assert "CALL CAN_TRANSFER" in page.read_text()
    assert "GENERAL PRIVILEGE" in page.read_text()
    # The two privileges that the reference lists as values.
    assert counts[1:3] == [0, 2]
    performed += [
        ["GET CALL 1 CAN_TRANSFER ann", "CALL 1 CAN_TRANSFER ann TRUE", False],
        ["GET PRIVILEGE SkypeIn", "PRIVILEGE SkypeIn FALSE", False],
    ]
    assert run(tmp_path, capsys, performed=performed)[0][1] == 2


def test_values_in_lists_and_parameters(tmp_path, capsys):
    shown = ledger.Shown(frozenset())
    shown.line('CALL 1 INPUT SOUNDCARD="default", FILE="a.wav"')
    shown.line("RINGTONE 1 ON")
    shown.line("RINGTONE 1 call_in")
    assert shown.shows("CALL", "INPUT", 'FILE="filename.wav"')
    assert not shown.shows("CALL", "INPUT", 'PORT="port_no"')
    assert shown.shows("GENERAL", "RINGTONE STATUS", "ON")
    assert shown.values["GENERAL", "RINGTONE"] == {"call_in"}


def test_what_was_shown_counts(tmp_path, capsys):
    counts, _, _ = run(
        tmp_path,
        capsys,
        performed=[
            *(["SET SILENT_MODE " + word, "SILENT_MODE " + word, True] for word in ("ON", "OFF")),
            ["GRT", "ERROR 2 Unknown command", False],
        ],
        notified=["CALL 1 DURATION 1", "CALL 1 DURATION 2", "CALL 1 TYPE OUTGOING_P2P"],
        replayed={"T004-command-id-simple": ledger.WAYS},
        rules=["P01"],
    )
    assert counts == [1, 2, 3, 1, 1, 1]


def test_the_page_is_the_run_and_nothing_else(tmp_path, capsys):
    counts, page, source = run(tmp_path, capsys, rules=["P01"])
    assert counts[4] == 1
    assert ledger.main(source, page, check=True) == 0
    written = page.read_text()
    for edited in (
        written.replace("rules 1/", "rules 2/"),
        written.replace("- FOCUS\n", ""),
        written.replace("T007-command-id-async-call", "T007"),
        written + "\n",
    ):
        assert edited != written
        page.write_text(edited)
        capsys.readouterr()
        assert ledger.main(source, page, check=True) == 1
        assert "make ledger" in capsys.readouterr().out


def test_the_order_of_a_run_does_not_matter(tmp_path, capsys):
    """Workers take tests as they come."""
    performed = [["SET SILENT_MODE " + word, "SILENT_MODE " + word, True] for word in ("ON", "OFF")]
    told = ["CALL 1 DURATION 1", "CALL 1 DURATION 2"]
    _, page, _ = run(tmp_path, capsys, performed=performed, notified=told, rules=["P01", "P03"])
    written = page.read_text()
    run(tmp_path, capsys, performed=performed[::-1] * 2, notified=told[::-1], rules=["P03", "P01"])
    assert page.read_text() == written
