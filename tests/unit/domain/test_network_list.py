"""A network that keeps the list of contacts and has several devices of an account (as XMPP does)."""

from functools import partial

import pytest

from ringback.domain import calls, chats, contacts, pictures, presence
from ringback.domain.changes import Cause, Changed, Kind, Origin, Ref, Reported
from ringback.domain.effects import (
    CallAct,
    ChangeContact,
    Connect,
    ContactAct,
    PostEdit,
    PostMessage,
    PostSeen,
    SetProfile,
)
from ringback.domain.engine import Act, Engine, Happened
from ringback.domain.failures import Failure, Meaning
from ringback.domain.inputs import (
    Barred,
    CallSignalled,
    ContactCame,
    ContactsListed,
    DeadlinePassed,
    EditCame,
    LinkChanged,
    Listed,
    MessageCame,
    PersonSeen,
    Posted,
    PostRefused,
    PostReturned,
    SeenElsewhere,
    Sent,
)
from ringback.domain.messages import FORGOTTEN, MARKS
from ringback.domain.nature import EMBEDDED, Nature, Part
from ringback.domain.outbox import PATIENCE, Outbox
from ringback.domain.time import Instant

RENAME = ContactAct.RENAME
HOME = "@home.example"
NATURE = Nature(
    EMBEDDED - {Part.PHONES} | {Part.CONTACT_LIST, Part.SEEN, Part.HISTORY},
    address=lambda text: text.removesuffix(HOME),
    carries=lambda text: "\x01" not in text,
    dialog=lambda _handle: "0123456789abcdef",
)


class Account:
    def __init__(self) -> None:
        self.engine = Engine("alice", nature=NATURE)
        self.now = 1000.0
        self.hear(LinkChanged("online"))

    def hear(self, event):
        self.now += 1
        return self.takes(self.engine.step(Happened(Cause(Origin.NETWORK), event), self.moment))

    def do(self, use_case, *given):
        self.now += 1
        act = Act(Cause(Origin.CLIENT, 1), lambda account, context: use_case(account, context, *given))
        return self.takes(self.engine.step(act, self.moment))

    def takes(self, step):
        self.engine.keep(step)
        return step

    @property
    def moment(self):
        return Instant(self.now, self.now)

    def person(self, handle):
        return self.engine.account.people.find(handle)


def came(uid, body="hello", **more):
    return MessageCame(f"r{uid}", uid, "bob", "", "said", body, 5, **more)


def test_the_list_of_the_network_is_how_it_is():
    alice = Account()
    step = alice.hear(
        ContactsListed(
            (Listed("bob", True, True, name="Bobby"), Listed("carol", None, False, asked=True)), True
        )
    )
    bob, carol = alice.person("bob"), alice.person("carol")
    assert (bob.standing, bob.is_authorized, bob.has_authorized, bob.display_name) == (3, True, True, "Bobby")
    assert (carol.standing, carol.is_authorized, carol.has_authorized) == (2, False, False)
    assert [effect for effect in step.effects if isinstance(effect, SetProfile)]
    alice.hear(ContactsListed((Listed("carol", True, True),), whole=True))
    assert (bob.standing, bob.is_authorized) == (1, False)
    assert carol.standing == 3


def test_leave_is_taken_back_only_if_the_network_says_so():
    alice = Account()
    alice.do(contacts.ask, "bob", "")
    for uid in list(alice.engine.account.outbox.numbers):
        alice.hear(Posted(uid))
    alice.hear(ContactsListed((Listed("bob", None, True),)))
    assert alice.person("bob").is_authorized
    alice.hear(ContactsListed((Listed("bob", False, True),)))
    assert not alice.person("bob").is_authorized


def test_who_may_see_us_and_was_never_asked_is_in_no_list():
    alice = Account()
    alice.hear(ContactsListed((Listed("bob", True, False),)))
    assert (alice.person("bob").standing, alice.person("bob").is_authorized) == (0, True)
    alice.hear(ContactsListed((Listed("bob", True, True),)))
    alice.hear(ContactsListed((Listed("bob", True, False),)))
    assert alice.person("bob").standing == 2


