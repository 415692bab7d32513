"""Sockets at paths of any length, and the short names for those that are too long."""

import os
import socket

import pytest

from ringback.transport.socket_files import Shortcut, address, is_long, listener, runtime_folder


@pytest.fixture
def far(tmp_path):
    """A socket file whose path no address can hold."""
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    return folder / "api.sock"


def test_a_short_name_leads_to_a_long_path(far, tmp_path):
    assert is_long(far)
    short = Shortcut(far, tmp_path / "run")
    assert not is_long(short.path)
    with listener(far) as listening:
        listening.listen()
        for _ in range(2):
            short.make()
            with socket.socket(socket.AF_UNIX) as program:
                program.connect(str(short.path))
        assert Shortcut(far, tmp_path / "run").path == short.path
        assert [path.name for path in short.path.parent.iterdir()] == [short.path.name]
        assert short.path.parent.stat().st_mode & 0o777 == 0o700
    short.remove()
    assert list(short.path.parent.iterdir()) == []
    short.remove()


def test_a_shortcut_that_is_anothers_stays(far, tmp_path):
    mine = Shortcut(far, tmp_path / "run")
    mine.make()
    mine.path.unlink()
    mine.path.symlink_to(tmp_path)
    mine.remove()
    assert mine.path.is_symlink()


@pytest.mark.parametrize("harm", ["link", "file", "open"])
def test_a_folder_that_is_not_ours_alone(far, tmp_path, harm):
    folder = tmp_path / "run"
    if harm == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    elif harm == "file":
        folder.touch()
    else:
        folder.mkdir()
        folder.chmod(0o777)
    with pytest.raises(OSError, match=r"not ours alone|File exists"):
        Shortcut(far, folder).make()
    assert not list((tmp_path / "elsewhere").iterdir()) if harm == "link" else True


def test_where_short_names_are(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_folder() == tmp_path / "ringback"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", None)
    assert runtime_folder() == tmp_path / f"ringback-{os.getuid()}"


def test_a_socket_is_private_and_only_a_dead_one_is_taken(far):
    with listener(far) as first:
        first.listen()
        assert far.stat().st_mode & 0o777 == 0o600
        with pytest.raises(OSError, match="in use"):
            listener(far)
        with address(far) as name, socket.socket(socket.AF_UNIX) as program:
            program.connect(name)
    with listener(far):
        assert far.is_socket()
