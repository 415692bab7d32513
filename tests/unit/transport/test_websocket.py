"""WebSocket: an independent client library where it is polite enough, bytes where it is not."""

import asyncio
import base64
import contextlib
import functools
import os

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ringback.session.sessions import BACKLOG_LIMIT
from ringback.transport import porch, websocket
from ringback.transport.framing import LARGEST
from ringback.transport.stream import StreamLink
from ringback.transport.websocket import WebSocketLink
from support.network import TOKEN, play, port, until

TEXT, BINARY, CONT, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
OFFER = f"Sec-WebSocket-Protocol: ringback.token.{TOKEN}"


def page(here, **more):
    return connect(f"ws://127.0.0.1:{here.port}/", proxy=None, **more)


async def guest(here):
    """In bytes, past the opening and the token."""
    stream = await here.stream()
    assert " 101 " in await stream.open(OFFER)
    return stream


async def closed(stream):
    """The code and reason of the end; what comes before it is skipped."""
    while True:
        opcode, data = await stream.heard()
        if opcode == CLOSE:
            return int.from_bytes(data[:2], "big"), data[2:].decode()


# The token ------------------------------------------------------------------------------------------------


def test_the_token_as_first_message():
    async def scene():
        async with port("ws") as here, page(here) as program:
            await program.send(f"TOKEN {TOKEN}")
            assert await program.recv() == "OK"
            await program.send("#1 NAME ü")
            assert await program.recv() == "ANSWER #1 NAME ü"
            assert program.subprotocol is None

    play(scene)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([f"ringback.token.{TOKEN}"], f"ringback.token.{TOKEN}"),
        (["ringback", f"ringback.token.{TOKEN}"], "ringback"),
        ([f"ringback.token.{TOKEN}", "ringback"], "ringback"),
        (["chat", f"ringback.token.{TOKEN}"], f"ringback.token.{TOKEN}"),
    ],
)
def test_the_token_in_the_opening(offered, chosen):
    async def scene():
        async with port("ws") as here, page(here, subprotocols=offered) as program:
            assert program.subprotocol == chosen
            await program.send("NAME x")
            assert await program.recv() == "ANSWER NAME x"
            assert here.door.heard == ["NAME x"]

    play(scene)


def test_a_wrong_token_in_the_opening(caplog):
    async def scene():
        async with port("ws") as here:
            with pytest.raises(InvalidStatus, match="401"):
                async with page(here, subprotocols=[f"ringback.token.{'0' * 64}"]):
                    pass
            assert here.door.links == []

    play(scene)
    assert "wrong token" in caplog.text
    assert "0" * 16 not in caplog.text


@pytest.mark.parametrize("said", [f"TOKEN {'0' * 64}", "PING", "NAME x", "", f"ringback.token.{TOKEN}"])
def test_anything_but_the_token_is_the_end(said, caplog):
    async def scene():
        async with port("ws") as here, page(here) as program:
            await program.send(said)
            with pytest.raises(ConnectionClosed) as ended:
                await program.recv()
            assert ended.value.rcvd.code == 1008
            assert here.door.links == []

    play(scene)
    assert "sent away" in caplog.text


def test_a_token_in_the_address_is_none(caplog):
    async def scene():
        async with port("ws") as here:
            stream = await here.stream()
            assert " 101 " in await stream.open(path=f"/{TOKEN}?token={TOKEN}&ringback.token.{TOKEN}")
            stream.frame(TEXT, b"NAME x")
            assert (await closed(stream))[0] == 1008
            await stream.close()
            assert here.door.links == []

    caplog.set_level("DEBUG")
    play(scene)
    assert TOKEN not in caplog.text


def test_nobody_has_to_wait_for_an_opening_or_a_token(caplog):
    async def scene():
        async with port("ws") as here:
            nothing, half, opened = [await here.stream() for _ in range(3)]
            half.writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            assert " 101 " in await opened.open()
            assert await nothing.end() == b""
            assert await half.end() == b""
            assert await closed(opened) == (1008, "shows no token")
            for stream in (nothing, half, opened):
                await stream.close()

    play(scene, speed=50)
    assert caplog.text.count("shows no token") == 3


