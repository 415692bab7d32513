"""Cards of a process: opened by use, shared, mixed, given back, and silent when they fail."""

import logging

import pytest

from ringback.media.cards import LATER, LINGER, RETRY, WATCH, SoundCards
from ringback.media.devices import Direction
from ringback.media.worker import InlineWorker
from ringback.ports.media import BLOCK_BYTES, SILENCE
from support.sound import same_sound, speech
from support.soundcard import FakeMachine


def cut(sound):
    return [sound[i : i + BLOCK_BYTES] for i in range(0, len(sound) - BLOCK_BYTES + 1, BLOCK_BYTES)]


class Room:
    """Cards and their machine; ``passes`` lets blocks of time go by in which ``used`` is called."""

    def __init__(self, worker=None) -> None:
        self.machine = FakeMachine()
        self.cards = SoundCards(self.machine, worker or InlineWorker())
        self.microphone = self.machine.microphones["Headset"]
        self.loudspeaker = self.machine.loudspeakers["Headset"]

    def passes(self, blocks, used=lambda: None):
        for _ in range(blocks):
            self.machine.tick()
            self.cards.tick()
            used()


@pytest.fixture
def room():
    return Room()


def listening(room, heard=None):
    def listen():
        block = room.cards.listen("Headset")
        if heard is not None:
            heard.extend(block)

    return listen


def test_a_loudspeaker_plays_the_sum_of_all_who_play(room):
    one, other = speech(1.0, seed=1), speech(1.0, seed=2)
    for first, second in zip(cut(one), cut(other), strict=True):
        room.cards.play("Headset", first)
        room.cards.play("Headset", second)
        room.passes(1)
    room.passes(10)
    heard = bytes(room.loudspeaker.heard)
    assert 0.5 < same_sound(one, heard).correlation < 0.9
    assert 0.5 < same_sound(other, heard).correlation < 0.9
    assert room.loudspeaker.opened == 1


def test_everybody_who_listens_hears_the_same(room):
    room.microphone.said += speech(1.0, seed=3)
    heard, also = bytearray(), bytearray()

    def both():
        heard.extend(room.cards.listen("Headset"))
        also.extend(room.cards.listen("Headset"))

    room.passes(120, both)
    assert same_sound(speech(1.0, seed=3), bytes(heard))
    assert heard == also
    assert room.microphone.opened == 1


def test_a_card_is_open_as_long_as_it_is_used(room):
    assert not room.cards.busy()
    room.passes(500, listening(room))
    assert (room.microphone.opened, room.microphone.running) == (1, 1)
    assert room.cards.busy()
    room.passes(LINGER)
    assert room.microphone.running == 1
    room.passes(1)
    assert room.microphone.running == 0
    assert not room.cards.busy()
    room.passes(1, listening(room))
    assert (room.microphone.opened, room.microphone.running) == (2, 1)
    room.cards.stop()
    assert room.microphone.running == 0


def test_a_refused_card_is_silence_one_warning_and_tried_again(room, caplog):
    room.microphone.refuses = "busy elsewhere"
    room.microphone.said += speech(10.0, seed=4)
    heard = bytearray()
    room.passes(3 * RETRY, listening(room, heard))
    assert not any(heard)
    assert [r.message for r in caplog.records] == [
        "microphone Headset: busy elsewhere; calls go on in silence"
    ]
    room.microphone.refuses = ""
    with caplog.at_level(logging.INFO):
        room.passes(RETRY + WATCH, listening(room, heard))
    assert any(heard)
    assert caplog.records[-1].message == "microphone Headset works again"


def test_a_card_that_is_refused_again_and_again_is_tried_rarely(room):
    room.microphone.refuses = "no"
    room.passes(5 * RETRY, listening(room))
    room.microphone.refuses = ""
    room.passes(RETRY, listening(room))
    assert room.microphone.opened == 0
    room.passes(LATER, listening(room))
    assert room.microphone.opened == 1


def test_a_card_that_falls_silent_is_given_back_and_opened_anew(room, caplog):
    room.passes(WATCH + 10, listening(room))
    room.microphone.dead = True
    room.passes(2 * WATCH, listening(room))
    assert "microphone Headset: it moves no sound; calls go on in silence" in caplog.messages
    room.microphone.dead = False
    room.passes(RETRY, listening(room))
    assert room.microphone.opened > 1
    assert room.microphone.running == 1


def test_a_card_that_swallows_sound_is_given_back(room, caplog):
    """Some devices take all that they get at once, and would keep a processor busy."""

    def swallow():
        room.cards.play("Headset", SILENCE)
        for running in list(room.machine.running):
            for _ in range(20):
                running.move()

    room.passes(WATCH + 1, swallow)
    assert "loudspeaker Headset: it moves sound too fast; calls go on in silence" in caplog.messages


class SlowWorker:
    """Does its jobs when it is told to."""

    def __init__(self) -> None:
        self.jobs = []

    def do(self, job, done):
        self.jobs.append((job, done))

    def work(self):
        jobs, self.jobs = self.jobs, []
        for job, done in jobs:
            InlineWorker().do(job, done)


def test_a_card_that_opens_slowly_holds_nothing_up_and_plays_nothing_old():
    worker = SlowWorker()
    room = Room(worker)
    sound = cut(speech(2.0, seed=5))
    for block in sound[:100]:
        room.cards.play("Headset", block)
        room.passes(1)
    assert len(worker.jobs) == 1
    worker.work()
    for block in sound[100:]:
        room.cards.play("Headset", block)
        room.passes(1)
    heard = bytes(room.loudspeaker.heard)
    assert b"".join(sound[60:90]) not in heard
    assert b"".join(sound[102:190]) in heard


def test_a_card_that_opened_too_late_is_closed_again():
    worker = SlowWorker()
    room = Room(worker)
    room.passes(1, listening(room))
    room.passes(LINGER)
    assert room.cards.busy(), "it is about to open"
    worker.work()
    assert room.microphone.running == 1
    room.passes(1)
    worker.work()
    assert room.microphone.running == 0
    assert not room.cards.busy()


def test_a_sound_system_that_does_not_answer_is_silence(caplog):
    class Hung(SlowWorker):
        def do(self, job, done):
            done(TimeoutError("no answer"))

    room = Room(Hung())
    room.passes(10, listening(room))
    assert caplog.messages == ["microphone Headset: no answer; calls go on in silence"]
    found = []
    room.cards.find(Direction.INPUT, "Headset", lambda *said: found.append(said))
    assert found == [(False, "no answer")]


def test_devices_are_found_by_name_and_direction(room):
    found = []

    def told(there, why):
        found.append((there, why))

    room.cards.find(Direction.OUTPUT, "Bell", told)
    room.cards.find(Direction.INPUT, "Bell", told)
    assert found[0] == (True, "")
    assert found[1] == (False, "no microphone Bell; there are: SB Audigy 2 ZS Audio [DC00], Headset")


def test_without_a_driver_everything_is_silence_and_nothing_is_there(caplog):
    cards = SoundCards(None, InlineWorker())
    found = []
    cards.find(Direction.INPUT, "Headset", lambda *said: found.append(said))
    assert found == [(False, "no microphone Headset; there are: none")]
    assert cards.listen("") is SILENCE
    cards.play("", SILENCE)
    cards.tick()
    assert not cards.busy()
    assert caplog.messages == []
