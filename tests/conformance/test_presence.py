"""Own presence: what others see of it, what idling does to it, and leaving and joining the network."""

import pytest

from ringback.domain.settings import Told
from support.faults import IllStore
from support.replay import World, befriend


@pytest.fixture
def world():
    """anna and bob are contacts; object id 1 is used up on both sides."""
    world = World("anna", "bob")
    befriend(world.attach("anna"), world.attach("bob"))
    return world


@pytest.mark.parametrize("status", ["AWAY", "NA", "DND", "SKYPEME"])
def test_others_see_the_status(anna, bob, status):
    assert anna.ask("GET USER bob ONLINESTATUS") == "USER bob ONLINESTATUS ONLINE"
    assert bob.ask(f"SET USERSTATUS {status}") == f"USERSTATUS {status}"
    assert bob.news() == [f"USER bob ONLINESTATUS {status}", f"USERSTATUS {status}"]
    assert anna.news() == [f"USER bob ONLINESTATUS {status}"]
    assert anna.ask("GET USER bob ONLINESTATUS") == f"USER bob ONLINESTATUS {status}"


@pytest.mark.rule("userstatus-r04")
def test_who_is_invisible_is_not_there_for_others(world, anna, bob):
    assert bob.ask("SET USERSTATUS INVISIBLE") == "USERSTATUS INVISIBLE"
    assert anna.news() == ["USER bob ONLINESTATUS OFFLINE"]
    assert bob.ask("GET CONNSTATUS") == "CONNSTATUS ONLINE"
    bob.ask("CALL anna")
    assert anna.news()[0] == "CALL 2 CONF_ID 0"
    assert bob.ask("SET USERSTATUS ONLINE") == "USERSTATUS ONLINE"
    assert anna.news()[-1] == "USER bob ONLINESTATUS ONLINE"


def test_offline_leaves_the_network_and_ends_calls(world, anna, bob):
    anna.ask("CALL bob")
    bob.ask("ALTER CALL 2 ANSWER")
    anna.news(), bob.news()
    assert bob.ask("SET USERSTATUS OFFLINE") == "USERSTATUS OFFLINE"
    assert bob.news() == [
        "CALL 2 STATUS FINISHED",
        "USER bob ONLINESTATUS OFFLINE",
        "USERSTATUS OFFLINE",
        "CONNSTATUS OFFLINE",
        *("USER echo123 ONLINESTATUS OFFLINE", "USER anna ONLINESTATUS OFFLINE"),
    ]
    assert anna.news() == ["CALL 2 STATUS FINISHED", "USER bob ONLINESTATUS OFFLINE"]
    assert bob.ask("CALL anna").startswith("ERROR 66 ")
    assert bob.ask("SET USERSTATUS OFFLINE") == "USERSTATUS OFFLINE"
    assert bob.news() == []
    anna.ask("CALL bob")
    assert anna.ask("GET CALL 4 STATUS").startswith("ERROR 12 ")
    assert anna.ask("GET CALL 3 STATUS") == "CALL 3 STATUS FAILED"
    anna.news()
    assert bob.ask("SET USERSTATUS DND") == "USERSTATUS DND"
    assert bob.news() == [
        "USER bob ONLINESTATUS DND",
        "USERSTATUS DND",
        "CONNSTATUS CONNECTING",
        "CONNSTATUS ONLINE",
        *("USER echo123 ONLINESTATUS ONLINE", "USER anna ONLINESTATUS ONLINE"),
    ]
    assert anna.news() == ["USER bob ONLINESTATUS DND"]
    assert bob.ask("CALL anna") == "CALL 3 STATUS UNPLACED"


def test_what_others_did_meanwhile_is_seen_after_coming_back(anna, bob):
    bob.ask("SET USERSTATUS OFFLINE")
    bob.news()
    anna.ask("SET USERSTATUS AWAY")
    anna.ask("SET PROFILE CITY Tartu")
    assert bob.news() == []
    bob.ask("SET USERSTATUS ONLINE")
    assert {"USER anna ONLINESTATUS AWAY", "USER anna CITY Tartu"} <= set(bob.news())


