"""TCP and WebSocket of a real daemon: attaching, tokens, files, TLS, and programs that behave badly."""

import asyncio
import contextlib
import json
import re
import signal
import socket
import sqlite3
import ssl
from contextlib import closing

import pytest
import trustme
from websockets.asyncio.client import connect

from ringback.app.control import ask
from ringback.session.sessions import BACKLOG_LIMIT
from support.bus import descriptors, resident
from support.daemon import Daemon, SocketProgram, TcpProgram, WebProgram, ringback_on, token
from support.waiting import eventually

MIB = 1024 * 1024
PROGRAMS = {"tcp": TcpProgram, "ws": WebProgram}
WAYS = tuple(PROGRAMS)


def engine(home, *arguments):
    return Daemon(home, "--no-dbus", "--tcp", "127.0.0.1:0", "--ws", "127.0.0.1:0", *arguments)


def places(daemon):
    """Where it listens, by way."""
    return {line.split()[1]: line.split()[2] for line in daemon.said if line.startswith("listening ")}


def program(daemon, way, **more):
    return closing(PROGRAMS[way](daemon.home, places(daemon)[way], **more))


def test_a_call_with_a_recording_over_each_way(tmp_path):
    home, shared = tmp_path / "home", tmp_path / "shared"
    shared.mkdir()
    with engine(home, "--file-folder", str(shared), "--speed", "10") as daemon:
        for number, way in enumerate(WAYS, 1):
            with program(daemon, way) as caller:
                assert caller.ask("GET CURRENTUSERHANDLE") == "CURRENTUSERHANDLE me"
                assert caller.ask("SET PROFILE ABOUT blä\n😀") == "PROFILE ABOUT blä\n😀"
                call = caller.ask("CALL echo123").split()[1]
                caller.until(f"CALL {call} STATUS INPROGRESS")
                outside, inside = tmp_path / "x.wav", shared / f"{way}.wav"
                for path in (outside, shared / "../x.wav", "x.wav", "~/x.wav"):
                    answer = caller.ask(f'ALTER CALL {call} SET_OUTPUT FILE="{path}"')
                    assert answer.startswith("ERROR 559 "), path
                good = f'ALTER CALL {call} SET_OUTPUT FILE="{inside}"'
                assert caller.ask(good) == good
                caller.until(f"CALL {call} STATUS FINISHED")
                assert inside.stat().st_size > 100_000
                assert any(inside.read_bytes()[44:])
            assert len(list(shared.iterdir())) == number
        # A program on this machine may name any file.
        with closing(SocketProgram(home)) as near:
            near.ask("CALL echo123")
            near.until("CALL 3 STATUS INPROGRESS")
            assert near.ask(f'ALTER CALL 3 SET_OUTPUT FILE="{outside}"').startswith("ALTER CALL 3")
        assert outside.exists()


def test_sound_over_ports_that_were_given(tmp_path):
    """Nobody knocks at the others, and it looks the same whether somebody listens there."""
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as given,
        closing(socket.create_server(("127.0.0.1", 0))) as other,
    ):
        port, closed = (one.getsockname()[1] for one in (given, other))
        for one in (given, other):
            one.settimeout(20)
        with engine(tmp_path, "--voice-port", str(port), "--speed", "10") as daemon:
            for way in WAYS:
                with program(daemon, way) as caller:
                    call = caller.ask("CALL ann.answers").split()[1]
                    caller.until(f"CALL {call} STATUS INPROGRESS")
                    refused = {
                        caller.ask(f'ALTER CALL {call} {route} PORT="{number}"')
                        for route in ("SET_INPUT", "SET_OUTPUT", "SET_CAPTURE_MIC")
                        for number in (closed, 1)
                    }
                    assert refused == {"ERROR 559 CALL: Action failed"}
                    assert caller.ask(f"GET CALL {call} INPUT") == f'CALL {call} INPUT SOUNDCARD="default"'
                    good = f'ALTER CALL {call} SET_OUTPUT PORT="{port}"'
                    assert caller.ask(good) == good
                    with given.accept()[0] as connection, connection.makefile("rb") as sound:
                        assert any(sound.read(32_000))
                    assert caller.ask(f"ALTER CALL {call} HANGUP") == f"ALTER CALL {call} HANGUP"
            other.settimeout(0)
            with pytest.raises(BlockingIOError):
                other.accept()
            # A program on this machine may lead it anywhere.
            other.settimeout(20)
            with closing(SocketProgram(tmp_path)) as near:
                call = near.ask("CALL ann.answers").split()[1]
                near.until(f"CALL {call} STATUS INPROGRESS")
                good = f'ALTER CALL {call} SET_OUTPUT PORT="{closed}"'
                assert near.ask(good) == good
                other.accept()[0].close()


