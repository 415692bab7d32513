"""People: asking for leave, giving and refusing it, blocking and removing, with members offline or killed.

What each side is told and sees (reference: USER object, SET USER, Contact list change notification).
"""

from pathlib import Path

import pytest

from ringback.domain.contacts import NO_TEXT
from ringback.domain.effects import ContactAct
from ringback.domain.inputs import ContactCame, LinkChanged, PersonSeen, PostRefused
from ringback.domain.people import FRESH
from ringback.protocol.registry import LANGUAGE
from support.faults import IllStore
from support.replay import World, befriend

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def world():
    return World("ann", "bob", "carl")


def of(program, person, *names):
    """What a program is told of somebody when it asks."""
    return tuple(program.ask(f"GET USER {person} {name}").split(" ", 3)[3] for name in names)


def standing(program, person):
    return of(program, person, "BUDDYSTATUS", "ISAUTHORIZED", "ONLINESTATUS")


def link(world, handle, state):
    """The account's link to the network is lost, or stands again."""
    world.runtimes[handle]._heard(LinkChanged(state))


# The life of an authorization -----------------------------------------------------------------------------


@pytest.mark.rule("set-user-r01", "set-user-r02", "set-user-r04", "events-status-r03", "get-user-r01")
def test_asking_and_granting(ann, bob):
    """What both sides are told, in the order that was recorded from the original."""
    assert ann.ask("SET USER bob BUDDYSTATUS 2 Please, it is me") == "USER bob BUDDYSTATUS 2"
    assert ann.news() == [
        "USER bob ISAUTHORIZED TRUE",
        "USER bob ISBLOCKED FALSE",
        "USER bob BUDDYSTATUS 2",
    ]
    assert bob.news() == [
        "USER ann RECEIVEDAUTHREQUEST Please, it is me",
        "USER ann ONLINESTATUS ONLINE",
        "USER ann NROF_AUTHED_BUDDIES 2",
    ]
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS ann"
    assert standing(ann, "bob") == ("2", "TRUE", "OFFLINE")
    assert standing(bob, "ann") == ("0", "FALSE", "ONLINE")
    assert bob.ask("SET USER ann ISAUTHORIZED TRUE") == "USER ann ISAUTHORIZED TRUE"
    assert bob.news() == [
        "USER ann RECEIVEDAUTHREQUEST ",
        "USER ann ISAUTHORIZED TRUE",
        "USER ann ISBLOCKED FALSE",
        "USER ann BUDDYSTATUS 3",
    ]
    assert ann.news() == [
        "USER bob BUDDYSTATUS 3",
        "USER bob ONLINESTATUS ONLINE",
        "USER bob NROF_AUTHED_BUDDIES 2",
    ]
    assert standing(ann, "bob") == standing(bob, "ann") == ("3", "TRUE", "ONLINE")
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS "
    assert bob.ask("SEARCH FRIENDS") == "USERS echo123, ann"


@pytest.mark.parametrize("protocol", [1, 5, 8])
def test_the_lines_of_an_authorization(protocol):
    """Both sides, of people who have never heard of each other, from the question to the removal."""
    world = World("ann", "bob", met=False)
    programs = {handle: world.attach(handle, protocol=protocol) for handle in ("ann", "bob")}
    programs["bob"].ask("SET PROFILE FULLNAME Bob B.")
    programs["bob"].ask("SET PROFILE MOOD_TEXT so so")
    programs["bob"].news()
    lines = []
    for who, command in (
        ("ann", "SET USER bob BUDDYSTATUS 2 Please, it is me"),
        ("bob", "SEARCH USERSWAITINGMYAUTHORIZATION"),
        ("bob", "SET USER ann ISAUTHORIZED TRUE"),
        ("bob", "SET USERSTATUS SKYPEME"),
        ("ann", "SET USER bob DISPLAYNAME Bobby"),
        ("bob", "SET USER ann ISBLOCKED TRUE"),
        ("bob", "SET USER ann ISBLOCKED FALSE"),
        ("bob", "SET USER ann BUDDYSTATUS 1"),
    ):
        lines += [f"{who} -> {command}", f"{who} <- {programs[who].ask(command)}"]
        for handle, program in programs.items():
            lines += [f"{handle} <- {line}" for line in program.news()]
    golden = GOLDEN / f"authorization_protocol_{protocol}.txt"
    assert "\n".join(lines) + "\n" == golden.read_text()


def test_dismissing_leaves_the_other_one_waiting_who_may_ask_again(ann, bob):
    ann.ask("SET USER bob BUDDYSTATUS 2 hello")
    ann.news(), bob.news()
    assert bob.ask("SET USER ann ISAUTHORIZED FALSE") == "USER ann ISAUTHORIZED FALSE"
    assert bob.news() == ["USER ann RECEIVEDAUTHREQUEST ", "USER ann ISAUTHORIZED FALSE"]
    assert ann.news() == []
    assert standing(ann, "bob") == ("2", "TRUE", "OFFLINE")
    assert standing(bob, "ann") == ("0", "FALSE", "ONLINE")
    assert ann.ask("SET USER bob BUDDYSTATUS 2 hello?") == "USER bob BUDDYSTATUS 2"
    assert bob.news() == ["USER ann RECEIVEDAUTHREQUEST hello?"]
    bob.ask("SET USER ann ISAUTHORIZED TRUE")
    assert standing(ann, "bob") == standing(bob, "ann") == ("3", "TRUE", "ONLINE")


