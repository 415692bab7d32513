"""Requests that are out of place, of strangers or too much, and their answers (XEP-0166, 7.2 and 10)."""

from xml.etree.ElementTree import fromstring

import pytest

from ringback.jingle import (
    AnswerWanted,
    CandidatesCame,
    Established,
    Held,
    Offered,
    Outcome,
    Over,
    Reason,
    Role,
    SendError,
    Senders,
    SendIq,
    SendMessage,
    SendResult,
    Setup,
)
from ringback.jingle.description import Candidate, Content, Description, Transport
from ringback.jingle.endpoint import MOST_ASKED, MOST_RINGING, MOST_RINGING_OF_ONE
from ringback.jingle.errors import conditions_of
from ringback.jingle.stanzas import (
    Action,
    Announcement,
    Jingle,
    Key,
    Notice,
    Unknown,
    Word,
    announcement_element,
    jingle_element,
)
from support.jingle import (
    ALICE,
    BOB,
    Net,
    candidate,
    described,
    directly,
    outcome,
    quiet,
    ringing,
    talking,
)

CAROL = "carol@three.example/home"


@pytest.fixture
def net():
    return Net(ALICE, BOB)


def sid(net):
    """Of Alice's call."""
    return next(iter(net.devices[ALICE].endpoint._sessions.values())).sid


def request(net, jingle, sender=BOB, to=ALICE):
    """A request that comes to ``to``; gives all that comes of it."""
    outputs = net.devices[to].endpoint.iq(sender, "q", jingle_element(jingle), net.now)
    net._take(to, outputs)
    return outputs


def refused(outputs):
    (error,) = outputs
    assert isinstance(error, SendError)
    return conditions_of(error.element)


def accepted(outputs, sender=BOB):
    assert outputs[0] == SendResult("q", sender)
    return outputs[1:]


UNKNOWN = ("item-not-found", "unknown-session")
EARLY = ("unexpected-request", "out-of-order")


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.SESSION_INITIATE])
def test_a_session_that_is_not_there(net, action):
    assert refused(request(net, Jingle(action, "nothing"))) == UNKNOWN


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.SESSION_INITIATE])
@pytest.mark.parametrize("sender", [CAROL, "bob@two.example/phone", "bob@two.example"])
def test_requests_of_others(net, action, sender):
    """Only the device that the session is with may say something about it."""
    talking(net)
    said = Jingle(action, sid(net), described(), info=Notice.HOLD, reason=Reason.SUCCESS)
    assert refused(request(net, said, sender)) == UNKNOWN
    assert net.devices[ALICE].names()[-1] == "Established"


def test_an_offer_for_a_session_of_another_device(net):
    talking(net)
    said = Jingle(Action.SESSION_INITIATE, sid(net), described())
    assert refused(request(net, said, "bob@two.example/phone")) == EARLY
    assert refused(request(net, said)) == EARLY


def test_requests_before_the_offer(net):
    """A message is no session yet."""
    ringing(net)
    for action in (Action.SESSION_ACCEPT, Action.SESSION_TERMINATE, Action.TRANSPORT_INFO):
        assert refused(request(net, Jingle(action, sid(net), described()))) == UNKNOWN
    assert net.devices[ALICE].endpoint.calls == ("a",)


def test_a_second_answer(net):
    talking(net)
    said = Jingle(Action.SESSION_ACCEPT, sid(net), described(setup=Setup.ACTIVE))
    assert refused(request(net, said)) == EARLY


def test_an_answer_of_the_caller(net):
    directly(net)
    said = Jingle(Action.SESSION_ACCEPT, sid(net), described())
    assert refused(request(net, said, ALICE, BOB)) == EARLY


@pytest.mark.parametrize("action", [Action.CONTENT_ACCEPT, Action.CONTENT_REJECT, Action.TRANSPORT_ACCEPT])
def test_answers_to_nothing(net, action):
    talking(net)
    assert refused(request(net, Jingle(action, sid(net), described()))) == EARLY


def test_infos(net):
    talking(net)
    assert accepted(request(net, Jingle(Action.SESSION_INFO, sid(net)))) == []
    unknown = Jingle(Action.SESSION_INFO, sid(net))
    element = jingle_element(unknown)
    element.append(fromstring('<sing xmlns="urn:x"/>'))
    outputs = net.devices[ALICE].endpoint.iq(BOB, "q", element, 0)
    assert refused(outputs) == ("feature-not-implemented", "unsupported-info")
    assert refused(request(net, Jingle(Action.SECURITY_INFO, sid(net)))) == ("feature-not-implemented", "")
    assert accepted(request(net, Jingle(Action.DESCRIPTION_INFO, sid(net), described()))) == []
    assert Unknown("sing") != Unknown("dance")


