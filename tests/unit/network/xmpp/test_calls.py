"""Calls: what the engine is told of each end, and what needs no other side."""

import asyncio

import pytest
from slixmpp.jid import JID

from ringback.domain.effects import CallAct
from ringback.domain.inputs import CallSignalled
from ringback.jingle import Outcome, Setup
from ringback.jingle.errors import conditions_of
from ringback.jingle.namespaces import RTP_AUDIO
from ringback.jingle.stanzas import Action, Jingle, jingle_element
from ringback.network.xmpp import names
from ringback.network.xmpp.calls import _ENDS, OFFER_LASTS, Calls
from ringback.network.xmpp.capabilities import Claim
from ringback.network.xmpp.presence import Device, PresenceBook
from ringback.network.xmpp.roster import Item, Roster
from ringback.ports.media import WireDescribed
from support.jingle import described
from support.stanzas import Shared, xml

BOB = "bob@away.example"
OWN = "alice@home.example/ringback"
PROPOSE = (
    "<message from='{}' to='{}' type='chat'><propose xmlns='urn:xmpp:jingle-message:0' id='{}'>"
    "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose></message>"
)


class NoWires:
    def open(self, pipe, services, listener):
        raise LookupError(pipe)


class Wire:
    """Notes what it is asked for, and can be made to tell."""

    def __init__(self, pipe, listener):
        self.pipe, self.tell, self.asked = pipe, listener, []

    def __getattr__(self, name):
        return lambda *arguments: self.asked.append((name, *arguments))


class Wires(list):
    def open(self, pipe, services, listener):
        self.append(Wire(pipe, listener))
        return self[-1]


class Phone(Shared):
    def __init__(self, wires=NoWires()) -> None:  # noqa: B008 - it holds nothing
        super().__init__()
        self.roster = Roster(self.line)
        self.presence = PresenceBook(self.line, self.roster)
        self.calls = Calls(self.line, self.roster, self.presence, wires, lambda: None)
        self.calls.begun(OWN)
        self.line.afterwards = lambda act: act()
        self.line.deliver = lambda stanza, _answered: self.wire.said.append(stanza)

    def hears(self, text):
        assert self.calls.message(xml(text))
        return self.took()

    def is_told(self, word, sid):
        """By the other side's device."""
        said = f"<{word} xmlns='urn:xmpp:jingle-message:0' id='{sid}'/>"
        return self.hears(f"<message from='{BOB}/desk' to='{OWN}'>{said}</message>")

    @property
    def requests(self):
        """Actions of the requests sent so far."""
        return [said[0].get("action") for said in self.wire.said if said.get("type") == "set"]


def test_every_outcome_is_told():
    assert set(_ENDS) == set(Outcome)


@pytest.mark.parametrize(
    ("outcome", "number"),
    [
        (Outcome.UNKNOWN, 2),
        (Outcome.OFFLINE, 3),
        (Outcome.UNREACHABLE, 4),
        (Outcome.LOST, 5),
        (Outcome.INCOMPATIBLE, 6),
        (Outcome.SOUND, 8),
        (Outcome.BLOCKED, 9),
        (Outcome.UNAUTHORIZED, 11),
        (Outcome.FAILED, 1),
    ],
)
def test_the_numbers_are_those_of_the_reference(outcome, number):
    """FAILUREREASON: no such user, offline, no proxy found, session terminated, no common codec, ..."""
    assert _ENDS[outcome] == (CallAct.FAIL, number)


def test_a_contact_who_is_nowhere_is_not_called():
    phone = Phone()
    phone.roster.items[BOB] = Item(subscription="both")
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    assert phone.took() == [CallSignalled("c", BOB, CallAct.FAIL, reason=3)]
    phone.presence.devices[BOB] = {"desk": Device("online", 0, "")}
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    assert phone.took() == []
    (proposal,) = phone.wire.said
    assert proposal.get("to") == BOB


def test_who_cannot_be_anybody_is_not_called():
    phone = Phone()
    phone.calls.signal("c", "a@b@c", CallAct.OFFER, "")
    assert phone.took() == [CallSignalled("c", "a@b@c", CallAct.FAIL, reason=2)]


def test_without_sound_nobody_is_called_and_who_calls_reaches_other_devices():
    phone = Phone(wires=None)
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    assert phone.took() == [CallSignalled("c", BOB, CallAct.FAIL, reason=1)]
    assert phone.hears(PROPOSE.format(f"{BOB}/desk", OWN, "s1")) == []
    assert phone.wire.said == []


