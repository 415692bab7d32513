"""Voice routes as programs spell them and read them back (reference: Voice streams)."""

import re

import pytest

from ringback.media.wav import samples
from ringback.ports.media import BLOCK_BYTES
from support.ports import Port, Ports
from support.replay import PROMPTS, World
from support.sound import same_sound, speech, wav

SAID = speech(1.0, seed=4)


@pytest.fixture
def talk():
    """A program in a call with somebody who talks, and the ports of the machine."""
    ports = Ports()
    ports.listening = {5001: Port(), 5002: Port()}
    world = World(dialer=ports)
    program = world.attach()
    program.ask("CALL ann.answers")
    world.wait(2.5)
    program.ports = ports
    program.news()
    return program


ROUTES = [("SET_INPUT", "INPUT"), ("SET_OUTPUT", "OUTPUT"), ("SET_CAPTURE_MIC", "CAPTURE_MIC")]

#: What a program writes, and what GET says then. {f} is a file that can be read and written.
SPELLINGS = [
    ("", ""),
    ('SOUNDCARD="default"', 'SOUNDCARD="default"'),
    ("SOUNDCARD=default", 'SOUNDCARD="default"'),
    ('soundcard="Default"', 'SOUNDCARD="default"'),
    ('SOUNDCARD=""', ""),
    ('SOUNDCARD="USB headset"', ""),
    ("SOUNDCARD", ""),
    ('PORT="5001"', 'PORT="5001"'),
    ('port="5001"', 'PORT="5001"'),
    ("PORT=5001", 'PORT="5001"'),
    ('PORT=""', ""),
    ('FILE="{f}"', 'FILE="{f}"'),
    ('file="{f}"', 'FILE="{f}"'),
    ("File={f}", 'FILE="{f}"'),
    ('FILE=""', ""),
    ('SOUNDCARD="default" PORT="5001"', 'SOUNDCARD="default", PORT="5001"'),
    ('SOUNDCARD="default", PORT="5001"', 'SOUNDCARD="default", PORT="5001"'),
    ('SOUNDCARD="default",PORT="5001"', 'SOUNDCARD="default", PORT="5001"'),
    ('SOUNDCARD="default", FILE="{f}"', 'SOUNDCARD="default", FILE="{f}"'),
    ('file="{f}" , port="5002"', 'PORT="5002", FILE="{f}"'),
    ('FILE="{f}" PORT="5001" SOUNDCARD="default"', 'SOUNDCARD="default", PORT="5001", FILE="{f}"'),
    ('PORT="5001" FILE=""', 'PORT="5001"'),
    ('SOUNDCARD="", PORT="5001"', 'PORT="5001"'),
    ('PORT="5001" PORT="5002"', 'PORT="5002"'),
]  # fmt: skip


@pytest.mark.rule("alter-call-set-input-r01", "alter-call-set-input-r02", "alter-call-set-input-r03")
@pytest.mark.rule("alter-call-set-output-r01", "alter-call-set-output-r02", "alter-call-set-capture-mic-r01")
@pytest.mark.parametrize(("action", "name"), ROUTES)
@pytest.mark.parametrize(("spelled", "read"), SPELLINGS)
@pytest.mark.parametrize("verb", ["ALTER CALL 1", "alter call 1"])
def test_every_spelling_is_understood_echoed_and_read_back(talk, tmp_path, action, name, spelled, read, verb):
    file = tmp_path / 'my ""sound"".wav' if spelled.startswith('FILE="{f}"') else tmp_path / "sound.wav"
    real = tmp_path / file.name.replace('""', '"')
    real.write_bytes(wav(SAID))
    spelled, read = spelled.format(f=file), read.format(f=file)
    action = action if verb.isupper() else action.lower()
    echo = f"ALTER CALL 1 {action.upper()} {spelled}".rstrip(" ")
    assert talk.ask(f"{verb} {action} {spelled}") == echo
    assert talk.ask(f"GET CALL 1 {name}") == f"CALL 1 {name} {read}"
    # It is led there, not only noted.
    talk.world.wait(0.5)
    port = re.search(r'PORT="(\d+)"', read)
    if port and name != "INPUT":
        assert len(talk.ports.listening[int(port[1])].heard) == 50 * BLOCK_BYTES
    if port:
        assert talk.ports.asked == [int(port[1])]
    talk.ask("ALTER CALL 1 HANGUP")
    if port:
        assert talk.ports.listening[int(port[1])].closed
    if "FILE" in read and name != "INPUT":
        assert len(samples(real.read_bytes())) == 50 * BLOCK_BYTES
    # What was is still read after the end of the call.
    assert talk.ask(f"GET CALL 1 {name}") == f"CALL 1 {name} {read}"


