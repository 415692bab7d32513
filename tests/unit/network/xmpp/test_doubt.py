"""Contacts of whom nothing is heard any more, on a fake clock."""

import asyncio

import pytest
from slixmpp.jid import JID

from ringback.domain.inputs import PersonSeen
from ringback.network.xmpp.doubt import DOUBT, GRACE, SOON, STEP, Doubt
from ringback.network.xmpp.presence import PresenceBook
from ringback.network.xmpp.roster import Item, Roster
from support.stanzas import Shared, xml

BOB, EVE = "bob@away.example", "eve@away.example"


class Night(Shared):
    """What Alice knows of Bob, who sees her, and of Eve, who does not."""

    def __init__(self) -> None:
        super().__init__()
        self.roster = Roster(self.line)
        self.roster.items[BOB] = Item(subscription="both")
        self.roster.items[EVE] = Item(subscription="to")
        self.book = PresenceBook(self.line, self.roster)
        self.doubt = Doubt(self.line, self.roster, self.book, lambda: None)

    def comes(self, full, kind=""):
        self.book.heard(JID(full), xml(f"<presence type='{kind}'/>"))
        self.doubt.heard(JID(full).bare)

    def seen(self, who):
        """As what the engine was told last."""
        handle = self.line.addresses.handle(who)
        told = [dict(e.fields) for e in self.events if isinstance(e, PersonSeen) and e.handle == handle]
        return told[-1]["online_status"]

    async def wait(self):
        """Until the next deadline; gives how long that was."""
        due = self.doubt.next_deadline()
        waited = due - self.clock.seconds
        self.clock.seconds = due
        self.doubt.advance(due)
        await self.turn()
        return waited

    def probed(self):
        said, self.wire.said[:] = list(self.wire.said), []
        assert {(stanza.tag, stanza.get("type")) for stanza in said} <= {("{jabber:client}presence", "probe")}
        return [stanza.get("to") for stanza in said]


def night(scene):
    """Run a scene in a night of its own."""

    def run(*arguments):
        async def played():
            await scene(Night(), *arguments)

        asyncio.run(played())

    return run


@pytest.mark.parametrize("condition", ["service-unavailable", "recipient-unavailable", "item-not-found"])
def test_a_device_that_is_not_there_is_gone(condition):
    @night
    async def scene(here):
        here.comes(f"{BOB}/desk")
        assert await here.wait() == DOUBT
        assert here.probed() == [BOB]
        assert await here.wait() == GRACE
        payload, to = await here.refuse(condition)
        assert (payload.tag, to) == ("{urn:xmpp:ping}ping", f"{BOB}/desk")
        assert here.seen(BOB) == "offline"
        assert here.doubt.next_deadline() is None

    scene()


def test_who_shows_themselves_is_not_asked_more():
    @night
    async def scene(here):
        here.comes(f"{BOB}/desk")
        await here.wait()
        here.clock.seconds += 1
        here.comes(f"{BOB}/desk")
        assert await here.wait() == DOUBT
        assert here.wire.asked == []
        assert here.seen(BOB) == "online"

    scene()


def test_of_several_devices_those_are_gone_that_are():
    @night
    async def scene(here):
        for name in ("a", "b", "c", "d"):
            here.comes(f"{BOB}/{name}")
        await here.wait()
        here.comes(f"{BOB}/a")
        here.book.spoke(JID(f"{BOB}/b"))
        await here.wait()
        outcome = {f"{BOB}/c": here.answer, f"{BOB}/d": lambda: here.refuse("service-unavailable")}
        for _ in range(2):
            await outcome.pop(here.wire.asked[0][2])()
        assert not outcome
        assert set(here.book.devices[BOB]) == {"a", "b", "c"}
        assert here.seen(BOB) == "online"

    scene()


def test_a_program_that_knows_no_pings_is_there():
    @night
    async def scene(here):
        here.comes(f"{BOB}/desk")
        await here.wait()
        await here.wait()
        await here.refuse("feature-not-implemented")
        assert here.seen(BOB) == "online"

    scene()


