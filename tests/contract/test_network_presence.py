"""What every network tells of people who gave their leave: states, moods, profiles, pictures."""

import itertools

import pytest

from ringback.domain.inputs import MessageCame, PeopleFound, PersonSeen
from ringback.domain.nature import Part
from support.members import REFUSED, needs
from support.pictures import picture

PROFILE = {
    "fullname": "Anna Änders <&> ☎",
    "birthday": 19701231,
    "sex": "female",
    "language": "de",
    "country": "de",
    "province": "Bayern",
    "city": "München",
    "phone_home": "+49 89 1",
    "phone_office": "+49 89 2",
    "phone_mobile": "+49 170 3",
    "homepage": "http://anna.example/?a=b&c",
    "about": "two\nlines",
    "timezone": 86_400 + 7_200,
    "is_forwarding": True,
    "authorized_buddies": 3,
}


@needs(Part.PRESENCE)
@pytest.mark.parametrize("state", ["away", "na", "dnd", "skypeme"])
def test_a_state_is_seen_as_it_was_set(stage, state):
    anna, bob = stage.friends("anna", "bob")
    anna.appear(state)
    bob.sees(anna, online_status=state)
    anna.appear("online")
    bob.sees(anna, online_status="online")


def states(member, other):
    """What somebody was told of another's state since the last time, each once."""
    told = [
        dict(event.fields).get("online_status") for event in member.heard(PersonSeen, handle=other.handle)
    ]
    member.pending.clear()
    return [state for state, _ in itertools.groupby(state for state in told if state is not None)]


@needs(Part.PRESENCE)
def test_who_is_invisible_is_seen_as_offline_and_hears_everything(stage):
    anna, bob = stage.friends("anna", "bob")
    anna.appear("online")
    bob.sees(anna, online_status="online")
    anna.appear("invisible")
    bob.sees(anna, online_status="offline")
    bob.appear("away")
    anna.sees(bob, online_status="away")
    uid = bob.write(anna, "I cannot see you")
    assert anna.next(MessageCame).uid == uid
    anna.appear("dnd")
    bob.sees(anna, online_status="dnd")


@needs(Part.PRESENCE)
def test_who_comes_invisible_is_never_seen(stage):
    """Neither by who is there nor by who comes later; but sees both, and is seen when they want."""
    anna, bob, carl = stage.friends("anna", "bob", "carl")
    for one in (bob, carl):
        one.appear("away")
    anna.leave()
    for one in (bob, carl):
        one.sees(anna, online_status="offline")
    carl.leave()
    states(bob, anna), states(carl, anna)
    anna.appear("invisible")
    anna.connect()
    anna.sees(bob, online_status="away")
    uid = anna.write(bob, "here I am")
    assert bob.next(MessageCame).uid == uid
    carl.connect()
    anna.sees(carl, online_status="away")
    anna.show(fullname="Anna Unseen", mood_text="well hidden")
    uid = carl.write(anna, "are you there?")
    assert anna.next(MessageCame, mine=False).uid == uid
    assert set(states(bob, anna)) <= {"offline"}
    assert set(states(carl, anna)) <= {"offline"}
    for state in ("dnd", "invisible", "online", "invisible", "away"):
        anna.appear(state)
        bob.sees(anna, online_status="offline" if state == "invisible" else state)
    assert states(bob, anna) == ["dnd", "offline", "online", "offline", "away"]


@needs(Part.PRESENCE)
def test_who_is_invisible_stays_so_when_the_link_is_new(stage):
    anna, bob = stage.friends("anna", "bob")
    anna.appear("online")
    bob.sees(anna, online_status="online")
    anna.appear("invisible")
    bob.sees(anna, online_status="offline")
    states(bob, anna)
    for _ in range(2):
        anna.leave()
        anna.connect()
        uid = bob.write(anna, "still there?")
        assert anna.next(MessageCame).uid == uid
    assert set(states(bob, anna)) <= {"offline"}


@needs(Part.PRESENCE)
def test_when_somebody_was_last_there(stage):
    """UTC seconds, for who is not there."""
    anna, bob = stage.friends("anna", "bob")
    anna.appear("online")
    bob.sees(anna, online_status="online", last_online=0)
    anna.leave()
    bob.sees(anna, online_status="offline")
    bob.leave()
    bob.connect()
    bob.network.ask_profile(anna.handle)
    gone = stage.clock.now().stamp()
    stage.until(lambda: abs(bob.people[anna.handle].get("last_online", 0) - gone) < 120)


@needs(Part.PRESENCE)
def test_a_stranger_sees_nobody(stage):
    anna, bob = stage.member("anna"), stage.member("bob")
    anna.appear("away")
    bob.network.ask_profile(anna.handle)
    uid = bob.write(anna, "who are you?")
    assert anna.next(MessageCame).uid == uid
    assert bob.people.get(anna.handle, {}).get("online_status") != "away"


@needs(Part.PRESENCE)
def test_a_mood_is_seen_plain_and_rich(stage):
    anna, bob = stage.friends("anna", "bob")
    mood = {"mood_text": "happy & <3", "rich_mood_text": "<b>happy</b> &amp; &lt;3"}
    anna.show(**mood)
    anna.appear("away")
    bob.sees(anna, **mood, online_status="away")
    anna.show(mood_text="", rich_mood_text="")
    bob.sees(anna, mood_text="", rich_mood_text="", online_status="away")


