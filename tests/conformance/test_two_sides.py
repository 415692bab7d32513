"""Calls between accounts, both sides at once (reference: Making and managing voice calls; CALL object)."""

from pathlib import Path

import pytest

from ringback.domain.effects import CallAct
from ringback.domain.inputs import CallSignalled, LinkChanged
from ringback.media import legs
from ringback.media.dtmf import ToneEar
from ringback.media.wav import samples
from ringback.ports.media import BLOCK_BYTES
from ringback.store.memory import MemoryStore
from support.lag import Lag
from support.replay import World

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def stage():
    """Three accounts: (world, anna's program, bob's, carl's)."""
    world = World("anna", "bob", "carl")
    programs = [world.attach(handle) for handle in ("anna", "bob", "carl")]
    for program in programs:
        program.news()
    return world, *programs


def called(caller, callee, target, answered=True):
    """A call from one program's account to the other's; gives its ids on both sides."""
    ours = caller.ask(f"CALL {target}").split()[1]
    theirs = callee.ask("SEARCH ACTIVECALLS").removeprefix("CALLS ").split(", ")[-1]
    if answered:
        assert callee.ask(f"ALTER CALL {theirs} ANSWER") == f"ALTER CALL {theirs} ANSWER"
    caller.news(), callee.news()
    return ours, theirs


def status(program, number):
    return program.ask(f"GET CALL {number} STATUS").split()[-1]


def statuses(*pairs):
    return tuple(status(program, number) for program, number in pairs)


def about_calls(program):
    return [line for line in program.news() if line.startswith("CALL ")]


SCRIPT = [
    *[("anna", "CALL bob"), ("bob", "GET CALL 1 TYPE"), ("bob", "ALTER CALL 1 ANSWER"), 2.1],
    *[("anna", "SET CALL 1 STATUS ONHOLD"), 1.0, ("bob", "ALTER CALL 1 RESUME")],
    *[("bob", "SET CALL 1 STATUS ONHOLD"), ("anna", "SET CALL 1 STATUS INPROGRESS")],
    *[("anna", "ALTER CALL 1 HOLD"), ("bob", "SET CALL 1 STATUS INPROGRESS")],
    *[("anna", "ALTER CALL 1 RESUME"), 1.0, ("anna", "SET CALL 1 DTMF 5"), 0.5],
    *[("bob", "SET CALL 1 STATUS FINISHED"), ("anna", "GET CALL 1 DURATION")],
    *[("anna", "CALL bob"), ("bob", "SET CALL 2 STATUS FINISHED"), ("anna", "GET CALL 2 FAILUREREASON")],
    *[("bob", "CALL anna"), 0.5, ("bob", "SET CALL 3 STATUS FINISHED"), ("anna", "SEARCH MISSEDCALLS")],
    *[("anna", "GET CALL 3 SEEN"), ("anna", "SET CALL 3 SEEN"), ("anna", "SEARCH MISSEDCALLS")],
    *[("anna", "SEARCH CALLS bob"), ("anna", "CLEAR CALLHISTORY INCOMING bob"), ("anna", "SEARCH CALLS")],
]


@pytest.mark.rule("set-call-onhold-r02", "set-call-onhold-r03", "P07", "P08", "P09")
@pytest.mark.parametrize("protocol", [1, 5, 8])
def test_the_lines_of_both_sides(protocol):
    """Reviewed line by line against the reference; what each protocol sees otherwise is in each file."""
    world = World("anna", "bob")
    programs = {handle: world.attach(handle, protocol=protocol) for handle in ("anna", "bob")}
    for program in programs.values():
        program.news()
    lines = []
    for step in SCRIPT:
        if isinstance(step, float):
            world.wait(step)
        else:
            who, command = step
            lines += [f"{who} -> {command}", f"{who} <- {programs[who].ask(command)}"]
        for handle, program in programs.items():
            lines += [f"{handle} <- {line}" for line in program.news()]
    golden = GOLDEN / f"call_between_accounts_protocol_{protocol}.txt"
    assert "\n".join(lines) + "\n" == golden.read_text()


