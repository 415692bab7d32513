"""What the doctor says of sound cards, cameras and the PC speaker."""

import threading

import pytest

from ringback.app import doctor, findings
from ringback.app.doctor import Verdict, sound
from ringback.media.devices import DeviceError, Devices
from support.soundcard import FakeMachine


def looked(tmp_path, driver, cameras=(), **places):
    places = {"nodes": tmp_path / "snd", "beeper": tmp_path / "beeper"} | places
    return [(f.verdict, f.what, f.remedy) for f in sound(driver, eyes=lambda: cameras, **places)][1:]


def test_devices_are_named_with_their_settings(tmp_path):
    found = looked(tmp_path, FakeMachine(), ("Eye",))
    assert found == [
        (Verdict.OK, "microphones (AUDIO_IN) by Fake: SB Audigy 2 ZS Audio [DC00], Headset", ""),
        (
            Verdict.OK,
            "loudspeakers (AUDIO_OUT, RINGER) by Fake: SB Audigy 2 ZS Audio [DC00], Headset, Bell",
            "",
        ),
        (Verdict.OK, "cameras (VIDEO_IN): Eye", ""),
    ]


def test_a_machine_without_cards_is_no_trouble(tmp_path):
    ((verdict, what, remedy),) = looked(tmp_path, FakeMachine((), ()))
    assert (verdict, what.split(";")[0]) == (Verdict.NOTE, "no sound cards by Fake")
    assert "nothing on a server" in remedy


def test_one_direction_may_be_missing(tmp_path):
    verdicts = [verdict for verdict, _, _ in looked(tmp_path, FakeMachine(()))]
    assert verdicts == [Verdict.NOTE, Verdict.OK]


class Refusing(FakeMachine):
    def devices(self):
        raise DeviceError("no sound system answers")


def test_a_card_that_may_not_be_used_is_named(tmp_path, monkeypatch):
    (tmp_path / "snd").mkdir()
    (tmp_path / "snd" / "pcmC0D0p").touch()
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    ((verdict, what, remedy),) = looked(tmp_path, Refusing())
    assert verdict is Verdict.NOTE
    assert what.startswith("no sound cards: no sound system answers; ")
    assert remedy.startswith("add yourself to the group audio")


def test_a_sound_system_that_hangs_is_trouble(tmp_path, monkeypatch):
    go = threading.Event()

    class Hung(FakeMachine):
        def devices(self):
            go.wait(20)
            return Devices()

    monkeypatch.setattr(findings, "PATIENCE", 0.05)
    ((verdict, what, _),) = looked(tmp_path, Hung())
    go.set()
    assert verdict is Verdict.TROUBLE
    assert what.startswith("the sound system does not answer; ")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_pc_speaker_that_may_not_be_used_is_named(tmp_path, monkeypatch, allowed):
    (tmp_path / "beeper").touch()
    monkeypatch.setattr(doctor.os, "access", lambda *_: allowed)
    found = [what for _, what, _ in looked(tmp_path, FakeMachine())]
    assert any("PCSPEAKER" in what for what in found) is not allowed
