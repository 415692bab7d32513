"""Profiles as XML and back, and what is believed of what others say of themselves."""

import asyncio
import base64
import hashlib

import pytest

from ringback.domain.inputs import AvatarSeen, PersonSeen
from ringback.network.xmpp import names
from ringback.network.xmpp import profile as profile_module
from ringback.network.xmpp.line import ASKED_AT_ONCE
from ringback.network.xmpp.profile import (
    SETTLED,
    Profiles,
    of_old_vcard,
    of_private,
    of_vcard,
    old_vcard,
    private,
    vcard,
)
from support.stanzas import Shared, xml

BOB = "bob@away.example"
TOLD = {
    "fullname": "Alice <A> & Co",
    "birthday": 19800229,
    "sex": "female",
    "language": "et",
    "country": "ee",
    "province": "Tartumaa",
    "city": "Tartu",
    "homepage": "https://alice.example/",
    "about": "two\nlines",
    "timezone": 86_400 + 7_200,
}
SECRET = {
    "phone_home": "+3721",
    "phone_office": "",
    "phone_mobile": "+3725555555",
    "rich_mood_text": "<b>x</b>",
    "is_voicemail_capable": True,
    "is_forwarding": False,
    "authorized_buddies": 12,
}


def test_a_profile_comes_back():
    around = names.element(names.PUBSUB, "item")
    around.append(vcard(TOLD))
    assert dict(of_vcard(around)) == TOLD
    assert dict(of_vcard(around)).keys().isdisjoint(SECRET)


def test_what_is_for_contacts_comes_back_and_is_not_in_the_other():
    around = names.element(names.PUBSUB, "item")
    around.append(private(SECRET))
    assert dict(of_private(around)) == SECRET
    assert "+372" not in str([element.text for element in vcard(TOLD | SECRET).iter()])


@pytest.mark.parametrize(
    ("inside", "field", "value"),
    [
        ("<bday><date>tomorrow</date></bday>", "birthday", 0),
        ("<bday><date>--0229</date></bday>", "birthday", 0),
        ("<adr><country>Estonia</country></adr>", "country", ""),
        ("<lang><language-tag>en-GB</language-tag></lang>", "language", "en"),
        ("<lang><language-tag>!</language-tag></lang>", "language", ""),
        ("<gender><sex>O</sex></gender>", "sex", "unknown"),
        ("<tz><utc-offset>+99</utc-offset></tz>", "timezone", 86_400),
        ("<tz><utc-offset>-0330</utc-offset></tz>", "timezone", 86_400 - 12_600),
        ("<tz><utc-offset>-1300</utc-offset></tz>", "timezone", 86_400),
        ("<fn><text>" + "x" * 9_000 + "</text></fn>", "fullname", "x" * 2_000),
        (
            "<fn><text>Bob\nUSER carol FULLNAME\u2028x\x85y</text></fn>",
            "fullname",
            "Bob USER carol FULLNAME x y",
        ),
        ("<adr><locality>Riga\r\n\tLatvia</locality></adr>", "city", "Riga Latvia"),
        ("<note><text>two\nlines</text></note>", "about", "two\nlines"),
    ],
)
def test_what_is_no_value_is_left_out(inside, field, value):
    card = xml(f"<item><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>{inside}</vcard></item>")
    assert dict(of_vcard(card))[field] == value


def test_numbers_that_are_shown_to_all_are_taken():
    card = xml(
        "<item><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><tel>"
        "<parameters><type><text>work</text></type></parameters><uri>tel:+3721</uri></tel><tel><text>+3722</text></tel></vcard></item>"
    )
    assert dict(of_vcard(card))["phone_office"] == "+3721"
    assert dict(of_vcard(card))["phone_home"] == "+3722"


def test_the_older_card_is_read():
    card = xml("<iq><vCard xmlns='vcard-temp'><FN>Bob</FN><ADR><LOCALITY>Riga</LOCALITY></ADR></vCard></iq>")
    assert dict(of_old_vcard(card))["fullname"] == "Bob"
    assert dict(of_old_vcard(card))["city"] == "Riga"


def test_a_profile_comes_back_from_the_older_card():
    around = names.element(names.PUBSUB, "item")
    around.append(old_vcard(TOLD))
    told = dict(of_old_vcard(around))
    assert told == {name: TOLD[name] for name in told}
    assert around.findtext(f".//{{{names.VCARD_TEMP}}}FAMILY") == "Co"


class Desk(Shared):
    def __init__(self) -> None:
        super().__init__()
        self.profiles = Profiles(self.line, lambda: None)
        self.begun(heard=False)

    def begun(self, *, heard):
        self.profiles.begun(heard=heard)
        self.profiles.advance(self.clock.now().monotonic)