def test_an_error_is_one_of_the_stream():
    phone = Phone()
    phone.calls.iq(
        xml(
            f"<iq from='{BOB}/desk' to='{OWN}' type='set' id='q'>"
            "<jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='nothing'/></iq>"
        )
    )
    (answer,) = phone.wire.said
    error = answer.find("{jabber:client}error")
    assert conditions_of(error) == ("item-not-found", "unknown-session")
    assert error.get("type") == "cancel"


def test_only_who_sees_us_hears_that_it_rings():
    phone = Phone()
    for number, subscription in enumerate(("none", "to", "from", "both")):
        phone.roster.items[BOB] = Item(subscription=subscription)
        (offer,) = phone.hears(PROPOSE.format(f"{BOB}/desk{number}", OWN, f"s{number}"))
        phone.calls.signal(offer.signal_id, BOB, CallAct.RING, "")
        said, phone.wire.said[:] = list(phone.wire.said), []
        assert [stanza[0].tag.rpartition("}")[2] for stanza in said] == (
            ["ringing"] if subscription in ("from", "both") else []
        )
        phone.calls.signal(offer.signal_id, BOB, CallAct.REFUSE, "")
        phone.took()
        phone.wire.said.clear()


def test_who_calls_is_offered_and_may_give_up():
    phone = Phone()
    (offer,) = phone.hears(PROPOSE.format(f"{BOB}/desk", OWN, "s1"))
    assert (offer.sender, offer.act) == (BOB, CallAct.OFFER)
    retract = "<retract xmlns='urn:xmpp:jingle-message:0' id='s1'/>"
    (end,) = phone.hears(f"<message from='{BOB}/desk' to='{OWN}'>{retract}</message>")
    assert (end.signal_id, end.act) == (offer.signal_id, CallAct.END)


@pytest.mark.parametrize(("word", "act"), [("proceed", CallAct.ANSWER), ("reject", CallAct.REFUSE)])
def test_what_another_device_of_ours_does_is_heard(word, act):
    phone = Phone()
    (offer,) = phone.hears(PROPOSE.format(f"{BOB}/desk", OWN, "s1"))
    said = f"<{word} xmlns='urn:xmpp:jingle-message:0' id='s1'/>"
    (end,) = phone.hears(f"<message from='alice@home.example/phone' to='{BOB}/desk'>{said}</message>")
    assert (end.signal_id, end.act, end.pipe) == (offer.signal_id, act, "")


def test_calls_end_with_the_session():
    phone = Phone()
    phone.hears(PROPOSE.format(f"{BOB}/desk", OWN, "s1"))
    phone.calls.lost()
    (end,) = phone.took()
    assert end.act is CallAct.FAIL
    assert phone.calls.next_deadline() is None


def placed(rings):
    """A call that we place; its wires, and the name of its session."""
    phone = Phone(Wires())
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    sid = phone.wire.said[0][0].get("id")
    if rings:
        assert [event.act for event in phone.is_told("ringing", sid)] == [CallAct.RING]
    return phone, phone.calls._wires, sid


@pytest.mark.parametrize("rings", [True, False])
@pytest.mark.parametrize("soon", [True, False])
def test_what_we_offer_is_found_out_while_it_rings(rings, soon):
    phone, wires, sid = placed(rings)
    assert [wire.asked for wire in wires] == [[("offer",)]] * rings
    if rings and soon:
        wires[0].tell(WireDescribed(described()))
        assert phone.requests == []
    phone.is_told("proceed", sid)
    (wire,) = wires
    assert (wire.pipe, wire.asked) == ("pipe/c", [("offer",)])
    if not (rings and soon):
        wire.tell(WireDescribed(described()))
    assert phone.requests == ["session-initiate"]


def test_after_a_long_ringing_it_is_found_out_anew():
    phone, wires, sid = placed(True)
    wires[0].tell(WireDescribed(described()))
    phone.line.clock.seconds += OFFER_LASTS + 1
    phone.is_told("proceed", sid)
    old, new = wires
    assert old.asked == [("offer",), ("close",)]
    assert (new.pipe, new.asked) == ("pipe/c+", [("offer",)])
    assert phone.requests == []
    new.tell(WireDescribed(described()))
    assert phone.requests == ["session-initiate"]


