"""A stranger: Dino of Debian and our engine, each on a machine of its own, with a Prosody between them.

Dino has never heard of Ringback. What it says of us is read in its own database and in what it prints.
"""

import contextlib
import itertools
import re
import time

import pytest
from PIL import Image

from ringback.ports.media import RATE
from servers.dino import Dino
from servers.prosody import Prosody
from servers.registration import register
from support.machines import two_machines
from support.sound import levels, pieces_found, speech, wav
from support.xmpp import Resident

pytestmark = [pytest.mark.slow, pytest.mark.real_time]
DORA, SECRET = "dora", "a dinosaur"
VOICES = itertools.count(100)
#: Of a voice that said nothing 0.2 is found in what is heard; of ours 0.98 in Dino's loudspeaker, and of
#: Dora's, from whose sound Dino takes noise and echo before we hear it, 0.85.
NOISE = 0.3
#: Calls in which Dino may forget its microphone.
ATTEMPTS = 5


@pytest.fixture(scope="module")
def machines():
    with two_machines() as both:
        yield both


@pytest.fixture(scope="module")
def dino(machines, authority, tmp_path_factory):
    """Dora's Dino, online; its server is on our machine."""
    here, there = machines
    with contextlib.ExitStack() as opened:
        with here.inside():
            server = Prosody(tmp_path_factory.mktemp("dino.test"), "dino.test", authority)
            # The usual ports: nobody can tell Dino of others.
            server.address, server.port, server.server_port = here.address, 5222, 5269
            server.ports = [5222, 5269]
            opened.enter_context(server)
            register(server, DORA, SECRET)
            folder = tmp_path_factory.mktemp("dora") / "dino"
            program = opened.enter_context(Dino(folder, there, server, DORA, SECRET))
        yield program


@pytest.fixture(autouse=True)
def here(machines):
    """All that a test does is done on our machine."""
    with machines[0].inside():
        yield


@pytest.fixture
def resident(dino, tmp_path):
    """Somebody whom Dora does not know."""
    person = Resident(dino.server, tmp_path, "rita")
    yield person
    person.close()


@pytest.fixture
def program(dino, resident):
    """A program of somebody whom Dora knows, and who is known to her."""
    given = resident.start().online()
    given.ask(f"SET USER {DORA} BUDDYSTATUS 2 it is me")
    dino.befriend(resident.address)
    given.comes_to(f"USER {DORA} BUDDYSTATUS", "3")
    given.comes_to(f"USER {DORA} ONLINESTATUS", "ONLINE")
    yield given
    # A test that failed leaves no call to the next one.
    calls = given.ask("SEARCH ACTIVECALLS").removeprefix("CALLS").replace(",", " ").split()
    for number in calls:
        given.ask(f"ALTER CALL {number} HANGUP")
    if calls:
        dino.idle(resident.address)


def heard(said, recording, like):
    """Wait until what was said is heard so well; ``recording`` gives what was heard until now."""
    end, best = time.monotonic() + 20, 0.0
    while best < like:
        sound = recording()
        assert time.monotonic() < end, f"{best:.2f}; loudness of each tenth of a second: {loudness(sound)}"
        best = pieces_found(said, sound) if len(sound) > len(said) else 0.0
    assert pieces_found(speech(3.0, next(VOICES)), sound) < NOISE


def loudness(sound):
    step = RATE // 10 * 2
    tenths = (levels(sound[start : start + step]) for start in range(0, len(sound), step))
    return [round(float((tenth**2).mean()) ** 0.5) for tenth in tenths]


def talking(dino, program, address, begin):
    """A call in which Dino sends the sound of its microphone, which it may not do (see ``Dino.speaks``)."""
    for _ in range(ATTEMPTS):
        number = begin()
        # The way of the sound is there a moment after both have agreed.
        program.until(f"CALL {number} STATUS INPROGRESS")
        program.until(f"CALL {number} DURATION")
        if dino.speaks():
            return number
        program.ask(f"ALTER CALL {number} HANGUP")
        program.until(f"CALL {number} STATUS FINISHED")
        dino.idle(address)
    raise AssertionError("Dino never uses its microphone")


