"""Who says much over the bus does not keep the loop from everybody else."""

import asyncio
import socket

import pytest

from ringback.transport import dbus


@pytest.fixture
def pair():
    here, there = socket.socketpair()
    brief = dbus._BriefSocket(fileno=here.detach())
    brief.setblocking(False)
    with brief, there:
        yield brief, there


def test_a_turn_ends_though_there_is_more(pair, monkeypatch):
    monkeypatch.setattr(dbus, "SHARE", 1e-6)
    brief, there = pair

    async def scene():
        there.send(bytes(range(100)) * 10)
        read, pauses = b"", 0
        while len(read) < 1000:
            try:
                read += brief.recv(10)
            except BlockingIOError:
                pauses += 1
        return read, pauses

    read, pauses = asyncio.run(scene())
    assert read == bytes(range(100)) * 10
    assert pauses > 10


def test_single_messages_are_read_at_once(pair, monkeypatch):
    monkeypatch.setattr(dbus, "SHARE", 1e-6)
    brief, there = pair

    async def scene():
        for _ in range(100):
            there.send(b"word")
            assert brief.recv(10) == b"word"
        with pytest.raises(BlockingIOError):
            brief.recv(10)
        there.close()
        assert brief.recv(10) == b""

    asyncio.run(scene())
