"""kill -9 while two accounts ask, grant, remove and block each other: what was answered has happened, and in
the end both sides agree about it."""

import random
import select
import signal

from support.daemon import Daemon
from support.storm import DAEMON, Program

PEOPLE = ("ann", "bob")
OTHER = {"ann": "bob", "bob": "ann"}
#: What each command makes of (in the list, may the other see us, is the other blocked); None: it stays.
COMMANDS = {
    "BUDDYSTATUS 2 hello": (True, True, False),
    "BUDDYSTATUS 1": (False, False, None),
    "ISAUTHORIZED FALSE": (None, False, None),
    "ISBLOCKED TRUE": (None, None, True),
    "ISBLOCKED FALSE": (None, None, False),
}


def get(program, person, *names):
    return tuple(program.ask(f"GET USER {person} {name}").split(" ", 3)[3] for name in names)


def own(program, person):
    """What an account has decided about somebody."""
    standing, authorized, blocked = get(program, person, "BUDDYSTATUS", "ISAUTHORIZED", "ISBLOCKED")
    return standing in "23", authorized == "TRUE", blocked == "TRUE"


def agree(programs):
    """Each sees of the other what the other has decided."""
    for name, program in programs.items():
        standing, presence = get(program, OTHER[name], "BUDDYSTATUS", "ONLINESTATUS")
        _, leave, blocked = own(programs[OTHER[name]], name)
        if presence != ("ONLINE" if leave and not blocked else "OFFLINE"):
            return False
        if standing in "23" and (standing == "3") != leave:
            return False
    return True


def outcomes(state, commands, answered):
    """What may be so after a kill: all that was answered has happened, and some of the rest, in order."""
    found = set() if answered else {state}
    for number, command in enumerate(commands, 1):
        state = tuple(old if new is None else new for old, new in zip(state, COMMANDS[command], strict=True))
        if number >= answered:
            found.add(state)
    return found


def life(home, dice, decided):
    """Check what the last life left, then do things and be killed in the middle."""
    with Daemon(home, *DAEMON) as daemon:
        assert daemon.ready, daemon.end()
        programs = {name: Program(home, name) for name in PEOPLE}
        for name, program in programs.items():
            assert own(program, OTHER[name]) in decided[name]
        assert any(agree(programs) for _ in range(500)), {n: p.news for n, p in programs.items()}
        state = {name: own(program, OTHER[name]) for name, program in programs.items()}
        chosen = {name: dice.choices(list(COMMANDS), k=dice.randrange(1, 30)) for name in PEOPLE}
        for name, program in programs.items():
            for command in chosen[name]:
                program.say(f"SET USER {OTHER[name]} {command}")
        enough = dice.randrange(0, sum(map(len, chosen.values())))
        while sum(len(program.answers) for program in programs.values()) < enough:
            ready, _, _ = select.select([program.socket for program in programs.values()], [], [], 20)
            assert ready
            for program in programs.values():
                if program.socket in ready:
                    assert program.take()
        _, errors = daemon.end(signal.SIGKILL)
        assert not errors
        for name, program in programs.items():
            while program.take():
                pass
            decided[name] = outcomes(state[name], chosen[name], len(program.answers))
            program.close()


def test_killed_in_the_middle_of_getting_to_know_each_other(tmp_path):
    dice, decided = random.Random(1), {name: {(False, False, False)} for name in PEOPLE}
    for _ in range(8):
        life(tmp_path, dice, decided)
    assert all(decided.values())