def test_what_is_shown_is_published_once():
    async def scene():
        desk = Desk()
        desk.profiles.publish(tuple(TOLD.items()))
        published = [(await desk.answer())[0] for _ in range(2)]
        access = [p.findall(f".//{{{names.DATA}}}field")[2][0].text for p in published]
        assert access == ["open", "presence"]
        desk.profiles.publish(tuple(TOLD.items()))
        desk.profiles.show(b"")
        await desk.turn()
        assert desk.wire.asked == []
        desk.profiles.show(b"\xff\xd8\xff picture")
        await desk.answer()
        (told, _) = await desk.answer()
        assert told.find(f".//{{{names.AVATAR}}}info").get("type") == "image/jpeg"
        desk.profiles.show(b"")
        (gone, _) = await desk.answer()
        assert gone.find(f".//{{{names.AVATAR}}}info") is None

    asyncio.run(scene())


def event(node, payload):
    return xml(
        f"<event xmlns='{names.PUBSUB_EVENT}'><items node='{node}'>"
        f"<item id='1'>{payload}</item></items></event>"
    )


PICTURE = hashlib.sha1(b"picture").hexdigest()


def avatar(ident):
    return event(names.AVATAR, f"<metadata xmlns='{names.AVATAR}'><info id='{ident}'/></metadata>")


def picture(data=b"picture"):
    packed = f"<item><data xmlns='{names.AVATAR_DATA}'>{base64.b64encode(data).decode()}</data></item>"
    return f"<iq><pubsub xmlns='{names.PUBSUB}'><items>{packed}</items></pubsub></iq>"


def test_news_of_contacts_are_told(monkeypatch):
    monkeypatch.setattr(profile_module, "APART", 0)

    async def scene():
        desk = Desk()
        desk.profiles.heard(
            BOB, event(names.VCARD4_NODE, f"<vcard xmlns='{names.VCARD4}'><fn><text>Bob</text></fn></vcard>")
        )
        await desk.turn()
        (seen,) = desk.took()
        assert isinstance(seen, PersonSeen)
        assert dict(seen.fields)["fullname"] == "Bob"
        desk.profiles.heard(BOB, event("urn:other", "<x/>"))
        desk.profiles.heard(BOB, xml(f"<event xmlns='{names.PUBSUB_EVENT}'/>"))
        await desk.turn()
        assert desk.took() == []
        desk.profiles.heard(BOB, avatar(PICTURE))
        _, to = await desk.answer(picture())
        assert to == BOB
        assert desk.took() == [AvatarSeen(BOB, b"picture")]
        desk.profiles.heard(BOB, avatar(PICTURE))
        await desk.turn()
        assert desk.wire.asked == []
        desk.profiles.heard(BOB, event(names.AVATAR, f"<metadata xmlns='{names.AVATAR}'/>"))
        await desk.turn()
        assert desk.took() == [AvatarSeen(BOB, b"")]

    asyncio.run(scene())


def test_a_picture_is_what_it_was_said_to_be():
    async def scene():
        desk = Desk()
        desk.profiles.heard(BOB, avatar(PICTURE))
        await desk.answer(picture(b"another"))
        assert desk.took() == []
        assert desk.line.memory.looks == {}

    asyncio.run(scene())


def test_of_a_flood_of_news_the_latest_counts():
    async def scene():
        desk = Desk()
        for i in range(1_000):
            desk.profiles.heard(BOB, avatar(f"{i:040x}"))
            desk.profiles.heard(f"p{i}@away.example", avatar(f"{i:040x}"))
        await desk.turn()
        (asked,) = [payload for _, payload, to, _ in desk.wire.asked if to == BOB]
        assert asked.find(f".//{{{names.PUBSUB}}}item").get("id") == f"{999:040x}"
        assert len(desk.wire.asked) == ASKED_AT_ONCE
        desk.line.cut()
        await desk.turn()
        assert not desk.line._tasks

    asyncio.run(scene())


@pytest.mark.parametrize("turns", [0, 1])
def test_news_are_looked_at_after_the_connection_was_cut_and_goes_on(turns):
    async def scene():
        desk = Desk()
        desk.profiles.heard(BOB, avatar("1" * 40))
        for _ in range(turns):
            await desk.turn()
        desk.line.cut()
        await desk.turn()
        desk.wire.asked.clear()
        desk.line.client = desk.wire
        desk.profiles.heard(BOB, avatar("2" * 40))
        await desk.turn()
        assert [to for _, _, to, _ in desk.wire.asked] == [BOB]
        desk.line.cut()
        await desk.turn()

    asyncio.run(scene())


def test_an_older_card_that_cannot_be_read_is_not_written_over():
    async def scene():
        desk = Desk()
        desk.profiles.publish(tuple(TOLD.items()))
        for _ in range(2):
            await desk.answer()
        desk.profiles.be_indexed()
        await desk.refuse("internal-server-error")
        assert desk.wire.asked == []
        desk.profiles.be_indexed()
        await desk.refuse("item-not-found")
        (written, _) = await desk.answer()
        assert written.findtext("{vcard-temp}FN") == TOLD["fullname"]

    asyncio.run(scene())


