"""Rules of the reference, each shown by exactly what it says, through the whole engine.

Rules about what is not built yet are not here; NOT_SHOWN lists the others that no test can show, with the
reason. The protocols' own rules (P01 to P45) are in tests/unit/protocol/test_versions.py.
"""

import json
import re
from pathlib import Path

import pytest

from ringback.domain.inputs import LinkChanged, PersonSeen
from ringback.protocol.registry import LANGUAGE
from support.replay import Program, World
from support.theatre import WAYS, Theatre, private_buses

ROOT = Path(__file__).parents[2]

#: Rules about what is built that nothing can show here.
NOT_SHOWN = {
    "any-r03": "Windows' way in",
    "call-r11": "our choice: reason 14 only in conferences that the host ends",
    "command-id-r05": "allows an order that we never use: answers go first",
    "focus-r03": "one user's report of a fault",
    "get-user-avatar-r02": "about another program; an index has the table's number 114 with us",
    "open-im-r03": "advice to programs",
    "open-sendcontacts-r02": "about client 4.0; ours is not of that kind",
    "get-silent-mode-r01": "says only where the command is named",
    "get-voicemail-r01": "only points at the general syntax",
    "mute-r02": "a fault of an old client",
    "o-application-r01": "only points at other rules",
    "o-user-r01": "a guarantee that ends; ours does not",
    "open-options-r03": "says only when something came",
    "search-bookmarkedchats-r02": "says only when something came",
    "search-r05": "contradicts the table of errors; searches are answered in turn",
    "search-r06": "a guarantee that ends; ours does not",
    "set-call-dtmf-r02": "no dialpad",
    "set-profile-r02": "advice to programs; texts are taken as they come",
    "set-user-speeddial-r02": "says only when something came",
    "set-video-in-r02": "does not say what changed",
    "set-video-in-r03": "the text is lost",
    "set-windowstate-r03": "no window yet that has a size",
    "set-windowstate-r04": "no task bar",
    "set-windowstate-r05": "no desktop",
    "ui-language-r02": "no language files",
    "ui-language-r03": "our choice: one notification for a change",
    "voice-streams-r04": "about another program's faults",
    "voicemail-r03": "says only when something came",
}


def happens(world, event, handle="me"):
    """The network says something."""
    world.runtimes[handle]._heard(event)


def talking(world, program, partner="ann.answers"):
    number = program.ask(f"CALL {partner}").split()[1]
    world.wait(2.5)
    assert program.ask(f"GET CALL {number} STATUS").endswith(" INPROGRESS")
    program.news()
    return number


@pytest.fixture
def pair():
    """Two accounts in a call: (world, anna's program, bob's program); the call is 1 for both."""
    world = World("anna", "bob")
    anna, bob = world.attach("anna"), world.attach("bob")
    anna.ask("CALL bob")
    world.wait(0.1)
    return world, anna, bob


def test_what_is_not_shown_is_not_claimed():
    claimed = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for marker in re.findall(r"mark\.rule\(([^)]*)\)", path.read_text()):
            claimed |= set(re.findall(r'"([^"]+)"', marker))
    known = {r for n in ("commands", "objects") for e in corpus(n) for r in e["rules"]}
    assert set(NOT_SHOWN) <= known
    assert not claimed & set(NOT_SHOWN)


def corpus(name):
    return json.loads((ROOT / "corpus" / f"{name}.json").read_text())


# Attaching, ids, any command ------------------------------------------------------------------------------


@pytest.mark.rule("name-r01")
@pytest.mark.parametrize("first", ["GET USERSTATUS", "PROTOCOL 5", "CALL echo123", "SEARCH FRIENDS", "XYZ"])
def test_name_comes_first(world, first):
    program = Program(world, world.runtimes["me"])
    assert program.ask(first) == "ERROR 68"
    assert program.ask("NAME test") == "OK"
    assert program.ask(first) != "ERROR 68"


EACH_VERB = [
    "PING",
    "NAME again",
    "PROTOCOL 5",
    "GET USER echo123 FULLNAME",
    "SET USERSTATUS AWAY",
    "ALTER CALL 99 HANGUP",
    "SEARCH CALLS",
    *(" ".join(words) for words in LANGUAGE.command_by_words),
]


@pytest.mark.rule("command-id-r06")
@pytest.mark.parametrize("command", EACH_VERB)
def test_every_command_takes_an_id(program, command):
    program.link.lines.clear()
    program.link.send(f"#x {command}")
    answers = [line for line in program.link.lines if line.startswith("#")]
    assert len(answers) == 1
    assert re.match(r"#x [A-Z]", answers[0])


