"""Decisions are cited by number: a number that two have, or that the page does not bear, is found."""

import importlib.util
from pathlib import Path

SPEC = importlib.util.spec_from_file_location(
    "check_links", Path(__file__).parents[3] / "tools" / "check_links.py"
)
check_links = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_links)


def test_a_number_is_one_decisions(tmp_path):
    (tmp_path / "0001-one.md").write_text("# 1. One\n")
    (tmp_path / "0002-two.md").write_text("# 2. Two\n")
    assert check_links.misnumbered(tmp_path) == []
    (tmp_path / "0002-zwei.md").write_text("# 3. Zwei\n")
    assert check_links.misnumbered(tmp_path) == [
        "0002-zwei.md: 0002-two.md has this number",
        "0002-zwei.md: its heading does not begin with its number",
    ]