def test_what_is_on_its_way_to_the_network_is_newer():
    alice = Account()
    alice.hear(ContactsListed((Listed("bob", True, True),), whole=True))
    (request,) = [e for e in alice.do(contacts.remove, "bob").effects if isinstance(e, ChangeContact)]
    alice.hear(ContactsListed((Listed("bob", True, True),), whole=True))
    assert alice.person("bob").standing == 1
    alice.hear(Posted(request.uid))
    alice.hear(ContactsListed((Listed("bob", True, True),), whole=True))
    assert alice.person("bob").standing == 3


def test_whom_another_device_keeps_away_is_kept_away():
    alice = Account()
    alice.hear(ContactCame("r", "u", "bob", ContactAct.ASK, "hi", 1, gives=False))
    step = alice.hear(Barred(("bob", "eve" + HOME, "alice"), whole=True))
    assert [(c.ref.key, c.field, c.new) for c in step.changes if isinstance(c, Changed)] == [
        ("bob", "received_auth_request", ""),
        ("bob", "is_blocked", True),
        ("eve", "is_blocked", True),
    ]
    assert not alice.hear(Barred(("bob",))).changes
    alice.hear(Barred(("bob", "stranger"), blocked=False))
    assert not alice.person("bob").is_blocked
    assert "stranger" not in alice.engine.account.people.known
    alice.do(contacts.block, "+3725555555")
    alice.hear(Barred((), whole=True))
    assert not alice.person("eve").is_blocked
    assert alice.person("+3725555555").is_blocked


def test_whom_we_are_about_to_keep_away_the_network_need_not_know_yet():
    alice = Account()
    (request,) = [e for e in alice.do(contacts.block, "bob").effects if isinstance(e, ChangeContact)]
    for told in (Barred((), whole=True), Barred(("bob",), blocked=False)):
        alice.hear(told)
        assert alice.person("bob").is_blocked
    alice.hear(Posted(request.uid))
    alice.hear(Barred((), whole=True))
    assert not alice.person("bob").is_blocked


def test_numbers_and_the_sound_test_are_in_no_list_but_ours():
    alice = Account()
    alice.engine.restore([])
    alice.do(contacts.ask, "+3725555555", "")
    alice.hear(ContactsListed((), whole=True))
    assert [person.handle for person in alice.engine.account.people.contacts()] == ["echo123", "+3725555555"]


def test_who_asks_where_asking_gives_nothing_is_pending_until_they_give_leave():
    alice = Account()
    alice.hear(ContactCame("r", "u", "bob", ContactAct.ASK, "hi", 1, gives=False))
    assert alice.person("bob").received_auth_request == "hi"
    alice.do(contacts.authorize, "bob")
    assert alice.person("bob").standing == 2
    alice.hear(ContactCame("r", "v", "bob", ContactAct.GRANT, serial=2))
    assert alice.person("bob").standing == 3


def test_what_we_call_a_contact_goes_into_the_list():
    alice = Account()
    assert not alice.do(contacts.set_display_name, "bob", "Bobby").effects
    alice.hear(ContactsListed((Listed("bob", True, True, name="Bobby"),), whole=True))
    (said,) = alice.do(contacts.set_display_name, "bob", "Bob").effects
    assert (said.act, said.text) == (ContactAct.RENAME, "Bob")
    assert not alice.do(contacts.set_display_name, "bob", "Bob").effects


def said_of_names(step):
    return [(e.act, e.text) for e in step.effects if isinstance(e, ChangeContact) and e.act is RENAME]


def posted(alice):
    for uid in list(alice.engine.account.outbox.numbers):
        alice.hear(Posted(uid))


def test_what_we_call_somebody_goes_into_the_list_with_them():
    alice = Account()
    alice.do(contacts.set_display_name, "bob", "Bobby")
    assert said_of_names(alice.do(contacts.ask, "bob", "hi")) == [(RENAME, "Bobby")]
    alice.hear(ContactsListed((Listed("bob", None, False, asked=True),)))
    assert alice.person("bob").display_name == "Bobby"
    posted(alice)
    # From now on the list says what they are called.
    alice.hear(ContactsListed((Listed("bob", None, True),)))
    assert alice.person("bob").display_name == ""
    assert said_of_names(alice.do(contacts.ask, "carol", "hi")) == []


@pytest.mark.parametrize("leave_first", [False, True])
def test_so_does_what_we_call_who_asks_us(leave_first):
    alice = Account()
    alice.do(contacts.set_display_name, "bob", "Bobby")
    if leave_first:
        alice.do(contacts.authorize, "bob")
    step = alice.hear(ContactCame("r", "u", "bob", ContactAct.ASK, "hi", 1, gives=False))
    if not leave_first:
        step = alice.do(contacts.authorize, "bob")
    assert said_of_names(step) == [(RENAME, "Bobby")]