def test_it_rings_at_many_and_one_wire_is_enough():
    phone, wires, sid = placed(True)
    said = f"<ringing xmlns='urn:xmpp:jingle-message:0' id='{sid}'/>"
    phone.hears(f"<message from='{BOB}/phone' to='{OWN}'>{said}</message>")
    assert len(wires) == 1
    phone.calls.signal("c", BOB, CallAct.END, "")
    assert wires[0].asked == [("offer",), ("close",)]


def test_what_we_answer_with_is_found_out_while_the_offer_comes():
    phone = Phone(Wires())
    (offer,) = phone.hears(PROPOSE.format(f"{BOB}/desk", OWN, "s1"))
    assert phone.calls._wires == [], "whoever calls costs nothing until he is answered"
    phone.calls.signal(offer.signal_id, BOB, CallAct.ANSWER, "pipe/x")
    (wire,) = phone.calls._wires
    assert (wire.pipe, wire.asked) == ("pipe/x", [("prepare",)])
    initiate = Jingle(Action.SESSION_INITIATE, "s1", described(), initiator=f"{BOB}/desk")
    iq = names.element(names.CLIENT, "iq", id="1", type="set", to=OWN)
    iq.set("from", f"{BOB}/desk")
    iq.append(jingle_element(initiate))
    phone.calls.iq(iq)
    assert [asked[0] for asked in wire.asked] == ["prepare", "answer"]
    wire.tell(WireDescribed(described(setup=Setup.ACTIVE)))
    assert phone.requests == ["session-accept"]
    assert len(phone.calls._wires) == 1


def test_a_path_that_is_taken_ends_the_call():
    phone = Phone()
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    sid = phone.wire.said[0][0].get("id")
    proceed = f"<proceed xmlns='urn:xmpp:jingle-message:0' id='{sid}'/>"
    events = phone.hears(f"<message from='{BOB}/desk' to='{OWN}'>{proceed}</message>")
    assert [event.act for event in events] == [CallAct.FAIL]


CLAIM = Claim("them", "sha-1", "digest")


def seen_contact(*devices, can=frozenset({RTP_AUDIO})):
    """A phone, and BOB among the contacts with such devices, whose programs can do this (None: not known)."""
    phone = Phone(Wires())
    phone.roster.items[BOB] = Item(subscription="both")
    phone.presence.devices[BOB] = {name: Device("online", 0, "", CLAIM) for name in devices}
    if can is not None:
        phone.presence._capabilities._known["sha-1", "digest"] = can
    return phone


def acts(events):
    return [(event.act, event.reason) for event in events if isinstance(event, CallSignalled)]


def words(phone):
    return [said[0].tag.rpartition("}")[2] for said in phone.wire.said if said.tag.endswith("message")]


def test_who_goes_while_it_rings_is_offline():
    phone = seen_contact("desk", "phone")
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    phone.is_told("ringing", phone.wire.said[0][0].get("id"))
    for device, told in (("desk", []), ("phone", [(CallAct.FAIL, 3)])):
        gone = xml(f"<presence from='{BOB}/{device}' type='unavailable'/>")
        phone.presence.heard(JID(f"{BOB}/{device}"), gone)
        assert acts(phone.took()) == told
    assert words(phone) == ["propose", "retract"]


def test_who_goes_when_somebody_has_answered_is_waited_for():
    """Another of their devices, perhaps; the one that answered is heard of by its sound."""
    phone = seen_contact("desk")
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    phone.is_told("proceed", phone.wire.said[0][0].get("id"))
    phone.presence.heard(JID(f"{BOB}/desk"), xml(f"<presence from='{BOB}/desk' type='unavailable'/>"))
    assert acts(phone.took()) == []


def test_a_program_without_calls_is_not_called():
    phone = seen_contact("desk", can=frozenset())
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    assert acts(phone.took()) == [(CallAct.FAIL, 6)]
    assert phone.wire.said == []
    assert not phone.presence.can_talk(BOB)


def test_it_may_become_known_while_we_call():
    phone = seen_contact("desk", can=None)
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    assert words(phone) == ["propose"]
    phone.presence._capabilities._known["sha-1", "digest"] = frozenset()
    phone.presence._learnt(CLAIM)
    assert acts(phone.took()) == [(CallAct.FAIL, 6)]
    assert words(phone) == ["propose", "retract"]


def test_what_rings_can_be_called_whatever_it_says():
    phone = seen_contact("desk", can=None)
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    phone.is_told("ringing", phone.wire.said[0][0].get("id"))
    phone.presence._capabilities._known["sha-1", "digest"] = frozenset()
    phone.presence._learnt(CLAIM)
    assert acts(phone.took()) == []


