"""Sound cards in calls of two people, each at a machine of their own (reference: Voice streams, MUTE)."""

import pytest

from ringback.domain.effects import Tone
from ringback.media.tones import tone
from ringback.media.wav import samples
from ringback.ports.media import RATE
from support.ports import Port, Ports
from support.replay import World
from support.sound import levels, same_sound, speech, wav

HERS, HIS, OTHER = speech(1.5, seed=11), speech(1.5, seed=12), speech(1.5, seed=13)
FIRST = "SB Audigy 2 ZS Audio [DC00]"


class Pair:
    """anna calls bob. What one says and hears is at the default devices of their machines."""

    def __init__(self) -> None:
        self.ports = Ports()
        self.world = World("anna", "bob", dialer=self.ports)
        self.anna, self.bob = self.world.attach("anna"), self.world.attach("bob")

    def machine(self, handle):
        return self.world.machines[handle]

    def call(self):
        assert self.anna.ask("CALL bob") == "CALL 1 STATUS UNPLACED"
        self.world.wait(0.1)
        assert self.bob.ask("ALTER CALL 1 ANSWER") == "ALTER CALL 1 ANSWER"
        self.world.wait(0.1)
        self.forget()
        return self

    def say(self, handle, sound, device=FIRST):
        self.machine(handle).microphones[device].said[:] = sound

    def heard(self, handle, device=FIRST):
        return bytes(self.machine(handle).loudspeakers[device].heard)

    def forget(self):
        for handle in ("anna", "bob"):
            for device in self.machine(handle).loudspeakers.values():
                device.heard.clear()

    def running(self, handle):
        machine = self.machine(handle)
        kinds = ("in", machine.microphones), ("out", machine.loudspeakers)
        return {f"{kind} {d.name}" for kind, found in kinds for d in found.values() if d.running}


@pytest.fixture
def apart():
    pair = Pair()
    yield pair
    for runtime in pair.world.runtimes.values():
        runtime.stop()


@pytest.fixture
def pair(apart):
    return apart.call()


def lead(program, action, ends=""):
    command = f"ALTER CALL 1 {action} {ends}".rstrip()
    assert program.ask(command) == command


def test_both_talk_and_both_hear(pair):
    pair.say("anna", HERS)
    pair.say("bob", HIS)
    pair.world.wait(2)
    assert same_sound(HERS, pair.heard("bob"))
    assert same_sound(HIS, pair.heard("anna"))


def test_a_voice_is_heard_within_a_tenth_of_a_second(pair):
    pair.say("anna", HERS)
    pair.world.wait(2)
    assert same_sound(HERS, pair.heard("bob")).offset < RATE / 10


def test_devices_are_open_only_while_somebody_talks(pair):
    assert pair.running("anna") == pair.running("bob") == {f"in {FIRST}", f"out {FIRST}"}
    pair.bob.ask("ALTER CALL 1 HANGUP")
    pair.world.wait(1)
    assert pair.running("anna") == pair.running("bob") == set()


def test_hold_silences_both_and_gives_the_devices_back(pair):
    pair.anna.ask("ALTER CALL 1 HOLD")
    pair.world.wait(0.1)
    pair.forget()
    pair.say("anna", HERS)
    pair.say("bob", HIS)
    pair.world.wait(1)
    assert not any(pair.heard("anna"))
    assert not any(pair.heard("bob"))
    assert pair.running("anna") == pair.running("bob") == set()
    pair.anna.ask("ALTER CALL 1 RESUME")
    pair.world.wait(0.1)
    pair.say("anna", HERS)
    pair.say("bob", HIS)
    pair.world.wait(2)
    assert same_sound(HERS, pair.heard("bob"))
    assert same_sound(HIS, pair.heard("anna"))