def test_a_contact_without_a_name_from_another_device_takes_ours():
    alice = Account()
    alice.do(contacts.set_display_name, "bob", "Bobby")
    assert said_of_names(alice.hear(ContactsListed((Listed("bob", True, False),)))) == []
    step = alice.hear(ContactsListed((Listed("bob", True, False, asked=True),)))
    assert said_of_names(step) == [(RENAME, "Bobby")]
    assert alice.person("bob").display_name == "Bobby"


def test_both_spellings_of_an_address_mean_one_person():
    alice = Account()
    one = alice.do(chats.say_to, "bob@home.example", "hello")
    assert [e.to for e in one.effects if isinstance(e, PostMessage)] == ["bob"]
    alice.do(chats.say_to, "BOB", "again")
    assert list(alice.engine.account.chats.all) == ["#alice/$bob;0123456789abcdef"]
    with pytest.raises(Failure) as refused:
        alice.do(contacts.ask, "alice@home.example", "")
    assert refused.value.meaning is Meaning.OWN_HANDLE


def test_a_picture_is_found_by_both_spellings():
    alice = Account()
    alice.do(lambda account, context: account.pictures.put(context, "bob", b"face"))
    (write,) = alice.do(pictures.save_avatar, "Bob@Home.example", "/x.jpg").effects
    assert write.data == b"face"


def test_a_message_is_sent_before_it_is_safe():
    alice = Account()
    (post,) = [e for e in alice.do(chats.say_to, "bob", "hello").effects if isinstance(e, PostMessage)]
    assert [c.new for c in alice.hear(Sent(post.uid)).changes if isinstance(c, Changed)] == ["sent"]
    assert alice.engine.account.outbox.waiting
    assert not alice.hear(Posted(post.uid)).changes
    assert not alice.engine.account.outbox.waiting


def test_what_we_write_on_another_device_is_ours():
    alice = Account()
    step = alice.hear(came("1", mine=True))
    assert [c.value for c in step.changes if isinstance(c, Reported) and c.ref.kind is Kind.MESSAGE] == [
        "sent"
    ]
    (message,) = alice.engine.account.messages.kept.values()
    assert (message.author, message.status, message.partner) == ("alice", "sent", "bob")
    assert not alice.hear(came("1", mine=True)).changes
    alice.hear(EditCame("r", "e", "bob", "", "1", "better", 9, 7, mine=True))
    assert message.body == "better"
    alice.hear(EditCame("r", "e", "bob", "", "1", "forged", 9, 8))
    assert message.body == "better"


def test_what_was_cleared_does_not_come_again_from_the_archive():
    alice = Account()
    (post,) = [e for e in alice.do(chats.say_to, "bob", "hello").effects if isinstance(e, PostMessage)]
    alice.hear(came("1"))
    alice.hear(came("2", mine=True))
    alice.do(chats.clear_history)
    marks = alice.engine.account.record(MARKS)
    alice.engine.account.restore(marks.ref, marks.row)
    for uid, mine in ((post.uid, True), ("1", False), ("2", True)):
        assert not alice.hear(came(uid, mine=mine)).changes
    assert alice.hear(came("3", mine=True)).changes


def test_our_own_messages_do_not_push_out_marks_of_others():
    alice = Account()
    alice.hear(came("theirs"))
    for number in range(FORGOTTEN + 1):
        alice.hear(came(f"ours {number}", mine=True))
    alice.do(chats.clear_history)
    alice.do(chats.clear_history)
    for uid, mine in (("theirs", False), (f"ours {FORGOTTEN}", True), ("ours 1", True)):
        assert not alice.hear(came(uid, mine=mine)).changes
    assert len(alice.engine.account.messages.forgotten_own) == FORGOTTEN


def test_what_was_read_on_another_device_is_read():
    alice = Account()
    for uid in ("1", "2", "3"):
        alice.hear(came(uid))
    statuses = [message.status for message in alice.engine.account.messages.kept.values()]
    assert statuses == ["received"] * 3
    assert not alice.hear(SeenElsewhere("carol", "3")).changes
    step = alice.hear(SeenElsewhere("bob", "2"))
    assert [c.new for c in step.changes if isinstance(c, Changed)] == ["read", "read"]
    assert len(alice.engine.account.messages.unread()) == 1
    (last,) = alice.engine.account.messages.unread()
    (mark,) = alice.do(chats.mark_seen, last).effects
    assert (type(mark), mark.to, mark.message) == (PostSeen, "bob", "3")