@pytest.mark.parametrize("info", [Notice.HOLD, Notice.UNHOLD, Notice.MUTE, Key("1")])
def test_infos_before_the_answer(net, info):
    directly(net)
    assert refused(request(net, Jingle(Action.SESSION_INFO, sid(net), info=info))) == EARLY


def test_a_callee_that_is_rung_at(net):
    directly(net)
    said = Jingle(Action.SESSION_INFO, sid(net), info=Notice.RINGING)
    assert refused(request(net, said, ALICE, BOB)) == EARLY


def test_active_before_the_answer_is_nothing(net):
    directly(net)
    assert accepted(request(net, Jingle(Action.SESSION_INFO, sid(net), info=Notice.ACTIVE))) == []


# Offers that cannot be answered ---------------------------------------------------------------------------


def without(**changed):
    (content,) = described().contents
    given = {"name": "0", "rtp": content.rtp, "transport": content.transport} | changed
    return Description((Content(**given),))


UNFIT = [
    (Description(), Reason.UNSUPPORTED_APPLICATIONS),
    (without(rtp=None), Reason.UNSUPPORTED_APPLICATIONS),
    (without(transport=None), Reason.UNSUPPORTED_TRANSPORTS),
    (without(transport=Transport("abcd", "p" * 22)), Reason.SECURITY_ERROR),
]


@pytest.mark.parametrize(("description", "why"), UNFIT)
def test_an_unfit_offer(net, description, why):
    given = accepted(request(net, Jingle(Action.SESSION_INITIATE, "s", description)))
    (terminate,) = given
    assert terminate.to == BOB
    assert terminate.element.find(f".//{{urn:xmpp:jingle:1}}{why.value}") is not None
    quiet(net)


@pytest.mark.parametrize(("description", "why"), UNFIT)
def test_an_unfit_offer_that_was_announced(net, description, why):
    call = ringing(net)
    net.do(BOB, "answer", call)
    net.settle()
    said = Jingle(Action.SESSION_INITIATE, sid(net), description)
    terminate, over = accepted(request(net, said, ALICE, BOB), ALICE)
    assert terminate.element.find(f".//{{urn:xmpp:jingle:1}}{why.value}") is not None
    assert over == Over(call, Outcome.INCOMPATIBLE)


@pytest.mark.parametrize("description", [without(rtp=None), without(name="1"), without(transport=None)])
def test_an_unfit_answer(net, description):
    directly(net)
    given = accepted(request(net, Jingle(Action.SESSION_ACCEPT, sid(net), description)))
    assert [type(one) for one in given] == [SendIq, Over]
    assert outcome(net, ALICE) is Outcome.INCOMPATIBLE
    net.settle()
    quiet(net)


@pytest.mark.parametrize("begin", ["offer", "answer"])
def test_a_malformed_offer_or_answer_that_was_waited_for(net, begin):
    if begin == "offer":
        call = ringing(net)
        net.do(BOB, "answer", call)
        net.settle()
        at, by, action = BOB, ALICE, Action.SESSION_INITIATE
    else:
        directly(net)
        at, by, action = ALICE, BOB, Action.SESSION_ACCEPT
    element = jingle_element(Jingle(action, sid(net), described()))
    element[1].set("creator", "nobody")
    outputs = net.devices[at].endpoint.iq(by, "q", element, 0)
    assert conditions_of(outputs[0].element) == ("bad-request", "")
    assert outputs[-1].outcome is Outcome.INCOMPATIBLE
    net._take(at, outputs)
    net.settle()
    assert "Over" in net.devices[by].names()
    quiet(net)


def test_malformed_requests_end_nothing(net):
    talking(net)
    element = jingle_element(Jingle(Action.SESSION_TERMINATE, sid(net)))
    element.set("action", "destroy")
    assert refused(net.devices[ALICE].endpoint.iq(BOB, "q", element, 0)) == ("bad-request", "")
    assert net.devices[ALICE].endpoint.calls == ("a",)


# Contents -------------------------------------------------------------------------------------------------