# Hold -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("set-call-onhold-r01", "set-call-inprogress-r01")
def test_only_who_holds_resumes(stage):
    _, anna, bob, _ = stage
    called(anna, bob, "bob")
    assert bob.ask("SET CALL 1 STATUS ONHOLD") == "CALL 1 STATUS LOCALHOLD"
    assert statuses((anna, 1), (bob, 1)) == ("REMOTEHOLD", "LOCALHOLD")
    assert anna.ask("SET CALL 1 STATUS INPROGRESS").startswith("ERROR 23 ")
    assert anna.ask("ALTER CALL 1 RESUME").startswith("ERROR 559 ")
    assert bob.ask("SET CALL 1 STATUS ONHOLD").startswith("ERROR 22 ")
    assert statuses((anna, 1), (bob, 1)) == ("REMOTEHOLD", "LOCALHOLD")
    bob.ask("SET CALL 1 STATUS INPROGRESS")
    assert statuses((anna, 1), (bob, 1)) == ("INPROGRESS", "INPROGRESS")


@pytest.mark.parametrize("first", ["anna", "bob"])
def test_both_hold_and_resume_in_any_order(stage, first):
    """Each sees its own hold as long as it lasts, then the other's."""
    _, anna, bob, _ = stage
    called(anna, bob, "bob")
    anna.ask("ALTER CALL 1 HOLD")
    bob.ask("ALTER CALL 1 HOLD")
    assert statuses((anna, 1), (bob, 1)) == ("LOCALHOLD", "LOCALHOLD")
    anna.news(), bob.news()
    one, other = (anna, bob) if first == "anna" else (bob, anna)
    assert one.ask("SET CALL 1 STATUS INPROGRESS") == "CALL 1 STATUS REMOTEHOLD"
    assert (one.news(), other.news()) == (["CALL 1 STATUS REMOTEHOLD"], [])
    assert other.ask("SET CALL 1 STATUS INPROGRESS") == "CALL 1 STATUS INPROGRESS"
    assert (one.news(), other.news()) == (["CALL 1 STATUS INPROGRESS"], ["CALL 1 STATUS INPROGRESS"])


def test_both_hold_at_the_same_moment(stage):
    world, anna, bob, _ = stage
    called(anna, bob, "bob")
    lag = Lag(world)
    anna.ask("ALTER CALL 1 HOLD")
    bob.ask("ALTER CALL 1 HOLD")
    lag.settle()
    assert statuses((anna, 1), (bob, 1)) == ("LOCALHOLD", "LOCALHOLD")
    anna.ask("ALTER CALL 1 RESUME")
    bob.ask("ALTER CALL 1 RESUME")
    lag.settle()
    assert statuses((anna, 1), (bob, 1)) == ("INPROGRESS", "INPROGRESS")


def test_seconds_are_said_only_while_both_can_talk(stage):
    """The length of the call goes on, and is said again when the talk does (rule call-r06)."""
    world, anna, bob, _ = stage
    called(anna, bob, "bob")
    world.wait(2.1)
    anna.ask("ALTER CALL 1 HOLD")
    anna.news(), bob.news()
    world.wait(3)
    assert anna.news() == bob.news() == []
    anna.ask("ALTER CALL 1 RESUME")
    world.wait(1)
    assert bob.news() == ["CALL 1 STATUS INPROGRESS", "CALL 1 DURATION 6"]
    assert bob.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
    assert anna.ask("GET CALL 1 DURATION") == "CALL 1 DURATION 6"


def heard_keys(path):
    """The keypad tones in a recording."""
    sound, ear = samples(path.read_bytes()), ToneEar()
    return "".join(ear.hear(sound[i : i + BLOCK_BYTES]) for i in range(0, len(sound), BLOCK_BYTES))


