"""Programs that say all they have to say, close their half and then read (``printf … | nc -N``)."""

import socket
from contextlib import closing

from support.daemon import Daemon, SocketProgram


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
        assert answers(tmp_path, b"NAME a\0SET PROFILE CITY y\0") == b"OK\0PROFILE CITY y\0PROFILE CITY y\0"
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
        assert set(heard[1:-1]) == {b"PROFILE ABOUT " + about}
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
