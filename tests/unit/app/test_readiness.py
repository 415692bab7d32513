"""What a service manager is told, over a real socket of each kind."""

import asyncio
import os
import socket

import pytest

from ringback.app.readiness import Manager
from support.clock import FakeClock


@pytest.fixture(params=["file", "abstract"])
def manager_side(request, tmp_path):
    """The manager's socket, and its address as it stands in the environment."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        address = str(tmp_path / "notify") if request.param == "file" else f"@ringback-{os.getpid()}"
        listening.bind(address.replace("@", "\0"))
        listening.settimeout(5)
        yield listening, address


def heard(listening):
    return dict(line.split("=", 1) for line in listening.recv(4096).decode().split("\n"))


def test_what_is_told(manager_side):
    listening, address = manager_side
    manager = Manager({"NOTIFY_SOCKET": address})
    manager.ready("serving me")
    assert heard(listening) == {"READY": "1", "STATUS": "serving me"}
    manager.reloading(FakeClock())
    assert heard(listening) == {"RELOADING": "1", "MONOTONIC_USEC": "1000000000"}
    manager.stopping()
    assert heard(listening)["STOPPING"] == "1"


@pytest.mark.parametrize(
    ("more", "signs"),
    [
        ({"WATCHDOG_USEC": "30000"}, True),
        ({"WATCHDOG_USEC": "30000", "WATCHDOG_PID": str(os.getpid())}, True),
        ({"WATCHDOG_USEC": "30000", "WATCHDOG_PID": "1"}, False),
        ({"WATCHDOG_USEC": "soon"}, False),
        ({}, False),
    ],
)
def test_signs_of_life(manager_side, more, signs):
    listening, address = manager_side

    async def live():
        Manager({"NOTIFY_SOCKET": address, **more}).watch(asyncio.get_running_loop())
        await asyncio.sleep(0.05)

    asyncio.run(live())
    Manager({"NOTIFY_SOCKET": address}).tell(END="1")
    said = []
    while (told := heard(listening)) != {"END": "1"}:
        said.append(told)
    assert bool(said) is signs
    assert all(told == {"WATCHDOG": "1"} for told in said)
    assert not signs or len(said) > 1


def test_without_a_manager_nothing_is_said(monkeypatch, tmp_path, caplog):
    Manager({}).ready("serving")
    assert not caplog.records
    gone = Manager({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    gone.ready("serving")
    assert "does not listen" in caplog.text
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    monkeypatch.setenv("WATCHDOG_USEC", "1000")
    Manager()
    assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC"} & set(os.environ)
