"""Every way into a new schema, and every way in which it can go wrong."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from ringback.database.migrations import Migration, version
from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Save
from ringback.ports.store import StoreError
from ringback.store.sqlite import SqliteStore
from ringback.store.tables import MARK, MIGRATIONS, SCHEMA, TABLES

SRC = str(Path(__file__).parents[3] / "src")
ROWS = [(number, {"partner": f"friend {number}"}) for number in range(1, 2001)]


def shout(db):
    """What SQL cannot say: rows rewritten in Python."""
    for key, row in db.execute("SELECT key, row FROM call").fetchall():
        db.execute("UPDATE call SET row = ? WHERE key = ?", (row.replace("friend", "FRIEND"), key))


NEXT = Migration(SCHEMA + 1, "a test's own", ("CREATE TABLE extra (key)", shout))
NEWER = (*MIGRATIONS, NEXT)


@pytest.fixture
def path(tmp_path):
    """A database of today, as a killed process leaves it: rows are still in the write-ahead log."""
    made = tmp_path / "account.sqlite"
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from ringback.domain.changes import Kind, Ref; from ringback.domain.records import Save\n"
        "from ringback.store.sqlite import SqliteStore\n"
        f"store = SqliteStore(Path({str(made)!r}))\n"
        "store.commit([Save(Ref(Kind.CALL, n), {'partner': f'friend {n}'}) for n in range(1, 2001)])\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert run(code) == -signal.SIGKILL
    assert made.with_name("account.sqlite-wal").stat().st_size > 10_000
    return made


def run(code):
    return subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": SRC}).returncode


def files(path):
    """The database and everything beside it; shared memory and an empty log are made by reading."""
    found = {file.name: file.read_bytes() for file in path.parent.iterdir() if file.suffix != ".sqlite-shm"}
    return {name: content for name, content in found.items() if content}


def rows(path, migrations=MIGRATIONS):
    store = SqliteStore(path, migrations=migrations)
    found = list(store.load(Kind.CALL))
    store.close()
    return found


def test_every_kind_of_row_has_its_table(tmp_path):
    store = SqliteStore(tmp_path / "a.sqlite")
    assert version(store._db) == SCHEMA
    assert {kind: list(store.load(kind)) for kind in TABLES} == {kind: [] for kind in TABLES}
    store.close()
    assert (tmp_path / "a.sqlite").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob("*.bak")) == []


def test_a_copy_is_made_before_a_migration_runs(path, caplog):
    moved = rows(path, NEWER)
    assert moved == [(key, {"partner": f"FRIEND {key}"}) for key, _ in ROWS]
    [copy] = path.parent.glob("*.bak")
    assert re.fullmatch(rf"account\.schema{SCHEMA}\.20\d{{6}}T\d{{9}}Z\.bak", copy.name)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert str(copy) in caplog.text
    # It is whole by itself: put in the old place it is what was there before.
    alone = path.parent / "elsewhere" / "account.sqlite"
    alone.parent.mkdir()
    alone.write_bytes(copy.read_bytes())
    assert rows(alone) == ROWS
    # The second start finds nothing to do.
    assert rows(path, NEWER) == moved
    assert list(path.parent.glob("*.bak")) == [copy]


def test_a_new_database_goes_through_all_without_a_copy(tmp_path):
    assert rows(tmp_path / "a.sqlite", NEWER) == []
    assert list(tmp_path.glob("*.bak")) == []


def test_killed_in_the_middle_of_a_migration_the_old_database_is_there(path):
    code = f"""
import os, signal
from pathlib import Path
from ringback.database.migrations import Migration
from ringback.store.sqlite import SqliteStore
from ringback.store.tables import MIGRATIONS

def half(db):
    db.execute("PRAGMA cache_size=2")  # what is changed goes to the file before the commit
    db.execute("UPDATE call SET row = '{{}}'")
    log = Path({str(path)!r} + "-wal")
    assert log.stat().st_size > 10_000
    os.kill(os.getpid(), signal.SIGKILL)

step = Migration(len(MIGRATIONS) + 1, "dies", ("CREATE TABLE extra (key)", half))
SqliteStore(Path({str(path)!r}), migrations=(*MIGRATIONS, step))
"""
    assert run(code) == -signal.SIGKILL
    assert len(list(path.parent.glob("*.bak"))) == 1
    assert rows(path) == ROWS
    assert rows(path, NEWER)[0] == (1, {"partner": "FRIEND 1"})


def test_killed_in_the_middle_of_the_copy_nothing_is_taken_for_a_backup(path):
    code = f"""
