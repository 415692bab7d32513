"""Leave to see each other: what is said for each wish, and what is made of what others say."""

import asyncio

import pytest

from ringback.domain.effects import ChangeContact, ContactAct
from ringback.domain.inputs import ContactCame, ContactsListed, Listed, Posted
from ringback.network.xmpp import roster as roster_module
from ringback.network.xmpp.memory import Memory
from ringback.network.xmpp.roster import Item, Roster
from support.stanzas import Shared, xml

BOB = "bob@away.example"
PUSH = (
    "<iq type='set'><query xmlns='jabber:iq:roster'>"
    "<item jid='bob@away.example' name='Bobby' subscription='{}'><group>Work</group></item></query></iq>"
)


class People(Shared):
    def __init__(self, memory=None) -> None:
        super().__init__(memory)
        self.roster = Roster(self.line)

    def said(self, act, text=""):
        return [s.get("type") for s in self.roster.post(ChangeContact("u", BOB, act, text), BOB)]

    def hear(self, kind, text="", sender=BOB):
        self.roster.heard(kind, sender, text)
        return self.took()


@pytest.mark.parametrize(
    ("item", "asks", "act", "said"),
    [
        (Item(), False, ContactAct.ASK, ["subscribe"]),
        (Item(), True, ContactAct.ASK, ["subscribed", "subscribe"]),
        (Item(subscription="from"), False, ContactAct.ASK, ["subscribe"]),
        (Item(), True, ContactAct.GRANT, ["subscribed", "subscribe"]),
        (Item(asked=True), True, ContactAct.GRANT, ["subscribed"]),
        (Item(subscription="to"), True, ContactAct.GRANT, ["subscribed"]),
        (Item(), False, ContactAct.GRANT, ["subscribed"]),
        (Item(subscription="both"), False, ContactAct.GRANT, []),
        (Item(), True, ContactAct.REFUSE, ["unsubscribed"]),
        (Item(subscription="both"), False, ContactAct.REFUSE, ["unsubscribed"]),
    ],
)
def test_a_wish_is_said_so(item, asks, act, said):
    people = People()
    if item != Item():
        people.roster.items[BOB] = item
    if asks:
        people.line.memory.asked[BOB] = "please"
    assert people.said(act, "hello") == said
    assert not people.line.memory.asked
    assert people.took() == ([] if said else [Posted("u")])


def test_a_question_carries_its_text():
    (stanza,) = People().roster.post(ChangeContact("u", BOB, ContactAct.ASK, "It is me"), BOB)
    assert stanza.find("{jabber:client}status").text == "It is me"


def test_the_list_is_changed_at_the_server():
    async def scene():
        people = People()
        people.roster.items[BOB] = Item("Bobby", "both", groups=("Work",))
        for act in (ContactAct.REMOVE, ContactAct.RENAME):
            assert people.said(act, "Bob") == []
            await asyncio.sleep(0)
            _, order, _, answer = people.wire.asked.pop()
            assert people.took() == []
            answer.set_result(type("Answer", (), {"xml": order}))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert people.took() == [Posted("u")]
            yield order

    async def collected():
        return [order async for order in scene()]

    removal, name = asyncio.run(collected())
    assert removal[0].get("subscription") == "remove"
    assert (name[0].get("name"), name[0][0].text) == ("Bob", "Work")


def test_who_is_in_no_list_cannot_be_renamed_there():
    people = People()
    assert people.said(ContactAct.RENAME, "Bob") == []
    assert people.took() == [Posted("u")]


def test_who_was_just_asked_is_in_the_list_before_the_server_says_so():
    async def scene():
        people = People()
        assert people.said(ContactAct.ASK, "hello") == ["subscribe"]
        orders = []
        for act in (ContactAct.RENAME, ContactAct.REMOVE):
            assert people.said(act, "Bobby") == []
            await asyncio.sleep(0)
            _, order, _, _ = people.wire.asked.pop()
            orders.append(order[0])
        people.roster.pushed(xml(PUSH.format("remove")))
        people.took()
        assert people.said(ContactAct.RENAME, "Bobby") == []
        assert people.took() == [Posted("u")]
        return orders

    name, removal = asyncio.run(scene())
    assert (name.get("jid"), name.get("name")) == (BOB, "Bobby")
    assert (removal.get("jid"), removal.get("subscription")) == (BOB, "remove")


