"""Whoever comes over the network shows a token first; until then it costs little and can do nothing."""

import asyncio
import socket

import pytest

from ringback.transport import porch
from ringback.transport.ports import ExposedError, PortServer, is_loopback, split
from ringback.transport.stream import StreamLink
from ringback.transport.tcp import TcpLink
from support.network import TOKEN, Door, play, port, until

OTHER = "cd" * 32


def test_the_token_first_then_as_on_every_socket():
    async def scene():
        async with port("tcp") as here:
            program = await here.stream()
            assert await program.ask(f"TOKEN {TOKEN}") == "OK"
            assert await program.ask("NAME x") == "ANSWER NAME x"
            (link,) = here.door.links
            assert link.peer.way == "tcp"
            assert link.peer.address == "{}:{}".format(*program.writer.get_extra_info("sockname"))
            assert (link.peer.confined, link.peer.entitled, link.peer.user) == (True, True, None)
            await program.close()
            await until(lambda: here.door.closed_sessions == [1])

    play(scene)


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        (f"TOKEN {TOKEN}\0NAME x\0", "OK\0ANSWER NAME x\0"),
        (f"token  {TOKEN} \0NAME x\0", "OK\0ANSWER NAME x\0"),
        (f"\r\n#7 TOKEN {TOKEN}\0#8 NAME x\0", "#7 OK\0ANSWER #8 NAME x\0"),
        (f"TOKEN {TOKEN}\nNAME x\n", "OK\nANSWER NAME x\n"),
    ],
)
def test_it_may_be_spelled_and_framed_as_any_command(said, answered):
    async def scene(step):
        async with port("tcp") as here:
            program = await here.stream()
            for start in range(0, len(said), step):
                program.writer.write(said[start : start + step].encode())
                await program.writer.drain()
                await asyncio.sleep(0)
            assert await program.reader.readexactly(len(answered)) == answered.encode()
            await program.close()

    play(scene, 1)
    play(scene, 10_000)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (f"TOKEN {OTHER}\0NAME x\0", "wrong token"),
        (f"TOKEN {TOKEN[:-1]}\0", "wrong token"),
        (f"TOKEN {TOKEN}00\0", "wrong token"),
        ("TOKEN\0", "wrong token"),
        ("TOKEN \0", "wrong token"),
        ("TOKEN \udcff\0", "wrong token"),
        ("PING\0", "speaks before"),
        (f"NAME x\0TOKEN {TOKEN}\0", "speaks before"),
        (f"{TOKEN}\0", "speaks before"),
        (f"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nTOKEN {TOKEN}\0", "speaks before"),
        ("\0", "speaks before"),
        ("x" * (porch.ALLOWANCE + 1), "says much"),
        ("\n" * (porch.ALLOWANCE + 1), "says much"),
    ],
)
def test_anything_else_is_the_end(said, reason, caplog):
    async def scene():
        async with port("tcp") as here:
            before = StreamLink.connected
            program = await here.stream()
            program.writer.write(said.encode("utf-8", "surrogateescape"))
            assert await program.end() == b""
            assert here.door.links == []
            await until(lambda: StreamLink.connected == before)
            await program.close()
            # The next one is not worse off.
            await (await here.guest()).close()

    play(scene)
    assert len(caplog.records) == 1
    assert reason in caplog.text
    assert "127.0.0.1:" in caplog.text
    assert TOKEN[:16] not in caplog.text


@pytest.mark.parametrize("said", [b"", b"TOKEN " + TOKEN.encode(), b"\r\n"])
def test_who_keeps_us_waiting_is_sent_away(said, caplog):
    async def scene():
        async with port("tcp") as here:
            loop = asyncio.get_running_loop()
            program, begun = await here.stream(), loop.time()
            program.writer.write(said)
            assert await program.end() == b""
            assert porch.PATIENCE - 1 < loop.time() - begun < porch.PATIENCE * 3
            assert here.door.links == []
            await program.close()

    play(scene, speed=50)
    assert "shows no token" in caplog.text


def test_a_guest_may_be_silent_for_as_long_as_it_likes():
    async def scene():
        async with port("tcp") as here:
            guest = await here.guest()
            await asyncio.sleep(porch.PATIENCE * 5)
            assert await guest.ask("PING") == "ANSWER PING"
            await guest.close()

    play(scene, speed=100)


def test_a_flood_of_strangers_keeps_out_nobody_who_has_the_token(caplog):
    async def scene():
        async with port("tcp") as here:
            guest = await here.guest()
            crowd = [await here.stream() for _ in range(porch.STRANGERS)]
            slow = await here.stream()
            # The oldest had to go.
            assert await crowd[0].end() == b""
            # One that comes now and shows its token comes in.
            fresh = await here.guest()
            for _ in range(porch.STRANGERS - 1):
                crowd.append(await here.stream())
            assert await slow.ask(f"TOKEN {TOKEN}") == "OK"
            for program in (guest, fresh, slow):
                assert await program.ask("PING") == "ANSWER PING"
            strangers = len(crowd) - porch.STRANGERS
            for program in crowd[: strangers - 1]:
                assert await program.end() == b""
            for program in (*crowd, guest, fresh, slow):
                await program.close()

    play(scene)
    assert "others wait" in caplog.text