@pytest.mark.parametrize(
    ("condition", "listed", "reason"),
    [
        ("service-unavailable", False, 2),
        ("service-unavailable", True, 3),
        ("remote-server-not-found", False, 2),
        ("remote-server-timeout", True, 3),
        ("subscription-required", False, 11),
        ("forbidden", False, 9),
        ("policy-violation", False, 9),
        ("undefined-condition", False, 1),
    ],
)
def test_why_nobody_takes_a_proposal(condition, listed, reason):
    phone = Phone()
    if listed:
        phone.roster.items[BOB] = Item()
    phone.calls.signal("c", BOB, CallAct.OFFER, "")
    ident = phone.wire.said[0].get("id")
    why = f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    phone.calls.bounced(
        xml(f"<message from='{BOB}' id='{ident}' type='error'><error type='cancel'>{why}</error></message>")
    )
    assert acts(phone.took()) == [(CallAct.FAIL, reason)]


@pytest.mark.parametrize("why", ["3", "5"])
def test_a_device_that_leaves_lets_the_others_ring(why):
    """It refuses for nobody: the user did not."""
    phone = Phone()
    (offer,) = phone.hears(PROPOSE.format(f"{BOB}/desk", OWN, "s1"))
    phone.calls.signal(offer.signal_id, BOB, CallAct.FAIL, why)
    assert words(phone) == []
    assert phone.calls.next_deadline() is None


@pytest.mark.parametrize(("why", "word"), [("3", "gone"), ("5", "timeout"), ("9", "decline")])
def test_who_called_this_device_alone_hears_why(why, word):
    phone = Phone(Wires())
    initiate = Jingle(Action.SESSION_INITIATE, "s1", described(), initiator=f"{BOB}/desk")
    iq = names.element(names.CLIENT, "iq", id="1", type="set", to=OWN)
    iq.set("from", f"{BOB}/desk")
    iq.append(jingle_element(initiate))
    phone.calls.iq(iq)
    (offer,) = phone.took()
    phone.calls.signal(offer.signal_id, BOB, CallAct.FAIL, why)
    (terminate,) = [said[0] for said in phone.wire.said if said.get("type") == "set"]
    assert terminate.get("action") == "session-terminate"
    assert [child.tag.rpartition("}")[2] for child in terminate[0]] == [word]


def test_what_is_said_goes_out_before_anything_is_found_out():
    """The other side waits for our word; to look for our place may take as long as a STUN server does."""

    async def call():
        phone = Phone(Wires())
        del phone.line.afterwards
        phone.wire.waiting_queue = asyncio.Queue()
        phone.wire.waiting_queue.put_nowait("proceed")
        (offer,) = phone.hears(PROPOSE.format(f"{BOB}/desk", OWN, "s1"))
        phone.calls.signal(offer.signal_id, BOB, CallAct.ANSWER, "pipe/x")
        await asyncio.sleep(0)
        assert phone.calls._wires == []
        phone.wire.waiting_queue.get_nowait()
        phone.wire.waiting_queue.task_done()
        await asyncio.gather(*phone.line._tasks)
        assert len(phone.calls._wires) == 1

    asyncio.run(call())


def test_both_call_at_once_and_theirs_stands():
    """What was found out for our offer is of no use for an answer."""
    phone, wires, _ = placed(True)
    wires[0].tell(WireDescribed(described()))
    phone.hears(PROPOSE.format(f"{BOB}/desk", OWN, "0"))
    assert [said[0].tag.rpartition("}")[2] for said in phone.wire.said][-3:] == [
        "retract",
        "proceed",
        "accept",
    ]
    iq = names.element(names.CLIENT, "iq", id="1", type="set", to=OWN)
    iq.set("from", f"{BOB}/desk")
    initiate = Jingle(Action.SESSION_INITIATE, "0", described(), initiator=f"{BOB}/desk")
    iq.append(jingle_element(initiate))
    phone.calls.iq(iq)
    old, new = wires
    assert old.asked == [("offer",), ("close",)]
    assert (new.pipe, [asked[0] for asked in new.asked]) == ("pipe/c+", ["answer"])
    new.tell(WireDescribed(described(setup=Setup.ACTIVE)))
    assert phone.requests == ["session-accept"]
    (answered,) = [event for event in phone.took() if event.act is CallAct.ANSWER]
    assert answered.pipe == "pipe/c+"