def waiting(alice):
    return [
        request.message
        for request in alice.engine.account.outbox.waiting.values()
        if isinstance(request, PostSeen)
    ]


def test_of_what_was_read_the_latest_waits_until_it_is_told():
    alice = Account()
    for uid in ("1", "2", "3", "4"):
        alice.hear(came(uid))
    first, second, third, fourth = sorted(alice.engine.account.messages.unread())
    alice.hear(LinkChanged("pausing"))
    assert alice.do(chats.mark_seen, first).effects == ()
    alice.do(chats.mark_seen, third)
    assert waiting(alice) == ["3"]
    alice.do(chats.mark_seen, second)
    assert waiting(alice) == ["3"]
    told = [effect for effect in alice.hear(LinkChanged("online")).effects if isinstance(effect, PostSeen)]
    assert [effect.message for effect in told] == ["3"]
    alice.do(chats.mark_seen, fourth)
    assert waiting(alice) == ["4"]
    alice.hear(Posted(told[0].uid))
    assert waiting(alice) == ["4"]


def test_what_the_network_cannot_carry_is_refused():
    alice = Account()
    alice.do(chats.say_to, "bob", "hello")
    (chat,) = alice.engine.account.chats.all
    (message,) = alice.engine.account.messages.kept
    for attempt in (
        partial(alice.do, chats.say_to, "carol", "a\x01"),
        partial(alice.do, chats.say, chat, "a\x01"),
        partial(alice.do, chats.edit, message, "a\x01"),
        partial(alice.do, chats.set_topic, chat, "a\x01", False),
    ):
        with pytest.raises(Failure) as refused:
            attempt()
        assert refused.value.meaning is Meaning.TEXT_NOT_CARRIED
    assert len(alice.engine.account.messages.kept) == 1
    assert len(alice.engine.account.chats.all) == 1


def test_who_mended_what_kept_the_link_down_need_not_wait():
    alice = Account()
    assert alice.do(presence.try_again).effects == ()
    for state in ("offline", "pausing"):
        alice.hear(LinkChanged(state, "a wrong password"))
        assert alice.do(presence.try_again).effects == (Connect(),)
        assert alice.engine.account.settings.connection == "connecting"
    alice.do(presence.set_status, "offline")
    assert alice.do(presence.try_again).effects == ()


def test_there_are_no_telephones_everywhere():
    alice = Account()
    with pytest.raises(Failure) as refused:
        alice.do(calls.place, ("+3725555555",))
    assert refused.value.meaning is Meaning.NOT_SUPPORTED


def edit(uid, body, serial, message="1", **more):
    return EditCame("r", uid, "bob", "", message, body, 9, serial, **more)


def changed(step, name="body"):
    return [(c.old, c.new) for c in step.changes if isinstance(c, Changed) and c.field == name]


def test_our_own_edit_comes_back_from_the_archive_and_changes_nothing():
    """Later ones were made meanwhile, and programs have been told."""
    alice = Account()
    step = alice.do(chats.say_to, "bob", "one")
    key, (sent,) = step.result, [e for e in step.effects if isinstance(e, PostMessage)]
    alice.hear(Posted(sent.uid))
    requests = [
        effect
        for text in ("two", "three")
        for effect in alice.do(chats.edit, key, text).effects
        if isinstance(effect, PostEdit)
    ]
    for request in requests:
        step = alice.hear(edit(request.uid, request.body, 10**12, sent.uid, mine=True))
        assert not step.changes
    assert alice.engine.account.messages.find(key).body == "three"


def test_an_edit_counts_once():
    alice = Account()
    alice.hear(came("1"))
    assert changed(alice.hear(edit("e1", "two", 7))) == [("hello", "two")]
    assert changed(alice.hear(edit("e2", "three", 8))) == [("two", "three")]
    assert not alice.hear(edit("e1", "two", 9)).changes
    row = alice.engine.account.messages.find(1 + 2).row()
    assert len(str(row["edit_marks"]).split()) == 2
    for number in range(100):
        alice.hear(edit(f"more {number}", f"text {number}", 10 + number))
    assert len(alice.engine.account.messages.find(3).edit_marks) == 64