@pytest.mark.rule("command-id-r07", "P30")
@pytest.mark.parametrize("protocol", [None, 3, 4, 8])
@pytest.mark.parametrize("key", ["AB", "cmd11", "ID1", "50", "1-4711", "äöü"])
def test_ids_of_any_kind_at_every_protocol(world, protocol, key):
    program = world.attach(protocol=protocol)
    program.link.lines.clear()
    program.link.send(f"#{key} GET USERSTATUS")
    program.link.send(f"#{key} GET XZY")
    assert program.link.lines == [f"#{key} USERSTATUS ONLINE", f"#{key} ERROR 7 GET: invalid WHAT"]


@pytest.mark.rule("any-r01")
def test_an_error_is_a_number_and_a_description(program):
    for command in ("GET XZY", "SET CALL 9 STATUS ONHOLD", "ALTER", "CREATE X", "XYZ", " ", "CALL"):
        assert re.fullmatch(r"ERROR \d+ [^\n]+", program.ask(command))


@pytest.fixture(scope="module")
def buses(tmp_path_factory):
    with private_buses(tmp_path_factory.mktemp("buses"), 1) as addresses:
        yield addresses


@pytest.mark.rule("any-r02", "get-user-r03")
@pytest.mark.parametrize("way", WAYS)
def test_texts_are_utf8_and_get_user_works_on_every_way_in(way, tmp_path, buses):
    theatre = Theatre(way, ("me",), tmp_path, buses)
    try:
        program = theatre.attach("me", 8)
        text = "Grüße, 世界 🎈 \u202eא"
        assert program.ask(f"SET PROFILE ABOUT {text}") == f"PROFILE ABOUT {text}"
        assert program.ask("GET PROFILE ABOUT") == f"PROFILE ABOUT {text}"
        assert program.ask("GET USER echo123 HANDLE") == "USER echo123 HANDLE echo123"
    finally:
        theatre.close()


@pytest.mark.rule("name-r02", "name-r04", "protocol-r01", "protocol-r02", "protocol-r07", "P01", "P03")
@pytest.mark.parametrize("way", WAYS)
def test_attaching_on_every_way_in(way, tmp_path, buses):
    theatre = Theatre(way, ("me",), tmp_path, buses)
    try:
        first = theatre.attach("me", 8)
        program = theatre.stranger("me")
        assert [program.ask(c) for c in ("GET USERSTATUS", "PROTOCOL 7", "PING")] == [
            "ERROR 68",
            "ERROR 68",
            "PONG",
        ]
        assert program.ask("NAME late") == "OK"
        first.ask("SET USERSTATUS SKYPEME")
        assert program.news() == ["USER me ONLINESTATUS ONLINE", "USERSTATUS ONLINE"]
        assert program.ask("PROTOCOL 7") == "PROTOCOL 7"
        first.ask("SET SILENT_MODE ON")
        assert program.news() == []
        theatre.wait(0.2)
        assert program.news() == [
            "CONNSTATUS ONLINE",
            "CURRENTUSERHANDLE me",
            "USERSTATUS SKYPEME",
            "SILENT_MODE ON",
        ]
    finally:
        theatre.close()


@pytest.mark.rule("any-r04")
@pytest.mark.parametrize(
    "command",
    [
        "GET SKYPEVERSION",
        "GET CALL 1 STATUS",
        "GET PRIVILEGE SKYPEOUT",
        "SEARCH CALLS",
        "SET USERSTATUS AWAY",
        "SET MUTE OFF",
        "ALTER CALL 1 DTMF 5",
        "PING",
        "NAME x",
        "PROTOCOL 8",
    ],
)
@pytest.mark.parametrize("end", [" ", "   ", "\t", "\r\n"])
def test_blanks_at_the_end_do_no_harm(program, command, end):
    program.ask("CALL echo123")
    assert program.ask(command + end) == program.ask(command)


@pytest.mark.rule("any-r05", "get-call-r03")
def test_an_empty_value_keeps_its_blank(world, program):
    program.ask("CALL echo123")
    assert program.ask("GET CALL 1 SUBJECT") == "CALL 1 SUBJECT "
    assert program.ask("GET USER echo123 MOOD_TEXT") == "USER echo123 MOOD_TEXT "
    assert program.ask("GET USER echo123 SPEEDDIAL") == "USER echo123 SPEEDDIAL "
    assert program.ask("GET AUDIO_IN") == "AUDIO_IN "
    assert program.ask("SEARCH MISSEDCALLS") == "CALLS "
    assert "CALL 1 SUBJECT " in program.news()
    happens(world, PersonSeen("bob", (("mood_text", "x"),)))
    happens(world, PersonSeen("bob", (("mood_text", ""),)))
    assert program.news()[-1] == "USER bob MOOD_TEXT "


@pytest.mark.rule("ping-r01")
def test_ping_tells_that_the_connection_lives(program):
    assert program.ask("ping") == "PONG"
    assert program.news() == []


