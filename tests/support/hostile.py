"""A hostile crowd against a real process: counts answers, watches the resident memory."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from pathlib import Path

from ringback.protocol.registry import LANGUAGE
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


def may_wait(tagged: bytes) -> bool:
    """True for a command that is declared to be answered when the world has done it: others need not wait."""
    verb, what, *_ = (*tagged.decode("utf-8", "replace").upper().split()[1:3], "", "")
    setting, kind = LANGUAGE.setting_by_word.get(what), LANGUAGE.object_by_word.get(what)
    declared = [] if setting is None else [setting.property]
    if kind is not None:
        declared += kind.actions if verb == "ALTER" else kind.properties
    command = LANGUAGE.command_by_words.get((verb, what))
    return (
        (verb, what) == ("SEARCH", "USERS")
        or any(d.deferred for d in declared)
        or (command is not None and command.deferred)
    )


class Crowd(SocketProgram):
    """One hostile program on the Unix socket."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._asked = 0

    def burst(self, commands: Iterable[str]) -> list[str]:
        """Send everything at once; each command has one answer. Returns the answers in the commands' order.

        Some come later than others: who has an id need not wait for its turn.
        """
        first = self._asked
        tagged = []
        for command in commands:
            tagged.append(f"#{self._asked} {command}".replace("\0", "").encode())
            self._asked += 1
        self._send(b"\0".join(tagged) + b"\0")
        self._send(b"#end PING\0")
        answers: dict[int, str] = {}
        ended = False
        while not ended or len(answers) < len(tagged):
            try:
                line = self.read()
            except TimeoutError:
                late = [tagged[n] for n in range(len(tagged)) if n not in answers]
                raise AssertionError(f"never answered: {late[:5]}") from None
            number, _, answer = line.partition(" ")
            if line == "#end PONG":
                ended = True
                late = [tagged[n] for n in range(len(tagged)) if n not in answers]
                assert all(map(may_wait, late)), f"not answered in turn: {late[:5]}"
            if not number[1:].isdecimal() or not number.startswith("#"):
                continue
            place = int(number[1:]) - first
            assert 0 <= place < len(tagged), f"nobody asked {number}, or it was answered twice"
            assert place not in answers, f"{number} was answered twice"
            assert not answer.startswith("ERROR 9901 Internal"), tagged[place]
            answers[place] = answer
        in_turn = [place for place in answers if not may_wait(tagged[place])]
        assert in_turn == sorted(in_turn), "what waits for nothing was answered out of turn"
        return [answers[place] for place in range(len(tagged))]

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
