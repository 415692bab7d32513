"""Programs of others talk to echo123 through TCP ports; both directions are compared with what was said."""

import random
import subprocess
from pathlib import Path

import pytest

from ringback.ports.media import RATE
from support.daemon import Daemon, private_bus
from support.replay import PROMPTS
from support.sound import same_sound, speech, why_no_echo

PROGRAMS = Path(__file__).parent / "programs"
SECOND = RATE * 2
#: Greeting and beep: echo123 records what comes after.
PROMPTED = (len(PROMPTS["greeting"]) + len(PROMPTS["beep"])) / SECOND
SPOKEN = 2.0
#: echo123 stops recording after this much silence.
PAUSE = 3.0


class Conversation:
    """What is said, when, and what was recorded; other speech at another moment in every run."""

    def __init__(self, folder: Path) -> None:
        chance = random.SystemRandom()
        self.seed = chance.randrange(1000)
        self.said = speech(SPOKEN, self.seed)
        self.offset = chance.uniform(0.1, 0.5)
        self.paths = [str(folder / name) for name in ("said.raw", "heard.raw", "microphone.raw")]
        Path(self.paths[0]).write_bytes(self.said)

    def recorded(self) -> list[bytes]:
        return [Path(path).read_bytes() for path in self.paths[1:]]

    def why_not(self) -> str:
        heard, microphone = self.recorded()
        # What comes last, where the program did not hang up before.
        heard = heard.partition(PROMPTS["goodbye"])[0]
        why = why_no_echo(self.said, PROMPTS["greeting"], heard, microphone)
        return why and f"seed {self.seed}, offset {self.offset:.3f}: {why}"

    def check(self) -> None:
        assert self.why_not() == ""
        heard, microphone = self.recorded()
        # Nothing on the way may touch a sample, so it is not only alike.
        assert self.said in heard
        assert self.said in microphone
        # The comparison means something: with the recordings swapped it says no.
        assert why_no_echo(self.said, PROMPTS["greeting"], microphone, heard).startswith("swapped")


@pytest.mark.real_time
def test_a_dbus_program_hears_itself_in_real_time(tmp_path):
    """The one call on the wall clock: the program's clock and the engine's are two, and pieces come late."""
    talk = Conversation(tmp_path)
    start = PROMPTED + talk.offset
    end = start + SPOKEN + PAUSE + 0.4 + talk.offset + SPOKEN + 1.0
    with private_bus(tmp_path) as bus, Daemon(tmp_path / "home", "--dbus", bus) as daemon:
        ran = subprocess.run(
            ["/usr/bin/python3", str(PROGRAMS / "voice_dbus.py"), bus, *talk.paths, str(start), str(end)],
            capture_output=True,
            text=True,
            timeout=120,
        )
        _, errors = daemon.end()
    assert ran.returncode == 0, ran.stderr + ran.stdout + errors
    assert "ERROR" not in ran.stdout, ran.stdout
    assert errors == ""
    for action in ("SET_OUTPUT", "SET_CAPTURE_MIC", "SET_INPUT"):
        asked = next(
            line[3:] for line in ran.stdout.splitlines() if line.startswith(f"-> ALTER CALL 1 {action}")
        )
        assert f"<- {asked}\n" in ran.stdout
    assert ran.stdout.rstrip().endswith("<- CALL 1 STATUS FINISHED")
    talk.check()


@pytest.fixture(scope="module")
def voice_unix(tmp_path_factory):
    program = tmp_path_factory.mktemp("c") / "voice_unix"
    source = str(PROGRAMS / "voice_unix.c")
    subprocess.run(["cc", "-Wall", "-Werror", "-o", str(program), source], check=True)
    return program


# The routes must stand before it answers: two seconds of ringing, a quarter of one in real time.
@pytest.mark.parametrize("speed", [4, 8])
def test_a_c_program_hears_itself_on_a_fast_clock(tmp_path, voice_unix, speed):
    talk = Conversation(tmp_path)
    after = int((PROMPTED + talk.offset) * SECOND)
    with Daemon(tmp_path / "home", "--no-dbus", "--speed", str(speed)) as daemon:
        ran = subprocess.run(
            [str(voice_unix), str(tmp_path / "home/me/api.sock"), *talk.paths, str(after)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        _, errors = daemon.end()
    assert ran.returncode == 0, ran.stderr + ran.stdout + errors
    assert "ERROR" not in ran.stdout, ran.stdout
    assert errors == ""
    lines = [line for line in ran.stdout.splitlines() if "STATUS" in line and "VAA" not in line]
    statuses = [line.removeprefix("<- CALL 1 STATUS ") for line in lines if "#" not in line]
    assert statuses[-4:] == ["ROUTING", "RINGING", "INPROGRESS", "FINISHED"]
    echoes = [line for line in ran.stdout.splitlines() if line.startswith("<- #") and "ALTER" in line]
    assert [echo.split()[1:5] for echo in echoes] == [
        ["#o", "ALTER", "CALL", "1"], ["#m", "ALTER", "CALL", "1"], ["#i", "ALTER", "CALL", "1"],
    ]  # fmt: skip
    talk.check()
    heard, microphone = talk.recorded()
    assert len(heard) == len(microphone)
    assert same_sound(PROMPTS["goodbye"], heard).why_not == ""
