"""What is common to all commands."""

import errno
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from ringback.app import command_line
from ringback.app.commands import reference
from ringback.app.exits import Exit


def test_every_command_is_there_and_has_help():
    for name in command_line.TABLE:
        told = CliRunner().invoke(command_line.main, [name, "--help"])
        assert told.exit_code == 0
        assert told.output.startswith(f"Usage: main {name}")


def test_a_fault_of_ours_has_its_own_exit_code_and_no_words_of_others(monkeypatch):
    def broken():
        raise ValueError("".join(reversed("mieheg")))

    monkeypatch.setattr(reference.make_reference, "text", broken)
    ended = CliRunner().invoke(command_line.main, ["reference"])
    assert ended.exit_code == Exit.FAULT == 70
    assert "in broken" in ended.output
    assert ended.output.endswith("ValueError\n")
    assert "geheim" not in ended.output


def test_a_reader_that_leaves_is_no_fault(monkeypatch):
    def left():
        raise OSError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(reference.make_reference, "text", left)
    assert CliRunner().invoke(command_line.main, ["reference"]).exit_code == 1


@pytest.mark.parametrize("code", list(Exit))
def test_exit_codes_are_what_scripts_rely_on(code):
    assert {
        Exit.OK: 0,
        Exit.FAILED: 1,
        Exit.WRONG_USE: 2,
        Exit.NO_ENGINE: 3,
        Exit.REFUSED: 4,
        Exit.TIMEOUT: 5,
        Exit.FAULT: 70,
        Exit.INTERRUPTED: 130,
        Exit.PIPE_CLOSED: 141,
        Exit.TERMINATED: 143,
    }[code] == code.value


def test_the_page_of_exit_codes_names_all_of_them():
    page = Path(__file__).parents[3] / "docs/reference/exit-codes.md"
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", page.read_text(), re.MULTILINE)] == sorted(Exit)
