"""Programs that come over the network name files in the folders set aside for them; the others any file."""

from dataclasses import replace

import pytest

from ringback.app.folders import Folders
from ringback.app.places import Places
from support.pictures import picture
from support.replay import World


@pytest.fixture
def stage(tmp_path):
    (tmp_path / "shared").mkdir()
    world = World("me", reach=Places(Folders([tmp_path / "shared"])).hold)
    near, far = world.attach(name="near"), world.attach(name="far")
    far.link.peer = replace(far.link.peer, way="tcp", confined=True)
    assert near.ask("CALL echo123").startswith("CALL 1 STATUS")
    world.wait(3)
    yield near, far
    world.runtimes["me"].stop()


@pytest.mark.parametrize("route", ["SET_OUTPUT", "SET_CAPTURE_MIC"])
def test_a_recording(stage, tmp_path, route):
    near, far = stage
    far.news()
    outside, inside = tmp_path / "x.wav", tmp_path / "shared/x.wav"
    assert far.ask(f'ALTER CALL 1 {route} FILE="{outside}"').startswith("ERROR 559 ")
    assert far.ask(f'ALTER CALL 1 {route} PORT="5" FILE="{inside}/../../x.wav"').startswith("ERROR 559 ")
    assert not outside.exists()
    assert far.ask(f'ALTER CALL 1 {route} FILE="{inside}"') == f'ALTER CALL 1 {route} FILE="{inside}"'
    assert inside.exists()
    assert near.ask(f'ALTER CALL 1 {route} FILE="{outside}"') == f'ALTER CALL 1 {route} FILE="{outside}"'
    assert outside.exists()
    name = route.removeprefix("SET_")
    assert far.ask(f"GET CALL 1 {name}") == f'CALL 1 {name} FILE="{outside}"'


def test_a_file_to_speak_from_is_not_even_looked_for(stage, tmp_path):
    _near, far = stage
    (tmp_path / "there.wav").write_bytes(b"no sound")
    said = {far.ask(f'ALTER CALL 1 SET_INPUT FILE="{tmp_path}/{name}"') for name in ("there.wav", "not.wav")}
    assert len(said) == 1
    assert said.pop().startswith("ERROR 559 ")
    assert (
        far.ask('ALTER CALL 1 SET_INPUT SOUNDCARD="default"') == 'ALTER CALL 1 SET_INPUT SOUNDCARD="default"'
    )


def test_unknown_calls_are_said_to_be_unknown(stage, tmp_path):
    _near, far = stage
    assert far.ask(f'ALTER CALL 99 SET_INPUT FILE="{tmp_path}/x"').startswith("ERROR 556 ")


def test_pictures(stage, tmp_path):
    near, far = stage
    outside, inside = picture(tmp_path / "x.png"), picture(tmp_path / "shared/x.png")
    for name in (outside, tmp_path / "none.png", f"{inside}/../../x.png"):
        assert far.ask(f"SET AVATAR 1 {name}").startswith("ERROR 111 ")
        assert far.ask(f"SET WALLPAPER {name}").startswith("ERROR 111 ")
    assert far.ask(f"SET AVATAR 1 {inside}") == f"AVATAR 1 {inside}"
    assert far.ask(f"SET WALLPAPER {inside}") == f"WALLPAPER {inside}"
    assert near.ask(f"SET AVATAR 1 {outside}") == f"AVATAR 1 {outside}"
    target = tmp_path / "saved.png"
    for whose in ("", "USER me "):
        assert far.ask(f"GET {whose}AVATAR 1 {target}").startswith("ERROR 121 ")
        assert not target.exists()
    link = tmp_path / "shared/link.png"
    link.symlink_to(target)
    assert far.ask(f"GET AVATAR 1 {link}").startswith("ERROR 121 ")
    assert not target.exists()
    inner = tmp_path / "shared/saved.png"
    assert far.ask(f"GET AVATAR 1 {inner}") == f"AVATAR 1 {inner}"
    assert inner.read_bytes() == outside.read_bytes()
