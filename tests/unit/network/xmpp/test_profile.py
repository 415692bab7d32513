"""Profiles as XML and back, and what is believed of what others say of themselves."""

import asyncio
import base64
import hashlib

import pytest
from slixmpp.exceptions import IqTimeout

from ringback.domain.inputs import AvatarSeen, PersonSeen
from ringback.network.xmpp import names
from ringback.network.xmpp import profile as profile_module
from ringback.network.xmpp.line import ASKED_AT_ONCE
from ringback.network.xmpp.profile import Profiles, of_old_vcard, of_private, of_vcard, private, vcard
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


class Desk(Shared):
    def __init__(self) -> None:
        super().__init__()
        self.profiles = Profiles(self.line)

    async def turn(self):
        for _ in range(8):
            await asyncio.sleep(0)

    async def refuse(self):
        await self.turn()
        self.wire.asked.pop(0)[3].set_exception(IqTimeout(None))
        await self.turn()

    async def answer(self, text=None):
        await self.turn()
        _, payload, to, answer = self.wire.asked.pop(0)
        answer.set_result(type("Answer", (), {"xml": xml(text or "<iq/>")}))
        await self.turn()
        return payload, to


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


def test_a_picture_that_is_told_of_and_not_given_keeps_nothing_else_back():
    async def scene():
        desk = Desk()
        looking = asyncio.create_task(desk.profiles.look_closer(BOB, known=True))
        metadata = f"<item><metadata xmlns='{names.AVATAR}'><info id='abc'/></metadata></item>"
        await desk.answer(f"<iq><pubsub xmlns='{names.PUBSUB}'><items>{metadata}</items></pubsub></iq>")
        await desk.refuse()
        mine = f"<item><profile xmlns='{names.PRIVATE_PROFILE}'/></item>"
        await desk.answer(f"<iq><pubsub xmlns='{names.PUBSUB}'><items>{mine}</items></pubsub></iq>")
        await looking
        assert [type(event) for event in desk.took()] == [PersonSeen]

    asyncio.run(scene())
