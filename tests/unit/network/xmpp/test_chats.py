"""Messages: what is safe when, what is told once, and whom nobody believes."""

import pytest

from ringback.domain.effects import PostEdit, PostMessage, PostSeen
from ringback.domain.inputs import (
    EditCame,
    MessageCame,
    Posted,
    PostRefused,
    PostReturned,
    SeenElsewhere,
    Sent,
)
from ringback.domain.outbox import PATIENCE
from ringback.network.xmpp.arrivals import MOST, WAIT, Arrivals, arrived
from ringback.network.xmpp.chats import IN_FLIGHT, TOGETHER, Mail, Origin, delayed
from ringback.network.xmpp.memory import Memory
from ringback.network.xmpp.roster import Item, Roster
from ringback.network.xmpp.unconfirmed import PAUSES
from ringback.network.xmpp.unreachable import PAUSE
from support.stanzas import Shared, xml

BOB = "bob@away.example"
RINGBACK = f"{BOB}/ringback"
UID = "00000000000000ab"


class Post(Shared):
    def __init__(self, archived=True, memory=None) -> None:
        super().__init__(memory)
        self.alone = False
        self.roster = Roster(self.line)
        self.roster.items[BOB] = Item(subscription="both")
        self.arrivals = Arrivals(self.line, lambda device: device == RINGBACK, lambda address: self.alone)
        self.mail = Mail(self.line, self.roster, self.arrivals)
        self.mail.archived = archived

    def hear(self, text, partner=BOB, **origin):
        self.mail.heard(xml(text), Origin(partner, **origin))
        return self.took()

    def waited(self, seconds):
        """What comes of time."""
        self.clock.seconds += seconds
        for part in (self.mail, self.arrivals):
            due = part.next_deadline()
            if due is not None and due <= self.clock.seconds + 1e-6:
                part.advance(self.clock.seconds)
        return self.took()

    def send(self, body="hello", uid=UID, **more):
        self.mail.post(PostMessage(uid, BOB, "#c", more.get("sort", "said"), body, 5), BOB)
        return self.wire.said[-1] if self.wire.said else None


def body(text="hello", more="", ident="0123456789abcdef"):
    return f"<message type='chat' id='{ident}'><body>{text}</body>{more}</message>"


def test_a_message_is_out_when_the_server_has_it_and_safe_when_somebody_shows_it():
    post = Post()
    stanza = post.send()
    assert (stanza.get("to"), stanza.get("id"), stanza.get("type")) == (BOB, UID, "chat")
    assert post.mail.doubt is None
    post.mail.acknowledged(UID, safe=False)
    assert (post.took(), post.mail.doubt) == ([Sent(UID)], post.line.clock.now().monotonic)
    assert post.mail.unproven == [UID]
    assert post.hear(f"<message type='chat'><received xmlns='urn:xmpp:receipts' id='{UID}'/></message>") == []
    assert (post.mail.unproven, post.mail.doubt) == ([], None)
    assert post.waited(TOGETHER) == [Posted(UID)]


def test_others_cannot_confirm_it():
    post = Post()
    post.send()
    forged = f"<message type='chat'><received xmlns='urn:xmpp:receipts' id='{UID}'/></message>"
    assert post.hear(forged, "eve@evil.example") == []
    why = "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    error = f"<message type='error' id='{UID}'><error type='cancel'>{why}</error></message>"
    assert post.hear(error, "eve@evil.example") == []
    assert post.hear(error) == [PostRefused(UID, "user_not_found")]


def test_our_own_archive_shows_it():
    post = Post()
    post.send()
    assert post.hear(body(ident=UID), mine=True, archive="a1")[0] == Posted(UID)


def test_another_ringback_that_is_there_has_to_say_itself_that_it_has_it():
    """What was on its way to a node of a cluster goes under with it; our archive shows it all the same."""
    post = Post()
    post.alone = True
    post.send()
    for pause in PAUSES:
        said = len(post.wire.said)
        post.mail.acknowledged(UID, safe=False)
        assert post.took() == [Sent(UID)]
        assert post.mail.waits is None
        post.mail.believe(post.mail.unproven)
        assert Posted(UID) not in post.hear(body(ident=UID), mine=True, archive="a1")
        assert (post.mail.unproven, post.mail.waits) == ([], None)
        assert post.mail.next_deadline() == post.clock.seconds + pause
        post.waited(pause - 1)
        assert len(post.wire.said) == said
        post.waited(1)
        assert [stanza.get("id") for stanza in post.wire.said[said:]] == [UID]
        assert post.mail.waits == 0.0
    post.mail.acknowledged(UID, safe=False)
    post.took()
    post.mail.believe(post.mail.unproven)
    assert Posted(UID) in post.took()
    assert post.mail.next_deadline() is None


