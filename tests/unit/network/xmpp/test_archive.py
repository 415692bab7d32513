"""Where in the archive we are, and what is read once more."""

import asyncio
from types import SimpleNamespace

import pytest

from ringback.domain.inputs import MessageCame
from ringback.network.xmpp import names
from ringback.network.xmpp.archive import FRESH, SOMETIMES, Archive
from ringback.network.xmpp.chats import Mail, Origin
from ringback.network.xmpp.line import Refused
from ringback.network.xmpp.roster import Roster
from support.stanzas import Shared, xml

ENTRY = (
    "<result xmlns='urn:xmpp:mam:2' queryid='q{}' id='{}'><forwarded xmlns='urn:xmpp:forward:0'>"
    "<delay xmlns='urn:xmpp:delay' stamp='2023-11-14T22:13:{:06.3f}Z'/>"
    "<message xmlns='jabber:client' type='chat' id='message-{}'><body>{}</body></message>"
    "</forwarded></result>"
)


class Reader(Shared):
    def __init__(self) -> None:
        super().__init__()
        self.archive = Archive(self.line, lambda: None)
        self.mail = Mail(self.line, Roster(self.line), lambda: None)
        self.archive.there, self.line.memory.archive = True, "a0"
        self.archive.take = self.entry
        self.queries = 0

    def entry(self, ident, forwarded):
        self.mail.heard(forwarded[1], Origin("bob@away.example", archive=ident, stamp=7.0))

    async def look(self, *entries, coming=False):
        """Gives after which entry it asked, and the bodies that were told."""
        self.queries += 1
        looking = asyncio.ensure_future(self.archive.catch_up(self.mail, coming=coming))
        await asyncio.sleep(0)
        _, query, _, answer = self.wire.asked.pop()
        after = query.find(f"{names.tag(names.RSM, 'set')}/{names.tag(names.RSM, 'after')}").text
        for ident, second in entries:
            self.archive.heard(xml(ENTRY.format(self.queries, ident, second, ident, ident)))
        last = f"<set xmlns='http://jabber.org/protocol/rsm'><last>{entries[-1][0]}</last></set>"
        answer.set_result(
            SimpleNamespace(xml=xml(f"<iq><fin xmlns='urn:xmpp:mam:2' complete='true'>{last}</fin></iq>"))
        )
        await looking
        told = [event for event in self.took() if isinstance(event, MessageCame)]
        for event in told:
            self.mail.stored(event.receipt)
        return after, [event.body for event in told]


def test_who_comes_reads_the_end_of_the_archive_again():
    """What another hand of the server wrote behind an entry that is dated later is not passed over."""

    async def scene():
        reader = Reader()
        assert await reader.look(("a1", 10.0), ("a2", 12.0), ("a4", 12.2), coming=True) == (
            "a0",
            ["a1", "a2", "a4"],
        )
        assert FRESH < 2
        assert await reader.look(("a2", 12.0), ("a3", 12.1), ("a4", 12.2), coming=True) == ("a1", ["a3"])
        # Once all comes by itself, what is read is done with.
        assert await reader.look(("a2", 12.0), ("a3", 12.1), ("a4", 12.2)) == ("a1", [])
        assert await reader.look(("a5", 12.3)) == ("a4", ["a5"])

    asyncio.run(scene())


def test_what_was_said_before_the_first_session_stays_where_it_is_when_the_archive_forgets():
    async def scene():
        reader = Reader()
        reader.line.memory.since = 86_400.0
        looking = asyncio.ensure_future(reader.archive.catch_up(reader.mail))
        asked, _ = await reader.refuse("item-not-found")
        assert asked.find(f".//{{{names.RSM}}}after").text == "a0"
        asked, _ = await reader.answer("<iq><fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>")
        assert asked.find(f".//{{{names.RSM}}}after") is None
        assert names.form_of(asked.find(f"{{{names.DATA}}}x"))["start"] == ["1970-01-02T00:00:00Z"]
        await looking

    asyncio.run(scene())


def test_a_server_that_refuses_a_look_is_not_asked_again_at_once():
    """However long something that was sent waits for a proof."""

    async def scene():
        reader = Reader()
        reader.archive.doubt = lambda: 0.0
        looking = asyncio.ensure_future(reader.archive.catch_up(reader.mail))
        await reader.refuse("resource-constraint")
        with pytest.raises(Refused):
            await looking
        assert reader.archive.next_deadline() == reader.clock.seconds + SOMETIMES

    asyncio.run(scene())
