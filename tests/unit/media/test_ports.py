"""Voice routes to TCP ports on which a program listens (reference: Voice streams)."""

import asyncio
import wave

import pytest

from ringback.domain.effects import Endpoints, Route
from ringback.domain.inputs import RouteFailed, RouteSet
from ringback.media.legs import Legs
from ringback.media.pipes import ProcessPipes
from ringback.media.tcp_pcm import LINGER, TcpDialer
from ringback.ports.media import BLOCK_BYTES, SILENCE
from support.sound import same_sound, speech

SAID, HEARD = speech(1.0, seed=1), speech(1.0, seed=2)


def cut(sound):
    return [sound[i : i + BLOCK_BYTES] for i in range(0, len(sound), BLOCK_BYTES)]


@pytest.mark.rule("voice-streams-r02")
def test_both_directions_over_ports_and_the_sockets_close_with_the_call():
    async def talk():
        pipes, events = ProcessPipes(), asyncio.Queue()
        legs = Legs(pipes, TcpDialer(asyncio.get_running_loop()))
        legs.listen(events.put_nowait)
        heard, closed, spoken = bytearray(), asyncio.Event(), asyncio.Event()

        async def listener(reader, writer):
            while data := await reader.read(65536):
                heard.extend(data)
            closed.set()
            writer.close()

        async def speaker(reader, writer):
            writer.write(SAID)
            await writer.drain()
            spoken.set()
            await reader.read()
            writer.close()

        output = await asyncio.start_server(listener, "127.0.0.1", 0)
        speaking = await asyncio.start_server(speaker, "127.0.0.1", 0)
        port = {s: s.sockets[0].getsockname()[1] for s in (output, speaking)}
        far_heard, far_said = pipes.join("p")
        legs.open_leg(1, "p")
        legs.set_route(1, Route.OUTPUT, Endpoints(port=port[output]), 7)
        assert await asyncio.wait_for(events.get(), 10) == RouteSet(7)
        legs.set_route(1, Route.INPUT, Endpoints(port=port[speaking]), 8)
        assert await asyncio.wait_for(events.get(), 10) == RouteSet(8)
        await asyncio.wait_for(spoken.wait(), 10)
        far = bytearray()
        for block in cut(HEARD) + [SILENCE] * 300:
            far_said.write(block)
            legs.tick()
            far += far_heard.read()
            await asyncio.sleep(0)
        legs.close_leg(1)
        await asyncio.wait_for(closed.wait(), 10)
        assert not legs.busy()
        for server in (output, speaking):
            server.close()
            await server.wait_closed()
        return bytes(heard), bytes(far)

    heard, far = asyncio.run(talk())
    assert same_sound(HEARD, heard).why_not == ""
    assert same_sound(SAID, heard).why_not != ""
    # A socket may bring speech in pieces with silence between them; nothing is lost or turned over.
    assert far.replace(SILENCE, b"").startswith(SAID[: BLOCK_BYTES * 4])


def test_nobody_listens_there():
    async def talk():
        events = asyncio.Queue()
        legs = Legs(ProcessPipes(), TcpDialer(asyncio.get_running_loop()))
        legs.listen(events.put_nowait)
        probe = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
        port = probe.sockets[0].getsockname()[1]
        probe.close()
        await probe.wait_closed()
        legs.open_leg(1, "p")
        legs.set_route(1, Route.CAPTURE_MIC, Endpoints(port=port), 9)
        failed = await asyncio.wait_for(events.get(), 10)
        assert isinstance(failed, RouteFailed)
        assert (failed.operation, failed.call, failed.route) == (9, 1, Route.CAPTURE_MIC)
        legs.tick()
        legs.close_leg(1)

    asyncio.run(talk())


def test_a_program_that_never_reads_does_not_keep_its_port_open():
    """After the call it has some seconds; then what it did not read is gone with the connection."""
    from ringback.app.clock import FastLoop

    async def talk():
        legs = Legs(ProcessPipes(), TcpDialer(asyncio.get_running_loop()))
        events = asyncio.Queue()
        legs.listen(events.put_nowait)
        accepted = asyncio.Queue()
        server = await asyncio.start_server(lambda *both: accepted.put_nowait(both), "127.0.0.1", 0, limit=1)
        legs.open_leg(1, "p")
        legs.set_route(1, Route.OUTPUT, Endpoints(port=server.sockets[0].getsockname()[1]), 7)
        assert await asyncio.wait_for(events.get(), 100) == RouteSet(7)
        _, writer = await asyncio.wait_for(accepted.get(), 100)
        [(_, end)] = legs._legs[1].ends[Route.OUTPUT]
        while not end._dropped:  # the sockets' own buffers are full, and ours
            for _ in range(100):
                legs.tick()
            await asyncio.sleep(0)
        legs.close_leg(1)
        assert not end._broken
        await asyncio.sleep(LINGER + 1)
        assert end._broken
        writer.transport.abort()
        server.close()
        await server.wait_closed()

    with asyncio.Runner(loop_factory=lambda: FastLoop(50)) as runner:
        runner.run(asyncio.wait_for(talk(), 500))


def test_the_later_of_two_commands_stays():
    """A command that was still dialling when a later one stood must not undo it."""
    dialling, events = [], []

    class SlowDialer:
        def dial(self, port, dialled):
            dialling.append(dialled)

    class Sink:
        closed = False

        def write(self, block):
            raise AssertionError("nothing is led here")

        def close(self):
            self.closed = True

    legs, sink = Legs(ProcessPipes(), SlowDialer()), Sink()
    legs.listen(events.append)
    legs.open_leg(1, "p")
    legs.set_route(1, Route.OUTPUT, Endpoints(port=5001), 7)
    legs.set_route(1, Route.OUTPUT, Endpoints(soundcard="default"), 8)
    dialling[0](sink, "")
    legs.tick()
    assert events == [RouteSet(8), RouteFailed(7, 1, Route.OUTPUT, "a later command led it elsewhere")]
    assert sink.closed


@pytest.mark.rule("voice-streams-r01")
def test_a_file_is_pcm_wav_and_a_port_gets_the_bare_samples(tmp_path):
    async def talk():
        pipes, events = ProcessPipes(), asyncio.Queue()
        legs = Legs(pipes, TcpDialer(asyncio.get_running_loop()))
        legs.listen(events.put_nowait)
        heard, closed = bytearray(), asyncio.Event()

        async def listener(reader, writer):
            while data := await reader.read(65536):
                heard.extend(data)
            closed.set()
            writer.close()

        server = await asyncio.start_server(listener, "127.0.0.1", 0)
        _, far_said = pipes.join("p")
        legs.open_leg(1, "p")
        ends = Endpoints(port=server.sockets[0].getsockname()[1], file=str(tmp_path / "x.wav"))
        legs.set_route(1, Route.OUTPUT, ends, 1)
        assert await asyncio.wait_for(events.get(), 10) == RouteSet(1)
        for block in cut(HEARD):
            far_said.write(block)
            legs.tick()
            await asyncio.sleep(0)
        legs.close_leg(1)
        await asyncio.wait_for(closed.wait(), 10)
        server.close()
        return bytes(heard)

    raw = asyncio.run(talk())
    with wave.open(str(tmp_path / "x.wav")) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16000)
        assert sound.readframes(sound.getnframes()) == raw
    assert same_sound(HEARD, raw).why_not == ""
