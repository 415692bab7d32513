"""A row that is not what was stored: it is named, what stands in it is not said, and nothing else suffers."""

import json
import sqlite3
from contextlib import closing
from itertools import product

import pytest

from ringback.app.row_check import read_letters, read_rows
from ringback.network.embedded.directory import Directory
from ringback.network.embedded.file import EmbeddedFile
from ringback.network.embedded.mailbox import Mailbox
from ringback.network.embedded.post import PostOffice
from ringback.network.embedded.sightings import Sightings
from ringback.ports.store import StoreError
from ringback.store.sqlite import SqliteStore
from support.replay import World

SECRET = "nobody's business"
NOT_JSON = SECRET.encode()
NOT_UTF8 = b'{"body": "\xff\xfe ' + SECRET.encode() + b'"}'
NO_ROW = json.dumps([SECRET]).encode()
NOTHING_IN_IT = b"{}"


@pytest.fixture
def path(tmp_path):
    """An account with a row of every kind: settings, profile, a person, a dialog with an unread message."""
    store = SqliteStore(tmp_path / "account.sqlite")
    world = World("me", "bob", stores={"me": store})
    me, bob = world.attach("me"), world.attach("bob")
    me.ask("SET PROFILE CITY Tallinn")
    me.ask("SET AUTOAWAY OFF")
    me.ask("CALL busy.bee")
    assert me.ask("MESSAGE bob hello").startswith(("MESSAGE", "CHATMESSAGE"))
    assert bob.ask("MESSAGE me hello").startswith(("MESSAGE", "CHATMESSAGE"))
    world.wait(10)
    for runtime in world.runtimes.values():
        runtime.stop()
    return tmp_path / "account.sqlite"


def harm(path, table, content, where="1"):
    """Let other bytes stand where a row stood, as a bad disk does: no index hears of it. Gives its key."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        chosen = f'SELECT key, CAST(row AS BLOB) FROM "{table}" WHERE {where} ORDER BY key LIMIT 1'
        [(key, stored)] = db.execute(chosen).fetchall()
    file = path.read_bytes()
    assert stored in file
    assert len(content) <= len(stored)
    path.write_bytes(file.replace(stored, content.ljust(len(stored))))
    return key


@pytest.mark.parametrize(
    ("table", "content"),
    [
        *product(["account", "profile", "chat", "member"], [NOT_JSON, NOT_UTF8, NO_ROW]),
        # In the others, fields that are not there have their defaults.
        *product(["chat", "member"], [NOTHING_IN_IT]),
    ],
)
def test_at_the_start_it_is_named_and_nothing_is_changed(path, table, content):
    key = harm(path, table, content)
    before = path.read_bytes()
    with pytest.raises(StoreError) as refused:
        World("me", stores={"me": SqliteStore(path)})
    words = str(refused.value)
    for part in (
        str(path),
        f"row {key!r} of table {table} cannot be understood",
        "put a backup in its place",
    ):
        assert part in words
    assert "business" not in words
    with pytest.raises(StoreError, match=f"table {table}"):
        read_rows(path)
    assert path.read_bytes() == before


def test_the_counter_of_ids_is_no_number(path):
    harm(path, "account", b'{"value": "?"}', "key = 'ids'")
    with pytest.raises(StoreError, match="row 'ids' of table account"):
        World("me", stores={"me": SqliteStore(path)})


def test_without_the_counter_no_id_is_given_twice(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM account WHERE key = 'ids'")
        [(last,)] = db.execute("SELECT max(key) FROM (SELECT key FROM message UNION SELECT key FROM call)")
        db.commit()
    me = World("me", stores={"me": SqliteStore(path)}).attach()
    assert int(me.ask("CALL echo123").split()[1]) > last


@pytest.mark.parametrize("content", [NOT_JSON, NOT_UTF8, NO_ROW, NOTHING_IN_IT])
@pytest.mark.parametrize(("table", "word"), [("message", "CHATMESSAGE"), ("call", "CALL")])
def test_what_is_looked_up_costs_only_itself(path, table, word, content, caplog):
    key = harm(path, table, content)
    me = World("me", stores={"me": SqliteStore(path)}).attach()
    caplog.clear()
    assert me.ask(f"GET {word} {key} STATUS") == "ERROR 9901 Internal error"
    assert f"row {key} of table {table} cannot be understood" in caplog.text
    assert "Traceback" not in caplog.text
    assert "business" not in caplog.text
    assert me.ask("GET PROFILE CITY") == "PROFILE CITY Tallinn"
    assert me.ask("CALL echo123").endswith("STATUS UNPLACED")


def test_a_row_that_is_damaged_while_the_store_is_ill(path, caplog):
    """The account is read again then; it stays as it was, and shows nothing that may be wrong."""
    store = SqliteStore(path)
    world = World("me", stores={"me": store})
    me = world.attach()
    key = harm(path, "chat", NOT_JSON)
    store._db.execute("PRAGMA query_only=1")
    assert me.ask("SET PROFILE CITY Tartu") == "ERROR 9901 Internal error"
    assert f"row {key!r} of table chat" in caplog.text
    assert "Traceback" not in caplog.text
    assert me.ask("GET PROFILE CITY") == "ERROR 9901 Internal error"


def test_a_letter_that_cannot_be_read_holds_nobody_up(tmp_path, caplog):
    path = tmp_path / "embedded.sqlite"
    file = EmbeddedFile(path)
    mailbox, directory, bob = Mailbox(file), Directory(file, {}), []
    post = PostOffice(file, mailbox, directory, Sightings(directory, lambda _to, _event: False), {})
    mailbox.register("bob")
    for number in range(1, 5):
        content = {"what": "message", "chat": "#a/$b;1", "sort": "said", "body": str(number), "stamp": 1}
        mailbox.put("ann", "bob", f"u{number}", content)
    with closing(sqlite3.connect(path)) as db:
        for number, content in ((1, NOT_JSON), (2, NOT_UTF8), (3, NOTHING_IN_IT)):
            db.execute("UPDATE letter SET content = CAST(? AS TEXT) WHERE number = ?", (content, number))
        db.commit()
    with pytest.raises(StoreError, match="row 1 of table letter"):
        read_letters(path)
    for _ in range(2):
        post.open_box("bob", bob.append)
        post.deliver("bob")
    assert [event.body for event in bob] == ["4", "4"]
    assert caplog.text.count("of table letter cannot be understood") == 3
    assert "business" not in caplog.text
