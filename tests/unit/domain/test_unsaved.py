"""What is on its way to the store is found as if it were there."""

from hypothesis import example, given
from hypothesis import strategies as st

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Forget, Purge, Save
from ringback.domain.unsaved import Unsaved
from ringback.store.memory import MemoryStore

KEYS = st.integers(1, 8)
WHERE = ({}, {"chat": "a"}, {"chat": "b", "status": "received"}, {"status": "received"})


def save(key, chat, status):
    return Save(Ref(Kind.MESSAGE, key), {"chat": chat, "status": status})


RECORDS = st.one_of(
    st.builds(save, KEYS, st.sampled_from("ab"), st.sampled_from(["received", "read"])),
    st.builds(lambda key: Forget(Ref(Kind.MESSAGE, key)), KEYS),
    st.builds(lambda key: Purge(Kind.MESSAGE, key), KEYS),
    st.builds(
        lambda key, where: Purge(Kind.MESSAGE, key, tuple(where.items())),
        KEYS,
        st.sampled_from([{"chat": "a"}, {"status": "received"}, {"chat": "b", "status": "received"}]),
    ),
)
#: Groups of records; True: the oldest group that waits is written now; None: written, but not reported yet.
MOVES = st.lists(st.one_of(st.lists(RECORDS, min_size=1, max_size=3), st.booleans()), max_size=20)


@given(MOVES)
@example([[Purge(Kind.MESSAGE, 2), save(1, "a", "received")], [Purge(Kind.MESSAGE, 1)], True, False])
def test_whatever_is_stored_when(moves):
    store, whole = MemoryStore(), MemoryStore()
    rows = Unsaved(store)
    waiting, written = [], []
    for move in moves:
        if isinstance(move, list):
            whole.commit(move)
            rows.add(move)
            waiting.append(move)
        elif move and waiting:
            store.commit(waiting[0])
            written.append(waiting.pop(0))
        elif written:
            rows.remove(written.pop(0))
        for key in range(1, 9):
            assert rows.find(Ref(Kind.MESSAGE, key)) == whole.find(Ref(Kind.MESSAGE, key))
        for where in WHERE:
            for limit in (-1, 1, 3):
                found = rows.keys(Kind.MESSAGE, where, limit)
                assert list(found) == list(whole.keys(Kind.MESSAGE, where, limit))


def test_what_is_stored_is_let_go():
    rows = Unsaved(MemoryStore())
    first, second, purge = save(1, "a", "read"), save(1, "b", "read"), Purge(Kind.MESSAGE, 1)
    rows.add([first])
    rows.add([second])
    rows.remove([first])
    assert rows.find(Ref(Kind.MESSAGE, 1)) == {"chat": "b", "status": "read"}
    rows.add([purge])
    assert list(rows.late(Kind.MESSAGE)) == []
    rows.remove([second])
    rows.remove([purge])
    assert rows.keys(Kind.MESSAGE) == []
    rows.add([first])
    rows.drop()
    assert rows.find(Ref(Kind.MESSAGE, 1)) is None


def test_all_rows_of_a_kind_in_key_order():
    store, rows = MemoryStore(), None
    store.commit([Save(Ref(Kind.OUTBOX, key), {"what": str(key)}) for key in (2, 5, 10)])
    rows = Unsaved(store)
    rows.add([Save(Ref(Kind.OUTBOX, 5), {"what": "new"}), Forget(Ref(Kind.OUTBOX, 10))])
    rows.add([Save(Ref(Kind.OUTBOX, 3), {"what": "3"})])
    found = list(rows.over(Kind.OUTBOX, store.load(Kind.OUTBOX)))
    assert found == [(2, {"what": "2"}), (3, {"what": "3"}), (5, {"what": "new"})]