@pytest.mark.rule(
    "set-call-dtmf-r03", "btn-released-r01", "btn-released-r02", "btn-pressed-r01", "btn-pressed-r02"
)
def test_keypad_tones_are_heard_at_the_other_side(stage, tmp_path):
    """As sound, in their order, muted or not, but not in a recording of the own microphone."""
    world, anna, bob, _ = stage
    called(anna, bob, "bob")
    there, here = tmp_path / "there.wav", tmp_path / "here.wav"
    bob.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{there}"')
    anna.ask(f'ALTER CALL 1 SET_CAPTURE_MIC FILE="{here}"')
    assert anna.ask("SET CALL 1 DTMF 159*0#") == "SET CALL 1 DTMF 159*0#"
    world.wait(0.3)
    assert anna.ask("ALTER CALL 1 DTMF 22") == "ALTER CALL 1 DTMF 22"
    assert anna.ask("SET MUTE ON") == "MUTE ON"
    assert anna.ask("BTN_PRESSED 7") == "BTN_PRESSED 7"
    assert anna.ask("BTN_RELEASED 8") == "BTN_RELEASED 8"
    for key in ("YES", "a", "PAGEUP"):
        assert anna.ask(f"btn_released {key}") == f"BTN_RELEASED {key.upper()}"
    assert anna.ask("BTN_RELEASED E7").startswith("ERROR 74 ")
    world.wait(2)
    assert [line for line in anna.news() + bob.news() if "DURATION" not in line] == ["MUTE ON"]
    bob.ask("ALTER CALL 1 HANGUP")
    assert heard_keys(there) == "159*0#228"
    assert heard_keys(here) == ""


def test_keys_without_a_call_are_no_error(stage):
    _, anna, _, _ = stage
    assert anna.ask("BTN_RELEASED 5") == "BTN_RELEASED 5"
    assert anna.news() == []


def test_a_held_call_takes_no_tones(stage, tmp_path):
    world, anna, bob, _ = stage
    called(anna, bob, "bob")
    path = tmp_path / "there.wav"
    bob.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{path}"')
    anna.ask("SET CALL 1 DTMF 1234")
    world.wait(0.1)
    bob.ask("ALTER CALL 1 HOLD")
    for program in (anna, bob):
        assert program.ask("SET CALL 1 DTMF 5").startswith("ERROR 41 ")
        assert program.ask("ALTER CALL 1 DTMF 5").startswith("ERROR 559 ")
    world.wait(2)
    bob.ask("ALTER CALL 1 RESUME")
    world.wait(2)
    bob.ask("ALTER CALL 1 HANGUP")
    assert heard_keys(path) == "1234", "what still sounded waits for the talk to go on"


@pytest.mark.rule("set-call-dtmf-r05")
def test_tones_that_wait_are_bounded(stage, tmp_path):
    """They take 180 ms each; whoever sends more than can wait is told, and nothing of it is sent."""
    world, anna, bob, _ = stage
    called(anna, bob, "bob")
    path = tmp_path / "there.wav"
    bob.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{path}"')
    assert anna.ask("SET CALL 1 DTMF " + "1" * 101) == "ERROR 42 Invalid DTMF code"
    assert anna.ask("ALTER CALL 1 DTMF " + "1" * 101).startswith("ERROR 558 ")
    many = "23" * 50
    assert anna.ask(f"SET CALL 1 DTMF {many}") == f"SET CALL 1 DTMF {many}"
    assert anna.ask("SET CALL 1 DTMF 4") == "ERROR 42 Invalid DTMF code"
    assert anna.ask("ALTER CALL 1 DTMF 4").startswith("ERROR 559 ")
    assert anna.ask("BTN_RELEASED 4") == "BTN_RELEASED 4"
    world.wait(0.36)
    assert anna.ask("ALTER CALL 1 DTMF 567").startswith("ERROR 559 ")
    assert anna.ask("ALTER CALL 1 DTMF 56") == "ALTER CALL 1 DTMF 56"
    world.wait(18.5)
    assert anna.ask(f"SET CALL 1 DTMF {many}") == f"SET CALL 1 DTMF {many}"
    bob.ask("ALTER CALL 1 HANGUP")
    assert heard_keys(path) == many + "56"


def test_a_tone_is_made_when_its_time_has_come(stage, monkeypatch):
    """A hundred at once would keep everybody waiting."""
    world, anna, bob, _ = stage
    called(anna, bob, "bob")
    made = []
    tone = legs.tone
    monkeypatch.setattr(legs, "tone", lambda key: made.append(key) or tone(key))
    anna.ask("SET CALL 1 DTMF 123456")
    assert made == []
    world.wait(0.2)
    assert made == ["1", "2"]
    assert tone("1") is tone("1"), "and computed once"


# A second call --------------------------------------------------------------------------------------------


