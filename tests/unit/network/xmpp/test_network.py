"""How a session begins, and goes on after a cut: what the server refuses, and what is looked at."""

import asyncio
from types import SimpleNamespace

import pytest
from slixmpp.exceptions import IqError, IqTimeout

from ringback.domain.inputs import Barred, LinkChanged, PersonSeen
from ringback.domain.nature import Part
from ringback.network.xmpp import names
from ringback.network.xmpp.memory import Memory
from ringback.network.xmpp.network import LOOKED_AT_ONCE, XmppNetwork
from support.clock import FakeClock
from support.stanzas import OWN, Wire, xml

HOME = "home.example"
DESK = f"people.{HOME}"
ROSTER = names.tag(names.ROSTER, "query")
INFO, ITEMS = names.tag(names.DISCO, "query"), names.tag(names.DISCO_ITEMS, "query")
CARBONS, BLOCKLIST = names.tag(names.CARBONS, "enable"), names.tag(names.BLOCKING, "blocklist")
SEARCH, LAST = names.tag(names.SEARCH, "query"), names.tag(names.LAST, "query")
ANSWERS = {
    (INFO, HOME): f"<feature var='{names.CARBONS}'/><feature var='{names.BLOCKING}'/>",
    (INFO, DESK): f"<identity category='directory' type='user'/><feature var='{names.SEARCH}'/>",
    (ITEMS, HOME): f"<item jid='{DESK}'/>",
    (SEARCH, DESK): "<x xmlns='jabber:x:data' type='form'><field var='user'/></x>",
}


class Client(Wire):
    """A connection to a server; it ``refuses`` some questions, and some people are ``deaf``."""

    def __init__(self, contacts) -> None:
        super().__init__()
        self.contacts = [f"{name}@away.example" for name in contacts]
        self.refuses: dict[str, str] = {}
        self.deaf: set[str] = set()
        self.trouble = None
        self.unacknowledged: set[str] = set()
        self.boundjid = SimpleNamespace(full=f"{OWN}/here")
        self.plugin = {"xep_0115": SimpleNamespace(update_caps=self._nothing)}

    async def _nothing(self, **_how) -> None:
        pass

    def give_up(self, trouble) -> None:
        self.trouble = trouble

    def ask_for_acknowledgement(self) -> None:
        pass

    def looked_at(self):
        """Whose questions wait for an answer now."""
        return {to for _, _, to, _ in self.asked if to.endswith("@away.example")}

    def answer(self) -> bool:
        """Answer what can be; False if nothing was asked that can."""
        held = [question for question in self.asked if question[2] in self.deaf]
        given = [question for question in self.asked if question[2] not in self.deaf]
        self.asked = held
        for _, payload, to, answer in given:
            condition = self.refuses.get(payload.tag)
            if condition is not None:
                fault = {"error": {"condition": condition, "text": "", "type": "cancel"}}
                answer.set_exception(IqError(fault) if condition else IqTimeout(None))
                continue
            space, _, name = payload.tag[1:].partition("}")
            inside = ANSWERS.get((payload.tag, to), "")
            more = ""
            if payload.tag == ROSTER:
                inside = "".join(f"<item jid='{one}' subscription='both'/>" for one in self.contacts)
            elif payload.tag == LAST:
                more = " seconds='60'"
            answer.set_result(
                SimpleNamespace(xml=xml(f"<iq><{name} xmlns='{space}'{more}>{inside}</{name}></iq>"))
            )
        return bool(given)


class House:
    """An account of whose session the test is the server."""

    def __init__(self, *contacts) -> None:
        self.events: list = []
        self.client = Client(contacts)
        self.network = XmppNetwork(OWN, lambda: None, Memory(), FakeClock(), lambda: None)
        self.network._listener = self.events.append
        self.network._link.client = self.client

    async def turn(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    async def serve(self) -> None:
        await self.turn()
        while self.client.answer():
            await self.turn()

    async def begin(self, deaf=()) -> None:
        self.client.deaf = set(deaf)
        self.network.begun(self.client)
        await self.serve()

    async def be_cut(self) -> None:
        """And come back; nobody answers any more what was asked before."""
        self.network.lost(resumable=True)
        await self.turn()
        self.client.asked.clear()
        self.network.resumed()
        await self.turn()

    def last_seen(self):
        """Of whom it was told when they were last there."""
        left = {event.handle for event in self.events if isinstance(event, PersonSeen) and _left(event)}
        return sorted(handle.partition("@")[0] for handle in left)


def _left(event) -> bool:
    return bool(dict(event.fields).get("last_online"))


def test_what_was_not_looked_at_before_a_cut_is_looked_at_after_it():
    async def scene():
        people = [f"p{number:02}" for number in range(LOOKED_AT_ONCE + 12)]
        house = House(*people)
        await house.begin({DESK, *house.client.contacts[3:]})
        assert house.last_seen() == people[:3]
        assert Part.DIRECTORY not in house.network.nature.parts
        await house.be_cut()
        assert house.client.looked_at() == set(house.client.contacts[3 : 3 + LOOKED_AT_ONCE])
        house.client.deaf.clear()
        await house.serve()
        assert house.last_seen() == people
        assert Part.DIRECTORY in house.network.nature.parts
        await house.be_cut()
        assert house.client.asked == []

    asyncio.run(scene())


def test_who_did_not_answer_before_a_cut_is_looked_at_again_after_it():
    async def scene():
        house = House("bob", "eve")
        bob, _ = house.client.contacts
        await house.begin({bob})
        while house.client.looked_at():
            for *_, answer in house.client.asked:
                answer.set_exception(IqTimeout(None))
            house.client.asked.clear()
            await house.turn()
        assert house.last_seen() == ["eve"]
        await house.be_cut()
        assert house.client.looked_at() == {bob}

    asyncio.run(scene())


def test_a_server_that_is_silent_does_not_keep_others_waiting_and_not_all_are_asked_at_once():
    async def scene():
        people = [f"p{number:02}" for number in range(LOOKED_AT_ONCE * 2)]
        house = House(*people)
        await house.begin(house.client.contacts[: LOOKED_AT_ONCE - 1])
        assert house.last_seen() == people[LOOKED_AT_ONCE - 1 :]
        await house.begin(house.client.contacts)
        assert house.client.looked_at() == set(house.client.contacts[:LOOKED_AT_ONCE])

    asyncio.run(scene())


@pytest.mark.parametrize("part", [CARBONS, BLOCKLIST])
def test_a_server_that_refuses_a_part_serves_all_the_same(part, caplog):
    async def scene():
        house = House("bob")
        house.client.refuses[part] = "not-allowed"
        await house.begin()
        assert house.client.trouble is None
        assert LinkChanged("online", "") in house.events
        assert (Barred((), whole=True) in house.events) == (part != BLOCKLIST)
        assert "not-allowed" in caplog.text

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("part", "condition"), [(CARBONS, ""), (BLOCKLIST, ""), (ROSTER, "service-unavailable")]
)
def test_without_an_answer_or_a_list_there_is_no_session(part, condition):
    async def scene():
        house = House("bob")
        house.client.refuses[part] = condition
        await house.begin()
        assert house.client.trouble is not None
        assert LinkChanged("online", "") not in house.events

    asyncio.run(scene())