def test_the_status_is_kept(world, bob):
    bob.ask("SET USERSTATUS OFFLINE")
    again = world.again()
    anna, bob = again.attach("anna"), again.attach("bob")
    assert bob.ask("GET USERSTATUS") == "USERSTATUS OFFLINE"
    assert bob.ask("GET CONNSTATUS") == "CONNSTATUS OFFLINE"
    anna.ask("CALL bob")
    assert anna.ask("GET CALL 2 STATUS") == "CALL 2 STATUS FAILED"
    bob.ask("SET USERSTATUS DND")
    once_more = again.again().attach("bob")
    assert once_more.ask("GET USERSTATUS") == "USERSTATUS DND"
    assert once_more.ask("GET CONNSTATUS") == "CONNSTATUS ONLINE"


def test_a_status_that_could_not_be_stored_was_not_taken():
    store = IllStore()
    world = World("anna", "bob", stores={"bob": store})
    anna, bob = world.attach("anna"), world.attach("bob")
    store.ill = True
    assert bob.ask("SET USERSTATUS OFFLINE").startswith("ERROR 9901 ")
    store.ill = False
    world.wait(2)
    assert bob.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
    assert bob.ask("GET CONNSTATUS") == "CONNSTATUS ONLINE"
    assert anna.news() == []
    assert bob.ask("CALL anna") == "CALL 1 STATUS UNPLACED"


# Idling ---------------------------------------------------------------------------------------------------


def idle(world, seconds):
    """Let time pass in steps of a second; nothing sounds meanwhile."""
    for _ in range(seconds):
        world.clock.seconds += 1.0
        for runtime in world.runtimes.values():
            runtime.time_passed()


def seen(program, handle="bob"):
    """What a program was told of somebody's status."""
    return [line for line in program.news() if line.startswith(("USERSTATUS", f"USER {handle} ONLINESTATUS"))]


@pytest.mark.rule("resetidletimer-r01", "autoaway-r01")
def test_idling_is_seen_and_activity_takes_it_back(world, anna, bob):
    idle(world, 290)
    assert seen(bob) == []
    idle(world, 15)
    assert seen(bob) == ["USER bob ONLINESTATUS AWAY", "USERSTATUS AWAY"]
    # Somebody else who idles as long sees it, too.
    assert "USER bob ONLINESTATUS AWAY" in seen(anna)
    idle(world, 880)
    assert seen(bob) == []
    idle(world, 20)
    assert seen(bob) == ["USER bob ONLINESTATUS NA", "USERSTATUS NA"]
    assert bob.ask("RESETIDLETIMER") == "RESETIDLETIMER"
    assert bob.news() == ["USER bob ONLINESTATUS ONLINE", "USERSTATUS ONLINE"]
    assert seen(anna)[-1] == "USER bob ONLINESTATUS ONLINE"
    idle(world, 290)
    assert bob.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
    idle(world, 11)
    assert bob.ask("GET USERSTATUS") == "USERSTATUS AWAY"


@pytest.mark.rule("resetidletimer-r02")
def test_every_59_seconds_is_often_enough_for_the_shortest_timer(world, bob):
    world.runtimes["bob"].engine.account.told = Told(away_after=60)
    for _ in range(10):
        assert bob.ask("RESETIDLETIMER") == "RESETIDLETIMER"
        idle(world, 59)
    assert seen(bob) == []
    idle(world, 2)
    assert seen(bob) == ["USER bob ONLINESTATUS AWAY", "USERSTATUS AWAY"]


@pytest.mark.parametrize("status", ["DND", "AWAY", "NA", "INVISIBLE", "OFFLINE"])
def test_what_the_user_chose_otherwise_stays(world, bob, status):
    bob.ask(f"SET USERSTATUS {status}")
    idle(world, 1300)
    bob.ask("RESETIDLETIMER")
    assert bob.ask("GET USERSTATUS") == f"USERSTATUS {status}"


def test_idling_goes_back_to_what_it_came_from(world, bob):
    bob.ask("SET USERSTATUS SKYPEME")
    idle(world, 301)
    assert bob.ask("GET USERSTATUS") == "USERSTATUS AWAY"
    bob.ask("RESETIDLETIMER")
    assert bob.ask("GET USERSTATUS") == "USERSTATUS SKYPEME"
    idle(world, 301)
    again = World("bob", stores=world.stores).attach("bob")
    assert again.ask("GET USERSTATUS") == "USERSTATUS SKYPEME"


def test_a_chosen_status_replaces_an_idle_one(world, bob):
    idle(world, 301)
    assert bob.ask("GET USERSTATUS") == "USERSTATUS AWAY"
    bob.news()
    assert bob.ask("SET USERSTATUS AWAY") == "USERSTATUS AWAY"
    assert bob.ask("RESETIDLETIMER") == "RESETIDLETIMER"
    assert bob.news() == []
    assert bob.ask("GET USERSTATUS") == "USERSTATUS AWAY"


