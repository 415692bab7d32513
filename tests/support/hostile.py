"""A hostile crowd against a real process: counts answers, watches the resident memory."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from pathlib import Path

from support.daemon import SocketProgram


def resident(pid: int) -> int:
    """Kilobytes of memory that the process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ProcessLookupError(pid)


class Growth:
    """Resident memory after the warm-up, and what it may be later."""

    ALLOWED = 1.05

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.before = resident(pid)

    def check(self) -> None:
        """Raises if the process has grown by more than a twentieth."""
        now = resident(self._pid)
        assert now <= self.before * self.ALLOWED, f"resident memory grew from {self.before} to {now} kB"


class Crowd(SocketProgram):
    """One hostile program on the Unix socket."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._asked = 0

    def burst(self, commands: Iterable[str]) -> list[str]:
        """Send everything at once; each command has one answer, in order. Returns the answers."""
        first = self._asked
        tagged = []
        for command in commands:
            tagged.append(f"#{self._asked} {command}".replace("\0", "").encode())
            self._asked += 1
        self._send(b"\0".join(tagged) + b"\0")
        answers: list[str] = []
        while len(answers) < len(tagged):
            line = self.read()
            number, _, answer = line.partition(" ")
            if not number.startswith("#"):
                continue
            assert number == f"#{first + len(answers)}", "one answer each, in order"
            assert not answer.startswith("ERROR 9901 Internal"), tagged[len(answers)]
            answers.append(answer)
        # What comes now is a second answer to something.
        end = "#end"
        self._send(end.encode() + b" PING\0")
        while (line := self.read()) != end + " PONG":
            assert not line.startswith("#"), f"{line}: answered twice"
        return answers

    def _send(self, data: bytes) -> None:
        """Without waiting for each other: the engine answers while it reads."""
        view = memoryview(data)
        self.socket.setblocking(False)
        try:
            while view:
                with contextlib.suppress(BlockingIOError):
                    view = view[self.socket.send(view) :]
                with contextlib.suppress(BlockingIOError):
                    self._buffer += self.socket.recv(1 << 20)
        finally:
            self.socket.settimeout(20)


def come_and_go(home: Path, times: int) -> None:
    """Attach, be rude in some way, vanish."""
    for turn in range(times):
        with socket.socket(socket.AF_UNIX) as program:
            program.settimeout(20)
            program.connect(str(home / "me" / "api.sock"))
            match turn % 6:
                case 0:
                    program.sendall(b"NAME a\0PROTOCOL 8\0GET USER")
                case 1:
                    program.sendall(b"\xff\xfe\0" * 50)
                    program.shutdown(socket.SHUT_WR)
                case 2:
                    program.sendall(b"NAME a\n\\\nPROTOCOL 5\nGET USERSTATUS\n")
                    assert program.recv(2) == b"OK"
                case 3:
                    program.sendall(b"NAME pidgin\0PING\0PING\0")
                case 4:
                    program.sendall(b"\r\n" * 500)
                case _:
                    pass