def test_the_command_line_over_each_way(tmp_path):
    with engine(tmp_path, "--log-level", "debug") as daemon:
        for way in WAYS:
            done = ringback_on(tmp_path, "send", "--via", way, "GET USERSTATUS", "GET MUTE", "NONSENSE")
            assert (done.returncode, done.stdout) == (
                1,
                "USERSTATUS ONLINE\nMUTE OFF\nERROR 2 Unknown command\n",
            )
            done = ringback_on(tmp_path, "trace", "--via", way, input="GET USERSTATUS\n.quit\n")
            assert done.returncode == 0
            assert "<- USERSTATUS ONLINE" in done.stdout
            done = ringback_on(tmp_path, "send", "--via", way, "--address", places(daemon)[way], "GET MUTE")
            assert (done.returncode, done.stdout) == (0, "MUTE OFF\n")
            other = tmp_path / "other"
            other.write_text("0" * 64)
            done = ringback_on(tmp_path, "send", "--via", way, "--token-file", str(other), "PING")
            assert (done.returncode, done.stdout) == (4, "")
            assert "wrong token" in done.stderr
            other.write_text("no token")
            done = ringback_on(tmp_path, "send", "--via", way, "--token-file", str(other), "PING")
            assert done.returncode == 4
            done = ringback_on(tmp_path, "send", "--via", way, "--account", "nobody", "PING")
            assert done.returncode == 3
            assert "does not run account nobody" in done.stderr
        # What listens there is something else.
        done = ringback_on(tmp_path, "send", "--via", "ws", "--address", places(daemon)["tcp"], "PING")
        assert done.returncode == 4
        assert "does not speak like an engine" in done.stderr
        secret = token(tmp_path)
        code, errors = daemon.end()
        assert code == 0
        assert "wrong token" in errors
        assert secret[:12] not in errors
        assert "0" * 12 not in errors
        for way in WAYS:
            assert ringback_on(tmp_path, "send", "--via", way, "PING").returncode == 3
            gone = ringback_on(tmp_path, "send", "--via", way, "--address", places(daemon)[way], "PING")
            assert gone.returncode == 3


def test_a_home_without_ports(tmp_path):
    with Daemon(tmp_path, "--no-dbus"):
        done = ringback_on(tmp_path, "send", "--via", "tcp", "PING")
        assert done.returncode == 3
        assert "run it with --tcp HOST:PORT" in done.stderr
        assert not (tmp_path / "me/token").exists()


@pytest.mark.parametrize("way", WAYS)
def test_the_token_says_which_account(tmp_path, way):
    with engine(tmp_path, "--account", "anna", "--account", "bob") as daemon:
        with program(daemon, way, account="anna") as anna, program(daemon, way, account="bob") as bob:
            assert anna.ask("GET CURRENTUSERHANDLE") == "CURRENTUSERHANDLE anna"
            assert bob.ask("GET CURRENTUSERHANDLE") == "CURRENTUSERHANDLE bob"
        assert token(tmp_path, "anna") != token(tmp_path, "bob")
        assert (tmp_path / "anna/token").stat().st_mode & 0o777 == 0o600


def test_a_token_that_is_deleted(tmp_path):
    with engine(tmp_path, "--speed", "20") as daemon:
        with (
            program(daemon, "tcp") as one,
            program(daemon, "ws") as two,
            closing(SocketProgram(tmp_path)) as near,
        ):
            old = token(tmp_path)
            (tmp_path / "me/token").unlink()
            for far in (one, two):
                with pytest.raises(ConnectionError):
                    far.until("nothing of the kind")
            assert near.ask("PING") == "PONG"
        assert token(tmp_path) != old
        for way in WAYS:
            with program(daemon, way) as again:
                assert again.ask("PING") == "PONG"


def test_status_and_decisions_of_the_user(tmp_path):
    with engine(tmp_path) as daemon, program(daemon, "tcp"), program(daemon, "ws") as page:
        told = json.loads(ringback_on(tmp_path, "status", "--json").stdout)
        assert f"tcp {places(daemon)['tcp']}" in told["listening"]
        first, second = told["accounts"][0]["programs"]
        assert (first["way"], second["way"]) == ("tcp", "ws")
        assert re.fullmatch(r"127\.0\.0\.1:[0-9]+", first["address"])
        assert re.fullmatch(r"127\.0\.0\.1:[0-9]+ \(http://localhost:8000\)", second["address"])
        assert "test" in ringback_on(tmp_path, "status").stdout
        assert ringback_on(tmp_path, "access", "deny", "test").stdout.endswith("2 detached\n")
        with pytest.raises(ConnectionError):
            page.until("nothing of the kind")
        done = ringback_on(tmp_path, "send", "--via", "ws", "--name", "test", "PING")
        assert (done.returncode, "ERROR 68" in done.stderr) == (4, True)


