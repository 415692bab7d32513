"""Calls between devices, both ends of this package: from the first word to the last (XEP-0166, XEP-0353)."""

from dataclasses import replace

import pytest

from ringback.jingle import (
    AnswerCame,
    AnswerWanted,
    CandidatesCame,
    Established,
    Held,
    KeyPressed,
    Muted,
    Offered,
    OfferWanted,
    Outcome,
    Over,
    Reason,
    Resumed,
    Rings,
    SendError,
    Setup,
)
from support.jingle import (
    ALICE,
    BOB,
    BOBS,
    PHONE,
    Net,
    candidate,
    described,
    directly,
    outcome,
    quiet,
    ringing,
    talking,
)


@pytest.fixture
def net():
    return Net(ALICE, BOB)


def test_a_whole_call(net):
    call = talking(net)
    alice, bob = net.devices[ALICE], net.devices[BOB]
    assert alice.names() == ["Rings", "OfferWanted", "AnswerCame", "Established"]
    assert bob.names() == ["Offered", "AnswerWanted", "Established"]
    assert alice.last(OfferWanted).peer == BOB
    assert bob.last(Offered) == Offered(call, ALICE, ("audio",))
    assert bob.last(AnswerWanted).description == described(candidates=(candidate(),))
    assert alice.last(AnswerCame).description == described(setup=Setup.ACTIVE, ufrag="efgh")
    assert net.actions(ALICE) == ["propose", "session-initiate"]
    assert net.actions(BOB) == ["ringing", "proceed", "accept", "session-accept"]
    assert alice.endpoint.next_deadline() is None
    net.do(ALICE, "end", "a")
    net.settle()
    assert net.actions(ALICE)[2:] == ["session-terminate", "finish"]
    assert net.actions(BOB)[4:] == ["finish"]
    assert (outcome(net, ALICE), outcome(net, BOB)) == (Outcome.ENDED, Outcome.ENDED)
    assert bob.last(Over).reason is Reason.SUCCESS
    quiet(net)


def test_a_call_to_one_device_without_messages(net):
    call = directly(net)
    alice, bob = net.devices[ALICE], net.devices[BOB]
    net.do(BOB, "ring", call)
    net.settle()
    assert alice.names() == ["OfferWanted", "Rings"]
    net.do(BOB, "answer", call)
    assert bob.last(AnswerWanted).description == described()
    net.do(BOB, "accept", call, described(setup=Setup.ACTIVE))
    net.settle()
    assert alice.names()[2:] == ["AnswerCame", "Established"]
    assert net.actions(BOB) == ["session-info", "session-accept"]
    net.do(BOB, "end", call)
    net.settle()
    assert (outcome(net, ALICE), outcome(net, BOB)) == (Outcome.ENDED, Outcome.ENDED)
    assert "finish" not in net.actions(BOB)
    quiet(net)


def test_it_rings_everywhere_and_is_answered_once():
    net = Net(ALICE, BOB, PHONE)
    net.do(ALICE, "place", "a", BOBS)
    net.settle()
    here, there = (net.devices[address].last(Offered).call for address in (BOB, PHONE))
    net.do(PHONE, "answer", there)
    net.settle()
    assert outcome(net, BOB) is Outcome.ANSWERED_ELSEWHERE
    assert net.devices[ALICE].last(OfferWanted).peer == PHONE
    net.do(BOB, "answer", here)
    net.settle()
    assert net.actions(BOB) == [], "too late"


def test_one_device_refuses_for_all():
    net = Net(ALICE, BOB, PHONE)
    ringing(net)
    net.do(PHONE, "end", net.devices[PHONE].last(Offered).call, outcome=Outcome.REFUSED)
    net.settle()
    assert outcome(net, BOB) is Outcome.REFUSED_ELSEWHERE
    assert outcome(net, PHONE) is Outcome.REFUSED
    assert outcome(net, ALICE) is Outcome.REFUSED
    quiet(net)


def test_two_devices_answer_at_once():
    net = Net(ALICE, BOB, PHONE)
    net.do(ALICE, "place", "a", BOBS)
    net.settle()
    for address in (PHONE, BOB):
        net.do(address, "answer", net.devices[address].last(Offered).call)
    net.settle()
    chosen = net.devices[ALICE].last(OfferWanted).peer
    left = ({BOB, PHONE} - {chosen}).pop()
    assert outcome(net, left) is Outcome.ANSWERED_ELSEWHERE
    net.do(ALICE, "offer", "a", described())
    net.settle()
    net.do(chosen, "accept", net.devices[chosen].last(Offered).call, described(setup=Setup.ACTIVE))
    net.settle()
    assert net.devices[ALICE].names()[-1] == "Established"