def test_a_question_without_a_text_is_seen_as_one(ann, bob):
    assert ann.ask("SET USER bob BUDDYSTATUS 2") == "USER bob BUDDYSTATUS 2"
    assert bob.news()[0] == f"USER ann RECEIVEDAUTHREQUEST {NO_TEXT}"
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS ann"


def test_a_question_may_have_several_lines_and_is_taken_as_it_is(ann, bob):
    text = "  Grüße,\n世界 🎈 #7; a, b "
    ann.ask(f"SET USER bob BUDDYSTATUS 2 {text}")
    assert bob.ask("GET USER ann RECEIVEDAUTHREQUEST") == f"USER ann RECEIVEDAUTHREQUEST {text}"


def test_asking_back_grants(ann, bob):
    ann.ask("SET USER bob BUDDYSTATUS 2 hello")
    bob.news()
    assert bob.ask("SET USER ann BUDDYSTATUS 2 hello to you") == "USER ann BUDDYSTATUS 2"
    assert bob.news()[:4] == [
        "USER ann RECEIVEDAUTHREQUEST ",
        "USER ann ISAUTHORIZED TRUE",
        "USER ann ISBLOCKED FALSE",
        "USER ann BUDDYSTATUS 3",
    ]
    assert standing(ann, "bob") == standing(bob, "ann") == ("3", "TRUE", "ONLINE")
    assert ann.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS "


def test_two_who_ask_each_other_at_once_are_contacts(world, ann, bob):
    for handle in ("ann", "bob"):
        link(world, handle, "connecting")
    ann.ask("SET USER bob BUDDYSTATUS 2 hello")
    bob.ask("SET USER ann BUDDYSTATUS 2 hello")
    assert standing(ann, "bob")[0] == standing(bob, "ann")[0] == "2"
    ann.news(), bob.news()
    for handle in ("ann", "bob"):
        link(world, handle, "online")
    for program, other in ((ann, "bob"), (bob, "ann")):
        assert standing(program, other)[:2] == ("3", "TRUE")
        news = program.news()
        assert f"USER {other} BUDDYSTATUS 3" in news
        assert not [line for line in news if "RECEIVEDAUTHREQUEST" in line]


def test_asking_a_contact_again_changes_nothing(ann, bob):
    befriend(ann, bob)
    assert ann.ask("SET USER bob BUDDYSTATUS 2 hello") == "USER bob BUDDYSTATUS 2"
    assert ann.news()[-1] == "USER bob BUDDYSTATUS 3"
    assert bob.news() == []


@pytest.mark.parametrize(
    ("command", "answer", "told"),
    [
        ("ISAUTHORIZED TRUE", "ISAUTHORIZED TRUE", []),
        ("ISBLOCKED FALSE", "ISBLOCKED FALSE", []),
        # The answer says 2, which it is not.
        ("BUDDYSTATUS 2 hello", "BUDDYSTATUS 2", ["USER bob BUDDYSTATUS 3"]),
    ],
)
def test_what_is_so_already_is_answered_and_told_nobody(ann, bob, command, answer, told):
    befriend(ann, bob)
    for _ in range(2):
        assert ann.ask(f"SET USER bob {command}") == f"USER bob {answer}"
        assert ann.news() == told
        assert bob.news() == []
    assert standing(ann, "bob") == standing(bob, "ann") == ("3", "TRUE", "ONLINE")


@pytest.mark.parametrize(
    "command",
    [
        "ISBLOCKED TRUE",
        "ISBLOCKED FALSE",
        "ISAUTHORIZED FALSE",
        "ISAUTHORIZED TRUE",
        "SPEEDDIAL 3",
        "DISPLAYNAME q",
        "BUDDYSTATUS 1",
    ],
)
def test_a_value_that_is_set_again_is_not_told_again(ann, bob, command):
    befriend(ann, bob)
    ann.ask("MESSAGE bob hello")
    ann.ask(f"SET USER bob {command}")
    ann.news(), bob.news()
    answer = ann.ask(f"SET USER bob {command}")
    assert answer == f"USER bob {command}"
    assert ann.news() == bob.news() == []


def test_leave_that_was_given_before_it_was_asked_for_makes_contacts(ann, bob):
    assert bob.ask("SET USER ann ISAUTHORIZED TRUE") == "USER ann ISAUTHORIZED TRUE"
    assert bob.ask("SEARCH FRIENDS") == "USERS echo123", "nobody has asked yet"
    bob.news()
    assert ann.ask("SET USER bob BUDDYSTATUS 2 hello") == "USER bob BUDDYSTATUS 2"
    assert bob.news()[0] == "USER ann BUDDYSTATUS 3"
    assert standing(ann, "bob") == standing(bob, "ann") == ("3", "TRUE", "ONLINE")
    assert ann.ask("SEARCH FRIENDS") == "USERS echo123, bob"
    assert bob.ask("SEARCH FRIENDS") == "USERS echo123, ann"
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS "


