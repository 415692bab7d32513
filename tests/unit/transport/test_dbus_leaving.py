"""What a program on a bus has said and is not done when it goes, or is sent away."""

import pytest
from dbus_fast import Message, MessageFlag

from ringback.session.link import Peer
from ringback.transport.dbus import NAME, PATH, DBusServer, _Flow
from ringback.transport.turns import MOMENT, Row
from support.loops import Loop
from support.replay import World

PROGRAM = ":1.5"
MANY = 200


class Slow:
    """A door behind which each word takes a moment."""

    def __init__(self, loop):
        self._loop = loop
        self.links = []
        self.done = []

    def opened(self, link):
        self.links.append(link)
        return len(self.links)

    def received(self, session, ticket, text):
        self._loop.seconds += MOMENT
        self.done.append((session, text))
        self.links[session - 1].answer(ticket, text)

    def closed(self, session):
        self.done.append((session, "closed"))


@pytest.fixture
def loop():
    return Loop()


class Bus:
    """A server whose bus keeps in ``sent`` what it is given."""

    def __init__(self, door, loop):
        self.server = DBusServer("session", door, lambda: None)
        self.server._row = Row(loop)
        self.sent = []
        self.server._send = lambda message: self.sent.append(message) or 0
        self.comes()

    def comes(self):
        flow = self.server._flows[PROGRAM] = _Flow(PROGRAM)
        flow.peer = Peer("dbus", PROGRAM)

    def say(self, *words):
        for serial, text in enumerate(words, 1):
            call = Message(NAME, PATH, NAME, "Invoke", signature="s", body=[text])
            call.sender, call.serial, call.flags = PROGRAM, serial, MessageFlag.NONE
            self.server._handle(call)

    @property
    def answers(self):
        return [message.body[0] for message in self.sent if message.reply_serial]


def test_who_leaves_holds_nobody_up(loop):
    """What it said is still done, little by little, and nobody else is told of it."""
    door = Slow(loop)
    bus = Bus(door, loop)
    words = [f"word {number}" for number in range(MANY)]
    bus.say(*words)
    begun = loop.seconds
    bus.server.gone(PROGRAM)
    assert loop.seconds - begun <= MOMENT
    answered = len(bus.sent)
    # Another bus may give the name to somebody else.
    bus.comes()
    bus.say("hello")
    while loop.soon:
        assert loop.turn() < 10 * MOMENT
    assert [text for session, text in door.done if session == 1] == [*words, "closed"]
    assert len(bus.sent) == answered + 1
    assert bus.answers[-1] == "hello"
    door.links[0].close("late")
    assert door.done[-1] != (2, "closed")


def test_who_is_sent_away_is_refused_what_it_waits_for(loop):
    runtime = World("me").runtimes["me"]
    bus = Bus(runtime, loop)
    bus.say("NAME a test", *(f"#{number} SET PROFILE ABOUT {number}" for number in range(MANY)))
    assert bus.answers == ["OK"]
    assert runtime.sessions.detach(1, "the user wants it")
    assert bus.answers == ["OK", *(f"#{number} ERROR 68" for number in range(MANY))]
    assert len(runtime.sessions) == 0


def test_who_does_not_read_has_nothing_done_any_more(loop):
    door = World("me").runtimes["me"]
    bus = Bus(door, loop)
    bus.say("NAME a test", "SET PROFILE ABOUT late")
    (session,) = door.sessions
    session.held += 1 << 30
    door.sessions._watch(session)
    while loop.soon:
        loop.turn()
    assert len(door.sessions) == 0
    assert door.engine.account.profile.about == ""
