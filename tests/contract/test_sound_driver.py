"""What every way to sound cards must do: the fake one of worlds, the library's silent one, a server's."""

import threading

import miniaudio
import pytest

from ringback.media import soundcard
from ringback.media.devices import DeviceError, Direction
from ringback.media.soundcard import MiniaudioDriver
from support.sound_server import SoundServer
from support.soundcard import FakeMachine
from support.waiting import eventually


@pytest.fixture(params=["fake", "null", pytest.param("server", marks=pytest.mark.sound_server)])
def driver(request, tmp_path, monkeypatch):
    """A driver, and what lets its devices' time pass."""
    if request.param == "fake":
        machine = FakeMachine()
        yield machine, machine.tick
    elif request.param == "null":
        monkeypatch.setattr(soundcard, "BACKENDS", (miniaudio.Backend.NULL,))
        yield MiniaudioDriver(), lambda: None
    else:
        with (
            SoundServer(tmp_path / "server", "one", "two") as server,
            server.record("one"),
            server.record("two"),
        ):
            for name, value in server.environment.items():
                monkeypatch.setenv(name, value)
            yield MiniaudioDriver(), lambda: None


class Counter:
    def __init__(self):
        self.samples = 0
        self.threads = set()

    def pull(self, samples):
        self.samples += samples
        self.threads.add(threading.current_thread())
        return bytes(2 * samples)

    def push(self, samples):
        assert len(samples) % 2 == 0
        self.samples += len(samples) // 2


def moved(counter, tick, samples=3200):
    def enough():
        tick()
        return counter.samples >= samples

    eventually(enough)


def test_devices_have_names_by_direction(driver):
    devices = driver[0].devices()
    assert devices.system
    for direction in Direction:
        names = devices.names(direction)
        assert names
        assert len(set(names)) == len(names)
        assert all(name == name.strip() and name for name in names)


@pytest.mark.parametrize("default", [True, False])
def test_a_loudspeaker_asks_for_samples_until_it_is_closed(driver, default):
    way, tick = driver
    counter = Counter()
    stream = way.play("" if default else way.devices().outputs[-1], counter.pull)
    moved(counter, tick)
    stream.close()
    left = counter.samples
    tick()
    assert counter.samples == left


@pytest.mark.parametrize("default", [True, False])
def test_a_microphone_gives_samples_until_it_is_closed(driver, default):
    way, tick = driver
    counter = Counter()
    stream = way.record("" if default else way.devices().inputs[-1], counter.push)
    moved(counter, tick)
    stream.close()
    left = counter.samples
    tick()
    assert counter.samples == left


def test_what_is_not_there_is_refused_by_name(driver):
    way, _ = driver
    with pytest.raises(DeviceError, match="no loudspeaker nobody's"):
        way.play("nobody's", Counter().pull)
    with pytest.raises(DeviceError, match="no microphone nobody's"):
        way.record("nobody's", Counter().push)


def test_one_direction_does_not_disturb_the_other(driver):
    way, tick = driver
    played, recorded = Counter(), Counter()
    loudspeaker, microphone = way.play("", played.pull), way.record("", recorded.push)
    moved(played, tick)
    moved(recorded, tick)
    loudspeaker.close()
    moved(recorded, tick, recorded.samples + 3200)
    microphone.close()
