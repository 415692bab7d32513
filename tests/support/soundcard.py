"""Sound cards for worlds on a fake clock: a small real driver whose devices move a block at each tick.

A test puts sound into a microphone's ``said`` and finds in a loudspeaker's ``heard`` all that it played.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ringback.media.devices import DeviceError, Devices, Direction
from ringback.ports.media import BLOCK_BYTES, BLOCK_SAMPLES, SILENCE

MICROPHONES = ("SB Audigy 2 ZS Audio [DC00]", "Headset")
LOUDSPEAKERS = ("SB Audigy 2 ZS Audio [DC00]", "Headset", "Bell")
CAMERAS = ("USB 2.0 Camera",)


@dataclass
class FakeDevice:
    """One device. ``opened``: how often; ``running``: how many hold it now (one at most, if all is well)."""

    name: str
    said: bytearray = field(default_factory=bytearray)
    heard: bytearray = field(default_factory=bytearray)
    opened: int = 0
    running: int = 0
    refuses: str = ""
    dead: bool = False


class _Running:
    def __init__(self, machine: FakeMachine, device: FakeDevice, move) -> None:
        self.device = device
        self.move = move
        self._machine = machine
        device.opened += 1
        device.running += 1
        assert device.running == 1, "opened twice at a time"
        machine.running.append(self)

    def close(self) -> None:
        self.device.running -= 1
        self._machine.running.remove(self)


class FakeMachine:
    """Implements ``ringback.media.devices.Driver``. The first device of each kind is the default."""

    def __init__(self, microphones=MICROPHONES, loudspeakers=LOUDSPEAKERS) -> None:
        self.microphones = {name: FakeDevice(name) for name in microphones}
        self.loudspeakers = {name: FakeDevice(name) for name in loudspeakers}
        self.running: list[_Running] = []
        self.asked = 0

    def devices(self) -> Devices:
        self.asked += 1
        return Devices(tuple(self.microphones), tuple(self.loudspeakers), "Fake")

    def play(self, name, pull) -> _Running:
        device = self._find(Direction.OUTPUT, self.loudspeakers, name)

        def move() -> None:
            device.heard += pull(BLOCK_SAMPLES)

        return _Running(self, device, move)

    def record(self, name, push) -> _Running:
        device = self._find(Direction.INPUT, self.microphones, name)

        def move() -> None:
            block = bytes(device.said[:BLOCK_BYTES])
            del device.said[:BLOCK_BYTES]
            push(block + SILENCE[len(block) :])

        return _Running(self, device, move)

    @staticmethod
    def _find(direction, devices, name) -> FakeDevice:
        device = devices.get(name) if name else next(iter(devices.values()), None)
        if device is None or device.refuses:
            raise DeviceError(device.refuses if device else f"no {direction.value} {name}".rstrip())
        return device

    def tick(self) -> None:
        """A block's time passes for all devices."""
        for running in list(self.running):
            if not running.device.dead:
                running.move()