def test_a_second_call_rings_and_whoever_talks_puts_the_other_on_hold(stage):
    _, anna, bob, carl = stage
    called(anna, bob, "bob")
    assert carl.ask("CALL bob") == "CALL 1 STATUS UNPLACED"
    assert bob.news() == ["CALL 2 CONF_ID 0", "CALL 2 STATUS RINGING"]
    assert carl.news()[-1] == "CALL 1 STATUS RINGING"
    assert status(anna, 1) == "INPROGRESS"
    assert bob.ask("ALTER CALL 2 ANSWER") == "ALTER CALL 2 ANSWER"
    assert bob.news() == [
        "CALL 1 STATUS LOCALHOLD",
        "CALL 2 STATUS INPROGRESS",
        "CALL 2 VAA_INPUT_STATUS FALSE",
    ]
    assert anna.news() == ["CALL 1 STATUS REMOTEHOLD"]
    assert bob.ask("SEARCH ACTIVECALLS") == "CALLS 1, 2"
    assert bob.ask("ALTER CALL 1 RESUME") == "ALTER CALL 1 RESUME"
    assert bob.news() == ["CALL 2 STATUS LOCALHOLD", "CALL 1 STATUS INPROGRESS"]
    assert (status(anna, 1), status(carl, 1)) == ("INPROGRESS", "REMOTEHOLD")


@pytest.mark.rule("mute-r01")
def test_mute_lasts_from_one_call_to_the_next(stage):
    """Whoever is muted does not begin to be heard by answering."""
    _, anna, bob, carl = stage
    called(anna, bob, "bob")
    bob.ask("SET MUTE ON")
    called(carl, bob, "bob")
    assert bob.ask("GET MUTE") == "MUTE ON"
    bob.ask("ALTER CALL 1 RESUME")
    assert bob.ask("GET MUTE") == "MUTE ON"
    bob.ask("ALTER CALL 1 HOLD")
    assert bob.ask("GET MUTE") == "MUTE OFF"
    carl.ask("ALTER CALL 1 HANGUP")
    bob.news()
    bob.ask("ALTER CALL 1 RESUME")
    assert bob.news() == ["CALL 1 STATUS INPROGRESS", "MUTE ON"]


@pytest.mark.rule("mute-r01")
@pytest.mark.parametrize(
    ("holder", "status"), [("anna", "LOCALHOLD"), ("bob", "REMOTEHOLD"), ("carl", "REMOTEHOLD")]
)
def test_mute_outlives_holds_of_either_side(stage, holder, status):
    """MUTE reads OFF without a call in progress; the wish comes back with the call."""
    _, anna, bob, carl = stage
    called(anna, bob, "bob")
    anna.ask("SET MUTE ON")
    anna.news()
    if holder == "carl":
        called(carl, bob, "bob")
    else:
        {"anna": anna, "bob": bob}[holder].ask("ALTER CALL 1 HOLD")
    assert anna.news() == [f"CALL 1 STATUS {status}", "MUTE OFF"]
    assert anna.ask("SET MUTE ON") == "MUTE OFF"
    {"anna": anna, "bob": bob, "carl": bob}[holder].ask("ALTER CALL 1 RESUME")
    assert anna.news() == ["CALL 1 STATUS INPROGRESS", "MUTE ON"]
    assert anna.ask("GET MUTE") == "MUTE ON"
    bob.ask("ALTER CALL 1 HANGUP")
    assert anna.news() == ["CALL 1 STATUS FINISHED", "MUTE OFF"]
    called(bob, anna, "anna")
    assert anna.ask("GET MUTE") == "MUTE OFF", "it ends with the last talk"


def test_mute_can_be_taken_back_and_not_asked_for_during_a_hold(stage):
    _, anna, bob, _ = stage
    called(anna, bob, "bob")
    bob.ask("ALTER CALL 1 HOLD")
    assert anna.ask("SET MUTE ON") == "MUTE OFF"
    bob.ask("ALTER CALL 1 RESUME")
    assert anna.ask("GET MUTE") == "MUTE OFF", "without a call in progress it has no effect"
    anna.ask("SET MUTE ON")
    anna.ask("ALTER CALL 1 HOLD")
    assert anna.ask("SET MUTE OFF") == "MUTE OFF"
    anna.news()
    anna.ask("ALTER CALL 1 RESUME")
    assert anna.news() == ["CALL 1 STATUS INPROGRESS"]
    assert anna.ask("GET MUTE") == "MUTE OFF"