def test_a_content_is_added(net):
    talking(net)
    (content,) = described().contents
    picture = Content("video", Role.RESPONDER, rtp=content.rtp, transport=content.transport)
    (reject,) = accepted(request(net, Jingle(Action.CONTENT_ADD, sid(net), Description((picture,)))))
    assert reject.element.get("action") == "content-reject"
    (named,) = reject.element.findall("{urn:xmpp:jingle:1}content")
    assert (named.get("name"), named.get("creator"), len(named)) == ("video", "responder", 0)
    assert refused(request(net, Jingle(Action.CONTENT_ADD, sid(net)))) == ("bad-request", "")


def test_who_answers_nothing_is_not_asked_for_ever(net):
    talking(net)
    endpoint = net.devices[ALICE].endpoint
    (content,) = described().contents
    more = Jingle(Action.CONTENT_ADD, sid(net), Description((Content("video", rtp=content.rtp),)))
    asked = []
    for _ in range(10 * MOST_ASKED):
        outputs = endpoint.iq(BOB, "q", jingle_element(more), net.now)
        if isinstance(outputs[0], SendError):
            assert refused(outputs) == ("resource-constraint", "")
        else:
            asked += accepted(outputs)
    assert len(endpoint._asked) == MOST_ASKED
    endpoint.answered(asked[0].id, BOB, None, net.now)
    assert len(accepted(endpoint.iq(BOB, "q", jingle_element(more), net.now))) == 1


def test_a_transport_is_replaced(net):
    talking(net)
    (reject,) = accepted(request(net, Jingle(Action.TRANSPORT_REPLACE, sid(net), described())))
    assert reject.element.get("action") == "transport-reject"


def test_a_content_is_removed(net):
    call = talking(net)
    other = Description((Content("video"),))
    assert accepted(request(net, Jingle(Action.CONTENT_REMOVE, sid(net), other))) == []
    given = accepted(request(net, Jingle(Action.CONTENT_REMOVE, sid(net), Description((Content("0"),)))))
    assert given[0].element.get("action") == "session-terminate"
    assert outcome(net, ALICE) is Outcome.ENDED
    net.settle()
    assert net.devices[BOB].last(Over).call == call
    quiet(net)


def modify(senders, name="0"):
    return Description((Content(name, senders=senders),))


def test_a_hold_by_senders(net):
    """Alice is the initiator: without her sound she is held."""
    talking(net)
    said = Jingle(Action.CONTENT_MODIFY, sid(net), modify(Senders.RESPONDER))
    assert accepted(request(net, said)) == [Held("a")]
    assert accepted(request(net, said)) == []
    said = Jingle(Action.CONTENT_MODIFY, sid(net), modify(Senders.INITIATOR))
    assert type(accepted(request(net, said))[0]).__name__ == "Resumed"
    said = Jingle(Action.CONTENT_MODIFY, sid(net), modify(Senders.NONE, "1"))
    assert refused(request(net, said)) == ("bad-request", "")


def test_modified_before_the_answer(net):
    directly(net)
    said = Jingle(Action.CONTENT_MODIFY, sid(net), modify(Senders.NONE))
    assert refused(request(net, said)) == EARLY


def refuses_hold(net, address):
    """Answer the hold of a device as somebody who does not know it; gives what it asks for instead."""
    net.do(address, "hold", net.devices[address].endpoint.calls[0])
    asked = net.sent[-1][1]
    error = fromstring(
        '<error><feature-not-implemented xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>'
    )
    net._ways.clear()
    (instead,) = net.devices[address].endpoint.answered(asked.id, asked.to, error, 0)
    return instead


def test_who_does_not_know_hold_is_asked_not_to_send(net):
    talking(net)
    instead = refuses_hold(net, ALICE)
    assert instead.element.get("action") == "content-modify"
    assert instead.element[0].get("senders") == "initiator"
    # Bob asks for the same at the same time, and Alice has begun the session.
    said = Jingle(Action.CONTENT_MODIFY, sid(net), modify(Senders.RESPONDER))
    assert refused(request(net, said)) == ("conflict", "tie-break")
    assert net.devices[ALICE].endpoint.answered(instead.id, BOB, None, 0) == []
    assert accepted(request(net, said)) == [Held("a")]
    (resumed,) = net.do(ALICE, "hold", "a", held=False)
    assert resumed.element[0].get("senders") == "both"


def test_the_responder_gives_way(net):
    call = talking(net)
    refuses_hold(net, BOB)
    said = Jingle(Action.CONTENT_MODIFY, sid(net), modify(Senders.INITIATOR))
    assert accepted(request(net, said, ALICE, BOB), ALICE) == [Held(call)]


# Candidates -----------------------------------------------------------------------------------------------


def way(candidates, ufrag="efgh", name="0", complete=False):
    transport = Transport(ufrag, "p" * 22, candidates, (), complete)
    return Description((Content(name, transport=transport),))