def test_mute_lets_nothing_out_and_hears_on(pair, tmp_path):
    """Not to the other side, not into a copy of the microphone, wherever INPUT comes from."""
    (tmp_path / "in.wav").write_bytes(wav(OTHER))
    lead(pair.anna, "SET_INPUT", f'SOUNDCARD="default" FILE="{tmp_path}/in.wav"')
    lead(pair.anna, "SET_CAPTURE_MIC", f'FILE="{tmp_path}/copy.wav"')
    assert pair.anna.ask("SET MUTE ON") == "MUTE ON"
    pair.forget()
    pair.say("anna", HERS)
    pair.say("bob", HIS)
    pair.world.wait(2)
    assert same_sound(HIS, pair.heard("anna"))
    assert not any(pair.heard("bob"))
    assert pair.anna.ask("SET MUTE OFF") == "MUTE OFF"
    pair.say("anna", HERS)
    pair.world.wait(2)
    assert same_sound(HERS, pair.heard("bob")), "and the file is past"
    pair.anna.ask("ALTER CALL 1 HANGUP")
    copy = samples((tmp_path / "copy.wav").read_bytes())
    assert same_sound(HERS, copy)
    assert not any(copy[: 2 * 2 * RATE - 3200])


@pytest.mark.parametrize("holder", ["anna", "bob"])
def test_no_hold_opens_the_microphone_of_who_is_muted(pair, holder):
    assert pair.anna.ask("SET MUTE ON") == "MUTE ON"
    pair.forget()
    program = {"anna": pair.anna, "bob": pair.bob}[holder]
    for act in ("HOLD", "RESUME"):
        program.ask(f"ALTER CALL 1 {act}")
        pair.say("anna", HERS)
        pair.say("bob", HIS)
        pair.world.wait(2)
    assert not any(pair.heard("bob"))
    assert same_sound(HIS, pair.heard("anna"))


@pytest.mark.rule("alter-call-set-output-r03")
@pytest.mark.parametrize(
    "ends", ['FILE="{f}/out.wav"', 'PORT="5001"', "", 'SOUNDCARD="other" FILE="{f}/out.wav"']
)
def test_output_without_the_sound_card_mutes_it(pair, tmp_path, ends):
    pair.ports.listening[5001] = Port()
    lead(pair.bob, "SET_OUTPUT", ends.format(f=tmp_path))
    pair.world.wait(0.1)
    pair.forget()
    pair.say("anna", HERS)
    pair.world.wait(2)
    assert not any(pair.heard("bob"))
    if "FILE" in ends:
        pair.bob.ask("ALTER CALL 1 HANGUP")
        assert same_sound(HERS, samples((tmp_path / "out.wav").read_bytes()))
    if "PORT" in ends:
        assert same_sound(HERS, bytes(pair.ports.listening[5001].heard))


def test_output_to_sound_card_port_and_file_at_once(pair, tmp_path):
    pair.ports.listening[5001] = Port()
    lead(pair.bob, "SET_OUTPUT", f'SOUNDCARD="default", PORT="5001", FILE="{tmp_path}/out.wav"')
    pair.say("anna", HERS)
    pair.world.wait(2)
    pair.bob.ask("ALTER CALL 1 HANGUP")
    for heard in (
        pair.heard("bob"),
        bytes(pair.ports.listening[5001].heard),
        samples((tmp_path / "out.wav").read_bytes()),
    ):
        assert same_sound(HERS, heard)


@pytest.mark.parametrize("ends", ['FILE="{f}/in.wav"', 'PORT="5001"'])
def test_input_without_the_sound_card_closes_the_microphone(pair, tmp_path, ends):
    (tmp_path / "in.wav").write_bytes(wav(OTHER))
    pair.ports.listening[5001] = Port(OTHER)
    lead(pair.anna, "SET_INPUT", ends.format(f=tmp_path))
    pair.say("anna", HERS)
    pair.world.wait(2)
    assert same_sound(OTHER, pair.heard("bob"))
    assert pair.running("anna") == {f"out {FIRST}"}


def test_input_from_microphone_port_and_file_is_their_sum_and_so_is_the_copy(pair, tmp_path):
    (tmp_path / "in.wav").write_bytes(wav(OTHER))
    pair.ports.listening[5001] = Port(HIS)
    pair.ports.listening[5002] = Port()
    lead(pair.anna, "SET_CAPTURE_MIC", f'PORT="5002" FILE="{tmp_path}/copy.wav" SOUNDCARD="default"')
    lead(pair.anna, "SET_INPUT", f'SOUNDCARD="default" PORT="5001" FILE="{tmp_path}/in.wav"')
    pair.forget()
    pair.say("anna", HERS)
    pair.world.wait(2)
    pair.anna.ask("ALTER CALL 1 HANGUP")
    sent = pair.heard("bob")
    copies = bytes(pair.ports.listening[5002].heard), samples((tmp_path / "copy.wav").read_bytes())
    for sound in (HERS, HIS, OTHER):
        assert same_sound(sound, sent).correlation > 0.4
    assert same_sound(sent.strip(b"\0"), copies[0])
    assert copies[0] == copies[1]
    assert not any(pair.heard("anna")), "one does not hear oneself"


