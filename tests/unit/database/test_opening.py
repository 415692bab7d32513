"""Files of every kind of harm: what is said, and that nothing is changed. For both kinds of files."""

import errno
import os
import sqlite3
import threading
from contextlib import closing

import pytest

from ringback.database import opening
from ringback.database.faults import FileError, unusable
from ringback.database.opening import Database
from ringback.network.embedded.file import FORMAT as NETWORK
from ringback.store.tables import FORMAT as ACCOUNT

TABLES = {ACCOUNT: "message", NETWORK: "letter"}


@pytest.fixture(params=[ACCOUNT, NETWORK], ids=["account", "network"])
def form(request):
    return request.param


@pytest.fixture
def path(tmp_path, form):
    """A file with something in every page."""
    made = tmp_path / "file.sqlite"
    database = Database(made, form)
    table = TABLES[form]
    for number in range(300):
        if form is ACCOUNT:
            database.db.execute(
                f"INSERT INTO {table} VALUES (?, ?)", (number, '{"body": "' + "x" * 500 + '"}')
            )
        else:
            database.db.execute(
                f"INSERT INTO {table} VALUES (?, 'a', ?, 'b', ?)", (number, number, "y" * 500)
            )
    database.close()
    return made


def files(path):
    found = {file.name: file.read_bytes() for file in path.parent.iterdir() if file.suffix != ".sqlite-shm"}
    return {name: content for name, content in found.items() if content}


def garbage(path):
    path.write_bytes(b"no database at all" * 500)


def pages(path):
    data = bytearray(path.read_bytes())
    data[5000:90000] = os.urandom(85000)
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[:-4096])


def emptied(path):
    path.write_bytes(b"")


def one_table_less(path):
    with closing(sqlite3.connect(path)) as db:
        [(name,)] = db.execute(
            "SELECT name FROM sqlite_master WHERE name IN ('message', 'letter')"
        ).fetchall()
        db.execute(f"DROP TABLE {name}")


def newer(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=99")


def foreign(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE shopping (list)")


BACKUP = "put a backup in its place"


@pytest.mark.parametrize(
    ("harm", "what", "remedy"),
    [
        (garbage, "file is not a database", BACKUP),
        (pages, "malformed|damaged", BACKUP),
        (cut, "its end is missing", BACKUP),
        (emptied, "is empty", BACKUP),
        (
            one_table_less,
            "table (message|letter) is missing|index (message_chat|letter_waiting) is missing",
            BACKUP,
        ),
        (newer, "written by a newer Ringback", "use the newer program"),
        (foreign, "belongs to another program", "move it out of the way"),
    ],
)
def test_what_cannot_be_used_is_left_as_it_is(path, form, harm, what, remedy):
    harm(path)
    before = files(path)
    with pytest.raises(FileError, match=what) as refused:
        Database(path, form)
    assert str(path) in str(refused.value)
    assert "Nothing was changed" in str(refused.value)
    assert remedy in refused.value.remedy
    assert files(path) == before


def test_a_file_that_is_gone_while_its_log_is_there(path, form):
    """A new file would be filled from the old one's log."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=99")
        path.with_name("kept").write_bytes(path.with_name("file.sqlite-wal").read_bytes())
    path.unlink()
    path.with_name("kept").rename(path.with_name("file.sqlite-wal"))
    before = files(path)
    with pytest.raises(FileError, match=r"its log is there.*put the file back"):
        Database(path, form)
    assert files(path) == before


def test_one_kind_of_file_is_not_taken_for_the_other(path, form):
    with pytest.raises(FileError, match="another program"):
        Database(path, ACCOUNT if form is NETWORK else NETWORK)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "make room"),
        (OSError(errno.EACCES, "Permission denied"), "you may write to it"),
        (OSError(errno.EROFS, "Read-only file system"), "not mounted read-only"),
        (OSError(errno.EIO, "Input/output error"), "has room and is well"),
    ],
)
def test_a_full_or_locked_disk_asks_for_no_backup(tmp_path, error, remedy):
    fault = unusable(tmp_path / "a.sqlite", error)
    assert remedy in fault.remedy
    assert "backup" not in str(fault)


def test_sqlite_tells_a_full_disk_from_a_damaged_file(path, form):
    database = Database(path, form)
    pages = database.db.execute("PRAGMA page_count").fetchone()[0]
    database.db.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(sqlite3.Error) as full:
        database.db.execute("CREATE TABLE much AS SELECT zeroblob(1000000)")
    assert "make room" in database.failed(full.value, "cannot be written").remedy
    database.db.execute("PRAGMA query_only=1")
    with pytest.raises(sqlite3.Error) as locked:
        database.db.execute("CREATE TABLE more (a)")
    assert "not mounted read-only" in database.failed(locked.value, "cannot be written").remedy
    database.db.execute("PRAGMA query_only=0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        database.db.execute("PRAGMA busy_timeout=1")
        with pytest.raises(sqlite3.Error) as busy:
            database.db.execute("BEGIN IMMEDIATE")
    assert "end the other program" in database.failed(busy.value, "cannot be written").remedy
    database.close()


# Big files ------------------------------------------------------------------------------------------------


@pytest.fixture
def big(monkeypatch):
    """Every file is a big one."""
    monkeypatch.setattr(opening, "AT_ONCE", 0)


def test_a_big_file_is_in_use_before_it_was_read_through(path, form, big):
    database = Database(path, form)
    assert not database.checked
    before = path.read_bytes()
    database.db.execute("CREATE TABLE much AS SELECT zeroblob(5000000)")
    # Nothing of that is in the file itself.
    assert path.read_bytes() == before
    database.check()
    assert database.checked
    database.db.execute("CREATE TABLE more AS SELECT zeroblob(5000000)")
    assert path.read_bytes() != before
    database.close()
    assert not path.with_name("file.sqlite-wal").exists()


def test_damage_in_a_big_file_is_found_while_it_is_in_use(path, form, big):
    pages(path)
    before = path.read_bytes()
    database = Database(path, form)
    database.db.execute("PRAGMA user_version")
    with pytest.raises(FileError, match=BACKUP):
        database.check()
    database.close()
    assert path.read_bytes() == before


def test_what_was_written_before_the_damage_was_found_is_still_beside_the_file(path, form, big):
    """Pages in the middle are harmed, so that writing works."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = os.urandom(4096)
    path.write_bytes(data)
    database = Database(path, form)
    database.db.execute("CREATE TABLE extra AS SELECT 1 AS a")
    with pytest.raises(FileError):
        database.check()
    database.close()
    assert path.read_bytes() == bytes(data)
    assert path.with_name("file.sqlite-wal").stat().st_size > 0


def test_an_end_does_not_wait_for_the_reading(path, form, big, monkeypatch):
    """Interrupted, it says nothing; the next start reads again."""
    database = Database(path, form)
    begun, go_on = threading.Event(), threading.Event()

    def slow(_path, db):
        begun.set()
        go_on.wait(20)
        db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")

    monkeypatch.setattr(opening, "read_through", slow)
    reader = threading.Thread(target=database.check)
    reader.start()
    begun.wait(20)
    # It may not have begun the statement that is interrupted.
    threading.Timer(0.1, go_on.set).start()
    while reader.is_alive():
        database.close()
        reader.join(0.02)
    assert not database.checked


def test_before_a_migration_a_big_file_is_read_through(tmp_path, form, big):
    path = tmp_path / "old.sqlite"
    Database(path, form).close()
    longer = opening.Format(
        form.mark, (*form.migrations, opening.Migration(len(form.migrations) + 1, "x", ()))
    )
    database = Database(path, longer)
    assert database.checked
    database.close()
