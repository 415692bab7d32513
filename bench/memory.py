"""In one process: what the language itself costs, without any transport."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from bench.measure import paired, rate
from bench.report import Row
from support.replay import World

AGAINST = "split and dictionary look-up"
FAN_OUT = "split, one value kept, one line handed to each program"


def commands(count: int) -> Iterator[Row]:
    """PING, GET and SET."""
    world = World()
    program = world.attach()
    heard: list[str] = program.link.lines
    values = {"PING": "PONG", "USER": {"echo123": {"FULLNAME": "Echo / Sound Test Service"}}, "PROFILE": {}}
    told: list[str] = []

    def say(text: str) -> Callable[[], None]:
        def act() -> None:
            program.link.send(text)
            heard.clear()

        return act

    turn = iter(range(10**9))

    def say_new() -> None:
        program.link.send(f"SET USER echo123 DISPLAYNAME {next(turn)}")
        heard.clear()

    def bare_ping() -> None:
        (verb,) = "PING".split()  # noqa: SIM905 - the splitting is what is measured
        told.append(values[verb])
        told.clear()

    def bare_get() -> None:
        _, what, key, name = "GET USER echo123 FULLNAME".split()  # noqa: SIM905
        told.append(f"{what} {key} {name} {values[what][key][name]}")
        told.clear()

    def bare_set() -> None:
        _, what, key, name, value = f"SET USER echo123 DISPLAYNAME {next(turn)}".split()
        values[what][key][name] = value
        told.append(f"{what} {key} {name} {value}")
        told.clear()

    for name, ours, floor, share in (
        ("memory PING", say("PING"), bare_ping, 1),
        ("memory GET", say("GET USER echo123 FULLNAME"), bare_get, 1),
        ("memory SET", say_new, bare_set, 4),
    ):
        a, b = paired(
            lambda act=ours, many=count // share: rate(act, many),
            lambda act=floor: rate(act, count),
        )
        yield Row(name, a, b, "1/s", AGAINST)


class Bare:
    """A program of the floor."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def notify(self, text: str) -> None:
        self.lines.append(text)


def fan_out(count: int) -> Iterator[Row]:
    """Notifications to many programs in the process."""
    for programs in (1, 10, 100):
        world = World()
        attached = [world.attach() for _ in range(programs)]
        bare = [Bare() for _ in range(programs)]
        turn = iter(range(10**9))
        many = max(count // programs, 100)

        def ours(first=attached[0], everyone=attached, turn=turn, many=many) -> float:
            begun = time.perf_counter()
            for _ in range(many):
                first.link.send(f"SET USER echo123 DISPLAYNAME {next(turn)}")
            taken = time.perf_counter() - begun
            for program in everyone:
                program.link.lines.clear()
            return many * len(everyone) / taken

        def floor(everyone=bare, turn=turn, many=many) -> float:
            kept: dict[str, str] = {}
            begun = time.perf_counter()
            for _ in range(many):
                _, what, key, name, value = f"SET USER echo123 DISPLAYNAME {next(turn)}".split()
                kept[name] = value
                line = f"{what} {key} {name} {value}"
                for program in everyone:
                    program.notify(line)
            taken = time.perf_counter() - begun
            for program in everyone:
                program.lines.clear()
            return many * len(everyone) / taken

        a, b = paired(ours, floor)
        yield Row(f"memory notify to {programs}", a, b, "1/s", FAN_OUT)
