"""Calls through the whole engine on a fake clock, as the reference shows them."""

from pathlib import Path

import pytest

from ringback.media.wav import samples
from ringback.ports.media import BLOCK_BYTES
from support.replay import PROMPTS, World

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.rule("call-r01", "call-r05", "call-r06", "call-r09", "get-call-r01")
@pytest.mark.parametrize("protocol", [1, 5, 8])
def test_the_lines_of_a_call_to_echo123(protocol):
    """T002, T009: answer, then its notifications; seconds of talk; hung up by the other side."""
    world = World()
    program = world.attach(protocol=protocol)
    lines = ["-> CALL echo123", "<- " + program.ask("CALL echo123")]
    world.wait(40)
    lines += ["<- " + line for line in program.news()]
    for name in (
        "TYPE",
        "STATUS",
        "DURATION",
        "PARTNER_HANDLE",
        "PARTNER_DISPNAME",
        "FAILUREREASON",
        "CONF_ID",
    ):
        lines += [f"-> GET CALL 1 {name}", "<- " + program.ask(f"get call 1 {name.lower()}")]
    golden = GOLDEN / f"echo_call_protocol_{protocol}.txt"
    assert "\n".join(lines) + "\n" == golden.read_text()


@pytest.mark.rule("P09")
@pytest.mark.parametrize(("protocol", "status"), [(1, "FINISHED"), (2, "CANCELLED"), (8, "CANCELLED")])
def test_giving_up_an_unanswered_call(protocol, status):
    world = World()
    program = world.attach(protocol=protocol)
    program.ask("CALL echo123")
    world.wait(1)
    program.news()
    assert program.ask("SET CALL 1 STATUS FINISHED") == f"CALL 1 STATUS {status}"
    assert program.news() == [f"CALL 1 STATUS {status}"]
    assert program.ask("SET CALL 1 STATUS FINISHED") == "ERROR 24 Cannot hangup inactive call"
    world.wait(20)
    assert program.news() == []
    assert len(world.pipes) == 0


@pytest.mark.rule("alter-call-r03")
def test_hanging_up_echoes_the_command_first():
    """T013."""
    world = World()
    program = world.attach()
    program.ask("CALL echo123")
    world.wait(3.5)
    program.news()
    assert program.ask("alter call 1 hangup") == "ALTER CALL 1 HANGUP"
    assert program.news() == ["CALL 1 STATUS FINISHED"]
    assert program.ask("GET CALL 1 DURATION") == "CALL 1 DURATION 1"
    assert program.ask("SEARCH ACTIVECALLS") == "CALLS "


@pytest.mark.parametrize(
    ("handle", "lines"),
    [
        ("busy.bee", ["CALL 1 STATUS BUSY"]),
        ("dee.clines", ["CALL 1 STATUS REFUSED"]),
        ("nobody.at.all", ["CALL 1 FAILUREREASON 2", "CALL 1 STATUS FAILED"]),
    ],
)
def test_calls_that_nobody_takes(handle, lines):
    world = World()
    program = world.attach()
    assert program.ask(f"CALL {handle}") == "CALL 1 STATUS UNPLACED"
    world.wait(1)
    news = [line for line in program.news() if "RINGING" not in line]
    assert news[:3] == ["CALL 1 STATUS UNPLACED", "CALL 1 SUBJECT ", "CALL 1 STATUS ROUTING"]
    assert news[3:] == lines


def test_nobody_answers():
    world = World()
    program = world.attach()
    program.ask("CALL no.answer")
    world.wait(61)
    assert program.news()[-2:] == ["CALL 1 FAILUREREASON 5", "CALL 1 STATUS FAILED"]


@pytest.mark.rule("set-call-onhold-r01")
def test_hold_and_resume_by_protocol():
    world = World()
    new, old = world.attach(), world.attach(protocol=1)
    new.ask("CALL ann.answers")
    world.wait(2.5)
    new.news(), old.news()
    assert new.ask("SET CALL 1 STATUS ONHOLD") == "CALL 1 STATUS LOCALHOLD"
    assert (new.news(), old.news()) == (["CALL 1 STATUS LOCALHOLD"], ["CALL 1 STATUS ONHOLD"])
    assert old.ask("SET CALL 1 STATUS ONHOLD").startswith("ERROR 22")
    assert new.ask("ALTER CALL 1 RESUME") == "ALTER CALL 1 RESUME"
    assert new.news() == ["CALL 1 STATUS INPROGRESS"]


@pytest.mark.rule("set-call-dtmf-r05", "set-call-dtmf-r06", "set-call-dtmf-r07", "set-call-dtmf-r08")
def test_tones_and_seen():
    world = World()
    program = world.attach()
    program.ask("CALL ann.answers")
    assert program.ask("SET CALL 1 DTMF 5") == "SET CALL 1 DTMF 5"
    world.wait(3)
    assert program.ask("SET CALL 1 DTMF 12#*") == "SET CALL 1 DTMF 12#*"
    assert program.ask("ALTER CALL 1 DTMF 5") == "ALTER CALL 1 DTMF 5"
    assert program.ask("SET CALL 1 SEEN") == "CALL 1 SEEN TRUE"
    assert program.ask("GET CALL 1 CAN_TRANSFER +3721234567") == "CALL 1 CAN_TRANSFER +3721234567 FALSE"
    program.ask("ALTER CALL 1 HANGUP")
    assert program.ask("SET CALL 1 DTMF 5") == "ERROR 41 Call not active"