def test_what_was_written_before_we_came_is_shown_as_it_is_now():
    alice = Account()
    alice.hear(edit("e1", "/me comes at six", 7, "before"))
    (message,) = alice.engine.account.messages.kept.values()
    assert (message.uid, message.sort, message.body, message.status) == (
        "before",
        "emoted",
        "comes at six",
        "received",
    )
    assert (message.edited_by, message.edited_at) == (message.author, message.timestamp)
    assert message.edited_by == "bob"
    assert changed(alice.hear(edit("e2", "/me comes at seven", 8, "before"))) == [
        ("comes at six", "comes at seven")
    ]
    alice.hear(came("before"))
    alice.hear(edit("e3", "", 9, "another"))
    assert list(alice.engine.account.messages.kept.values()) == [message]


def test_a_changed_emote_goes_as_one():
    alice = Account()
    key = alice.do(chats.say_to, "bob", "/me waves").result
    assert alice.do(chats.edit, key, "/me grins").result == alice.engine.account.messages.find(key).body
    (request,) = [e for e in alice.do(chats.edit, key, "smiles").effects if isinstance(e, PostEdit)]
    assert (request.body, alice.engine.account.messages.find(key).body) == ("/me smiles", "smiles")
    (request,) = [e for e in alice.do(chats.edit, key, "").effects if isinstance(e, PostEdit)]
    assert request.body == ""


def test_what_was_sent_and_comes_back_has_failed():
    """The network believed it safe, and only then found nobody."""
    alice = Account()
    step = alice.do(chats.say_to, "bob", "hello?")
    (sent,) = [e for e in step.effects if isinstance(e, PostMessage)]
    alice.hear(Posted(sent.uid))
    step = alice.hear(PostRefused(sent.uid, "user_not_found"))
    assert changed(step, "status") == [("sent", "failed")]
    assert [m.leave_reason for m in alice.engine.account.messages.kept.values()][-1] == "user_not_found"
    assert not alice.hear(PostRefused(sent.uid, "user_not_found")).changes
    alice.hear(came("theirs"))
    assert not alice.hear(PostRefused("theirs", "user_not_found")).changes


@pytest.mark.parametrize(
    ("status", "rings", "reason"),
    [("", False, 3), ("online", False, 5), ("", True, 5), ("offline", False, 3)],
)
def test_whom_nobody_sees_and_who_does_not_ring_is_not_there(status, rings, reason):
    alice = Account()
    if status:
        alice.hear(PersonSeen("bob", (("online_status", status),)))
    key = alice.do(calls.place, ("bob",)).result
    if rings:
        alice.hear(CallSignalled(f"alice/{key}", "bob", CallAct.RING))
    alice.now += calls.SETUP_TIMEOUT
    alice.hear(DeadlinePassed(key))
    call = alice.engine.account.calls.find(key)
    assert (call.status, call.failure_reason) == ("failed", reason)


@pytest.mark.parametrize(("mine", "adder"), [(False, "bob"), (True, "alice")])
def test_whoever_writes_first_has_begun_the_dialog(mine, adder):
    alice = Account()
    alice.hear(came("1", mine=mine))
    (chat,) = alice.engine.account.chats.all.values()
    assert chat.adder == adder


@pytest.mark.parametrize("safe", [False, True])
def test_what_comes_back_for_now_is_asked_for_again(safe):
    """Under its name, and it is kept over a restart."""
    alice = Account()
    (sent,) = [e for e in alice.do(chats.say_to, "bob", "hello").effects if isinstance(e, PostMessage)]
    alice.hear(Posted(sent.uid) if safe else Sent(sent.uid))
    step = alice.hear(PostReturned(sent.uid))
    assert changed(step, "status") == [("sent", "sending")]
    assert [effect for effect in step.effects if isinstance(effect, PostMessage)] == [sent]
    assert list(alice.engine.account.outbox.waiting.values()) == [sent]
    (number,) = alice.engine.account.outbox.waiting
    row = alice.engine.account.record(Ref(Kind.OUTBOX, number)).row
    # After a restart the archive shows what came back; that is no proof before it went out again.
    alice.engine.account.outbox = Outbox()
    alice.engine.account.restore(Ref(Kind.OUTBOX, number), row)
    for lost in (False, True):
        if lost:
            alice.hear(LinkChanged("connecting"))
        assert not alice.hear(Posted(sent.uid)).changes
        assert sent in alice.hear(LinkChanged("online")).effects
    assert changed(alice.hear(Posted(sent.uid)), "status") == [("sending", "sent")]
    assert not alice.engine.account.outbox.returned
    assert not alice.hear(PostReturned("nobody's")).effects


