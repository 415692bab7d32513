"""SEARCH USERS: what is found, and an answer that waits for the network while other commands are answered."""

import pytest

from ringback.domain.finding import PATIENCE
from ringback.domain.inputs import LinkChanged, PeopleFound, PersonSeen
from ringback.domain.people import STRANGERS
from ringback.ports.store import StoreError
from support.replay import World


@pytest.fixture
def slow():
    """A network that looks for people and has not found any yet: world, program, what was asked."""
    world, asked = World("me"), []
    program = world.attach()
    world.runtimes["me"]._network.search_people = lambda operation, text: asked.append((operation, text))
    return world, program, asked


def begin(program, text):
    """Say a search that is not answered yet."""
    program.link.send(f"#s SEARCH USERS {text}")
    program.news()


def answers(program):
    return [line for line in program.link.lines if line.startswith("#s ")]


@pytest.mark.rule("search-users-r01")
def test_with_an_at_sign_the_whole_address_is_looked_for():
    """Accounts have no e-mail addresses; a handle may look like one."""
    program = World("me", "ann@example.org", "ann").attach()
    assert program.ask("SEARCH USERS Ann@Example.org") == "USERS ann@example.org"
    for part in ("ann@example", "@", "nn@example.org", "ann@example.org x"):
        assert program.ask(f"SEARCH USERS {part}") == "USERS "


def test_who_is_away_is_found_and_the_best_comes_first():
    world = World("me", "ann.b", "ann", "bann")
    program = world.attach()
    for handle in ("ann", "bann"):
        world.world.leave(handle, world.clock.now())
    assert program.ask("SEARCH USERS ANN") == "USERS ann, ann.answers, ann.b, bann"
    assert program.ask("SEARCH USERS me") == "USERS me"
    assert program.ask("SEARCH USERS nobody") == "USERS "
    assert program.ask("SEARCH USERS ").startswith("ERROR 4 ")
    assert world.again().attach().ask("SEARCH USERS bann") == "USERS bann"


@pytest.mark.rule("search-users-r04", "search-users-r05")
def test_news_of_people_come_while_the_network_looks_and_others_are_answered(slow):
    world, program, asked = slow
    begin(program, "ann ")
    ((operation, text),) = asked
    assert text == "ann"
    assert program.ask("PING") == "PONG"
    assert program.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
    person = PersonSeen("ann", (("fullname", "Ann A."), ("country", "ee")))
    world.runtimes["me"]._heard(PeopleFound(operation, (person,), more=True))
    assert program.news() == ["USER ann FULLNAME Ann A.", "USER ann COUNTRY ee Estonia"]
    assert answers(program) == []
    assert program.ask("GET USER ann FULLNAME") == "USER ann FULLNAME Ann A."
    world.runtimes["me"]._heard(PeopleFound(operation, (PersonSeen("joann", ()),)))
    assert answers(program) == ["#s USERS ann, joann"]
    # What comes too late is not listened to.
    world.runtimes["me"]._heard(PeopleFound(operation, (person,)))
    assert answers(program) == ["#s USERS ann, joann"]


@pytest.mark.parametrize("end", ["late", "lost"])
def test_a_search_ends_when_the_network_says_no_more(slow, end):
    world, program, asked = slow
    begin(program, "ann")
    world.runtimes["me"]._heard(PeopleFound(asked[0][0], (PersonSeen("ann", ()),), more=True))
    if end == "late":
        world.wait(PATIENCE - 0.1)
        assert answers(program) == []
        world.wait(0.2)
    else:
        world.runtimes["me"]._heard(LinkChanged("connecting"))
    assert answers(program) == ["#s USERS ann"]
    world.runtimes["me"]._heard(PeopleFound(asked[0][0], ()))
    assert len(answers(program)) == 1


def test_two_searches_at_once_are_two(slow):
    world, program, asked = slow
    other = world.attach()
    begin(program, "ann")
    begin(other, "bob")
    (one, _), (two, _) = asked
    world.runtimes["me"]._heard(PeopleFound(two, (PersonSeen("bob", ()),)))
    assert (answers(program), answers(other)) == ([], ["#s USERS bob"])
    world.runtimes["me"]._heard(PeopleFound(one, ()))
    assert answers(program) == ["#s USERS "]


def test_without_a_link_those_are_found_whom_we_know():
    world = World("me", "zoe")
    program = world.attach()
    program.ask("SEARCH USERS ann")
    program.ask("SET USERSTATUS OFFLINE")
    assert program.ask("SEARCH USERS ann") == "USERS ann.answers"
    assert program.ask("SEARCH USERS zoe") == "USERS zoe"


@pytest.mark.rule("search-users-r04")
def test_nothing_is_stored_of_strangers_and_they_are_bounded(slow):
    world, program, asked = slow
    begin(program, "x")
    people = world.runtimes["me"].engine.account.people
    before = dict(world.stores["me"]._rows)
    crowd = tuple(PersonSeen(f"x{n}", (("fullname", f"X {n}"),)) for n in range(STRANGERS + 5))
    world.runtimes["me"]._heard(PeopleFound(asked[0][0], crowd))
    assert answers(program)[0].endswith(f", x{STRANGERS + 4}")
    assert world.stores["me"]._rows == before
    assert len(people.strangers) == STRANGERS
    assert program.ask("GET USER x0 FULLNAME") == "USER x0 FULLNAME "
    assert program.ask("GET USER x5 FULLNAME") == "USER x5 FULLNAME X 5"
    # Who has to do with us is kept.
    program.ask("SET USER x5 BUDDYSTATUS 2 hello")
    program.ask("MESSAGE x6 hello")
    chat = program.ask("SEARCH CHATS").split()[1]
    again = world.again().attach()
    assert again.ask("GET USER x5 FULLNAME") == "USER x5 FULLNAME X 5"
    assert again.ask(f"GET CHAT {chat} FRIENDLYNAME") == f"CHAT {chat} FRIENDLYNAME X 6 | hello"
    assert again.ask("GET USER x7 FULLNAME") == "USER x7 FULLNAME "


def test_a_file_that_cannot_be_read_finds_nobody(caplog):
    world = World("me")
    program = world.attach()

    def broken(*_):
        raise StoreError("disk gone")

    world.world._sightings._directory.find = broken
    assert program.ask("SEARCH USERS echo") == "USERS "
    assert "disk gone" in caplog.text
    caplog.clear()


def test_thousands_of_people_are_searched_in_no_time():
    world = World("me")
    program = world.attach()
    directory = world.world._sightings._directory
    with world.file.together():
        for number in range(5000):
            directory.show(f"person{number}", (("fullname", f"Somebody {number % 50}"), ("country", "ee")))
    found = program.ask("SEARCH USERS somebody 7").removeprefix("USERS ").split(", ")
    assert len(found) == 100
    assert len(program.news()) == 300
    assert len(program.ask("SEARCH USERS person").split(", ")) == 1000