def test_texts_have_an_end(world, ann, bob):
    """Ours are refused above it, those of others are cut there."""
    for word, number in (("BUDDYSTATUS 2 ", 518), ("DISPLAYNAME ", 18)):
        assert ann.ask(f"SET USER bob {word}{'x' * 20_001}").startswith(f"ERROR {number} ")
        assert ann.news() == bob.news() == []
        assert not ann.ask(f"SET USER bob {word}{'x' * 20_000}").startswith("ERROR")
        ann.news(), bob.news()
    assert bob.ask("GET USER ann RECEIVEDAUTHREQUEST") == f"USER ann RECEIVEDAUTHREQUEST {'x' * 20_000}"
    world.runtimes["bob"]._heard(
        ContactCame("7", "u7", "carl", ContactAct.ASK, "y" * 1_000_000, 5),
    )
    assert bob.ask("GET USER carl RECEIVEDAUTHREQUEST") == f"USER carl RECEIVEDAUTHREQUEST {'y' * 20_000}"
    world.runtimes["bob"]._heard(PersonSeen("carl", (("fullname", "z" * 30_000), ("mood_text", "m" * 3000))))
    assert of(bob, "carl", "FULLNAME", "MOOD_TEXT") == ("z" * 20_000, "m" * 2000)


def test_what_was_taken_back_without_a_link_is_not_said(world, ann, bob):
    befriend(ann, bob)
    bob.ask("SET USERSTATUS OFFLINE")
    ann.news()
    for command in ("TRUE", "FALSE", "TRUE", "FALSE"):
        bob.ask(f"SET USER ann ISBLOCKED {command}")
    waiting = world.runtimes["bob"].engine.account.outbox.waiting
    assert [request.act for request in waiting.values()] == [ContactAct.UNBLOCK]
    world = world.again()
    ann, bob = world.attach("ann"), world.attach("bob")
    ann.news()
    bob.ask("SET USERSTATUS ONLINE")
    assert [line for line in ann.news() if "ONLINESTATUS" in line] == ["USER bob ONLINESTATUS ONLINE"]
    assert world.runtimes["bob"].engine.account.outbox.waiting == {}
    bob.ask("SET USERSTATUS OFFLINE")
    bob.ask("SET USER ann ISBLOCKED TRUE")
    bob.ask("SET USERSTATUS ONLINE")
    assert standing(ann, "bob")[2] == "OFFLINE", "the last word counts"


@pytest.mark.parametrize("number", ["00372", "+372", "+١٢٣٤", "+99999999999999999999"])
def test_a_number_that_nobody_can_call_does_not_come_into_the_list(ann, number):
    assert ann.ask(f"SET USER {number} BUDDYSTATUS 2").startswith("ERROR 519 ")
    assert ann.news() == []
    assert ann.ask("SEARCH FRIENDS") == "USERS echo123"


def test_taking_leave_back_hides_us_and_can_be_undone(ann, bob):
    befriend(ann, bob)
    assert bob.ask("SET USER ann ISAUTHORIZED FALSE") == "USER ann ISAUTHORIZED FALSE"
    assert ann.news()[:2] == ["USER bob BUDDYSTATUS 2", "USER bob ONLINESTATUS OFFLINE"]
    assert standing(ann, "bob") == ("2", "TRUE", "OFFLINE")
    assert standing(bob, "ann") == ("3", "FALSE", "ONLINE")
    assert bob.ask("SET USER ann ISAUTHORIZED TRUE") == "USER ann ISAUTHORIZED TRUE"
    assert ann.news()[:2] == ["USER bob BUDDYSTATUS 3", "USER bob ONLINESTATUS ONLINE"]


@pytest.mark.rule("set-user-r01", "set-user-r03", "events-status-r03")
def test_removing_and_coming_together_again(ann, bob):
    befriend(ann, bob)
    assert ann.ask("SET USER bob BUDDYSTATUS 1") == "USER bob BUDDYSTATUS 1"
    assert ann.news() == ["USER bob ISAUTHORIZED FALSE", "USER bob BUDDYSTATUS 1"]
    assert ann.ask("SEARCH FRIENDS") == "USERS echo123"
    assert bob.news()[:2] == ["USER ann BUDDYSTATUS 2", "USER ann ONLINESTATUS OFFLINE"]
    assert standing(ann, "bob") == ("1", "FALSE", "ONLINE")
    assert standing(bob, "ann") == ("2", "TRUE", "OFFLINE")
    assert ann.ask("SET USER bob BUDDYSTATUS 1") == "USER bob BUDDYSTATUS 1"
    # bob has not taken back what he gave, so nobody need ask him.
    assert ann.ask("SET USER bob BUDDYSTATUS 2 once more") == "USER bob BUDDYSTATUS 2"
    assert ann.ask("GET USER bob BUDDYSTATUS") == "USER bob BUDDYSTATUS 3"
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS "
    assert standing(ann, "bob") == standing(bob, "ann") == ("3", "TRUE", "ONLINE")
    for bad in ("0", "3", "4", "-1", "02", "x", ""):
        assert ann.ask(f"SET USER bob BUDDYSTATUS {bad}").startswith("ERROR 518 ")


def test_a_question_that_is_taken_back_is_gone(ann, bob):
    ann.ask("SET USER bob BUDDYSTATUS 2 hello")
    bob.news()
    ann.ask("SET USER bob BUDDYSTATUS 1")
    assert "USER ann RECEIVEDAUTHREQUEST " in bob.news()
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS "
    bob.ask("SET USER ann ISAUTHORIZED TRUE")
    assert standing(bob, "ann")[0] == "0"
    assert standing(ann, "bob") == ("1", "FALSE", "ONLINE")


