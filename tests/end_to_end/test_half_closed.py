"""Programs that say all they have to say, close their half and then read (``printf … | nc -N``)."""

import contextlib
import socket
import ssl
from contextlib import closing

import pytest
import trustme

from support.daemon import Daemon, SocketProgram, token


def answers(home, said):
    """All that comes after ``said`` and the end of our half, until the engine ends the connection."""
    with closing(socket.socket(socket.AF_UNIX)) as program:
        program.settimeout(20)
        program.connect(str(home / "me/api.sock"))
        program.sendall(said)
        program.shutdown(socket.SHUT_WR)
        heard = b""
        while data := program.recv(65536):
            heard += data
        return heard


def test_every_answer_comes_and_then_the_end(tmp_path):
    with Daemon(tmp_path, "--no-dbus"):
        assert answers(tmp_path, b"NAME a\nPROTOCOL 8\nSET PROFILE CITY x\nGET PROFILE CITY\n") == (
            b"OK\nPROTOCOL 8\nPROFILE CITY x\nPROFILE CITY x\n"
        )
        # Stored after it was said and before it was answered, with the news that it caused.
        assert answers(tmp_path, b"NAME a\0SET PROFILE CITY y\0") == (
            b"OK\0PROFILE CITY y\0PROFILE CITY y\0USER me CITY y\0"
        )
        assert answers(tmp_path, b"") == b""
        # Half a message is none.
        assert answers(tmp_path, b"NAME a\nPING\nSET PROFILE CITY unfin") == b"OK\nPONG\n"
        assert answers(tmp_path, b"NAME a\nGET PROFILE CITY\n") == b"OK\nPROFILE CITY y\n"


def test_answers_that_need_many_turns_and_much_room(tmp_path):
    with Daemon(tmp_path, "--no-dbus"):
        about = b"x" * 20_000
        said = b"NAME a\0SET PROFILE ABOUT " + about + b"\0" + b"GET PROFILE ABOUT\0" * 200
        heard = answers(tmp_path, said).split(b"\0")
        assert heard[0] == b"OK"
        assert heard[-1] == b""
        assert set(heard[1:-1]) == {b"PROFILE ABOUT " + about, b"USER me ABOUT " + about}
        assert len(heard) >= 203


def test_an_answer_that_waits_for_the_world(tmp_path):
    """A route is led to a port."""
    with closing(socket.socket()) as port, Daemon(tmp_path, "--no-dbus", "--speed", "5") as daemon:
        port.bind(("127.0.0.1", 0))
        port.listen(1)
        command = f'ALTER CALL 1 SET_OUTPUT PORT="{port.getsockname()[1]}"'
        with closing(SocketProgram(tmp_path)) as onlooker:
            assert onlooker.ask("CALL echo123") == "CALL 1 STATUS UNPLACED"
            onlooker.until("CALL 1 STATUS INPROGRESS")
            heard = answers(tmp_path, f"NAME a\n{command}\n".encode()).decode().splitlines()
            assert heard[0] == "OK"
            assert command in heard
        code, errors = daemon.end()
        assert (code, "Traceback" in errors) == (0, False), errors


class TlsProgram:
    """TLS of which one half can be closed; Python's own sockets cannot."""

    def __init__(self, place, context):
        host, _, port = place.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self._came, self._goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._goes, server_hostname=host)
        self._do(self._tls.do_handshake)

    def _do(self, what, *arguments):
        while True:
            try:
                return what(*arguments)
            except ssl.SSLWantReadError:
                self._send()
                data = self.socket.recv(65536)
                if not data:
                    raise ConnectionError from None
                self._came.write(data)
            finally:
                self._send()

    def _send(self):
        if self._goes.pending:
            self.socket.sendall(self._goes.read())

    def say(self, said, *, how):
        self._do(self._tls.write, said)
        if how != "bytes only":
            with pytest.raises(ssl.SSLWantReadError):
                self._tls.unwrap()
            self._send()
        if how != "close_notify only":
            self.socket.shutdown(socket.SHUT_WR)

    def rest(self):
        """All until the other side has closed its half as well, in the way that TLS wants."""
        heard = b""
        with contextlib.suppress(ssl.SSLZeroReturnError):
            while data := self._do(self._tls.read, 65536):
                heard += data
        return heard


@pytest.fixture
def secure(tmp_path):
    """A daemon with TLS, and how to come to it."""
    authority = trustme.CA()
    made = authority.issue_cert("127.0.0.1")
    made.private_key_and_cert_chain_pem.write_to_path(tmp_path / "chain.pem")
    home = tmp_path / "home"
    arguments = ("--no-dbus", "--tcp", "127.0.0.1:0", "--tls-cert", str(tmp_path / "chain.pem"))
    with Daemon(home, *arguments) as daemon:
        place = next(line.split()[2] for line in daemon.said if " tcp " in line)

        def come(version):
            context = ssl.create_default_context()
            context.minimum_version = context.maximum_version = version
            authority.configure_trust(context)
            program = TlsProgram(place, context)
            opened.append(program)
            return program

        opened = []
        yield home, come
        for program in opened:
            program.socket.close()
        code, errors = daemon.end()
        assert (code, "Traceback" in errors, "has no effect" in errors) == (0, False, False), errors


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda v: v.name)
@pytest.mark.parametrize("how", ["close_notify only", "close_notify and the end"])
def test_tls_too_has_two_halves(secure, version, how):
    home, come = secure
    said = f"TOKEN {token(home)}\0NAME a\0SET PROFILE CITY y\0".encode() + b"GET PROFILE CITY\0" * 500
    program = come(version)
    program.say(said, how=how)
    heard = program.rest().split(b"\0")
    assert heard[:2] == [b"OK", b"OK"]
    # 500 answers, the one to SET and its notification.
    news = [b"PROFILE CITY y", b"USER me CITY y"]
    assert heard[2:] == [b"PROFILE CITY y", *news, *[b"PROFILE CITY y"] * 500, b""]


def test_tls_that_is_cut_off_is_no_half(secure):
    """Whoever is on the line can end it; only close_notify says that the program has ended."""
    home, come = secure
    program = come(ssl.TLSVersion.TLSv1_3)
    program.say(f"TOKEN {token(home)}\0NAME a\0SET PROFILE CITY z\0".encode(), how="bytes only")
    with pytest.raises((ConnectionError, ssl.SSLError)):
        program.rest()
    with closing(SocketProgram(home)) as onlooker:
        # What was said is done all the same.
        assert onlooker.ask("GET PROFILE CITY") == "PROFILE CITY z"