@pytest.mark.parametrize(("action", "name"), ROUTES)
@pytest.mark.parametrize(
    "wrong",
    ['PORT="0"', 'PORT="65536"', 'PORT="-1"', 'PORT="http"', 'PORT="5001', 'TAPE="1"', 'FILE="x" loud', "=1"],
)
def test_what_is_no_route_is_refused_and_changes_nothing(talk, action, name, wrong):
    before = talk.ask(f"GET CALL 1 {name}")
    assert talk.ask(f"ALTER CALL 1 {action} {wrong}") == "ERROR 558 CALL: Missing or invalid arguments"
    assert talk.ask(f"GET CALL 1 {name}") == before
    assert talk.ports.asked == []


def test_before_a_program_leads_them_elsewhere(talk):
    assert talk.ask("GET CALL 1 INPUT") == 'CALL 1 INPUT SOUNDCARD="default"'
    assert talk.ask("GET CALL 1 OUTPUT") == 'CALL 1 OUTPUT SOUNDCARD="default"'
    assert talk.ask("GET CALL 1 CAPTURE_MIC") == "CALL 1 CAPTURE_MIC "


@pytest.mark.parametrize(("action", "name"), ROUTES)
def test_a_command_that_fails_leaves_the_route_as_it_was(talk, tmp_path, action, name):
    out = tmp_path / "out.wav"
    out.write_bytes(wav(SAID))
    talk.ask(f'ALTER CALL 1 {action} PORT="5001"')
    for wrong in ('PORT="9"', 'FILE="/nowhere/at/all.wav"', f'FILE="{tmp_path}"', f'FILE="{out}" PORT="9"'):
        assert talk.ask(f"ALTER CALL 1 {action} {wrong}") == "ERROR 559 CALL: Action failed"
        assert talk.ask(f"GET CALL 1 {name}") == f'CALL 1 {name} PORT="5001"'
    talk.world.wait(0.1)
    assert not talk.ports.listening[5001].closed
    # A file that could have been opened is not emptied for a port that refuses.
    assert samples(out.read_bytes()) == SAID


def test_one_end_breaks_and_the_other_goes_on(talk, tmp_path):
    out = tmp_path / "out.wav"
    talk.ask(f'ALTER CALL 1 SET_OUTPUT PORT="5001", FILE="{out}"')
    talk.world.wait(0.5)
    talk.ports.listening[5001].broken = True
    talk.world.wait(0.5)
    assert talk.ask("GET CALL 1 OUTPUT") == f'CALL 1 OUTPUT FILE="{out}"'
    assert talk.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
    talk.ask("ALTER CALL 1 HANGUP")
    assert len(samples(out.read_bytes())) == 100 * BLOCK_BYTES
    assert talk.ports.listening[5001].closed


def test_an_input_that_breaks_is_silence_and_no_longer_read_back(talk):
    talk.ports.listening[5001].said += SAID
    talk.ask('ALTER CALL 1 SET_INPUT PORT="5001"')
    talk.ask('ALTER CALL 1 SET_CAPTURE_MIC PORT="5002"')
    talk.world.wait(1.5)
    talk.ports.listening[5001].broken = True
    talk.world.wait(0.5)
    assert talk.ask("GET CALL 1 INPUT") == "CALL 1 INPUT "
    heard = bytes(talk.ports.listening[5002].heard)
    assert heard.startswith(SAID)
    assert len(heard) == 200 * BLOCK_BYTES
    assert same_sound(SAID, heard).why_not == ""