def talk(dino, program, number, folder):
    """Each of both hears what the other one says, and not something else."""
    ours, theirs = speech(3.0, next(VOICES)), speech(3.0, next(VOICES))
    spoken, file = folder / "spoken.wav", folder / "heard.wav"
    spoken.write_bytes(wav(ours))
    file.unlink(missing_ok=True)
    program.ask(f'ALTER CALL {number} SET_OUTPUT FILE="{file}"')
    with dino.sound.record("loudspeaker") as loudspeaker:
        program.ask(f'ALTER CALL {number} SET_INPUT FILE="{spoken}"')
        program.until(f"CALL {number} VAA_INPUT_STATUS TRUE")
        program.until(f"CALL {number} VAA_INPUT_STATUS FALSE")
        heard(ours, lambda: bytes(loudspeaker.heard), 0.9)
    dino.sound.say("mouth", theirs)
    heard(theirs, lambda: file.read_bytes()[44:], 0.6)


def over(dino, resident, how):
    """For Dino, too, the call is over."""
    dino.idle(resident.address)
    assert set(dino.calls(resident.address)) == {how}


def acknowledged(dino, what):
    """Dino heard that of us, and says that all is well."""
    dino.until(lambda: dino.stanzas("IN", what))
    request = dino.stanzas("IN", what)[-1]
    dino.until(lambda: dino.answers(request))
    assert " type='result'" in dino.answers(request)[0]


def test_a_contact(dino, resident):
    program = resident.start().online()
    dino.request(resident.address)
    program.until(f"USER {DORA} RECEIVEDAUTHREQUEST")
    assert program.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == f"USERS {DORA}"
    # Each decides who may see it: Dora is asked, too.
    program.ask(f"SET USER {DORA} ISAUTHORIZED TRUE")
    program.comes_to(f"USER {DORA} BUDDYSTATUS", "2")
    dino.befriend(resident.address)
    program.comes_to(f"USER {DORA} BUDDYSTATUS", "3")
    program.comes_to(f"USER {DORA} ONLINESTATUS", "ONLINE")


def test_what_dino_sees_of_us(dino, program, resident, tmp_path):
    for status, show in (("AWAY", "away"), ("NA", "xa"), ("DND", "dnd")):
        program.ask(f"SET USERSTATUS {status}")
        dino.until(lambda show=show: seen(dino, resident, f"<show>{show}</show>"))
    program.ask("SET PROFILE MOOD_TEXT fond of old bones")
    dino.until(lambda: seen(dino, resident, "<status>fond of old bones</status>"))
    face = tmp_path / "face.png"
    Image.new("RGB", (32, 32), "teal").save(face)
    assert not program.ask(f"SET AVATAR 1 {face}").startswith("ERROR")
    picture = "SELECT 1 FROM contact_avatar a JOIN jid j ON j.id = a.jid_id WHERE j.bare_jid = ?"
    dino.until(lambda: dino.rows(picture, resident.address))


def seen(dino, resident, what):
    """Has our presence been so for Dino?"""
    squeezed = (
        re.sub(r">\s+|\s+<", lambda gap: gap[0].strip(), one) for one in dino.stanzas("IN", "<presence")
    )
    return [one for one in squeezed if resident.address in one and what in one]


def test_texts(dino, program, resident):
    number = program.say(DORA, "hello, Dora")
    program.until(f"CHATMESSAGE {number} STATUS SENT")
    dino.until(lambda: dino.texts(resident.address) == ["hello, Dora"])
    program.ask(f"SET CHATMESSAGE {number} BODY hello, dear Dora")
    dino.until(lambda: dino.texts(resident.address)[-1] == "hello, dear Dora")
    dino.say(resident.address, "well met")
    came = program.until("STATUS RECEIVED").split()[1]
    assert program.ask(f"GET CHATMESSAGE {came} BODY") == f"CHATMESSAGE {came} BODY well met"
    assert program.ask(f"GET CHATMESSAGE {came} FROM_HANDLE").endswith(f" {DORA}")
    dino.until(lambda: dino.mark("well met") == "RECEIVED")
    program.ask(f"SET CHATMESSAGE {came} SEEN")
    dino.until(lambda: dino.mark("well met") == "READ")
    # It tells us as much: that it has what we wrote, and that Dora has seen it.
    for word in ("<received ", "<displayed "):
        dino.until(lambda word=word: [one for one in dino.stanzas("OUT", word) if resident.address in one])