def test_a_second_call_can_be_refused_while_the_first_goes_on(stage):
    world, anna, bob, carl = stage
    called(anna, bob, "bob")
    carl.ask("CALL bob")
    assert bob.ask("SET CALL 2 STATUS FINISHED") == "CALL 2 STATUS REFUSED"
    assert status(carl, 1) == "REFUSED"
    world.wait(1)
    assert status(anna, 1) == status(bob, 1) == "INPROGRESS"


@pytest.mark.rule("search-activecalls-r01")
def test_calling_somebody_else_holds_the_first_once_that_is_answered(stage):
    """While it only rings, the talk goes on."""
    _, anna, bob, carl = stage
    called(anna, bob, "bob")
    anna.ask("CALL carl")
    assert status(anna, 1) == "INPROGRESS"
    carl.ask("ALTER CALL 1 ANSWER")
    assert statuses((anna, 1), (anna, 2), (bob, 1)) == ("LOCALHOLD", "INPROGRESS", "REMOTEHOLD")
    assert anna.ask("SEARCH ACTIVECALLS") == "CALLS 1, 2"
    carl.ask("ALTER CALL 1 HANGUP")
    assert anna.ask("SEARCH ACTIVECALLS") == "CALLS 1"
    assert status(anna, 1) == "LOCALHOLD", "nobody speaks into a call that nobody took up"


def test_a_call_that_the_other_side_held_does_not_come_back_into_another_talk(stage):
    _, anna, bob, carl = stage
    called(anna, bob, "bob")
    bob.ask("ALTER CALL 1 HOLD")
    called(carl, anna, "anna")
    assert statuses((anna, 1), (anna, 2)) == ("LOCALHOLD", "INPROGRESS")
    bob.ask("ALTER CALL 1 RESUME")
    assert statuses((anna, 1), (bob, 1), (anna, 2)) == ("LOCALHOLD", "REMOTEHOLD", "INPROGRESS")
    anna.ask("ALTER CALL 1 RESUME")
    assert statuses((anna, 1), (bob, 1), (carl, 1)) == ("INPROGRESS", "INPROGRESS", "REMOTEHOLD")


def test_the_same_person_is_called_once_at_a_time(stage):
    _, anna, bob, _ = stage
    called(anna, bob, "bob")
    assert anna.ask("CALL Bob").startswith("ERROR 101 ")
    assert bob.ask("CALL anna").startswith("ERROR 101 ")


# At the same time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["anna", "bob"])
def test_two_who_call_each_other_at_once_talk(stage, first):
    """Whose call stands is decided by the calls' names, the same on both sides (decision 24)."""
    world, anna, bob, _ = stage
    lag = Lag(world)
    anna.ask("CALL bob")
    bob.ask("CALL anna")
    lag.settle(first)
    for program in (anna, bob):
        assert program.ask("SEARCH CALLS") == "CALLS 1"
        assert program.ask("GET CALL 1 TYPE") == "CALL 1 TYPE OUTGOING_P2P"
        said = [line for line in program.news() if "STATUS" in line and "VAA" not in line]
        assert [line.split()[-1] for line in said] == ["UNPLACED", "ROUTING", "INPROGRESS"]
    world.wait(1.1)
    anna.ask("ALTER CALL 1 HANGUP")
    lag.settle()
    assert statuses((anna, 1), (bob, 1)) == ("FINISHED", "FINISHED")
    assert world.world.exchange._meetings == {}
    assert len(world.pipes) == 0


def test_giving_up_while_the_other_answers(stage):
    world, anna, bob, _ = stage
    called(anna, bob, "bob", answered=False)
    lag = Lag(world)
    anna.ask("ALTER CALL 1 HANGUP")
    assert bob.ask("ALTER CALL 1 ANSWER") == "ALTER CALL 1 ANSWER"
    lag.settle()
    assert statuses((anna, 1), (bob, 1)) == ("CANCELLED", "FINISHED")
    assert bob.ask("SEARCH MISSEDCALLS") == "CALLS "
    assert len(world.pipes) == 0


def test_both_hang_up_at_once(stage):
    world, anna, bob, _ = stage
    called(anna, bob, "bob")
    lag = Lag(world)
    assert anna.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS FINISHED"
    assert bob.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS FINISHED"
    lag.settle()
    assert anna.news() == bob.news() == ["CALL 1 STATUS FINISHED"]
    assert len(world.pipes) == 0