def test_candidates_of_another_ice_session_are_left_out(net):
    talking(net)
    said = Jingle(Action.TRANSPORT_INFO, sid(net), way((candidate(),), "zzzz"))
    assert accepted(request(net, said)) == []
    said = Jingle(Action.TRANSPORT_INFO, sid(net), way((candidate(),), name="other"))
    assert accepted(request(net, said)) == []
    said = Jingle(Action.TRANSPORT_INFO, sid(net), way((candidate(),)))
    assert accepted(request(net, said)) == [CandidatesCame("a", "0", (candidate(),), False)]
    assert refused(request(net, Jingle(Action.TRANSPORT_INFO, sid(net)))) == ("bad-request", "")


def many(number):
    return tuple(Candidate(1, "1", "192.0.2.1", n + 1, 1) for n in range(number))


@pytest.mark.parametrize("begin", [talking, directly])
def test_candidates_without_end(net, begin):
    begin(net)
    answers = [request(net, Jingle(Action.TRANSPORT_INFO, sid(net), way(many(40)))) for _ in range(5)]
    assert [type(outputs[0]) for outputs in answers] == [SendResult] * 4 + [SendError]
    assert refused(answers[-1]) == ("resource-constraint", "")


def test_empty_candidates_without_end(net):
    directly(net)
    for _ in range(100):
        answer = request(net, Jingle(Action.TRANSPORT_INFO, sid(net), way(())))
    assert refused(answer) == ("resource-constraint", "")


# Floods ---------------------------------------------------------------------------------------------------


def propose(number, sender, net):
    element = announcement_element(Announcement(Word.PROPOSE, f"p{number}", ("audio",)))
    return net.devices[ALICE].endpoint.message(sender, element, net.now)


def test_one_person_rings_a_few_times_at_once(net):
    for number in range(10):
        propose(number, BOB, net)
    assert len(net.devices[ALICE].endpoint.calls) == MOST_RINGING_OF_ONE
    said = Jingle(Action.SESSION_INITIATE, "s", described())
    assert refused(request(net, said)) == ("resource-constraint", "")


def test_a_crowd_rings(net):
    for number in range(100):
        propose(number, f"p{number}@three.example/x", net)
    assert len(net.devices[ALICE].endpoint.calls) == MOST_RINGING
    net.wait(121)
    quiet(net)


def test_a_proposal_that_comes_again(net):
    (offered,) = propose(1, BOB, net)
    assert propose(1, BOB, net) == []
    net.do(ALICE, "end", offered.call)
    assert propose(1, BOB, net) == []
    assert propose(2, BOB, net) != []


def test_the_same_id_of_two_people(net):
    (bobs,) = propose(1, BOB, net)
    (carols,) = propose(1, CAROL, net)
    element = announcement_element(Announcement(Word.RETRACT, "p1"))
    assert net.devices[ALICE].endpoint.message(CAROL, element, 0) == [Over(carols.call, Outcome.CANCELLED)]
    assert net.devices[ALICE].endpoint.calls == (bobs.call,)


def test_ids_of_sessions_that_are_over_are_not_kept_for_ever(net):
    for number in range(500):
        (offered,) = propose(number, BOB, net)
        net.do(ALICE, "end", offered.call)
    assert len(net.devices[ALICE].endpoint._over) == 128


# Messages -------------------------------------------------------------------------------------------------


def message(net, word, sender, key=None, to="", **more):
    element = announcement_element(Announcement(word, key or sid(net), **more))
    return net.devices[ALICE].endpoint.message(sender, element, net.now, to)


@pytest.mark.parametrize("word", [word for word in Word if word is not Word.PROPOSE])
def test_messages_of_others_do_nothing(net, word):
    ringing(net)
    assert message(net, word, CAROL) == []
    assert message(net, word, "alice@one.example/other") == []
    assert net.devices[ALICE].endpoint.calls == ("a",)


def test_messages_that_are_no_calls(net):
    assert message(net, Word.PROPOSE, BOB, "x", media=("video",)) == []
    assert message(net, Word.PROPOSE, BOB, "x") == []
    assert message(net, Word.PROPOSE, "bob@two.example", "x", media=("audio",)) == []
    assert message(net, Word.PROPOSE, BOB, "x", "alice@one.example/other", media=("audio",)) == []
    assert message(net, Word.PROPOSE, "alice@one.example/other", "x", media=("audio",)) == []
    assert message(net, Word.PROPOSE, ALICE, "x", media=("audio",)) == []
    broken = fromstring('<propose xmlns="urn:xmpp:jingle-message:0"/>')
    assert net.devices[ALICE].endpoint.message(BOB, broken, 0) == []