def test_what_others_say_is_told():
    people = People()
    (asks,) = people.hear("subscribe", "please")
    assert (asks.sender, asks.act, asks.text, asks.gives) == (BOB, ContactAct.ASK, "please", False)
    people.roster.items[BOB] = Item(asked=True)
    (grants,) = people.hear("subscribed")
    (refuses,) = people.hear("unsubscribed")
    assert (grants.act, refuses.act) == (ContactAct.GRANT, ContactAct.REFUSE)
    assert asks.serial < grants.serial < refuses.serial


def test_leave_that_nobody_asked_for_is_nothing():
    people = People()
    assert people.hear("subscribed") + people.hear("unsubscribed") == []
    people.roster.post(ChangeContact("u", BOB, ContactAct.ASK, ""), BOB)
    assert [one.act for one in people.hear("subscribed")] == [ContactAct.GRANT]


def test_a_question_that_was_stored_is_not_asked_again(tmp_path):
    memory = Memory(tmp_path / "memory.json")
    people = People(memory)
    (asks,) = people.hear("subscribe", "please")
    assert len(people.hear("subscribe", "please")) == 1
    people.roster.stored(asks.receipt)
    assert Memory.read(memory.path).asked == {BOB: "please"}
    assert people.hear("subscribe", "please") == []
    assert len(people.hear("subscribe", "pretty please")) == 1
    (gone,) = people.hear("unsubscribe")
    assert (gone.act, memory.asked) == (ContactAct.REMOVE, {})
    people.roster.items[BOB] = Item(subscription="both")
    assert people.hear("unsubscribe") == []


def test_a_crowd_that_asks_is_bounded(monkeypatch):
    monkeypatch.setattr(roster_module, "ASKING_AT_MOST", 3)
    people = People()
    for i in range(5):
        people.roster.heard("subscribe", f"p{i}@away.example", "x" * 10_000)
    told = people.took()
    assert len(told) == 3
    assert all(isinstance(event, ContactCame) and len(event.text) <= 2_000 for event in told)


def test_the_list_is_told_as_it_is_and_not_as_it_was():
    """What was changed after it came and before it is told counts."""

    async def scene():
        people = People()
        people.line.spawn(people.roster.fetch())
        await people.answer(PUSH.format("both"))
        people.roster.pushed(xml(PUSH.format("none")))
        people.roster.show()
        told = people.took()
        assert [one.has_authorized for event in told for one in event.people] == [False, False]
        assert [event.whole for event in told] == [False, True]

    asyncio.run(scene())


def test_a_list_that_changes_while_it_comes_is_read_again():
    """But not for ever."""

    async def scene():
        people = People()
        people.line.spawn(people.roster.fetch())
        await people.turn()
        people.roster.pushed(xml(PUSH.format("none")))
        await people.answer(PUSH.format("to"))
        await people.answer(PUSH.format("none"))
        assert people.wire.asked == []
        people.took()
        people.roster.show()
        (event,) = people.took()
        assert [one.has_authorized for one in event.people] == [False]
        people.line.spawn(people.roster.fetch())
        for _ in range(roster_module.READ_AT_MOST):
            await people.turn()
            people.roster.pushed(xml(PUSH.format("none")))
            await people.answer(PUSH.format("to"))
        assert people.wire.asked == []

    asyncio.run(scene())


def test_a_push_says_how_somebody_stands_now():
    people = People()
    people.roster.pushed(xml(PUSH.format("to")))
    assert people.took() == [ContactsListed((Listed(BOB, None, True, name="Bobby"),))]
    people.roster.pushed(xml(PUSH.format("both")))
    people.took()
    people.roster.pushed(xml(PUSH.format("to")))
    assert people.took()[0].people[0].is_authorized is False
    people.roster.pushed(xml(PUSH.format("remove")))
    (event,) = people.took()
    assert (event.people[0].listed, event.people[0].is_authorized) == (False, False)
    assert people.roster.items == {}
