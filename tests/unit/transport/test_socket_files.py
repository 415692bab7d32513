"""Sockets at paths of any length, and the short names for those that are too long."""

import contextlib
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


def test_links_of_dead_engines_are_swept_away_and_those_of_living_ones_are_not(far, tmp_path):
    run = tmp_path / "run"
    with listener(far) as listening:
        listening.listen()
        living = Shortcut(far, run)
        living.make()
        dead, moved, killed = (tmp_path / f"{name}{'x' * 120}" for name in ("dead", "moved", "killed"))
        for folder in (dead, killed):
            folder.mkdir()
        listener(dead / "api.sock").close()
        assert (dead / "api.sock").is_socket()
        for place in (dead, moved):
            Shortcut(place / "api.sock", run).path.symlink_to(place / "api.sock")
        (run / "0123.4567").symlink_to(killed / "api.sock")
        (run / "not ours").write_text("a file")
        other = Shortcut(tmp_path / ("other" * 30) / "api.sock", run)
        other.make()
        assert {path.name for path in run.iterdir()} == {living.path.name, other.path.name, "not ours"}
        # It was asked by a connection.
        listening.accept()[0].close()


def test_a_busy_engine_keeps_its_link(far, tmp_path):
    """Its queue is full: nobody can connect, and yet it is there."""
    run = tmp_path / "run"
    with listener(far) as listening, contextlib.ExitStack() as waiting:
        listening.listen(0)
        living = Shortcut(far, run)
        living.make()
        while True:
            program = waiting.enter_context(socket.socket(socket.AF_UNIX))
            program.setblocking(False)
            try:
                program.connect(str(living.path))
            except BlockingIOError:
                break
        Shortcut(tmp_path / ("other" * 30) / "api.sock", run).make()
        assert living.path.is_symlink()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users")
def test_a_folder_that_another_user_has_made(far, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(PermissionError, match="not ours alone"):
        Shortcut(far, folder).make()
    assert list(folder.iterdir()) == []
