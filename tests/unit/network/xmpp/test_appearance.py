"""How the account is seen, and how it is there unseen."""

import asyncio

from ringback.network.xmpp import names
from ringback.network.xmpp.appearance import Appearance
from ringback.network.xmpp.roster import Item, Roster
from support.stanzas import Shared

BOB = "bob@away.example"
OWN_LIST = (
    "<iq><query xmlns='jabber:iq:privacy'><list name='blocked'><item type='jid' value='eve@evil.example' "
    "action='deny' order='7'/><item type='jid' value='ed@evil.example' action='deny' order='1'/></list>"
    "</query></iq>"
)


class Mirror(Shared):
    def __init__(self, *features) -> None:
        super().__init__()
        self.line.features = frozenset(features)
        self.line.memory.device = "d"
        self.roster = Roster(self.line)
        self.roster.items[BOB] = Item(subscription="both")
        self.appearance = Appearance(self.line, self.roster)
        self.changes = []
        self.appearance.changed = lambda: self.changes.append(self.appearance.unheard)

    def said(self):
        """Presences since the last time: type and show."""
        said, self.wire.said[:] = list(self.wire.said), []
        return [(s.get("type"), s.findtext("{jabber:client}show")) for s in said]

    async def hides(self, own="<iq><query xmlns='jabber:iq:privacy'><default/></query></iq>"):
        """Answer the questions that are asked on the way; gives the list, and what is put in force."""
        await self.answer(own)
        if "name=" in own:
            await self.answer(OWN_LIST)
        written, _ = await self.answer()
        active, _ = await self.answer()
        return written[0], active[0]


def test_the_account_is_seen_as_it_wants():
    mirror = Mirror()
    mirror.appearance.set_mood("glad")
    assert mirror.wire.said == []
    for state in ("online", "away", "na", "dnd", "skypeme"):
        mirror.appearance.publish(state)
    shows = [s.findtext("{jabber:client}show") for s in mirror.wire.said]
    assert shows == [None, "away", "xa", "dnd", "chat"]
    assert {s.findtext("{jabber:client}status") for s in mirror.wire.said} == {"glad"}
    mirror.appearance.set_mood("a\x01")
    assert mirror.wire.said[-1].find("{jabber:client}status") is None
    assert mirror.changes == [False]


def test_who_is_invisible_is_away_for_a_server_without_lists():
    async def scene():
        mirror = Mirror()
        mirror.appearance.publish("dnd")
        mirror.appearance.publish("invisible")
        await mirror.turn()
        assert mirror.said() == [(None, "dnd"), ("unavailable", None)]
        assert mirror.appearance.unheard
        mirror.appearance.set_mood("sad")
        mirror.appearance.publish_to(BOB)
        mirror.appearance.publish("invisible")
        await mirror.turn()
        assert mirror.said() == []
        mirror.appearance.publish("online")
        assert mirror.said() == [(None, None)]
        assert mirror.changes == [False, True, False]

    asyncio.run(scene())


def test_who_comes_invisible_says_nothing_at_all_there():
    async def scene():
        mirror = Mirror()
        mirror.appearance.publish("invisible")
        await mirror.turn()
        assert mirror.said() == []
        assert mirror.changes == [True]

    asyncio.run(scene())


def test_a_list_keeps_presence_back_before_there_is_any():
    async def scene():
        mirror = Mirror(names.PRIVACY)
        mirror.appearance.publish("invisible")
        await mirror.turn()
        assert mirror.said() == []
        written, active = await mirror.hides()
        assert [rule.tag for item in written for rule in item] == ["{jabber:iq:privacy}presence-out"]
        assert written.get("name") == active.get("name")
        assert mirror.said() == [(None, None)]
        assert (mirror.appearance.shown, mirror.appearance.unheard) == ("invisible", False)
        mirror.appearance.publish("away")
        await mirror.turn()
        assert mirror.said() == []
        (nothing, _) = await mirror.answer()
        assert nothing[0].get("name") is None
        assert mirror.said() == [(None, "away")]

    asyncio.run(scene())


