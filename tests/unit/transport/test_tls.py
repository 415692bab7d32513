"""TLS on the ports of the network: real certificates, clients that look at them."""

import asyncio
import ssl

import pytest
import trustme
from websockets.asyncio.client import connect

from ringback.transport import porch
from ringback.transport.stream import StreamLink
from ringback.transport.tls import Tls
from support.network import TOKEN, play, port, until


@pytest.fixture(autouse=True)
def _nobody_is_connected(monkeypatch):
    monkeypatch.setattr(StreamLink, "connected", 0)


@pytest.fixture
def authority():
    return trustme.CA()


def issued(authority, folder, *names, key="key.pem", certificate="chain.pem"):
    made = authority.issue_cert(*names)
    made.private_key_pem.write_to_path(folder / key)
    (folder / certificate).write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
    return folder / certificate, folder / key


def trusting(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def serial_of(stream):
    return stream.writer.get_extra_info("ssl_object").getpeercert()["serialNumber"]


def test_a_program_that_looks_at_the_certificate_is_let_in(authority, tmp_path):
    async def scene():
        async with port("tcp", tls=Tls(*issued(authority, tmp_path, "localhost", "127.0.0.1"))) as here:
            program = await here.stream(ssl=trusting(authority))
            # The token and what follows come with the last piece of the handshake, or later.
            assert await program.ask(f"TOKEN {TOKEN}") == "OK"
            assert await program.ask("x" * 1_000_000) == "ANSWER " + "x" * 1_000_000
            await program.close()
            await until(lambda: here.door.closed_sessions == [1])

    play(scene)


def test_the_same_over_websocket(authority, tmp_path):
    async def scene():
        async with port("ws", tls=Tls(*issued(authority, tmp_path, "localhost"))) as here:
            uri = f"wss://localhost:{here.port}/"
            async with connect(uri, ssl=trusting(authority), proxy=None) as page:
                await page.send(f"TOKEN {TOKEN}")
                assert await page.recv() == "OK"
                await page.send("x" * 1_000_000)
                assert await page.recv() == "ANSWER " + "x" * 1_000_000
            await until(lambda: here.door.closed_sessions == [1])

    play(scene)


def test_a_program_notices_a_certificate_of_somebody_else(authority, tmp_path, caplog):
    async def scene():
        async with port("tcp", tls=Tls(*issued(authority, tmp_path, "elsewhere.example"))) as here:
            with pytest.raises(ssl.SSLCertVerificationError, match=r"127\.0\.0\.1"):
                await here.stream(ssl=trusting(authority))
            with pytest.raises(ssl.SSLCertVerificationError):
                await here.stream(ssl=ssl.create_default_context())
            await until(lambda: StreamLink.connected == 0)
            assert here.door.links == []

    play(scene)
    assert "no TLS" in caplog.text


@pytest.mark.parametrize(
    "said", [f"TOKEN {TOKEN}\0NAME x\0".encode(), b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01"]
)
def test_who_speaks_no_tls_gets_nothing(authority, tmp_path, said, caplog):
    async def scene():
        async with port("tcp", tls=Tls(*issued(authority, tmp_path, "localhost"))) as here:
            program = await here.stream()
            program.writer.write(said)
            if said.startswith(b"\x16"):
                program.writer.write_eof()
            came = await program.end()
            # At most an alert of TLS itself.
            assert len(came) <= 7
            assert here.door.links == []
            await program.close()
            await until(lambda: StreamLink.connected == 0)

    play(scene)
    assert "no TLS" in caplog.text


def test_old_versions_of_tls_are_refused(authority, tmp_path, caplog):
    async def scene():
        async with port("tcp", tls=Tls(*issued(authority, tmp_path, "127.0.0.1"))) as here:
            old = trusting(authority)
            old.set_ciphers("ALL:@SECLEVEL=0")
            old.minimum_version = ssl.TLSVersion.TLSv1
            old.maximum_version = ssl.TLSVersion.TLSv1_1
            with pytest.raises(OSError):  # noqa: PT011 - it may come as an alert or as a reset
                await here.stream(ssl=old)
            await until(lambda: StreamLink.connected == 0)

    with pytest.warns(DeprecationWarning, match="TLS"):
        play(scene)
    assert "no TLS: UNSUPPORTED_PROTOCOL" in caplog.text


def test_a_handshake_that_does_not_go_on_is_ended_and_counts_as_a_stranger(authority, tmp_path, caplog):
    async def scene():
        async with port("tcp", tls=Tls(*issued(authority, tmp_path, "127.0.0.1"))) as here:
            silent, begun = await here.stream(), asyncio.get_running_loop().time()
            crowd = [await here.stream() for _ in range(porch.STRANGERS)]
            assert await silent.end() == b""
            assert asyncio.get_running_loop().time() - begun < porch.PATIENCE
            program = await here.stream(ssl=trusting(authority))
            assert await program.ask(f"TOKEN {TOKEN}") == "OK"
            for one in crowd:
                assert await one.end() == b""
            assert await program.ask("PING") == "ANSWER PING"
            for one in (silent, program, *crowd):
                await one.close()
            await until(lambda: StreamLink.connected == 0)

    play(scene, speed=10)
    assert "others wait" in caplog.text
    assert "shows no token" in caplog.text


def test_what_a_program_has_not_taken_counts_on_both_sides_of_the_cipher(authority, tmp_path):
    async def scene():
        async with port("tcp", tls=Tls(*issued(authority, tmp_path, "127.0.0.1"))) as here:
            program = await here.stream(ssl=trusting(authority), limit=1024)
            assert await program.ask(f"TOKEN {TOKEN}") == "OK"
            (link,) = here.door.links
            program.writer.transport.pause_reading()
            # The kernel keeps some megabytes, nothing else may be forgotten.
            link.notify("x" * 30_000_000)
            await asyncio.sleep(0.1)
            assert link.backlog > 20_000_000
            for number in range(30):
                link.notify(str(number % 10) * 1_000_000)
                await asyncio.sleep(0)
            await asyncio.sleep(0.1)
            assert link.backlog > 50_000_000
            link.close("too much unread")
            await until(lambda: StreamLink.connected == 0)
            await program.close()

    play(scene)


def test_a_renewed_certificate_is_used_without_a_restart(authority, tmp_path, caplog):
    async def scene():
        tls = Tls(*issued(authority, tmp_path, "127.0.0.1"))
        async with port("tcp", tls=tls) as here:
            old = await here.stream(ssl=trusting(authority))
            first = serial_of(old)
            fresh = issued(authority, tmp_path, "127.0.0.1", key="new.pem", certificate="new-chain.pem")
            # Between the two steps key and certificate do not belong together; the old ones are good still.
            fresh[0].rename(tmp_path / "chain.pem")
            between = await here.stream(ssl=trusting(authority))
            assert serial_of(between) == first
            fresh[1].rename(tmp_path / "key.pem")
            new = await here.stream(ssl=trusting(authority))
            assert serial_of(new) != first
            (tmp_path / "key.pem").unlink()
            gone = await here.stream(ssl=trusting(authority))
            assert serial_of(gone) == serial_of(new)
            assert await old.ask(f"TOKEN {TOKEN}") == "OK"
            for program in (old, between, new, gone):
                await program.close()
            await until(lambda: StreamLink.connected == 0)

    caplog.set_level("INFO")
    play(scene)
    said = [record.message for record in caplog.records if "tls:" in record.message]
    assert ["cannot be used" in line for line in said] == [True, False, True]


def test_files_that_are_no_certificate_are_refused_at_once(authority, tmp_path):
    certificate, key = issued(authority, tmp_path, "localhost")
    other, _ = issued(trustme.CA(), tmp_path, "localhost", key="other.pem", certificate="other-chain.pem")
    (tmp_path / "nothing.pem").write_text("nothing")
    for files in [
        (other, key),
        (tmp_path / "nothing.pem", key),
        (tmp_path / "missing.pem", key),
        (key, None),
    ]:
        with pytest.raises(OSError):  # noqa: PT011 - the system's and the library's own words
            Tls(*files)
    both = tmp_path / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    Tls(both)
