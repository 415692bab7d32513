"""Calls with real sound between engines on one real server: over WebRTC, so on the wall clock."""

import math
import wave
from array import array

import pytest

from support.xmpp import befriend

pytestmark = pytest.mark.real_time
RATE = 16_000
PITCH = 440


@pytest.fixture
def tone(tmp_path):
    """A file with three seconds of a tone."""
    path = tmp_path / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        angle = 2 * math.pi * PITCH / RATE
        file.writeframes(array("h", [int(9000 * math.sin(i * angle)) for i in range(3 * RATE)]).tobytes())
    return path


def seconds_of_tone(path):
    """How long the tone is heard in a file: in how many hundredths most of the power is at its pitch."""
    with wave.open(str(path)) as file:
        samples = array("h", file.readframes(file.getnframes()))
    heard, size = 0, RATE // 100
    for start in range(0, len(samples) - size, size):
        block = samples[start : start + size]
        power = sum(x * x for x in block)
        angle = 2 * math.pi * PITCH / RATE
        real = sum(x * math.cos(i * angle) for i, x in enumerate(block))
        imaginary = sum(x * math.sin(i * angle) for i, x in enumerate(block))
        heard += power > size * 500**2 and 2 * (real**2 + imaginary**2) / size > 0.7 * power
    return heard / 100


def calling(one, other):
    """Place a call; its numbers at both ends once it rings."""
    number = one.ask(f"CALL {other.handle}").split()[1]
    theirs = other.until("STATUS RINGING").split()[1]
    one.until(f"CALL {number} STATUS RINGING")
    return number, theirs


def test_two_talk_hold_and_hang_up(residents, tone, tmp_path):
    alice, bob = residents("alice", "bob")
    one, other = alice.start().online(), bob.start().online()
    befriend(one, other)
    number, theirs = calling(one, other)
    heard, back = tmp_path / "heard.wav", tmp_path / "back.wav"
    assert other.ask(f"GET CALL {theirs} PARTNER_HANDLE").endswith(f" {alice.handle}")
    one.ask(f'ALTER CALL {number} SET_OUTPUT FILE="{back}"')
    other.ask(f'ALTER CALL {theirs} SET_OUTPUT FILE="{heard}"')
    other.ask(f"ALTER CALL {theirs} ANSWER")
    one.until(f"CALL {number} STATUS INPROGRESS")
    other.until(f"CALL {theirs} DURATION 1")
    one.ask(f'ALTER CALL {number} SET_INPUT FILE="{tone}"')
    one.until(f"CALL {number} VAA_INPUT_STATUS FALSE")
    other.ask(f'ALTER CALL {theirs} SET_INPUT FILE="{tone}"')
    other.until(f"CALL {theirs} VAA_INPUT_STATUS TRUE")
    other.until(f"CALL {theirs} VAA_INPUT_STATUS FALSE")
    for holder, held, mine, yours in ((one, other, number, theirs), (other, one, theirs, number)):
        holder.ask(f"ALTER CALL {mine} HOLD")
        holder.until(f"CALL {mine} STATUS LOCALHOLD")
        held.until(f"CALL {yours} STATUS REMOTEHOLD")
        holder.ask(f"ALTER CALL {mine} RESUME")
        held.until(f"CALL {yours} STATUS INPROGRESS")
    one.ask(f"ALTER CALL {number} HANGUP")
    other.until(f"CALL {theirs} STATUS FINISHED")
    one.until(f"CALL {number} STATUS FINISHED")
    # What is at the end may still be on its way when the route is led elsewhere.
    assert 2.5 < seconds_of_tone(heard) < 3.3
    assert 2.5 < seconds_of_tone(back) < 3.3


def test_calls_that_come_to_nothing(residents):
    alice, bob = residents("alice", "bob")
    one, other = alice.start().online(), bob.start().online()
    befriend(one, other)
    number, theirs = calling(one, other)
    other.ask(f"ALTER CALL {theirs} HANGUP")
    one.until(f"CALL {number} STATUS REFUSED")
    other.until(f"CALL {theirs} STATUS REFUSED")
    number, theirs = calling(one, other)
    one.ask(f"ALTER CALL {number} HANGUP")
    one.until(f"CALL {number} STATUS CANCELLED")
    other.until(f"CALL {theirs} STATUS MISSED")
    other.close()
    bob.stop()
    one.until(f"USER {bob.handle} ONLINESTATUS OFFLINE")
    number = one.ask(f"CALL {bob.handle}").split()[1]
    one.until(f"CALL {number} STATUS FAILED")
    assert one.ask(f"GET CALL {number} FAILUREREASON").endswith(" 3")