def test_the_doctor_looks_at_ports_and_tokens(tmp_path):
    with engine(tmp_path) as daemon:
        told = ringback_on(tmp_path, "doctor").stdout
        for way in WAYS:
            assert f"ok    {way} {places(daemon)[way]} answers\n" in told
        assert "token" not in told
    (tmp_path / "me/token").chmod(0o640)
    assert "NO    account me: others may read the token" in ringback_on(tmp_path, "doctor").stdout
    (tmp_path / "me/token").write_text("secret")
    told = ringback_on(tmp_path, "doctor").stdout
    assert re.search(r"NO    account me: .*/token is no token: .*hexadecimal", told)
    assert "secret" not in told


# What does not start --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--tcp", "0.0.0.0:0"], 1, "--tcp 0.0.0.0:0: not an address of this machine alone"),
        (["--ws", ":0"], 1, "Give --tls-cert and --tls-key, or listen on 127.0.0.1"),
        (["--tcp", "[::]:0"], 1, "not an address of this machine alone"),
        (["--tcp", "nonsense"], 2, "'nonsense' is not HOST:PORT"),
        (["--tcp", "127.0.0.1:99999"], 2, "'127.0.0.1:99999' is not HOST:PORT"),
        (["--ws", "::1:5"], 2, "brackets"),
        (["--tcp", "no-such-host.invalid:0"], 1, "--tcp no-such-host.invalid:0: "),
        (["--tcp", "127.0.0.1:0", "--tls-cert", "missing.pem"], 1, "--tls-cert missing.pem: No such file"),
        (["--tcp", "127.0.0.1:0", "--tls-key", "x.pem"], 1, "--tls-key needs --tls-cert"),
    ],
)
def test_what_cannot_be_opened_is_said_and_nothing_is(tmp_path, arguments, code, message):
    done = ringback_on(tmp_path, "run", "--no-dbus", *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "ready" not in done.stdout


def test_a_port_that_is_taken(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"
        done = ringback_on(tmp_path, "run", "--no-dbus", "--ws", place)
        assert done.returncode == 1
        assert f"--ws {place}: Address already in use" in done.stderr
        # The account that it would have made is not there, nor known to anybody.
        assert not (tmp_path / "me").exists()
        assert ringback_on(tmp_path, "accounts").stdout == ""
        with closing(sqlite3.connect(tmp_path / "embedded.sqlite")) as db:
            for table in ("account", "profile", "relation", "letter"):
                assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_accounts_that_were_there_stay_when_a_start_fails(tmp_path):
    with Daemon(tmp_path, "--no-dbus") as daemon:
        program = SocketProgram(tmp_path)
        program.ask("SET PROFILE ABOUT mine")
        program.close()
        daemon.end()
    (tmp_path / "carl").mkdir()
    (tmp_path / "carl/notes.txt").write_text("put there by hand")
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"
        accounts = ("--account", "me", "--account", "bob", "--account", "carl")
        assert ringback_on(tmp_path, "run", "--no-dbus", *accounts, "--tcp", place).returncode == 1
    assert not (tmp_path / "bob").exists()
    assert (tmp_path / "carl/notes.txt").read_text() == "put there by hand"
    with Daemon(tmp_path, "--no-dbus", "--account", "me"):
        program = SocketProgram(tmp_path)
        assert program.ask("GET PROFILE ABOUT") == "PROFILE ABOUT mine"
        program.close()


def test_a_token_that_is_none(tmp_path):
    (tmp_path / "me").mkdir(parents=True)
    (tmp_path / "me/token").write_text("secret")
    done = ringback_on(tmp_path, "run", "--no-dbus", "--tcp", "127.0.0.1:0")
    assert done.returncode == 1
    assert "delete it for a new one" in done.stderr
    assert "secret" not in done.stderr


def test_the_same_port_again_right_after_a_kill(tmp_path):
    with engine(tmp_path) as daemon:
        first = places(daemon)
        held = [PROGRAMS[way](tmp_path, first[way]) for way in WAYS]
        daemon.end(signal.SIGKILL)
    secret = token(tmp_path)
    with Daemon(tmp_path, "--no-dbus", "--tcp", first["tcp"], "--ws", first["ws"]) as again:
        assert places(again) == first
        assert token(tmp_path) == secret
        for way in WAYS:
            with program(again, way) as one:
                assert one.ask("PING") == "PONG"
    for old in held:
        old.close()


# TLS ------------------------------------------------------------------------------------------------------


def test_other_machines_come_with_tls(tmp_path):
    """On an address of this machine; that any other is refused without TLS is shown above."""
    authority = trustme.CA()
    made = authority.issue_cert("localhost", "127.0.0.1")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    home = tmp_path / "home"
    with engine(
        home, "--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem")
    ) as daemon:
        assert all(line.endswith(" with TLS") for line in daemon.said if " tcp " in line or " ws " in line)
        for way in WAYS:
            address = "localhost:" + places(daemon)[way].rpartition(":")[2]
            asked = ("send", "--via", way, "GET MUTE")
            trusted = ("--tls-ca", str(tmp_path / "ca.pem"))
            assert ringback_on(home, *asked, *trusted).stdout == "MUTE OFF\n"
            assert ringback_on(home, *asked, *trusted, "--address", address).stdout == "MUTE OFF\n"
            done = ringback_on(home, *asked, "--address", address, "--tls")
            assert (done.returncode, done.stdout) == (4, "")
            assert "the certificate is not trusted" in done.stderr
            # In clear words nothing is said.
            assert ringback_on(home, *asked, "--address", address).returncode in (3, 4)
        told = ringback_on(home, "doctor").stdout
        assert (
            f"note  tcp {places(daemon)['tcp']} with TLS: this machine does not trust its certificate" in told
        )
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        uri = f"wss://{places(daemon)['ws']}/"

        async def page():
            # Not the library's client with threads. Its two use one TLS object at once, and on a busy machine
            # one opening in some hundreds is lost on the way, to the library's own server as well.
            async with connect(uri, ssl=context, origin="http://127.0.0.1", proxy=None) as page:
                for said in (f"TOKEN {token(home)}", "NAME page"):
                    await page.send(said)
                    assert await asyncio.wait_for(page.recv(), 20) == "OK"

        asyncio.run(page())
        code, errors = daemon.end()
        assert (code, "Traceback" in errors) == (0, False), errors
        assert token(home)[:12] not in errors


# Programs that behave badly -------------------------------------------------------------------------------


def strangers(place, count):
    host, _, port = place.rpartition(":")
    for _ in range(count):
        with contextlib.suppress(OSError):
            yield socket.create_connection((host, int(port)), timeout=20)


@pytest.mark.parametrize("way", WAYS)
def test_a_flood_of_connections_hurts_nobody(tmp_path, way):
    with engine(tmp_path) as daemon, program(daemon, way) as good, closing(SocketProgram(tmp_path)) as near:
        opened = descriptors(daemon.process.pid)
        crowd = list(strangers(places(daemon)[way], 400))
        # Only so many of them are kept.
        eventually(lambda: descriptors(daemon.process.pid) <= opened + 64)
        assert good.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
        with program(daemon, way) as late:
            assert late.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
        assert near.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
        for one in crowd:
            one.close()
        eventually(lambda: descriptors(daemon.process.pid) == opened)
        code, errors = daemon.end()
        assert (code, "Traceback" in errors) == (0, False), errors
        assert errors.count("sent away") < 40


@pytest.mark.parametrize("way", WAYS)
def test_a_program_that_does_not_read_is_detached_and_the_others_go_on(tmp_path, way):
    with engine(tmp_path) as daemon, closing(SocketProgram(tmp_path)) as good:
        slow = PROGRAMS[way](tmp_path, places(daemon)[way])
        number = good.ask("MESSAGE echo123 " + "x" * 500_000).split()[1]
        before = resident(daemon.process.pid)
        with contextlib.suppress(OSError):
            for _ in range(400):
                slow.send(f"GET CHATMESSAGE {number} BODY")
        # Until only the good one is there.
        eventually(lambda: len(ask(tmp_path / "control.sock", "status")["accounts"][0]["programs"]) == 1)
        assert good.ask("PING") == "PONG"
        # It hears what was on its way already, and then the end.
        left = 0
        with contextlib.suppress(ConnectionError):
            while True:
                left += len(slow.read())
        assert left < 400 * 500_000 - BACKLOG_LIMIT
        eventually(lambda: resident(daemon.process.pid) - before < 40 * MIB)
        assert good.ask("PING") == "PONG"
        slow.close()
        _code, errors = daemon.end()
        assert errors.count("does not read: detached") == 1, errors
        assert "Traceback" not in errors