def test_without_auto_away_nothing_happens_and_switching_it_off_takes_it_back(world, bob):
    bob.ask("SET AUTOAWAY OFF")
    idle(world, 1300)
    assert seen(bob) == []
    bob.ask("SET AUTOAWAY ON")
    idle(world, 290)
    assert seen(bob) == []
    idle(world, 11)
    assert seen(bob)[-1] == "USERSTATUS AWAY"
    assert bob.ask("SET AUTOAWAY OFF") == "AUTOAWAY OFF"
    assert bob.news() == ["USER bob ONLINESTATUS ONLINE", "USERSTATUS ONLINE", "AUTOAWAY OFF"]


def test_asking_and_calling_are_no_signs_of_the_user(world, bob):
    for _ in range(6):
        idle(world, 51)
        bob.ask("GET USERSTATUS")
        bob.ask("SET PROFILE MOOD_TEXT now playing")
    assert bob.ask("GET USERSTATUS") == "USERSTATUS AWAY"


# What others see of the profile -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("FULLNAME", "Bob B.", "FULLNAME Bob B."),
        ("BIRTHDAY", "19800131", "BIRTHDAY 19800131"),
        ("SEX", "MALE", "SEX MALE"),
        ("LANGUAGES", "et en", "LANGUAGE et Estonian"),
        ("COUNTRY", "ee", "COUNTRY ee Estonia"),
        ("PROVINCE", "Tartumaa", "PROVINCE Tartumaa"),
        ("CITY", "Tartu", "CITY Tartu"),
        ("PHONE_HOME", "3721111111", "PHONE_HOME 3721111111"),
        ("PHONE_OFFICE", "3721111112", "PHONE_OFFICE 3721111112"),
        ("PHONE_MOBILE", "3721111113", "PHONE_MOBILE 3721111113"),
        ("HOMEPAGE", "http://bob.example", "HOMEPAGE http://bob.example"),
        ("ABOUT", "I am Bob", "ABOUT I am Bob"),
        ("MOOD_TEXT", "fine", "MOOD_TEXT fine"),
        ("RICH_MOOD_TEXT", "<B>fine</B>", "RICH_MOOD_TEXT <B>fine</B>"),
        ("TIMEZONE", "93600", "TIMEZONE 93600"),
        ("CALL_APPLY_CF", "TRUE", "IS_CF_ACTIVE TRUE"),
    ],
)
def test_others_see_the_profile(world, anna, bob, name, value, shown):
    bob.ask(f"SET PROFILE {name} {value}")
    assert f"USER bob {shown}" in anna.news()
    word = shown.split()[0]
    assert anna.ask(f"GET USER bob {word}") == f"USER bob {shown}"
    # Also after a restart of both, and for somebody who comes later, if it is not for contacts alone.
    again = World("anna", "bob", "carol", stores=world.stores, file=world.file)
    assert again.attach("anna").ask(f"GET USER bob {word}") == f"USER bob {shown}"
    private = word.startswith("PHONE") or "MOOD" in word
    theirs = f"USER bob {word} " if private else f"USER bob {shown}"
    assert again.attach("carol").ask(f"GET USER bob {word}") == theirs


@pytest.mark.rule("get-profile-call-forward-rules-r01", "set-profile-call-forward-rules-r01")
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("BIRTHDAY 20000229", "BIRTHDAY 20000229"),
        ("BIRTHDAY 0", "BIRTHDAY 0"),
        ("SEX female", "SEX FEMALE"),
        ("LANGUAGES EN de en", "LANGUAGES en de"),
        ("LANGUAGES", "LANGUAGES "),
        ("COUNTRY EE", "COUNTRY ee Estonia"),
        ("COUNTRY cd", "COUNTRY cd Congo - Kinshasa"),
        ("COUNTRY", "COUNTRY "),
        ("TIMEZONE 43200", "TIMEZONE 43200"),
        ("TIMEZONE 106200", "TIMEZONE 106200"),
        ("TIMEZONE 136800", "TIMEZONE 136800"),
        (
            "CALL_FORWARD_RULES 0,60,+3725555555  60,60,pamela",
            "CALL_FORWARD_RULES 0,60,+3725555555 60,60,pamela",
        ),
        ("CALL_FORWARD_RULES", "CALL_FORWARD_RULES "),
        ("CALL_APPLY_CF true", "CALL_APPLY_CF TRUE"),
    ],
)
def test_values_of_the_profile_are_put_in_their_form(bob, typed, shown):
    assert bob.ask(f"SET PROFILE {typed}") == f"PROFILE {shown}"
    assert bob.ask(f"GET PROFILE {shown.split()[0]}") == f"PROFILE {shown}"


