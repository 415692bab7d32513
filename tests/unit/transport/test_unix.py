"""What is due together leaves in one piece."""

import asyncio
import socket

from ringback.transport.framing import Framing
from ringback.transport.stream import FEW, SLICE
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
        self.reading = True
        self.ended = ""
        self.stuck = 0

    def get_extra_info(self, _name):
        return self._real

    def get_write_buffer_size(self):
        return self.stuck

    def write(self, data):
        self.written.append(data)

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True

    def close(self):
        self.ended = self.ended or "closed"

    def abort(self):
        self.ended = self.ended or "aborted"


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


def test_a_burst_is_taken_in_turns_and_nothing_is_read_meanwhile():
    async def play(link, transport):
        link.data_received(b"".join(b"%d\0" % number for number in range(1000)))
        door = link._door
        assert len(door.got) == FEW
        link.data_received(b"".join(b"%d\0" % number for number in range(1000, 30_000)))
        turns = 0
        while len(door.got) < 30_000:
            assert not transport.reading
            await turn()
            turns += 1
        assert turns > 1
        assert door.got == [str(number) for number in range(30_000)]
        assert transport.reading
        assert len(transport.written) < 3000

    with_link(play)


def test_what_comes_while_a_burst_is_taken_waits_behind_it():
    async def play(link, transport):
        sent = [str(number) for number in range(20_000)]
        data = "".join(f"{number}\0" for number in sent).encode()
        assert len(data) > SLICE
        link.data_received(data[: len(data) // 2])
        link.data_received(data[len(data) // 2 :])
        while not transport.reading:
            await turn()
        assert link._door.got == sent

    with_link(play)


def test_what_is_due_is_said_before_the_end_unless_the_program_does_not_take_it():
    async def play(link, transport):
        link.notify("LAST")
        link.close("enough")
        assert (transport.written, transport.ended) == ([b"LAST\0"], "closed")

    async def stuck(link, transport):
        transport.stuck = 1
        link.notify("LAST")
        link.close("enough")
        assert (transport.written, transport.ended) == ([], "aborted")

    with_link(play)
    with_link(stuck)


def test_a_program_that_is_sent_away_in_the_middle_of_its_burst_is_asked_nothing_more():
    async def play(link, transport):
        door = link._door
        door.received = lambda _session, _ticket, text: (door.got.append(text), link.close("enough"))
        link.data_received(b"A\0B\0" * 1000)
        await turn()
        assert door.got == ["A", "closed"]

    with_link(play)


def test_a_notification_is_made_into_bytes_once_for_all_programs():
    line = "PROFILE ABOUT ü"
    assert Framing().frame(line) == b"PROFILE ABOUT \xc3\xbc\0"
    assert Framing().frame(line) is Framing().frame(line)


def test_long_messages_are_not_remembered():
    line = "x" * 5000
    assert Framing().frame(line) == line.encode() + b"\0"
    assert Framing().frame(line) is not Framing().frame(line)


class Late(Door):
    """Answers when it likes."""

    def received(self, session, ticket, text):
        self.got.append(text)


class Leaving(Recorder):
    """A transport whose other end closed its half."""

    ended = ""

    def close(self):
        self.ended = "closed"

    def abort(self):
        self.ended = "aborted"


def half_closed(play):
    async def run():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            loop = asyncio.get_running_loop()
            link, transport = UnixLink(Late(), loop), Leaving(ours)
            link.connection_made(transport)
            link.data_received(b"A\0B\0")
            await play(link, transport, theirs)

    asyncio.run(run())


def test_who_closed_its_half_gets_its_answers_first():
    async def play(link, transport, theirs):
        theirs.shutdown(socket.SHUT_WR)
        assert link.eof_received()
        link.answer(None, "ONE")
        await turn()
        assert (transport.written, transport.ended) == ([b"ONE\0"], "")
        link.answer(None, "TWO")
        link.notify("NEWS")
        await turn()
        assert (transport.written[1:], transport.ended) == ([b"TWO\0NEWS\0"], "closed")

    half_closed(play)


def test_who_closed_its_half_waits_only_so_long(monkeypatch):
    monkeypatch.setattr("ringback.transport.stream.GOODBYE", 0.0)

    async def play(link, transport, theirs):
        theirs.shutdown(socket.SHUT_WR)
        assert link.eof_received()
        await turn()
        assert transport.ended == "aborted"

    half_closed(play)


def test_who_is_gone_is_not_waited_for():
    async def play(link, transport, theirs):
        theirs.close()
        assert not link.eof_received()

    half_closed(play)


def test_who_is_owed_nothing_is_not_waited_for():
    async def play(link, transport, theirs):
        link.answer(None, "ONE")
        link.answer(None, "TWO")
        theirs.shutdown(socket.SHUT_WR)
        assert not link.eof_received()
        assert transport.written == [b"ONE\0TWO\0"]

    half_closed(play)


def test_what_a_program_said_before_it_left_is_done():
    async def play(link, transport):
        door = link._door
        link.data_received(b"".join(b"%d\0" % number for number in range(200)))
        link.connection_lost(None)
        assert "closed" not in door.got
        while "closed" not in door.got:
            await turn()
        assert door.got == [*(str(number) for number in range(200)), "closed"]
        assert len(transport.written) == 1

    with_link(play)
