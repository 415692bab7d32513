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
    ("form", "said", "fits"),
    [
        ("SET MUTE ON|OFF", "set mute on", True),
        ("SET MUTE ON|OFF", "SET MUTE PERHAPS", False),
        ("ALTER CALL <id> END HANGUP", "ALTER CALL 7 HANGUP", False),
        ('ALTER CALL <id> SET_INPUT SOUNDCARD="default" | PORT="no"', "ALTER CALL 7 SET_INPUT file=x", True),
        ("SET AVATAR <id> <filePath + fileName>[:idx]", "SET AVATAR 1 a.png", True),
        ("GET CALL <id> property", "GET CALL 7", False),
    ],
)
def test_forms(form, said, fits):
    assert bool(ledger.pattern(form).fullmatch(said)) == fits


def test_a_run_that_shows_nothing_counts_nothing(tmp_path, capsys):
    counts, _, _ = run(tmp_path, capsys)
    assert counts == [0, 0, 0, 0, 0, 0]


def test_refused_pending_and_fruitless_commands_do_not_count(tmp_path, capsys):
    counts, _, _ = run(
        tmp_path,
        capsys,
        performed=[
            ["SET SILENT_MODE ON", "SILENT_MODE ON", False],
            ["SEARCH SMSS", "SMSS ", False],
            ["ALTER CALL 1 SET_INPUT file=x", None, True],
            ["FOCUS", "ERROR 9901 Not available yet: FOCUS", False],
        ],
        replayed={"T004-command-id-simple": ["memory", "unix"]},
        rules=["no-such-rule"],
    )
    assert counts == [0, 0, 1, 0, 0, 0]


def test_what_was_shown_counts(tmp_path, capsys):
    counts, _, _ = run(
        tmp_path,
        capsys,
        performed=[["SET SILENT_MODE ON", "SILENT_MODE ON", True], ["GRT", "ERROR 2 Unknown command", False]],
        notified=["CALL 1 DURATION 1", "CALL 1 DURATION 2", "CALL 1 TYPE OUTGOING_P2P"],
        replayed={"T004-command-id-simple": ledger.WAYS},
        rules=["P01"],
    )
    assert counts == [1, 1, 2, 1, 1, 1]


def test_a_page_that_claims_more_is_refused(tmp_path, capsys):
    counts, page, source = run(tmp_path, capsys, rules=["P01"])
    assert counts[4] == 1
    assert ledger.main(source, page, check=True) == 0
    page.write_text(page.read_text().replace("rules 1/", "rules 2/"))
    assert ledger.main(source, page, check=True) == 1
