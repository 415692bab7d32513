"""Cameras by name, as Linux tells of them."""

from ringback.media.cameras import cameras


def test_each_name_once_in_order(tmp_path):
    for number, name in enumerate(("USB 2.0  Camera: HD\n", "USB 2.0 Camera: HD\n", "Loopback\n")):
        (tmp_path / f"video{number}").mkdir()
        (tmp_path / f"video{number}" / "name").write_text(name)
    (tmp_path / "video9").mkdir()
    assert cameras(tmp_path) == ("USB 2.0 Camera: HD", "Loopback")


def test_a_machine_without_cameras_has_none(tmp_path):
    assert cameras(tmp_path / "nothing") == ()
