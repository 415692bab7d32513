"""A private sound server with null sinks: what is played into one can be recorded, and be a microphone."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from pathlib import Path

from ringback.ports.media import RATE

FORM = ["--raw", "--format=s16le", f"--rate={RATE}", "--channels=1", "--client-name=room"]


class SoundServer:
    """PulseAudio on a socket of our own, without devices; each name becomes a null sink of our form.

    The loudspeaker ``X`` is called ``X``, the microphone into which one speaks there ``Monitor of X``.
    """

    def __init__(self, folder: Path, *names: str) -> None:
        folder.mkdir(exist_ok=True)
        self.socket = folder / "sound"
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.environment = {
            "PULSE_SERVER": f"unix:{self.socket}",
            "PULSE_RUNTIME_PATH": str(runtime),
            "XDG_RUNTIME_DIR": str(runtime),
            "PULSE_COOKIE": str(folder / "cookie"),
            "PULSE_CONFIG_PATH": str(runtime),
        }
        self.environment["HOME"] = str(folder)
        modules = [f"module-native-protocol-unix socket={self.socket} auth-anonymous=1"]
        for name in names:
            modules.append(
                f"module-null-sink sink_name={name} format=s16le rate={RATE} channels=1"
                f" sink_properties=device.description={name}"
            )
        self._log = (folder / "log").open("wb")
        self._recordings: list[Recording] = []
        self._programs: list[subprocess.Popen[bytes]] = []
        self._arguments = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]
        self._arguments += ["--disable-shm=yes", *(word for module in modules for word in ("-L", module))]
        self.start()

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            self._arguments, env=os.environ | self.environment, stdout=self._log, stderr=self._log
        )
        end = time.monotonic() + 20
        while self.ask("info").returncode:
            assert time.monotonic() < end, "the sound server does not start"
            assert self.process.poll() is None, "the sound server ended"
            time.sleep(0.02)

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pactl", *words], env=os.environ | self.environment, capture_output=True, text=True, timeout=20
        )

    def record(self, name: str) -> Recording:
        """Keep what is played into a sink from now on; it runs as long as somebody records."""
        command = ["parec", *FORM, "--latency-msec=20", f"--device={name}.monitor"]
        recording = Recording(self._begin(command, stdout=subprocess.PIPE))
        self._recordings.append(recording)
        return recording

    def say(self, name: str, samples: bytes) -> subprocess.Popen[bytes]:
        """Play into a sink; returns at once."""
        command = ["pacat", "--playback", *FORM, "--latency-msec=400", f"--device={name}"]
        speaker = self._begin(command, stdin=subprocess.PIPE)

        def write() -> None:
            assert speaker.stdin is not None
            with contextlib.suppress(BrokenPipeError), speaker.stdin:
                speaker.stdin.write(samples)

        threading.Thread(target=write, daemon=True).start()
        return speaker

    def keep(self, name: str, path: Path, form: str) -> subprocess.Popen[bytes]:
        """Record a sink into a file of that form (wav, flac, oga) until it is interrupted."""
        form_of_it = [f"--file-format={form}", f"--rate={RATE}", "--channels=1"]
        return self._begin(["parec", f"--device={name}.monitor", *form_of_it, str(path)])

    def _begin(self, command: list[str], **pipes: int) -> subprocess.Popen[bytes]:
        program = subprocess.Popen(command, env=os.environ | self.environment, stderr=self._log, **pipes)
        self._programs.append(program)
        return program

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def __enter__(self) -> SoundServer:
        return self

    def __exit__(self, *_: object) -> None:
        for recording in self._recordings:
            recording.end()
        for program in self._programs:
            if program.poll() is None:
                program.kill()
            program.wait(10)
        if self.process.poll() is None:
            self.kill()
        self._log.close()


class Recording:
    """What a sink plays."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.heard = bytearray()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        assert self._process.stdout is not None
        while data := self._process.stdout.read1(65536):
            self.heard += data

    def until(self, true, seconds: float = 20.0) -> None:
        """Wait until what was heard is as wanted."""
        end = time.monotonic() + seconds
        while not true(bytes(self.heard)):
            assert time.monotonic() < end, "it was never heard"
            time.sleep(0.1)

    def end(self) -> bytes:
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)
        self._thread.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return bytes(self.heard)

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