# The page -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "http://localhost",
        "http://localhost:8000",
        "https://127.0.0.1:8443",
        "http://[::1]:80",
        "https://pages.example",
        "null",
    ],
)
def test_pages_that_may_come(origin):
    async def scene():
        link = functools.partial(WebSocketLink, origins=("https://pages.example", "null"))
        async with port("ws", link=link) as here, page(here, origin=origin) as program:
            await program.send(f"TOKEN {TOKEN}")
            assert await program.recv() == "OK"
            address = here.door.links[0].peer.address
            assert address.endswith(f" ({origin})" if origin else f":{program.local_address[1]}")

    play(scene)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://pages.example",
        "https://localhost.pages.example",
        "http://127.0.0.1.pages.example",
        "http://pages.example#http://localhost",
        "http://localhost:8000/path",
        "http://localhost@pages.example",
        "http://127.0.0.2",
        "file://localhost",
        "HTTP://pages.example",
        "",
        " http://pages.example",
    ],
)
def test_pages_from_elsewhere_may_not(origin, caplog):
    """Not even with the token, since a page may have got hold of it."""

    async def scene():
        async with port("ws") as here:
            stream = await here.stream()
            assert " 403 " in await stream.open(OFFER, f"Origin: {origin}")
            await stream.end()
            await stream.close()
            assert here.door.links == []

    play(scene)
    assert "invalid Origin" in caplog.text or "Origin header" in caplog.text
    assert TOKEN not in caplog.text


def test_two_origins_are_none_of_them():
    async def scene():
        async with port("ws") as here:
            stream = await here.stream()
            head = await stream.open(OFFER, "Origin: http://localhost", "Origin: http://pages.example")
            assert " 400 " in head
            await stream.close()
            assert here.door.links == []

    play(scene)


# Messages -------------------------------------------------------------------------------------------------


def test_messages_of_every_kind():
    async def scene():
        async with port("ws") as here:
            stream = await guest(here)
            stream.frame(TEXT, b"")
            assert await stream.heard() == (TEXT, b"ANSWER ")
            stream.frame(TEXT, "a\r\n\0b ü 😀".encode())
            assert await stream.heard() == (TEXT, "ANSWER a\r\nb ü 😀".encode())
            # In parts, cut inside of a letter, with a ping between them.
            stream.frame(TEXT, b"x \xc3", last=False)
            stream.frame(PING, b"there?")
            stream.frame(CONT, b"", last=False)
            stream.frame(CONT, b"\xbc y")
            assert await stream.heard() == (PONG, b"there?")
            assert await stream.heard() == (TEXT, "ANSWER x ü y".encode())
            here.door.links[0].notify("NEWS \0\n")
            assert await stream.heard() == (TEXT, b"NEWS \n")
            await stream.close()

    play(scene)


def test_a_message_byte_by_byte():
    async def scene():
        async with port("ws") as here:
            stream = await here.stream()

            class Slow:
                """Everything that is written to it goes out in single bytes."""

                def __init__(self):
                    self.pending = b""

                def write(self, data):
                    self.pending += data

            slow, fast = Slow(), stream.writer
            stream.writer = slow
            opening = asyncio.ensure_future(stream.open(OFFER))
            await asyncio.sleep(0)
            stream.frame(TEXT, b"NAME x")
            for position in range(len(slow.pending)):
                fast.write(slow.pending[position : position + 1])
                await fast.drain()
                await asyncio.sleep(0)
            assert " 101 " in await opening
            assert await stream.heard() == (TEXT, b"ANSWER NAME x")
            stream.writer = fast
            await stream.close()

    play(scene)