# Lists and names ------------------------------------------------------------------------------------------


@pytest.mark.rule("search-r01", "search-r02", "search-calls-r01")
def test_searching_calls(world, program):
    for partner in ("dee.clines", "busy.bee", "dee.clines"):
        program.ask(f"CALL {partner}")
        world.wait(0.5)
    assert program.ask("SEARCH CALLS") == "CALLS 3, 2, 1"
    assert program.ask("SEARCH CALLS Dee.Clines") == "CALLS 3, 1"
    assert program.ask("SEARCH CALLS busy.bee") == "CALLS 2"
    assert program.ask("SEARCH CALLS nobody") == "CALLS "


@pytest.mark.rule("search-friends-r01", "search-r04")
def test_searching_friends(world, program):
    assert program.ask("SEARCH FRIENDS") == "USERS echo123"
    assert program.ask("SET USER echo123 BUDDYSTATUS 1") == "USER echo123 BUDDYSTATUS 1"
    assert program.ask("SEARCH FRIENDS") == "USERS "
    for handle in ("no.answer", "003721234567", "busy.bee"):
        program.ask(f"SET USER {handle} BUDDYSTATUS 2")
    program.ask("SET USER +3721234567 DISPLAYNAME Bob's phone")
    assert program.ask("SEARCH FRIENDS") == "USERS no.answer, +3721234567, busy.bee"
    assert program.ask("GET USER +3721234567 FULLNAME") == "USER +3721234567 FULLNAME Bob's phone"


@pytest.mark.rule("search-userswaitingmyauthorization-r01")
def test_who_waits_for_authorization():
    world = World("me", "bob", "carol")
    program = world.attach()
    assert program.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS "
    for handle in ("carol", "bob"):
        world.attach(handle).ask("SET USER me BUDDYSTATUS 2 let me in")
    assert program.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS carol, bob"
    program.ask("SET USER carol ISAUTHORIZED FALSE")
    assert program.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS bob"
    assert program.ask("GET USER bob RECEIVEDAUTHREQUEST") == "USER bob RECEIVEDAUTHREQUEST let me in"


@pytest.mark.rule("search-users-r02", "search-users-r03")
def test_searching_users():
    world = World("me", "zoe", met=False)
    program = world.attach()
    assert world.attach("zoe").ask("SET PROFILE FULLNAME Ann O'Nymous, jr.") != ""
    assert program.ask("SEARCH USERS ann") == "USERS ann.answers, zoe"
    assert program.ask("SEARCH USERS Ann.A") == "USERS ann.answers"
    assert program.ask("SEARCH USERS zo") == "USERS zoe"
    assert program.ask("SEARCH USERS ann o'") == "USERS zoe"
    assert program.ask("SEARCH USERS ous, j") == "USERS zoe"
    assert program.ask("SEARCH USERS nn a") == "USERS ann.answers"


@pytest.mark.rule("search-calls-r02", "search-messages-r02", "search-chatmessages-r02", "callvoicemail-r04")
@pytest.mark.parametrize("sign", "¤€£")
@pytest.mark.parametrize(
    "command",
    [
        "SEARCH CALLS {}",
        "SEARCH MESSAGES {}",
        "SEARCH CHATMESSAGES {}",
        "CALLVOICEMAIL {}",
        "GET USER {} HANDLE",
    ],
)
def test_currency_signs_are_in_no_handle(program, command, sign):
    assert program.ask(command.format(f"a{sign}b")).startswith("ERROR 8 ")


@pytest.mark.rule("search-greeting-r01")
def test_greetings_have_their_own_numbers(program):
    assert program.ask("SEARCH GREETING !").startswith("ERROR 534 ")
    assert program.ask("SEARCH GREETING echo123").startswith("ERROR 535 ")


@pytest.mark.rule("hook-r01", "hook-r02", "ready-r01", "close-r01")
def test_words_that_only_the_table_of_errors_knows(program):
    for command in ("HOOK", "HOOK MAYBE"):
        assert program.ask(command).startswith("ERROR 52 ")
    for command in ("READY", "READY SET"):
        assert program.ask(command).startswith("ERROR 51 ")
    for command in ("CLOSE", "CLOSE DOOR"):
        assert program.ask(command).startswith("ERROR 113 ")
    assert [program.ask(c) for c in ("HOOK ON", "hook off", "READY  yes ")] == [
        "HOOK ON",
        "HOOK OFF",
        "READY YES",
    ]
    assert program.news() == []


