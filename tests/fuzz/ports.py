"""The ports of the network: bytes of strangers and guests, without a socket and without time."""

from __future__ import annotations

import struct
from collections import deque

from websockets.exceptions import ProtocolError
from websockets.frames import Opcode
from websockets.protocol import CLIENT, SERVER, Protocol

from ringback.protocol.lexer import split_id, word
from ringback.transport.framing import LARGEST, Framing, TooLargeError
from ringback.transport.porch import Porch
from ringback.transport.tcp import TcpLink
from ringback.transport.websocket import WebSocketLink

TOKEN = "ab" * 32
OPENING = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
)
OPENINGS = (
    f"{OPENING}Sec-WebSocket-Protocol: ringback.token.{TOKEN}\r\n\r\n",
    f"{OPENING}Origin: http://localhost\r\n\r\n",
)


class Timer:
    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Turns:
    """A loop in which no time passes; what is due soon is done by ``turn``."""

    def __init__(self) -> None:
        self.soon: deque = deque()
        self.timers: list[Timer] = []

    def time(self) -> float:
        return 0.0

    def call_soon(self, act, *arguments) -> None:
        self.soon.append((act, arguments))

    def call_at(self, _moment, act, *arguments) -> None:
        self.call_soon(act, *arguments)

    def call_later(self, _seconds, _act, *_arguments) -> Timer:
        self.timers.append(Timer())
        return self.timers[-1]

    def turn(self) -> None:
        while self.soon:
            act, arguments = self.soon.popleft()
            act(*arguments)


class Wire:
    """A transport that keeps what is written; nothing is read from it while it is paused."""

    def __init__(self) -> None:
        self.sent = b""
        self.ended = self.half = False

    def get_extra_info(self, name):
        assert name == "peername"
        return "127.0.0.1", 1

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return True

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading

    def write(self, data: bytes) -> None:
        assert not self.ended, "nothing is said after the end"
        assert not self.half, "nothing is said after the end"
        self.sent += data

    def write_eof(self) -> None:
        self.half = True

    def close(self) -> None:
        self.ended = True

    abort = close


class Door:
    """Answers everything; notes what was asked."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.link = None
        self.gone = 0

    def opened(self, link) -> int:
        assert self.link is None, "one connection, one session"
        self.link = link
        return 1

    def received(self, session, ticket, text) -> None:
        assert self.link is not None, "nothing is asked by who has no token"
        assert not self.gone, "nothing is asked by who is gone"
        self.heard.append(text)
        self.link.answer(ticket, f"ANSWER {text}")

    def closed(self, _session) -> None:
        self.gone += 1


def spoken(make, way: str, pieces: list[bytes]) -> tuple[list[str], bytes, bool]:
    """What is asked, what is answered, whether it is the end, when bytes come in these pieces."""
    turns, wire, door = Turns(), Wire(), Door()
    porch = Porch(way, {TOKEN: door}.get, turns)
    link = make(porch)
    link.connection_made(wire)
    for piece in pieces:
        link.data_received(piece)
        turns.turn()
    ended = wire.ended or wire.half
    link.connection_lost(None)
    turns.turn()
    assert door.gone == (door.link is not None), "a session is ended once"
    assert not porch._strangers, "nobody is left on the porch"
    assert not porch._guests, "nobody is left inside"
    porch.stop()
    assert all(timer.cancelled for timer in turns.timers), "nothing is left to do"
    return door.heard, wire.sent, ended


def well_formed(sent: bytes) -> bool:
    """What a client has read after the opening is WebSocket."""
    head, _, frames = sent.partition(b"\r\n\r\n")
    if b" 101 " not in head:
        return not sent or head.startswith((b"HTTP/1.1 4", b"HTTP/1.1 505"))
    client = Protocol(CLIENT, max_size=None)
    client.receive_data(frames)
    return not isinstance(client.parser_exc, ProtocolError)


def meant(way: str, stream: bytes) -> list[str] | None:
    """What a stream of somebody with a token asks, read in the simplest way; None if it shows none."""
    if way == "tcp":
        try:
            first, *messages = Framing().feed(stream) or [""]
        except TooLargeError:
            return None
        verb, token = word(split_id(first)[1])
        return messages if (verb.upper(), token.strip()) == ("TOKEN", TOKEN) else None
    opening = OPENINGS[0].encode()
    if not stream.startswith(opening):
        return None
    server = Protocol(SERVER, max_size=LARGEST)
    server.receive_data(stream.removeprefix(opening))
    messages, part = [], b""
    for frame in server.events_received():
        if frame.opcode is Opcode.BINARY:
            break
        if frame.opcode in (Opcode.TEXT, Opcode.CONT):
            part += frame.data
            if frame.fin:
                try:
                    messages.append(part.decode().replace("\0", ""))
                except UnicodeDecodeError:
                    break
                part = b""
    return messages


def framed(data: bytes) -> bytes:
    """Frames: a byte for opcode and last, then the data up to 0xFE."""
    made = b""
    while data:
        first, (payload, _, data) = data[0], data[1:].partition(b"\xfe")
        size = len(payload)
        length = struct.pack(">B", 0x80 | size) if size < 126 else b"\xfe" + struct.pack(">H", size)
        made += bytes([first & 0x8F]) + length + bytes(4) + payload
    return made


def ports(_folder):
    def target(data: bytes) -> None:
        how, step, data = data[:1], 1 + sum(data[1:2]) % 40, data[2:20_000]
        match sum(how) % 4:
            case 0:
                make, way, stream = TcpLink, "tcp", data
            case 1:
                make, way, stream = TcpLink, "tcp", f"TOKEN {TOKEN}\0".encode() + data
            case 2:
                make, way, stream = WebSocketLink, "ws", data
            case _:
                opening = OPENINGS[sum(how) // 4 % 2].encode()
                make, way, stream = WebSocketLink, "ws", opening + framed(data)
        whole = spoken(make, way, [stream])
        cut = spoken(make, way, [stream[start : start + step] for start in range(0, len(stream), step)])
        assert cut[0] == whole[0], "the same is asked"
        assert cut[2] == whole[2], "the same end"
        if way == "ws":
            assert well_formed(whole[1]), "what is said can be read"
            assert well_formed(cut[1]), "what is said can be read"
        wanted = meant(way, stream)
        assert wanted is None or whole[0] == wanted, "what is meant is asked"
        if way == "tcp":
            assert wanted is not None or whole[0] == [], "nothing is asked without a token"
            assert whole[2] == (wanted is None and bool(Framing().feed(stream))), (
                "whoever shows no token goes"
            )

    return target