def test_a_picture_that_is_told_of_and_not_given_keeps_nothing_else_back():
    async def scene():
        desk = Desk()
        looking = asyncio.create_task(desk.profiles.look(BOB, known=True))
        card = f"<item><vcard xmlns='{names.VCARD4}'/></item>"
        await desk.answer(f"<iq><pubsub xmlns='{names.PUBSUB}'><items>{card}</items></pubsub></iq>")
        metadata = f"<item><metadata xmlns='{names.AVATAR}'><info id='abc'/></metadata></item>"
        await desk.answer(f"<iq><pubsub xmlns='{names.PUBSUB}'><items>{metadata}</items></pubsub></iq>")
        await desk.refuse()
        mine = f"<item><profile xmlns='{names.PRIVATE_PROFILE}'/></item>"
        await desk.answer(f"<iq><pubsub xmlns='{names.PUBSUB}'><items>{mine}</items></pubsub></iq>")
        await looking
        assert [type(event) for event in desk.took()] == [PersonSeen, PersonSeen]

    asyncio.run(scene())


def test_nothing_is_shown_before_somebody_can_hear_of_it():
    """Some servers learn who wants to hear of it only when contacts are known to be there."""

    async def scene():
        desk = Desk()
        desk.profiles.forget()
        desk.profiles.publish(tuple(TOLD.items()))
        desk.profiles.show(b"\xff\xd8\xff picture")
        desk.begun(heard=True)
        await desk.turn()
        assert desk.wire.asked == []
        desk.profiles.publish((("fullname", "Alice II"),))
        assert desk.profiles.next_deadline() == desk.clock.now().monotonic + SETTLED
        desk.clock.seconds += SETTLED
        desk.profiles.advance(desk.clock.now().monotonic)
        await desk.turn()
        nodes = [payload[0].get("node") for _, payload, _, _ in desk.wire.asked]
        assert nodes == [names.VCARD4_NODE, names.PRIVATE_PROFILE, names.AVATAR_DATA]
        assert desk.wire.asked[0][1].findtext(f".//{{{names.VCARD4}}}text") == "Alice II"

    asyncio.run(scene())


def test_what_was_on_its_way_when_the_connection_was_cut_is_shown_when_it_is_back():
    async def scene():
        desk = Desk()
        desk.profiles.publish(tuple(TOLD.items()))
        await desk.turn()
        wire = desk.line.client
        desk.line.cut()
        await desk.turn()
        desk.wire.asked.clear()
        desk.line.client = wire
        desk.profiles.publish(tuple(TOLD.items()))
        await desk.turn()
        assert len(desk.wire.asked) == 2

    asyncio.run(scene())


def test_the_older_card_is_written_where_a_directory_reads_it():
    """And what others have written there stays."""

    async def scene():
        desk = Desk()
        desk.profiles.publish(tuple(TOLD.items()))
        for _ in range(2):
            await desk.answer()
        desk.profiles.be_indexed()
        await desk.answer(
            "<iq><vCard xmlns='vcard-temp'><FN>Old</FN><PHOTO><BINVAL>eA==</BINVAL></PHOTO></vCard></iq>"
        )
        (written, _) = await desk.answer()
        assert written.findtext("{vcard-temp}FN") == TOLD["fullname"]
        assert len(written.findall("{vcard-temp}FN")) == 1
        assert written.findtext("{vcard-temp}PHOTO/{vcard-temp}BINVAL") == "eA=="
        desk.profiles.publish(tuple(TOLD.items()))
        await desk.turn()
        assert desk.wire.asked == []

    asyncio.run(scene())


ODD_CARDS = [
    "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>",
    "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn/><bday/><adr/><gender/><tel/><lang/><tz/></vcard>",
    "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><x xmlns='urn:x'>deep<y>er</y></x></fn>"
    "<tel><uri>tel:</uri></tel><tel><uri>mailto:x</uri><text>7</text></tel>"
    "<bday><date>20991399</date></bday><gender><text>yes</text></gender><tz><uri>x</uri></tz></vcard>",
    "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
    + "<note><text>long</text></note>" * 5_000
    + "</vcard>",
    "<vcard xmlns='urn:other'><fn>x</fn></vcard>",
    "",
]


@pytest.mark.parametrize("card", ODD_CARDS, ids=range(len(ODD_CARDS)))
def test_odd_cards_are_read_as_far_as_they_go(card):
    """Every field has its type, whatever is in the card."""
    for told in (of_vcard(xml(f"<item>{card}</item>")), of_old_vcard(xml(f"<item>{card}</item>"))):
        for name, value in told:
            assert isinstance(value, int if name in ("birthday", "timezone") else str)
            assert not isinstance(value, str) or len(value) <= 2_000
        assert dict(told).get("birthday", 0) == 0
