"""What leaves when: in one piece, in its order, and asked about no more often than needed."""

import asyncio
import ssl

import pytest

from ringback.network.xmpp import client as module
from ringback.network.xmpp import names
from ringback.network.xmpp.client import WINDOW, Client, Credentials
from ringback.network.xmpp.link import Link
from support.clock import FakeClock

#: Longer than in earnest, so that a machine with much to do is quick enough.
ASK = 0.1


@pytest.fixture(autouse=True)
def slow_questions(monkeypatch):
    monkeypatch.setattr(module, "ASK", ASK)


class Transport:
    """Notes what is written."""

    def __init__(self):
        self.pieces = []

    def write(self, data):
        self.pieces.append(data.decode())

    def is_closing(self):
        return "closed" in self.pieces

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def close(self):
        self.pieces.append("closed")


class Stand:
    """A client in the middle of a session."""

    def __init__(self):
        self.client = Client(Credentials("alice@home.example", "secret"), lambda _trouble: None)
        self.client.transport = self.transport = Transport()
        self.client.socket = ssl.create_default_context().wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="home.example"
        )
        self.client.sessionstarted = self.client._session_started = True
        self.client.features.add("stream_management")
        self.managing = self.client.plugin["xep_0198"]
        self.managing.enabled_in = self.managing.enabled_out = True
        self.sending = asyncio.ensure_future(self.client.run_filters())
        self.took = []
        self.client.message = self.took.append
        self.client.init_parser()
        self.hear("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>")

    def hear(self, text):
        self.client.data_received(text.encode())

    def say(self, ident):
        message = names.element(names.CLIENT, "message", to="bob@away.example", id=ident)
        self.client.say(message)
        return names.written(message)

    async def written(self, seconds=0.0):
        await asyncio.sleep(seconds)
        for _ in range(5):
            await asyncio.sleep(0)
        pieces, self.transport.pieces = self.transport.pieces, []
        return pieces


def run(scenario):
    async def play():
        stand = Stand()
        await scenario(stand)
        stand.sending.cancel()
        stand.client.forget()

    asyncio.run(play())


def test_what_is_said_in_one_turn_leaves_in_one_piece():
    async def scenario(stand):
        said = [stand.say("1"), stand.say("2")]
        stand.client.ask_soon()
        assert await stand.written() == ["".join(said) + "<r xmlns='urn:xmpp:sm:3'/>"]
        assert stand.client.unacknowledged == {"1", "2"}

    run(scenario)


def test_what_slixmpp_has_to_send_is_not_overtaken():
    async def scenario(stand):
        presence = stand.client.Presence()
        presence["status"] = "first"
        stand.client.send(presence)
        stand.say("1")
        out = ""
        async with asyncio.timeout(10):
            while "bob@away.example" not in out:
                out += "".join(await stand.written())
        assert "first" in out.partition("bob@away.example")[0]
        assert len(stand.managing.unacked_queue) == 2

    run(scenario)


def test_what_the_server_has_got_is_told():
    async def scenario(stand):
        got = []
        stand.client.add_event_handler("stanza_acked", lambda stanza: got.append(stanza.ident))
        stand.say("1")
        stand.say("2")
        stand.hear("<a xmlns='urn:xmpp:sm:3' h='1'/>")
        assert (got, stand.client.unacknowledged) == (["1"], {"2"})
        stand.hear("<a xmlns='urn:xmpp:sm:3' h='2'/><a xmlns='urn:xmpp:sm:3' h='2'/>")
        assert got == ["1", "2"]

    run(scenario)


def test_its_question_is_answered_with_the_next_word_or_soon():
    async def scenario(stand):
        stand.hear("<message id='x'/><r xmlns='urn:xmpp:sm:3'/><message id='y'/>")
        assert [message.get("id") for message in stand.took] == ["x", "y"]
        said = stand.say("1")
        assert await stand.written() == ["<a xmlns='urn:xmpp:sm:3' h='2'/>" + said]
        stand.hear("<message id='z'/><r xmlns='urn:xmpp:sm:3'/>")
        assert await stand.written() == []
        assert await stand.written(2 * ASK) == ["<a xmlns='urn:xmpp:sm:3' h='3'/>"]
        assert await stand.written(2 * ASK) == []

    run(scenario)


def test_it_is_asked_at_once_and_then_once_something_waits():
    async def scenario(stand):
        asked, begun = "<r xmlns='urn:xmpp:sm:3'/>", asyncio.get_running_loop().time()
        stand.client.owed = lambda: asyncio.get_running_loop().time() - begun
        stand.client.ask_soon()
        assert await stand.written() == [asked]
        stand.client.ask_soon()
        stand.client.ask_soon()
        assert await stand.written() == []
        assert await stand.written(3 * ASK) == [asked]

    run(scenario)


def test_it_is_not_asked_while_others_are_quick_to_confirm():
    async def scenario(stand):
        stand.client.ask_soon()
        await stand.written()
        stand.client.owed = lambda: ASK / 5
        stand.client.ask_soon()
        assert await stand.written(3 * ASK) == []
        stand.client.owed = lambda: None
        assert await stand.written(3 * ASK) == []
        stand.client.ask_soon()
        assert await stand.written() == ["<r xmlns='urn:xmpp:sm:3'/>"]

    run(scenario)


def test_it_is_asked_in_the_end_even_if_nobody_waits_for_it():
    async def scenario(stand):
        stand.client.owed = lambda: None
        for number in range(3 * WINDOW):
            stand.say(str(number))
        pieces = await stand.written(2 * ASK)
        assert 1 <= "".join(pieces).count("<r ") <= 2

    run(scenario)


def test_what_was_not_read_before_a_goodbye_is_not_heard_after_it():
    async def scenario(stand):
        stand.hear("<message/>" * 1_000)
        heard = len(stand.took)
        assert 0 < heard < 1_000
        stand.client.leave()
        await stand.written()
        stand.client.connection_lost(None)
        await stand.written()
        assert len(stand.took) == heard

    run(scenario)


def test_a_goodbye_is_said_before_the_connection_ends():
    async def scenario(stand):
        stand.hear("<message/>")
        said = stand.say("1")
        stand.client.leave()
        (piece, closed) = await stand.written()
        answer = "<a xmlns='urn:xmpp:sm:3' h='1'/>"
        assert piece == f"{answer}{said}<presence type='unavailable'/></stream:stream>"
        assert closed == "closed"

    run(scenario)


def test_a_bad_message_ends_nothing(caplog):
    async def scenario(stand):
        def broken(message):
            raise ValueError(message)

        stand.client.message = broken
        stand.hear("<message/>")
        stand.client.message = stand.took.append
        stand.hear("<message id='x'/>")
        assert len(stand.took) == 1
        assert stand.managing.handled == 2

    run(scenario)
    assert [record.message for record in caplog.records] == ["unexpected error"]
    caplog.clear()


def test_a_session_that_was_cut_while_it_was_prepared_is_not_gone_on_with():
    """Nobody would ask for the list, the blocked and the archive any more."""

    async def scenario(stand):
        link = Link(lambda _: stand.client, None, FakeClock(), lambda: 0.5, lambda *_: None, lambda: None)
        link.client = stand.client
        stand.managing._handle_enabled({"id": "session"})
        assert not stand.client.resumable
        link.ready()
        assert stand.client.resumable
        # The server does not know it any more, and a new one begins.
        stand.managing._handle_enabled({"id": "next"})
        assert not stand.client.resumable

    run(scenario)
