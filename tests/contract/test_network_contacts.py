"""What every network does with the leave that people give each other, and with those who are blocked."""

import functools

import pytest

from ringback.domain.effects import ContactAct
from ringback.domain.inputs import Barred, ContactCame, ContactsListed, MessageCame, Posted, PostRefused, Sent
from ringback.domain.nature import Part
from support.members import REFUSED, befriend, needs

TEXT = "It is Anna, from the choir;\nmay I? <b>&amp; ☎"


@needs(Part.CONTACTS)
def test_a_question_comes_with_its_text(stage):
    anna, bob = stage.member("anna"), stage.member("bob")
    uid = anna.contact(ContactAct.ASK, bob, TEXT)
    asked = bob.next(ContactCame)
    assert (asked.sender, asked.act, asked.text) == (anna.handle, ContactAct.ASK, TEXT)
    anna.next(Posted, uid=uid)


@needs(Part.CONTACTS)
def test_a_question_waits_until_it_was_heard(stage):
    """With its text, and no longer than that."""
    anna, bob = stage.member("anna"), stage.member("bob", online=False)
    anna.contact(ContactAct.ASK, bob, TEXT)
    bob.forgetful = True
    for _ in range(2):
        bob.connect()
        asked = bob.next(ContactCame)
        assert (asked.sender, asked.act, asked.text) == (anna.handle, ContactAct.ASK, TEXT)
        bob.leave()
    bob.forgetful = False
    bob.connect()
    bob.next(ContactCame)
    anna.write(bob, "stored?")
    bob.next(MessageCame)
    bob.leave()
    bob.connect()
    anna.write(bob, "once")
    bob.next(MessageCame, body="once")
    assert bob.heard(ContactCame, act=ContactAct.ASK) == []


def answer(stage, act, there):
    """Anna asks Bob, who answers so, while she is there or is not; gives both when she has heard it."""
    anna, bob = stage.member("anna"), stage.member("bob")
    bob.appear("dnd")
    anna.contact(ContactAct.ASK, bob, "please")
    bob.next(ContactCame, act=ContactAct.ASK)
    if not there:
        anna.leave()
    bob.contact(act, anna)
    if not there:
        anna.connect()
    anna.has_leave_of(bob, act is ContactAct.GRANT)
    return anna, bob


@needs(Part.CONTACTS)
@pytest.mark.parametrize("there", [True, False])
def test_who_gives_leave_is_seen(stage, there):
    """At once, or by somebody who was not there then."""
    anna, bob = answer(stage, ContactAct.GRANT, there)
    anna.sees(bob, online_status="dnd")


@needs(Part.CONTACTS)
@pytest.mark.parametrize("there", [True, False])
def test_who_refuses_is_not_seen(stage, there):
    anna, bob = answer(stage, ContactAct.REFUSE, there)
    assert anna.people.get(bob.handle, {}).get("online_status") != "dnd"


@needs(Part.CONTACTS)
def test_two_who_know_each_other_see_each_other(stage):
    anna, bob = stage.friends("anna", "bob")
    anna.appear("away")
    bob.appear("na")
    anna.sees(bob, online_status="na")
    bob.sees(anna, online_status="away")


@needs(Part.CONTACTS)
def test_who_takes_leave_back_is_not_seen_any_more(stage):
    anna, bob = stage.friends("anna", "bob")
    bob.appear("away")
    anna.sees(bob, online_status="away")
    bob.contact(ContactAct.REFUSE, anna)
    anna.has_leave_of(bob, False)
    anna.sees(bob, online_status="offline")
    # What was said about the one side says nothing about the other.
    assert bob.leave_of[anna.handle] is True


@needs(Part.CONTACTS)
@pytest.mark.parametrize("there", [True, False])
def test_who_removes_somebody_is_not_seen_any_more(stage, there):
    anna, bob = stage.friends("anna", "bob")
    if not there:
        anna.leave()
    bob.contact(ContactAct.REMOVE, anna)
    if not there:
        bob.appear("away")
        anna.connect()
    anna.has_leave_of(bob, False)
    if there:
        anna.sees(bob, online_status="offline")
    # They can begin anew.
    befriend(anna, bob)


@needs(Part.BLOCKING)
def test_who_is_blocked_sees_somebody_go_and_come(stage):
    anna, bob = stage.friends("anna", "bob")
    for one in (anna, bob):
        one.appear("away")
    bob.sees(anna, online_status="away")
    uid = anna.contact(ContactAct.BLOCK, bob)
    anna.next(Posted, uid=uid)
    bob.sees(anna, online_status="offline")
    anna.appear("dnd")
    uid = anna.contact(ContactAct.UNBLOCK, bob)
    anna.next(Posted, uid=uid)
    bob.sees(anna, online_status="dnd")
    bob.write(anna, "again")
    anna.next(MessageCame, body="again")


def has_end(member, uid):
    return any(member.heard(kind, uid=uid) for kind in (Sent, Posted, PostRefused))