@pytest.mark.rule("alter-call-set-input-r04")
def test_the_use_of_the_input_is_told(talk, tmp_path):
    """T101: TRUE once the far end hears it, FALSE when it has no more to say."""
    (tmp_path / "said.wav").write_bytes(wav(SAID))
    used, unused = "CALL 1 VAA_INPUT_STATUS TRUE", "CALL 1 VAA_INPUT_STATUS FALSE"

    def vaa():
        return [line for line in talk.news() if "VAA" in line]

    talk.ask(f'ALTER CALL 1 SET_INPUT FILE="{tmp_path}/said.wav"')
    talk.world.wait(0.5)
    assert vaa() == [used]
    assert talk.ask("GET CALL 1 VAA_INPUT_STATUS") == used
    talk.world.wait(1)
    assert vaa() == [unused]
    assert talk.ask("GET CALL 1 VAA_INPUT_STATUS") == unused
    talk.ask(f'ALTER CALL 1 SET_INPUT PORT="5001", FILE="{tmp_path}/said.wav"')
    talk.world.wait(2)
    assert vaa() == [used]
    talk.ask('ALTER CALL 1 SET_INPUT SOUNDCARD="default"')
    talk.world.wait(0.1)
    assert vaa() == [unused]
    talk.ask('ALTER CALL 1 SET_INPUT PORT="5001"')
    talk.world.wait(0.1)
    talk.ports.listening[5001].broken = True
    talk.world.wait(0.1)
    assert vaa() == [used, unused]
    talk.ask('ALTER CALL 1 SET_INPUT PORT="5002"')
    talk.world.wait(0.1)
    talk.news()
    talk.ask("ALTER CALL 1 HANGUP")
    assert talk.news()[:2] == [unused, "CALL 1 STATUS FINISHED"]


@pytest.mark.parametrize(("handle", "ending"), [("no.answer", "CANCELLED"), ("echo123", "CANCELLED")])
def test_routes_of_a_call_that_nobody_took_are_closed_too(handle, ending, tmp_path):
    """They were led somewhere while it rang; programs wait until their ports close."""
    ports = Ports()
    ports.listening = {5001: Port()}
    world = World(dialer=ports)
    program = world.attach()
    program.ask(f"CALL {handle}")
    program.ask('ALTER CALL 1 SET_OUTPUT PORT="5001"')
    program.ask(f'ALTER CALL 1 SET_CAPTURE_MIC FILE="{tmp_path}/mic.wav"')
    world.wait(1)
    assert not ports.listening[5001].closed
    program.ask("ALTER CALL 1 HANGUP")
    assert program.ask("GET CALL 1 STATUS") == f"CALL 1 STATUS {ending}"
    assert ports.listening[5001].closed
    assert samples((tmp_path / "mic.wav").read_bytes()) == b""


def test_a_port_that_answers_after_the_call_is_closed_and_the_command_fails(talk):
    talk.ports.late[5001] = None
    talk.link.send('#late ALTER CALL 1 SET_OUTPUT PORT="5001"')
    talk.ask("ALTER CALL 1 HANGUP")
    assert "#late ERROR 559 CALL: Action failed" in talk.link.lines
    talk.ports.late[5001]()
    assert talk.ports.listening[5001].closed
    assert talk.ask('ALTER CALL 1 SET_OUTPUT PORT="5002"').startswith("ERROR 559")


def test_led_elsewhere_during_a_call_without_a_gap(talk, tmp_path):
    """What was heard at one port and then at another is one sound, also with a file running beside it."""
    first, second = talk.ports.listening.values()
    out = tmp_path / "out.wav"
    talk.ask(f'ALTER CALL 1 SET_OUTPUT PORT="5001" FILE="{out}"')
    talk.world.wait(1.23)
    talk.ask('ALTER CALL 1 SET_OUTPUT PORT="5002"')
    talk.world.wait(1.0)
    assert first.closed
    beside = samples(out.read_bytes())
    assert bytes(first.heard) == beside
    ann = PROMPTS["sample"]
    ann += bytes(-len(ann) % BLOCK_BYTES)
    assert bytes(first.heard + second.heard) in ann * 2
    assert len(first.heard + second.heard) == 223 * BLOCK_BYTES


def test_parameters_without_end_are_not_read(talk):
    many = ", ".join(['PORT="5001"'] * 11)
    assert talk.ask(f"ALTER CALL 1 SET_OUTPUT {many}").startswith("ERROR 558 ")
    assert talk.ask("GET CALL 1 OUTPUT") == 'CALL 1 OUTPUT SOUNDCARD="default"'