def test_the_loser_of_two_ends_by_itself():
    """Its caller does not know that it must be told."""
    net = Net(ALICE, BOB, PHONE)
    ringing(net)
    net.do(BOB, "answer", net.devices[BOB].last(Offered).call)
    net.do(PHONE, "answer", net.devices[PHONE].last(Offered).call)
    del net.devices[ALICE]
    net.settle()
    net.wait(31)
    assert outcome(net, BOB) is Outcome.ANSWERED_ELSEWHERE


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        (Outcome.REFUSED, Outcome.REFUSED),
        (Outcome.BUSY, Outcome.BUSY),
        (Outcome.ENDED, Outcome.REFUSED),
        (Outcome.BLOCKED, Outcome.REFUSED),
        (Outcome.OFFLINE, Outcome.OFFLINE),
        (Outcome.UNANSWERED, Outcome.UNANSWERED),
        (Outcome.INCOMPATIBLE, Outcome.INCOMPATIBLE),
        (Outcome.UNREACHABLE, Outcome.UNREACHABLE),
        (Outcome.SOUND, Outcome.SOUND),
        (Outcome.LOST, Outcome.LOST),
        (Outcome.FAILED, Outcome.FAILED),
    ],
)
@pytest.mark.parametrize("begin", [ringing, directly])
def test_the_callee_does_not_answer(net, begin, given, seen):
    call = begin(net)
    net.do(BOB, "end", call, outcome=given)
    net.settle()
    assert outcome(net, ALICE) is seen
    quiet(net)


@pytest.mark.parametrize("begin", [ringing, directly])
def test_the_caller_gives_up(net, begin):
    begin(net)
    net.do(ALICE, "end", "a")
    net.settle()
    assert (outcome(net, ALICE), outcome(net, BOB)) == (Outcome.CANCELLED, Outcome.CANCELLED)
    assert net.devices[BOB].last(Over).reason is Reason.CANCEL
    quiet(net)


@pytest.mark.parametrize("wait", [0, 1, 2, 3])
def test_the_caller_gives_up_while_the_callee_answers(net, wait):
    """Whatever crosses on the way, both end."""
    call = ringing(net)
    net.do(BOB, "answer", call)
    for _ in range(wait):
        if net.busy:
            net.deliver(net.busy[0])
    if "OfferWanted" in net.devices[ALICE].names() and wait > 2:
        net.do(ALICE, "offer", "a", described())
    net.do(ALICE, "end", "a")
    net.settle()
    assert outcome(net, ALICE) is Outcome.CANCELLED
    assert outcome(net, BOB) in {Outcome.CANCELLED, Outcome.ENDED}
    quiet(net)


def test_nobody_answers(net):
    ringing(net)
    net.wait(89)
    assert net.devices[ALICE].endpoint.calls == ("a",)
    net.wait(2)
    assert (outcome(net, ALICE), outcome(net, BOB)) == (Outcome.UNANSWERED, Outcome.CANCELLED)
    quiet(net)


def test_the_caller_vanishes_while_it_rings(net):
    ringing(net)
    del net.devices[ALICE]
    net.wait(121)
    assert outcome(net, BOB) is Outcome.CANCELLED
    assert "reject" not in net.actions(BOB), "other devices may ring on"
    quiet(net)


def test_the_caller_vanishes_when_it_is_answered(net):
    call = ringing(net)
    del net.devices[ALICE]
    net.do(BOB, "answer", call)
    net.settle()
    net.wait(31)
    assert outcome(net, BOB) is Outcome.LOST
    quiet(net)


def test_nobody_of_that_name(net):
    net.do(ALICE, "place", "a", "nobody@two.example")
    net.settle()
    assert outcome(net, ALICE) is Outcome.OFFLINE
    quiet(net)


def test_a_device_that_is_gone(net):
    net.do(ALICE, "place", "a", "bob@two.example/gone", announce=False)
    net.do(ALICE, "offer", "a", described())
    net.settle()
    assert outcome(net, ALICE) is Outcome.OFFLINE


def test_a_device_that_goes_while_it_talks(net):
    talking(net)
    del net.devices[BOB]
    net.do(ALICE, "hold", "a")
    net.settle()
    assert outcome(net, ALICE) is Outcome.LOST
    quiet(net)