# Calls ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("call-r03")
def test_targets_are_names_numbers_and_speed_dials(world, program):
    world.runtimes["me"].engine.account.people.known["dee.clines"].speed_dial = "5"
    for target, partner in (
        ("DEE.clines", "dee.clines"),
        ("+18005551234", "+18005551234"),
        ("003725555555", "+3725555555"),
        ("5", "dee.clines"),
    ):
        number = program.ask(f"CALL {target}").split()[1]
        assert program.ask(f"GET CALL {number} PARTNER_HANDLE") == f"CALL {number} PARTNER_HANDLE {partner}"
        kind = "OUTGOING_PSTN" if partner[0] == "+" else "OUTGOING_P2P"
        assert program.ask(f"GET CALL {number} TYPE") == f"CALL {number} TYPE {kind}"
        world.wait(1)
        program.ask(f"ALTER CALL {number} HANGUP")


@pytest.mark.rule("call-r07")
@pytest.mark.parametrize("command", ["CALL", "CALL ", "CALL ,", "CALL , ,"])
def test_a_call_to_nobody(program, command):
    assert program.ask(command).startswith("ERROR 34 ")


def test_one_outgoing_call_at_a_time(world, program):
    """The part of call-r08 that needs nobody blocked during a call."""
    for command, number in (("CALL 911", 91), ("CALL #x", 93), ("CALL Me", 94)):
        assert program.ask(command).startswith(f"ERROR {number} ")
    program.ask("CALL no.answer")
    world.wait(1)
    assert program.ask("CALL echo123").startswith("ERROR 96 ")
    assert program.ask("CALL no.answer").startswith("ERROR 101 ")
    program.ask("ALTER CALL 1 HANGUP")
    assert program.ask("CALL echo123") == "CALL 2 STATUS UNPLACED"


@pytest.mark.rule("call-r05")
def test_a_call_passes_its_statuses_for_everybody_who_is_attached(world, program):
    other = world.attach()
    program.ask("CALL ann.answers")
    world.wait(3)
    program.ask("ALTER CALL 1 HANGUP")
    for heard in (program.news(), other.news()):
        statuses = [line.split()[-1] for line in heard if line.startswith("CALL 1 STATUS")]
        assert statuses == ["UNPLACED", "ROUTING", "RINGING", "INPROGRESS", "FINISHED"]


@pytest.mark.rule("call-r06")
def test_seconds_of_talk_are_counted_from_1(world, program):
    talking(world, program)
    world.wait(3)
    assert program.news() == [f"CALL 1 DURATION {n}" for n in (1, 2, 3)]


@pytest.mark.rule("set-call-inprogress-r01", "set-call-inprogress-r02", "set-call-finished-r01")
def test_answering_holding_resuming_ending(pair):
    _, anna, bob = pair
    assert bob.ask("GET CALL 1 STATUS") == "CALL 1 STATUS RINGING"
    assert bob.ask("SET CALL 1 STATUS INPROGRESS") == "CALL 1 STATUS INPROGRESS"
    assert anna.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
    bob.ask("SET CALL 1 STATUS ONHOLD")
    assert anna.ask("GET CALL 1 STATUS") == "CALL 1 STATUS REMOTEHOLD"
    assert bob.ask("SET CALL 1 STATUS INPROGRESS") == "CALL 1 STATUS INPROGRESS"
    assert anna.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
    assert anna.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS FINISHED"
    assert bob.ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED"


@pytest.mark.rule("set-call-onhold-r02", "set-call-onhold-r03", "o-call-r02", "P07", "P08")
def test_who_holds_is_told_from_2_on(pair):
    world, anna, bob = pair
    old = {handle: world.attach(handle, protocol=1) for handle in ("anna", "bob")}
    second = {handle: world.attach(handle, protocol=2) for handle in ("anna", "bob")}
    bob.ask("ALTER CALL 1 ANSWER")
    assert anna.ask("SET CALL 1 STATUS ONHOLD") == "CALL 1 STATUS LOCALHOLD"
    for handle, shown in (("anna", "LOCALHOLD"), ("bob", "REMOTEHOLD")):
        assert second[handle].ask("GET CALL 1 STATUS") == f"CALL 1 STATUS {shown}"
        assert second[handle].news()[-1] == f"CALL 1 STATUS {shown}"
        assert old[handle].ask("GET CALL 1 STATUS") == "CALL 1 STATUS ONHOLD"
        assert old[handle].news()[-1] == "CALL 1 STATUS ONHOLD"


@pytest.mark.rule("set-call-finished-r02", "set-call-finished-r03")
def test_ending_a_call_that_nobody_took(pair):
    _, anna, bob = pair
    assert bob.ask("SET CALL 1 STATUS FINISHED") == "CALL 1 STATUS REFUSED"
    assert bob.ask("SET CALL 1 STATUS FINISHED") == "ERROR 24 Cannot hangup inactive call"
    assert anna.ask("SET CALL 1 STATUS FINISHED") == "ERROR 24 Cannot hangup inactive call"
    anna.ask("CALL bob")
    assert anna.ask("SET CALL 2 STATUS FINISHED") == "CALL 2 STATUS CANCELLED"