def posts(step, kind):
    return [effect for effect in step.effects if isinstance(effect, kind)]


def restarted(alice):
    """What waits, as the store has it."""
    rows = [alice.engine.account.record(Ref(Kind.OUTBOX, n)) for n in alice.engine.account.outbox.waiting]
    alice.engine.account.outbox = Outbox()
    for record in rows:
        alice.engine.account.restore(record.ref, record.row)


@pytest.mark.parametrize("text", ["better", "/me waves", ""])
def test_an_edit_that_comes_back_after_all_is_kept_over_a_restart(text):
    """It was safe, so its request was forgotten; what goes out again is the text as it is now."""
    alice = Account()
    (sent,) = posts(
        alice.do(chats.say_to, "bob", "/me sits" if text == "/me waves" else "hello"), PostMessage
    )
    alice.hear(Posted(sent.uid))
    (message,) = alice.engine.account.messages.kept.values()
    (first,) = posts(alice.do(chats.edit, message.id, "good"), PostEdit)
    (second,) = posts(alice.do(chats.edit, message.id, text), PostEdit)
    for one in (first, second):
        alice.hear(Posted(one.uid))
    assert not alice.engine.account.outbox.waiting
    step = alice.hear(PostReturned(second.uid, sent.uid))
    assert posts(step, PostEdit) == [second]
    (again,) = posts(alice.hear(PostReturned(first.uid, sent.uid)), PostEdit)
    assert (again.uid, again.message, again.body) == (first.uid, sent.uid, text)
    assert message.status == "sent"
    restarted(alice)
    alice.hear(LinkChanged("connecting"))
    alice.hear(Posted(second.uid))  # the archive shows what came back
    assert second in alice.hear(LinkChanged("online")).effects
    alice.hear(Posted(first.uid))
    alice.hear(Posted(second.uid))
    assert not alice.engine.account.outbox.waiting


def test_an_edit_of_what_is_no_message_of_ours_is_not_asked_for_again():
    alice = Account()
    alice.hear(came("1"))
    for message in ("1", "nobody's"):
        assert not alice.hear(PostReturned("0123456789abcdef", message)).effects


@pytest.mark.parametrize("safe", [False, True])
def test_what_came_back_for_a_day_has_failed_however_many_sessions_there_were(safe):
    alice = Account()
    (sent,) = posts(alice.do(chats.say_to, "bob", "hello"), PostMessage)
    alice.now += 3 * PATIENCE  # nobody was there to take it
    alice.hear(PostReturned(sent.uid))
    for _ in range(3):
        if safe:
            alice.hear(Posted(sent.uid))
        alice.hear(LinkChanged("connecting"))
        alice.hear(LinkChanged("online"))
        alice.now += PATIENCE / 4
        assert posts(alice.hear(PostReturned(sent.uid)), PostMessage) == [sent]
    (row,) = [m.row() for m in alice.engine.account.messages.kept.values()]
    assert row["returned"]
    alice.now += PATIENCE / 4
    step = alice.hear(PostReturned(sent.uid))
    assert changed(step, "status") == [("sending", "failed")]
    assert not alice.engine.account.outbox.waiting


def test_a_later_edit_has_a_day_of_its_own():
    alice = Account()
    (sent,) = posts(alice.do(chats.say_to, "bob", "hello"), PostMessage)
    alice.hear(PostReturned(sent.uid))
    (message,) = alice.engine.account.messages.kept.values()
    for _ in range(2):
        alice.hear(Sent(sent.uid))
        alice.hear(LinkChanged("online"))
        alice.hear(Posted(sent.uid))
        assert message.status == "sent"
        (edit,) = posts(alice.do(chats.edit, message.id, "better"), PostEdit)
        alice.now += 2 * PATIENCE
        assert posts(alice.hear(PostReturned(edit.uid, sent.uid)), PostEdit) == [edit]
        alice.now += PATIENCE
        alice.hear(PostReturned(edit.uid, sent.uid))
        assert not alice.engine.account.outbox.waiting
        assert message.status == "sent"