def test_the_microphone_alone_is_copied(pair, tmp_path):
    lead(pair.anna, "SET_CAPTURE_MIC", f'FILE="{tmp_path}/copy.wav"')
    pair.say("anna", HERS)
    pair.say("bob", HIS)
    pair.world.wait(2)
    pair.anna.ask("ALTER CALL 1 HANGUP")
    copy = samples((tmp_path / "copy.wav").read_bytes())
    assert same_sound(HERS, copy)
    assert same_sound(HIS, copy).correlation < 0.3


def test_other_devices_in_the_middle_of_a_call(pair):
    pair.say("bob", HIS)
    pair.world.wait(2)
    assert same_sound(HIS, pair.heard("anna"))
    assert pair.anna.ask("SET AUDIO_OUT Headset") == "AUDIO_OUT Headset"
    assert pair.anna.ask("SET AUDIO_IN Headset") == "AUDIO_IN Headset"
    pair.world.wait(0.1)
    pair.forget()
    pair.say("bob", HIS)
    pair.say("anna", HERS, "Headset")
    pair.say("anna", OTHER)
    pair.world.wait(2)
    assert same_sound(HIS, pair.heard("anna", "Headset"))
    assert not any(pair.heard("anna"))
    assert same_sound(HERS, pair.heard("bob"))
    assert pair.running("anna") == {"in Headset", "out Headset"}


def test_a_headset_that_is_pulled_out_is_silence_and_the_call_goes_on(pair, caplog):
    pair.anna.ask("SET AUDIO_IN Headset")
    pair.world.wait(0.1)
    pair.machine("anna").microphones["Headset"].dead = True
    pair.world.wait(12)
    assert "microphone Headset: it moves no sound; calls go on in silence" in caplog.messages
    assert pair.anna.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
    pair.machine("anna").microphones["Headset"].dead = False
    pair.world.wait(3)
    pair.forget()
    pair.say("anna", HERS, "Headset")
    pair.world.wait(2)
    assert same_sound(HERS, pair.heard("bob"))


def test_a_machine_without_sound_cards_calls_all_the_same(pair, tmp_path, caplog):
    machine = pair.machine("bob")
    pair.bob.ask("ALTER CALL 1 HANGUP")
    pair.world.wait(1)
    machine.microphones.clear()
    machine.loudspeakers.clear()
    pair.anna.ask("CALL bob")
    pair.world.wait(0.1)
    number = active(pair.bob)
    pair.bob.ask(f"ALTER CALL {number} ANSWER")
    assert pair.bob.ask(f'ALTER CALL {number} SET_OUTPUT FILE="{tmp_path}/out.wav"').startswith("ALTER CALL")
    pair.say("anna", HERS)
    pair.world.wait(2)
    pair.bob.ask(f"ALTER CALL {number} HANGUP")
    assert same_sound(HERS, samples((tmp_path / "out.wav").read_bytes()))
    assert all(r.levelname == "WARNING" for r in caplog.records)


def active(program):
    return program.ask("SEARCH ACTIVECALLS").removeprefix("CALLS ")


# Tones ----------------------------------------------------------------------------------------------------


def loud(sound):
    return float(abs(levels(sound)).max(initial=0))


