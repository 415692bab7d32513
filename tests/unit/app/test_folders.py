"""Which files a program that came over the network may name."""

import os

import pytest

from ringback.app.folders import Folders


@pytest.fixture
def place(tmp_path):
    for name in ("shared/deep", "shared-not", "private"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "private/secret.wav").write_bytes(b"")
    (tmp_path / "shared/out").symlink_to(tmp_path / "private")
    (tmp_path / "shared/secret.wav").symlink_to(tmp_path / "private/secret.wav")
    (tmp_path / "shared/dangling").symlink_to(tmp_path / "private/not yet there")
    (tmp_path / "shared/circle").symlink_to(tmp_path / "shared/circle")
    (tmp_path / "shared/home").symlink_to(tmp_path / "shared/deep")
    (tmp_path / "door").symlink_to(tmp_path / "shared")
    return tmp_path


@pytest.mark.parametrize(
    "path",
    [
        "shared/new.wav",
        "shared/deep/new.wav",
        "shared/not/yet/there.wav",
        "shared/deep/../new.wav",
        "shared//./new.wav",
        "shared/home/new.wav",
        "private/../shared/new.wav",
        "shared/...",
    ],
)
def test_inside(place, path):
    assert Folders([place / "shared"]).hold(f"{place}/{path}")


@pytest.mark.parametrize(
    "path",
    [
        "private/secret.wav",
        "shared",
        "shared/",
        "shared/.",
        "shared-not/new.wav",
        "shared/../private/secret.wav",
        "shared/../new.wav",
        "shared/secret.wav",
        "shared/out/secret.wav",
        "shared/out/new.wav",
        "shared/out/../new.wav",
        "shared/dangling",
        "shared/circle",
        "shared/circle/x",
        "shared/nul\0.wav",
        "",
    ],
)
def test_outside(place, path):
    assert not Folders([place / "shared"]).hold(f"{place}/{path}")


@pytest.mark.parametrize(
    "path", ["new.wav", "shared/new.wav", "~/new.wav", "~root/x", "", "c:\\x.wav", "//x"]
)
def test_only_absolute_paths_name_a_place_that_a_program_elsewhere_can_know(place, monkeypatch, path):
    monkeypatch.chdir(place)
    monkeypatch.setenv("HOME", str(place / "shared"))
    assert not Folders([place, place / "shared"]).hold(path)


def test_without_folders_there_is_no_file(place):
    assert not Folders([]).hold(f"{place}/shared/new.wav")


def test_a_folder_may_be_a_link_and_be_named_in_both_ways(place):
    folders = Folders([place / "door"])
    assert folders.hold(f"{place}/door/new.wav")
    assert folders.hold(f"{place}/shared/new.wav")
    assert not folders.hold(f"{place}/door/out/new.wav")
    assert not folders.hold(f"{place}/new.wav")


def test_what_is_spelled_outside_is_not_even_looked_at(place, monkeypatch):
    looked = []
    real = os.path.realpath
    monkeypatch.setattr(
        os.path, "realpath", lambda path, **how: looked.append(str(path)) or real(path, **how)
    )
    folders = Folders([place / "shared"])
    assert folders.hold(f"{place}/shared/new.wav")
    assert f"{place}/shared/new.wav" in looked
    looked.clear()
    assert not folders.hold("/net/elsewhere/file")
    assert set(looked) <= {str(place / "shared")}
