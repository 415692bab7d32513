"""A desk: which device sounds, which tone, and the user's own ringtone."""

import wave

import numpy as np
import pytest

from ringback.domain.effects import Device, Sound, Tone
from ringback.domain.failures import Meaning
from ringback.domain.inputs import ChoiceMade, ChoiceRefused
from ringback.media.cards import SoundCards
from ringback.media.desk import AccountDesk, silent_desk
from ringback.media.pc_speaker import PcSpeaker
from ringback.media.ringtone import LONGEST, BadRingtoneError, decoded
from ringback.media.tones import tone
from ringback.media.worker import InlineWorker
from ringback.ports.media import RATE
from support.sound import levels, same_sound, speech, wav
from support.soundcard import FakeMachine


class Room:
    def __init__(self, files=None) -> None:
        self.machine = FakeMachine()
        self.cards = SoundCards(self.machine, InlineWorker())
        self.desk = AccountDesk(self.cards, files or InlineWorker(), seen=lambda: ("Eye",))
        self.told = []
        self.desk.listen(self.told.append)
        self.default, self.bell = (
            self.machine.loudspeakers[n] for n in ("SB Audigy 2 ZS Audio [DC00]", "Bell")
        )

    def passes(self, seconds):
        for _ in range(round(seconds * 100)):
            self.machine.tick()
            self.cards.tick()
            self.desk.tick()


@pytest.fixture
def room():
    return Room()