def test_nobody_of_that_name(world, ann):
    assert ann.ask("SET USER nobody.here BUDDYSTATUS 2 hello") == "USER nobody.here BUDDYSTATUS 2"
    assert ann.news()[-2:] == ["USER nobody.here ISAUTHORIZED FALSE", "USER nobody.here BUDDYSTATUS 1"]
    assert ann.ask("GET USER nobody.here ONLINESTATUS") == "USER nobody.here ONLINESTATUS UNKNOWN"
    assert ann.ask("SEARCH FRIENDS") == "USERS echo123"
    # Word of it that comes late, about a question that was asked again meanwhile, changes nothing.
    link(world, "ann", "connecting")
    ann.ask("SET USER nobody.here BUDDYSTATUS 2 hello")
    first = next(iter(world.runtimes["ann"].engine.account.outbox.waiting.values()))
    ann.ask("SET USER nobody.here BUDDYSTATUS 2 hello again")
    world.runtimes["ann"]._heard(PostRefused(first.uid, "user_not_found"))
    assert ann.ask("GET USER nobody.here BUDDYSTATUS") == "USER nobody.here BUDDYSTATUS 2"


# Blocking -------------------------------------------------------------------------------------------------


@pytest.mark.rule("set-user-r02")
def test_blocking_hides_us_and_what_they_say(ann, bob):
    befriend(ann, bob)
    assert bob.ask("SET USER ann ISBLOCKED TRUE") == "USER ann ISBLOCKED TRUE"
    assert bob.news() == ["USER ann ISBLOCKED TRUE"]
    assert ann.news() == ["USER bob ONLINESTATUS OFFLINE"]
    # ann cannot tell that she is blocked from bob being away.
    assert standing(ann, "bob") == ("3", "TRUE", "OFFLINE")
    assert standing(bob, "ann") == ("3", "TRUE", "ONLINE")
    bob.ask("SET USERSTATUS DND")
    bob.ask("SET PROFILE MOOD_TEXT secret")
    assert ann.news() == []
    ann.ask("MESSAGE bob psst")
    ann.ask("SET USER bob BUDDYSTATUS 2 hear me")
    bob.news()
    assert bob.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES "
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS "
    assert bob.ask("SET USER ann ISBLOCKED FALSE") == "USER ann ISBLOCKED FALSE"
    assert ann.news()[-2:] == ["USER bob ONLINESTATUS DND", "USER bob MOOD_TEXT secret"]


def test_being_blocked_looks_like_the_other_one_being_away(world, ann, bob):
    befriend(ann, bob)
    bob.ask("SET PROFILE MOOD_TEXT fine")
    ann.news()
    asked = ("ONLINESTATUS", "MOOD_TEXT", "BUDDYSTATUS", "LASTONLINETIMESTAMP")
    world.wait(3)
    left = str(world.clock.now().stamp())
    bob.ask("SET USER ann ISBLOCKED TRUE")
    world.wait(3)
    bob.ask("SET PROFILE MOOD_TEXT elsewhere")
    bob.ask("SET USERSTATUS OFFLINE")
    bob.ask("SET USERSTATUS ONLINE")
    assert ann.news() == ["USER bob ONLINESTATUS OFFLINE"]
    assert of(ann, "bob", *asked) == ("OFFLINE", "fine", "3", left)
    assert of(world.again().attach("ann"), "bob", *asked) == ("OFFLINE", "fine", "3", left)


def test_a_blocked_stranger_asks_in_vain_until_unblocked(ann, bob):
    bob.ask("SET USER ann ISBLOCKED TRUE")
    bob.news()
    assert ann.ask("SET USER bob BUDDYSTATUS 2 hello") == "USER bob BUDDYSTATUS 2"
    assert not [line for line in bob.news() if "AUTHREQUEST" in line]
    assert standing(ann, "bob") == ("2", "TRUE", "OFFLINE")
    bob.ask("SET USER ann ISBLOCKED FALSE")
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS "
    ann.ask("SET USER bob BUDDYSTATUS 2 hello")
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS ann"


def test_blocking_somebody_who_asks_drops_the_question(ann, bob):
    ann.ask("SET USER bob BUDDYSTATUS 2 hello")
    bob.news()
    bob.ask("SET USER ann ISBLOCKED TRUE")
    assert bob.news() == ["USER ann RECEIVEDAUTHREQUEST ", "USER ann ISBLOCKED TRUE"]
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS "


def test_asking_and_granting_unblock(ann, bob):
    for command in ("BUDDYSTATUS 2 hello", "ISAUTHORIZED TRUE"):
        bob.ask("SET USER ann ISBLOCKED TRUE")
        bob.news()
        bob.ask(f"SET USER ann {command}")
        assert "USER ann ISBLOCKED FALSE" in bob.news()
        assert standing(ann, "bob")[2] == "ONLINE"


def test_blocking_a_stranger_is_not_told(ann, bob):
    bob.ask("SET USER ann ISBLOCKED TRUE")
    assert ann.news() == []
    bob.ask("SET USER +3725555555 ISBLOCKED TRUE")
    assert bob.ask("CALL +3725555555").startswith("ERROR 39 ")


# Away, killed, twice --------------------------------------------------------------------------------------


