"""Two accounts write to and call each other while their daemon is killed; what must be so then is remembered.

A command that was answered has happened. One that was sent and not answered may have happened, once. So a
register (a property that is set to rising numbers) holds what was answered last or something sent later,
and so does a message that is edited. A message that was answered is there at both ends, once; one that was
not is there once or nowhere. Messages that were cleared are gone, all or none of them, and do not come
again, though the network may bring them once more. Calls: see ``support.storm_calls``.
"""

from __future__ import annotations

import contextlib
import random
import re
import select
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from support.daemon import Daemon, SocketProgram
from support.storm_calls import FINAL, Call, History

#: Properties that take any number; the second is about somebody else.
REGISTERS = ("PROFILE CITY", "USER {other} DISPLAYNAME")
#: Calls are long enough for their length to be kept now and then.
SPEED = "20"
DAEMON = ("--no-dbus", "--no-sound", "--account", "ann", "--account", "bob")


class Program(SocketProgram):
    """Sends without waiting; answers come as they come."""

    def __init__(self, home: Path, account: str) -> None:
        super().__init__(home, account)
        self.reacted = 0
        self.asked: list[str] = []
        self.answers: dict[int, str] = {}

    def say(self, command: str) -> int:
        """Send a command; gives its number."""
        self.asked.append(command)
        self.socket.sendall(f"#{len(self.asked) - 1} {command}".encode() + b"\0")
        return len(self.asked) - 1

    def hear(self, line: str) -> None:
        key, _, answer = line.partition(" ")
        if not key.startswith("#"):
            self.news.append(line)
            return
        number = int(key[1:])
        assert number not in self.answers, f"{self.asked[number]} was answered twice"
        self.answers[number] = answer

    def take(self) -> bool:
        """Read what is there, at least something; False when the daemon is gone."""
        try:
            data = self.socket.recv(1 << 20)
        except ConnectionError:
            data = b""
        *lines, self._buffer = (self._buffer + data).split(b"\0")
        for line in lines:
            self.hear(line.decode())
        return bool(data)


@dataclass
class Side:
    """What is known of one account."""

    handle: str
    other: str
    #: Bodies in the order in which they were sent; the id of those that were answered.
    sent: list[str] = field(default_factory=list)
    answered: dict[str, int] = field(default_factory=dict)
    #: Everything that was seen in the list of messages: id and body.
    there: dict[int, str] = field(default_factory=dict)
    #: Ids that were announced as received, and those that were answered as seen.
    received: set[int] = field(default_factory=set)
    #: Ids of messages that nobody has been asked to mark as seen.
    unseen: list[int] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    #: By register: the last number that was answered, and the last that was sent.
    low: dict[str, int] = field(default_factory=dict)
    high: dict[str, int] = field(default_factory=dict)
    calls: History = field(default_factory=History)
    #: By id of an own message: the last edit that was answered, and the last that was sent.
    edited: dict[int, int] = field(default_factory=dict)
    edits: dict[int, int] = field(default_factory=dict)
    #: CLEAR CHATHISTORY was sent in this life, and was it answered; how many bodies had been sent before it.
    cleared: bool | None = None
    before: int = 0
    #: Bodies that were cleared in all lives.
    gone: set[str] = field(default_factory=set)
    count: int = 0

    def next(self) -> int:
        self.count += 1
        return self.count


