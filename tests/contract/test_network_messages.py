"""What every network does with messages: each arrives once, in order, whole, and both sides know of it."""

import pytest

from ringback.domain.inputs import EditCame, MessageCame, Posted, PostRefused, SeenElsewhere, Sent
from ringback.domain.nature import Part
from support.members import REFUSED, needs

BODIES = {
    "line breaks": "one\ntwo\n\nthree",
    "blanks": "  two before, two after  ",
    "tab": "a\tb",
    "carriage return": "one\r\ntwo\rthree",
    "markup": "<b>&amp;</b> ]]> <!-- -- > '\"",
    "other scripts": "Здравствуй, 你好, שלום, e\u0301",
    "beyond 16 bits": "😀 𝔘",
    "one character": ".",
    "looks like commands": "SET USERSTATUS OFFLINE\n#1 PING; </body></message>",
}


@needs(Part.CHATS)
def test_a_message_arrives_and_the_sender_knows(stage):
    anna, bob = stage.friends("anna", "bob")
    uid = anna.write(bob, "Hello")
    came = bob.next(MessageCame)
    assert (came.uid, came.sender, came.sort, came.body) == (uid, anna.handle, "said", "Hello")
    assert not came.mine
    assert abs(came.stamp - stage.clock.now().stamp()) < 120 or came.stamp == 1_700_000_000
    if anna.network.nature.dialog is None:
        assert came.chat == anna.chat(bob)
    anna.next(Posted, uid=uid)


@needs(Part.CHATS)
def test_a_stranger_may_write(stage):
    anna, bob = stage.member("anna"), stage.member("bob")
    uid = anna.write(bob, "We do not know each other")
    assert bob.next(MessageCame).uid == uid
    anna.next(Posted, uid=uid)


@needs(Part.CHATS)
def test_an_emote_is_one_at_the_other_side(stage):
    anna, bob = stage.friends("anna", "bob")
    anna.write(bob, "waves", "emoted")
    came = bob.next(MessageCame)
    assert (came.sort, came.body) == ("emoted", "waves")


@needs(Part.CHATS)
@pytest.mark.parametrize("name", BODIES)
def test_a_body_arrives_as_it_was_written(stage, name):
    """But for the kind of its line breaks: XML knows one only."""
    anna, bob = stage.friends("anna", "bob")
    assert anna.network.nature.carries(BODIES[name])
    uid = anna.write(bob, BODIES[name])
    one_kind = BODIES[name].replace("\r\n", "\n").replace("\r", "\n")
    assert bob.next(MessageCame, uid=uid).body in {BODIES[name], one_kind}
    anna.next(Posted, uid=uid)


@needs(Part.CHATS)
def test_a_million_characters_arrive_or_are_refused(stage):
    """And what follows is not harmed."""
    anna, bob = stage.friends("anna", "bob")
    body = "0123456789" * 100_000
    uid = anna.write(bob, body)
    after = anna.write(bob, "after it")
    bob.next(MessageCame, uid=after)
    anna.next(Posted, uid=after)
    if not anna.heard(PostRefused, uid=uid):
        assert bob.next(MessageCame, uid=uid).body == body
        anna.next(Posted, uid=uid)


@needs(Part.CHATS)
@pytest.mark.parametrize("body", ["\x00", "a\x08b", "\x1b[1m", "\ufffe"])
def test_a_body_that_cannot_be_carried_is_known_before(stage, body):
    """Or it is carried."""
    anna, bob = stage.friends("anna", "bob")
    if not anna.network.nature.carries(body):
        return
    uid = anna.write(bob, body)
    assert bob.next(MessageCame, uid=uid).body == body


@needs(Part.CHATS)
def test_what_is_said_twice_is_heard_once(stage):
    """The same request again, as after a lost answer."""
    anna, bob = stage.friends("anna", "bob")
    request = anna.request(bob, "once")
    anna.post(request)
    anna.post(request)
    uids = [bob.next(MessageCame).uid]
    bob.leave()
    anna.post(request)
    anna.write(bob, "after it")
    bob.connect()
    while uids[-1] == request.uid:
        # The receiver knows it by its uid; what it has stored may come again, and is the same.
        uids.append(bob.next(MessageCame).uid)
    assert uids.count(request.uid) <= 2


@needs(Part.CHATS)
def test_an_edit_names_its_message(stage):
    anna, bob = stage.friends("anna", "bob")
    first, second = anna.write(bob, "helo"), anna.write(bob, "something else")
    uid = anna.rewrite(bob, first, "hello")
    edit = bob.next(EditCame)
    assert (edit.sender, edit.message, edit.body) == (anna.handle, first, "hello")
    anna.next(Posted, uid=uid)
    anna.rewrite(bob, first, "hello!", serial=2)
    again = bob.next(EditCame)
    assert (again.message, again.body) == (first, "hello!")
    assert again.serial > edit.serial
    anna.rewrite(bob, second, "", serial=1)
    removed = bob.next(EditCame)
    assert (removed.message, removed.body) == (second, "")


