"""Bytes of a first message that is not complete were searched again with every piece that came."""

import asyncio
import time

from ringback.transport.framing import Framing
from ringback.transport.unix import UnixLink
from support.replay import World


def seconds(data, size, framing):
    start = time.perf_counter()
    for position in range(0, len(data), size):
        framing.feed(data[position : position + size])
    return time.perf_counter() - start


def test_nothing_but_line_breaks():
    # It took 50 seconds.
    framing = Framing()
    assert seconds(b"\n" * 400_000, 64, framing) < 5
    assert framing.feed(b"PING\0") == ["PING"]


def test_a_first_message_byte_by_byte():
    framing = Framing()
    assert seconds(b"x" * 1_000_000, 1, framing) < 5
    assert [len(message) for message in framing.feed(b"\0")] == [1_000_000]


class Wire:
    def __init__(self):
        self.sent = bytearray()
        self.all_taken = asyncio.Event()

    def write(self, data):
        self.sent += data

    def get_write_buffer_size(self):
        return 0

    def pause_reading(self):
        pass

    def resume_reading(self):
        self.all_taken.set()


def test_a_burst_of_the_shortest_commands():
    # The backlog was added up anew for every answer: 60 seconds for these.
    async def burst():
        link, wire = UnixLink(World().runtimes["me"], asyncio.get_running_loop()), Wire()
        link._transport = wire
        link.welcome(link._account)
        link.data_received(b"\0" * 80_000)
        await asyncio.wait_for(wire.all_taken.wait(), 10)
        assert wire.sent == b"ERROR 68\0" * 80_000
        assert link.backlog == 0

    asyncio.run(burst())
