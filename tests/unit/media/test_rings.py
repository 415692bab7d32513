"""Blocks between two clocks: what a card with a quartz of its own makes of a steady tone."""

import random

import numpy as np
import pytest

from ringback.media.rings import ASLEEP, LONGEST, MARGIN, WIDEST, InputRing, OutputRing
from ringback.ports.media import BLOCK_BYTES, BLOCK_SAMPLES, RATE, SILENCE

PIECE = 2 * BLOCK_SAMPLES


def hum(seconds, pitch=300.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return (8000 * np.sin(2 * np.pi * pitch * time)).astype("<i2").tobytes()


def cut(sound, size=BLOCK_BYTES):
    return [sound[i : i + size] for i in range(0, len(sound) - size + 1, size)]


def roughness(sound):
    """The greatest bend between neighbouring samples, compared with that of an undisturbed hum."""
    levels = np.frombuffer(sound, "<i2").astype(float)
    smooth = np.frombuffer(hum(0.5), "<i2").astype(float)
    return np.abs(np.diff(levels, 2)).max() / np.abs(np.diff(smooth, 2)).max()


def events(seconds, drift, jitter, seed=1, first="tick"):
    """Ticks each 10 ms and pieces of the card each 20 ms by its own quartz, both late by chance."""
    rng = random.Random(seed)
    ticks = [(n * 0.01 + rng.uniform(0, jitter), "tick") for n in range(round(seconds * 100))]
    pieces = [
        (n * 0.02 * (1 - drift) + rng.uniform(0, jitter), "card")
        for n in range(round(seconds * 50 / (1 - drift)))
    ]
    return [what for _, what in sorted(ticks + pieces)]


def played(ring, blocks, seconds, drift=0.0, jitter=0.002, seed=1):
    heard, waiting, left = bytearray(), iter(blocks), []
    for what in events(seconds, drift, jitter, seed):
        if what == "tick":
            ring.write(next(waiting))
        else:
            heard += ring.read(PIECE)
            left.append(ring.waiting)
    return bytes(heard), left


def recorded(ring, sound, seconds, drift=0.0, jitter=0.002, seed=1):
    heard, pieces, left = bytearray(), iter(cut(sound, 2 * PIECE)), []
    for what in events(seconds, drift, jitter, seed):
        if what == "card":
            ring.write(next(pieces))
        else:
            heard += ring.read()
            left.append(ring.waiting)
    return bytes(heard), left


def spoken_part(heard):
    return heard.lstrip(b"\0")[BLOCK_BYTES:]


@pytest.mark.parametrize("seed", range(3))
def test_clocks_that_agree_lose_nothing_and_wait_little(seed):
    said = hum(5)
    ring = OutputRing()
    heard, left = played(ring, cut(said), 4.9, seed=seed)
    assert (ring.dry, ring.shed, ring.added) == (0, 0, 0)
    assert said.startswith(heard[heard.index(said[2:200]) - 2 :])
    assert max(left) <= MARGIN + 3
    ring = InputRing()
    heard, left = recorded(ring, said, 4.9, seed=seed)
    assert (ring.dry, ring.shed, ring.added, ring.lost) == (0, 0, 0, 0)
    assert said.startswith(heard[heard.index(said[2:200]) - 2 :])
    assert max(left) <= MARGIN + 3


@pytest.mark.parametrize("drift", [-0.002, -0.0002, 0.0002, 0.002])
@pytest.mark.parametrize("way", ["output", "input"])
def test_clocks_that_drift_apart_are_kept_together_by_few_joins_without_clicks(way, drift):
    """A card that is fast wants more samples than there are, or gives more than are wanted."""
    seconds = 120 if abs(drift) < 0.001 else 30
    said = hum(seconds * 1.01)
    if way == "output":
        ring = OutputRing()
        heard, left = played(ring, cut(said), seconds, drift)
        late = -drift
    else:
        ring = InputRing()
        heard, left = recorded(ring, said, seconds, drift)
        late = drift
    due = abs(drift) * seconds * 100
    assert ring.dry <= 1, "it may run dry once, and learns"
    joined, other = (ring.shed, ring.added) if late > 0 else (ring.added, ring.shed)
    assert joined <= due + 1
    assert joined >= due - 4
    assert other <= 3, "what the margin took too much"
    if not ring.dry:
        assert roughness(spoken_part(heard)) < 1.5
    assert max(left[200:]) <= MARGIN + 5


def test_a_card_that_is_served_late_widens_the_margin_and_narrows_it_again():
    ring, blocks = OutputRing(), cut(hum(60))
    place = 0
    for _ in range(50):  # begins well
        ring.write(blocks[place])
        place += 1
        if place % 2 == 0:
            ring.read(PIECE)
    for _ in range(12):  # the loop is late by 80 ms each quarter second, then makes up for it
        for _ in range(4):
            ring.read(PIECE)
        for n in range(24):
            ring.write(blocks[place])
            place += 1
            if n >= 8 and n % 2 == 0:
                ring.read(PIECE)
    learned = ring.dry
    assert 1 <= learned <= 4, "after a few times it is prepared"
    wide = ring._pace.margin
    assert wide > MARGIN
    for n in range(4000):
        ring.write(blocks[n % 1000])
        if n % 2:
            ring.read(PIECE)
    assert ring._pace.margin < wide
    assert ring.dry == learned


def test_the_margin_has_a_limit():
    ring = InputRing()
    for _ in range(100):
        ring.write(bytes(BLOCK_BYTES) * LONGEST)
        for _ in range(LONGEST + 1):
            ring.read()
    assert ring._pace.margin == WIDEST


def test_a_loop_that_was_held_up_gives_up_what_is_too_old():
    """The card went on meanwhile: what comes in one go afterwards would be heard ever after too late."""
    ring, blocks = OutputRing(), cut(hum(20))
    heard = bytearray()
    for n, block in enumerate(blocks):
        if n < 500 or n > 540:
            ring.write(block)
        if n == 540:
            for late in blocks[500:541]:
                ring.write(late)
        if n % 2:
            heard += ring.read(PIECE)
    assert ring.dry == 1
    assert 30 < ring.shed < 45
    assert ring.waiting < MARGIN + 6
    assert roughness(bytes(heard[-5 * 32000 :])) < 1.5


def test_a_sleeping_card_wakes_up_to_what_is_said_now():
    ring, blocks = OutputRing(), cut(hum(5))
    ring.read(PIECE)
    for block in blocks[:300]:
        ring.write(block)
    assert ASLEEP <= LONGEST
    assert ring.waiting <= MARGIN + 3
    assert ring.read(PIECE) == blocks[300 - MARGIN - 3] + blocks[300 - MARGIN - 2]


def test_what_nobody_fetches_is_lost_from_the_oldest_on():
    ring, blocks = InputRing(), cut(hum(2))
    for block in blocks[:100]:
        ring.write(block)
    assert (ring.waiting, ring.lost) == (LONGEST, 100 - LONGEST)
    assert ring.read() == blocks[100 - LONGEST]


def test_cards_move_any_number_of_samples():
    said = hum(1)
    ring, place, heard = InputRing(), 0, bytearray()
    for size in (1, 7, 159, 160, 161, 441, 1024, 3000):
        ring.write(said[place : place + 2 * size])
        place += 2 * size
    assert ring.moved == place // 2
    for _ in range(place // BLOCK_BYTES):
        heard += ring.read()
    assert bytes(heard).strip(b"\0") in said
    out, heard = OutputRing(), bytearray()
    for block in cut(said)[:40]:
        out.write(block)
    for size in (1, 7, 159, 160, 161, 441, 1024, 3000):
        heard += out.read(size)
    assert len(heard) == 2 * (1 + 7 + 159 + 160 + 161 + 441 + 1024 + 3000) == 2 * out.moved
    assert said.startswith(bytes(heard[: len(said) // 4]))


@pytest.mark.parametrize("piece", [40, 59, 100])
def test_cards_that_move_more_than_is_kept_are_heard_all_the_same(piece):
    """Nobody asks for such pieces; a card may give them nevertheless."""
    said = hum(3)
    ring, heard, place = InputRing(), bytearray(), 0
    for _ in range(3):
        ring.write(said[place : place + piece * BLOCK_BYTES])
        place += piece * BLOCK_BYTES
        for _ in range(min(piece, LONGEST)):
            heard += ring.read()
    assert len(bytes(heard).replace(b"\0\0\0\0", b"")) > len(heard) // 3
    out, heard = OutputRing(), bytearray()
    for n, block in enumerate(cut(said)):
        out.write(block)
        if n % piece == piece - 1:
            heard += out.read(piece * BLOCK_SAMPLES)
    assert len(bytes(heard).replace(b"\0\0\0\0", b"")) > len(heard) // 3


def test_nothing_is_heard_before_there_is_enough():
    ring = OutputRing()
    assert ring.read(PIECE) == bytes(2 * PIECE)
    ring.write(b"\1" * BLOCK_BYTES)
    assert ring.read(PIECE) == bytes(2 * PIECE)
    assert (ring.dry, ring.waiting) == (0, 1)
    assert InputRing().read() == SILENCE