@pytest.mark.rule("set-call-finished-r04")
def test_the_end_is_answered_with_the_id_and_notified_without(world, program):
    talking(world, program)
    world.wait(1.0)
    assert program.news() == ["CALL 1 DURATION 1"]
    program.link.lines.clear()
    program._seen = 0
    program.link.send("#a SET CALL 1 STATUS FINISHED")
    lines = program.link.lines
    assert lines[0] == "#a CALL 1 STATUS FINISHED"
    assert lines[1:] == ["CALL 1 STATUS FINISHED"]


@pytest.mark.rule("alter-call-r01")
@pytest.mark.parametrize(
    "command",
    [
        "ALTER CALL 1 HOLD",
        "ALTER CALL 1 DTMF 567890",
        'ALTER CALL 1 SET_INPUT SOUNDCARD="default"',
        'ALTER CALL 1 SET_OUTPUT soundcard="default"',
        "ALTER CALL 1 SET_CAPTURE_MIC",
        "ALTER CALL 1 HANGUP",
        "ALTER CALL 1 END HANGUP",
    ],
)
def test_altering_a_call_echoes(world, program, command):
    talking(world, program)
    assert program.ask(command) == command


def test_how_a_call_ends_is_repeated_in_capitals(world, program):
    """Words of the language are said as the language has them, names and paths as they came (A01)."""
    talking(world, program)
    route = 'set_output file="/no/Such/Folder"'
    assert program.ask(f"alter call 1 {route}").startswith("ERROR 559 ")
    assert program.ask('alter call 1 set_output soundcard="default"') == (
        'ALTER CALL 1 SET_OUTPUT soundcard="default"'
    )
    assert program.ask("alter call 1 end hangup ") == "ALTER CALL 1 END HANGUP"


@pytest.mark.rule("set-call-dtmf-r01")
def test_keypad_tones(world, program):
    talking(world, program)
    for tone in "0123456789#*":
        assert program.ask(f"SET CALL 1 DTMF {tone}") == f"SET CALL 1 DTMF {tone}"
    for wrong in ("A", "+", "", "5a"):
        assert program.ask(f"SET CALL 1 DTMF {wrong}").startswith("ERROR 42 ")


@pytest.mark.rule("set-call-seen-r02")
def test_seen_with_a_value(program):
    program.ask("CALL echo123")
    assert program.ask("SET CALL 1 SEEN TRUE") == "CALL 1 SEEN TRUE"


@pytest.mark.rule("set-call-general-r01")
@pytest.mark.parametrize("name", sorted(LANGUAGE.object_by_word["CALL"].by_word))
def test_only_four_properties_of_a_call_can_be_set(program, name):
    program.ask("CALL echo123")
    answer = program.ask(f"SET CALL 1 {name} 1")
    assert answer.startswith("ERROR 25 ") == (name not in {"STATUS", "SEEN", "DTMF", "JOIN_CONFERENCE"})


@pytest.mark.rule("get-call-can-transfer-r03")
def test_the_handle_comes_back_in_small_letters(program):
    program.ask("CALL echo123")
    assert program.ask("GET CALL 1 CAN_TRANSFER Test2") == "CALL 1 CAN_TRANSFER test2 FALSE"


@pytest.mark.rule("alter-call-set-input-r02", "alter-call-set-input-r04", "voice-streams-r03")
def test_routes_are_read_back_as_they_were_set(world, program, tmp_path):
    talking(world, program)
    for name in ("INPUT", "OUTPUT"):
        assert program.ask(f"GET CALL 1 {name}") == f'CALL 1 {name} SOUNDCARD="default"'
    heard = f'SOUNDCARD="default", FILE="{tmp_path}/x.wav"'
    program.ask(f"ALTER CALL 1 SET_OUTPUT {heard}")
    assert program.ask("GET CALL 1 OUTPUT") == f"CALL 1 OUTPUT {heard}"
    assert program.ask("GET CALL 1 VAA_INPUT_STATUS") == "CALL 1 VAA_INPUT_STATUS FALSE"
    world.wait(0.5)
    program.ask("ALTER CALL 1 SET_OUTPUT")
    written = (tmp_path / "x.wav").stat().st_size
    world.wait(0.5)
    assert written > 44
    assert (tmp_path / "x.wav").stat().st_size == written
    program.news()
    assert program.ask(f'ALTER CALL 1 SET_INPUT FILE="{tmp_path}/x.wav"').startswith("ALTER CALL")
    world.wait(0.05)
    assert program.news() == ["CALL 1 VAA_INPUT_STATUS TRUE"]
    assert program.ask("GET CALL 1 VAA_INPUT_STATUS") == "CALL 1 VAA_INPUT_STATUS TRUE"
    program.ask('ALTER CALL 1 SET_INPUT SOUNDCARD="default"')
    world.wait(0.05)
    assert program.news() == ["CALL 1 VAA_INPUT_STATUS FALSE"]


