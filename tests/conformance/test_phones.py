"""Calls to phones (reference: CALL; Call cost; PSTN_STATUS, RATE and STATUS of the CALL object; PROFILE
PSTN_BALANCE)."""

from dataclasses import replace
from functools import partial

import pytest

from ringback.domain.effects import CallAct
from ringback.domain.inputs import CreditGiven
from ringback.media.wav import samples
from ringback.network.embedded.phones import EchoPhone, Rates
from ringback.network.embedded.robots import UnansweredRobot
from ringback.store.memory import MemoryStore
from support.replay import PROMPTS, World
from support.sound import wav


def dial(program, number, seconds):
    """Call 1; the lines about it but DURATION, without those that every call has."""
    assert program.ask(f"CALL {number}") == "CALL 1 STATUS UNPLACED"
    program.world.wait(seconds)
    said = [line.removeprefix("CALL 1 ") for line in program.news() if "DURATION" not in line]
    assert said[:3] == ["STATUS UNPLACED", "SUBJECT ", "STATUS ROUTING"]
    return [line for line in said[3:] if not line.startswith("RATE")]


ANSWERED = ["STATUS RINGING", "VAA_INPUT_STATUS FALSE", "STATUS INPROGRESS", "PROFILE PSTN_BALANCE 4999"]


@pytest.mark.rule("call-r03")
@pytest.mark.parametrize(
    ("number", "seconds", "lines"),
    [
        ("+15005550001", 5, ANSWERED),
        ("+15005550006", 5, ANSWERED),
        ("+15005550002", 5, ["PSTN_STATUS 10486 Busy Here", "STATUS BUSY"]),
        (
            "+15005550003",
            5,
            ["STATUS RINGING", "PSTN_STATUS 10603 Decline", "STATUS WAITING_REDIAL_COMMAND"],
        ),
        ("+15005550004", 5, ["PSTN_STATUS 10404 Not Found", "FAILUREREASON 2", "STATUS FAILED"]),
        (
            "+15005550005",
            15,
            [
                "STATUS RINGING",
                "STATUS EARLYMEDIA",
                "PSTN_STATUS 10480 Temporarily Unavailable",
                "FAILUREREASON 5",
                "STATUS FAILED",
            ],
        ),
        ("+4930123456", 29.5, ["STATUS RINGING"]),
        (
            "+4930123456",
            30.5,
            [
                "STATUS RINGING",
                "PSTN_STATUS 10480 Temporarily Unavailable",
                "FAILUREREASON 5",
                "STATUS FAILED",
            ],
        ),
    ],
)
def test_what_numbers_do(program, number, seconds, lines):
    assert dial(program, number, seconds) == lines
    assert program.ask("GET CALL 1 PSTN_NUMBER") == f"CALL 1 PSTN_NUMBER {number}"
    assert program.ask("GET CALL 1 PARTNER_HANDLE") == f"CALL 1 PARTNER_HANDLE {number}"
    assert program.ask("GET CALL 1 TYPE") == "CALL 1 TYPE OUTGOING_PSTN"


@pytest.mark.parametrize("typed", ["003725555555", "+3725555555", "+372 555-55.55", "(+372)5555555"])
@pytest.mark.parametrize("country", ["us", "ee", "de"])
def test_a_number_with_its_country_is_the_same_everywhere(program, typed, country):
    program.ask(f"SET PROFILE COUNTRY {country}")
    program.ask(f"CALL {typed}")
    assert program.ask("GET CALL 1 PARTNER_HANDLE") == "CALL 1 PARTNER_HANDLE +3725555555"


@pytest.mark.rule("get-predictive-dialer-country-r01")
@pytest.mark.parametrize(
    ("country", "typed", "number"),
    [
        ("ee", "5555555", "+3725555555"),
        ("de", "030 123456", "+4930123456"),
        ("us", "8005551234", "+18005551234"),
    ],
)
def test_other_numbers_are_completed(program, country, typed, number):
    program.ask(f"SET PROFILE COUNTRY {country}")
    assert program.ask("GET PREDICTIVE_DIALER_COUNTRY") == f"PREDICTIVE_DIALER_COUNTRY {country}"
    program.ask(f"CALL {typed}")
    assert program.ask("GET CALL 1 PARTNER_HANDLE") == f"CALL 1 PARTNER_HANDLE {number}"


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        *(("112", 91), ("911", 91), ("+112", 91)),
        *(("1", 92), ("+1", 92), ("5551234", 92), ("+999123456", 92), ("+\u0661\u0662\u0663\u0664", 92)),
    ],
)
def test_numbers_that_are_not_called(program, typed, error):
    assert program.ask(f"CALL {typed}").startswith(f"ERROR {error} ")
    assert program.ask("SEARCH CALLS") == "CALLS "


