"""Voice routes that change and fail during calls of the real daemon: no other route has a gap."""

import contextlib
import os
import resource
import signal
import socket
import threading

import numpy as np
import pytest

from ringback.media.wav import samples
from ringback.ports.media import BLOCK_BYTES, RATE
from support.daemon import Daemon, SocketProgram
from support.replay import PROMPTS
from support.sound import wav

SECOND = RATE * 2
FAILED = "ERROR 559 CALL: Action failed"
#: What ann.answers says, again and again, in whole blocks.
ANN = PROMPTS["sample"] + bytes(-len(PROMPTS["sample"]) % BLOCK_BYTES)
#: Two minutes in which no second is like another, so that every gap shows.
NOISE = np.random.default_rng(1).integers(-3000, 3000, 120 * RATE).astype("<i2").tobytes()


class Recorder:
    """A port that keeps what comes until the engine closes it."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard = bytearray()
        self.over = False
        self._leave = False
        self._news = threading.Condition()
        threading.Thread(target=self._record, daemon=True).start()

    def _record(self):
        with self._listener, self._listener.accept()[0] as connection:
            while not self._leave and (data := connection.recv(65_536)):
                with self._news:
                    self.heard += data
                    self._news.notify_all()
        with self._news:
            self.over = True
            self._news.notify_all()

    def leave(self):
        """Close the port at the next sound."""
        self._leave = True
        self.ended()

    def more(self, seconds):
        """Wait for so much more sound."""
        with self._news:
            wanted = len(self.heard) + seconds * SECOND
            assert self._news.wait_for(lambda: len(self.heard) >= wanted, 20)

    def ended(self):
        with self._news:
            assert self._news.wait_for(lambda: self.over, 20)


@contextlib.contextmanager
def call(folder, *, speed=20):
    """A program in a call with ann.answers; noise is said, and a port has the microphone."""
    noise, recorder = folder / "noise.wav", Recorder()
    noise.write_bytes(wav(NOISE))
    with Daemon(folder / "home", "--no-dbus", "--speed", str(speed)) as daemon:
        program = SocketProgram(folder / "home")
        program.daemon, program.microphone = daemon, recorder
        assert program.ask("CALL ann.answers") == "CALL 1 STATUS UNPLACED"
        lead(program, "SET_CAPTURE_MIC", f'PORT="{recorder.port}"')
        lead(program, "SET_INPUT", f'FILE="{noise}"')
        program.until("CALL 1 STATUS INPROGRESS")
        recorder.more(0.2)
        try:
            yield program
        finally:
            program.close()


def lead(program, action, ends):
    assert program.ask(f"ALTER CALL 1 {action} {ends}") == f"ALTER CALL 1 {action} {ends}"


def hang_up(program):
    """The call was alive until now, and its first recorder has no gap. Returns what the daemon logged."""
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
    assert program.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
    program.microphone.ended()
    heard = bytes(program.microphone.heard)
    assert heard[: len(NOISE)] == NOISE[: len(heard)]
    code, errors = program.daemon.end()
    assert (code, "Traceback" in errors) == (0, False), errors
    return errors


def of_ann(heard):
    """One piece of what ann says, without a gap or a repetition of ours."""
    return bytes(heard) in ANN * (len(heard) // len(ANN) + 2)


def test_output_led_from_port_to_port_to_file_has_no_gap(tmp_path):
    first, second, out = Recorder(), Recorder(), tmp_path / "out.wav"
    with call(tmp_path) as program:
        lead(program, "SET_OUTPUT", f'PORT="{first.port}"')
        first.more(1)
        lead(program, "SET_OUTPUT", f'PORT="{second.port}"')
        first.ended()
        second.more(1)
        lead(program, "SET_OUTPUT", f'FILE="{out}"')
        second.ended()
        program.microphone.more(1)
        hang_up(program)
    whole = bytes(first.heard + second.heard) + samples(out.read_bytes())
    assert len(whole) > 3 * SECOND
    assert of_ann(whole)


def test_commands_that_fail_are_answered_and_nothing_else_changes(tmp_path):
    out = Recorder()
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "mine.wav").write_bytes(wav(ANN))
    os.mkfifo(tmp_path / "pipe")
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        refused = nobody.getsockname()[1]
    with call(tmp_path) as program:
        lead(program, "SET_OUTPUT", f'SOUNDCARD="default" PORT="{out.port}"')
        read = {name: program.ask(f"GET CALL 1 {name}") for name in ("INPUT", "OUTPUT", "CAPTURE_MIC")}
        for action in ("SET_INPUT", "SET_OUTPUT", "SET_CAPTURE_MIC"):
            for ends in (
                f'PORT="{refused}"',
                f'FILE="{tmp_path}/missing/x.wav"',
                f'FILE="{tmp_path}"',
                f'FILE="{tmp_path}/pipe"',
                'FILE="/dev/full"',
                f'PORT="{refused}" FILE="{tmp_path}/mine.wav"',
            ):
                assert program.ask(f"ALTER CALL 1 {action} {ends}") == FAILED, (action, ends)
                out.more(0.1)
        assert program.ask(f'ALTER CALL 1 SET_INPUT FILE="{tmp_path}/text.wav"') == FAILED
        assert read == {name: program.ask(f"GET CALL 1 {name}") for name in read}
        assert hang_up(program) == ""
    assert samples((tmp_path / "mine.wav").read_bytes()) == ANN
    out.ended()
    assert of_ann(out.heard)


def test_a_program_closes_its_output_port_in_the_middle_of_the_call(tmp_path):
    gone, file = Recorder(), tmp_path / "out.wav"
    with call(tmp_path) as program:
        lead(program, "SET_OUTPUT", f'PORT="{gone.port}", FILE="{file}"')
        gone.more(0.5)
        gone.leave()
        program.microphone.more(2)
        assert program.ask("GET CALL 1 OUTPUT") == f'CALL 1 OUTPUT FILE="{file}"'
        # It may come back.
        again = Recorder()
        lead(program, "SET_OUTPUT", f'PORT="{again.port}"')
        again.more(0.5)
        errors = hang_up(program)
    assert "call 1: the port of output broke" in errors
    beside = samples(file.read_bytes())
    assert len(beside) > 2 * SECOND
    assert of_ann(beside + again.heard)
    assert bytes(gone.heard) in beside


def test_a_program_closes_its_input_port_in_the_middle_of_the_call(tmp_path):
    out, spoken = Recorder(), NOISE[SECOND : 2 * SECOND]
    with call(tmp_path) as program, socket.create_server(("127.0.0.1", 0)) as listener:
        lead(program, "SET_OUTPUT", f'PORT="{out.port}"')
        microphone = Recorder()
        lead(program, "SET_CAPTURE_MIC", f'PORT="{microphone.port}"')
        lead(program, "SET_INPUT", f'PORT="{listener.getsockname()[1]}"')
        with listener.accept()[0] as connection:
            connection.sendall(spoken)
        microphone.more(2)
        assert program.ask("GET CALL 1 INPUT") == "CALL 1 INPUT "
        lead(program, "SET_INPUT", f'FILE="{tmp_path}/noise.wav"')
        microphone.more(1)
        errors = hang_up(program)
    assert "call 1: the port of input broke" in errors
    microphone.ended()
    heard = bytes(microphone.heard)
    before, after = heard.index(spoken) + len(spoken), heard.rindex(NOISE[:BLOCK_BYTES])
    assert not any(heard[before:after])
    assert NOISE.startswith(heard[after:])
    out.ended()
    assert of_ann(out.heard)


def test_a_program_that_does_not_read_delays_nobody(tmp_path):
    with call(tmp_path, speed=50) as program, socket.create_server(("127.0.0.1", 0)) as stuck:
        lead(program, "SET_OUTPUT", f'PORT="{stuck.getsockname()[1]}"')
        with stuck.accept()[0]:
            program.microphone.more(90)
            assert program.ask("PING") == "PONG"
            hang_up(program)


def test_the_disk_fills_up_in_the_middle_of_the_call(tmp_path):
    """A limit on the daemon's files stands for the disk; the other routes and the account's store go on."""
    full, after = tmp_path / "full.wav", tmp_path / "after.wav"
    out = Recorder()
    with call(tmp_path) as program:
        process = program.daemon.process.pid
        lead(program, "SET_OUTPUT", f'PORT="{out.port}" FILE="{full}"')
        out.more(0.5)
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        limit = 40 * SECOND
        resource.prlimit(process, resource.RLIMIT_FSIZE, (limit, hard))
        while program.ask("GET CALL 1 OUTPUT") != f'CALL 1 OUTPUT PORT="{out.port}"':
            out.more(1)
        assert limit - BLOCK_BYTES <= full.stat().st_size <= limit
        assert program.ask("SET PROFILE ABOUT still here") == "PROFILE ABOUT still here"
        resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))
        out.more(0.5)
        lead(program, "SET_OUTPUT", f'FILE="{after}"')
        program.microphone.more(0.5)
        errors = hang_up(program)
    assert "call 1: the file of output broke" in errors
    assert of_ann(samples(full.read_bytes()))
    assert of_ann(out.heard + samples(after.read_bytes()))
    assert bytes(samples(full.read_bytes())) in bytes(out.heard)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_recording_is_whole_when_the_daemon_ends(tmp_path, how):
    """Killed, at most the last second is missing from what a player shows."""
    file = tmp_path / "out.wav"
    with call(tmp_path) as program:
        lead(program, "SET_OUTPUT", f'FILE="{file}"')
        program.microphone.more(2.5)
        program.daemon.end(how)
    kept = samples(file.read_bytes())
    assert len(kept) >= 1.5 * SECOND
    assert of_ann(kept)
    if how is signal.SIGTERM:
        assert len(kept) + 44 == file.stat().st_size
