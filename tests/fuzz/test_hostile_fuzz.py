"""Every target: a short run that is the same each time, a long one, and proof that it can fail."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuzz import make_corpus
from fuzz.targets import TARGETS
from ringback.media import legs
from ringback.protocol import lexer
from ringback.session.sessions import Sessions
from ringback.transport.framing import Framing
from support.replay import World

TESTS = Path(__file__).parents[1]
RUNS = {
    "lexer": 4000,
    "framing": 10_000,
    "sessions": 15_000,
    "dispatch": 700,
    "dbus": 1500,
    "pictures": 3000,
    "ports": 4000,
    "calls": 4000,
}


@pytest.fixture(autouse=True)
def files_outside_the_fence_again(monkeypatch):
    """Targets put a fence around files; other tests of this process shall not be behind it."""
    monkeypatch.setattr(legs, "Path", legs.Path)


def fuzz(target, folder, *options):
    done = subprocess.run(
        [sys.executable, "-m", "fuzz", target, *options, str(folder), str(TESTS / "fuzz/corpus" / target)],
        env=os.environ | {"PYTHONPATH": f"{TESTS}:{TESTS.parent / 'src'}", "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "cov:" in done.stderr, "the fuzzer sees the code"
    return done.stderr


def test_every_target_is_run():
    assert set(RUNS) == set(TARGETS) == set(make_corpus.seeds())


@pytest.mark.parametrize("target", RUNS)
def test_short(target, tmp_path):
    assert f"Done {RUNS[target]} runs" in fuzz(target, tmp_path, "-seed=1", f"-runs={RUNS[target]}")


@pytest.mark.slow
@pytest.mark.parametrize("target", RUNS)
def test_long(target, tmp_path):
    fuzz(target, tmp_path, "-seed=2", "-max_total_time=90")


def test_the_corpus_is_what_the_script_makes():
    made = {
        f"{target}/{name}": data
        for target, named in make_corpus.seeds().items()
        for name, data in named.items()
    }
    kept = {
        str(path.relative_to(make_corpus.HERE)): path.read_bytes() for path in make_corpus.HERE.glob("*/*")
    }
    assert kept == made, "python -m fuzz.make_corpus"
    assert sum(map(len, kept.values())) < 100_000


def forget_the_id(self, number, ticket, text, now, original=Sessions.received):
    return original(self, number, ticket, text.replace("#h ", ""), now)


def answer_twice(self, command, text, now, original=Sessions.answer):
    original(self, command, text, now)
    self._sessions[command.session].link.answer(command.ticket, text)


def end_twice(self, text, original=Framing.frame):
    return original(self, text) + b"\0"


def drop_when_piecemeal(self, data, original=Framing.feed):
    return original(self, data) if len(data) > 1 else []


def crash(self, *_):
    raise ZeroDivisionError


def find_by_id_alone(self, sender, sid):
    for session in self._sessions.values():
        if session.sid == sid:
            session.peer = sender
            return session
    return None


FAULTS = [
    ("lexer", "fuzz.targets.word", lambda text: (text.strip(" ,"), "")),
    ("lexer", "fuzz.targets.assignments", lambda text: iter([("A", text)])),
    ("framing", "ringback.transport.framing.Framing.frame", end_twice),
    ("framing", "ringback.transport.framing.Framing.feed", drop_when_piecemeal),
    ("sessions", "ringback.session.sessions.Sessions.answer", answer_twice),
    ("dispatch", "ringback.session.sessions.Sessions.answer", answer_twice),
    ("dispatch", "ringback.session.sessions.Sessions.received", forget_the_id),
    ("dispatch", "ringback.protocol.dispatch.Dispatcher._search", crash),
    ("pictures", "ringback.media.pictures._smaller", crash),
    ("pictures", "ringback.media.pictures._smaller", lambda _picture: bytes(300_000)),
    ("dbus", "ringback.session.sessions.Sessions.answer", answer_twice),
    ("ports", "ringback.transport.porch.Porch.left", lambda *_: None),
    ("ports", "ringback.transport.porch.GuestLink.refuse", lambda *_: None),
    ("ports", "ringback.transport.websocket.WebSocketLink.framed", lambda _self, text: text.encode()),
    ("ports", "ringback.transport.websocket.WebSocketLink._fail", lambda *_: None),
    ("ports", "ringback.transport.stream.StreamLink._forget", lambda *_: None),
    ("dbus", "ringback.transport.dbus.DBusServer.gone", lambda *_: None),
    ("calls", "ringback.jingle.checks.line", lambda text, *_, **__: text),
    ("calls", "ringback.jingle.elements.candidate_element", lambda *_: None),
    ("calls", "ringback.jingle.endpoint.Endpoint._spoilt", crash),
    ("calls", "ringback.jingle.endpoint.Endpoint._find", find_by_id_alone),
    ("calls", "ringback.jingle.session.Session.time_out", lambda *_: []),
]


@pytest.mark.parametrize(("target", "place", "fault"), FAULTS)
def test_a_planted_fault_is_found(monkeypatch, tmp_path, target, place, fault):
    seeds = make_corpus.seeds()[target].values()

    def run():
        check = TARGETS[target](tmp_path)
        for seed in seeds:
            check(seed)

    run()
    monkeypatch.setattr(place, fault)
    with pytest.raises((AssertionError, ArithmeticError)):
        run()


LONG = 2_000_000
SHAPES = [
    "x",
    " ",
    ",",
    '"',
    '""',
    "a ",
    "a,",
    "a=",
    'a="b" ',
    "#",
    "#1 ",
    "\\",
    "\\n",
    "\t",
    "9",
    "\u0663",
    '="',
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "read", [lexer.split_id, lexer.word, lexer.targets, lambda text: sum(1 for _ in lexer.assignments(text))]
)
def test_no_text_takes_longer_than_its_length_allows(shape, read):
    """A quadratic reader would need hours for these."""
    text = shape * (LONG // len(shape))
    start = time.perf_counter()
    try:
        read(text)
    except ValueError:
        assert shape.count('"') % 2, "only an unfinished quotation is refused"
    assert time.perf_counter() - start < 5


VERBS = (
    *("", "#", "GET ", "GET USER ", "GET CALL ", "SET PROFILE ABOUT ", "ALTER CALL 1 SET_INPUT ", "CALL "),
    *(
        "ALTER CALL 1 END ",
        "SEARCH USERS ",
        "SEARCH CALLS ",
        "NAME ",
        "PROTOCOL ",
        "CHAT CREATE ",
        "OPEN IM ",
    ),
)


def test_a_huge_command_is_answered_in_time():
    world = World()
    program = world.attach()
    program.ask("CALL no.answer")
    for verb in VERBS:
        for shape in SHAPES:
            start = time.perf_counter()
            program.link.lines.clear()
            program.link.send(f"#h {verb}{shape * (1_000_000 // len(shape))}")
            [answer] = [line for line in program.link.lines if line.startswith("#h ")]
            assert "9901 Internal" not in answer[:40], (verb, shape)
            assert time.perf_counter() - start < 5, (verb, shape)