def test_who_confirms_while_that_is_waited_for_is_believed():
    post = Post()
    post.alone = True
    post.send()
    post.mail.acknowledged(UID, safe=False)
    post.mail.believe(post.mail.unproven)
    assert post.took() == [Sent(UID)]
    post.hear(f"<message type='headline'><arrived xmlns='urn:ringback:arrived:0' ids='{UID}'/></message>")
    assert post.waited(TOGETHER) == [Posted(UID)]
    assert post.mail.next_deadline() is None
    assert len(post.wire.said) == 1


def test_who_is_not_there_any_more_is_said_it_once_more():
    """To where the server keeps it now."""
    post = Post()
    post.alone = True
    post.send()
    post.mail.acknowledged(UID, safe=False)
    post.mail.believe(post.mail.unproven)
    post.alone = False
    post.waited(PAUSES[0])
    assert len(post.wire.said) == 2
    post.mail.acknowledged(UID, safe=False)
    post.took()
    post.mail.believe(post.mail.unproven)
    assert post.took() == [Posted(UID)]


def test_what_is_confirmed_and_comes_again_is_confirmed_again():
    post = Post()
    (event,) = post.hear(body(), device=RINGBACK)
    post.hear(body(), device=RINGBACK)
    assert post.arrivals.next_deadline() is None
    post.mail.stored(event.receipt)
    post.waited(WAIT)
    post.hear(body(), device=RINGBACK)
    post.waited(WAIT)
    assert [list(arrived(stanza)) for stanza in post.wire.said] == [["0123456789abcdef"]] * 2


def test_without_an_archive_the_servers_word_counts():
    post = Post(archived=False)
    post.send()
    post.mail.acknowledged(UID, safe=False)
    assert post.took() == [Posted(UID)]


def test_the_word_counts_too_when_the_archive_was_looked_through():
    post = Post()
    post.send()
    post.send(uid="00000000000000cd")
    post.mail.acknowledged(UID, safe=False)
    unproven = post.mail.unproven
    post.mail.acknowledged("00000000000000cd", safe=False)
    post.took()
    post.mail.believe(unproven)
    assert post.took() == [Posted(UID)]


def test_what_was_sent_in_this_session_is_not_sent_again():
    post = Post()
    post.send()
    post.send()
    assert len(post.wire.said) == 1
    post.mail.again({UID})
    assert len(post.wire.said) == 1
    post.mail.again(set())
    assert len(post.wire.said) == 2
    post.mail.forget()
    post.send()
    assert len(post.wire.said) == 3


def test_the_largest_of_what_the_server_did_not_take_is_known():
    post = Post()
    post.send()
    assert post.mail.largest() is None
    post.send("x" * 100_000, uid="00000000000000cd")
    assert post.mail.largest() == "00000000000000cd"
    post.mail.acknowledged("00000000000000cd", safe=False)
    assert post.mail.largest() is None


def test_edits_name_what_they_change():
    post = Post()
    post.mail.post(PostEdit("00000000000000ee", BOB, "#c", UID, "better", 5, 1), BOB)
    post.mail.post(PostEdit("00000000000000ef", BOB, "#c", UID, "", 5, 2), BOB)
    change, removal = post.wire.said
    assert change.find("{urn:xmpp:message-correct:0}replace").get("id") == UID
    assert removal.find("{urn:xmpp:message-retract:1}retract").get("id") == UID
    assert removal.find("{jabber:client}body") is None


@pytest.mark.parametrize(
    ("stanza", "sort", "text"),
    [
        (body("hi"), "said", "hi"),
        (body("/me waves"), "emoted", "waves"),
        ("<message type='chat' id='0123456789abcdef'><subject>Tea</subject></message>", "settopic", "Tea"),
        (body("hi", "<subject>Tea</subject>"), "said", "hi"),
        ("<message id='0123456789abcdef'><body>plain</body></message>", "said", "plain"),
    ],
)
def test_what_is_said_is_told(stanza, sort, text):
    (event,) = Post().hear(stanza)
    assert isinstance(event, MessageCame)
    assert (event.sender, event.sort, event.body, event.mine) == (BOB, sort, text, False)
    assert event.stamp == 1_700_001_000