def test_the_largest_message_and_the_next():
    async def scene():
        async with port("ws") as here, page(here, max_size=None, compression=None) as program:
            await program.send(f"TOKEN {TOKEN}")
            await program.recv()
            largest = "x" * LARGEST
            await program.send(largest)
            assert await program.recv() == "ANSWER " + largest
            stream = await guest(here)
            stream.frame(TEXT, b"x" * (LARGEST + 1))
            assert (await closed(stream))[0] == 1009
            assert len(here.door.heard) == 1
            await stream.close()

    play(scene)


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([(BINARY, b"NAME x")], 1003),
        ([(BINARY, b"")], 1003),
        ([(TEXT, b"\xff\xfe")], 1007),
        ([(TEXT, b"\xc3")], 1007),
        ([(CONT, b"x")], 1002),
        ([(3, b"x")], 1002),
        ([(PING, b"x" * 126)], 1002),
    ],
)
def test_what_is_no_message_ends_the_connection_and_says_why(frames, code, caplog):
    async def scene():
        async with port("ws") as here:
            stream = await guest(here)
            stream.frame(TEXT, b"BEFORE")
            for opcode, data in frames:
                stream.frame(opcode, data)
            stream.frame(TEXT, b"AFTER")
            assert (await closed(stream))[0] == code
            assert await stream.end() == b""
            assert here.door.heard in (["BEFORE"], [])
            assert here.door.closed_sessions == [1]
            await stream.close()

    play(scene)
    assert "ws: session 1 closed: " in caplog.text


@pytest.mark.parametrize("size", [LARGEST + 1, 2**40, 2**63 - 1])
def test_a_frame_that_claims_to_be_huge_is_refused_at_once(size):
    async def scene():
        async with port("ws") as here:
            stream = await guest(here)
            stream.frame(TEXT, b"x", size=size)
            assert (await closed(stream))[0] == 1009
            await stream.close()

    play(scene)


def test_many_parts_are_together_no_larger():
    async def scene():
        async with port("ws") as here:
            stream = await guest(here)
            stream.frame(TEXT, b"", last=False)
            part = b"x" * (1024 * 1024)
            for _ in range(16):
                stream.frame(CONT, part, last=False)
                await stream.writer.drain()
            stream.frame(CONT, b"x", last=False)
            assert (await closed(stream))[0] == 1009
            assert here.door.heard == []
            await stream.close()

    play(scene)


def test_compression_is_never_agreed_on():
    async def scene():
        async with port("ws") as here, page(here, compression="deflate") as program:
            assert program.protocol.extensions == []
            assert "Sec-WebSocket-Extensions" not in program.response.headers

    play(scene)


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"TOKEN " + TOKEN.encode() + b"\0",
        b"GET / HTTP/9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 200 + b"\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n",
        b"\n" * 70_000,
        base64.b64decode("FgMBAgABAAH8AwM="),
    ],
)
def test_who_does_not_speak_websocket(said, caplog):
    async def scene():
        async with port("ws") as here:
            stream = await here.stream()
            stream.writer.write(said)
            # What looks like a line may still be going on.
            if b"\n" not in said:
                stream.writer.write_eof()
            came = await stream.end()
            assert came == b"" or came.startswith(b"HTTP/1.1 4")
            await stream.close()
            assert here.door.links == []
            await (await guest(here)).close()

    play(scene)
    assert "Traceback" not in caplog.text


# The end --------------------------------------------------------------------------------------------------


def test_what_a_program_says_before_it_leaves_is_done():
    async def scene():
        async with port("ws") as here:
            stream = await guest(here)
            said = [f"DO {number}" for number in range(500)]
            for text in said:
                stream.frame(TEXT, text.encode())
            stream.frame(CLOSE, b"\x03\xe8bye")
            assert await closed(stream) == (1000, "bye")
            await until(lambda: here.door.closed_sessions == [1])
            assert here.door.heard == said
            await stream.close()

    play(scene)


def test_a_session_that_is_ended_hears_its_last_words_and_why(caplog):
    async def scene():
        async with port("ws") as here, page(here) as program:
            await program.send(f"TOKEN {TOKEN}")
            await program.recv()
            link = here.door.links[0]
            link.notify("USERSTATUS LOGGEDOUT")
            link.close("the user wants it " + "ü" * 100)
            assert here.door.closed_sessions == [1]
            link.notify("TOO LATE")
            assert await program.recv() == "USERSTATUS LOGGEDOUT"
            with pytest.raises(ConnectionClosed) as ended:
                await program.recv()
            assert ended.value.rcvd.code == 1008
            assert ended.value.rcvd.reason.startswith("the user wants it ü")

    play(scene)
    assert "session 1 closed: the user wants it" in caplog.text