def test_the_offer_is_not_answered(net):
    net.do(ALICE, "place", "a", BOB, announce=False)
    net.do(ALICE, "offer", "a", described())
    assert net.devices[ALICE].endpoint.next_deadline() == 30
    net._ways.clear()
    net.wait(31)
    assert outcome(net, ALICE) is Outcome.LOST


def test_an_offer_that_nobody_gives(net):
    call = ringing(net)
    net.do(BOB, "answer", call)
    net.settle()
    net.wait(31)
    assert (outcome(net, ALICE), outcome(net, BOB)) == (Outcome.FAILED, Outcome.LOST)
    quiet(net)


# Both at once ---------------------------------------------------------------------------------------------


def ids(prefix):
    numbers = iter(range(100))
    return lambda: f"{prefix}{next(numbers)}"


@pytest.mark.parametrize(("alices", "bobs"), [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("first", [ALICE, BOB])
def test_both_call_at_once(alices, bobs, first):
    net = Net()
    net.join(ALICE, ids(alices))
    net.join(BOB, ids(bobs))
    net.do(ALICE, "place", "a", BOBS)
    net.do(BOB, "place", "b", "alice@one.example")
    while net.busy:
        net.deliver(next((way for way in net.busy if way[0] == first), net.busy[0]))
    caller, callee = ((ALICE, "a"), (BOB, "b")) if alices < bobs else ((BOB, "b"), (ALICE, "a"))
    assert net.devices[caller[0]].names() == ["OfferWanted"]
    assert net.devices[callee[0]].names() == []
    net.do(caller[0], "offer", caller[1], described())
    net.settle()
    assert net.devices[callee[0]].last(AnswerWanted).call == callee[1]
    net.do(callee[0], "accept", callee[1], described(setup=Setup.ACTIVE))
    net.settle()
    assert net.devices[caller[0]].names()[-1] == net.devices[callee[0]].names()[-1] == "Established"
    net.wait(500)
    net.do(ALICE, "end", "a")
    net.settle()
    assert (outcome(net, ALICE), outcome(net, BOB)) == (Outcome.ENDED, Outcome.ENDED)
    quiet(net)


@pytest.mark.parametrize(("alices", "bobs"), [("a", "b"), ("b", "a")])
def test_both_offer_at_once(alices, bobs):
    net = Net()
    net.join(ALICE, ids(alices))
    net.join(BOB, ids(bobs))
    for address, call, to in ((ALICE, "a", BOB), (BOB, "b", ALICE)):
        net.do(address, "place", call, to, announce=False)
        net.do(address, "offer", call, described())
    net.settle()
    callee, call = (BOB, "b") if alices < bobs else (ALICE, "a")
    errors = [output for _, output in net.sent if isinstance(output, SendError)]
    assert len(errors) == 1
    assert errors[0].element.find("{urn:xmpp:jingle:errors:1}tie-break") is not None
    net.do(callee, "accept", call, described(setup=Setup.ACTIVE))
    net.settle()
    net.wait(500)
    assert net.devices[ALICE].endpoint.calls == ("a",)
    assert net.devices[BOB].endpoint.calls == ("b",)


def test_an_offer_that_gave_way_is_not_waited_for():
    """Its answer may never come; the call goes on with the other side's session."""
    net = Net()
    net.join(ALICE, ids("b"))
    net.join(BOB, ids("a"))
    for address, call, to in ((ALICE, "a", BOB), (BOB, "b", ALICE)):
        net.do(address, "place", call, to, announce=False)
        net.do(address, "offer", call, described())
    del net._ways[ALICE, BOB]
    net.settle()
    net.do(ALICE, "accept", "a", described(setup=Setup.ACTIVE))
    net.settle()
    net.wait(31)
    assert net.devices[ALICE].endpoint.calls == ("a",)
    assert net.devices[BOB].names()[-1] == "Established"


# While it talks -------------------------------------------------------------------------------------------


def test_both_hold_and_resume(net):
    call = talking(net)
    alice, bob = net.devices[ALICE], net.devices[BOB]
    net.do(ALICE, "hold", "a")
    net.settle()
    assert bob.last(Held) == Held(call)
    net.do(BOB, "hold", call)
    net.settle()
    net.do(ALICE, "hold", "a", held=False)
    net.settle()
    assert bob.names()[-1] == "Resumed"
    assert alice.names()[-1] == "Held"
    net.do(BOB, "hold", call, held=False)
    net.settle()
    assert alice.last(Resumed) == Resumed("a")
    before = len(net.sent)
    net.do(BOB, "hold", call, held=False)
    assert len(net.sent) == before, "nothing to tell"


def test_a_hold_before_the_session_is_there(net):
    call = ringing(net)
    net.do(BOB, "answer", call)
    net.do(BOB, "hold", call)
    net.settle()
    net.do(ALICE, "offer", "a", described())
    net.settle()
    assert "Held" not in net.devices[ALICE].names()
    net.do(BOB, "accept", call, described(setup=Setup.ACTIVE))
    net.settle()
    assert net.devices[ALICE].names()[-2:] == ["Established", "Held"]


def test_mute_and_keys(net):
    call = talking(net)
    bob = net.devices[BOB]
    net.do(ALICE, "mute", "a")
    net.do(ALICE, "keys", "a", "1#")
    net.do(ALICE, "mute", "a", muted=False)
    net.settle()
    assert bob.events[3:] == [
        Muted(call, True),
        KeyPressed(call, "1", 100),
        KeyPressed(call, "#", 100),
        Muted(call, False),
    ]


def test_candidates_of_both_sides(net):
    call = talking(net)
    net.do(ALICE, "candidates", "a", (candidate(1), candidate(2)))
    net.do(BOB, "candidates", call, (), complete=True)
    net.settle()
    came = CandidatesCame(call, "0", (candidate(1), candidate(2)), False)
    assert net.devices[BOB].last(CandidatesCame) == came
    assert net.devices[ALICE].last(CandidatesCame) == CandidatesCame("a", "0", (), True)


def test_candidates_before_the_answer_wait_for_it(net):
    call = directly(net)
    net.do(ALICE, "candidates", "a", (candidate(1),))
    net.settle()
    assert net.devices[BOB].names() == ["Offered"]
    net.do(BOB, "answer", call)
    assert net.devices[BOB].names() == ["Offered", "AnswerWanted", "CandidatesCame"]


def video_call(net, offered):
    call = ringing(net)
    net.do(BOB, "answer", call)
    net.settle()
    net.do(ALICE, "offer", "a", offered)
    net.settle()
    return call


def test_pictures_that_share_the_way_of_the_sound_are_in_the_answer(net):
    call = video_call(net, described(video=True))
    assert net.devices[BOB].last(AnswerWanted).description == described(video=True)
    net.do(BOB, "accept", call, described(setup=Setup.ACTIVE, video=True))
    net.settle()
    assert net.actions(BOB)[-1:] == ["session-accept"]
    assert "content-remove" not in net.actions(BOB)
    assert net.devices[ALICE].last(Established) == Established("a")


def test_pictures_with_a_way_of_their_own_are_taken_out(net):
    call = video_call(net, replace(described(video=True), groups=()))
    assert net.devices[BOB].last(AnswerWanted).description == replace(described(), groups=())
    net.do(BOB, "accept", call, described(setup=Setup.ACTIVE))
    net.settle()
    assert net.actions(BOB)[-2:] == ["content-remove", "session-accept"]
    assert net.devices[ALICE].last(Established) == Established("a")


def test_the_link_is_lost(net):
    talking(net)
    net.do(ALICE, "link_lost")
    assert outcome(net, ALICE) is Outcome.LOST
    assert net.devices[ALICE].endpoint.calls == ()


def test_wishes_that_come_too_late_do_nothing(net):
    talking(net)
    net.do(ALICE, "end", "a")
    net.settle()
    before = len(net.sent)
    for wish, *arguments in (
        ("ring", "a"),
        ("answer", "a"),
        ("offer", "a", described()),
        ("accept", "a", described()),
        ("hold", "a"),
        ("mute", "a"),
        ("keys", "a", "1"),
        ("candidates", "a", ()),
        ("end", "a"),
    ):
        assert net.do(ALICE, wish, *arguments) == []
    assert len(net.sent) == before


def test_wishes_that_come_too_early_do_nothing(net):
    ringing(net)
    for wish, *arguments in (
        ("ring", "a"),
        ("answer", "a"),
        ("offer", "a", described()),
        ("accept", "a", described()),
        ("mute", "a"),
        ("keys", "a", "1"),
        ("candidates", "a", ()),
    ):
        assert net.do(ALICE, wish, *arguments) == []


def test_a_name_is_used_once(net):
    ringing(net)
    with pytest.raises(ValueError, match="already"):
        net.do(ALICE, "place", "a", BOBS)


def test_rings_are_told(net):
    ringing(net)
    assert net.devices[ALICE].last(Rings) == Rings("a")
