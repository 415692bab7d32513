"""An account with many contacts, messages and calls, and messages between two accounts."""

from __future__ import annotations

import json
import random
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.floors import bare_mailboxes
from bench.measure import paired, rate
from bench.processes import connect, daemon, process, resident
from bench.report import Row, Under
from bench.sockets import talk
from ringback.domain.account import Account
from ringback.domain.call import Call
from ringback.domain.changes import Kind, Ref
from ringback.domain.chats import Chat, Member
from ringback.domain.messages import Message
from ringback.domain.people import Person
from ringback.store.sqlite import SqliteStore
from ringback.store.tables import TABLES

CONTACTS = 1000
_WORDS = ("hello", "tea", "tomorrow", "yes", "no", "call", "me", "later", "fine", "ok", "where", "are", "you")
_BEGUN = 1_600_000_000
FLOOR = "opening the database and one count"
#: Aims: milliseconds until a program has its first answer, and MiB resident then.
START, MEMORY = Under(1000), Under(150)


def fill(path: Path, count: int) -> None:
    """Write the rows as the store has them."""
    SqliteStore(path).close()
    me, draw = Account("me"), random.Random(1)
    texts = [" ".join(draw.choices(_WORDS, k=draw.randrange(2, 14))) for _ in range(1000)]
    names = [f"contact{n}" for n in range(CONTACTS)]
    chats = [f"#me/${name};{n:016x}" for n, name in enumerate(names)]
    db = sqlite3.connect(path, isolation_level=None)

    def put(kind: Kind, rows: Iterator[tuple[int | str, object]]) -> None:
        statement = f'INSERT OR REPLACE INTO "{TABLES[kind]}" VALUES (?, ?)'
        db.executemany(statement, ((key, json.dumps(row)) for key, row in rows))

    def messages() -> Iterator[tuple[int, object]]:
        for n in range(count):
            who = draw.randrange(CONTACTS)
            ours = n % 2 == 0
            yield (
                10_000 + n,
                Message(
                    id=10_000 + n,
                    chat=chats[who],
                    uid=f"{n:016x}",
                    author="me" if ours else names[who],
                    partner=names[who],
                    sort="said",
                    status="sent" if ours else "read",
                    body=texts[n % 1000],
                    timestamp=_BEGUN + n,
                ).row(),
            )

    def calls() -> Iterator[tuple[int, object]]:
        for n in range(count // 10):
            yield (
                10_000 + count + n,
                Call(
                    id=10_000 + count + n,
                    partner=draw.choice(names),
                    partner_name="",
                    incoming=n % 2 == 0,
                    signal_id=f"me/{n}",
                    timestamp=_BEGUN + n,
                    state="finished",
                ).row(),
            )

    def known() -> Iterator[tuple[str, object]]:
        for name in names:
            me.people.known[name] = Person(name, fullname=name.title(), standing=3)
            saved = me.record(Ref(Kind.PERSON, name))
            yield name, saved.row

    db.execute("BEGIN")
    put(Kind.PERSON, known())
    put(
        Kind.CHAT,
        (
            (
                name,
                Chat(
                    name,
                    1_600_000_000,
                    partner,
                    number=2 * n + 1,
                    last=10_000 + n,
                    activity=1_600_000_000 + n,
                ).row(),
            )
            for n, (name, partner) in enumerate(zip(chats, names, strict=True))
        ),
    )
    put(
        Kind.MEMBER,
        (
            (2 * n + k + 1, Member(2 * n + k + 1, chats[n], who, is_active=True).row())
            for n in range(CONTACTS)
            for k, who in enumerate(("me", names[n]))
        ),
    )
    put(Kind.MESSAGE, messages())
    put(Kind.CALL, calls())
    put(Kind.ACCOUNT, iter([("ids", {"value": str(10_000 + count + count // 10)})]))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _opened(path: Path) -> float:
    """Milliseconds to open a database and count its messages once."""
    begun = time.perf_counter()
    db = sqlite3.connect(path)
    db.execute("SELECT count(*) FROM message").fetchone()
    db.close()
    return (time.perf_counter() - begun) * 1000


def _started(home: Path) -> tuple[float, float]:
    """Milliseconds until a program has an answer, and resident MiB then."""
    begun = time.perf_counter()
    with daemon(home, "--no-dbus") as engine:
        client = connect(str(home / "me/api.sock"))
        talk(client, b"NAME bench\0")()
        needed = (time.perf_counter() - begun) * 1000
        memory = resident(engine.process.pid)
        client.close()
    return needed, memory


def account(folder: Path, count: int) -> Iterator[Row]:
    """Start, memory, searches and old messages of a big account."""
    home = folder / "big"
    home.mkdir(mode=0o700)
    _started(home)
    path = home / "me/account.sqlite"
    fill(path, count)
    how_many = f"{count:,} messages, {count // 10:,} calls"
    starts = [_started(home) for _ in range(5)]
    floors = sorted(_opened(path) for _ in range(5))
    yield Row(f"start with {how_many}", sorted(s for s, _ in starts)[2], floors[2], "ms", FLOOR, START)
    empty = folder / "small"
    empty.mkdir(mode=0o700)
    bare = sorted(_started(empty)[1] for _ in range(3))[1]
    yield Row(
        f"memory with {how_many}",
        sorted(m for _, m in starts)[2],
        bare,
        "MiB",
        "the same, empty account",
        MEMORY,
    )
    with daemon(home, "--no-dbus"):
        client = connect(str(home / "me/api.sock"))
        talk(client, b"NAME bench\0")()
        talk(client, b"PROTOCOL 8\0")()
        time.sleep(0.2)
        client.recv(65536)
        db = sqlite3.connect(path)
        draw = random.Random(2)

        def every() -> None:
            found = db.execute("SELECT key FROM message ORDER BY key DESC").fetchall()
            ", ".join(str(key) for (key,) in found)

        def one() -> None:
            key = 10_000 + draw.randrange(count)
            json.loads(db.execute("SELECT row FROM message WHERE key = ?", (key,)).fetchone()[0])

        def get() -> None:
            talk(client, b"GET CHATMESSAGE %d BODY\0" % (10_000 + draw.randrange(count)))()

        def a_call() -> int:
            return 10_000 + count + draw.randrange(count // 10)

        def one_call() -> None:
            json.loads(db.execute("SELECT row FROM call WHERE key = ?", (a_call(),)).fetchone()[0])

        def get_call() -> None:
            talk(client, b"GET CALL %d DURATION\0" % a_call())()

        rows: tuple[tuple[str, Callable[[], object], Callable[[], object], int, str], ...] = (
            (
                "SEARCH CHATMESSAGES",
                talk(client, b"SEARCH CHATMESSAGES\0"),
                every,
                1,
                "one query, joined",
            ),
            (
                "SEARCH CHATMESSAGES of one",
                talk(client, b"SEARCH CHATMESSAGES contact7\0"),
                lambda: db.execute(
                    "SELECT key FROM message WHERE json_extract(row, '$.partner') = 'contact7'"
                    " ORDER BY key DESC"
                ).fetchall(),
                20,
                "one indexed query",
            ),
            (
                "SEARCH RECENTCHATS",
                talk(client, b"SEARCH RECENTCHATS\0"),
                lambda: db.execute("SELECT key FROM chat").fetchall(),
                50,
                "one query",
            ),
            ("GET of old messages", get, one, 500, "one row by its key"),
            (
                "SEARCH CALLS of one",
                talk(client, b"SEARCH CALLS contact7\0"),
                lambda: db.execute(
                    "SELECT key FROM call WHERE json_extract(row, '$.partner') = 'contact7' ORDER BY key DESC"
                ).fetchall(),
                50,
                "one indexed query",
            ),
            ("GET of old calls", get_call, one_call, 500, "one row by its key"),
        )
        for name, ours, floor, times, against in rows:
            a, b = paired(lambda f=ours, n=times: rate(f, n), lambda f=floor, n=times: rate(f, n))
            yield Row(f"{name}, {how_many}", a, b, "1/s", against)
        db.close()
        client.close()


def _flood(sender: socket.socket, receiver: socket.socket, message: bytes, mark: bytes, count: int) -> float:
    """Messages a second from one program to another, all in flight at once."""
    begun = time.perf_counter()
    sender.setblocking(True)
    sender.sendall(message * count)
    seen, rest = 0, b""
    while seen < count:
        data = rest + receiver.recv(1 << 20)
        *lines, rest = data.split(b"\0")
        seen += sum(line.endswith(mark) for line in lines)
        sender.setblocking(False)
        try:
            while sender.recv(1 << 20):
                pass
        except BlockingIOError:
            pass
        sender.setblocking(True)
    return count / (time.perf_counter() - begun)


def messages(folder: Path, count: int) -> Iterator[Row]:
    """Messages a second from one account to another, both stored; against three commits and two sockets."""
    home = folder / "two"
    bare_path = str(folder / "mailboxes")
    with (
        daemon(home, "--account", "ann", "--account", "bob", "--no-dbus"),
        process(bare_mailboxes, bare_path, str(folder / "mailboxes.sqlite")),
    ):
        ann, bob = (connect(str(home / f"{name}/api.sock")) for name in ("ann", "bob"))
        for client in (ann, bob):
            talk(client, b"NAME bench\0")()
            talk(client, b"PROTOCOL 8\0")()
        time.sleep(0.2)
        one, other = connect(bare_path), connect(bare_path)
        a, b = paired(
            lambda: _flood(ann, bob, b"MESSAGE bob hello\0", b" STATUS RECEIVED", count),
            lambda: _flood(one, other, b"MESSAGE bob hello\0", b" STATUS RECEIVED", count),
        )
        yield Row(
            "messages between two accounts",
            a,
            b,
            "1/s",
            "bare asyncio Protocol, three commits a group",
        )