def test_a_flood_of_wrong_tokens_leaves_few_lines(caplog):
    async def scene():
        async with port("tcp") as here:
            for _ in range(porch.LOGGED_EVERY * 2 + 5):
                program = await here.stream()
                program.writer.write(b"TOKEN 00\0")
                await program.end()
                await program.close()

    play(scene)
    assert len(caplog.records) == porch.LOGGED + 2
    assert "(200 in all)" in caplog.text


def test_the_token_says_which_account():
    async def scene():
        async with port("tcp", tokens=(TOKEN, OTHER)) as here:
            one, two = await here.guest(TOKEN), await here.guest(OTHER)
            assert await one.ask("A") == "ANSWER A"
            assert await two.ask("B") == "ANSWER B"
            assert (here.doors[TOKEN].heard, here.doors[OTHER].heard) == (["A"], ["B"])
            for program in (one, two):
                await program.close()

    play(scene)


def test_who_came_with_a_token_that_is_withdrawn_is_sent_away(caplog):
    async def scene():
        async with port("tcp", tokens=(TOKEN, OTHER)) as here:
            gone, stays = await here.guest(TOKEN), await here.guest(OTHER)
            old = here.doors.pop(TOKEN)
            fresh = "ef" * 32
            here.doors[fresh] = old
            assert await gone.end() == b""
            assert old.closed_sessions == [1]
            await asyncio.sleep(porch.LOOK_AGAIN * 3)
            assert await stays.ask("PING") == "ANSWER PING"
            again = await here.guest(fresh)
            # A token that now opens another door is no token for this one.
            here.doors[OTHER] = Door()
            assert await stays.end() == b""
            for program in (gone, stays, again):
                await program.close()

    play(scene, speed=50)
    assert "its token is not valid any more" in caplog.text


def test_a_connection_is_ready_for_short_messages_and_for_the_other_end_to_die():
    async def scene():
        async with port("tcp") as here:
            program = await here.guest()
            accepted = here.door.links[0]._transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
            await program.close()

    play(scene)


def test_everybody_goes_at_the_end_and_guests_hear_the_last_words():
    async def scene():
        async with port("tcp") as here:
            guest, stranger = await here.guest(), await here.stream()
            await until(lambda: len(here.server._porch._strangers) == 1)
            here.door.links[0].notify("CONNSTATUS LOGGEDOUT")
            await here.server.stop()
            assert await stranger.end() == b""
            assert await guest.end() == b"CONNSTATUS LOGGEDOUT\0"
            assert here.door.closed_sessions == [1]
            for program in (guest, stranger):
                await program.close()
            with pytest.raises(ConnectionRefusedError):
                await here.stream()

    play(scene)


# Addresses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("127.0.0.1:4000", ("127.0.0.1", 4000)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:4000", ("::1", 4000)),
        (":4000", ("", 4000)),
        ("[::]:65535", ("::", 65535)),
    ],
)
def test_an_address_is_a_host_and_a_port(address, found):
    assert split(address) == found


@pytest.mark.parametrize(
    "address", ["", "4000", "host", "host:", "host:x", "host:65536", "::1:4000", "host:-1", "host:4²"]
)
def test_what_is_no_address(address):
    with pytest.raises(ValueError, match=r"HOST:PORT|brackets"):
        split(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_addresses_of_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1", "fe80::1%eth0", "10.0.0.1"]
)
def test_addresses_of_other_machines(host):
    assert not is_loopback(host)


@pytest.mark.parametrize("address", ["0.0.0.0:0", ":0", "192.0.2.1:0"])
def test_without_tls_nobody_else_can_reach_us(address):
    async def scene():
        server = PortServer("tcp", address, TcpLink, lambda _token: None)
        with pytest.raises(ExposedError):
            await server.start()
        assert server.listening == ()

    play(scene)


def test_a_name_that_is_also_another_machines_is_not_of_this_machine(monkeypatch):
    async def scene():
        loop = asyncio.get_running_loop()

        async def both(*_asked, **_how):
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0)),
            ]

        monkeypatch.setattr(loop, "getaddrinfo", both)
        server = PortServer("tcp", "both:0", TcpLink, lambda _token: None)
        with pytest.raises(ExposedError):
            await server.start()
        assert server.listening == ()

    play(scene)


def test_a_name_of_this_machine_is_opened_on_all_its_addresses():
    async def scene():
        server = PortServer("tcp", "localhost:0", TcpLink, lambda _token: None)
        await server.start()
        assert server.listening
        for place in server.listening:
            host, number = split(place)
            assert is_loopback(host)
            _reader, writer = await asyncio.open_connection(host, number)
            writer.close()
        await server.stop()

    play(scene)


def test_a_machine_without_one_kind_of_address_listens_on_the_other(monkeypatch):
    async def scene():
        loop = asyncio.get_running_loop()

        async def both(*_asked, **_how):
            # The second one belongs to nobody here.
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0)),
            ]

        monkeypatch.setattr(loop, "getaddrinfo", both)
        monkeypatch.setattr("ringback.transport.ports.is_loopback", lambda _host: True)
        server = PortServer("tcp", "both:0", TcpLink, lambda _token: None)
        await server.start()
        assert [split(place)[0] for place in server.listening] == ["127.0.0.1"]
        await server.stop()

    play(scene)


def test_a_port_that_is_taken_is_said_to_be():
    async def scene():
        async with port("tcp") as here:
            server = PortServer("tcp", here.server.listening[0], TcpLink, lambda _token: None)
            with pytest.raises(OSError, match="in use"):
                await server.start()
            await server.stop()

    play(scene)