@pytest.mark.parametrize(
    "stanza",
    [
        "<message type='groupchat'><body>x</body></message>",
        "<message type='headline'><body>x</body></message>",
        "<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
        "<message type='error'><body>x</body></message>",
        "<message type='chat'><body></body></message>",
    ],
)
def test_what_is_no_message_is_not_told(stanza):
    assert Post().hear(stanza) == []


def test_the_same_is_told_once_wherever_it_comes_from():
    post = Post()
    assert len(post.hear(body())) == 1
    assert post.hear(body(), archive="a1", stamp=5.0) == []
    assert len(post.hear(body(), "carol@away.example")) == 0  # ids of engines are nobody else's
    assert len(post.hear(body(ident="my-long-identifier"))) == 1
    assert len(post.hear(body(ident="my-long-identifier"), "carol@away.example")) == 1


def test_counted_ids_are_told_apart_by_the_archive():
    post = Post()
    kept = "<stanza-id xmlns='urn:xmpp:sid:0' by='{}' id='{}'/>"
    own = "alice@home.example"
    (first,) = post.hear(body(ident="7", more=kept.format(own, "k1")))
    (second,) = post.hear(body(ident="7", more=kept.format(own, "k2")))
    assert first.uid != second.uid
    assert post.hear(body(ident="7"), archive="k1") == []
    assert post.hear(body(ident="7", more=kept.format("eve@evil.example", "k9"))) != []


def test_counted_ids_of_our_own_other_programs_are_told_apart_by_the_receiver():
    post = Post()
    carol = "carol@away.example"
    to_bob = post.hear(body("to bob", ident="12"), mine=True)[-1]
    to_carol = post.hear(body("to carol", ident="12"), carol, mine=True)[-1]
    assert (to_bob.sender, to_carol.sender) == (BOB, carol)
    (of_bob,) = post.hear(body("of bob", ident="12"))
    assert len({to_bob.uid, to_carol.uid, of_bob.uid}) == 3
    # The archive shows the same once more.
    assert all(
        isinstance(event, Posted)
        for event in post.hear(body("to carol", ident="12"), carol, mine=True, archive="a1")
    )
    change = body("better", "<replace xmlns='urn:xmpp:message-correct:0' id='12'/>", "13")
    (edited,) = [e for e in post.hear(change, carol, mine=True) if isinstance(e, EditCame)]
    assert edited.message == to_carol.uid
    # On the wire it has the id that the other program gave it, and comes back with ours.
    edit = "00000000000000ee"
    post.mail.post(PostEdit(edit, BOB, "#c", to_bob.uid, "new", 5, 1), BOB)
    assert post.wire.said[-1].find("{urn:xmpp:message-correct:0}replace").get("id") == "12"
    assert post.hear(error(edit)) == [PostReturned(edit, to_bob.uid)]


def test_nobody_can_name_a_message_of_somebody_else():
    post = Post()
    change = body(
        "forged", "<replace xmlns='urn:xmpp:message-correct:0' id='some-identifier'/>", "another-identifier"
    )
    (event,) = post.hear(change, "eve@evil.example")
    assert isinstance(event, EditCame)
    assert event.message == "eve@evil.example some-identifier"
    (event,) = post.hear(change)
    assert event.message == f"{BOB} some-identifier"


def test_it_has_arrived_when_it_is_stored():
    post = Post()
    wanting = body(more="<request xmlns='urn:xmpp:receipts'/>")
    (event,) = post.hear(wanting, device=f"{BOB}/desk")
    assert post.wire.said == []
    post.mail.stored(event.receipt)
    (receipt,) = post.wire.said
    assert receipt.get("to") == f"{BOB}/desk"
    assert receipt.find("{urn:xmpp:receipts}received").get("id") == "0123456789abcdef"
    post.mail.stored(event.receipt)
    assert len(post.wire.said) == 1


def test_another_ringback_hears_of_many_together_on_the_next_message():
    post = Post()
    idents = [f"{number:016x}" for number in range(3)]
    for ident in idents:
        (event,) = post.hear(body(ident=ident), device=RINGBACK)
        post.mail.stored(event.receipt)
    assert post.wire.said == []
    assert list(arrived(post.send())) == idents
    assert post.waited(WAIT) == []
    assert len(post.wire.said) == 1


