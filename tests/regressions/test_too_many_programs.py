"""Programs that connect again and again used up all descriptors: tracebacks by the hundred, no service."""

import contextlib
import resource
import socket

from ringback.transport.stream import RESERVE
from support.daemon import Daemon, SocketProgram

MOST = 400


def test_more_connections_than_descriptors(tmp_path):
    with Daemon(tmp_path, "--no-dbus") as daemon:
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (MOST, MOST))
        good = SocketProgram(tmp_path)
        crowd = []
        refused = 0
        for _ in range(MOST):
            program = socket.socket(socket.AF_UNIX)
            program.connect(str(tmp_path / "me/api.sock"))
            crowd.append(program)
        for program in crowd:
            with contextlib.suppress(OSError):
                program.sendall(b"PING\0")
            with contextlib.suppress(ConnectionError):
                refused += program.recv(100) != b"PONG\0"
                continue
            refused += 1
        assert refused >= MOST - max(MOST - RESERVE, MOST // 2)
        assert refused < MOST
        assert good.ask("SET PROFILE ABOUT me") == "PROFILE ABOUT me"
        for program in crowd:
            program.close()
        assert good.ask("CALL no.answer") == "CALL 1 STATUS UNPLACED"
        late = SocketProgram(tmp_path)
        assert late.ask("GET PROFILE ABOUT") == "PROFILE ABOUT me"
        late.close()
        good.close()
        code, errors = daemon.end()
    assert (code, "Traceback" in errors) == (0, False), errors[-2000:]