@needs(Part.CONTACT_LIST)
def test_who_is_invisible_keeps_away_whom_they_block(stage):
    """Who was blocked before, and who is now. (Without such a list the engine alone does it.)"""
    anna, bob, carl, dora = stage.friends("anna", "bob", "carl", "dora")
    uid = anna.contact(ContactAct.BLOCK, carl)
    anna.next(Posted, uid=uid)
    anna.appear("invisible")
    bob.sees(anna, online_status="offline")
    uid = anna.contact(ContactAct.BLOCK, dora)
    anna.next(Posted, uid=uid)
    for one in (carl, dora):
        uid = one.write(anna, "let me in")
        stage.until(functools.partial(has_end, one, uid))
    uid = bob.write(anna, "good morning")
    assert anna.next(MessageCame).uid == uid
    assert anna.heard(MessageCame) == []
    anna.appear("online")
    bob.sees(anna, online_status="online")


@needs(Part.CONTACTS)
@pytest.mark.parametrize("act", [ContactAct.REFUSE, ContactAct.REMOVE, ContactAct.UNBLOCK])
def test_what_is_so_already_is_said_in_vain(stage, act):
    """Every request comes to its end, also if there was nothing to do."""
    anna, bob = stage.member("anna"), stage.member("bob")
    uid = anna.contact(act, bob)
    anna.next(Posted, uid=uid)


@needs(Part.CONTACT_LIST)
def test_the_list_is_told_whole_at_each_login(stage):
    anna, bob = stage.friends("anna", "bob")
    uid = anna.contact(ContactAct.RENAME, bob, "Bobby & Co")
    anna.next(Posted, uid=uid)
    anna.leave()
    anna.pending.clear()
    anna.connect()
    told = anna.next(ContactsListed, whole=True)
    assert [(one.handle, one.is_authorized, one.has_authorized, one.name) for one in told.people] == [
        (bob.handle, True, True, "Bobby & Co")
    ]


@needs(Part.CONTACT_LIST)
@pytest.mark.parametrize("act", [ContactAct.RENAME, ContactAct.REMOVE])
def test_who_was_just_asked_is_in_the_list_already(stage, act):
    """The next word about them is not lost because the server has not shown them in the list yet."""
    anna, bob = stage.member("anna"), stage.member("bob")
    anna.contact(ContactAct.ASK, bob, "please")
    uid = anna.contact(act, bob, "Bobby" if act is ContactAct.RENAME else "")
    anna.next(Posted, uid=uid)
    anna.leave()
    anna.pending.clear()
    anna.connect()
    told = anna.next(ContactsListed, whole=True)
    wanted = [(bob.handle, True, "Bobby")] if act is ContactAct.RENAME else []
    assert [(one.handle, one.asked, one.name) for one in told.people] == wanted


@needs(Part.CONTACT_LIST)
def test_what_one_device_says_of_the_list_the_other_hears(stage):
    anna, bob = stage.friends("anna", "bob")
    other = anna.second().connect()
    anna.contact(ContactAct.RENAME, bob, "Robert")
    (one,) = other.next(ContactsListed, whole=False).people
    assert (one.handle, one.name) == (bob.handle, "Robert")
    anna.contact(ContactAct.REMOVE, bob)
    other.has_leave_of(bob, False)


@needs(Part.CONTACT_LIST)
def test_whom_one_device_blocks_the_other_hears_of(stage):
    """Now, and at the next login."""
    anna, bob = stage.friends("anna", "bob")
    other = anna.second().connect()
    assert anna.next(Barred) == Barred((), whole=True)
    other.next(Barred)
    for act, word in ((ContactAct.BLOCK, True), (ContactAct.UNBLOCK, False), (ContactAct.BLOCK, True)):
        uid = anna.contact(act, bob)
        anna.next(Posted, uid=uid)
        assert other.next(Barred) == Barred((bob.handle,), blocked=word)
    other.leave()
    other.pending.clear()
    other.connect()
    assert other.next(Barred) == Barred((bob.handle,), whole=True)


def no_list(stage):
    """It tells of no list, and takes a name for somebody without telling anybody."""
    anna, bob = stage.friends("anna", "bob")
    uid = anna.contact(ContactAct.RENAME, bob, "Bobby")
    anna.next(Posted, uid=uid)
    anna.leave()
    anna.connect()
    anna.write(bob, "after it")
    bob.next(MessageCame)
    assert anna.heard(ContactsListed) == bob.heard(ContactsListed) == []
    assert bob.heard(ContactCame, act=ContactAct.RENAME) == []


REFUSED[Part.CONTACT_LIST] = no_list


def test_nobody_of_that_name_is_refused_or_never_answers(stage):
    """A question to nobody is refused where the network knows; where it does not, nobody gives leave."""
    anna, bob = stage.member("anna"), stage.member("bob")
    bob.handle += "x"
    uid = anna.contact(ContactAct.ASK, bob, "please")
    stage.until(
        lambda: anna.heard(PostRefused, uid=uid) or anna.heard(Posted, uid=uid),
        lambda: f"the question has no end: {anna.pending}",
    )
    assert anna.leave_of.get(bob.handle) is not True
