"""What is still to be written when the terminal is gone."""

import subprocess
import sys

import pytest

PROGRAM = """
import os, pty, sys
from ringback.tools.terminal import Output
ours, theirs = pty.openpty()
os.dup2(theirs, 1)
os.close(theirs)
sys.stdout = open(1, "w", buffering=4096, closefd=False)
sys.__stdout__ = sys.stdout
sys.stdout.write("not out yet")
os.close(ours)
{close}
"""


@pytest.mark.parametrize(("close", "code"), [("Output().close()", 0), ("", 120)])
def test_the_rest_goes_nowhere(close, code):
    """Without ``close`` the interpreter stumbles at its end, and says so with a code of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(close=close)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
