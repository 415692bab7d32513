"""The desk follows the account: at the start, and when it was read again because the store failed."""

import numpy as np

from ringback.domain.effects import Tone
from ringback.media.tones import tone
from ringback.ports.media import RATE
from support import mp3
from support.faults import IllStore
from support.replay import World
from support.sound import same_sound, speech, wav

OWN, SAID = speech(0.8, seed=31), speech(1.5, seed=32)
FIRST = "SB Audigy 2 ZS Audio [DC00]"


def heard(world, handle, device=FIRST):
    return bytes(world.machines[handle].loudspeakers[device].heard)


def forget(world):
    for machine in world.machines.values():
        for device in machine.loudspeakers.values():
            device.heard.clear()


def test_what_was_chosen_before_rings_after_a_restart(tmp_path):
    (tmp_path / "own.wav").write_bytes(wav(OWN))
    world = World("me", "bob")
    me, bob = world.attach("me"), world.attach("bob")
    for command in ("SET RINGER Bell", "SET AUDIO_OUT Headset", f"SET RINGTONE 1 {tmp_path}/own.wav"):
        assert not me.ask(command).startswith("ERROR")
    me = world.restart("me")
    bob.ask("CALL me")
    world.wait(1.5)
    assert same_sound(OWN, heard(world, "me", "Bell"))
    me.ask("ALTER CALL 1 ANSWER")
    world.wait(0.1)
    world.machines["bob"].microphones[FIRST].said[:] = SAID
    world.wait(2)
    assert same_sound(SAID, heard(world, "me", "Headset"))


def test_what_could_not_be_stored_is_not_used():
    store = IllStore()
    world = World("me", stores={"me": store})
    me = world.attach("me")
    store.ill = True
    assert me.ask("SET AUDIO_OUT Headset") == "ERROR 9901 Internal error"
    store.ill = False
    world.wait(1)
    assert me.ask("GET AUDIO_OUT") == "AUDIO_OUT "
    me.ask("CALL busy.bee")
    world.wait(1)
    assert heard(world, "me", "Headset") == b""
    assert any(heard(world, "me"))


def test_a_call_rings_on_while_the_store_is_ill_and_no_longer_than_it_lasts():
    store = IllStore()
    world = World("me", "bob", stores={"me": store})
    me, bob = world.attach("me"), world.attach("bob")
    bob.ask("CALL me")
    world.wait(1)
    store.ill = True
    assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    forget(world)
    world.wait(4.2)
    assert b"".join(tone(Tone.RINGTONE))[: RATE // 4] in heard(world, "me")
    store.ill = False
    bob.ask("ALTER CALL 1 HANGUP")
    world.wait(1.2)
    forget(world)
    world.wait(5)
    assert not any(heard(world, "me"))
    assert not world.desks["me"].busy()


def test_who_was_muted_stays_muted_when_the_account_is_read_again():
    store = IllStore()
    world = World("me", "bob", stores={"me": store})
    me, bob = world.attach("me"), world.attach("bob")
    bob.ask("CALL me")
    world.wait(0.1)
    me.ask("ALTER CALL 1 ANSWER")
    world.wait(0.1)
    assert me.ask("SET MUTE ON") == "MUTE ON"
    store.ill = True
    assert me.ask("SET PCSPEAKER OFF") == "ERROR 9901 Internal error"
    assert me.ask("GET MUTE") == "MUTE ON"
    forget(world)
    world.machines["me"].microphones[FIRST].said[:] = SAID
    world.wait(2)
    assert not any(heard(world, "bob"))


def test_an_mp3_rings(tmp_path):
    """From the command to the loudspeaker; played again from its beginning until somebody answers."""
    (tmp_path / "own.mp3").write_bytes(mp3.tagged(mp3.hum(0.7, line=20)))
    world = World("me", "bob")
    me, bob = world.attach("me"), world.attach("bob")
    assert me.ask(f"SET RINGTONE 1 {tmp_path}/own.mp3") == f"RINGTONE 1 {tmp_path}/own.mp3"
    bob.ask("CALL me")
    world.wait(2)
    assert "CALL 1 STATUS RINGING" in me.news()
    sound = np.frombuffer(heard(world, "me"), "<i2").astype(float)
    power = np.abs(np.fft.rfft(sound)) ** 2
    pitch = power.argmax() * RATE / len(sound)
    assert abs(pitch - 20.5 * mp3.WIDTH) < mp3.WIDTH
    loud = np.abs(sound).reshape(-1, RATE // 100).max(axis=1) > 1000
    assert loud.sum() > 100 * 0.7 + 10, "again from its beginning"