def test_pages_are_told_when_the_engine_ends():
    async def scene():
        async with port("ws") as here, page(here) as program:
            await program.send(f"TOKEN {TOKEN}")
            await program.recv()
            here.door.links[0].notify("CONNSTATUS LOGGEDOUT")
            await here.server.stop()
            assert await program.recv() == "CONNSTATUS LOGGEDOUT"
            with pytest.raises(ConnectionClosed) as ended:
                await program.recv()
            assert (ended.value.rcvd.code, ended.value.rcvd.reason) == (1001, "the engine ends")

    play(scene)


def test_a_program_that_does_not_hear_the_end_is_cut_off(monkeypatch):
    async def scene():
        async with port("ws") as here:
            stream = await guest(here)
            here.door.links[0].close("enough")
            assert await closed(stream) == (1008, "enough")
            # It goes on talking and keeps its end open.
            await until(lambda: StreamLink.connected == 0)
            await stream.close()

    monkeypatch.setattr(StreamLink, "connected", 0)
    play(scene, speed=20)


def test_who_asks_by_pings_and_never_reads_is_sent_away(caplog, monkeypatch):
    """Pings are answered below the session, so nobody else counts what is unread of them."""

    async def scene():
        async with port("ws") as here:
            stream = await guest(here)
            stream.writer.transport.pause_reading()
            ping = bytes([0x80 | PING, 0x80 | 125]) + bytes(4) + b"x" * 125
            while not here.door.closed_sessions:
                stream.writer.write(ping * 1000)
                with contextlib.suppress(ConnectionError):
                    await stream.writer.drain()
                assert here.door.links[0].backlog <= 200_000
            await stream.close()

    assert BACKLOG_LIMIT > 1024 * 1024
    monkeypatch.setattr(websocket, "BACKLOG_LIMIT", 100_000)
    play(scene)
    assert "too much unread" in caplog.text


# Silence --------------------------------------------------------------------------------------------------


def test_a_silent_program_is_asked_and_one_that_does_not_answer_is_gone(caplog):
    async def scene():
        async with port("ws") as here, page(here, ping_interval=None) as lives:
            loop = asyncio.get_running_loop()
            await lives.send(f"TOKEN {TOKEN}")
            await lives.recv()
            dead, begun = await guest(here), loop.time()
            assert await dead.heard() == (PING, b"")
            assert websocket.SILENCE < loop.time() - begun < websocket.SILENCE * 2.9
            assert await closed(dead) == (1008, "answers no ping")
            await dead.close()
            await asyncio.sleep(websocket.SILENCE * 6)
            await lives.send("PING")
            assert await lives.recv() == "ANSWER PING"

    play(scene, speed=100)
    assert caplog.text.count("answers no ping") == 1


def test_a_program_that_has_much_to_read_is_not_asked():
    async def scene():
        async with port("ws") as here:
            slow = await guest(here)
            slow.writer.transport.pause_reading()
            link = here.door.links[0]
            while link.backlog < 1_000_000:
                link.notify("x" * 100_000)
                await asyncio.sleep(0)
            await asyncio.sleep(websocket.SILENCE * 6)
            assert here.door.closed_sessions == []
            await slow.close()

    play(scene, speed=100)


def test_a_flood_of_openings_keeps_nobody_out():
    async def scene():
        async with port("ws") as here:
            program = await guest(here)
            crowd = [await here.stream() for _ in range(porch.STRANGERS * 2)]
            for stream in crowd[-3:]:
                assert " 101 " in await stream.open()
            program.frame(TEXT, b"PING")
            assert await program.heard() == (TEXT, b"ANSWER PING")
            for stream in (program, *crowd):
                await stream.close()

    play(scene)


def test_noise_after_the_opening():
    async def scene():
        async with port("ws") as here:
            for _ in range(50):
                stream = await guest(here)
                stream.writer.write(os.urandom(200))
                stream.writer.write_eof()
                await stream.end()
                await stream.close()
            await until(lambda: len(here.door.closed_sessions) == 50)

    play(scene)


# A browser -------------------------------------------------------------------------------------------------