# Sound ----------------------------------------------------------------------------------------------------


def test_early_media_is_heard_before_anybody_answers(world, program, tmp_path):
    program.ask("CALL +15005550005")
    program.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{tmp_path}/heard.wav"')
    world.wait(15)
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS FAILED"
    assert program.ask("GET CALL 1 DURATION") == "CALL 1 DURATION 0"
    heard = samples((tmp_path / "heard.wav").read_bytes())
    assert heard.count(PROMPTS["announcement"]) == 2
    assert program.ask("GET PROFILE PSTN_BALANCE") == "PROFILE PSTN_BALANCE 5000", "nobody answered"


def test_giving_up_during_early_media(world, program):
    program.ask("CALL +15005550005")
    world.wait(3)
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS EARLYMEDIA"
    assert program.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS CANCELLED"
    assert len(world.pipes) == 0


def test_the_echo_comes_half_a_second_later(world, program, tmp_path):
    (tmp_path / "said.wav").write_bytes(wav(PROMPTS["sample"]))
    program.ask("CALL +15005550001")
    world.wait(3)
    program.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{tmp_path}/heard.wav"')
    program.ask(f'ALTER CALL 1 SET_INPUT FILE="{tmp_path}/said.wav"')
    world.wait(8)
    program.ask("ALTER CALL 1 HANGUP")
    heard = samples((tmp_path / "heard.wav").read_bytes())
    assert 0.5 <= heard.index(PROMPTS["sample"]) / 32000 < 0.6


@pytest.mark.rule("set-call-dtmf-r01", "set-call-dtmf-r07")
def test_the_keypad_is_heard_and_said_back(world, program, tmp_path):
    program.ask("CALL +15005550006")
    world.wait(6)
    program.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{tmp_path}/heard.wav"')
    program.ask("SET CALL 1 DTMF 4")
    program.ask("ALTER CALL 1 DTMF 2#")
    world.wait(8)
    heard = samples((tmp_path / "heard.wav").read_bytes())
    places = [heard.find(PROMPTS[f"key_{key}"]) for key in ("4", "2", "hash")]
    assert -1 < places[0] < places[1] < places[2]
    assert heard.find(PROMPTS["key_star"]) == -1
    world.wait(40)
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED", "nobody presses anything any more"


# Redial ---------------------------------------------------------------------------------------------------


@pytest.mark.rule("P42")
def test_dialling_again_what_was_rejected(world, program):
    older = world.attach(protocol=7)
    program.ask("CALL +15005550003")
    world.wait(4)
    program.news(), older.news()
    assert program.ask("CALL echo123") == "CALL 2 STATUS UNPLACED", "nobody is being called meanwhile"
    program.ask("ALTER CALL 2 HANGUP")
    program.news(), older.news()
    assert program.ask("SET CALL 1 STATUS INPROGRESS") == "CALL 1 STATUS REDIAL_PENDING"
    world.wait(4.5)
    assert program.news() == [
        "CALL 1 STATUS REDIAL_PENDING",
        "CALL 1 PSTN_STATUS ",
        "CALL 1 STATUS ROUTING",
        "CALL 1 STATUS RINGING",
        "CALL 1 PSTN_STATUS 10603 Decline",
        "CALL 1 STATUS WAITING_REDIAL_COMMAND",
    ]
    assert [line.split()[-1] for line in older.news() if "PSTN" not in line] == [
        *("ROUTING", "ROUTING", "RINGING", "ROUTING")
    ]
    assert program.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS REFUSED"
    assert program.ask("SEARCH ACTIVECALLS") == "CALLS "


def test_a_route_that_is_led_before_it_is_dialled_again(world, program, tmp_path):
    """What was led before went with the refused attempt."""
    world.phones._numbers = {**world.phones._numbers, "+15005550003": refuses_once()}
    program.ask("CALL +15005550003")
    program.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{tmp_path}/first.wav"')
    world.wait(2)
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS WAITING_REDIAL_COMMAND"
    assert program.ask("GET CALL 1 OUTPUT") == 'CALL 1 OUTPUT SOUNDCARD="default"'
    program.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{tmp_path}/second.wav"')
    program.ask("SET CALL 1 STATUS INPROGRESS")
    assert program.ask("GET CALL 1 OUTPUT") == f'CALL 1 OUTPUT FILE="{tmp_path}/second.wav"'
    world.wait(4)
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
    program.ask("ALTER CALL 1 HANGUP")
    assert len(samples((tmp_path / "second.wav").read_bytes())) >= 32_000 * 0.9
    assert samples((tmp_path / "first.wav").read_bytes()) == b""