def begins(sound, which):
    """Does a tone begin in this sound?"""
    return b"".join(tone(which))[: RATE // 2] in sound


def test_who_is_called_hears_the_ringtone_and_who_calls_the_ringback(apart):
    apart.anna.ask("CALL bob")
    apart.world.wait(3)
    assert begins(apart.heard("bob"), Tone.RINGTONE)
    assert begins(apart.heard("anna"), Tone.RINGBACK)
    apart.bob.ask("ALTER CALL 1 ANSWER")
    apart.world.wait(0.2)
    apart.forget()
    apart.world.wait(6)
    assert not any(apart.heard("anna"))
    assert not any(apart.heard("bob"))


@pytest.mark.parametrize("end", ["ALTER CALL 1 HANGUP", "ALTER CALL 1 END HANGUP"])
def test_a_call_that_is_given_up_rings_no_more(apart, end):
    apart.anna.ask("CALL bob")
    apart.world.wait(1)
    apart.anna.ask(end)
    apart.world.wait(1)
    apart.forget()
    apart.world.wait(6)
    assert apart.heard("anna") == apart.heard("bob") == b""


def test_the_ringer_rings_and_the_loudspeaker_does_not(apart):
    apart.bob.ask("SET RINGER Bell")
    apart.anna.ask("CALL bob")
    apart.world.wait(2)
    assert begins(apart.heard("bob", "Bell"), Tone.RINGTONE)
    assert apart.heard("bob") == b""


@pytest.mark.parametrize("quiet", ["SET RINGTONE 1 STATUS OFF", "SET USERSTATUS DND"])
def test_some_do_not_want_it_to_ring(apart, quiet):
    assert not apart.bob.ask(quiet).startswith("ERROR")
    apart.anna.ask("CALL bob")
    apart.world.wait(3)
    assert apart.bob.ask("GET CALL 1 STATUS") == "CALL 1 STATUS RINGING"
    assert apart.heard("bob") == b""


def test_the_ringtone_is_switched_on_and_off_while_it_rings(apart):
    apart.anna.ask("CALL bob")
    apart.world.wait(1)
    apart.bob.ask("SET RINGTONE 1 STATUS OFF")
    apart.world.wait(0.2)
    apart.forget()
    apart.world.wait(3)
    assert not any(apart.heard("bob"))
    apart.bob.ask("SET RINGTONE 1 STATUS ON")
    apart.world.wait(2)
    assert begins(apart.heard("bob"), Tone.RINGTONE)


@pytest.mark.rule("set-silent-mode-r01")
def test_silent_mode_rings(apart):
    """It is about what is seen; the ringtone is still heard."""
    assert apart.bob.ask("SET SILENT_MODE ON") == "SILENT_MODE ON"
    apart.anna.ask("CALL bob")
    apart.world.wait(2)
    assert begins(apart.heard("bob"), Tone.RINGTONE)


def test_the_ringtone_of_ones_own(apart, tmp_path):
    (tmp_path / "own.wav").write_bytes(wav(OTHER))
    apart.bob.ask(f"SET RINGTONE 1 {tmp_path}/own.wav")
    apart.anna.ask("CALL bob")
    apart.world.wait(2.2)
    assert same_sound(OTHER, apart.heard("bob"))


def test_a_second_call_is_a_soft_tone_beside_the_talk(pair):
    pair.world.start("carol")
    pair.world.attach("carol").ask("CALL anna")
    pair.forget()
    pair.say("bob", HIS)
    pair.world.wait(2)
    assert pair.anna.ask("SEARCH ACTIVECALLS").count(",") == 1
    assert same_sound(HIS, pair.heard("anna")).correlation > 0.6
    pair.forget()
    pair.world.wait(4)
    assert 1000 < loud(pair.heard("anna")) < 5000
    assert not any(pair.heard("bob"))


@pytest.mark.parametrize(
    ("who", "which"),
    [("busy.bee", Tone.BUSY), ("dee.clines", Tone.BUSY), ("nobody.at.all", Tone.FAILED)],
)
def test_a_call_that_comes_to_nothing_is_heard_so_and_not_for_long(apart, who, which):
    apart.anna.ask(f"CALL {who}")
    apart.world.wait(2)
    assert begins(apart.heard("anna"), which)
    apart.world.wait(4)
    apart.forget()
    apart.world.wait(2)
    assert apart.heard("anna") == b""
    assert apart.running("anna") == set()


def test_ones_own_hanging_up_is_no_bad_news(pair):
    pair.anna.ask("ALTER CALL 1 HANGUP")
    pair.world.wait(0.1)
    pair.forget()
    pair.world.wait(2)
    assert not any(pair.heard("anna"))
    assert not any(pair.heard("bob"))


def test_no_tone_where_the_call_does_not_sound(apart, tmp_path):
    """A recorder that took OUTPUT from the sound card keeps the room quiet."""
    apart.anna.ask("CALL no.answer")
    lead(apart.anna, "SET_OUTPUT", f'FILE="{tmp_path}/out.wav"')
    apart.world.wait(0.2)
    apart.forget()
    apart.world.wait(6)
    assert not any(apart.heard("anna"))