def test_who_was_seen_goes_first_and_whom_we_block_stays_blocked():
    async def scene():
        mirror = Mirror(names.PRIVACY)
        mirror.appearance.publish("online")
        mirror.appearance.publish("invisible")
        await mirror.turn()
        assert mirror.said() == [(None, None), ("unavailable", None)]
        own = "<iq><query xmlns='jabber:iq:privacy'><default name='blocked'/></query></iq>"
        written, _ = await mirror.hides(own)
        assert [(item.get("order"), item.get("value")) for item in written] == [
            ("0", None),
            ("1", "ed@evil.example"),
            ("2", "eve@evil.example"),
        ]
        mirror.line.spawn(mirror.appearance.blocked_otherwise())
        await mirror.answer()
        (again, _) = await mirror.answer()
        assert again[0].get("name") == written.get("name")

    asyncio.run(scene())


def test_who_is_blocked_while_the_list_is_written_is_in_it():
    async def scene():
        mirror = Mirror(names.PRIVACY)
        mirror.appearance.publish("invisible")
        await mirror.turn()
        blocked = []

        async def block():
            await mirror.appearance.blocked_otherwise()
            blocked.append("eve@evil.example")

        mirror.line.spawn(block())
        await mirror.hides()
        assert not blocked
        await mirror.answer("<iq><query xmlns='jabber:iq:privacy'><default name='blocked'/></query></iq>")
        await mirror.answer(OWN_LIST)
        (written, _) = await mirror.answer()
        assert len(written[0]) == 3
        assert blocked

    asyncio.run(scene())


def test_the_last_wish_counts_when_the_server_takes_its_time():
    async def scene():
        mirror = Mirror(names.PRIVACY)
        mirror.appearance.publish("online")
        mirror.appearance.publish("invisible")
        await mirror.turn()
        for state in ("away", "dnd"):
            mirror.appearance.publish(state)
        await mirror.hides()
        await mirror.answer()
        said = mirror.said()
        assert said[0] == (None, None)
        assert said[-1] == (None, "dnd")
        assert (None, "away") not in said
        assert mirror.wire.asked == []
        # There and back, while it is on its way.
        mirror.appearance.publish("invisible")
        await mirror.turn()
        mirror.appearance.publish("dnd")
        await mirror.hides()
        await mirror.answer()
        assert mirror.appearance.shown == "dnd"

    asyncio.run(scene())


def test_a_server_that_takes_no_list_is_asked_for_what_goes_on():
    async def scene():
        mirror = Mirror(names.PRIVACY)
        mirror.appearance.publish("online")
        mirror.said()
        mirror.appearance.publish("invisible")
        await mirror.answer()
        await mirror.refuse()
        assert mirror.said() == [("unavailable", None)]
        assert mirror.appearance.unheard

    asyncio.run(scene())


def test_a_session_that_is_cut_on_the_way_hides_when_it_goes_on():
    async def scene():
        mirror = Mirror(names.PRIVACY)
        mirror.appearance.publish("invisible")
        await mirror.answer()
        mirror.line.cut()
        await mirror.turn()
        mirror.wire.asked.clear()
        mirror.line.client = mirror.wire
        mirror.appearance.publish("invisible")
        await mirror.hides()
        assert mirror.appearance.shown == "invisible"
        assert mirror.said() == [(None, None)]

    asyncio.run(scene())


def test_a_wish_that_was_cut_before_it_was_looked_at_does_not_keep_back_the_next():
    async def scene():
        mirror = Mirror()
        mirror.appearance.publish("invisible")
        mirror.line.cut()
        mirror.appearance.forget()
        await mirror.turn()
        mirror.line.client = mirror.wire
        mirror.said()
        mirror.appearance.publish("online")
        assert mirror.said() == [(None, None)]

    asyncio.run(scene())