def test_another_ringback_hears_it_a_moment_later_when_nothing_is_said():
    post = Post()
    idents = [f"{number:016x}" for number in range(MOST + 1)]
    for ident in idents:
        (event,) = post.hear(body(ident=ident), device=RINGBACK)
        post.mail.stored(event.receipt)
    post.waited(WAIT / 2)
    assert post.wire.said == []
    post.waited(WAIT / 2)
    assert [list(arrived(stanza)) for stanza in post.wire.said] == [idents[:MOST], idents[MOST:]]
    assert {(stanza.get("to"), stanza.get("type")) for stanza in post.wire.said} == {(RINGBACK, "headline")}
    post.waited(WAIT)
    assert len(post.wire.said) == 2


def test_what_did_not_come_of_itself_is_not_confirmed():
    post = Post()
    (event,) = post.hear(body(), archive="a1", device=RINGBACK)
    post.mail.stored(event.receipt)
    _posted, event = post.hear(body(ident="f" * 16), mine=True, device=RINGBACK)
    post.mail.stored(event.receipt)
    post.waited(WAIT)
    assert post.wire.said == []


def test_what_is_owed_waits_for_a_connection_and_ends_with_the_session():
    post = Post()
    (event,) = post.hear(body(), device=RINGBACK)
    post.mail.stored(event.receipt)
    post.line.client = None
    post.waited(WAIT)
    post.line.client = post.wire
    post.waited(0)
    assert len(post.wire.said) == 1
    (event,) = post.hear(body(ident="f" * 16), device=RINGBACK)
    post.mail.stored(event.receipt)
    post.mail.forget()
    post.waited(WAIT)
    assert len(post.wire.said) == 1


def test_another_ringback_need_not_be_asked_and_confirms_many():
    post = Post()
    assert post.send().find("{urn:xmpp:receipts}request") is not None
    post.alone = True
    uids = [f"{number:016x}" for number in range(3)]
    for uid in uids:
        stanza = post.send(uid=uid)
        assert (stanza.get("id"), stanza.find("{urn:xmpp:receipts}request")) == (uid, None)
    told = (
        f"<message type='headline'><arrived xmlns='urn:ringback:arrived:0' ids='{' '.join(uids)}'/></message>"
    )
    assert post.hear(told, "eve@evil.example") == []
    assert post.waited(TOGETHER) == []
    assert post.hear(told) == []
    assert post.hear(told) == []
    assert post.waited(TOGETHER) == [Posted(uid) for uid in uids]
    assert post.mail.waits == pytest.approx(2 * TOGETHER)  # the first one
    riding = body(more=f"<arrived xmlns='urn:ringback:arrived:0' ids='{UID}'/>", ident="f" * 16)
    assert isinstance(post.hear(riding, device=RINGBACK)[0], MessageCame)
    assert post.waited(TOGETHER) == [Posted(UID)]
    assert post.mail.waits is None
    post.send(uid="00000000000000ee")
    assert post.mail.waits == 0.0
    post.mail.acknowledged("00000000000000ee", safe=False)
    assert post.mail.waits is None


def test_what_others_confirm_is_told_before_the_session_is_forgotten():
    post = Post()
    post.send()
    post.hear(f"<message type='chat'><received xmlns='urn:xmpp:receipts' id='{UID}'/></message>")
    post.mail.forget()
    assert post.took() == [Posted(UID)]


def test_strangers_are_not_told_that_we_are_there():
    post = Post()
    (event,) = post.hear(body(more="<request xmlns='urn:xmpp:receipts'/>"), "eve@evil.example")
    post.mail.stored(event.receipt)
    post.mail.post(PostSeen("s1", "eve@evil.example", event.uid), "eve@evil.example")
    assert post.wire.said == []
    assert post.took() == [Posted("s1")]
    post.mail.post(PostSeen("s2", BOB, event.uid), BOB)
    assert post.took() == []
    assert post.wire.said[0].find("{urn:xmpp:chat-markers:0}displayed").get("id") == "0123456789abcdef"