def pitches(sound):
    """The loudest frequencies of a sound, in hertz."""
    spectrum = np.abs(np.fft.rfft(levels(sound)))
    return {
        round(place * RATE / (len(sound) // 2)) for place in np.flatnonzero(spectrum > spectrum.max() / 3)
    }


def loud_seconds(sound):
    blocks = levels(sound[: len(sound) // 320 * 320]).reshape(-1, 160)
    return (np.abs(blocks).max(axis=1) > 300).sum() / 100


def test_the_ringtone_sounds_on_the_ringer_until_it_is_ended(room):
    room.desk.use_device(Device.RINGER, "Bell")
    room.desk.sound(Sound(Tone.RINGTONE))
    assert room.desk.busy()
    room.passes(9)
    room.desk.sound(Sound())
    assert not room.desk.busy()
    room.passes(1)
    ring = b"".join(tone(Tone.RINGTONE))
    assert ring in bytes(room.bell.heard), "one round"
    assert 3.5 < loud_seconds(bytes(room.bell.heard)) < 5
    assert not room.default.heard
    assert not room.machine.running, "the ringer is given back"


@pytest.mark.parametrize("which", [Tone.RINGBACK, Tone.CALL_WAITING, Tone.BUSY, Tone.FAILED])
def test_all_other_tones_sound_on_the_loudspeaker(room, which):
    room.desk.use_device(Device.RINGER, "Bell")
    room.desk.sound(Sound(which))
    room.passes(3)
    assert not room.bell.heard
    assert pitches(bytes(room.default.heard)) <= set(range(415, 436))


@pytest.mark.parametrize(("which", "seconds"), [(Tone.BUSY, 1.5), (Tone.FAILED, 1.5)])
def test_short_tones_end_by_themselves(room, which, seconds):
    room.desk.sound(Sound(which))
    room.passes(10)
    assert not room.desk.busy()
    assert loud_seconds(bytes(room.default.heard)) == pytest.approx(seconds, abs=0.1)
    room.desk.sound(Sound(which))
    room.passes(10)
    assert loud_seconds(bytes(room.default.heard)) == pytest.approx(2 * seconds, abs=0.2)


def test_call_waiting_is_softer_than_ringing():
    loudness = {which: np.abs(levels(b"".join(tone(which)))).max() for which in Tone}
    assert loudness[Tone.CALL_WAITING] < loudness[Tone.RINGBACK] < loudness[Tone.RINGTONE]


def test_a_device_that_is_changed_meanwhile_goes_on_there(room):
    room.desk.sound(Sound(Tone.RINGBACK))
    room.passes(0.5)
    room.desk.use_device(Device.LOUDSPEAKER, "Bell")
    room.passes(2)
    assert loud_seconds(bytes(room.default.heard)) < 0.6
    assert loud_seconds(bytes(room.bell.heard)) > 0.3
    assert room.default.running == 0


def test_the_same_tone_goes_on_where_it_is(room):
    room.desk.sound(Sound(Tone.RINGBACK))
    room.passes(0.6)
    room.desk.sound(Sound(Tone.RINGBACK))
    room.passes(3)
    assert loud_seconds(bytes(room.default.heard)) == pytest.approx(1.0, abs=0.05)


def test_what_is_chosen_is_looked_for(room, tmp_path):
    (tmp_path / "a.wav").write_bytes(wav(speech(0.2, 1)))
    (tmp_path / "b.wav").write_bytes(b"no sound at all, whatever it is called")
    room.desk.try_device(Device.RINGER, "Bell", 1)
    room.desk.try_device(Device.MICROPHONE, "Bell", 2)
    room.desk.try_device(Device.CAMERA, "Eye", 3)
    room.desk.try_device(Device.CAMERA, "Ear", 4)
    room.desk.try_ringtone(f"{tmp_path}/a.wav", 5)
    room.desk.try_ringtone(f"{tmp_path}/b.wav", 6)
    room.desk.try_ringtone(f"{tmp_path}/c.wav", 7)
    verdicts = [(e.operation, getattr(e, "failure", None)) for e in room.told]
    assert verdicts == [
        (1, None),
        (2, Meaning.DEVICE_FAILED),
        (3, None),
        (4, Meaning.DEVICE_FAILED),
        (5, None),
        (6, Meaning.INVALID_VALUE),
        (7, Meaning.FILE_NOT_FOUND),
    ]


def test_a_silent_desk_refuses_devices_and_takes_files(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav(speech(0.2, 1)))
    desk, told = silent_desk(), []
    desk.listen(told.append)
    desk.try_device(Device.CAMERA, "Eye", 1)
    desk.try_device(Device.LOUDSPEAKER, "Bell", 2)
    desk.try_ringtone(f"{tmp_path}/a.wav", 3)
    assert [type(e) for e in told] == [ChoiceRefused, ChoiceRefused, ChoiceMade]
    desk.sound(Sound(Tone.RINGTONE, pc_speaker=True))
    desk.tick()
    assert not any(desk.microphone())


def test_the_users_own_ringtone_sounds_again_and_again(room, tmp_path):
    own = speech(0.8, seed=9)
    (tmp_path / "own.wav").write_bytes(wav(own))
    room.desk.use_ringtone(f"{tmp_path}/own.wav")
    room.desk.sound(Sound(Tone.RINGTONE))
    room.passes(4)
    heard = bytes(room.default.heard)
    assert same_sound(own, heard[: RATE * 3])
    assert same_sound(own, heard).times == 2


def test_a_ringtone_that_is_gone_rings_with_the_built_in_one(room, caplog):
    room.desk.use_ringtone("/nowhere/own.wav")
    room.desk.sound(Sound(Tone.RINGTONE))
    room.passes(2)
    assert loud_seconds(bytes(room.default.heard)) > 1
    assert "the built-in one rings" in caplog.messages[0]


def test_a_ringtone_that_is_decoded_after_the_call_ended_does_not_ring(tmp_path):
    class Later:
        jobs = []

        def do(self, job, done):
            self.jobs.append((job, done))

    room = Room(Later())
    (tmp_path / "own.wav").write_bytes(wav(speech(0.8, seed=9)))
    room.desk.use_ringtone(f"{tmp_path}/own.wav")
    room.desk.sound(Sound(Tone.RINGTONE))
    room.desk.sound(Sound())
    for job, done in Later.jobs:
        InlineWorker().do(job, done)
    room.passes(1)
    assert not room.default.heard


def test_the_pc_speaker_rings_too(room, tmp_path):
    device = tmp_path / "speaker"
    device.touch()
    desk = AccountDesk(room.cards, InlineWorker(), PcSpeaker(device))
    desk.sound(Sound(Tone.RINGTONE, pc_speaker=True))
    desk.tick()
    assert device.stat().st_size == 24
    desk.sound(Sound())
    assert device.stat().st_size == 48
    desk.sound(Sound(Tone.RINGTONE))
    desk.tick()
    assert device.stat().st_size == 48


# Files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "channels", "width"), [(8000, 1, 1), (44100, 2, 2), (48000, 1, 3), (16000, 2, 4)]
)
def test_any_wav_is_decoded_to_our_form(tmp_path, rate, channels, width):
    time = np.arange(rate) / rate
    hum = 0.5 * np.sin(2 * np.pi * 440 * time)
    whole = np.repeat(hum[:, None], channels, axis=1)
    if width == 1:
        data = (whole * 127 + 128).astype(np.uint8).tobytes()
    else:
        numbers = (whole * (2 ** (8 * width - 1) - 1)).astype("<i4")
        data = numbers.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()
    path = tmp_path / "hum.wav"
    path.write_bytes(wav(data, rate, channels, width))
    samples = decoded(str(path))
    assert len(samples) == pytest.approx(2 * RATE, abs=400)
    assert pitches(samples) <= set(range(438, 443))
    assert np.abs(levels(samples)).max() == pytest.approx(16384, rel=0.05)


def test_of_a_long_sound_the_beginning_is_kept(tmp_path):
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8000 * 2 * (LONGEST + 10)))
    assert len(decoded(str(path))) == 2 * RATE * LONGEST


@pytest.mark.parametrize("data", [b"", b"RIFF", b"\xff\xfb" * 5, wav(b"")])
def test_what_is_no_sound_is_refused(tmp_path, data):
    path = tmp_path / "x.wav"
    path.write_bytes(data)
    with pytest.raises(BadRingtoneError):
        decoded(str(path))


@pytest.mark.parametrize(
    "name", ["/nowhere", "/tmp", "/dev/zero", "/tmp/\0", "", "~nobody-here/x.wav", "x" * 5000]
)
def test_what_is_no_file_is_not_found(name):
    with pytest.raises(FileNotFoundError):
        decoded(name)