def test_a_question_and_its_answer_wait_for_those_who_are_away(world, ann, bob):
    world.world.leave("bob", world.clock.now())
    assert ann.ask("SET USER bob BUDDYSTATUS 2 hello") == "USER bob BUDDYSTATUS 2"
    assert standing(ann, "bob") == ("2", "TRUE", "OFFLINE")
    bob = world.restart("bob")
    assert bob.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS ann"
    assert bob.ask("GET USER ann RECEIVEDAUTHREQUEST") == "USER ann RECEIVEDAUTHREQUEST hello"
    world.world.leave("ann", world.clock.now())
    bob.ask("SET USER ann ISAUTHORIZED TRUE")
    assert standing(bob, "ann") == ("3", "TRUE", "OFFLINE")
    ann = world.restart("ann")
    assert standing(ann, "bob") == standing(bob, "ann") == ("3", "TRUE", "ONLINE")


@pytest.mark.parametrize(
    ("commands", "theirs", "ours"),
    [
        (["BUDDYSTATUS 2 hello"], ("2", "TRUE", "OFFLINE"), ("0", "FALSE", "ONLINE")),
        (["BUDDYSTATUS 2 hello", "BUDDYSTATUS 1"], ("1", "FALSE", "OFFLINE"), ("0", "FALSE", "OFFLINE")),
        (["ISAUTHORIZED TRUE"], ("0", "TRUE", "OFFLINE"), ("0", "FALSE", "ONLINE")),
        (["ISAUTHORIZED TRUE", "ISBLOCKED TRUE"], ("0", "TRUE", "OFFLINE"), ("0", "FALSE", "OFFLINE")),
    ],
)
def test_what_is_done_without_a_link_is_done_when_there_is_one_whoever_is_killed(
    world, ann, bob, commands, theirs, ours
):
    ann.ask("SET USERSTATUS OFFLINE")
    for command in commands:
        ann.ask(f"SET USER bob {command}")
    again = world.again()
    ann, bob = again.attach("ann"), again.attach("bob")
    ann.ask("SET USERSTATUS ONLINE")
    assert standing(ann, "bob") == theirs
    assert standing(bob, "ann") == ours


def test_everything_is_as_it_was_after_a_kill(world, ann, bob):
    befriend(ann, bob)
    for command in (
        "SET USER +3725555555 BUDDYSTATUS 2",
        "SET USER +3725555555 DISPLAYNAME Taxi",
        "SET USER bob SPEEDDIAL 1",
        "SET USER bob DISPLAYNAME Bobby",
        "SET USER busy.bee ISBLOCKED TRUE",
        "SET USER carl BUDDYSTATUS 2 hello",
        "SET USER no.answer BUDDYSTATUS 2 hello",
        "SET USER nobody.here ISBLOCKED TRUE",
    ):
        assert not ann.ask(command).startswith("ERROR")
    world.attach("carl").ask("SET USER bob BUDDYSTATUS 2 hi bob")
    bob.ask("SET PROFILE MOOD_TEXT fine")
    bob.ask("SET PROFILE COUNTRY ee")

    def seen(world):
        shown = []
        for handle in ("ann", "bob", "carl"):
            program = world.attach(handle)
            lists = ("FRIENDS", "USERSWAITINGMYAUTHORIZATION")
            shown += [program.ask(f"SEARCH {what}") for what in lists]
            people = ("ann", "bob", "carl", "echo123", "busy.bee", "no.answer", "+3725555555", "nobody.here")
            for person in people:
                for name in LANGUAGE.object_by_word["USER"].by_word:
                    if name != "AVATAR":
                        shown.append(program.ask(f"GET USER {person} {name}"))
        return shown

    before = seen(world)
    assert seen(world.again()) == before
    assert "USERS echo123, bob, +3725555555, carl, no.answer" in before


def test_letters_that_come_twice_or_late_change_nothing(world, ann, bob):
    ann.ask("SET USER bob BUDDYSTATUS 2 hello")
    bob.ask("SET USER ann ISAUTHORIZED FALSE")
    ann.ask("SET USER bob BUDDYSTATUS 1")
    ann.news(), bob.news()
    heard = world.runtimes["bob"].engine.account.people.known["ann"].heard
    for act in (ContactAct.ASK, ContactAct.GRANT, ContactAct.REFUSE, ContactAct.REMOVE):
        world.runtimes["bob"]._heard(ContactCame("77", f"u{act}", "ann", act, "again", heard))
    assert bob.news() == []
    assert standing(bob, "ann") == ("0", "FALSE", "OFFLINE")


def test_requests_that_are_made_twice_are_taken_once(world, ann, bob):
    """As after a kill between the network's word and its storing: everything is asked again."""
    runtime = world.runtimes["ann"]
    said = []
    post = runtime._network.post
    runtime._network.post = lambda request: (said.append(request), post(request))
    ann.ask("SET USER bob BUDDYSTATUS 2 hello")
    bob.ask("SET USER ann ISAUTHORIZED TRUE")
    ann.ask("SET USER bob BUDDYSTATUS 1")
    ann.news(), bob.news()
    for request in said:
        post(request)
    assert bob.news() == []
    assert standing(ann, "bob") == ("1", "FALSE", "ONLINE")
    assert standing(bob, "ann") == ("2", "TRUE", "OFFLINE")


def test_what_the_store_refuses_was_not_said(world):
    store = IllStore()
    world = World("ann", "bob", stores={"ann": store})
    ann, bob = world.attach("ann"), world.attach("bob")
    store.ill = True
    assert ann.ask("SET USER bob BUDDYSTATUS 2 hello").startswith("ERROR 9901 ")
    bob.ask("SET USER ann BUDDYSTATUS 2 and you?")
    assert ann.news() == []
    store.ill = False
    world.wait(2)
    assert ann.ask("SEARCH USERSWAITINGMYAUTHORIZATION") == "USERS bob"
    assert standing(ann, "bob")[0] == "0"
    assert ann.ask("SET USER bob ISAUTHORIZED TRUE") == "USER bob ISAUTHORIZED TRUE"
    assert standing(bob, "ann") == ("3", "TRUE", "ONLINE")