@pytest.mark.rule("mute-r01")
def test_mute_only_lasts_while_somebody_talks(world, program):
    assert program.ask("SET MUTE ON") == "MUTE OFF"
    program.ask("CALL ann.answers")
    assert program.ask("SET MUTE ON") == "MUTE OFF"
    world.wait(2.5)
    program.news()
    assert program.ask("SET MUTE ON") == "MUTE ON"
    assert program.ask("GET MUTE") == "MUTE ON"
    assert program.news() == ["MUTE ON"]
    program.ask("ALTER CALL 1 HANGUP")
    assert program.news() == ["CALL 1 STATUS FINISHED", "MUTE OFF"]
    assert program.ask("GET MUTE") == "MUTE OFF"


# People ---------------------------------------------------------------------------------------------------


@pytest.mark.rule("get-user-r02", "events-object-r03")
def test_people_who_are_no_contacts(world, program):
    happens(world, PersonSeen("stranger", (("fullname", "A Stranger"),)))
    assert program.news() == ["USER stranger FULLNAME A Stranger"]
    assert program.ask("GET USER stranger BUDDYSTATUS") == "USER stranger BUDDYSTATUS 0"
    assert program.ask("GET USER stranger FULLNAME") == "USER stranger FULLNAME A Stranger"
    assert program.ask("GET USER never.seen FULLNAME") == "USER never.seen FULLNAME "


@pytest.mark.rule("get-user-r04", "P27")
def test_language_and_time_zone(world, program):
    happens(world, PersonSeen("bela", (("language", "hu"), ("timezone", 90000))))
    assert program.ask("GET USER bela LANGUAGE") == "USER bela LANGUAGE hu Hungarian"
    assert program.ask("GET USER bela TIMEZONE") == "USER bela TIMEZONE 90000"
    old = world.attach(protocol=3)
    assert old.ask("GET USER bela LANGUAGE") == "USER bela LANGUAGE Hungarian"


@pytest.mark.rule("P28", "P29")
def test_country_by_protocol(world):
    for protocol in range(1, 9):
        program = world.attach(protocol=protocol)
        assert program.ask("SET PROFILE COUNTRY ee") == "PROFILE COUNTRY ee Estonia"
        happens(world, PersonSeen("toomas", (("country", "fi"),)))
        happens(world, PersonSeen("toomas", (("country", "ee"),)))
        shown = "Estonia" if protocol < 4 else "ee Estonia"
        assert program.ask("GET USER toomas COUNTRY") == f"USER toomas COUNTRY {shown}"
        assert program.news()[-1] == f"USER toomas COUNTRY {shown}"


@pytest.mark.rule("get-user-is-video-capable-r01")
def test_who_can_do_video(world, program):
    happens(world, PersonSeen("bob", (("is_video_capable", True),)))
    assert program.ask("GET USER bob IS_VIDEO_CAPABLE") == "USER bob IS_VIDEO_CAPABLE TRUE"
    assert program.ask("GET USER echo123 IS_VIDEO_CAPABLE") == "USER echo123 IS_VIDEO_CAPABLE FALSE"


@pytest.mark.rule("get-user-rich-mood-text-r01")
def test_other_peoples_rich_mood_text(world, program):
    happens(world, PersonSeen("bob", (("rich_mood_text", "<B>so</B>"),)))
    assert program.ask("GET USER bob RICH_MOOD_TEXT") == "USER bob RICH_MOOD_TEXT <B>so</B>"


@pytest.mark.rule("events-object-r07", "P41")
def test_when_somebody_was_online_is_told_only_when_asked(world, program):
    happens(world, PersonSeen("bob", (("last_online", 1105764678), ("city", "Tartu"))))
    assert program.news() == ["USER bob CITY Tartu"]
    assert program.ask("GET USER bob LASTONLINETIMESTAMP") == "USER bob LASTONLINETIMESTAMP 1105764678"
    group = LANGUAGE.object_by_word["GROUP"]
    assert not group.by_word["NROFUSERS_ONLINE"].notified


@pytest.mark.rule("events-object-r01")
def test_a_notification_for_a_change_and_a_line_for_get_and_set(world, program):
    other = world.attach()
    assert program.ask("SET WINDOWSTATE MAXIMIZED") == "WINDOWSTATE MAXIMIZED"
    assert program.ask("GET WINDOWSTATE") == "WINDOWSTATE MAXIMIZED"
    assert program.news() == other.news() == ["WINDOWSTATE MAXIMIZED"]


