"""An independent program (dbus-python and GLib) in its own process, on a bus of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.waiting import eventually

PROGRAM = Path(__file__).parents[1] / "clients" / "programs" / "talker_dbus.py"
#: Seconds until something must be as it is asked for.
PATIENCE = 30.0


class Talker:
    """One program in its own process; ``said`` is all that it printed."""

    def __init__(self, address: str, protocol: int) -> None:
        self.process = subprocess.Popen(
            ["/usr/bin/python3", str(PROGRAM), address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._next = 0
        self.ask("NAME talker")
        self.ask(f"PROTOCOL {protocol}")
        self.hear("USERSTATUS ONLINE")

    def _type(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _line(self) -> str:
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.said.append(line.rstrip("\n"))
        return self.said[-1]

    def ask(self, command: str) -> str:
        """Say a command; gives its answer."""
        self._type(command)
        while not (line := self._line()).startswith("<= "):
            pass
        return line[3:]

    def hear(self, end: str) -> str:
        """Wait for a notification that ends so, after the one that was waited for last."""
        while True:
            if self._next == len(self.said):
                self._line()
            line = self.said[self._next]
            self._next += 1
            if line.startswith("<- ") and line.endswith(end):
                return line[3:]

    def port(self, what: str, path: Path) -> int:
        self._type(f"!{what} {path}")
        while not (line := self._line()).startswith("!"):
            pass
        self.said.pop()
        return int(line[1:])

    def end(self) -> list[str]:
        self._type("!end")
        rest, errors = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, errors
        return [*self.said, *rest.splitlines()]

    def comes_to(self, question: str, answer: str) -> None:
        """Ask until the answer is such."""
        asked, wanted = f"GET {question}", f"{question} {answer}"
        eventually(lambda: self.ask(asked) == wanted, PATIENCE, lambda: self.ask(asked))