@needs(Part.CHATS)
def test_who_was_not_there_gets_everything_in_its_order_and_once(stage):
    anna, bob = stage.friends("anna", "bob")
    bob.leave()
    anna.sees(bob, online_status="offline")
    wanted = []
    for number in range(20):
        uid = anna.write(bob, f"letter {number}")
        wanted.append((uid, f"letter {number}"))
        anna.is_rid_of(uid)
    anna.rewrite(bob, wanted[3][0], "letter three")
    bob.connect()
    came = [(event.uid, event.body) for event in (bob.next(MessageCame) for _ in wanted)]
    assert came == wanted
    assert bob.next(EditCame).message == wanted[3][0]
    bob.leave()
    bob.connect()
    uid = anna.write(bob, "the last")
    assert bob.next(MessageCame).uid == uid


@needs(Part.CHATS)
def test_what_was_not_stored_comes_again(stage):
    """With its uid, whether the sender is still there or not."""
    anna, bob = stage.friends("anna", "bob")
    bob.forgetful = True
    uid = anna.write(bob, "Remember me")
    bob.next(MessageCame, uid=uid)
    bob.leave()
    anna.leave()
    bob.connect()
    bob.next(MessageCame, uid=uid)
    bob.leave()
    bob.forgetful = False
    bob.connect()
    bob.next(MessageCame, uid=uid)
    anna.connect()
    last = anna.write(bob, "the last")
    bob.next(MessageCame, uid=last)
    bob.leave()
    bob.connect()
    assert bob.heard(MessageCame, uid=uid) == []


@needs(Part.CHATS)
def test_two_who_write_at_once_hear_each_other(stage):
    anna, bob = stage.friends("anna", "bob")
    sent = {anna: [], bob: []}
    for number in range(50):
        sent[anna].append(anna.write(bob, f"a{number}"))
        sent[bob].append(bob.write(anna, f"b{number}"))
    for one, other in ((anna, bob), (bob, anna)):
        assert [other.next(MessageCame).uid for _ in range(50)] == sent[one]


@needs(Part.CHATS)
def test_nobody_of_that_name_is_told_of_or_waited_for(stage):
    """A message to nobody is refused where the network knows; elsewhere it is not said to have arrived."""
    anna, bob = stage.member("anna"), stage.member("bob")
    bob.leave()
    bob.handle += "x"
    uid = anna.write(bob, "Hello?")
    if Part.RECEIPTS not in stage.parts:
        anna.next(PostRefused, uid=uid)
    else:
        stage.until(lambda: anna.heard(Sent, uid=uid) or anna.heard(PostRefused, uid=uid))
    assert not anna.heard(Posted, uid=uid)


@needs(Part.RECEIPTS)
def test_what_is_sent_may_still_be_on_its_way(stage):
    """The server has it (Sent); that it is safe (Posted) is said when nothing can lose it any more.

    What the other side confirms in the same moment is safe at once, so here it is not there.
    """
    anna, bob = stage.friends("anna", "bob")
    bob.leave()
    anna.sees(bob, online_status="offline")
    uid = anna.write(bob, "Hello")
    stage.until(lambda: anna.heard(Posted, uid=uid))
    stages = [event for event in anna.pending if isinstance(event, Sent | Posted) and event.uid == uid]
    assert [type(event) for event in stages] == [Sent, Posted]


def safe_at_once(stage):
    """What the network takes is safe; nothing is said of the other side."""
    anna, bob = stage.friends("anna", "bob")
    bob.leave()
    uid = anna.write(bob, "Hello")
    anna.next(Posted, uid=uid)
    bob.connect()
    bob.next(MessageCame, uid=uid)
    assert anna.heard(Sent) == []


REFUSED[Part.RECEIPTS] = safe_at_once


@needs(Part.SEEN)
def test_what_was_read_on_one_device_is_read_on_the_other(stage):
    anna, bob = stage.friends("anna", "bob")
    other = bob.second().connect()
    first, second = anna.write(bob, "one"), anna.write(bob, "two")
    for device in (bob, other):
        device.next(MessageCame, uid=first)
        device.next(MessageCame, uid=second)
    bob.is_rid_of(bob.read(anna, second))
    other.next(SeenElsewhere, partner=anna.handle, uid=second)


@needs(Part.SEEN)
def test_what_was_read_without_a_link_is_told_later(stage):
    anna, bob = stage.friends("anna", "bob")
    other = bob.second().connect()
    uid = anna.write(bob, "one")
    for device in (bob, other):
        device.next(MessageCame, uid=uid)
    bob.leave()
    read = bob.read(anna, uid)
    bob.connect()
    bob.is_rid_of(read)
    other.next(SeenElsewhere, partner=anna.handle, uid=uid)


