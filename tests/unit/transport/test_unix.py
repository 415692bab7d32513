"""What is due together leaves in one piece."""

import asyncio
import socket

from ringback.transport.framing import Framing
from ringback.transport.unix import UnixLink


class Door:
    def __init__(self):
        self.got = []

    def opened(self, link):
        self.link = link
        return 1

    def received(self, session, ticket, text):
        self.got.append(text)
        self.link.answer(ticket, f"ANSWER {text}")

    def closed(self, session):
        self.got.append("closed")


class Recorder:
    """A transport that keeps what is written."""

    def __init__(self, real):
        self._real = real
        self.written = []

    def get_extra_info(self, _name):
        return self._real

    def get_write_buffer_size(self):
        return 0

    def write(self, data):
        self.written.append(data)


def with_link(play):
    async def run():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            link, transport = UnixLink(Door(), asyncio.get_running_loop()), Recorder(ours)
            link.connection_made(transport)
            await play(link, transport)

    asyncio.run(run())


async def turn():
    """Everything that the loop has due now is done."""
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(done.set_result, None)
    await done


def test_notifications_that_are_due_together_are_one_write():
    async def play(link, transport):
        link.notify("ONE")
        link.notify("TWO")
        assert transport.written == []
        assert link.backlog == len(b"ONE\0TWO\0")
        await turn()
        assert transport.written == [b"ONE\0TWO\0"]
        assert link.backlog == 0
        link.notify("THREE")
        await turn()
        assert transport.written == [b"ONE\0TWO\0", b"THREE\0"]

    with_link(play)


def test_answers_to_one_piece_leave_at_once_with_what_waited_before_them():
    async def play(link, transport):
        link.notify("NEWS")
        link.data_received(b"A\0B\0")
        assert transport.written == [b"NEWS\0ANSWER A\0ANSWER B\0"]
        await turn()
        assert len(transport.written) == 1

    with_link(play)


def test_nothing_is_kept_for_a_program_that_is_gone():
    async def play(link, transport):
        link.notify("NEWS")
        link.connection_lost(None)
        link.notify("MORE")
        await turn()
        assert transport.written == []
        assert link.backlog == 0

    with_link(play)


def test_a_notification_is_made_into_bytes_once_for_all_programs():
    line = "PROFILE ABOUT ü"
    assert Framing().frame(line) == b"PROFILE ABOUT \xc3\xbc\0"
    assert Framing().frame(line) is Framing().frame(line)


def test_long_messages_are_not_remembered():
    line = "x" * 5000
    assert Framing().frame(line) == line.encode() + b"\0"
    assert Framing().frame(line) is not Framing().frame(line)