import os, signal
from pathlib import Path
from ringback.database.migrations import Migration
from ringback.store.sqlite import SqliteStore
from ringback.store.tables import MIGRATIONS
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
SqliteStore(Path({str(path)!r}), migrations=(*MIGRATIONS, Migration(len(MIGRATIONS) + 1, "", ())))
"""
    assert run(code) == -signal.SIGKILL
    assert list(path.parent.glob("*.bak")) == []
    assert rows(path, NEWER)[0] == (1, {"partner": "FRIEND 1"})
    assert len(list(path.parent.glob("*.bak"))) == 1


def test_a_migration_that_fails_changes_nothing(path):
    broken = Migration(SCHEMA + 1, "broken", ("DELETE FROM call", "CREATE NONSENSE"))
    with pytest.raises(StoreError, match=r"syntax error.*Nothing was changed; .*schema\d.*\.bak"):
        SqliteStore(path, migrations=(*MIGRATIONS, broken))
    assert rows(path) == ROWS


def test_no_room_for_the_copy_and_nothing_is_changed(path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ringback.database.migrations.os.fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        SqliteStore(path, migrations=NEWER)
    assert [file.name for file in path.parent.iterdir() if file.suffix in (".bak", ".part")] == []
    assert rows(path) == ROWS


def damage_newer(path):
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version={SCHEMA + 1}")
    db.close()


def damage_pages(path):
    sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    data = bytearray(path.read_bytes())
    data[5000:9000] = os.urandom(4000)
    path.write_bytes(data)


def damage_end(path):
    sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    path.write_bytes(path.read_bytes()[:9000])


def damage_all(path):
    path.with_name("account.sqlite-wal").unlink()
    path.write_bytes(b"no database at all" * 500)


def damage_foreign(path):
    path.with_name("account.sqlite-wal").unlink()
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE shopping (list)")
    db.close()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (damage_newer, "newer Ringback"),
        (damage_pages, "damaged|malformed"),
        (damage_end, "damaged|malformed"),
        (damage_all, "not a database"),
        (damage_foreign, "another program"),
    ],
)
def test_what_cannot_be_used_is_left_as_it_is(path, damage, words):
    damage(path)
    before = files(path)
    with pytest.raises(StoreError, match=words) as refused:
        SqliteStore(path)
    assert str(path) in str(refused.value)
    assert "Nothing was changed" in str(refused.value)
    assert files(path) == before


def test_a_newer_database_with_an_unfinished_log_is_not_even_tidied(path):
    code = f"""
import os, signal, sqlite3
db = sqlite3.connect({str(path)!r})
db.execute("PRAGMA user_version={SCHEMA + 1}")
db.execute("PRAGMA wal_autocheckpoint=0")
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run(code) == -signal.SIGKILL
    before = files(path)
    assert len(before["account.sqlite-wal"]) > 10_000
    with pytest.raises(StoreError, match="newer"):
        SqliteStore(path)
    assert files(path) == before


def test_a_new_database_is_ours_and_has_its_name_when_it_is_complete(tmp_path, monkeypatch):
    path = tmp_path / "a.sqlite"

    def killed(_descriptor):
        assert not path.exists()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ringback.database.migrations.os.fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            SqliteStore(path)
    assert not path.exists()
    store = SqliteStore(path)
    store.commit([Save(Ref(Kind.CALL, 1), {})])
    assert store._db.execute("PRAGMA application_id").fetchone() == (MARK,)
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == ["a.sqlite"]


def test_a_folder_with_percent_and_question_marks(tmp_path):
    folder = tmp_path / "%41%?x=#"
    folder.mkdir()
    for _ in range(2):
        SqliteStore(folder / "a.sqlite").close()
    assert (folder / "a.sqlite").stat().st_size > 0


def test_calls_of_schema_2_are_looked_up_afterwards(tmp_path):
    """State and open are made of status and seen; whose calls were alive is known to the next start."""
    path = tmp_path / "a.sqlite"
    old = SqliteStore(path, migrations=MIGRATIONS[:2])
    rows = {
        1: {"partner": "ann", "incoming": 1, "status": "missed", "seen": 0},
        2: {"partner": "ann", "incoming": 1, "status": "missed", "seen": 1},
        3: {"partner": "bob", "incoming": 0, "status": "inprogress", "seen": 1},
        4: {"partner": "bob", "incoming": 0, "status": "finished", "seen": 1},
    }
    old.commit([Save(Ref(Kind.CALL, key), row) for key, row in rows.items()])
    old.close()
    new = SqliteStore(path)
    assert new.keys(Kind.CALL, {"open": 1}) == [3, 1]
    assert new.keys(Kind.CALL, {"partner": "ann", "state": "missed"}) == [2, 1]
    assert new.keys(Kind.CALL, {"incoming": 0}) == [4, 3]
    assert new.find(Ref(Kind.CALL, 3)) == {
        "partner": "bob",
        "incoming": 0,
        "seen": 1,
        "state": "inprogress",
        "open": 1,
    }
    new.close()