def test_what_the_network_cannot_write_waits_and_is_done_once(world, ann, bob, caplog):
    world.file.run("PRAGMA query_only=ON")
    assert ann.ask("SET USER bob BUDDYSTATUS 2 hello") == "USER bob BUDDYSTATUS 2"
    ann.ask("SET USER bob ISAUTHORIZED FALSE")
    assert bob.news() == []
    world.file.run("PRAGMA query_only=OFF")
    world.wait(2)
    assert bob.news()[0] == "USER ann RECEIVEDAUTHREQUEST hello"
    assert standing(bob, "ann") == ("0", "FALSE", "OFFLINE")
    caplog.clear()


# Who sees what --------------------------------------------------------------------------------------------

PRIVATE = ("PHONE_HOME", "PHONE_OFFICE", "PHONE_MOBILE", "MOOD_TEXT")


def test_strangers_see_what_is_for_all_and_contacts_see_the_rest(world, ann, bob):
    carl = world.attach("carl")
    befriend(ann, bob)
    for name, value in (("FULLNAME", "Bob B."), ("CITY", "Tartu"), ("ABOUT", "me")):
        bob.ask(f"SET PROFILE {name} {value}")
    for name in PRIVATE:
        bob.ask(f"SET PROFILE {name} 3721111111")
    bob.ask("SET USERSTATUS DND")
    public, private = ("FULLNAME", "CITY", "ABOUT"), (*PRIVATE, "ONLINESTATUS")
    assert of(carl, "bob", *public) == of(ann, "bob", *public) == ("Bob B.", "Tartu", "me")
    assert of(ann, "bob", *private) == (*["3721111111"] * 4, "DND")
    assert of(carl, "bob", *private) == (*[""] * 4, "OFFLINE")
    assert {"USER bob CITY Tartu", "USER bob ONLINESTATUS DND"} & set(carl.news()) == {"USER bob CITY Tartu"}


@pytest.mark.rule("events-object-r07")
def test_when_somebody_was_last_there(world, ann, bob):
    befriend(ann, bob)
    carl = world.attach("carl")
    world.wait(5)
    assert of(ann, "bob", "LASTONLINETIMESTAMP") == ("0",)
    left = world.clock.now().stamp()
    bob.ask("SET USERSTATUS INVISIBLE")
    world.wait(5)
    assert ann.news() == ["USER bob ONLINESTATUS OFFLINE"]
    assert of(ann, "bob", "LASTONLINETIMESTAMP") == (str(left),)
    # Who hides is not given away by leaving.
    bob.ask("SET USERSTATUS OFFLINE")
    assert of(ann, "bob", "LASTONLINETIMESTAMP") == (str(left),)
    assert of(carl, "bob", "LASTONLINETIMESTAMP") == ("0",)
    ann = world.again().attach("ann")
    assert of(ann, "bob", "LASTONLINETIMESTAMP", "ONLINESTATUS") == (str(left), "OFFLINE")


def test_how_many_contacts_somebody_has(ann, bob):
    befriend(ann, bob)
    for handle in ("ann.answers", "busy.bee", "no.answer"):
        bob.ask(f"SET USER {handle} BUDDYSTATUS 2")
    assert of(bob, "bob", "NROF_AUTHED_BUDDIES") == of(ann, "bob", "NROF_AUTHED_BUDDIES") == ("5",)
    assert ann.news()[-1] == "USER bob NROF_AUTHED_BUDDIES 5"
    bob.ask("SET USER busy.bee BUDDYSTATUS 1")
    assert of(bob, "bob", "NROF_AUTHED_BUDDIES") == of(ann, "bob", "NROF_AUTHED_BUDDIES") == ("4",)


def test_nobody_can_be_seen_without_a_link(world, ann, bob):
    befriend(ann, bob)
    link(world, "ann", "connecting")
    assert ann.news() == [
        "CONNSTATUS CONNECTING",
        "USER echo123 ONLINESTATUS OFFLINE",
        "USER bob ONLINESTATUS OFFLINE",
    ]


@pytest.mark.rule("get-user-r02", "events-object-r03")
def test_a_stranger_who_is_asked_for_is_looked_up():
    world = World("ann", "bob", met=False)
    ann, bob = world.attach("ann"), world.attach("bob")
    bob.ask("SET PROFILE FULLNAME Bob B.")
    assert ann.news() == []
    assert ann.ask("GET USER Bob FULLNAME") == "USER Bob FULLNAME "
    assert ann.news() == [
        "USER bob ONLINESTATUS OFFLINE",
        "USER bob FULLNAME Bob B.",
        "USER bob NROF_AUTHED_BUDDIES 1",
    ]
    assert ann.ask("GET USER bob FULLNAME") == "USER bob FULLNAME Bob B."
    bob.ask("SET PROFILE FULLNAME Bobby")
    assert ann.news() == ["USER bob FULLNAME Bobby"]
    asked = []
    world.runtimes["ann"]._network.ask_profile = asked.append
    for handle in ("bob", "nobody", "nobody", "+3725555555", "ann", "echo123", "NoBody"):
        ann.ask(f"GET USER {handle} FULLNAME")
    assert asked == ["nobody"]
    world.wait(FRESH + 1)
    ann.ask("GET USER nobody FULLNAME")
    ann.ask("GET USER bob FULLNAME")
    assert asked == ["nobody", "nobody", "bob"]
    assert ann.ask("GET USER nobody ONLINESTATUS") == "USER nobody ONLINESTATUS UNKNOWN"