#: What Chromium's ``new WebSocket(url, protocols)`` sends, line by line; the version stands for any.
BROWSER = """\
GET / HTTP/1.1
Host: 127.0.0.1:{port}
Connection: Upgrade
Pragma: no-cache
Cache-Control: no-cache
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36
Upgrade: websocket
Origin: {origin}
Sec-WebSocket-Version: 13
Accept-Encoding: gzip, deflate, br
Accept-Language: en-GB,en;q=0.9
Cookie: other=page; theme=dark
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
Sec-WebSocket-Protocol: ringback, ringback.token.{token}

"""
#: To the key above, of RFC 6455, 1.3.
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


async def browse(here, origin, token=TOKEN):
    stream = await here.stream()
    said = BROWSER.format(port=here.port, origin=origin, token=token).replace("\n", "\r\n")
    stream.writer.write(said.encode())
    return stream, (await stream.reader.readuntil(b"\r\n\r\n")).decode()


def masked(opcode, data, *, last=True, mask=b"\x5a\xa5\x0f\xf0"):
    """A frame as browsers send it: never in the clear."""
    assert len(data) < 126
    hidden = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
    return bytes([(0x80 if last else 0) | opcode, 0x80 | len(data)]) + mask + hidden


@pytest.mark.parametrize(
    "origin", ["http://localhost:8000", "http://127.0.0.1:5500", "https://pages.example"]
)
def test_a_page_in_a_browser(origin):
    async def scene():
        link = functools.partial(WebSocketLink, origins=("https://pages.example",))
        async with port("ws", link=link) as here:
            stream, head = await browse(here, origin)
            lines = head.split("\r\n")
            assert lines[0] == "HTTP/1.1 101 Switching Protocols"
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            assert fields["upgrade"].lower() == "websocket"
            assert fields["connection"].lower() == "upgrade"
            assert fields["sec-websocket-accept"] == ACCEPT
            # A browser ends a connection whose answer agrees to what it has not offered.
            assert fields["sec-websocket-protocol"] == "ringback"
            assert "sec-websocket-extensions" not in fields
            assert TOKEN not in head
            # It was offered deflate and must not use it; a long text goes in parts, with a ping between them.
            text = "SET PROFILE MOOD_TEXT zoë 😀".encode()
            for position in range(0, len(text), 10):
                more = position + 10 < len(text)
                piece = text[position : position + 10]
                stream.writer.write(masked(CONT if position else TEXT, piece, last=not more))
                stream.writer.write(masked(PING, b"%d" % position))
                assert await stream.heard() == (PONG, b"%d" % position)
            assert await stream.heard() == (TEXT, b"ANSWER " + text)
            here.door.links[0].notify("CONNSTATUS ONLINE")
            assert await stream.heard() == (TEXT, b"CONNSTATUS ONLINE")
            # The page is left: 1001, which is answered, and then the connection ends from our side.
            stream.writer.write(masked(CLOSE, (1001).to_bytes(2, "big")))
            assert await closed(stream) == (1001, "")
            assert await stream.end() == b""
            await until(lambda: here.door.closed_sessions == [1])
            await stream.close()

    play(scene)


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_codes_with_which_a_page_may_close(code):
    async def scene():
        async with port("ws") as here:
            stream, head = await browse(here, "http://localhost")
            assert " 101 " in head
            stream.writer.write(masked(CLOSE, code.to_bytes(2, "big") + b"bye"))
            assert await closed(stream) == (code, "bye")
            await stream.close()

    play(scene)


def test_a_compressed_frame_that_was_not_agreed_on_is_a_fault(caplog):
    async def scene():
        async with port("ws") as here:
            stream, _ = await browse(here, "http://localhost")
            frame = bytearray(masked(TEXT, b"NAME x"))
            frame[0] |= 0x40
            stream.writer.write(bytes(frame))
            assert (await closed(stream))[0] == 1002
            assert here.door.heard == []
            await stream.close()

    play(scene)
    assert "ws: session 1 closed: " in caplog.text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_a_page_from_elsewhere_in_a_browser(origin, caplog):
    """With the right token, and without a word of what was wrong with it."""

    async def scene():
        async with port("ws") as here:
            stream, head = await browse(here, origin)
            assert head.startswith("HTTP/1.1 403 ")
            await stream.end()
            await stream.close()
            assert here.door.links == []

    play(scene)
    assert TOKEN not in caplog.text
