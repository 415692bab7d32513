"""News of what is gone, or of what nobody waits for any more: taken, and nothing comes of them."""

from functools import partial

import pytest

from ringback.domain import chats, people
from ringback.domain.changes import Cause, Kind, Origin
from ringback.domain.effects import CallAct, Disconnect, Route, SignalCall
from ringback.domain.engine import Act, Engine, Happened
from ringback.domain.failures import Failure, Meaning
from ringback.domain.inputs import (
    CallPriced,
    CallSignalled,
    FolderFound,
    LinkChanged,
    PersonSeen,
    PostRefused,
    RouteFailed,
    RouteSet,
    UserAnswered,
)
from ringback.domain.presence import set_status, sign_out
from ringback.domain.time import Instant

CAUSE = Cause(Origin.CLIENT, 1)
NOW = Instant(1_700_000_000, 100.0)


class Life:
    def __init__(self):
        self.engine = Engine("me")
        self.hears(LinkChanged("online"))

    def hears(self, event):
        step = self.engine.step(Happened(CAUSE, event), NOW)
        self.engine.keep(step)
        return step

    def does(self, use_case, *given):
        step = self.engine.step(Act(CAUSE, lambda a, c: use_case(a, c, *given)), NOW)
        self.engine.keep(step)
        return step


@pytest.fixture
def life():
    return Life()


@pytest.mark.parametrize(
    "event",
    [
        RouteSet(99),
        RouteFailed(99, 1, Route.INPUT, "late"),
        FolderFound(99, True),
        UserAnswered(99, True),
        CallPriced("ann/9", 1, 2, "EUR"),
        PostRefused("nobody's", "user_not_found"),
    ],
)
def test_what_nobody_waits_for(life, event):
    step = life.hears(event)
    assert (step.changes, step.records, step.effects, step.settled) == ((), (), (), ())


def test_a_message_that_was_cleared_is_refused(life):
    """It cannot fail any more, and the chat gets no entry about it."""
    key = life.does(chats.say_to, "ann", "hello").result
    uid = life.engine.account.messages.find(key).uid
    life.does(chats.clear_history)
    assert life.hears(PostRefused(uid, "user_not_found")).changes == ()
    assert life.engine.account.messages.rows.keys(Kind.MESSAGE) == []
    assert not life.engine.account.outbox.waiting


def test_a_link_that_comes_after_the_user_has_left(life):
    """It was joined before, so it is left."""
    life.does(set_status, "offline")
    step = life.hears(LinkChanged("online"))
    assert step.effects == (Disconnect(),)
    assert life.engine.account.settings.connection == "offline"


@pytest.mark.parametrize(
    "use_case",
    [
        partial(chats.say, name="#no/$chat", body="x"),
        partial(chats.bookmark, name="#no/$chat", wanted=True),
        partial(chats.edit, key=99, body="x"),
        partial(chats.mark_seen, key=99),
    ],
)
def test_a_window_that_names_what_is_gone(life, use_case):
    with pytest.raises(Failure) as refused:
        life.engine.step(Act(CAUSE, use_case), NOW)
    assert refused.value.meaning is Meaning.UNKNOWN_OBJECT
    assert not life.engine.torn


def test_whom_the_network_was_asked_about_is_bounded(life, monkeypatch):
    monkeypatch.setattr(people, "STRANGERS", 3)
    for number in range(9):
        life.does(people.ask_news, f"somebody{number}")
    assert list(life.engine.account.people.asked) == ["somebody6", "somebody7", "somebody8"]


@pytest.mark.parametrize("leaves", [(set_status, "offline"), (sign_out,)])
def test_a_call_that_comes_after_the_user_has_left(life, leaves):
    """It was offered before the network heard of that: nobody is there, so it never rings."""
    life.does(*leaves)
    step = life.hears(CallSignalled("ann/1", "ann", CallAct.OFFER))
    assert step.effects == (SignalCall("ann/1", "ann", CallAct.FAIL, "3"),)
    assert (step.changes, step.records) == ((), ())
    assert not life.engine.account.calls.alive


@pytest.mark.parametrize("leaves", [(set_status, "offline"), (sign_out,)])
def test_somebody_who_is_seen_after_the_user_has_left(life, leaves):
    """Who is offline sees nobody."""
    seen = PersonSeen("ann", (("online_status", "online"),))
    assert life.hears(seen).changes
    life.does(*leaves)
    assert life.hears(seen).changes == ()
    assert life.engine.account.people.find("ann").online_status == "offline"
