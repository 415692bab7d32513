"""What comes in one piece over WebSocket was partly read in the wrong order, or not at all."""

import asyncio
import socket

from support.network import TOKEN, play, port

TEXT, CONT, PING, CLOSE = 1, 0, 9, 8
OFFER = f"Sec-WebSocket-Protocol: ringback.token.{TOKEN}"


async def piece(stream, *, version, frames):
    """An opening and frames behind it, all at once."""
    kept, pieces = stream.writer, []
    stream.writer = type("Pieces", (), {"write": staticmethod(pieces.append)})
    opening = asyncio.ensure_future(stream.open(OFFER))
    await asyncio.sleep(0)
    for opcode, data in frames:
        stream.frame(opcode, data)
    stream.writer = kept
    kept.write(b"".join(pieces).replace(b"Sec-WebSocket-Version: 13", version))
    return await opening


def test_frames_behind_a_request_that_is_refused():
    # A bad frame there ended the connection before the answer, and the answer then ended in a traceback.
    async def scene():
        async with port("ws") as here:
            stream = await here.stream()
            head = await piece(
                stream, version=b"Sec-WebSocket-Version: 12", frames=[(3, b"bad"), (TEXT, b"X")]
            )
            assert " 400 " in head
            await stream.end()
            await stream.close()
            assert here.door.links == []

    play(scene)


def test_frames_behind_a_request_are_answered_after_it():
    # The pong came before the opening's own answer.
    async def scene():
        async with port("ws") as here:
            stream = await here.stream()
            frames = [(PING, b"there?"), (TEXT, b"NAME x")]
            assert " 101 " in await piece(stream, version=b"Sec-WebSocket-Version: 13", frames=frames)
            heard = [await stream.heard() for _ in frames]
            assert sorted(heard) == [(TEXT, b"ANSWER NAME x"), (10, b"there?")]
            await stream.close()

    play(scene)


def test_nothing_is_asked_behind_a_text_that_is_none():
    # The library had found another fault behind it in the same piece, and ours was forgotten.
    async def scene():
        async with port("ws") as here:
            stream = await here.stream()
            assert " 101 " in await stream.open(OFFER)
            for opcode, data in ((TEXT, b"GOOD"), (TEXT, b"\xc3"), (TEXT, b"AFTER"), (CONT, b"alone")):
                stream.frame(opcode, data)
            await stream.end()
            await stream.close()
            assert here.door.heard == ["GOOD"]

    play(scene)


def test_the_end_of_a_connection_whose_other_end_is_just_gone():
    # Its last frame was answered by a reset; to close our half then raised into whoever ended the session.
    async def scene():
        async with port("ws") as here:
            loop = asyncio.get_running_loop()
            program = socket.socket()
            program.setblocking(False)
            await loop.sock_connect(program, (here.host, here.port))
            lines = ["GET / HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", OFFER]
            lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13", "", ""]
            await loop.sock_sendall(program, "\r\n".join(lines).encode())
            assert b" 101 " in await loop.sock_recv(program, 4096)
            program.close()
            here.door.links[0].close("enough")
            assert here.door.closed_sessions == [1]

    play(scene)
