"""The bench's JSON and Markdown, made of given rows."""

import contextlib
import json

import bench.__main__
import numpy as np
import pytest
from bench import big
from bench.measure import compared, paired
from bench.report import Added, Row, Times, Under, as_json, as_table, write

SPEED = Row("unix PING", 900.0, 1000.0, "1/s", "bare echo")
TIME = Row("unix attach time", 0.4, 0.1, "ms", "bare echo, twice")
MEMORY = Row("resident memory", 40.0, 30.0, "MiB", "bare server")


@pytest.mark.parametrize(("row", "ratio"), [(SPEED, 0.9), (TIME, 0.25), (MEMORY, 0.75)])
def test_one_is_as_good_as_the_floor_whatever_the_unit(row, ratio):
    assert row.ratio == pytest.approx(ratio)


def test_json_has_the_promised_keys():
    assert json.loads(as_json([SPEED, TIME])) == [
        {"name": "unix PING", "ours": 900.0, "floor": 1000.0, "ratio": 0.9, "unit": "1/s"},
        {"name": "unix attach time", "ours": 0.4, "floor": 0.1, "ratio": 0.25, "unit": "ms"},
    ]


def test_figures_of_numpy_are_figures():
    row = Row("ear", np.float64(30), np.float64(20), "ms", "bare", Added(20))
    assert json.loads(as_json([row]))[0]["met"] is True


def test_the_table_names_every_floor_and_gives_ratios_only():
    table = as_table([SPEED, TIME]).splitlines()
    assert table[-4:] == [
        "| what | ratio | floor | aim |",
        "| --- | --- | --- | --- |",
        "| unix PING | 0.90 | bare echo |  |",
        "| unix attach time | 0.25 | bare echo, twice |  |",
    ]
    assert "900" not in "".join(table)


@pytest.mark.parametrize(
    ("ours", "met", "told"),
    [(140.4, True, "140 MiB, under 150: met"), (150.0, False, "150 MiB, under 150: missed")],
)
def test_an_aim_is_told_with_the_figure(ours, met, told):
    row = Row("memory", ours, 100.0, "MiB", "empty", Under(150))
    assert row.met == met
    assert as_table([row]).splitlines()[-1].endswith(f"| empty | {told} |")
    assert json.loads(as_json([row]))[0]["met"] == met
    assert row.shown().endswith(f"({told})")


@pytest.mark.parametrize(
    ("row", "met", "told"),
    [
        (Row("trip", 3.0, 2.0, "ms", "bare", Times(1.5)), True, "1.50 times the floor, at most 1.50: met"),
        (
            Row("trip", 3.2, 2.0, "ms", "bare", Times(1.5)),
            False,
            "1.60 times the floor, at most 1.50: missed",
        ),
        (
            Row("rate", 80.0, 100.0, "1/s", "bare", Times(1.3)),
            True,
            "1.25 times the floor, at most 1.30: met",
        ),
        (
            Row("rate", 50.0, 99.0, "1/s", "bare", Times(1.3)),
            False,
            "1.98 times the floor, at most 1.30: missed",
        ),
        (
            Row("delay", 99.0, 81.5, "ms", "bare", Added(20)),
            True,
            "17.5 ms more than the floor, under 20: met",
        ),
        (
            Row("delay", 102.0, 82.0, "ms", "b", Added(20)),
            False,
            "20.0 ms more than the floor, under 20: missed",
        ),
    ],
)
def test_an_aim_may_be_a_ratio_or_a_difference(row, met, told):
    assert row.met == met
    assert row.told == told
    assert json.loads(as_json([row]))[0]["aim"] == told


def test_rows_without_an_aim_miss_none():
    assert SPEED.met
    assert "aim" not in json.loads(as_json([SPEED]))[0]


@pytest.mark.parametrize(("figure", "code"), [(999.0, None), (1000.0, "aims missed: start")])
def test_a_run_that_misses_an_aim_fails(monkeypatch, figure, code):
    row = Row("start", figure, 10.0, "ms", "a count", big.START)
    monkeypatch.setattr(bench.__main__.big, "account", lambda _folder, _count: iter([row]))
    monkeypatch.setattr(bench.__main__, "awake", contextlib.nullcontext)
    if code is None:
        bench.__main__.main(["--only", "big"])
    else:
        with pytest.raises(SystemExit) as ended:
            bench.__main__.main(["--only", "big"])
        assert ended.value.code == code


def test_what_could_not_be_measured_is_said():
    assert as_table([SPEED], ["MPD is not installed"]).endswith("|\n\nNot measured: MPD is not installed.\n")


def test_both_files_are_written(tmp_path):
    data, page = tmp_path / "build" / "bench.json", tmp_path / "bench.md"
    write([MEMORY], [], data, page)
    assert json.loads(data.read_text())[0]["name"] == "resident memory"
    assert page.read_text() == as_table([MEMORY])


def test_the_terminal_shows_both_sides():
    assert SPEED.shown().split() == ["unix", "PING", "900", "1/s", "floor", "1,000", "ratio", "0.90"]
    assert TIME.shown().split()[-5:] == ["ms", "floor", "0.10", "ratio", "0.25"]


def test_moods_of_a_machine_do_not_count():
    """Ours is half as fast as the floor in every turn; the medians of each side would say as fast."""
    slow, fast = (50.0, 100.0), (100.0, 200.0)
    ours, floor = compared([slow, slow, slow, fast, fast])
    assert ours / floor == pytest.approx(0.5)
    assert ours == 50.0
    turns = [(50.0, 200.0), (100.0, 100.0), (60.0, 100.0)]
    assert compared(turns) == (60.0, pytest.approx(100.0))


def test_who_is_first_changes():
    order = []
    paired(lambda: order.append("o") or 1.0, lambda: order.append("f") or 1.0)
    assert order[2:6] == ["o", "f", "f", "o"]
