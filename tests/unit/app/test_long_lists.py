"""A list of very many messages or calls is read beside the loop: nobody waits but who asked for it."""

import pytest

from ringback.app import listings
from ringback.domain import chats, listing
from ringback.domain.changes import Kind, Ref
from ringback.domain.ids import COUNTER
from ringback.domain.records import Save
from ringback.ports.store import StoreError
from ringback.store.memory import MemoryStore
from ringback.store.sqlite import SqliteStore
from support.replay import World

CHAT = "#ann/$me;0000000000000001"
MANY = 3 * listing.SHORT
MESSAGES = range(10_000, 10_000 + MANY)
CALLS = range(20_000, 20_000 + MANY)


class Slow:
    """A worker whose jobs are done when the test says so."""

    def __init__(self):
        self.jobs = []

    def do(self, job, done):
        self.jobs.append((job, done))

    def work(self):
        job, done = self.jobs.pop(0)
        try:
            result = job()
        except Exception as error:  # noqa: BLE001 - told, as the real one does
            result = error
        done(result)

    def finish(self):
        while self.jobs:
            self.work()


class Counting(SqliteStore):
    """``given``: keys that were read in the loop; ``ill``: why nothing can be read beside it, or written."""

    given = 0
    ill = full = None

    def keys(self, *where):
        found = super().keys(*where)
        self.given += len(found)
        return found

    def portion(self, *where, **order):
        if self.ill:
            raise self.ill
        return super().portion(*where, **order)

    def commit(self, records):
        if self.full:
            raise self.full
        super().commit(records)


@pytest.fixture
def store(tmp_path):
    made = Counting(tmp_path / "a.sqlite")
    row = {"chat": CHAT, "author": "ann", "partner": "ann", "sort": "said", "body": "x", "timestamp": 1}
    rows = [Save(Ref(Kind.CHAT, CHAT), {"timestamp": 1, "partner": "ann", "number": 1, "last": 2})]
    rows += [Save(Ref(Kind.MESSAGE, n), row | {"uid": f"u{n}", "status": "received"}) for n in MESSAGES]
    call = {"partner": "ann", "incoming": 1, "state": "missed", "seen": 1, "open": 0, "timestamp": 1}
    call |= {"partner_name": "", "signal_id": "ann/1"}
    rows += [Save(Ref(Kind.CALL, n), call) for n in CALLS]
    made.commit([*rows, Save(COUNTER, {"value": "90000"})])
    yield made
    made.close()


@pytest.fixture
def slow():
    return Slow()


@pytest.fixture
def world(store, slow, monkeypatch):
    monkeypatch.setattr(listings, "PORTION", 400)
    made = World("me", "ann", "bob", stores={"me": store})
    made.runtimes["me"]._outside._listings._worker = slow
    return made


def listed(heading, numbers):
    return f"{heading} {', '.join(map(str, numbers))}"


LONG = [
    ("SEARCH CHATMESSAGES", "CHATMESSAGES", reversed(MESSAGES)),
    ("SEARCH CHATMESSAGES ann", "CHATMESSAGES", reversed(MESSAGES)),
    ("SEARCH MESSAGES ann", "MESSAGES", reversed(MESSAGES)),
    ("SEARCH MISSEDCHATMESSAGES", "CHATMESSAGES", MESSAGES),
    ("SEARCH MISSEDMESSAGES", "MESSAGES", MESSAGES),
    (f"GET CHAT {CHAT} CHATMESSAGES", f"CHAT {CHAT} CHATMESSAGES", MESSAGES),
    ("SEARCH CALLS", "CALLS", reversed(CALLS)),
    ("SEARCH CALLS ann", "CALLS", reversed(CALLS)),
]


@pytest.mark.parametrize(("command", "heading", "numbers"), [(c, h, tuple(n)) for c, h, n in LONG])
def test_nothing_is_waited_for(world, store, slow, command, heading, numbers):
    me = world.attach("me")
    other = world.attach("me")
    store.given = 0
    me.link.send(f"#1 {command}")
    assert me.news() == []
    assert store.given <= listing.SHORT + 1, "the loop has not read them all"
    slow.work()
    assert other.ask("GET CHATMESSAGE 10007 BODY") == "CHATMESSAGE 10007 BODY x"
    slow.finish()
    assert me.news() == [f"#1 {listed(heading, numbers)}"]
    assert store.given <= listing.SHORT + 1


@pytest.mark.parametrize("cleared", [0, 700, MANY])
def test_the_recent_ones_of_a_long_chat(world, store, slow, cleared):
    """Those that nobody has seen, but for the ``cleared`` first of them, and the last ones, seen or not."""
    me = world.attach("me")
    if cleared:
        world.runtimes["me"].engine.account.chats.all[CHAT].recent_after = MESSAGES[cleared - 1]
    said = []
    for number in range(chats.RECENT - 5):
        me.ask(f"CHATMESSAGE {CHAT} {number}")
        said.append(store.keys(Kind.MESSAGE, {}, 1)[0])
        if number == 5:
            me.ask(f"SET CHATMESSAGE {MESSAGES[-1]} SEEN")
    me.news()
    store.given = 0
    me.link.send(f"GET CHAT {CHAT} RECENTCHATMESSAGES")
    assert store.given <= listing.SHORT + 1 + chats.RECENT
    slow.finish()
    assert me.news() == [listed(f"CHAT {CHAT} RECENTCHATMESSAGES", [*MESSAGES[cleared:], *said])]
    for number in range(10):
        me.ask(f"CHATMESSAGE {CHAT} {number}")
        said.append(store.keys(Kind.MESSAGE, {}, 1)[0])
    me.news()
    me.link.send(f"GET CHAT {CHAT} RECENTCHATMESSAGES")
    slow.finish()
    seen = [] if cleared == MANY else [MESSAGES[-1]]
    unread = [key for key in MESSAGES[cleared:] if key not in seen]
    assert me.news() == [listed(f"CHAT {CHAT} RECENTCHATMESSAGES", [*unread, *said[-chats.RECENT :]])]