def test_refusing_while_the_other_gives_up(stage):
    world, anna, bob, _ = stage
    called(anna, bob, "bob", answered=False)
    lag = Lag(world)
    anna.ask("ALTER CALL 1 HANGUP")
    bob.ask("ALTER CALL 1 HANGUP")
    lag.settle()
    assert statuses((anna, 1), (bob, 1)) == ("CANCELLED", "REFUSED")


# Nobody answers -------------------------------------------------------------------------------------------


@pytest.mark.rule("call-r05")
def test_nobody_answers_for_a_minute(stage):
    """The caller gives up (failure reason 5), the callee has missed it."""
    world, anna, bob, _ = stage
    called(anna, bob, "bob", answered=False)
    world.wait(59.5)
    assert anna.news() == bob.news() == []
    world.wait(1)
    assert anna.news() == ["CALL 1 FAILUREREASON 5", "CALL 1 STATUS FAILED"]
    assert bob.news() == ["CALL 1 STATUS MISSED"]
    assert bob.ask("GET CALL 1 FAILUREREASON") == "CALL 1 FAILUREREASON 0"
    assert bob.ask("SEARCH MISSEDCALLS") == "CALLS 1"


def test_a_caller_that_vanished_does_not_ring_for_ever(stage):
    world, anna, bob, _ = stage
    called(anna, bob, "bob", answered=False)
    world.world._online["anna"] = lambda _event: None
    world.runtimes["anna"].engine.account.calls.alive.clear()
    world.wait(91)
    assert bob.news() == ["CALL 1 STATUS MISSED"]
    assert world.world.exchange._meetings == {}


def test_people_who_are_not_there(stage):
    """Failure reasons 2, nobody of that name, and 3, not online."""
    world, anna, _, _ = stage
    world.runtimes["bob"].stop()
    anna.news()
    for target, reason in (("bob", 3), ("nobody.at.all", 2)):
        number = anna.ask(f"CALL {target}").split()[1]
        assert anna.news()[-2:] == [f"CALL {number} FAILUREREASON {reason}", f"CALL {number} STATUS FAILED"]


@pytest.mark.rule("call-r08")
def test_why_calls_are_refused(stage):
    """By the state of the account: offline, blocked, busy with another call, or with the same person."""
    world, anna, _, _ = stage
    people = world.runtimes["anna"].engine.account.people.known
    people["dee.clines"].is_blocked = True
    assert anna.ask("CALL dee.clines").startswith("ERROR 39 ")
    assert anna.ask("CALL 911").startswith("ERROR 91 ")
    assert anna.ask("CALL 12").startswith("ERROR 92 ")
    assert anna.ask("CALL #x").startswith("ERROR 93 ")
    assert anna.ask("CALL anna").startswith("ERROR 94 ")
    anna.ask("CALL bob")
    assert anna.ask("CALL carl").startswith("ERROR 96 ")
    assert anna.ask("CALL bob").startswith("ERROR 101 ")
    world.runtimes["anna"]._heard(LinkChanged("offline"))
    assert anna.ask("CALL bob").startswith("ERROR 66 ")


def test_who_is_blocked_is_told_so_and_nobody_is_disturbed(stage):
    """Failure reason 9: call blocked by recipient."""
    world, anna, bob, _ = stage
    people = world.runtimes["bob"].engine.account.people
    people.known["anna"].is_blocked = True
    anna.ask("CALL bob")
    assert anna.news()[-2:] == ["CALL 1 FAILUREREASON 9", "CALL 1 STATUS FAILED"]
    assert bob.news() == []
    assert bob.ask("SEARCH CALLS") == "CALLS "


@pytest.mark.parametrize("presence", ["DND", "INVISIBLE", "AWAY", "NA", "SKYPEME"])
def test_whoever_is_connected_can_be_called(stage, presence):
    """DND is about tones and windows, INVISIBLE about what others see; programs are told of each call."""
    _, anna, bob, _ = stage
    bob.ask(f"SET USERSTATUS {presence}")
    bob.news()
    anna.ask("CALL bob")
    assert bob.news() == ["CALL 1 CONF_ID 0", "CALL 1 STATUS RINGING"]
    assert status(anna, 1) == "RINGING"