class Storm:
    """One home, and what its two accounts were told in all lives of the daemon."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home = home
        self.random = random.Random(seed)
        self.sides = (Side("ann", "bob"), Side("bob", "ann"))
        self.kills = 0
        #: Commands that were sent and not answered, in all lives.
        self.cut_off = 0
        #: Calls that lasted, as they were found in all lives.
        self.talks = 0
        #: Clearings that have happened and found something to clear.
        self.clearings = 0

    def live_and_die(self) -> None:
        """One life of the daemon: everything is checked, then it is killed in the middle of something."""
        with contextlib.ExitStack() as ending:
            daemon = ending.enter_context(Daemon(self.home, *DAEMON, "--speed", SPEED))
            assert daemon.ready, daemon.end()
            programs = [Program(self.home, side.handle) for side in self.sides]
            for program in programs:
                ending.callback(program.close)
            self._wait_for_letters(programs)
            for side, program in zip(self.sides, programs, strict=True):
                self._check(side, program)
            self._rage(programs, daemon)

    def die_young(self) -> None:
        """A daemon that is killed while it starts."""
        with Daemon(self.home, *DAEMON, wait=False) as daemon:
            select.select([], [], [], self.random.uniform(0.0, 0.5))
            self._kill(daemon)

    # Peace ------------------------------------------------------------------------------------------------

    def _wait_for_letters(self, programs: list[Program]) -> None:
        """What was posted before a letter of now has arrived when that one has."""
        for side, writer, reader in zip(self.sides, programs, reversed(programs), strict=True):
            body = f"{side.handle}-{side.next()}"
            side.sent.append(body)
            side.answered[body] = int(writer.ask(f"MESSAGE {side.other} {body}").split()[1])
            while True:
                line = reader.until("CHATMESSAGE ")
                found = re.fullmatch(r"CHATMESSAGE (\d+) STATUS RECEIVED", line)
                if found and reader.ask(f"GET CHATMESSAGE {found[1]} BODY").endswith(f" BODY {body}"):
                    break

    def _check(self, side: Side, program: Program) -> None:
        ids = [int(n) for n in re.findall(r"\d+", program.ask(f"SEARCH CHATMESSAGES {side.other}"))]
        assert len(set(ids)) == len(ids)
        self._check_cleared(side, set(ids))
        for key in sorted(set(ids) - side.there.keys()):
            body = program.ask(f"GET CHATMESSAGE {key} BODY").split(" ", 3)[3]
            side.there[key] = body.partition("/")[0]
            if side.there[key].startswith(f"{side.other}-"):
                side.unseen.append(key)
        bodies = [side.there[key] for key in sorted(side.there)]
        assert len(set(bodies)) == len(bodies), "a message is there twice"
        assert not side.gone & set(bodies), "a message that was cleared is there again"
        if side.cleared:
            assert not set(side.sent[: side.before]) & set(bodies), "a message was there before the clearing"
        other = next(s for s in self.sides if s is not side)
        for body, key in side.answered.items():
            if body not in side.gone and side.there.get(key) != body:
                assert side.cleared is not None, f"{body} was answered and is not there"
                assert body in side.sent[: side.before], (
                    f"{body} was answered after the clearing, and is gone"
                )
                side.gone.add(body)
        arrived = [body for body in bodies if body.startswith(f"{other.handle}-")]
        missing = other.answered.keys() - set(arrived) - side.gone
        if missing and side.cleared is not None:
            # They had arrived before it: everything has, before what was waited for.
            side.gone |= missing
        else:
            assert not missing, f"{missing} were answered to {other.handle} and did not arrive"
        assert arrived == [body for body in other.sent if body in set(arrived)], "they came in another order"
        assert not set(bodies) - set(side.sent) - set(other.sent)
        for key in side.received:
            assert key in side.there or side.cleared is not None, f"message {key} was announced and is gone"
        for key in side.seen & side.there.keys():
            assert program.ask(f"GET CHATMESSAGE {key} STATUS").endswith(" READ")
        for key, sent in side.edits.items():
            if key not in side.there:
                continue
            body = program.ask(f"GET CHATMESSAGE {key} BODY").split(" ", 3)[3]
            edit = int(body.partition("/")[2] or 0)
            assert side.edited.get(key, 0) <= edit <= sent, f"message {key} is {body}"
            side.edited[key] = edit
        self._check_calls(side, program)
        side.cleared = None
        side.received.clear()
        side.seen.clear()
        for register in REGISTERS:
            name = register.format(other=side.other)
            value = program.ask(f"GET {name}").rpartition(" ")[2]
            low, high = side.low.get(register, 0), side.high.get(register, 0)
            assert low <= int(value or 0) <= high, f"{name} is {value}, not within {low} and {high}"
            side.low[register] = int(value or 0)

    def _check_cleared(self, side: Side, ids: set[int]) -> None:
        """Of what was there all is there, or after a clearing nothing."""
        gone = side.there.keys() - ids
        if side.cleared is None:
            assert not gone, "a message that was there is gone"
        elif side.cleared:
            assert gone == side.there.keys(), "a message that was cleared is there"
        else:
            assert gone in (set(), side.there.keys()), "some messages were cleared and some not"
        self.clearings += bool(gone)
        if side.there and not gone:
            side.cleared = None
        side.gone |= {side.there.pop(key) for key in gone}
        side.unseen = [key for key in side.unseen if key in side.there]

    def _check_calls(self, side: Side, program: Program) -> None:
        def numbers(search: str) -> list[int]:
            return [int(number) for number in re.findall(r"\d+", program.ask(search))]

        keys = numbers("SEARCH CALLS")
        assert len(set(keys)) == len(keys)
        read = {}
        for key in keys:
            names = ("STATUS", "DURATION", "SEEN")
            status, duration, seen = (program.ask(f"GET CALL {key} {name}").split()[-1] for name in names)
            read[key] = (status, int(duration), seen == "TRUE")
        side.calls.check(read, set(numbers("SEARCH MISSEDCALLS")))
        self.talks += sum(duration > 0 for _, duration, _ in read.values())

    # War --------------------------------------------------------------------------------------------------

    def _commands(self, side: Side) -> list[str]:
        """Some things to do, in any order."""
        chosen = []
        for _ in range(self.random.randrange(5, 40)):
            dice = self.random.random()
            number = side.next()
            if dice < 0.5:
                side.sent.append(f"{side.handle}-{number}")
                chosen.append(f"MESSAGE {side.other} {side.handle}-{number}")
            elif dice < 0.8:
                register = self.random.choice(REGISTERS)
                side.high[register] = number
                chosen.append(f"SET {register.format(other=side.other)} {number}")
            elif dice < 0.84:
                chosen.append(f"CALL {self.random.choice([side.other, side.other, 'echo123'])}")
            elif dice < 0.85:
                chosen.append("CLEAR CALLHISTORY ALL")
                side.calls.cleared = False
            elif dice < 0.855 and side.cleared is None:
                chosen.append("CLEAR CHATHISTORY")
                side.cleared, side.before = False, len(side.sent)
            elif dice < 0.92 and (own := [k for k in list(side.answered.values())[-5:] if k in side.there]):
                key = self.random.choice(own)
                side.edits[key] = number
                chosen.append(f"SET CHATMESSAGE {key} BODY {side.there[key]}/{number}")
            elif side.unseen:
                chosen.append(f"SET CHATMESSAGE {side.unseen.pop()} SEEN")
        return chosen

    def _rage(self, programs: list[Program], daemon: Daemon) -> None:
        """Both talk at once; somewhere in it the daemon is killed. All that it had said still counts."""
        for side, program in zip(self.sides, programs, strict=True):
            program.news.clear()
            for command in self._commands(side):
                program.say(command)
        enough = self.random.randrange(0, sum(len(program.asked) for program in programs))
        while sum(len(program.answers) for program in programs) < enough:
            ready, _, _ = select.select([program.socket for program in programs], [], [], 20)
            assert ready, "no answer in twenty seconds"
            for side, program in zip(self.sides, programs, strict=True):
                if program.socket in ready:
                    assert program.take()
                    self._react(side, program)
        if self.random.random() < 0.2:
            self._talk(programs)
        self._kill(daemon)
        for side, program in zip(self.sides, programs, strict=True):
            while program.take():
                pass
            for line in program.news[program.reacted :]:
                side.calls.hear(line)
            self._remember(side, program)

    def _react(self, side: Side, program: Program, *, patient: bool = False) -> None:
        while program.reacted < len(program.news):
            line = program.news[program.reacted]
            program.reacted += 1
            reaction = side.calls.reaction(line, self.random, patient)
            if reaction:
                program.say(reaction)

    def _talk(self, programs: list[Program]) -> None:
        """Who talks goes on for a while: more than half a minute of the daemon's time, or less."""
        ends = time.monotonic() + self.random.uniform(1, 4)
        while any(call.status not in FINAL for side in self.sides for call in side.calls.told.values()):
            left = ends - time.monotonic()
            if left <= 0:
                break
            ready, _, _ = select.select([program.socket for program in programs], [], [], left)
            for side, program in zip(self.sides, programs, strict=True):
                if program.socket in ready:
                    assert program.take()
                    self._react(side, program, patient=True)

    def _kill(self, daemon: Daemon) -> None:
        _, errors = daemon.end(signal.SIGKILL)
        assert not errors, errors
        self.kills += 1

    def _remember(self, side: Side, program: Program) -> None:
        self.cut_off += len(program.asked) - len(program.answers)
        for number, answer in sorted(program.answers.items()):
            command = program.asked[number].split()
            if answer.startswith("ERROR"):
                assert not answer.startswith("ERROR 9901"), (command, answer)
                # Somebody is in a call already, or what it was about was over or cleared when it came.
                about_calls = command[0] == "CALL" or command[:2] in (["ALTER", "CALL"], ["SET", "CALL"])
                too_late = command[:2] == ["SET", "CHATMESSAGE"] and side.cleared is not None
                assert about_calls or too_late, (command, answer)
            elif command[0] == "ALTER":
                pass
            elif command == ["CLEAR", "CHATHISTORY"]:
                side.cleared = True
            elif command[0] == "CLEAR":
                side.calls.cleared = True
            elif command[1] == "CALL":
                side.calls.told.setdefault(int(command[2]), Call()).seen = True
            elif command[0] == "MESSAGE":
                key = int(answer.split()[1])
                assert key not in side.answered.values(), f"id {key} was given twice"
                side.answered[command[2]] = key
            elif command[0] == "CALL":
                side.calls.told.setdefault(int(answer.split()[1]), Call())
            elif command[1] == "CHATMESSAGE" and command[3] == "BODY":
                key, edit = int(command[2]), int(command[-1].partition("/")[2])
                side.edited[key] = max(edit, side.edited.get(key, 0))
            elif command[1] == "CHATMESSAGE":
                assert answer.endswith(" STATUS READ")
                side.seen.add(int(command[2]))
            else:
                register = REGISTERS[0] if command[1] == "PROFILE" else REGISTERS[1]
                side.low[register] = int(command[-1])
        for line in program.news:
            found = re.fullmatch(r"CHATMESSAGE (\d+) STATUS RECEIVED", line)
            if found:
                side.received.add(int(found[1]))
