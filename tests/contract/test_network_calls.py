"""What every network does with the signals of calls."""

import pytest

from ringback.domain.effects import CallAct
from ringback.domain.inputs import CallSignalled
from ringback.domain.time import Instant
from ringback.media.pipes import ProcessPipes
from ringback.network.embedded.network import EmbeddedNetwork
from ringback.network.embedded.world import EmbeddedWorld
from support.clock import FakeClock
from support.replay import PROMPTS


class Phone:
    """One account's link with what it heard about calls."""

    def __init__(self, network, handle) -> None:
        self.network, self.handle = network, handle
        self.heard: list[CallSignalled] = []
        network.connect(handle, self._hear)

    def _hear(self, event) -> None:
        if isinstance(event, CallSignalled):
            self.heard.append(event)

    def says(self, to, act, payload="", name="anna/1"):
        self.network.signal_call(name, to, act, payload)

    def news(self):
        heard, self.heard = self.heard, []
        return heard


@pytest.fixture(params=["embedded"])
def stage(request):
    clock = FakeClock()
    world = EmbeddedWorld(ProcessPipes(), PROMPTS, lambda: None)
    return clock, [Phone(EmbeddedNetwork(world, clock), handle) for handle in ("anna", "bob", "carl")]


@pytest.fixture
def pair(stage):
    return stage[1][:2]


def signalled(sender, act, payload="", pipe="", reason=None, name="anna/1"):
    return CallSignalled(name, sender, act, payload, pipe, reason)


def test_acts_are_carried_in_their_order(pair):
    anna, bob = pair
    anna.says("bob", CallAct.OFFER)
    bob.says("anna", CallAct.RING)
    bob.says("anna", CallAct.ANSWER, "pipe/anna/1")
    anna.says("bob", CallAct.HOLD)
    bob.says("anna", CallAct.HOLD)
    anna.says("bob", CallAct.RESUME)
    bob.says("anna", CallAct.END)
    assert anna.news() == [
        signalled("bob", CallAct.RING),
        signalled("bob", CallAct.ANSWER, "pipe/anna/1", "pipe/anna/1"),
        signalled("bob", CallAct.HOLD),
        signalled("bob", CallAct.END),
    ]
    assert bob.news() == [
        signalled("anna", CallAct.OFFER),
        signalled("anna", CallAct.HOLD),
        signalled("anna", CallAct.RESUME),
    ]


@pytest.mark.parametrize("last", [CallAct.END, CallAct.REFUSE, CallAct.BUSY])
def test_after_the_last_act_nothing_is_carried(pair, last):
    anna, bob = pair
    anna.says("bob", CallAct.OFFER)
    bob.says("anna", last)
    anna.news(), bob.news()
    for act in CallAct:
        if act is not CallAct.OFFER:
            anna.says("bob", act, "5")
            bob.says("anna", act, "5")
    assert anna.news() == bob.news() == []


def test_why_it_failed_is_carried_as_a_number(pair):
    anna, bob = pair
    anna.says("bob", CallAct.OFFER)
    bob.says("anna", CallAct.FAIL, "9")
    assert anna.news() == [signalled("bob", CallAct.FAIL, "9", reason=9)]


def test_nobody_and_somebody_who_is_not_there(pair):
    anna, bob = pair
    anna.says("nobody", CallAct.OFFER)
    assert [event.reason for event in anna.news()] == [2]
    bob.network.disconnect()
    anna.says("bob", CallAct.OFFER, name="anna/2")
    assert [event.reason for event in anna.news()] == [3]
    anna.says("bob", CallAct.END)
    assert bob.news() == []


@pytest.mark.parametrize(
    ("who", "answered", "told"),
    [
        ("bob", False, (CallAct.FAIL, 3)),
        ("bob", True, (CallAct.END, None)),
        ("anna", False, (CallAct.END, None)),
        ("anna", True, (CallAct.END, None)),
    ],
)
def test_who_leaves_ends_calls(pair, who, answered, told):
    """The other side is told; who left hears nothing more."""
    anna, bob = pair
    anna.says("bob", CallAct.OFFER)
    bob.says("anna", CallAct.RING)
    if answered:
        bob.says("anna", CallAct.ANSWER, "pipe")
    anna.news(), bob.news()
    gone, other = (anna, bob) if who == "anna" else (bob, anna)
    gone.network.disconnect()
    assert [(event.act, event.reason) for event in other.news()] == [told]
    assert gone.news() == []


def test_two_calls_do_not_meet(pair):
    anna, bob = pair
    anna.says("bob", CallAct.OFFER, name="anna/1")
    bob.says("anna", CallAct.OFFER, name="bob/1")
    anna.says("bob", CallAct.END, name="anna/1")
    anna.says("bob", CallAct.RING, name="bob/1")
    assert [(event.signal_id, event.act) for event in bob.news()] == [
        ("anna/1", CallAct.OFFER),
        ("anna/1", CallAct.END),
        ("bob/1", CallAct.RING),
    ]
    assert [event.signal_id for event in anna.news()] == ["bob/1"]


def test_nobody_else_has_a_say(stage):
    _, (anna, bob, carl) = stage
    anna.says("bob", CallAct.OFFER)
    bob.news()
    for act in CallAct:
        carl.says("bob", act, "5")
    assert anna.news() == bob.news() == []


def test_those_who_always_exist_act_in_time(stage):
    clock, (anna, *_) = stage
    anna.says("echo123", CallAct.OFFER)
    assert [event.act for event in anna.news()] == [CallAct.RING]
    due = anna.network.next_deadline()
    clock.seconds = due
    anna.network.advance(Instant(0.0, due))
    (answer,) = anna.news()
    assert (answer.act, bool(answer.pipe)) == (CallAct.ANSWER, True)
    assert anna.network.next_deadline() is None