def test_two_recordings_never_go_into_one_file(tmp_path):
    """The second is refused and spoils nothing, whoever asks for it; the same route may begin anew."""
    world = World("anna", "bob")
    anna, bob = world.attach("anna"), world.attach("bob")
    anna.ask("CALL bob")
    bob.ask("ALTER CALL 1 ANSWER")
    path = tmp_path / "sound.wav"
    lead = f'FILE="{path}"'
    assert anna.ask(f"ALTER CALL 1 SET_OUTPUT {lead}") == f"ALTER CALL 1 SET_OUTPUT {lead}"
    world.wait(1)
    for program, route in ((anna, "SET_CAPTURE_MIC"), (bob, "SET_OUTPUT"), (bob, "SET_CAPTURE_MIC")):
        assert program.ask(f"ALTER CALL 1 {route} {lead}").startswith("ERROR 559 ")
    assert anna.ask("GET CALL 1 CAPTURE_MIC") == "CALL 1 CAPTURE_MIC "
    world.wait(1)
    assert len(path.read_bytes()) == 44 + 200 * BLOCK_BYTES
    again = f'SOUNDCARD="default" {lead}'
    assert anna.ask(f"ALTER CALL 1 SET_OUTPUT {again}") == f"ALTER CALL 1 SET_OUTPUT {again}"
    world.wait(0.5)
    assert anna.ask("ALTER CALL 1 SET_OUTPUT") == "ALTER CALL 1 SET_OUTPUT"
    assert len(path.read_bytes()) == 44 + 50 * BLOCK_BYTES
    assert bob.ask(f"ALTER CALL 1 SET_OUTPUT {lead}") == f"ALTER CALL 1 SET_OUTPUT {lead}"
    # What is no file is nobody's alone.
    for program in (anna, bob):
        assert program.ask('ALTER CALL 1 SET_CAPTURE_MIC FILE="/dev/null"').startswith("ALTER ")
    anna.ask("ALTER CALL 1 HANGUP")


def test_nobody_hears_anybody_while_the_call_is_held():
    """Either side may hold; what is played in waits, recordings go on with silence."""
    ports = Ports()
    ports.listening = {number: Port() for number in (5001, 5002, 5003, 5004)}
    ports.listening[5001].said += SAID
    ports.listening[5002].said += SAID[::-1]
    world = World("anna", "bob", dialer=ports)
    anna, bob = world.attach("anna"), world.attach("bob")
    anna.ask("CALL bob")
    bob.ask("ALTER CALL 1 ANSWER")
    for program, spoken, heard in ((anna, 5001, 5003), (bob, 5002, 5004)):
        program.ask(f'ALTER CALL 1 SET_OUTPUT PORT="{heard}"')
        program.ask(f'ALTER CALL 1 SET_INPUT PORT="{spoken}"')
    for holding in (anna, bob):
        world.wait(0.3)
        assert holding.ask("ALTER CALL 1 HOLD") == "ALTER CALL 1 HOLD"
        world.wait(0.02)  # what was on its way
        before = [(len(ports.listening[n].said), len(ports.listening[n + 2].heard)) for n in (5001, 5002)]
        world.wait(1)
        for number, (said, heard) in zip((5001, 5002), before, strict=True):
            assert len(ports.listening[number].said) == said
            silence = ports.listening[number + 2].heard[heard:]
            assert len(silence) == 100 * BLOCK_BYTES
            assert not any(silence)
        assert holding.ask("ALTER CALL 1 RESUME") == "ALTER CALL 1 RESUME"
    world.wait(1)
    for heard, said in ((5003, SAID[::-1]), (5004, SAID)):
        pieces = [block for block in _blocks(ports.listening[heard].heard) if any(block)]
        spoken = [block for block in _blocks(said) if any(block)]
        # In order, and all but what was on its way when somebody held.
        places = [spoken.index(block) for block in pieces]
        assert places == sorted(set(places))
        assert len(places) >= len(spoken) - 6


def _blocks(sound):
    return [sound[i : i + BLOCK_BYTES] for i in range(0, len(sound), BLOCK_BYTES)]
