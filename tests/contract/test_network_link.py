"""What every network does with the link of an account."""

from ringback.domain.inputs import LinkChanged, MessageCame


def test_who_connects_is_online_in_the_end(stage):
    anna = stage.member("anna")
    assert anna.states[-1] == "online"
    assert set(anna.states[:-1]) <= {"connecting"}


def test_who_leaves_hears_nothing_more_and_may_come_again(stage):
    anna, bob = stage.friends("anna", "bob")
    anna.leave()
    anna.pending.clear()
    bob.sees(anna, online_status="offline")
    bob.appear("away")
    uid = bob.write(anna, "Are you there?")
    bob.is_rid_of(uid)
    assert anna.pending == []
    anna.connect()
    assert anna.next(MessageCame).body == "Are you there?"
    assert anna.heard(LinkChanged)[-1].state == "online"


def test_to_leave_twice_is_harmless(stage):
    anna = stage.member("anna")
    anna.leave()
    anna.network.disconnect()
    anna.connect()


def test_there_is_a_link_for_each_account(stage):
    anna, bob = stage.friends("anna", "bob")
    anna.leave()
    bob.write(anna, "one")
    assert bob.state == "online"
    anna.connect()
    anna.write(bob, "two")
    assert bob.next(MessageCame).body == "two"
