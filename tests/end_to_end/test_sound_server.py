"""The real daemon at a real sound server: its devices are null sinks of a PulseAudio.

These live on the wall clock, since devices have clocks of their own.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ringback.domain.effects import Tone
from ringback.media.devices import DeviceError, Direction
from ringback.media.ringtone import decoded
from ringback.media.soundcard import MiniaudioDriver
from ringback.media.tones import tone
from ringback.ports.media import RATE
from support import mp3
from support.daemon import Daemon, SocketProgram
from support.sound import levels, lost_pieces, same_sound, speech
from support.sound_server import SoundServer
from support.waiting import eventually

pytestmark = pytest.mark.sound_server

HERS, HIS = speech(2.5, seed=21), speech(2.5, seed=22)
ROOMS = ("mouth-anna", "ears-anna", "mouth-bob", "ears-bob", "bell")


@pytest.fixture
def server(tmp_path, monkeypatch):
    with SoundServer(tmp_path / "server", *ROOMS) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("RINGBACK_SOUND", "on")
        yield server


def part_of(which):
    """A quarter of a second in the middle of a tone."""
    return b"".join(tone(which))[RATE : RATE + RATE // 2]


def at_their_devices(home, handle):
    program = SocketProgram(home, handle)
    microphone = f"Monitor of mouth-{handle}"
    assert program.ask(f"SET AUDIO_IN {microphone}") == f"AUDIO_IN {microphone}"
    assert program.ask(f"SET AUDIO_OUT ears-{handle}") == f"AUDIO_OUT ears-{handle}"
    return program


def clients(server):
    return server.ask("list", "short", "clients").stdout.count("python")


def test_two_people_hear_it_ring_and_talk_through_their_sound_cards(server, tmp_path):
    recordings = {room: server.record(room) for room in ROOMS}
    with Daemon(tmp_path / "home", "--no-dbus", "--account", "anna", "--account", "bob") as daemon:
        anna, bob = (at_their_devices(tmp_path / "home", handle) for handle in ("anna", "bob"))
        assert bob.ask("SET RINGER bell") == "RINGER bell"
        assert bob.ask("SET RINGER no bell") == "ERROR 50 cannot set device"
        assert anna.ask("CALL bob") == "CALL 1 STATUS UNPLACED"
        recordings["bell"].until(lambda heard: lost_pieces(part_of(Tone.RINGTONE), heard)[0] == 0)
        recordings["ears-anna"].until(lambda heard: lost_pieces(part_of(Tone.RINGBACK), heard)[0] == 0)
        assert not any(recordings["ears-bob"].heard)
        assert bob.ask("ALTER CALL 1 ANSWER") == "ALTER CALL 1 ANSWER"
        recordings["ears-bob"].until(lambda heard: clients(server) >= 4)
        eventually(
            lambda: server.ask("list", "short", "source-outputs").stdout.count("s16le 1ch 16000Hz") >= 7
        )
        speaking = server.say("mouth-anna", HERS), server.say("mouth-bob", HIS)
        recordings["ears-bob"].until(lambda heard: len(levels(heard).nonzero()[0]) > len(HERS) // 3)
        for speaker in speaking:
            assert speaker.wait(20) == 0
        eventually(lambda: anna.ask("GET CALL 1 DURATION") >= "CALL 1 DURATION 4")
        assert anna.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
        eventually(lambda: not clients(server))
        anna.close()
        bob.close()
        code, errors = daemon.end()
    heard = {room: recording.end() for room, recording in recordings.items()}
    for said, microphone, mine, theirs in (
        (HERS, "mouth-anna", "ears-anna", "ears-bob"),
        (HIS, "mouth-bob", "ears-bob", "ears-anna"),
    ):
        # A machine that has no time may lose a piece; a wrong voice, another loudness or a loop loses all.
        missing, pieces = lost_pieces(said, heard[theirs])
        assert pieces > 8
        assert missing <= 2, f"{missing} of {pieces} pieces of {microphone} are missing in {theirs}"
        assert same_sound(said, heard[theirs]).level == pytest.approx(1, abs=0.1)
        lost_here, _ = lost_pieces(said, heard[mine])
        assert lost_here == pieces, "one does not hear oneself"
    assert (code, errors) == (0, "")


def test_an_mp3_rings_at_a_real_device(server, tmp_path):
    (tmp_path / "own.mp3").write_bytes(mp3.hum(1.0, line=20))
    recording = server.record("bell")
    with Daemon(tmp_path / "home", "--no-dbus", "--account", "anna", "--account", "bob"):
        anna, bob = (SocketProgram(tmp_path / "home", handle) for handle in ("anna", "bob"))
        assert bob.ask("SET RINGER bell") == "RINGER bell"
        assert bob.ask(f"SET RINGTONE 1 {tmp_path}/own.mp3") == f"RINGTONE 1 {tmp_path}/own.mp3"
        anna.ask("CALL bob")
        bob.until("CALL 1 STATUS RINGING")
        recording.until(lambda heard: np.count_nonzero(np.frombuffer(heard, "<i2")) > RATE)
        anna.close()
        bob.close()
    sound = np.frombuffer(recording.end(), "<i2").astype(float)
    pitch = (np.abs(np.fft.rfft(sound)) ** 2).argmax() * RATE / len(sound)
    assert abs(pitch - 20.5 * mp3.WIDTH) < mp3.WIDTH


def test_the_driver_tells_who_is_there_and_gives_everything_back(server):
    driver = MiniaudioDriver()
    devices = driver.devices()
    assert devices.system == "PulseAudio"
    assert devices.names(Direction.OUTPUT) == ROOMS
    assert devices.names(Direction.INPUT) == tuple(f"Monitor of {room}" for room in ROOMS)
    assert not clients(server)
    for name in ("bell", ""):
        stream = driver.play(name, lambda samples: bytes(2 * samples))
        assert clients(server) == 2
        stream.close()
        assert not clients(server)
    stream = driver.record("Monitor of bell", lambda _samples: None)
    stream.close()
    assert not clients(server)
    with pytest.raises(DeviceError, match="PulseAudio knows no loudspeaker nobody"):
        driver.play("nobody", lambda samples: bytes(2 * samples))
    with pytest.raises(DeviceError, match="PulseAudio knows no microphone bell"):
        driver.record("bell", lambda _samples: None)
    assert not clients(server)


@pytest.mark.parametrize("running", [4, 1])
def test_a_daemon_that_ends_in_the_middle_of_a_call_gives_all_back(server, tmp_path, running):
    """Also while it still opens them."""
    with Daemon(tmp_path / "home", "--no-dbus", "--account", "anna", "--account", "bob") as daemon:
        anna, bob = (at_their_devices(tmp_path / "home", handle) for handle in ("anna", "bob"))
        anna.ask("CALL bob")
        bob.until("CALL 1 STATUS RINGING")
        assert bob.ask("ALTER CALL 1 ANSWER") == "ALTER CALL 1 ANSWER"
        eventually(lambda: clients(server) >= 2 * running)
        assert daemon.end() == (0, "")
        anna.close()
        bob.close()
    assert not clients(server)


def test_the_doctor_names_the_devices(server, tmp_path):
    looked = subprocess.run(
        [sys.executable, "-m", "ringback.app.command_line", "doctor", "--home", str(tmp_path / "home")],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    assert "ok    loudspeakers (AUDIO_OUT, RINGER) by PulseAudio: mouth-anna, ears-anna, " in looked.stdout
    assert "ok    microphones (AUDIO_IN) by PulseAudio: Monitor of mouth-anna, " in looked.stdout
    assert looked.stderr == ""
    assert not clients(server)


def test_two_devices_of_one_name_are_told_apart(server):
    assert (
        server.ask(
            "load-module", "module-null-sink", "sink_name=other", "sink_properties=device.description=bell"
        ).returncode
        == 0
    )
    names = MiniaudioDriver().devices().outputs
    assert names[-2:] == ("bell", "bell (2)")


def test_what_the_sound_server_records_can_be_a_ringtone(server, tmp_path):
    files = [tmp_path / f"own.{form}" for form in ("wav", "flac", "oga")]
    recorders = [server.keep("bell", path, path.suffix[1:]) for path in files]
    eventually(lambda: server.ask("list", "short", "source-outputs").stdout.count("\n") == len(files))
    assert server.say("bell", HERS).wait(20) == 0
    for recorder, path in zip(recorders, files, strict=True):
        recorder.send_signal(signal.SIGINT)
        recorder.wait(20)
        missing, pieces = lost_pieces(HERS, decoded(str(path)))
        assert pieces > 8
        assert missing <= 2, path


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_sound_server_that_dies_or_hangs_leaves_the_call_alone_and_may_come_back(server, tmp_path, how):
    with Daemon(tmp_path / "home", "--no-dbus", "--account", "anna", "--account", "bob") as daemon:
        anna, bob = (at_their_devices(tmp_path / "home", handle) for handle in ("anna", "bob"))
        anna.ask("CALL bob")
        bob.until("CALL 1 STATUS RINGING")
        assert bob.ask("ALTER CALL 1 ANSWER") == "ALTER CALL 1 ANSWER"
        eventually(lambda: clients(server) >= 8)
        os.kill(server.process.pid, how)
        for second in range(1, 6):
            anna.until(f"CALL 1 DURATION {second}")
        assert anna.ask("SET AUDIO_OUT nobody") == "ERROR 50 cannot set device"
        assert anna.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
        if how is signal.SIGSTOP:
            os.kill(server.process.pid, signal.SIGCONT)
        else:
            server.process.wait(10)
            server.start()
        with server.record("ears-bob") as recording, server.record("mouth-anna"):
            # Tried again each two seconds; what hangs is given up after five.
            eventually(lambda: "Ringback" in server.ask("list", "source-outputs").stdout, 60)
            server.say("mouth-anna", HERS * 4)
            recording.until(lambda heard: same_sound(HERS[: RATE // 2], heard).correlation > 0.9, 60)
        assert anna.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
        anna.close()
        bob.close()
        code, errors = daemon.end()
        assert (code, "Traceback" in errors) == (0, False), errors
        assert "calls go on in silence" in errors


def test_without_a_sound_server_nothing_is_said_by_libraries(tmp_path, monkeypatch):
    """Whatever the machine has: one line of ours about each device that a call wants, nothing else."""
    for name in ("PULSE_SERVER", "ALSA_CONFIG_PATH"):
        monkeypatch.setenv(name, f"{tmp_path}/none")
    monkeypatch.setenv("RINGBACK_SOUND", "on")
    with Daemon(tmp_path / "home", "--no-dbus") as daemon:
        program = SocketProgram(tmp_path / "home")
        program.ask("CALL ann.answers")
        program.until("CALL 1 DURATION 1")
        program.close()
        code, errors = daemon.end()
    lines = errors.splitlines()
    assert code == 0
    assert len(lines) == 2, errors
    assert all("WARNING ringback.media.cards: " in line for line in lines), errors
