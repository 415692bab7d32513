"""What ours is compared with: the barest servers of the same kind."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from pathlib import Path

from dbus_fast import Message, MessageFlag
from dbus_fast.aio import MessageBus

from ringback.transport.dbus import CLIENT_INTERFACE, CLIENT_PATH, _PatientSocket


def _serve(protocol, path: str) -> None:
    async def serve():
        server = await asyncio.get_running_loop().create_unix_server(protocol, path, backlog=128)
        await server.serve_forever()

    asyncio.run(serve())


def bare_socket(path: str) -> None:
    """Says everything back."""

    class Echo(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            self.transport.write(data)

    _serve(Echo, path)


def bare_store(path: str, database: str, tell: bool = False) -> None:
    """Says everything back once it is committed; what comes during a commit makes the next group.

    With ``tell`` everybody is told too, in one piece.
    """
    everybody: dict[asyncio.Transport, None] = {}
    jobs: queue.SimpleQueue = queue.SimpleQueue()
    waiting: list[tuple[asyncio.Transport, bytes]] = []
    busy = False

    def write(loop):
        db = sqlite3.connect(database, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("CREATE TABLE said (key TEXT PRIMARY KEY, row TEXT) WITHOUT ROWID")
        while True:
            group = jobs.get()
            db.execute("BEGIN IMMEDIATE")
            for _, data in group:
                for message in data.split(b"\0")[:-1]:
                    db.execute("INSERT OR REPLACE INTO said VALUES ('', ?)", (message.decode(),))
            db.execute("COMMIT")
            loop.call_soon_threadsafe(written, group)

    def release():
        nonlocal busy, waiting
        if waiting and not busy:
            busy = True
            group, waiting = waiting, []
            jobs.put(group)

    def written(group):
        nonlocal busy
        busy = False
        for transport, data in group:
            transport.write(data)
        if tell:
            lines = b"".join(data for _, data in group)
            for transport in everybody:
                transport.write(lines)
        release()

    class Store(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport
            everybody[transport] = None

        def connection_lost(self, _error):
            del everybody[self.transport]

        def data_received(self, data):
            waiting.append((self.transport, data))
            release()

    async def serve():
        loop = asyncio.get_running_loop()
        threading.Thread(target=write, args=(loop,), daemon=True).start()
        server = await loop.create_unix_server(Store, path)
        await server.serve_forever()

    asyncio.run(serve())


def bare_fan_out(path: str) -> None:
    """Answers who speaks, then tells everybody; what came in one piece leaves in one piece."""
    everybody: dict[asyncio.Transport, None] = {}

    class Teller(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport
            everybody[transport] = None

        def connection_lost(self, _error):
            del everybody[self.transport]

        def data_received(self, data):
            lines = data.replace(b"SET ", b"")
            self.transport.write(lines)
            for transport in everybody:
                transport.write(lines)

    _serve(Teller, path)


def bare_bus(address: str, name: str, ready: str, database: str = "") -> None:
    """Returns what it was called with; what begins with SET it also tells everybody who ever called.

    With a database that is committed first.
    """
    db = sqlite3.connect(database, isolation_level=None) if database else None
    if db is not None:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("CREATE TABLE said (key TEXT PRIMARY KEY, row TEXT) WITHOUT ROWID")
    everybody: dict[str, None] = {}

    async def serve():
        bus = await MessageBus(bus_address=address).connect()
        writer = bus._writer
        writer.sock = _PatientSocket(writer.sock)

        def send(message):
            # As fast as the library can: its own send makes a future for each message.
            message.serial = bus.next_serial()
            writer.schedule_write(message)

        def handle(message):
            if message.member != "Invoke":
                return None
            (text,) = message.body
            everybody[message.sender] = None
            if db is not None and text.startswith("SET "):
                db.execute("INSERT OR REPLACE INTO said VALUES ('', ?)", (text,))
            send(Message.new_method_return(message, "s", [text]))
            if text.startswith("SET "):
                for program in everybody:
                    send(
                        Message(
                            destination=program,
                            path=CLIENT_PATH,
                            interface=CLIENT_INTERFACE,
                            member="Notify",
                            signature="s",
                            body=[text[4:]],
                            flags=MessageFlag.NO_REPLY_EXPECTED,
                        )
                    )
            return True

        bus.add_message_handler(handle)
        await bus.request_name(name)
        Path(ready).touch()
        await bus.wait_for_disconnect()

    asyncio.run(serve())


def bare_mailboxes(path: str, database: str) -> None:
    """Keeps each message three times, as sender, post and receiver do, each time a group a commit; tells all.

    Nothing is parsed, looked up, numbered for anybody or told twice.
    """
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    places = ("sent", "letter", "received")
    for place in places:
        db.execute(f"CREATE TABLE {place} (key INTEGER PRIMARY KEY, row TEXT)")
    everybody: list[asyncio.Transport] = []

    class Post(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport
            self.rest = b""
            everybody.append(transport)

        def connection_lost(self, _error):
            everybody.remove(self.transport)

        def data_received(self, data):
            *said, self.rest = (self.rest + data).split(b"\0")
            for place in places:
                db.execute("BEGIN")
                db.executemany(f"INSERT INTO {place} (row) VALUES (?)", ((text.decode(),) for text in said))
                db.execute("COMMIT")
            self.transport.write(b"CHATMESSAGE 1 STATUS SENDING\0" * len(said))
            for other in everybody:
                if other is not self.transport:
                    other.write(b"CHATMESSAGE 1 STATUS RECEIVED\0" * len(said))

    _serve(Post, path)