def test_we_call_and_hang_up(dino, program, resident, tmp_path):
    def call():
        number = program.ask(f"CALL {DORA}").split()[1]
        dino.desktop.press(dino.asked(), "accept")
        return number

    number = talking(dino, program, resident.address, call)
    talk(dino, program, number, tmp_path)
    program.ask(f"ALTER CALL {number} HOLD")
    program.until(f"CALL {number} STATUS LOCALHOLD")
    acknowledged(dino, "<hold ")
    program.ask(f"ALTER CALL {number} RESUME")
    program.until(f"CALL {number} STATUS INPROGRESS")
    acknowledged(dino, "<active ")
    talk(dino, program, number, tmp_path)
    program.ask(f"ALTER CALL {number} HANGUP")
    program.until(f"CALL {number} STATUS FINISHED")
    over(dino, resident, "ENDED")


def test_we_call_and_dino_hangs_up(dino, program, resident):
    number = program.ask(f"CALL {DORA}").split()[1]
    dino.desktop.press(dino.asked(), "accept")
    program.until(f"CALL {number} STATUS INPROGRESS")
    program.until(f"CALL {number} DURATION 1")
    dino.hang_up()
    program.until(f"CALL {number} STATUS FINISHED")
    over(dino, resident, "ENDED")


def test_dino_refuses(dino, program, resident):
    number = program.ask(f"CALL {DORA}").split()[1]
    dino.desktop.press(dino.asked(), "reject")
    program.until(f"CALL {number} STATUS REFUSED")
    over(dino, resident, "DECLINED")


def test_we_give_up(dino, program, resident):
    number = program.ask(f"CALL {DORA}").split()[1]
    asked = dino.asked()
    program.ask(f"ALTER CALL {number} HANGUP")
    program.until(f"CALL {number} STATUS CANCELLED")
    dino.until(lambda: asked.closed)
    over(dino, resident, "MISSED")


@pytest.mark.parametrize("what", ["audio", "video"])
def test_dino_calls_and_hangs_up(dino, program, resident, what, tmp_path):
    def answer():
        dino.call(resident.address, what)
        number = program.until("STATUS RINGING").split()[1]
        assert program.ask(f"GET CALL {number} PARTNER_HANDLE").endswith(f" {DORA}")
        program.ask(f"ALTER CALL {number} ANSWER")
        return number

    number = talking(dino, program, resident.address, answer)
    talk(dino, program, number, tmp_path)
    accepted = [one for one in dino.stanzas("IN", "session-accept") if resident.address in one][-1]
    assert re.findall(r"media='(\w+)'", accepted) == ["audio"]
    removed = [one for one in dino.stanzas("IN", "content-remove") if resident.address in one]
    assert bool(removed) is (what == "video")
    dino.hang_up()
    program.until(f"CALL {number} STATUS FINISHED")
    over(dino, resident, "ENDED")


def test_dino_calls_and_we_hang_up(dino, program, resident):
    dino.call(resident.address)
    number = program.until("STATUS RINGING").split()[1]
    program.ask(f"ALTER CALL {number} ANSWER")
    program.until(f"CALL {number} DURATION 1")
    program.ask(f"ALTER CALL {number} HANGUP")
    program.until(f"CALL {number} STATUS FINISHED")
    over(dino, resident, "ENDED")


def test_we_refuse(dino, program, resident):
    dino.call(resident.address)
    number = program.until("STATUS RINGING").split()[1]
    program.ask(f"ALTER CALL {number} HANGUP")
    program.until(f"CALL {number} STATUS REFUSED")
    over(dino, resident, "DECLINED")


def test_dino_gives_up(dino, program, resident):
    dino.call(resident.address)
    number = program.until("STATUS RINGING").split()[1]
    dino.hang_up()
    program.until(f"CALL {number} STATUS MISSED")
    over(dino, resident, "MISSED")
    assert program.ask("SEARCH MISSEDCALLS") == f"CALLS {number}"