def test_who_writes_or_calls_is_known_by_then():
    world = World("ann", "bob", met=False)
    ann, bob = world.attach("ann"), world.attach("bob")
    ann.ask("SET PROFILE FULLNAME Ann A.")
    ann.ask("MESSAGE bob hello")
    assert bob.news()[:2] == ["USER ann ONLINESTATUS OFFLINE", "USER ann FULLNAME Ann A."]
    assert bob.ask("SEARCH CHATS").startswith("CHATS #ann/$bob;")
    carl = World("ann", "bob", met=False)
    ann, bob = carl.attach("ann"), carl.attach("bob")
    ann.ask("SET PROFILE FULLNAME Ann A.")
    ann.ask("CALL bob")
    assert bob.ask("GET CALL 1 PARTNER_DISPNAME") == "CALL 1 PARTNER_DISPNAME Ann A."


# Names, codes, phones -------------------------------------------------------------------------------------


@pytest.mark.rule("set-user-displayname-r01", "set-user-displayname-r02", "set-user-displayname-r03")
def test_a_name_of_our_own(ann, bob):
    assert ann.ask("GET USER bob DISPLAYNAME") == "USER bob DISPLAYNAME "
    ann.ask("MESSAGE bob hello")
    chat = ann.ask("SEARCH CHATS").split()[1]
    ann.news()
    assert ann.ask("SET USER Bob DISPLAYNAME My Bob") == "USER Bob DISPLAYNAME My Bob"
    assert ann.news() == ["USER bob DISPLAYNAME My Bob", f"CHAT {chat} FRIENDLYNAME My Bob | hello"]
    assert ann.ask(f"GET CHAT {chat} FRIENDLYNAME") == f"CHAT {chat} FRIENDLYNAME My Bob | hello"
    bob.ask("SET PROFILE FULLNAME Bob B.")
    assert ann.ask(f"GET CHAT {chat} FRIENDLYNAME") == f"CHAT {chat} FRIENDLYNAME My Bob | hello"
    assert ann.ask("SET USER bob DISPLAYNAME ") == "USER bob DISPLAYNAME "
    assert ann.news()[-1] == f"CHAT {chat} FRIENDLYNAME Bob B. | hello"
    bob.ask("SET PROFILE FULLNAME Bobby")
    assert ann.news()[-1] == f"CHAT {chat} FRIENDLYNAME Bobby | hello"


@pytest.mark.rule("set-user-speeddial-r01")
def test_speed_dials(world, ann, bob):
    assert ann.ask("SET USER bob SPEEDDIAL 1") == "USER bob SPEEDDIAL 1"
    assert ann.ask("SET USER +3725555555 SPEEDDIAL ab") == "USER +3725555555 SPEEDDIAL ab"
    ann.news()
    # One code, one person.
    assert ann.ask("SET USER carl SPEEDDIAL ab") == "USER carl SPEEDDIAL ab"
    assert ann.news() == ["USER +3725555555 SPEEDDIAL ", "USER carl SPEEDDIAL ab"]
    assert ann.ask("CALL 1").startswith("CALL ")
    assert bob.news()[-1].endswith(" STATUS RINGING")
    assert ann.ask("MESSAGE ab hello carl").startswith("CHATMESSAGE ")
    carl = world.attach("carl")
    assert carl.ask("SEARCH CHATS").startswith("CHATS #ann/$carl;")
    ann = world.again().attach("ann")
    assert of(ann, "bob", "SPEEDDIAL") == ("1",)
    assert ann.ask("SET USER bob SPEEDDIAL ") == "USER bob SPEEDDIAL "
    assert ann.news() == ["USER bob SPEEDDIAL "]
    ann.ask("CALL 1")
    assert ann.ask("GET USER 1 BUDDYSTATUS") == "USER 1 BUDDYSTATUS 0"
    assert bob.news() == []


@pytest.mark.rule("search-r04")
def test_phone_numbers_are_people_too(ann):
    assert of(ann, "+3725555555", "ONLINESTATUS", "BUDDYSTATUS", "FULLNAME") == ("SKYPEOUT", "0", "")
    for typed in ("003725555555", "+3725555555", "+372-555-5555"):
        assert ann.ask(f"GET USER {typed} COUNTRY") == f"USER {typed} COUNTRY ee Estonia"
    assert ann.ask("GET USER +99999 COUNTRY") == "USER +99999 COUNTRY "
    assert ann.ask("SET USER 00372 555-5555 BUDDYSTATUS 2").startswith("ERROR ")
    assert ann.ask("SET USER 003725555555 BUDDYSTATUS 2") == "USER 003725555555 BUDDYSTATUS 2"
    assert ann.news() == ["USER +3725555555 BUDDYSTATUS 3"]
    ann.ask("SET USER +3725555555 DISPLAYNAME Taxi")
    assert of(ann, "003725555555", "ONLINESTATUS", "BUDDYSTATUS", "FULLNAME") == ("SKYPEOUT", "3", "Taxi")
    assert ann.ask("SEARCH FRIENDS") == "USERS echo123, +3725555555"
    assert ann.ask("SET USER +3725555555 BUDDYSTATUS 1") == "USER +3725555555 BUDDYSTATUS 1"
    assert ann.ask("SEARCH FRIENDS") == "USERS echo123"