def test_where_the_machine_is_and_where_numbers_are_dialled(world, bob):
    for told, own, machine, dialled in (("", "", "", "us"), ("ee", "", "ee", "ee"), ("ee", "fi", "ee", "fi")):
        world.runtimes["bob"].engine.account.told = Told(country=told)
        bob.ask(f"SET PROFILE COUNTRY {own}")
        assert bob.ask("GET PROFILE IPCOUNTRY") == f"PROFILE IPCOUNTRY {machine}"
        assert bob.ask("GET PREDICTIVE_DIALER_COUNTRY") == f"PREDICTIVE_DIALER_COUNTRY {dialled}"


@pytest.mark.rule("get-profile-call-apply-cf-r01", "set-profile-call-apply-cf-r01")
def test_forwarding_is_on_or_off_and_others_see_it(anna, bob):
    assert bob.ask("GET PROFILE CALL_APPLY_CF") == "PROFILE CALL_APPLY_CF FALSE"
    assert anna.ask("GET USER bob IS_CF_ACTIVE") == "USER bob IS_CF_ACTIVE FALSE"
    assert bob.ask("SET PROFILE CALL_APPLY_CF True") == "PROFILE CALL_APPLY_CF TRUE"
    assert bob.ask("GET PROFILE CALL_APPLY_CF") == "PROFILE CALL_APPLY_CF TRUE"
    assert anna.ask("GET USER bob IS_CF_ACTIVE") == "USER bob IS_CF_ACTIVE TRUE"


def test_what_is_only_ours_is_not_shown(anna, bob):
    for line in ("CALL_NOANSWER_TIMEOUT 20", "CALL_FORWARD_RULES 0,60,pamela"):
        bob.ask(f"SET PROFILE {line}")
    assert anna.news() == []


def test_a_phone_is_named_for_what_it_is():
    """SKYPEOUT is said of phone numbers, however they are typed (ambiguity A59)."""
    program = World().attach()
    assert program.ask("GET USER +15005550001 ONLINESTATUS") == "USER +15005550001 ONLINESTATUS SKYPEOUT"
    assert program.ask("GET USER 0015005550001 ONLINESTATUS") == "USER 0015005550001 ONLINESTATUS SKYPEOUT"
    assert program.ask("GET USER nobody ONLINESTATUS") == "USER nobody ONLINESTATUS UNKNOWN"


def test_forwarding_goes_to_somebody_else_who_can_be_called(anna):
    for target in ("anna", "ANNA", "5555555", "0372", "+", "a,b"):
        assert anna.ask(f"SET PROFILE CALL_FORWARD_RULES 0,60,{target}").startswith("ERROR 552 "), target
    rules = "0,30,bob 30,60,+3725555555"
    assert anna.ask(f"SET PROFILE CALL_FORWARD_RULES {rules}") == f"PROFILE CALL_FORWARD_RULES {rules}"


@pytest.mark.parametrize(
    ("name", "new", "told"),
    [
        ("FULLNAME", "Ann A.", ["USER anna FULLNAME Ann A."]),
        ("COUNTRY", "ee", ["USER anna COUNTRY ee Estonia"]),
        ("CITY", "Tartu", ["USER anna CITY Tartu"]),
        ("LANGUAGES", "et en", ["USER anna LANGUAGE et Estonian"]),
        ("CALL_APPLY_CF", "TRUE", ["USER anna IS_CF_ACTIVE TRUE"]),
        ("MOOD_TEXT", "fine", ["USER anna MOOD_TEXT fine"]),
        (
            "RICH_MOOD_TEXT",
            "<b>fine</b>",
            ["USER anna RICH_MOOD_TEXT <b>fine</b>", "USER anna MOOD_TEXT fine"],
        ),
        ("CALL_NOANSWER_TIMEOUT", "20", []),
    ],
)
def test_what_others_see_of_the_profile_is_told_as_theirs_too(anna, name, new, told):
    for again in (told, []):
        assert not anna.ask(f"SET PROFILE {name} {new}").startswith("ERROR")
        assert [line for line in anna.news() if line.startswith("USER ")] == again
