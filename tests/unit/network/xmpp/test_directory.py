"""People are looked for in the fields that the server's directory has."""

import asyncio

import pytest

from ringback.network.xmpp import directory
from ringback.network.xmpp.directory import Directory
from support.stanzas import Shared

ITEMS = (
    "<iq><query xmlns='http://jabber.org/protocol/disco#items'><item jid='rooms.home.example'/>"
    "<item jid='people.home.example'/></query></iq>"
)
INFO = (
    "<iq><query xmlns='http://jabber.org/protocol/disco#info'><identity category='{}' type='{}'/>"
    "<feature var='jabber:iq:search'/></query></iq>"
)
FORM = (
    "<iq><query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='form'>"
    "<field var='user'/><field var='fn'/><field var='email'/><field var='shoe size'/></x></query></iq>"
)


def people(*who):
    items = "".join(
        f"<item><field var='jid'><value>{address}</value></field>"
        f"<field var='fn'><value>{name}</value></field></item>"
        for address, name in who
    )
    return (
        "<iq><query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='result'>"
        f"<reported><field var='jid'/></reported>{items}</x></query></iq>"
    )


class Desk(Shared):
    def __init__(self) -> None:
        super().__init__()
        self.directory = Directory(self.line)
        self.found = 0
        self.directory.found = self._found

    def _found(self):
        self.found += 1

    async def find(self):
        self.line.spawn(self.directory.find())
        await self.answer(ITEMS)
        await self.answer(INFO.format("conference", "text"))
        await self.answer(INFO.format("directory", "user"))
        await self.answer(FORM)
        return self

    def wanted(self):
        """Fields and values that are looked for now."""
        return [
            (field.get("var"), field[0].text)
            for _, order, _, _ in self.wire.asked
            for field in order.iter("{jabber:x:data}field")
            if field.get("var") != "FORM_TYPE"
        ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ann", [("user", "ann*"), ("fn", "ann*")]),
        ("Ann Anders*", [("fn", "Ann Anders*")]),
        ("ann@mail.example", [("email", "ann@mail.example")]),
        ("**", []),
        ("a\x01b", []),
    ],
)
def test_what_is_looked_for_is_what_the_language_says(text, wanted):
    async def scene():
        desk = await Desk().find()
        assert desk.directory.there
        assert desk.found == 1
        search = asyncio.ensure_future(desk.directory.search(text))
        await desk.turn()
        said = []
        while desk.wire.asked:
            said += desk.wanted()
            await desk.answer(people(("anna@home.example", "Ann Anders"), ("", "Nobody")))
        assert said == wanted
        handles = [(person.handle, dict(person.fields)) for person in await search]
        assert handles == ([("anna", {"fullname": "Ann Anders"})] if wanted else [])

    asyncio.run(scene())


def test_a_look_that_was_cut_or_not_answered_is_made_again_and_no_other():
    async def scene():
        desk = Desk()
        desk.line.spawn(desk.directory.find())
        await desk.answer(ITEMS)
        desk.line.cut()
        await desk.turn()
        desk.wire.asked.clear()
        desk.line.client = desk.wire
        desk.line.spawn(desk.directory.find())
        await desk.turn()
        searching = asyncio.ensure_future(desk.directory.search("ann"))
        await desk.answer(ITEMS)
        assert not searching.done()
        for _ in range(2):
            await desk.refuse()
        assert await searching == []
        await desk.find()
        assert desk.directory.there
        assert desk.found == 1
        desk.line.spawn(desk.directory.find())
        await desk.turn()
        assert desk.wire.asked == []

    asyncio.run(scene())


def test_no_more_than_a_screenful_is_taken(monkeypatch):
    async def scene():
        monkeypatch.setattr(directory, "FOUND_AT_MOST", 3)
        desk = await Desk().find()
        search = asyncio.ensure_future(desk.directory.search("ann"))
        await desk.answer(people(*((f"a{i}@home.example", "x" * 9_000) for i in range(9))))
        assert desk.wire.asked == []
        found = await search
        assert [person.handle for person in found] == ["a0", "a1", "a2"]
        assert len(dict(found[0].fields)["fullname"]) == directory.LONGEST_NAME

    asyncio.run(scene())


def test_a_server_without_one_finds_nobody_and_is_not_asked():
    async def scene():
        desk = Desk()
        searching = asyncio.ensure_future(desk.directory.search("ann"))
        await desk.turn()
        assert not searching.done()
        desk.line.spawn(desk.directory.find())
        await desk.answer(ITEMS)
        await desk.answer(INFO.format("conference", "text"))
        await desk.refuse()
        assert not desk.directory.there
        assert await searching == []
        assert desk.wire.asked == []

    asyncio.run(scene())