def test_who_is_offline_cannot_be_called(stage):
    _, anna, bob, _ = stage
    bob.ask("SET USERSTATUS OFFLINE")
    anna.ask("CALL bob")
    assert anna.news()[-2:] == ["CALL 1 FAILUREREASON 3", "CALL 1 STATUS FAILED"]


def test_each_side_reads_what_it_did_itself_when_both_hang_up_at_once():
    """There is no third party who could say which was first."""
    world = World("anna", "bob")
    anna, bob = world.attach("anna"), world.attach("bob")
    anna.ask("CALL bob")
    signalled, late = world.world.exchange.signal, []
    world.world.exchange.signal = lambda *said: late.append(said)
    assert anna.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS CANCELLED"
    assert bob.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS REFUSED"
    for said in late:
        signalled(*said)
    assert (status(anna, 1), status(bob, 1)) == ("CANCELLED", "REFUSED")


# An account ends ------------------------------------------------------------------------------------------


def test_an_account_ends_in_the_middle_of_its_calls():
    """Its calls are over with their lengths, here and after the next start; the other sides are told."""
    stores = {"bob": MemoryStore()}
    world = World("anna", "bob", "carl", "dora", stores=stores)
    anna, bob, carl, dora = (world.attach(handle) for handle in ("anna", "bob", "carl", "dora"))
    called(anna, bob, "bob")
    world.wait(2.5)
    called(carl, bob, "bob", answered=False)
    bob.ask("CALL dora")
    for program in (anna, bob, carl, dora):
        program.news()
    world.runtimes["bob"].stop()
    assert [line for line in bob.news() if line.startswith("CALL")] == [
        "CALL 1 STATUS FINISHED",
        "CALL 2 STATUS MISSED",
        "CALL 3 STATUS CANCELLED",
    ]
    assert anna.news()[0] == "CALL 1 STATUS FINISHED"
    assert carl.news()[:2] == ["CALL 1 FAILUREREASON 3", "CALL 1 STATUS FAILED"]
    assert dora.news()[0] == "CALL 1 STATUS MISSED"
    assert len(world.pipes) == 0
    again = World("bob", stores=stores).attach("bob")
    assert statuses(*((again, number) for number in (1, 2, 3))) == ("FINISHED", "MISSED", "CANCELLED")
    assert again.ask("GET CALL 1 DURATION") == "CALL 1 DURATION 2"
    assert again.ask("SEARCH MISSEDCALLS") == "CALLS 2"
    assert again.ask("SEARCH ACTIVECALLS") == "CALLS "


def test_an_account_is_gone_without_a_word():
    """As after kill -9: the network tells the others, the next start ends what was alive."""
    stores = {"bob": MemoryStore()}
    world = World("anna", "bob", "carl", stores=stores)
    anna, bob, carl = (world.attach(handle) for handle in ("anna", "bob", "carl"))
    called(anna, bob, "bob")
    called(carl, bob, "bob", answered=False)
    world.world.leave("bob", world.clock.now())
    assert anna.news()[-1] == "CALL 1 STATUS FINISHED"
    assert carl.news()[-2:] == ["CALL 1 FAILUREREASON 3", "CALL 1 STATUS FAILED"]
    again = World("bob", stores=stores).attach("bob")
    assert statuses((again, 1), (again, 2)) == ("FINISHED", "MISSED")
    assert again.ask("CALL anna").split()[1] == "3", "ids go on"


def test_a_lost_link_ends_every_call(stage):
    world, anna, bob, carl = stage
    called(anna, bob, "bob")
    called(carl, anna, "anna", answered=False)
    world.runtimes["anna"]._heard(LinkChanged("offline"))
    assert about_calls(anna) == [
        "CALL 1 FAILUREREASON 5",
        "CALL 1 STATUS FAILED",
        "CALL 2 STATUS MISSED",
    ]
    assert anna.ask("SET CALL 1 STATUS FINISHED").startswith("ERROR 24 ")


def test_nobody_speaks_for_somebody_else(stage):
    """Only the other side of a call has a say in it."""
    world, anna, bob, _ = stage
    called(anna, bob, "bob")
    for act in CallAct:
        world.runtimes["bob"]._heard(CallSignalled("anna/1", "carl", act, "5", "pipe", 5))
    assert about_calls(bob) == []
    assert status(bob, 1) == "INPROGRESS"


# History --------------------------------------------------------------------------------------------------


