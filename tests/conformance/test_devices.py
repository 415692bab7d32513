"""Devices, ringtone and mute as programs set and hear of them (reference: AUDIO_IN to MUTE, RINGTONE)."""

import pytest

from ringback.domain.changes import Cause, Origin
from ringback.domain.effects import Device, TryDevice, UseDevice
from ringback.domain.engine import Act, Engine, Happened
from ringback.domain.failures import Meaning
from ringback.domain.inputs import ChoiceMade, ChoiceRefused
from ringback.domain.sound import choose_device
from ringback.domain.step import Settled
from ringback.domain.time import Instant
from support.replay import World
from support.sound import speech, wav

SOUND = wav(speech(0.3, seed=5))
NOW = Instant(0.0, 0.0)


@pytest.fixture
def tone(tmp_path):
    path = tmp_path / "ring tone.wav"
    path.write_bytes(SOUND)
    return path


@pytest.mark.parametrize("name", ["AUDIO_IN", "AUDIO_OUT", "RINGER", "VIDEO_IN"])
def test_a_device_that_is_not_there_is_refused_and_nothing_changes(program, name):
    device = "USB 2.0 Camera" if name == "VIDEO_IN" else "Headset"
    assert program.ask(f"SET {name} {device}") == f"{name} {device}"
    program.news()
    assert program.ask(f"SET {name} {device} 2") == "ERROR 50 cannot set device"
    assert program.ask(f"GET {name}") == f"{name} {device}"
    assert program.news() == []


def test_each_direction_has_devices_of_its_own(world, program):
    assert program.ask("SET RINGER Bell") == "RINGER Bell"
    assert program.ask("SET AUDIO_IN Bell") == "ERROR 50 cannot set device"


def test_devices_are_looked_up_when_they_are_chosen(world, program):
    machine = world.machines["me"]
    assert program.ask("SET AUDIO_OUT Late").startswith("ERROR 50 ")
    machine.loudspeakers["Late"] = machine.loudspeakers["Bell"]
    assert program.ask("SET AUDIO_OUT Late") == "AUDIO_OUT Late"


def test_choices_survive_the_process(world, program, tone):
    for command in ("SET AUDIO_IN Headset", "SET RINGER Bell", f"SET RINGTONE 1 {tone}"):
        assert not program.ask(command).startswith("ERROR")
    program.ask("SET RINGTONE 1 STATUS OFF")
    later = World(stores=world.stores).attach()
    assert later.ask("GET AUDIO_IN") == "AUDIO_IN Headset"
    assert later.ask("GET RINGER") == "RINGER Bell"
    assert later.ask("GET RINGTONE 1") == f"RINGTONE 1 {tone}"
    assert later.ask("GET RINGTONE 1 STATUS") == "RINGTONE 1 OFF"


@pytest.mark.rule("ringtone-r01")
def test_the_ringtone(program, tone):
    assert program.ask("GET RINGTONE 1") == "RINGTONE 1 call_in"
    assert program.ask(f"SET RINGTONE 1 {tone}") == f"RINGTONE 1 {tone}"
    assert program.news() == [f"RINGTONE 1 {tone}"]
    assert program.ask("get ringtone 1 ") == f"RINGTONE 1 {tone}"
    assert program.ask("SET RINGTONE 1 call_in") == "RINGTONE 1 call_in"
    assert program.ask(f"SET RINGTONE 1 {tone}:0") == f"RINGTONE 1 {tone}", "as AVATAR, without the index"
    assert program.ask("GET RINGTONE 1") == f"RINGTONE 1 {tone}"
    assert program.ask("SET RINGTONE 1 call_in") == "RINGTONE 1 call_in"
    assert program.ask("GET RINGTONE 1") == "RINGTONE 1 call_in"


@pytest.mark.rule("ringtone-status-r01")
def test_the_ringtone_has_a_switch(program):
    assert program.ask("GET RINGTONE 1 STATUS") == "RINGTONE 1 ON"
    assert program.ask("SET RINGTONE 1 STATUS OFF") == "RINGTONE 1 OFF"
    assert program.news() == ["RINGTONE 1 OFF"]
    assert program.ask("SET RINGTONE 1 STATUS OFF") == "RINGTONE 1 OFF"
    assert program.news() == []
    assert program.ask("get ringtone 1 status") == "RINGTONE 1 OFF"
    assert program.ask("SET RINGTONE 1 status on") == "RINGTONE 1 ON"


def test_what_cannot_ring_is_refused(program, tone, tmp_path):
    nonsense = tmp_path / "nonsense.wav"
    nonsense.write_bytes(b"RIFF" + bytes(200))
    (tmp_path / "empty.wav").write_bytes(b"")
    program.ask(f"SET RINGTONE 1 {tone}")
    program.news()
    for path, number in (
        (f"{tmp_path}/missing.wav", 111),
        (f"{tmp_path}", 111),
        ("/dev/zero", 111),
        (f"{tmp_path}/missing.wav:0", 111),
        (f"{nonsense}", 115),
        (f"{tmp_path}/empty.wav", 115),
        (f"{tone}:1", 115),
    ):
        assert program.ask(f"SET RINGTONE 1 {path}").startswith(f"ERROR {number} "), path
    assert program.ask("GET RINGTONE 1") == f"RINGTONE 1 {tone}"
    assert program.news() == []


def test_a_later_choice_wins_over_one_that_is_still_looked_at():
    """The world may be slow; what the user said last counts, and everybody is answered."""
    engine, cause = Engine("me"), Cause(Origin.CLIENT, 1)

    def choose(name):
        return engine.step(
            Act(cause, lambda account, context: choose_device(account, context, Device.RINGER, name)), NOW
        )

    first, second = choose("Old"), choose("New")
    assert first.effects == (TryDevice(Device.RINGER, "Old", first.awaits),)
    default = choose("")
    assert (default.awaits, default.effects) == (0, (UseDevice(Device.RINGER, ""),))
    for waiting in (first, second):
        late = engine.step(Happened(cause, ChoiceMade(waiting.awaits)), NOW)
        assert late.settled == (Settled(waiting.awaits, Meaning.ACTION_FAILED),)
        assert late.effects == ()
    assert engine.account.settings.ringer == ""
    assert engine.step(Happened(cause, ChoiceRefused(77, Meaning.DEVICE_FAILED)), NOW).settled == ()
    assert engine.step(Happened(cause, ChoiceMade(77)), NOW).settled == ()
    assert engine.account.sound.waiting == {}


@pytest.mark.parametrize("name", ["AGC", "AEC", "PCSPEAKER"])
def test_a_switch_goes_off_and_on_again_and_stays(world, program, name):
    for state in ("OFF", "ON", "OFF"):
        assert program.ask(f"SET {name} {state}") == f"{name} {state}"
        assert program.news() == [f"{name} {state}"]
        assert program.ask(f"GET {name}") == f"{name} {state}"
    again = World(stores=world.stores).attach()
    assert again.ask(f"GET {name}") == f"{name} OFF"
    assert again.ask(f"SET {name} ON") == f"{name} ON"
    assert again.ask(f"GET {name}") == f"{name} ON"