# The own profile and status -------------------------------------------------------------------------------


@pytest.mark.rule("get-profile-r01")
def test_the_balance_is_in_hundredths(program):
    assert program.ask("GET PROFILE PSTN_BALANCE") == "PROFILE PSTN_BALANCE 5000"
    assert program.ask("GET PROFILE PSTN_BALANCE_CURRENCY") == "PROFILE PSTN_BALANCE_CURRENCY EUR"


SAMPLES = {
    "BIRTHDAY": "19800131",
    "SEX": "FEMALE",
    "COUNTRY": "ee Estonia",
    "TIMEZONE": "118800",
    "LANGUAGES": "en de",
    "CALL_FORWARD_RULES": "0,60,pamela 60,120,+3725555555",
    "CALL_APPLY_CF": "TRUE",
    "CALL_NOANSWER_TIMEOUT": "20",
    "CALL_SEND_TO_VM": "FALSE",
}
PROFILE = LANGUAGE.object_by_word["PROFILE"]


@pytest.mark.rule("set-profile-r01")
@pytest.mark.parametrize("name", [p.name for p in PROFILE.properties if p.writable])
def test_every_property_of_the_profile_that_can_be_written(world, program, name):
    value = SAMPLES.get(name, "some text, and more")
    line = f"PROFILE {name} {value}"
    assert program.ask(f"SET PROFILE {name} {value}") == line
    assert program.ask(f"GET PROFILE {name}") == line
    assert (line in program.news()) == (name != "CALL_SEND_TO_VM")
    again = World("me", stores=world.stores).attach()
    assert again.ask(f"GET PROFILE {name}") == line


@pytest.mark.rule("get-profile-call-noanswer-timeout-r02", "set-profile-call-noanswer-timeout-r02")
def test_a_forwarded_call_rings_15_seconds_by_default(program):
    assert program.ask("GET PROFILE CALL_NOANSWER_TIMEOUT") == "PROFILE CALL_NOANSWER_TIMEOUT 15"


@pytest.mark.rule("set-profile-rich-mood-text-r01", "set-profile-rich-mood-text-r03")
def test_a_rich_mood_text_is_also_a_plain_one(program):
    rich = '<FONT COLOR="#FF0010">Red</FONT> <SS type="smile">:-)</SS>'
    assert program.ask(f"SET PROFILE RICH_MOOD_TEXT {rich}") == f"PROFILE RICH_MOOD_TEXT {rich}"
    assert program.news() == [
        f"PROFILE RICH_MOOD_TEXT {rich}",
        "PROFILE MOOD_TEXT Red :-)",
        f"USER me RICH_MOOD_TEXT {rich}",
        "USER me MOOD_TEXT Red :-)",
    ]
    assert program.ask("GET USER me RICH_MOOD_TEXT") == f"USER me RICH_MOOD_TEXT {rich}"
    assert program.ask("GET USER Me MOOD_TEXT") == "USER Me MOOD_TEXT Red :-)"
    program.ask(f"SET PROFILE RICH_MOOD_TEXT {rich}")
    assert program.news() == []


@pytest.mark.rule("set-profile-mood-text-r01", "set-profile-rich-mood-text-r02")
def test_a_plain_mood_text_clears_the_rich_one(program):
    program.ask("SET PROFILE RICH_MOOD_TEXT <B>rich</B>")
    program.news()
    assert program.ask("SET PROFILE MOOD_TEXT plain") == "PROFILE MOOD_TEXT plain"
    assert program.ask("GET PROFILE RICH_MOOD_TEXT") == "PROFILE RICH_MOOD_TEXT "
    assert program.news() == [
        "PROFILE MOOD_TEXT plain",
        "PROFILE RICH_MOOD_TEXT ",
        "USER me RICH_MOOD_TEXT ",
        "USER me MOOD_TEXT plain",
    ]


def test_the_own_handle_shows_what_others_see(program):
    program.ask("SET PROFILE FULLNAME Anna M.")
    program.ask("SET PROFILE LANGUAGES et en")
    program.ask("SET USERSTATUS DND")
    assert program.ask("GET USER me FULLNAME") == "USER me FULLNAME Anna M."
    assert program.ask("GET USER me LANGUAGE") == "USER me LANGUAGE et Estonian"
    assert program.ask("GET USER me ONLINESTATUS") == "USER me ONLINESTATUS DND"
    program.news()
    assert program.ask("SET USERSTATUS INVISIBLE") == "USERSTATUS INVISIBLE"
    assert program.news() == ["USER me ONLINESTATUS OFFLINE", "USERSTATUS INVISIBLE"]
    assert program.ask("GET USER me ONLINESTATUS") == "USER me ONLINESTATUS OFFLINE"


