"""The life of a connection on a fake clock, with clients that do what the test says."""

import logging

import pytest

from ringback.network.xmpp.client import Trouble
from ringback.network.xmpp.link import ANSWER, ATTEMPT, PAUSE_AT_MOST, SILENCE, STEADY, Link
from support.clock import FakeClock


class Dummy:
    """A client. ``resumable``: the server keeps its end."""

    def __init__(self, ended) -> None:
        self.ended, self.resumable = ended, False
        self.handlers, self.heard = {}, lambda: None
        self.goes = self.asks = 0
        self.left = self.forgotten = False

    def add_event_handler(self, name, handler):
        self.handlers[name] = handler

    def go(self):
        self.goes += 1

    def begins(self):
        self.handlers["session_start"](None)

    def resumes(self):
        self.handlers["session_resumed"](None)

    def give_up(self, trouble):
        self.ended(trouble)

    def leave(self):
        self.left = True

    def forget(self):
        self.forgotten = True

    def ask_for_acknowledgement(self):
        self.asks += 1


class Stand:
    """A link with what it told, and what its session was told."""

    def __init__(self, chance=1.0) -> None:
        self.clock, self.clients, self.told, self.session = FakeClock(), [], [], []
        self.link = Link(self.make, self, self.clock, lambda: chance, self.tell, lambda: None)

    def make(self, ended):
        self.clients.append(Dummy(ended))
        return self.clients[-1]

    def tell(self, state, why):
        self.told.append((state, why))

    def begun(self, client):
        self.session.append("begun")
        self.link.ready()

    def resumed(self):
        self.session.append("resumed")

    def lost(self, resumable):
        self.session.append(f"lost, {'kept' if resumable else 'gone'}")

    @property
    def client(self):
        return self.clients[-1]

    def fails(self, why="no connection", lasting=False):
        self.client.ended(Trouble(why, lasting))

    def wait(self):
        """Let time pass to the next deadline; gives how long that was."""
        due = self.link.next_deadline()
        waited = due - self.clock.seconds
        self.clock.seconds = due
        self.link.advance(due)
        return waited


def test_a_connection_is_made_and_left():
    stand = Stand()
    assert stand.link.next_deadline() is None
    stand.link.open()
    stand.link.open()
    stand.client.begins()
    stand.link.close()
    assert stand.told == [("connecting", ""), ("online", "")]
    assert (len(stand.clients), stand.client.goes, stand.client.left) == (1, 1, True)
    assert stand.session == ["begun", "lost, gone"]
    stand.client.ended(Trouble("late"))
    assert stand.link.state == "offline"
    assert stand.link.next_deadline() is None


def test_pauses_double_up_to_an_end_and_are_never_the_same_for_two():
    pauses = {}
    for chance in (0.0, 1.0):
        stand = Stand(chance)
        stand.link.open()
        pauses[chance] = []
        for _ in range(10):
            stand.fails()
            assert stand.told[-1] == ("pausing", "no connection")
            pauses[chance].append(stand.wait())
            assert stand.told[-1] == ("connecting", "")
    assert pauses[1.0] == [2, 4, 8, 16, 32, 64, 128, 256, PAUSE_AT_MOST, PAUSE_AT_MOST]
    assert pauses[0.0] == [pause / 2 for pause in pauses[1.0]]


def test_a_cut_connection_is_taken_up_again_at_once():
    stand = Stand()
    stand.link.open()
    stand.client.begins()
    stand.client.resumable = True
    stand.fails("cut")
    assert stand.told[-1] == ("connecting", "cut")
    assert stand.wait() <= 1
    assert (len(stand.clients), stand.client.goes) == (1, 2)
    stand.client.resumes()
    assert stand.told[-1] == ("online", "")
    assert stand.session == ["begun", "lost, kept", "resumed"]


def test_what_cannot_be_resumed_begins_anew():
    stand = Stand()
    stand.link.open()
    stand.client.begins()
    stand.fails("cut")
    stand.wait()
    stand.client.begins()
    assert len(stand.clients) == 2
    assert stand.clients[0].forgotten
    assert stand.session == ["begun", "lost, gone", "begun"]


def test_what_time_does_not_mend_ends_it(caplog):
    stand = Stand()
    stand.link.open()
    stand.fails("wrong password", lasting=True)
    assert stand.told[-1] == ("offline", "wrong password")
    assert stand.link.next_deadline() is None
    assert "wrong password" in caplog.text
    stand.link.open()
    assert stand.told[-1] == ("connecting", "")
    caplog.clear()


def test_no_password_is_said_too(caplog):
    stand = Stand()
    stand.make = lambda ended: (_ for _ in ()).throw(ValueError("no password"))
    stand.link._make = stand.make
    stand.link.open()
    assert stand.told[-1] == ("offline", "no password")
    caplog.clear()


def test_an_attempt_has_an_end():
    stand = Stand()
    stand.link.open()
    assert stand.wait() == ATTEMPT
    assert stand.told[-1] == ("pausing", "the server takes too long")


@pytest.mark.parametrize("answers", [True, False])
def test_silence_is_asked_about(answers):
    stand = Stand()
    stand.link.open()
    stand.client.begins()
    stand.client.heard()
    assert stand.wait() == SILENCE
    assert stand.client.asks == 1
    if answers:
        stand.clock.seconds += 1
        stand.client.heard()
        assert stand.wait() == SILENCE
        assert stand.client.asks == 2
    else:
        assert stand.wait() == ANSWER
        assert stand.told[-1] == ("connecting", "the server has gone silent")


def test_the_password_is_read_anew_for_each_new_connection(caplog):
    caplog.set_level(logging.CRITICAL)
    stand = Stand()
    stand.link.open()
    for _ in range(3):
        stand.fails()
        stand.wait()
    assert len(stand.clients) == 4


def test_sessions_that_do_not_last_are_begun_after_growing_pauses():
    """Or a server that ends each session at once would be asked every second for ever."""
    stand = Stand()
    stand.link.open()
    pauses = []
    for _ in range(4):
        stand.client.begins()
        stand.fails("policy")
        pauses.append(stand.wait())
    assert pauses == [1, 4, 8, 16]
    assert [state for state, why in stand.told if why] == ["connecting", "pausing", "pausing", "pausing"]
    stand.client.begins()
    stand.clock.seconds += STEADY
    stand.fails("cut")
    assert stand.wait() == 1


def test_after_a_session_failures_are_counted_anew():
    stand = Stand()
    stand.link.open()
    for _ in range(6):
        stand.fails()
        stand.wait()
    stand.client.begins()
    stand.fails("cut")
    assert stand.wait() == 1
    stand.fails()
    assert stand.wait() == 4


def test_what_was_said_and_not_answered_is_not_waited_for_as_long_as_silence():
    stand = Stand()
    stand.link.open()
    stand.client.begins()
    stand.clock.seconds += 5
    stand.link.ask()
    stand.clock.seconds += 5
    stand.link.ask()
    assert stand.client.asks == 2
    assert stand.wait() == ANSWER - 5
    assert stand.told[-1] == ("connecting", "the server has gone silent")


def test_who_mended_something_need_not_wait_for_the_end_of_a_pause():
    stand = Stand()
    stand.link.open()
    for _ in range(5):
        stand.fails()
        stand.wait()
    stand.fails()
    stand.link.open()
    assert stand.told[-1] == ("connecting", "")
    stand.link.open()
    assert len(stand.clients) == 7
    stand.fails()
    assert stand.wait() == 2