@pytest.mark.rule("clear-callhistory-r01", "clear-callhistory-r02", "events-status-r01")
@pytest.mark.parametrize(
    ("which", "left"),
    [
        ("ALL", ""),
        ("all bob", "2"),
        ("MISSED", "4, 1"),
        ("Missed BOB", "4, 2, 1"),
        ("INCOMING", "4, 1"),
        ("OUTGOING", "3, 2"),
        ("OUTGOING carl", "4, 3, 2, 1"),
        ("ALL nobody", "4, 3, 2, 1"),
    ],
)
def test_forgetting_calls(stage, which, left):
    """Programs are told if there was something to forget, and only then."""
    _, anna, bob, carl = stage
    for caller, target in ((anna, "bob"), (carl, "anna"), (bob, "anna"), (anna, "bob")):
        number, _ = called(caller, anna if target == "anna" else bob, target, answered=False)
        caller.ask(f"ALTER CALL {number} HANGUP")
    anna.news()
    word, *handle = which.split()
    echo = " ".join(["CLEAR CALLHISTORY", word.upper(), *handle])
    assert anna.ask(f"clear callhistory {which}") == echo
    assert anna.ask("SEARCH CALLS") == f"CALLS {left}"
    assert anna.news() == (["CALLHISTORYCHANGED"] if left != "4, 3, 2, 1" else [])
    there = [n for n in "4321" if not anna.ask(f"GET CALL {n} TYPE").startswith("ERROR 12 ")]
    assert ", ".join(there) == left


def test_forgetting_survives_a_restart_and_ids_are_not_used_again():
    stores = {"me": MemoryStore()}
    program = World("me", stores=stores).attach()
    for _ in range(3):
        program.ask("CALL dee.clines")
    program.ask("CLEAR CALLHISTORY ALL")
    again = World("me", stores=stores).attach()
    assert again.ask("SEARCH CALLS") == "CALLS "
    assert again.ask("CALL dee.clines") == "CALL 4 STATUS UNPLACED"


def test_a_living_call_is_no_history(stage):
    _, anna, bob, _ = stage
    called(anna, bob, "bob")
    assert anna.ask("CLEAR CALLHISTORY ALL") == "CLEAR CALLHISTORY ALL"
    assert status(anna, 1) == "INPROGRESS"
    assert anna.ask("SEARCH CALLS") == "CALLS 1"


@pytest.mark.rule("search-missedcalls-r01", "set-call-seen-r01")
def test_missed_calls_wait_until_they_are_seen_also_after_a_restart():
    stores = {"anna": MemoryStore()}
    world = World("anna", "bob", stores=stores)
    anna, bob = world.attach("anna"), world.attach("bob")
    for _ in range(2):
        called(bob, anna, "anna", answered=False)
        bob.ask(f"ALTER CALL {bob.ask('SEARCH ACTIVECALLS').split()[-1]} HANGUP")
    assert anna.ask("SEARCH MISSEDCALLS") == "CALLS 2, 1"
    assert anna.ask("SET CALL 1 SEEN") == "CALL 1 SEEN TRUE"
    again = World("anna", stores=stores).attach("anna")
    assert again.ask("SEARCH MISSEDCALLS") == "CALLS 2"
    assert again.ask("GET CALL 1 SEEN") == "CALL 1 SEEN TRUE"
    assert again.ask("GET CALL 2 SEEN") == "CALL 2 SEEN FALSE"
    assert again.ask("GET CALL 2 STATUS") == "CALL 2 STATUS MISSED"


def test_names_in_the_list_of_calls(stage):
    """The name that we gave, else the full name, else the handle."""
    _, anna, bob, carl = stage
    bob.ask("SET PROFILE FULLNAME Bob Builder")
    called(anna, bob, "bob", answered=False)
    assert anna.ask("GET CALL 1 PARTNER_DISPNAME") == "CALL 1 PARTNER_DISPNAME Bob Builder"
    assert bob.ask("GET CALL 1 PARTNER_DISPNAME") == "CALL 1 PARTNER_DISPNAME anna"
    assert carl.ask("CALL +15005550004") == "CALL 1 STATUS UNPLACED"
    assert carl.ask("GET CALL 1 PARTNER_DISPNAME") == "CALL 1 PARTNER_DISPNAME +15005550004"