def test_it_rings_everywhere_and_is_answered_once(residents, tmp_path):
    alice, bob = residents("alice", "bob")
    second = bob.again(tmp_path)
    residents.made.append(second)
    one, desk, phone = alice.start().online(), bob.start().online(), second.start().online()
    befriend(one, desk)
    phone.comes_to(f"USER {alice.handle} BUDDYSTATUS", "3")
    number, theirs = calling(one, desk)
    there = phone.until("STATUS RINGING").split()[1]
    phone.ask(f"ALTER CALL {there} ANSWER")
    one.until(f"CALL {number} STATUS INPROGRESS")
    desk.until(f"CALL {theirs} STATUS FINISHED")
    assert desk.ask("SEARCH MISSEDCALLS").strip() == "CALLS"
    second.kill()
    one.until(f"CALL {number} STATUS F")
    number, theirs = calling(one, desk)
    desk.ask(f"ALTER CALL {theirs} ANSWER")
    one.until(f"CALL {number} STATUS INPROGRESS")
    bob.kill()
    # Nobody hangs up: the sound stops.
    one.until(f"CALL {number} STATUS F")


@pytest.mark.slow
def test_two_who_call_each_other_at_once_get_one_call(residents):
    alice, bob = residents("alice", "bob")
    one, other = alice.start().online(), bob.start().online()
    befriend(one, other)
    pairs = ((one, bob), (other, alice))
    for program, callee in pairs:
        program.send(f"CALL {callee.handle}")
    for program, _ in pairs:
        program.until("STATUS INPROGRESS")
    numbers = [program.ask("SEARCH ACTIVECALLS").split()[1:] for program, _ in pairs]
    assert [len(found) for found in numbers] == [1, 1]
    one.ask(f"ALTER CALL {numbers[0][0]} HANGUP")
    for (program, _), (number,) in zip(pairs, numbers, strict=True):
        program.until(f"CALL {number} STATUS FINISHED")
        assert program.ask("SEARCH CALLS") == f"CALLS {number}"


@pytest.mark.slow
def test_a_second_call_has_the_first_one_wait(residents):
    """Also one that both hold; and what is known of a call after a kill."""
    alice, bob, carol = residents("alice", "bob", "carol")
    one, other, third = (resident.start().online() for resident in (alice, bob, carol))
    befriend(one, other)
    befriend(third, other)
    number, theirs = calling(one, other)
    other.ask(f"ALTER CALL {theirs} ANSWER")
    one.until(f"CALL {number} STATUS INPROGRESS")
    second, incoming = calling(third, other)
    assert other.ask(f"GET CALL {theirs} STATUS").endswith("INPROGRESS")
    other.ask(f"ALTER CALL {incoming} ANSWER")
    other.until(f"CALL {theirs} STATUS LOCALHOLD")
    other.until(f"CALL {incoming} STATUS INPROGRESS")
    one.until(f"CALL {number} STATUS REMOTEHOLD")
    third.until(f"CALL {second} STATUS INPROGRESS")
    third.ask(f"ALTER CALL {second} HANGUP")
    other.until(f"CALL {incoming} STATUS FINISHED")
    one.ask(f"ALTER CALL {number} HOLD")
    one.until(f"CALL {number} STATUS LOCALHOLD")
    assert other.ask(f"ALTER CALL {theirs} RESUME") == f"ALTER CALL {theirs} RESUME"
    other.until(f"CALL {theirs} STATUS REMOTEHOLD")
    one.ask(f"ALTER CALL {number} RESUME")
    for program, call in ((one, number), (other, theirs)):
        program.until(f"CALL {call} STATUS INPROGRESS")
    other.close()
    bob.kill()
    other = bob.start().online()
    assert other.ask(f"GET CALL {theirs} STATUS").endswith("FINISHED")
    assert other.ask("SEARCH ACTIVECALLS").strip() == "CALLS"
    assert other.ask("SEARCH MISSEDCALLS").strip() == "CALLS"
    one.until(f"CALL {number} FAILUREREASON 5")