# Those who always exist -----------------------------------------------------------------------------------


def test_a_new_account_has_echo123_and_may_remove_it(world, ann):
    assert ann.ask("SEARCH FRIENDS") == "USERS echo123"
    assert standing(ann, "echo123") == ("3", "TRUE", "ONLINE")
    assert ann.ask("SET USER echo123 BUDDYSTATUS 1") == "USER echo123 BUDDYSTATUS 1"
    ann = world.again().attach("ann")
    assert ann.ask("SEARCH FRIENDS") == "USERS "
    assert standing(ann, "echo123") == ("1", "FALSE", "ONLINE")
    ann.ask("SET USER echo123 BUDDYSTATUS 2")
    assert standing(ann, "echo123") == ("3", "TRUE", "ONLINE")


@pytest.mark.parametrize(
    ("robot", "before", "after"),
    [
        ("ann.answers", "OFFLINE", ("3", "TRUE", "ONLINE")),
        ("busy.bee", "OFFLINE", ("3", "TRUE", "DND")),
        ("no.answer", "OFFLINE", ("2", "TRUE", "OFFLINE")),
        ("dee.clines", "OFFLINE", ("2", "TRUE", "OFFLINE")),
        ("echo123", "ONLINE", ("3", "TRUE", "ONLINE")),
    ],
)
def test_how_robots_answer_who_asks(world, ann, robot, before, after):
    assert of(ann, robot, "ONLINESTATUS") == (before,)
    ann.ask(f"SET USER {robot} BUDDYSTATUS 2 hello")
    assert standing(ann, robot) == after
    assert standing(world.again().attach("ann"), robot) == after


# All contacts in one line ---------------------------------------------------------------------------------


def cut(line):
    """As pidgin takes the line apart: eight pieces a contact; mood and next handle share the ninth."""
    pieces = line.removeprefix("AUTH_CONTACTS_PROFILES ").split(";")
    found, at = [], 0
    while at + 8 < len(pieces):
        mood, _, following = pieces[at + 8].partition(",")
        found.append((*pieces[at : at + 8], mood))
        pieces[at + 8] = following
        at += 8
    return found


def test_all_contacts_in_one_line(ann, bob):
    befriend(ann, bob)
    for name, value in (
        ("FULLNAME", "B., Bob; the one"),
        ("PHONE_HOME", "3721111111"),
        ("PHONE_MOBILE", "3721111113"),
        ("MOOD_TEXT", "so, so; well\nwell"),
    ):
        bob.ask(f"SET PROFILE {name} {value}")
    bob.ask("SET USERSTATUS AWAY")
    ann.ask("SET USER bob DISPLAYNAME Bobby")
    ann.ask("SET USER +3725555555 BUDDYSTATUS 2")
    ann.ask("SET USER no.answer BUDDYSTATUS 2")
    assert cut(ann.ask("GET AUTH_CONTACTS_PROFILES")) == [
        ("echo123", "Echo / Sound Test Service", "", "", "", "ONLINE", "", "FALSE", ""),
        (
            "bob",
            "B., Bob  the one",
            "3721111111",
            "",
            "3721111113",
            "AWAY",
            "Bobby",
            "FALSE",
            "so  so  well well",
        ),
        ("+3725555555", "", "", "", "", "SKYPEOUT", "", "FALSE", ""),
    ]
    for handle in ("echo123", "bob", "+3725555555"):
        ann.ask(f"SET USER {handle} BUDDYSTATUS 1")
    assert ann.ask("GET AUTH_CONTACTS_PROFILES") == "AUTH_CONTACTS_PROFILES "


def test_who_is_blocked_sees_one_away_and_learns_why_by_calling(ann, bob):
    """Presence has no word for it, failure reason 9 has no other meaning (docs/adr/0031)."""
    befriend(ann, bob)
    bob.ask("SET USER ann ISBLOCKED TRUE")
    assert of(ann, "bob", "ONLINESTATUS") == ("OFFLINE",)
    ann.news()
    bob.news()
    ann.ask("CALL bob")
    said = [line for line in ann.news() if line.startswith("CALL ")]
    number = said[0].split()[1]
    assert said[-2:] == [f"CALL {number} FAILUREREASON 9", f"CALL {number} STATUS FAILED"]
    assert not [line for line in said if "RINGING" in line]
    assert ann.ask("MESSAGE bob psst").endswith("STATUS SENDING")
    assert ann.news()[-1].endswith("STATUS SENT")
    assert bob.news() == []
    assert [bob.ask(f"SEARCH {what}") for what in ("CALLS", "MISSEDCALLS", "CHATMESSAGES")] == [
        "CALLS ",
        "CALLS ",
        "CHATMESSAGES ",
    ]
    bob.ask("SET USERSTATUS OFFLINE")
    ann.ask("CALL bob")
    assert next(line for line in ann.news() if "FAILUREREASON" in line).endswith(" FAILUREREASON 3")
    bob.ask("SET USERSTATUS ONLINE")
    bob.ask("SET USER ann ISBLOCKED FALSE")
    ann.ask("CALL bob")
    assert ann.news()[-1].endswith("STATUS RINGING")