@pytest.mark.rule("userstatus-r01")
def test_the_own_status_is_said_twice(program):
    program.link.lines.clear()
    program._seen = 0
    program.link.send("#cmd11 SET USERSTATUS AWAY")
    assert program.link.lines == ["#cmd11 USERSTATUS AWAY", "USER me ONLINESTATUS AWAY", "USERSTATUS AWAY"]


@pytest.mark.rule("userstatus-r03", "P10")
def test_skypeme_needs_protocol_2(world):
    programs = [world.attach(protocol=n) for n in (1, 2, 8)]
    assert programs[0].ask("SET USERSTATUS SKYPEME") == "USERSTATUS ONLINE"
    shown = ["ONLINE", "SKYPEME", "SKYPEME"]
    assert [p.ask("GET USERSTATUS") for p in programs] == [f"USERSTATUS {s}" for s in shown]
    for program, status in zip(programs, shown, strict=True):
        assert program.news() == [f"USER me ONLINESTATUS {status}", f"USERSTATUS {status}"]


# General parameters ---------------------------------------------------------------------------------------


@pytest.mark.rule("get-skypeversion-r01", "get-currentuserhandle-r01", "get-predictive-dialer-country-r01")
def test_what_is_told_of_the_engine(program):
    assert re.fullmatch(r"SKYPEVERSION \d+\.\d+\.\d+\.\d+", program.ask("GET SKYPEVERSION"))
    assert program.ask("GET CURRENTUSERHANDLE") == "CURRENTUSERHANDLE me"
    country = program.ask("GET PREDICTIVE_DIALER_COUNTRY")
    assert re.fullmatch("PREDICTIVE_DIALER_COUNTRY [a-z]{2}", country)


@pytest.mark.rule("get-privilege-r01", "get-privilege-r02", "get-privilege-r03")
def test_privileges(program):
    assert program.ask("GET PRIVILEGE SKYPEOUT") == "PRIVILEGE SKYPEOUT TRUE"
    assert program.ask("GET PRIVILEGE SKYPEIN") == "PRIVILEGE SKYPEIN FALSE"
    assert program.ask("GET PRIVILEGE VOICEMAIL") == "PRIVILEGE VOICEMAIL FALSE"
    assert program.ask("GET PRIVILEGE SkypeOut") == "PRIVILEGE SkypeOut TRUE"


@pytest.mark.rule("get-connstatus-r01")
def test_the_link_to_the_network(world, program):
    for state in ("offline", "connecting", "pausing", "online"):
        happens(world, LinkChanged(state))
        assert program.ask("GET CONNSTATUS") == f"CONNSTATUS {state.upper()}"
        assert program.news()[0] == f"CONNSTATUS {state.upper()}"


@pytest.mark.rule("audio-in-r01", "audio-out-r01", "ringer-r01", "get-video-in-r02", "set-video-in-r04")
@pytest.mark.parametrize("name", ["AUDIO_IN", "AUDIO_OUT", "RINGER", "VIDEO_IN"])
def test_an_empty_device_is_the_default_one(program, name):
    assert program.ask(f"GET {name}") == f"{name} "
    device = "USB 2.0 Camera" if name == "VIDEO_IN" else "SB Audigy 2 ZS Audio [DC00]"
    assert program.ask(f"SET {name} {device}") == f"{name} {device}"
    assert program.news() == [f"{name} {device}"]
    assert program.ask(f"GET {name}") == f"{name} {device}"
    assert program.ask(f"SET {name} ") == f"{name} "
    assert program.ask(f"GET {name}") == f"{name} "


@pytest.mark.rule("get-video-in-r01", "set-video-in-r01", "get-video-in-r03")
def test_the_camera_has_a_name_without_a_zero(program):
    assert program.ask("SET VIDEO_IN USB 2.0 Camera") == "VIDEO_IN USB 2.0 Camera"
    assert program.ask("GET VIDEO_IN") == "VIDEO_IN USB 2.0 Camera"
    assert program.ask("GET VIDE0_IN").startswith("ERROR 7 ")
    assert program.ask("SET VIDE0_IN x").startswith("ERROR 18 ")


@pytest.mark.rule("agc-r01", "agc-r02", "aec-r01", "aec-r02", "pcspeaker-r01", "autoaway-r01")
@pytest.mark.parametrize("name", ["AGC", "AEC", "PCSPEAKER", "AUTOAWAY"])
def test_switches_start_on_and_are_kept(world, program, name):
    assert program.ask(f"GET {name}") == f"{name} ON"
    assert program.ask(f"SET {name} OFF") == f"{name} OFF"
    assert program.ask(f"GET {name}") == f"{name} OFF"
    assert program.news() == [f"{name} OFF"]
    again = World("me", stores=world.stores).attach()
    assert again.ask(f"GET {name}") == f"{name} OFF"