def test_only_the_chosen_device_may_refuse_later(net):
    call = ringing(net)
    net.do(BOB, "answer", call)
    net.settle()
    assert message(net, Word.REJECT, "bob@two.example/phone") == []
    (over,) = message(net, Word.REJECT, BOB, reason=Reason.BUSY)
    assert over == Over("a", Outcome.BUSY, Reason.BUSY)


def test_a_finish_without_a_terminate_ends_it(net):
    talking(net)
    assert message(net, Word.FINISH, "bob@two.example/phone") == []
    finish, over = message(net, Word.FINISH, BOB, reason=Reason.CONNECTIVITY_ERROR)
    assert isinstance(finish, SendMessage)
    assert over.outcome is Outcome.LOST


def test_an_offer_before_it_was_answered_waits(net):
    """Some callers announce a call and do not wait for the word to proceed."""
    call = ringing(net)
    said = Jingle(Action.SESSION_INITIATE, sid(net), described())
    assert accepted(request(net, said, ALICE, BOB), ALICE) == []
    assert refused(request(net, said, ALICE, BOB)) == EARLY
    accept, wanted = net.do(BOB, "answer", call)
    assert accept.element.tag.endswith("accept")
    assert isinstance(wanted, AnswerWanted)
    given = net.do(BOB, "accept", call, described(setup=Setup.ACTIVE))
    assert given[-1] == Established(call)


# Answers to our own requests ------------------------------------------------------------------------------


def fails(net, condition, own="", sender=BOB):
    """The newest IQ of Alice's comes back as an error."""
    asked = [output for address, output in net.sent if address == ALICE and isinstance(output, SendIq)][-1]
    more = f'<{own} xmlns="urn:xmpp:jingle:errors:1"/>' if own else ""
    stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
    error = fromstring(f'<error><text xmlns="{stanzas}"/><{condition} xmlns="{stanzas}"/>{more}</error>')
    return net.devices[ALICE].endpoint.answered(asked.id, sender, error, net.now)


@pytest.mark.parametrize(
    ("condition", "came"),
    [
        ("item-not-found", Outcome.UNKNOWN),
        ("service-unavailable", Outcome.OFFLINE),
        ("forbidden", Outcome.BLOCKED),
        ("not-acceptable", Outcome.INCOMPATIBLE),
        ("resource-constraint", Outcome.BUSY),
        ("internal-server-error", Outcome.FAILED),
    ],
)
def test_an_offer_comes_back(net, condition, came):
    net.do(ALICE, "place", "a", BOB, announce=False)
    net.do(ALICE, "offer", "a", described())
    assert fails(net, condition, sender=CAROL) == [], "it was not asked"
    assert fails(net, condition) == [Over("a", came)]
    assert fails(net, condition) == []
    assert net.devices[ALICE].endpoint.calls == ()


def test_the_session_is_forgotten_there(net):
    talking(net)
    net.do(ALICE, "mute", "a")
    assert fails(net, "item-not-found", "unknown-session") == [Over("a", Outcome.ENDED)]


def test_an_error_that_means_nothing(net):
    talking(net)
    net.do(ALICE, "keys", "a", "1")
    assert fails(net, "feature-not-implemented", "unsupported-info") == []
    assert net.devices[ALICE].endpoint.calls == ("a",)


def test_an_accept_comes_back(net):
    call = directly(net)
    net.do(BOB, "answer", call)
    accept, _ = net.do(BOB, "accept", call, described(setup=Setup.ACTIVE))
    error = fromstring('<error><x/><unexpected-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>')
    net._ways.clear()
    assert net.devices[BOB].endpoint.answered(accept.id, ALICE, error, 0) == [Over(call, Outcome.FAILED)]


def test_answers_that_nobody_waits_for(net):
    talking(net)
    assert net.devices[ALICE].endpoint.answered("nothing", BOB, None, 0) == []


def test_offers_need_sound(net):
    net.do(ALICE, "place", "a", BOB, announce=False)
    with pytest.raises(ValueError, match="sound"):
        net.do(ALICE, "offer", "a", without(rtp=None))
    net.do(ALICE, "offer", "a", described())
    net.settle()
    call = net.devices[BOB].last(Offered).call
    net.do(BOB, "answer", call)
    with pytest.raises(ValueError, match="sound"):
        net.do(BOB, "accept", call, without(rtp=None))
