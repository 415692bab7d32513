"""Where a bus is when it is called session or system."""

import socket

import pytest

from ringback.transport.buses import bus_address


@pytest.fixture
def place(tmp_path):
    """A user's runtime folder with a bus in it; its name has a sign that addresses escape."""
    folder = tmp_path / "run,1"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(folder / "bus"))
        yield folder


@pytest.mark.parametrize(
    ("name", "environment", "address"),
    [
        ("unix:path=/x", {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/y"}, "unix:path=/x"),
        ("session", {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/y"}, "unix:path=/y"),
        ("system", {}, "unix:path=/var/run/dbus/system_bus_socket"),
        ("system", {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/z"}, "unix:path=/z"),
    ],
)
def test_what_is_told(name, environment, address):
    assert bus_address(name, environment) == address


def test_a_session_bus_without_a_variable(place, tmp_path):
    found = bus_address("session", {"XDG_RUNTIME_DIR": str(place)})
    assert found == f"unix:path={tmp_path}/run%2C1/bus"
    for nothing in ({}, {"XDG_RUNTIME_DIR": str(tmp_path)}, {"DBUS_SESSION_BUS_ADDRESS": ""}):
        with pytest.raises(ConnectionError, match="no session bus"):
            bus_address("session", nothing)
