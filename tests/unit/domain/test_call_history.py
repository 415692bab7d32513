"""Calls that are over live in the store; what is not stored yet is seen all the same."""

import pytest

from ringback.domain import call_history, calls
from ringback.domain.call_history import KEPT, SPARE
from ringback.domain.changes import Cause, Kind, Origin, Ref
from ringback.domain.effects import CallAct
from ringback.domain.engine import Act, Engine, Happened
from ringback.domain.failures import Failure, Meaning
from ringback.domain.inputs import CallSignalled, LinkChanged
from ringback.domain.time import Instant
from ringback.domain.unsaved import Unsaved
from ringback.store.memory import MemoryStore
from ringback.store.sqlite import SqliteStore

CAUSE = Cause(Origin.CLIENT, 1)
NOW = Instant(1_700_000_000, 100.0)


class Life:
    """An engine whose steps are stored when ``commit`` is called, and not before."""

    def __init__(self, store) -> None:
        self.store = store
        self.engine = Engine("me", Unsaved(store))
        rows = [
            (Ref(kind, key), row) for kind in (Kind.ACCOUNT, Kind.PROFILE) for key, row in store.load(kind)
        ]
        self.waiting = list(self.engine.restore(rows))
        self.engine.step(Happened(CAUSE, LinkChanged("online")), NOW)

    @property
    def calls(self):
        return self.engine.account.calls

    def keys(self, **where):
        """What a search finds, the newest first."""
        return self.calls.rows.keys(Kind.CALL, where)

    def act(self, use_case, *arguments):
        self.took(self.engine.step(Act(CAUSE, lambda a, c: use_case(a, c, *arguments)), NOW))

    def hears(self, signal_id, sender, act):
        self.took(self.engine.step(Happened(CAUSE, CallSignalled(signal_id, sender, act)), NOW))

    def took(self, step):
        self.engine.keep(step)
        self.changes = step.changes
        self.waiting += step.records

    def commit(self):
        self.store.commit(self.waiting)
        self.engine.stored(self.waiting)
        self.waiting = []

    def missed(self, signal_id, sender):
        """Somebody calls and gives up."""
        self.hears(signal_id, sender, CallAct.OFFER)
        self.hears(signal_id, sender, CallAct.END)

    def refused(self, target):
        """We call somebody who refuses."""
        self.act(calls.place, (target,))
        number = self.keys()[0]
        self.hears(f"me/{number}", target, CallAct.REFUSE)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "a.sqlite")
    yield made
    made.close()


@pytest.mark.parametrize("stored", [True, False])
def test_searching_what_is_stored_and_what_is_not(store, stored):
    life = Life(store)
    life.missed("x/1", "eve")
    life.refused("bob")
    life.missed("x/2", "bob")
    if stored:
        life.commit()
    life.act(calls.place, ("eve",))
    assert life.keys() == [4, 3, 2, 1]
    assert life.keys(partner="bob") == [3, 2]
    assert life.calls.missed == {1: "eve", 3: "bob"}
    assert life.keys(state="missed") == life.keys(incoming=1) == [3, 1]
    assert life.keys(incoming=0) == [4, 2]
    assert life.keys(partner="bob", incoming=1) == [3]


def test_old_calls_are_found_in_the_store_alone(store):
    life = Life(store)
    for number in range(KEPT + SPARE + 30):
        life.missed(f"x/{number}", f"eve{number % 3}")
    assert 7 not in life.calls.kept
    assert len(life.calls.kept) <= KEPT + SPARE
    assert life.calls.find(7).state == "missed", "what is not stored is found all the same"
    life.calls.kept.clear()
    life.commit()
    assert life.calls.find(5).partner == "eve1"
    assert 7 not in life.calls.kept
    assert life.calls.find(7).state == "missed"
    assert life.calls.find(10_000) is None


def test_a_change_of_an_old_call_is_seen_before_it_is_stored(store):
    life = Life(store)
    life.missed("x/1", "eve")
    life.commit()
    life.calls.kept.clear()
    life.act(call_history.mark_seen, 1)
    for number in range(KEPT + SPARE + 30):
        life.missed(f"y/{number}", "eve")
    assert life.calls.find(1).seen
    assert 1 not in life.calls.missed
    life.commit()
    life.calls.kept.clear()
    assert life.calls.find(1).seen


@pytest.mark.parametrize(
    ("which", "handle", "left"),
    [
        ("all", "", [5]),
        ("missed", "", [5, 3]),
        ("incoming", "eve", [5, 4, 3]),
        ("outgoing", "", [5, 4, 2, 1]),
        ("outgoing", "eve", [5, 4, 3, 2, 1]),
    ],
)
@pytest.mark.parametrize("stored", [True, False])
def test_forgetting_calls(store, which, handle, left, stored):
    """The one that is alive stays."""
    life = Life(store)
    life.missed("x/1", "eve")
    life.missed("x/2", "eve")
    life.refused("bob")
    life.missed("x/3", "ann")
    life.act(calls.place, ("eve",))
    if stored:
        life.commit()
    life.act(call_history.clear, which, handle)
    assert life.keys() == left
    assert [key for key in range(1, 6) if life.calls.find(key)] == sorted(left)
    assert set(life.calls.missed) <= set(left)
    assert len(life.changes) == (len(left) < 5), "told once, if there was anything"
    life.commit()
    assert life.keys() == left
    assert Life(store).keys() == left


def test_what_the_last_run_left_is_over(store):
    life = Life(store)
    life.hears("a/1", "eve", CallAct.OFFER)
    life.act(calls.answer, 1)
    life.hears("b/1", "bob", CallAct.OFFER)
    life.act(calls.place, ("ann",))
    life.missed("c/1", "carl")
    life.missed("c/2", "carl")
    life.act(call_history.mark_seen, 5)
    life.commit()
    again = Life(store)
    assert {key: again.calls.find(key).state for key in again.keys(incoming=1) + again.keys(incoming=0)} == {
        1: "finished",
        2: "missed",
        3: "cancelled",
        4: "missed",
        5: "missed",
    }
    assert again.calls.alive == {}
    assert list(again.calls.missed) == [2, 4]
    again.commit()
    third = Life(store)
    assert third.waiting == []
    assert list(third.calls.missed) == [2, 4]


def test_when_the_link_is_lost_every_call_is_over():
    life = Life(MemoryStore())
    life.hears("a/1", "eve", CallAct.OFFER)
    life.act(calls.answer, 1)
    life.hears("b/1", "bob", CallAct.OFFER)
    life.act(calls.place, ("ann",))
    life.took(life.engine.step(Happened(CAUSE, LinkChanged("offline")), NOW))
    found = [life.calls.find(key) for key in (1, 2, 3)]
    assert [(c.state, c.failure_reason) for c in found] == [("failed", 5), ("missed", 0), ("failed", 5)]
    with pytest.raises(Failure) as refused:
        life.act(calls.place, ("ann",))
    assert refused.value.meaning is Meaning.NOT_CONNECTED
