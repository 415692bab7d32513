"""Files and ports of this machine that programs from elsewhere may name."""

import pytest

from ringback.app.folders import Folders
from ringback.app.places import Places, port_range


@pytest.mark.parametrize(
    ("text", "first", "last"), [("1", 1, 1), ("5000-5010", 5000, 5010), (" 65535 ", 65535, 65535)]
)
def test_ports(text, first, last):
    ports = port_range(text)
    assert (ports[0], ports[-1]) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "0", "65536", "5-4", "-5", "5-", "-", "a", "1-b", "٣", "1.5", "999999999999", "5--6"]
)
def test_what_is_no_port(text):
    with pytest.raises(ValueError, match=r"port"):
        port_range(text)


def test_only_what_was_given(tmp_path):
    places = Places(Folders([tmp_path]), [port_range("5000-5002"), port_range("7")])
    assert [port for port in range(1, 6000) if places.hold(port)] == [7, 5000, 5001, 5002]
    assert places.hold(f"{tmp_path}/x.wav")
    # A path is never taken for a port.
    assert not places.hold("7")


def test_nothing_by_itself(tmp_path):
    places = Places(Folders([]))
    assert not any(map(places.hold, range(1, 65536)))
    assert not places.hold(f"{tmp_path}/x.wav")
