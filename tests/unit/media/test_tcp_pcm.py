"""One connection to a program's voice port, without a socket: late, early, silent and absent programs."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.media.tcp_pcm import AHEAD, CUSHION, LONGEST, TcpPcm
from ringback.ports.media import BLOCK_BYTES, SILENCE
from support.sound import same_sound, speech

SAID = speech(2.0, seed=1)


class FakeTransport:
    """Keeps what is written until ``taken``; remembers whether reading is wanted."""

    def __init__(self):
        self.kept = bytearray()
        self.reading = True
        self.seconds = 100.0
        self.closing = self.aborted = False

    def write(self, data):
        self.kept += data

    def get_write_buffer_size(self):
        return len(self.kept)

    def pause_reading(self):
        assert self.reading
        self.reading = False

    def resume_reading(self):
        assert not self.reading
        self.reading = True

    def is_closing(self):
        return self.closing

    def close(self):
        self.closing = True

    def abort(self):
        self.aborted = True


def connected():
    end, transport = TcpPcm(lambda: transport.seconds), FakeTransport()
    end.connection_made(transport)
    return end, transport


def cut(sound, size=BLOCK_BYTES):
    return [sound[i : i + size] for i in range(0, len(sound), size)]


@given(seed=st.integers(0, 10_000), offset=st.integers(0, 100), late=st.integers(0, CUSHION - 1))
@settings(deadline=None, max_examples=40)
def test_irregular_pieces_make_no_gaps(seed, offset, late):
    """A live program's pieces, of any size and up to 50 ms late, come out in one piece."""
    chance = random.Random(seed)
    end, _ = connected()
    sound, sent, heard = bytes(offset * BLOCK_BYTES) + SAID, 0, []
    for tick in range(len(sound) // BLOCK_BYTES + 2 * CUSHION):
        due = min(len(sound), (tick + 1 - chance.randint(0, late)) * BLOCK_BYTES)
        while sent < due:
            piece = sound[sent : min(due, sent + chance.randint(1, 1000))]
            end.data_received(piece)
            sent += len(piece)
        heard.append(end.read())
    end.data_received(sound[sent:])
    heard += [end.read() for _ in range(3 * CUSHION)]
    whole = b"".join(heard)
    assert sound in whole
    assert same_sound(SAID, whole).why_not == ""
    assert same_sound(SAID, whole).offset * 2 <= (offset + CUSHION + late) * BLOCK_BYTES


def test_without_a_cushion_the_same_pieces_would_be_torn():
    """That the test before can fail: a program later than the cushion is heard with gaps."""
    end, _ = connected()
    heard = []
    for number, block in enumerate(cut(SAID)):
        if number % 30 == 29:
            heard += [end.read() for _ in range(2 * CUSHION)]
        end.data_received(block)
        heard.append(end.read())
    assert not same_sound(SAID, b"".join(heard))


def test_a_program_that_sends_everything_at_once_is_held_back_and_loses_nothing():
    end, transport = connected()
    waiting = cut(speech(10, seed=3), 65_536)
    sound, heard, most = b"".join(waiting), [], 0
    while len(heard) < 1100:
        while transport.reading and waiting:
            end.data_received(waiting.pop(0))
        heard.append(end.read())
        most = max(most, len(end._heard))
    assert sound in b"".join(heard)
    assert most <= LONGEST + 65_536


def test_a_short_word_is_played_although_nothing_follows():
    for size in (2, 100, BLOCK_BYTES, BLOCK_BYTES * 2 + 5):
        end, _ = connected()
        end.data_received(SAID[:size])
        heard = b"".join(end.read() for _ in range(3 * CUSHION))
        assert SAID[: size // 2 * 2] in heard


def test_the_end_is_told_once_after_the_last_sound():
    end, _ = connected()
    end.data_received(SAID[:1000])
    assert end.eof_received()
    assert b"".join(end.read() for _ in range(4)).startswith(SAID[:1000])
    with pytest.raises(ConnectionError):
        end.read()
    assert end.read() == SILENCE


def test_a_program_that_does_not_read_costs_two_seconds_of_memory_and_hears_the_rest_later():
    end, transport = connected()
    for block in cut(SAID * 5):
        end.write(block)
    assert LONGEST < len(transport.kept) <= LONGEST + BLOCK_BYTES
    transport.kept.clear()
    end.write(SAID[:BLOCK_BYTES])
    assert bytes(transport.kept) == SAID[:BLOCK_BYTES]


def test_a_program_that_talks_into_its_output_port_is_not_kept():
    end, transport = connected()
    end.data_received(bytes(LONGEST + 2))
    assert not transport.reading
    end.write(SILENCE)
    assert transport.reading
    end.data_received(bytes(LONGEST))
    assert transport.reading
    assert not end._heard


def test_a_program_that_is_gone_is_told_once():
    end, _ = connected()
    end.connection_lost(None)
    with pytest.raises(ConnectionError):
        end.write(SILENCE)
    end.write(SILENCE)


class Live:
    """A program that says 20 ms after 20 ms, ``ahead`` of its time; gives what is heard."""

    def __init__(self, ahead=0):
        self.end, self.transport = connected()
        self.said = self.ticks = 0
        self.heard = bytearray()
        self.end.data_received(bytes(ahead * BLOCK_BYTES))
        self.said += ahead

    def says(self, sound):
        for piece in cut(sound, 2 * BLOCK_BYTES):
            self.end.data_received(piece)
            self.said += len(piece) // BLOCK_BYTES
            self.passes(2)

    def says_unheard(self, sound, pause=0.02):
        """While it rings, or the call is on hold."""
        for piece in cut(sound, 2 * BLOCK_BYTES):
            self.transport.seconds += pause
            if self.transport.reading:
                self.end.data_received(piece)

    def passes(self, ticks):
        for _ in range(ticks):
            self.transport.seconds += 0.01
            self.heard += self.end.read()
            self.ticks += 1

    @property
    def waiting(self):
        return len(self.end._heard) // BLOCK_BYTES


QUIET = bytes(60 * BLOCK_BYTES)

HUM = b"".join(random.Random(2).randint(-40, 40).to_bytes(2, "little", signed=True) for _ in range(60 * 160))


@pytest.mark.parametrize("quiet", [QUIET, HUM])
def test_who_is_punctual_need_not_wait(quiet):
    live = Live()
    live.says(SAID)
    assert live.waiting >= CUSHION - 2
    live.says(quiet * 2)
    assert live.waiting == 1
    before = len(live.heard)
    live.says(SAID)
    live.says(quiet)
    assert SAID in bytes(live.heard[:before])
    found = same_sound(SAID, bytes(live.heard[before:]))
    assert found, found.why_not
    assert found.offset * 2 <= 3 * BLOCK_BYTES
    assert SAID in bytes(live.heard[before:])


def test_what_is_loud_is_no_pause():
    live = Live()
    loud = b"\x00\x04" * (len(QUIET) // 2)
    live.says(loud * 4)
    assert live.waiting >= CUSHION - 2
    assert len(live.heard) == live.ticks * BLOCK_BYTES


def test_who_is_ahead_of_his_own_will_stays_so():
    live = Live(ahead=AHEAD + 5)
    live.says(QUIET * 4)
    assert live.waiting >= AHEAD


def test_who_was_late_is_given_more_time():
    live = Live()
    for times in range(1, 2 * CUSHION):
        live.says(QUIET * 4)
        assert live.waiting == min(times, CUSHION - 2)
        live.passes(10)
        assert live.waiting == 0


@pytest.mark.parametrize("seconds", [0.6, 1.9, 30])
def test_what_is_spoken_live_while_nobody_listens_is_not_heard_later(seconds):
    live = Live()
    live.says_unheard(speech(seconds, 7))
    assert live.transport.reading
    assert live.waiting <= LONGEST // BLOCK_BYTES
    live.says(SAID)
    assert live.waiting <= CUSHION
    live.says(QUIET)
    assert SAID in bytes(live.heard)


def test_what_is_ready_before_anybody_listens_waits():
    """A program that has its words ready may give them while it rings, all at once or one after the other."""
    words = [speech(0.9, seed) for seed in (7, 8)]
    live = Live()
    for word in words:
        live.says_unheard(word, pause=0.0)
        live.transport.seconds += 10
    live.passes(220)
    assert b"".join(words) in bytes(live.heard)


def test_after_a_late_clock_nothing_is_left_out():
    """The loop was held up: what was said meanwhile is there all at once."""
    live = Live()
    live.says(SAID)
    live.transport.seconds += 0.8
    for piece in cut(SAID[: 80 * BLOCK_BYTES], 4096):
        live.end.data_received(piece)
    live.passes(200)
    assert SAID + SAID[: 80 * BLOCK_BYTES] in bytes(live.heard)