def test_who_may_not_see_us_does_not_find_out_that_we_are_there():
    @night
    async def scene(here):
        here.comes(f"{EVE}/desk")
        await here.wait()
        await here.wait()
        _, to = await here.answer()
        assert to == EVE
        assert here.seen(EVE) == "offline"

    scene()


@pytest.mark.parametrize("condition", ["", "remote-server-not-found", "remote-server-timeout"])
def test_if_nobody_answers_it_is_asked_once_more_and_then_until_they_are_there_again(condition):
    @night
    async def scene(here):
        here.comes(f"{BOB}/desk")
        for _ in range(2):
            assert here.seen(BOB) == "online"
            assert await here.wait() == DOUBT
            assert await here.wait() == GRACE
            await here.refuse(condition)
        assert here.seen(BOB) == "offline"
        here.probed()
        assert await here.wait() == DOUBT
        assert here.probed() == [BOB]
        await here.wait()
        assert (await here.refuse(condition))[1] == BOB
        assert await here.wait() == DOUBT
        here.comes(f"{BOB}/desk")
        assert here.seen(BOB) == "online"

    scene()


def test_who_is_not_there_when_their_server_is_again_is_asked_no_more():
    @night
    async def scene(here):
        here.comes(f"{BOB}/desk")
        for _ in range(2):
            await here.wait()
            await here.wait()
            await here.refuse()
        await here.wait()
        await here.wait()
        await here.refuse("service-unavailable")
        assert here.doubt.next_deadline() is None

    scene()


def test_whom_we_said_something_is_doubted_sooner_unless_they_answer():
    @night
    async def scene(here):
        here.comes(f"{BOB}/desk")
        here.doubt.said(BOB)
        here.clock.seconds += 5
        here.doubt.said(BOB)
        assert here.doubt.next_deadline() == here.clock.seconds + SOON - 5
        here.doubt.heard(BOB)
        assert here.doubt.next_deadline() == here.clock.seconds + DOUBT
        here.doubt.said("nobody@away.example")
        here.doubt.said(BOB)
        assert await here.wait() == SOON
        assert here.probed() == [BOB]

    scene()


def test_who_gives_a_sign_after_being_missed_is_asked_at_once_whoever_else_waits():
    @night
    async def scene(here):
        here.comes(f"{BOB}/desk")
        for _ in range(2):
            await here.wait()
            await here.wait()
            await here.refuse()
        assert here.seen(BOB) == "offline"
        here.probed()
        here.comes(f"{EVE}/desk")
        here.doubt.said(EVE)
        here.clock.seconds += STEP
        here.comes(BOB, "unavailable")
        assert await here.wait() == 0
        assert here.probed() == [BOB]
        # Those who give signs all the time do not keep away whom they overtook once.
        await here.wait()
        await here.refuse()
        here.clock.seconds += SOON
        here.comes(BOB, "unavailable")
        await here.wait()
        assert here.probed() == [EVE]

    scene()


@pytest.mark.parametrize("alive", [False, True])
def test_one_is_asked_at_a_time(alive):
    @night
    async def scene(here):
        for number in range(50):
            who = f"p{number}@away.example"
            here.roster.items[who] = Item(subscription="both")
            here.comes(f"{who}/x")
        began, asked = here.clock.seconds, 0
        while asked < 50:
            await here.wait()
            probed = here.probed()
            asked += len(probed)
            assert len(here.wire.asked) <= 1
            if here.wire.asked:
                await here.answer()
            elif alive and probed:
                here.comes(f"{probed[0]}/x")
        assert here.clock.seconds - began == DOUBT + 49 * (STEP if alive else GRACE + STEP)

    scene()


def test_a_connection_that_is_cut_ends_the_question_and_a_session_all_of_them():
    @night
    async def scene(here):
        here.comes(f"{BOB}/desk")
        await here.wait()
        await here.wait()
        here.line.cut()
        here.doubt.over()
        await here.turn()
        here.line.client = here.wire
        assert here.doubt.next_deadline() == here.clock.seconds + DOUBT
        here.doubt.forget()
        assert here.doubt.next_deadline() is None

    scene()
