"""What every store does."""

import sqlite3

import pytest

from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Forget, Purge, Save
from ringback.ports.store import Portion, StoreError
from ringback.store.memory import MemoryStore
from ringback.store.sqlite import SqliteStore
from ringback.store.tables import PARTIAL, SCHEMA, column_of

ONE, TEN = Ref(Kind.CALL, 1), Ref(Kind.CALL, 10)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "a.sqlite")
    yield made
    made.close()


def test_rows_come_back_in_key_order(store):
    store.commit([Save(TEN, {"a": "ä\n"}), Save(ONE, {"a": None, "b": 5})])
    store.commit([Save(TEN, {"a": "new"})])
    assert list(store.load(Kind.CALL)) == [(1, {"a": None, "b": 5}), (10, {"a": "new"})]
    store.commit([Forget(ONE), Forget(Ref(Kind.CALL, 99))])
    assert list(store.load(Kind.CALL)) == [(10, {"a": "new"})]
    assert list(store.load(Kind.PERSON)) == []


def test_what_was_committed_is_there_after_the_process_is_gone(tmp_path):
    first = SqliteStore(tmp_path / "a.sqlite")
    first.commit([Save(ONE, {"a": 1})])
    # Not closed: as after kill -9.
    assert list(SqliteStore(tmp_path / "a.sqlite").load(Kind.CALL)) == [(1, {"a": 1})]
    first.close()


def test_a_newer_database_is_left_alone(tmp_path):
    path = tmp_path / "a.sqlite"
    SqliteStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version={SCHEMA + 1}")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_damaged_database_is_left_alone(tmp_path):
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"no database at all" * 500)
    with pytest.raises(StoreError, match="Nothing was changed"):
        SqliteStore(path)
    assert path.read_bytes() == b"no database at all" * 500


def test_a_full_disk_keeps_nothing_of_a_group(tmp_path):
    store = SqliteStore(tmp_path / "a.sqlite")
    store.commit([Save(ONE, {"a": 1})])
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StoreError, match="full"):
        store.commit([Save(ONE, {"a": 2}), Save(TEN, {"a": "x" * 100_000})])
    assert list(store.load(Kind.CALL)) == [(1, {"a": 1})]
    store.close()


def message(key, **columns):
    return Save(Ref(Kind.MESSAGE, key), {"chat": "#a", "partner": "ann", "uid": f"u{key}", **columns})


def test_single_rows_and_keys_are_looked_up(store):
    store.commit([message(2), message(10, chat="#b"), message(11, partner="bob", status="received")])
    assert store.find(Ref(Kind.MESSAGE, 10)) == {"chat": "#b", "partner": "ann", "uid": "u10"}
    assert store.find(Ref(Kind.MESSAGE, 3)) is None
    assert list(store.keys(Kind.MESSAGE)) == [11, 10, 2]
    assert list(store.keys(Kind.MESSAGE, {"chat": "#a"})) == [11, 2]
    assert list(store.keys(Kind.MESSAGE, {"chat": "#a", "partner": "bob"})) == [11]
    assert list(store.keys(Kind.MESSAGE, {"uid": "u10"}, 1)) == [10]
    assert list(store.keys(Kind.MESSAGE, {"status": "received"})) == [11]
    assert list(store.keys(Kind.MESSAGE, {"status": "received", "chat": "#a"}, 1)) == [11]
    assert list(store.keys(Kind.MESSAGE, {"status": "received", "chat": "#b"})) == []
    assert list(store.keys(Kind.MESSAGE, limit=2)) == [11, 10]


def test_all_up_to_a_key_is_deleted_at_once(store):
    store.commit([message(2), message(10), message(11)])
    store.commit([Purge(Kind.MESSAGE, 10), message(12)])
    assert list(store.keys(Kind.MESSAGE)) == [12, 11]