def seen_by_nobody_else(stage):
    """What was read is nobody's business, and to say it is harmless."""
    anna, bob = stage.friends("anna", "bob")
    uid = anna.write(bob, "one")
    bob.next(MessageCame, uid=uid)
    bob.is_rid_of(bob.read(anna, uid))
    bob.write(anna, "two")
    anna.next(MessageCame)
    assert anna.heard(SeenElsewhere) == bob.heard(SeenElsewhere) == []


REFUSED[Part.SEEN] = seen_by_nobody_else


@needs(Part.HISTORY)
def test_the_other_device_hears_what_one_says(stage):
    anna, bob = stage.friends("anna", "bob")
    other = anna.second().connect()
    uid = anna.write(bob, "from the first")
    mine = other.next(MessageCame, uid=uid)
    assert (mine.mine, mine.sender, mine.body) == (True, bob.handle, "from the first")
    anna.rewrite(bob, uid, "from the first!")
    changed = other.next(EditCame, message=uid)
    assert (changed.mine, changed.body) == (True, "from the first!")
    uid = bob.write(anna, "to both")
    for device in (anna, other):
        assert not device.next(MessageCame, uid=uid).mine


@needs(Part.HISTORY)
def test_who_was_away_hears_what_was_said_on_other_devices(stage):
    """Both sides of it, in the order in which it was said, and once."""
    anna, bob = stage.friends("anna", "bob")
    other = anna.second().connect()
    before = bob.write(anna, "before")
    other.next(MessageCame)
    other.leave()
    wanted = []
    for number in range(5):
        uid = anna.write(bob, f"question {number}")
        bob.next(MessageCame, uid=uid)
        answer = bob.write(anna, f"answer {number}")
        anna.next(MessageCame, uid=answer)
        wanted += [(uid, True), (answer, False)]
    other.connect()
    stage.until(lambda: other.heard(MessageCame, uid=wanted[-1][0]))
    came = [(event.uid, event.mine) for event in other.heard(MessageCame) if event.uid != before]
    assert came == wanted
    uid = bob.write(anna, "after")
    other.next(MessageCame, uid=uid)


@needs(Part.CHATS)
def test_what_was_stored_does_not_come_again(stage):
    """At the next link, and the one after it."""
    anna, bob = stage.friends("anna", "bob")
    uid = anna.write(bob, "once")
    bob.next(MessageCame, uid=uid)
    for number in range(2):
        bob.leave()
        bob.connect()
        last = anna.write(bob, f"after it {number}")
        bob.next(MessageCame, uid=last)
        assert bob.heard(MessageCame) == []


def no_history(stage):
    """What was heard and stored does not come again, and nothing that was said oneself."""
    anna, bob = stage.friends("anna", "bob")
    uid = anna.write(bob, "Hello")
    bob.next(MessageCame, uid=uid)
    bob.write(anna, "Hello yourself")
    anna.next(MessageCame)
    for one in (anna, bob):
        one.leave()
        one.connect()
    last = anna.write(bob, "the last")
    assert bob.next(MessageCame).uid == last
    assert anna.heard(MessageCame) == []


REFUSED[Part.HISTORY] = no_history


@needs(Part.HISTORY)
def test_who_comes_while_others_write_hears_all_in_its_order(stage):
    anna, bob = stage.friends("anna", "bob")
    other = bob.second().connect()
    other.leave()
    wanted = []

    def write():
        wanted.append(anna.write(bob, f"number {len(wanted)}"))

    for _ in range(50):
        write()
    anna.is_rid_of(wanted[-1])
    other.network.connect(other.handle, other._hear)

    def there():
        if other.state != "online" or len(wanted) % 5:
            write()
        return other.state == "online"

    stage.until(there)
    write()
    came = [other.next(MessageCame).uid for _ in wanted]
    assert came == wanted


@needs(Part.HISTORY)
def test_what_the_archive_shows_was_said_when_it_was_said(stage):
    anna, bob = stage.friends("anna", "bob")
    before = stage.clock.now().stamp()
    bob.leave()
    uid = anna.write(bob, "hello")
    anna.is_rid_of(uid)
    after = stage.clock.now().stamp()
    stage.until(lambda: stage.clock.now().stamp() > after + 1 or None)
    bob.connect()
    assert before <= bob.next(MessageCame, uid=uid).stamp <= after


@needs(Part.HISTORY)
def test_all_edits_of_a_moment_are_heard_later_and_our_own_have_their_names(stage):
    """By which an engine knows that it made them itself."""
    anna, bob = stage.friends("anna", "bob")
    uid = anna.write(bob, "one")
    bob.next(MessageCame, uid=uid)
    bob.leave()
    edits = [anna.rewrite(bob, uid, text, serial) for serial, text in enumerate(("two", "three", "four"), 1)]
    for edit in edits:
        anna.next(Posted, uid=edit)
    assert {event.uid for event in anna.heard(EditCame)} <= set(edits)
    bob.connect()
    came = [bob.next(EditCame) for _ in edits]
    assert [event.body for event in came] == ["two", "three", "four"]
    assert came[0].serial < came[1].serial < came[2].serial