def test_what_we_read_elsewhere_is_read():
    post = Post()
    marker = (
        "<message type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='some-identifier'/></message>"
    )
    assert post.hear(marker, mine=True) == [SeenElsewhere(BOB, f"{BOB} some-identifier")]
    assert post.hear(marker) == []


def test_the_place_in_the_archive_moves_when_everything_before_it_is_stored(tmp_path):
    memory = Memory(tmp_path / "memory.json")
    post = Post(memory=memory)
    (first,) = post.hear(body(ident="identifier-one"), archive="a1")
    (second,) = post.hear(body(ident="identifier-two"), archive="a2")
    post.mail.looked_through("a2")
    post.mail.stored(second.receipt)
    assert memory.archive is None
    post.mail.stored(first.receipt)
    assert Memory.read(memory.path).archive == "a2"


def test_an_empty_archive_is_a_place_too():
    post = Post()
    post.mail.looked_through("")
    assert post.line.memory.archive == ""


def test_a_flood_is_held_back_until_it_is_stored():
    post = Post()
    events = [post.hear(body(ident=f"identifier-{i}"))[0] for i in range(IN_FLIGHT)]
    assert not post.wire.reading
    for event in events[: IN_FLIGHT // 2]:
        post.mail.stored(event.receipt)
    assert post.wire.reading


def test_a_flood_is_held_back_on_the_next_connection_of_the_session_too():
    post = Post()
    events = [post.hear(body(ident=f"identifier-{i}"))[0] for i in range(IN_FLIGHT + 10)]
    post.wire.reading = True  # so connections begin
    post.mail.again(set())
    assert not post.wire.reading
    for event in events[: IN_FLIGHT // 2 + 10]:
        post.mail.stored(event.receipt)
    assert post.wire.reading


def test_only_our_server_says_when_it_was():
    stanza = xml(
        "<message><delay xmlns='urn:xmpp:delay' from='evil.example' stamp='2001-01-01T00:00:00Z'/>"
        "<delay xmlns='urn:xmpp:delay' from='home.example' stamp='2023-11-14T22:13:20Z'/></message>"
    )
    assert delayed(stanza, ("home.example",)) == 1_700_000_000
    assert (
        delayed(
            xml("<message><delay xmlns='urn:xmpp:delay' from='home.example' stamp='soon'/></message>"),
            ("home.example",),
        )
        is None
    )


def test_an_archive_needs_no_name_to_say_when_it_was():
    """Some servers leave their own name out."""
    stanza = xml("<forwarded><delay xmlns='urn:xmpp:delay' stamp='2023-11-14T22:13:20Z'/></forwarded>")
    assert delayed(stanza, ("home.example", "")) == 1_700_000_000
    assert delayed(stanza, ("home.example",)) is None


def test_changes_of_one_second_are_in_their_order():
    """Some servers' stamps count seconds."""
    post = Post()
    replace = "<replace xmlns='urn:xmpp:message-correct:0' id='some-identifier'/>"
    events = [
        post.hear(body(f"text {i}", replace, f"edit-{i}-of-it"), archive=f"a{i}", stamp=7.0)[0]
        for i in range(3)
    ]
    assert [event.body for event in events] == ["text 0", "text 1", "text 2"]
    assert events[0].serial < events[1].serial < events[2].serial


def error(ident=UID, condition="remote-server-not-found", kind="cancel"):
    why = f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    return f"<message type='error' id='{ident}'><error type='{kind}'>{why}</error></message>"


@pytest.mark.parametrize(
    ("condition", "kind", "why"),
    [
        ("remote-server-not-found", "cancel", "user_not_found"),
        ("remote-server-timeout", "wait", "user_not_found"),
        ("resource-constraint", "wait", "user_incapable"),
        ("subscription-required", "auth", "adder_must_be_friend"),
    ],
)
def test_what_comes_back_late_has_failed(condition, kind, why):
    """A server may look for another one for minutes; our archive has shown the message long before."""
    post = Post()
    post.roster.items.clear()
    post.send()
    assert post.hear(body(ident=UID), mine=True, archive="a1")[0] == Posted(UID)
    late = error(condition=condition, kind=kind)
    assert post.hear(late, "eve@evil.example") == []
    assert post.hear(late, device=f"{BOB}/phone") == []
    assert post.hear(late) == [PostRefused(UID, why)]
    assert post.hear(late) == []


def test_what_came_while_the_archive_was_read_follows_it():
    post = Post()
    post.mail.hold_live()
    post.mail.live(xml(body("later", ident="later-than-all")), Origin(BOB))
    assert post.took() == []
    assert [event.body for event in post.hear(body("first", ident="first-of-all"), archive="a1")] == ["first"]
    assert [event.body for event in post.hear(body("later", ident="later-than-all"), archive="a2")] == [
        "later"
    ]
    post.mail.live(xml(body("last", ident="last-of-all")), Origin(BOB))
    post.mail.take_live()
    assert [event.body for event in post.took()] == ["last"]
    post.mail.live(xml(body("after", ident="after-all")), Origin(BOB))
    assert [event.body for event in post.took()] == ["after"]


def test_no_more_is_kept_back_than_there_is_room_for():
    post = Post()
    post.mail.hold_live()
    for i in range(IN_FLIGHT):
        post.mail.live(xml(body(ident=f"identifier-{i}")), Origin(BOB))
    assert len(post.took()) == IN_FLIGHT


def test_what_a_contact_is_written_while_their_server_is_away_waits_in_its_order():
    post = Post()
    post.send("one")
    post.mail.acknowledged(UID, safe=False)
    post.took()
    assert post.hear(error()) == [PostReturned(UID)]
    # The archive has kept it, but that is no proof now.
    assert post.hear(body(ident=UID), mine=True, archive="a1", stamp=5.0)[0] != Posted(UID)
    post.send("one")
    post.send("two", uid="00000000000000cd")
    assert len(post.wire.said) == 1
    post.clock.seconds += PAUSE - 1
    post.mail.advance(post.clock.seconds)
    assert len(post.wire.said) == 1
    post.clock.seconds += 1
    assert post.mail.next_deadline() == post.clock.seconds
    post.mail.advance(post.clock.seconds)
    assert [said.find("{jabber:client}body").text for said in post.wire.said[1:]] == ["one", "two"]
    for ident in (UID, "00000000000000cd"):
        assert post.hear(error(ident)) == [PostReturned(ident)]
        post.send(uid=ident)
    assert post.mail.next_deadline() == post.clock.seconds + 2 * PAUSE
    post.mail.try_again(BOB, heard=True)
    assert len(post.wire.said) == 5
    assert post.mail.next_deadline() is None
    post.send("three", uid="00000000000000ef")
    assert len(post.wire.said) == 6


def test_an_edit_that_comes_back_after_all_waits_too():
    """Our archive had shown it, and the engine hears of which message it is and posts it anew."""
    post = Post()
    edit = "00000000000000ee"
    request = PostEdit(edit, BOB, "#c", UID, "new", 5, 1)
    post.mail.post(request, BOB)
    for _ in range(2):
        post.mail.acknowledged(edit, safe=False)
        post.mail.believe(post.mail.unproven)
        assert post.took()[-1] == Posted(edit)
        assert post.hear(error(edit)) == [PostReturned(edit, UID)]
        said = len(post.wire.said)
        post.mail.post(request, BOB)
        assert len(post.wire.said) == said
        post.clock.seconds = post.mail.next_deadline()
        post.mail.advance(post.clock.seconds)
        assert [s.get("id") for s in post.wire.said[said:]] == [edit]


def test_nobody_is_waited_for_longer_than_a_day():
    post = Post()
    post.send()
    assert post.hear(error()) == [PostReturned(UID)]
    post.send()
    post.clock.seconds += PATIENCE + 1
    post.mail.advance(post.clock.seconds)
    assert post.hear(error()) == [PostRefused(UID, "user_not_found")]


def test_a_server_that_was_away_days_ago_is_waited_for_anew():
    """What it took then it has taken in silence: who was written to is not there."""
    post = Post()
    post.send()
    assert post.hear(error()) == [PostReturned(UID)]
    post.send()
    post.clock.seconds += PAUSE
    post.mail.advance(post.clock.seconds)
    post.mail.acknowledged(UID, safe=False)
    post.clock.seconds += 2 * PATIENCE
    other = "00000000000000cd"
    post.send("two", uid=other)
    post.took()
    assert post.hear(error(other)) == [PostReturned(other)]
    assert post.mail.next_deadline() == post.clock.seconds + PAUSE


def test_a_new_session_waits_for_nobody():
    post = Post()
    post.send()
    post.hear(error())
    post.mail.forget()
    post.send()
    assert len(post.wire.said) == 2