@pytest.mark.parametrize("columns", ["chat", "partner", "uid", "status", "status chat"])
def test_what_is_searched_has_an_index(tmp_path, columns):
    SqliteStore(tmp_path / "a.sqlite").close()
    db = sqlite3.connect(tmp_path / "a.sqlite")
    names = columns.split()
    where = " AND ".join(f"{column_of(name)} = {'$received' if name in PARTIAL else '?'}" for name in names)
    plan = db.execute(
        f"EXPLAIN QUERY PLAN SELECT key FROM message WHERE {where} ORDER BY key DESC".replace(
            "$received", "'received'"
        ),
        ["x" for name in names if name not in PARTIAL],
    ).fetchall()
    db.close()
    assert [step[3] for step in plan if "USING INDEX" in step[3] or "USING COVERING INDEX" in step[3]], plan
    assert not [step for step in plan if "TEMP B-TREE" in step[3]], plan
    assert "unread_in" in plan[0][3] or columns != "status chat", "by both at once"


def test_a_long_list_in_portions(store):
    store.commit([message(n, status="received" if n % 2 else "read") for n in range(1, 8)])
    both = store.portion(Kind.MESSAGE, {}, None, 3, newest_first=True)
    assert both == Portion("7, 6, 5", 5, True)
    assert store.portion(Kind.MESSAGE, {}, 5, 3, newest_first=True) == Portion("4, 3, 2", 2, True)
    assert store.portion(Kind.MESSAGE, {}, 2, 3, newest_first=True) == Portion("1", 1, False)
    assert store.portion(Kind.MESSAGE, {}, 1, 3, newest_first=True) == Portion("", None, False)
    unread = {"status": "received", "chat": "#a"}
    assert store.portion(Kind.MESSAGE, unread, None, 3, newest_first=False) == Portion("1, 3, 5", 5, True)
    assert store.portion(Kind.MESSAGE, unread, 5, 3, newest_first=False) == Portion("7", 7, False)
    assert store.portion(Kind.MESSAGE, unread, 1, 3, newest_first=False, below=5) == Portion("3", 3, False)
    assert store.portion(Kind.MESSAGE, {}, None, 2, newest_first=True, below=5) == Portion("4, 3", 3, True)
    assert store.portion(Kind.CALL, {}, None, 3, newest_first=False) == Portion("", None, False)


def test_a_long_list_while_others_write(tmp_path):
    """In the order of the keys, whatever their number, also in a transaction of somebody else."""
    store = SqliteStore(tmp_path / "a.sqlite")
    store.commit([message(n) for n in range(1, 5001)])
    store._db.execute("BEGIN IMMEDIATE")
    store._db.execute("DELETE FROM message")
    listed = store.portion(Kind.MESSAGE, {"partner": "ann"}, None, 5000, newest_first=True)
    store._db.execute("ROLLBACK")
    assert listed.text == ", ".join(map(str, range(5000, 0, -1)))
    store.close()
    (tmp_path / "a.sqlite").write_bytes(b"no database at all" * 500)
    with pytest.raises(StoreError):
        store.portion(Kind.MESSAGE, {}, None, 3, newest_first=True)


def test_some_are_deleted(store):
    rows = [Save(Ref(Kind.CALL, n), {"partner": "ab"[n % 2], "incoming": n // 2 % 2}) for n in range(1, 9)]
    store.commit(rows)
    store.commit([Purge(Kind.CALL, 6, (("partner", "b"), ("incoming", 0)))])
    assert list(store.keys(Kind.CALL)) == [8, 7, 6, 4, 3, 2]
    store.commit([Purge(Kind.CALL, 7, (("partner", "a"),))])
    assert list(store.keys(Kind.CALL)) == [8, 7, 3]


def test_searches_of_calls_are_not_sorted(tmp_path):
    SqliteStore(tmp_path / "a.sqlite").close()
    with sqlite3.connect(tmp_path / "a.sqlite") as db:
        for column in ("partner", "incoming", "state"):
            query = f"SELECT key FROM call WHERE {column_of(column)} = ? ORDER BY key DESC LIMIT 500"
            plan = " ".join(step[3] for step in db.execute(f"EXPLAIN QUERY PLAN {query}", ("x",)))
            assert f"USING INDEX call_{column}" in plan
            assert "TEMP B-TREE" not in plan
    db.close()