@needs(Part.PROFILES)
def test_a_profile_is_seen_by_friends_as_it_changes(stage):
    anna, bob = stage.friends("anna", "bob")
    anna.show(**PROFILE)
    bob.network.ask_profile(anna.handle)
    bob.sees(anna, **PROFILE)
    changed = PROFILE | {"city": "", "about": "one line", "birthday": 0, "sex": "unknown"}
    changed |= {"timezone": 86_400, "is_forwarding": False, "authorized_buddies": 0}
    anna.show(**changed)
    bob.sees(anna, **changed)


@needs(Part.PROFILES)
def test_a_profile_is_shown_to_strangers_who_ask_but_for_what_is_private(stage):
    (anna, carl), bob = stage.friends("anna", "carl"), stage.member("bob")
    anna.show(**PROFILE)
    carl.sees(anna, **PROFILE)
    anna.leave()
    bob.network.ask_profile(anna.handle)
    bob.sees(anna, fullname=PROFILE["fullname"], city=PROFILE["city"])
    assert not bob.people[anna.handle].get("phone_mobile")


@needs(Part.PROFILES)
def test_a_picture_is_seen_by_friends_as_it_changes(stage, tmp_path):
    anna, bob = stage.friends("anna", "bob")
    for data in (picture(tmp_path / "a.png").read_bytes(), picture(tmp_path / "a.jpg").read_bytes(), b""):
        anna.look(data)
        bob.looks_at(anna, data)


@needs(Part.PROFILES)
def test_what_was_shown_before_is_seen_by_who_comes_later(stage, tmp_path):
    anna, bob, carl = stage.friends("anna", "bob", "carl")
    data = picture(tmp_path / "a.png").read_bytes()
    bob.leave()
    anna.show(fullname="Anna Later")
    anna.look(data)
    carl.sees(anna, fullname="Anna Later")
    carl.looks_at(anna, data)
    bob.connect()
    bob.network.ask_profile(anna.handle)
    bob.sees(anna, fullname="Anna Later")
    bob.looks_at(anna, data)


@needs(Part.PROFILES)
def test_what_was_changed_while_away_is_heard_by_who_is_there_already(stage, tmp_path):
    """And what is changed as soon as two have met."""
    anna, bob = stage.friends("anna", "bob")
    for one, other in ((anna, bob), (bob, anna)):
        one.show(fullname="Just met", rich_mood_text="<b>glad</b>")
        other.sees(one, fullname="Just met", rich_mood_text="<b>glad</b>")
        one.show(fullname="Known", rich_mood_text="")
        other.sees(one, fullname="Known", rich_mood_text="")
    anna.leave()
    bob.sees(anna, online_status="offline")
    data = picture(tmp_path / "a.png").read_bytes()
    anna.show(fullname="Back", rich_mood_text="<i>again</i>")
    anna.look(data)
    anna.connect()
    bob.sees(anna, fullname="Back", rich_mood_text="<i>again</i>")
    bob.looks_at(anna, data)


def look_for(member, operation, text):
    """Handles of those whom a search finds."""
    member.network.search_people(operation, text)
    found = [member.next(PeopleFound, operation=operation)]
    while found[-1].more:
        found.append(member.next(PeopleFound, operation=operation))
    return [person.handle for event in found for person in event.people]


def test_somebody_is_found_by_the_exact_address(stage):
    anna, bob = stage.friends("anna", "bob")
    assert anna.handle in look_for(bob, 7, anna.handle)


@needs(Part.DIRECTORY)
def test_somebody_is_found_by_name(stage):
    """Sometimes a moment later than it is seen."""
    (anna, carl), bob = stage.friends("anna", "carl"), stage.member("bob")
    name = f"Zarathustra of {anna.handle}"
    anna.show(fullname=name)
    carl.sees(anna, fullname=name)
    operations = itertools.count(8)
    while not (found := look_for(bob, next(operations), name)):
        assert next(operations) < 1_000
    assert found == [anna.handle]
    assert look_for(bob, next(operations), name[:9].lower()) == [anna.handle]
    assert look_for(bob, next(operations), "Nietzsche") == []


def nobody_found(stage):
    """Who is looked for by name is not found, and that is said."""
    anna, bob = stage.member("anna"), stage.member("bob")
    anna.show(fullname="Zarathustra")
    bob.network.search_people(8, "Zarathustra")
    assert bob.next(PeopleFound) == PeopleFound(8, ())


REFUSED[Part.DIRECTORY] = nobody_found


def nothing_shown(stage):
    """What somebody shows is told to nobody; to show it, and to ask for it, harms nothing."""
    anna, bob = stage.friends("anna", "bob")
    anna.show(**PROFILE)
    anna.look(b"a picture")
    bob.network.ask_profile(anna.handle)
    uid = anna.write(bob, "after it")
    bob.next(MessageCame, uid=uid)
    assert set(bob.people.get(anna.handle, {})) <= {"online_status", "last_online", "mood_text"}
    assert not bob.pictures.get(anna.handle)


REFUSED[Part.PROFILES] = nothing_shown
