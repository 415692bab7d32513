"""Two who can reach nobody but their server: their call goes through its relay (coturn). Needs root."""

import wave

import pytest

from servers.island import lan
from servers.prosody import Prosody
from servers.relay import Relay
from support.sound import RATE, pieces_found, speech, wav
from support.xmpp import Resident, befriend

pytestmark = [pytest.mark.real_time, pytest.mark.slow]


@pytest.fixture
def houses(authority, tmp_path):
    """Two people, each in a house of their own, and a relay that is told of or not."""
    residents = []
    with lan(tmp_path / "lan") as net:
        middle, *ends = (net.island(name) for name in ("middle", "here", "there"))
        for end in ends:
            net.isolate(end)
        with Relay(tmp_path / "relay").live_on(middle) as relay:

            def begin(*, told_of_relay):
                server = Prosody(
                    tmp_path / "server", "house.test", authority, relay=relay if told_of_relay else None
                ).live_on(middle)
                begin.server = server
                server.start()
                for name, island in zip(("alice", "bob"), ends, strict=True):
                    residents.append(Resident(server, tmp_path, name, island))
                programs = [resident.start().online() for resident in residents]
                befriend(*programs)
                return programs

            yield begin
            for resident in residents:
                resident.close()
            begin.server.kill()


def calling(one, other):
    number = one.ask(f"CALL {other.handle}").split()[1]
    theirs = other.until("STATUS RINGING").split()[1]
    one.until(f"CALL {number} STATUS RINGING")
    other.ask(f"ALTER CALL {theirs} ANSWER")
    return number, theirs


def test_a_call_goes_through_the_relay(houses, tmp_path):
    one, other = houses(told_of_relay=True)
    said, heard = tmp_path / "said.wav", tmp_path / "heard.wav"
    voice = speech(3.0, 7)
    said.write_bytes(wav(voice))
    number, theirs = calling(one, other)
    one.until(f"CALL {number} STATUS INPROGRESS")
    other.ask(f'ALTER CALL {theirs} SET_OUTPUT FILE="{heard}"')
    other.until(f"CALL {theirs} DURATION 2")
    one.ask(f'ALTER CALL {number} SET_INPUT FILE="{said}"')
    one.until(f"CALL {number} VAA_INPUT_STATUS TRUE")
    one.until(f"CALL {number} VAA_INPUT_STATUS FALSE")
    other.until(f"CALL {theirs} DURATION 7")
    one.ask(f"ALTER CALL {number} HANGUP")
    other.until(f"CALL {theirs} STATUS FINISHED")
    with wave.open(str(heard)) as file:
        assert file.getframerate() == RATE
        assert pieces_found(voice, file.readframes(file.getnframes())) > 0.8


def test_without_a_relay_there_is_no_way(houses):
    """FAILUREREASON 4, at both ends."""
    one, other = houses(told_of_relay=False)
    number, theirs = calling(one, other)
    for program, call in ((one, number), (other, theirs)):
        program.until(f"CALL {call} STATUS FAILED")
        assert program.ask(f"GET CALL {call} FAILUREREASON") == f"CALL {call} FAILUREREASON 4"