def test_tones_that_a_hold_keeps_back_take_up_room():
    """They are said after it, so as many as before wait then, and no more find room."""
    world = World()
    program = world.attach()
    program.ask("CALL ann.answers")
    world.wait(3)
    many = "5" * 100
    for _ in range(3):
        assert program.ask(f"ALTER CALL 1 DTMF {many}") == f"ALTER CALL 1 DTMF {many}"
        program.ask("ALTER CALL 1 HOLD")
        world.wait(30)
        program.ask("ALTER CALL 1 RESUME")
        assert program.ask("ALTER CALL 1 DTMF 1").startswith("ERROR"), "all of them wait"
        world.wait(1.9)
        assert program.ask("ALTER CALL 1 DTMF 1234567890") == "ALTER CALL 1 DTMF 1234567890"
        world.wait(18.1)


@pytest.mark.rule("search-missedcalls-r01", "set-call-seen-r01")
def test_a_call_between_two_accounts():
    """The callee sees CONF_ID 0, then RINGING; a call that is given up is missed, until it is seen."""
    world = World("anna", "bob")
    anna, bob = world.attach("anna"), world.attach("bob")
    assert anna.ask("CALL Bob") == "CALL 1 STATUS UNPLACED"
    world.wait(0.1)
    assert bob.news() == ["CALL 1 CONF_ID 0", "CALL 1 STATUS RINGING"]
    assert bob.ask("ALTER CALL 1 ANSWER") == "ALTER CALL 1 ANSWER"
    world.wait(2.05)
    assert anna.news()[-2:] == ["CALL 1 DURATION 1", "CALL 1 DURATION 2"]
    assert bob.ask("GET CALL 1 TYPE") == "CALL 1 TYPE INCOMING_P2P"
    anna.ask("ALTER CALL 1 HANGUP")
    assert bob.news()[-1] == "CALL 1 STATUS FINISHED"
    anna.ask("CALL bob")
    anna.ask("ALTER CALL 2 HANGUP")
    assert bob.ask("GET CALL 2 STATUS") == "CALL 2 STATUS MISSED"
    assert bob.ask("SEARCH MISSEDCALLS") == "CALLS 2"
    bob.ask("SET CALL 2 SEEN")
    assert bob.ask("SEARCH MISSEDCALLS") == "CALLS "
    anna.ask("CALL bob")
    assert bob.ask("SET CALL 3 STATUS FINISHED") == "CALL 3 STATUS REFUSED"
    assert anna.ask("GET CALL 3 STATUS") == "CALL 3 STATUS REFUSED"


@pytest.mark.rule("alter-call-set-input-r01", "alter-call-set-output-r01", "alter-call-set-capture-mic-r01")
def test_sound_goes_into_a_file_and_comes_back(tmp_path):
    """What is played in after the beep is in what is heard, sample by sample."""
    world = World()
    program = world.attach()
    program.ask("CALL echo123")
    out, mic, said = tmp_path / "out.wav", tmp_path / "mic.wav", tmp_path / "said.wav"
    said.write_bytes(_wav(PROMPTS["sample"]))
    answer = program.ask(f'ALTER CALL 1 SET_OUTPUT SOUNDCARD="default", FILE="{out}"')
    assert answer == f'ALTER CALL 1 SET_OUTPUT SOUNDCARD="default", FILE="{out}"'
    assert program.ask("GET CALL 1 OUTPUT") == f'CALL 1 OUTPUT SOUNDCARD="default", FILE="{out}"'
    program.ask(f"ALTER CALL 1 SET_CAPTURE_MIC file={mic}")
    world.wait(2 + 5.8)
    program.ask(f'ALTER CALL 1 SET_INPUT file="{said}"')
    world.wait(30)
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED"
    heard = samples(out.read_bytes())
    assert PROMPTS["sample"] in heard
    assert heard.startswith(bytes(BLOCK_BYTES)) or heard.startswith(PROMPTS["greeting"][:BLOCK_BYTES])
    assert PROMPTS["greeting"] in heard
    assert PROMPTS["sample"] in samples(mic.read_bytes())
    assert len(heard) == len(samples(mic.read_bytes()))


def test_a_route_that_breaks_does_not_end_the_call(tmp_path):
    world = World()
    program = world.attach()
    program.ask("CALL ann.answers")
    world.wait(3)
    assert program.ask('ALTER CALL 1 SET_OUTPUT FILE="/dev/full"').startswith("ERROR 559")
    assert program.ask(f'ALTER CALL 1 SET_INPUT FILE="{tmp_path}/none.wav"').startswith("ERROR 559")
    (tmp_path / "text.wav").write_text("no sound")
    assert program.ask(f'ALTER CALL 1 SET_INPUT FILE="{tmp_path}/text.wav"').startswith("ERROR 559")
    assert program.ask("ALTER CALL 1 SET_INPUT") == "ALTER CALL 1 SET_INPUT"
    assert program.ask('ALTER CALL 1 SET_OUTPUT FILE=""') == 'ALTER CALL 1 SET_OUTPUT FILE=""'
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"


def _wav(data: bytes) -> bytes:
    import io
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(data)
    return out.getvalue()
