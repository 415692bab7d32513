"""Who is kept away: said to the server, heard from it, and bounded."""

import asyncio

from ringback.domain.effects import ChangeContact, ContactAct
from ringback.domain.inputs import Barred, Posted
from ringback.network.xmpp import blocking as blocking_module
from ringback.network.xmpp import names
from ringback.network.xmpp.blocking import Blocking
from ringback.network.xmpp.roster import Item, Roster
from support.stanzas import Shared, xml

BOB = "bob@away.example"


class Door(Shared):
    def __init__(self, *features) -> None:
        super().__init__()
        self.line.features = frozenset(features)
        self.roster = Roster(self.line)
        self.roster.items[BOB] = Item(subscription="both")
        self.told = []
        self.blocking = Blocking(self.line, self.roster, self._changed, self.told.append)

    async def _changed(self):
        self.told.append("changed")

    def wants(self, act):
        return self.roster.post(ChangeContact("u", BOB, act), BOB)


def test_a_wish_is_done_when_it_is_so_everywhere():
    async def scene():
        door = Door(names.BLOCKING)
        for act, word, told in (
            (ContactAct.BLOCK, "block", ["changed"]),
            (ContactAct.UNBLOCK, "unblock", ["changed", BOB]),
        ):
            assert door.wants(act) == []
            order, _ = await door.answer()
            assert order.tag == names.tag(names.BLOCKING, word)
            assert [item.get("jid") for item in order] == [BOB]
            assert door.told == told
            assert door.took() == [Posted("u")]
            door.told.clear()
        assert [(stanza.get("to"), stanza.get("type")) for stanza in door.wire.said] == [(BOB, "unavailable")]

    asyncio.run(scene())


def test_a_server_that_keeps_nobody_away_is_not_asked_to():
    door = Door()
    assert door.wants(ContactAct.BLOCK) == []
    assert door.took() == [Posted("u")]
    assert door.wire.said == []


def test_what_other_devices_want_is_heard():
    async def scene():
        door = Door(names.BLOCKING)
        door.line.spawn(door.blocking.fetch())
        listed = "".join(
            f"<item jid='{jid}'/>"
            for jid in (BOB, "Eve@home.example", "spam.example", "bob@x/phone", "@", "")
        )
        await door.answer(f"<iq><blocklist xmlns='urn:xmpp:blocking'>{listed}</blocklist></iq>")
        assert door.took() == [Barred((BOB, "eve"), whole=True)]
        for push, event, told in (
            (f"<block xmlns='urn:xmpp:blocking'><item jid='{BOB}'/></block>", Barred((BOB,)), ["changed"]),
            (
                f"<unblock xmlns='urn:xmpp:blocking'><item jid='{BOB}'/></unblock>",
                Barred((BOB,), blocked=False),
                ["changed", BOB],
            ),
            ("<unblock xmlns='urn:xmpp:blocking'/>", Barred((), blocked=False, whole=True), ["changed"]),
            # No people, and that is not nobody.
            (
                "<block xmlns='urn:xmpp:blocking'><item jid='spam.example'/></block>",
                Barred(()),
                ["changed"],
            ),
            (
                "<unblock xmlns='urn:xmpp:blocking'><item jid='spam.example'/></unblock>",
                Barred((), blocked=False),
                ["changed"],
            ),
        ):
            door.told.clear()
            door.blocking.pushed(xml(f"<iq type='set'>{push}</iq>"))
            await door.turn()
            assert door.took() == [event]
            assert door.told == told

    asyncio.run(scene())


def test_a_list_without_end_is_cut_and_whom_it_leaves_out_is_not_unblocked(monkeypatch):
    async def scene():
        monkeypatch.setattr(blocking_module, "BLOCKED_AT_MOST", 3)
        door = Door(names.BLOCKING)
        people = tuple(f"p{number}@away.example" for number in range(9))
        for count, whole in ((3, True), (9, False)):
            door.line.spawn(door.blocking.fetch())
            items = "".join(f"<item jid='{one}'/>" for one in people[:count])
            await door.answer(f"<iq><blocklist xmlns='urn:xmpp:blocking'>{items}</blocklist></iq>")
            assert door.took() == [Barred(people[:3], whole=whole)]
        door.blocking.pushed(xml(f"<iq type='set'><block xmlns='urn:xmpp:blocking'>{items}</block></iq>"))
        await door.turn()
        assert door.took() == [Barred(people[:3])]

    asyncio.run(scene())