def refuses_once():
    """Refuses the first call and takes the second."""
    makers = iter([partial(UnansweredRobot, after=1.0, act=CallAct.REFUSE), EchoPhone])

    def make(line):
        return next(makers)(line)

    return make


def test_calling_anew_what_was_rejected(world, program):
    """The old attempt is over then; two calls are never dialled at once."""
    program.ask("CALL +15005550003")
    world.wait(4)
    assert program.ask("CALL no.answer") == "CALL 2 STATUS UNPLACED"
    assert program.ask("SET CALL 1 STATUS INPROGRESS").startswith("ERROR 23 ")
    program.ask("ALTER CALL 2 HANGUP")
    assert program.ask("SET CALL 1 STATUS INPROGRESS") == "CALL 1 STATUS REDIAL_PENDING"
    assert program.ask("CALL no.answer").startswith("ERROR 96 ")
    assert program.ask("CALL +15005550003").startswith("ERROR 101 ")
    world.wait(5)
    program.news()
    assert program.ask("CALL +15005550003") == "CALL 3 STATUS UNPLACED"
    assert program.news()[0] == "CALL 1 STATUS REFUSED"
    assert program.ask("GET CALL 1 PSTN_STATUS") == "CALL 1 PSTN_STATUS 10603 Decline"


def test_nobody_dials_again(world, program):
    program.ask("CALL +15005550003")
    world.wait(4)
    program.news()
    world.wait(60)
    assert program.news() == ["CALL 1 STATUS REFUSED"]
    assert program.ask("SET CALL 1 STATUS INPROGRESS").startswith("ERROR 23 ")


def test_giving_up_before_it_is_dialled_again(world, program):
    program.ask("CALL +15005550003")
    world.wait(4)
    program.ask("SET CALL 1 STATUS INPROGRESS")
    assert program.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS CANCELLED"
    world.wait(5)
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS CANCELLED"


# Cost -----------------------------------------------------------------------------------------------------


def test_the_price_is_told_when_the_call_is_taken(program):
    program.ask("CALL +15005550001")
    assert program.news()[-4:] == [
        "CALL 1 STATUS ROUTING",
        "CALL 1 RATE 17",
        "CALL 1 RATE_PRECISION 3",
        "CALL 1 STATUS RINGING",
    ]
    for name, value in (("RATE", 17), ("RATE_PRECISION", 3), ("RATE_CURRENCY", "EUR")):
        assert program.ask(f"GET CALL 1 {name}") == f"CALL 1 {name} {value}"


def test_people_cost_nothing(world, program):
    program.ask("CALL ann.answers")
    world.wait(5)
    assert [program.ask(f"GET CALL 1 {name}").split()[-1] for name in ("RATE", "RATE_CURRENCY")] == [
        "0",
        "EUR",
    ]
    assert not [line for line in program.news() if "RATE" in line or "BALANCE" in line]


def test_the_balance_counts_down_and_the_call_ends_with_it():
    stores = {"me": MemoryStore()}
    world = World(stores=stores)
    world.phones.rates = Rates("EUR", 3, 2, {"": 60})
    world.runtimes["me"]._heard(CreditGiven(3, "EUR"))
    program = world.attach()
    account = world.runtimes["me"].engine.account
    account.profile.balance = 3
    program.ask("CALL +15005550001")
    world.wait(6)
    assert program.news()[4:] == [
        "CALL 1 STATUS RINGING",
        "CALL 1 VAA_INPUT_STATUS FALSE",
        "CALL 1 STATUS INPROGRESS",
        "CALL 1 DURATION 1",
        "PROFILE PSTN_BALANCE 2",
        "CALL 1 DURATION 2",
        "PROFILE PSTN_BALANCE 1",
        "CALL 1 DURATION 3",
        "PROFILE PSTN_BALANCE 0",
        "CALL 1 PSTN_STATUS 10402 Payment Required",
        "CALL 1 FAILUREREASON 5",
        "CALL 1 STATUS FINISHED",
    ]
    assert len(world.pipes) == 0
    program.ask("CALL +15005550001")
    assert program.news()[-3:] == [
        "CALL 2 PSTN_STATUS 10402 Payment Required",
        "CALL 2 FAILUREREASON 1",
        "CALL 2 STATUS FAILED",
    ]
    program.ask("CALL ann.answers")
    world.wait(3)
    assert program.ask("GET CALL 3 STATUS") == "CALL 3 STATUS INPROGRESS"
    again = World(stores=stores).attach()
    assert again.ask("GET PROFILE PSTN_BALANCE") == "PROFILE PSTN_BALANCE 0", "credit is given once"


