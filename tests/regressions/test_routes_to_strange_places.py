"""Routes to what is no plain file: never a wait, never a missing answer, never an open descriptor left."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from ringback.media.legs import Legs
from ringback.media.tcp_pcm import DIALLING, TcpDialer
from ringback.media.wav import UnusableSoundError, WavSource
from support.replay import World


@pytest.fixture
def program():
    program = World().attach()
    assert program.ask("CALL no.answer") == "CALL 1 STATUS UNPLACED"
    return program


@pytest.fixture
def impatient():
    """Ends a test that waits for ever."""
    signal.alarm(20)
    yield
    signal.alarm(0)


@pytest.mark.parametrize("route", ["SET_INPUT", "SET_OUTPUT"])
def test_the_home_of_nobody(program, route):
    # There was no answer at all.
    assert program.ask(f'ALTER CALL 1 {route} FILE="~nobody.such/a.wav"').startswith("ERROR 559")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("route", ["SET_INPUT", "SET_OUTPUT"])
def test_a_pipe_without_another_end(program, tmp_path, route):
    # Opening it stopped the whole engine.
    os.mkfifo(tmp_path / "pipe")
    assert program.ask(f'ALTER CALL 1 {route} FILE="{tmp_path}/pipe"').startswith("ERROR 559")


def test_a_device_is_no_file_to_play(program):
    # Reading /dev/zero would never have ended; this one ends, and was read.
    assert program.ask('ALTER CALL 1 SET_INPUT FILE="/dev/null"').startswith("ERROR 559")
    with pytest.raises(UnusableSoundError, match="no"):
        WavSource(Path("/dev/null"))


def test_a_file_before_the_answer_is_closed(program, tmp_path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for call in range(1, 20):
        if call > 1:
            assert program.ask("CALL no.answer") == f"CALL {call} STATUS UNPLACED"
        path = tmp_path / f"{call}.wav"
        assert "ERROR" not in program.ask(f'ALTER CALL {call} SET_OUTPUT FILE="{path}"')
        assert program.ask(f"ALTER CALL {call} HANGUP") == f"ALTER CALL {call} HANGUP"
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_route_whose_adapter_breaks_is_answered(program, monkeypatch, caplog):
    def broken(*_):
        raise KeyError("something new")

    monkeypatch.setattr(Legs, "set_route", broken)
    assert program.ask('ALTER CALL 1 SET_OUTPUT FILE="a"').startswith("ERROR 559")
    assert "unexpected error in 'SetRoute'" in caplog.text


def test_no_more_than_so_many_connections_under_way():
    async def dial(port):
        loop = asyncio.get_running_loop()
        dialer, told, done = TcpDialer(loop), [], loop.create_future()

        def dialled(end, why):
            told.append(why)
            if end is not None:
                end.close()
            if len(told) == 10 * DIALLING:
                done.set_result(None)

        for _ in range(10 * DIALLING):
            dialer.dial(port, dialled)
        await asyncio.wait_for(done, 20)
        return told

    with socket.create_server(("127.0.0.1", 0)) as server:
        told = asyncio.run(dial(server.getsockname()[1]))
    assert told.count("too many connections under way") == 9 * DIALLING