def test_answers_keep_their_order(world, slow):
    """Of a program that cannot tell them apart."""
    me = world.attach("me")
    for command in ("SEARCH CALLS", "GET CHATMESSAGE 10007 BODY", "SEARCH CALLS bob"):
        me.link.send(command)
    world.attach("bob").ask("MESSAGE me hello")
    assert me.news() == []
    slow.finish()
    said = me.news()
    assert said[:3] == [listed("CALLS", reversed(CALLS)), "CHATMESSAGE 10007 BODY x", "CALLS "]
    assert said[-1].endswith("STATUS RECEIVED")


def test_one_after_the_other_and_no_more_than_so_many(world, slow):
    me = world.attach("me")
    for number in range(listings.MOST_WAITING + 1):
        me.link.send(f"#{number} SEARCH CALLS")
    assert len(slow.jobs) == 1, "one takes memory and the store at a time"
    assert me.news() == [f"#{listings.MOST_WAITING} ERROR 9901 Internal error"]
    slow.finish()
    assert me.news() == [f"#{n} {listed('CALLS', reversed(CALLS))}" for n in range(listings.MOST_WAITING)]


def test_what_is_on_its_way_to_the_store_is_waited_for(world, slow):
    me = world.attach("me")
    new = me.ask("MESSAGE bob hello").split()[1]
    me.link.send("SEARCH CHATMESSAGES")
    slow.finish()
    assert me.news()[-1].startswith(f"CHATMESSAGES {new}, ")


def test_what_is_deleted_meanwhile(world, slow):
    me = world.attach("me")
    me.link.send("#1 SEARCH CALLS")
    slow.work()
    assert me.ask("CLEAR CALLHISTORY ALL") == "CLEAR CALLHISTORY ALL"
    slow.finish()
    assert me.news()[-1] == f"#1 {listed('CALLS', list(reversed(CALLS))[:400])}"
    assert me.ask("SEARCH CALLS") == "CALLS "


def test_a_store_that_cannot_be_read(world, store, slow, caplog):
    me = world.attach("me")
    store.ill = StoreError("input/output error")
    me.link.send("SEARCH CALLS")
    slow.finish()
    assert me.news() == ["ERROR 9901 Internal error"]
    assert "a list cannot be read: input/output error" in caplog.text
    caplog.clear()
    store.ill = None
    me.link.send("SEARCH CALLS")
    slow.finish()
    assert me.news() == [listed("CALLS", reversed(CALLS))]


def test_a_store_that_cannot_be_written_is_read(world, store, slow, caplog):
    me = world.attach("me")
    store.full = StoreError("disk full")
    assert me.ask("SET PROFILE MOOD_TEXT x").startswith("ERROR 9901")
    me.link.send("SEARCH CALLS")
    slow.finish()
    assert me.news() == [listed("CALLS", reversed(CALLS))]
    caplog.clear()


def test_the_account_is_read_again_meanwhile(world, store, slow, caplog):
    """A step breaks; what was asked for still comes."""
    me, other = world.attach("me"), world.attach("me")
    me.link.send("SEARCH CALLS")
    world.runtimes["me"]._mend()
    assert other.ask("GET CHATMESSAGE 10007 BODY") == "CHATMESSAGE 10007 BODY x"
    slow.finish()
    assert me.news() == [listed("CALLS", reversed(CALLS))]
    caplog.clear()


def test_the_end(world, slow):
    me = world.attach("me")
    me.link.send("SEARCH CALLS")
    world.runtimes["me"].stop()
    slow.finish()
    assert me.news() == []


def test_in_memory_too():
    store = MemoryStore()
    row = {"chat": CHAT, "author": "me", "partner": "ann", "sort": "said", "status": "read", "body": ""}
    store.commit([Save(Ref(Kind.MESSAGE, n), row | {"uid": f"u{n}", "timestamp": 1}) for n in MESSAGES])
    me = World("me", stores={"me": store}).attach("me")
    assert me.ask("SEARCH CHATMESSAGES") == listed("CHATMESSAGES", reversed(MESSAGES))


def test_forgetting_very_many_calls_looks_at_none(world, store):
    me = world.attach("me")
    store.given = 0
    written = []
    commit = store.commit
    store.commit = lambda records: (written.extend(records), commit(records))
    assert me.ask("CLEAR CALLHISTORY MISSED ann") == "CLEAR CALLHISTORY MISSED ann"
    assert me.news() == ["CALLHISTORYCHANGED"]
    assert me.ask("SEARCH CALLS") == "CALLS "
    assert store.given < 3
    assert len(written) < 3