def test_a_held_call_is_paid_too(world, program):
    world.phones.rates = Rates("EUR", 5000, 2, {"": 60})
    program.ask("CALL +15005550001")
    world.wait(3.5)
    program.ask("SET CALL 1 STATUS ONHOLD")
    world.wait(5)
    program.ask("SET CALL 1 STATUS FINISHED")
    assert program.ask("GET CALL 1 DURATION") == "CALL 1 DURATION 6"
    assert program.ask("GET PROFILE PSTN_BALANCE") == "PROFILE PSTN_BALANCE 4994"


def test_an_account_without_the_privilege_calls_nobody_s_phone(world, program):
    world.runtimes["me"].engine.account.settings.may_call_phones = False
    assert program.ask("GET PRIVILEGE SKYPEOUT") == "PRIVILEGE SKYPEOUT FALSE"
    lines = dial(program, "+15005550001", 1)
    assert lines == ["PSTN_STATUS 10402 Payment Required", "FAILUREREASON 1", "STATUS FAILED"]


def test_the_currency_is_the_network_s():
    world = World()
    program = world.attach()
    world.runtimes["me"]._heard(CreditGiven(100, "USD"))
    assert program.news() == ["PROFILE PSTN_BALANCE_CURRENCY USD"]
    assert program.ask("GET PROFILE PSTN_BALANCE") == "PROFILE PSTN_BALANCE 5000"


def test_the_phone_network_is_disturbed(world, program):
    world.phones.rates = replace(world.phones.rates, in_service=False)
    assert dial(program, "+15005550001", 1) == [
        "PSTN_STATUS 10503 Service Unavailable",
        "FAILUREREASON 1",
        "STATUS FAILED",
    ]


# Robots that call -----------------------------------------------------------------------------------------


def test_a_robot_calls_back(world, program, tmp_path):
    """It acts the same script as when it is called."""
    assert world.world.call_from("echo123", "me", world.clock.now())
    assert program.news() == ["CALL 1 CONF_ID 0", "CALL 1 STATUS RINGING"]
    assert program.ask("GET CALL 1 PARTNER_HANDLE") == "CALL 1 PARTNER_HANDLE echo123"
    program.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{tmp_path}/heard.wav"')
    program.ask("ALTER CALL 1 ANSWER")
    world.wait(40)
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED"
    heard = samples((tmp_path / "heard.wav").read_bytes())
    assert PROMPTS["greeting"] in heard
    assert PROMPTS["goodbye"] in heard


def test_a_robot_that_nobody_answers_gives_up(world, program):
    world.world.call_from("echo123", "me", world.clock.now())
    world.wait(31)
    assert program.news()[-1] == "CALL 1 STATUS MISSED"


def test_a_robot_that_is_refused_or_cannot_reach_anybody(world, program):
    world.world.call_from("echo123", "me", world.clock.now())
    assert program.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS REFUSED"
    assert world.world.next_deadline() is None
    assert not world.world.call_from("echo123", "nobody", world.clock.now())
    with pytest.raises(LookupError):
        world.world.call_from("nobody", "me", world.clock.now())


def test_a_phone_calls(world, program):
    world.world.call_from("+15005550001", "me", world.clock.now())
    assert program.ask("GET CALL 1 TYPE") == "CALL 1 TYPE INCOMING_PSTN"
    assert program.ask("GET CALL 1 PSTN_NUMBER") == "CALL 1 PSTN_NUMBER +15005550001"
    program.ask("ALTER CALL 1 ANSWER")
    world.wait(3)
    program.ask("ALTER CALL 1 HANGUP")
    assert program.ask("GET PROFILE PSTN_BALANCE") == "PROFILE PSTN_BALANCE 5000", "who calls pays"


def test_a_call_that_waited_to_be_dialled_again_is_refused_after_a_restart():
    """What was alive when the process ended is over, in the word that its user has seen for it."""
    world = World("me")
    me = world.attach("me")
    me.ask("CALL +15005550003")
    world.wait(8)
    assert me.ask("GET CALL 1 STATUS") == "CALL 1 STATUS WAITING_REDIAL_COMMAND"
    assert world.restart("me").ask("GET CALL 1 STATUS") == "CALL 1 STATUS REFUSED"
