"""People with other clients, as programs of an engine see them and are seen: on both real servers."""

import asyncio
import base64
import time
from xml.etree import ElementTree as ET

import pytest

from ringback.domain.inputs import PeopleFound
from ringback.jingle.namespaces import ICE, JINGLE, RTP, RTP_AUDIO, RTP_VIDEO
from ringback.network.xmpp.capabilities import digest
from ringback.network.xmpp.network import OF_SOME
from support.pictures import picture
from support.waiting import eventually
from support.xmpp import PATIENCE, Resident, client, play
from support.xmpp_stage import XmppStage

SERVERS = ["prosody", pytest.param("ejabberd", marks=pytest.mark.slow)]
AUDIO = (JINGLE, RTP, RTP_AUDIO, ICE)
CARD = """<pubsub xmlns='http://jabber.org/protocol/pubsub'>
<publish node='urn:xmpp:vcard4'><item id='current'>
<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>{}</vcard></item></publish><publish-options>
<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>
<value>http://jabber.org/protocol/pubsub#publish-options</value></field>
<field var='pubsub#access_model'><value>open</value></field></x></publish-options></pubsub>"""


SEARCH = """<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='submit'>
<field var='FORM_TYPE'><value>jabber:iq:search</value></field>
<field var='fn'><value>{}*</value></field></x></query>"""


@pytest.fixture(params=SERVERS)
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def stage(server):
    """Accounts without engines behind them."""
    made = XmppStage(server, OF_SOME if server.domain.startswith("ejabberd") else frozenset())
    yield made
    made.close()


async def told(program, line):
    """Wait until a program is told this."""
    return await asyncio.to_thread(program.until, line)


async def asked(program, question, answer):
    """Wait until a program is answered so."""
    await asyncio.to_thread(program.comes_to, question, answer)


async def order(stranger, text, kind="set", to=None):
    """Gives the first element of the answer to an order or a question."""
    iq = stranger.make_iq(itype=kind, ito=to)
    iq.append(ET.fromstring(text))
    return next(iter((await iq.send()).xml), None)


async def meet(program, stranger):
    """A program's user and somebody with another client become contacts."""
    address, handle = program.resident.address, stranger.boundjid.user
    if stranger.boundjid.domain != program.resident.server.domain:
        handle = stranger.boundjid.bare
    stranger.send_presence(pto=address, ptype="subscribe", pstatus="please")
    await asked(program, f"USER {handle} RECEIVEDAUTHREQUEST", "please")
    program.ask(f"SET USER {handle} ISAUTHORIZED TRUE")
    await stranger.until("presence_subscribe")
    stranger.send_presence(pto=address, ptype="subscribed")
    await asked(program, f"USER {handle} BUDDYSTATUS", "3")


def of(resident):
    """Matches what comes from any device of somebody."""
    return lambda stanza: stanza["from"].bare == resident.address


def unseen(stranger, resident):
    """A client got no presence of somebody but that they are gone."""
    return {kind for who, kind in stranger.presences if who == resident.address} <= {"unavailable"}


async def can(stranger, *features):
    """A client announces that it can do this of what calls need, and nothing else of it."""
    disco = stranger.plugin["xep_0030"]
    for feature in {*AUDIO, RTP_VIDEO}:
        await disco.del_feature(feature=feature)
    for feature in features:
        await disco.add_feature(feature)
    await stranger.plugin["xep_0115"].update_caps(broadcast=False)
    stranger.send_presence()


def test_what_the_programs_of_contacts_can_do_is_known(residents):
    alice, bob = residents("alice", "bob")
    one = alice.start().online()
    video = f"USER {bob.handle} IS_VIDEO_CAPABLE"

    async def scene():
        async with client(bob, "phone") as phone:
            await meet(one, phone)
            await asked(one, f"USER {bob.handle} ONLINESTATUS", "ONLINE")
            assert one.ask(f"GET {video}") == f"{video} FALSE"
            await can(phone, *AUDIO, RTP_VIDEO)
            await told(one, f"{video} TRUE")
            await can(phone, *AUDIO)
            await told(one, f"{video} FALSE")
            async with client(bob, "camera") as camera:
                await can(camera, *AUDIO, RTP_VIDEO)
                await told(one, f"{video} TRUE")
            await told(one, f"{video} FALSE")
            # Nobody is believed a digest that is not that of what they say.
            _, ver = "", digest(ET.fromstring("<query/>"), "sha-1")
            phone.send_raw(
                "<presence><show>away</show><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
                f"node='urn:liar' ver='{ver}'/></presence>"
            )
            await told(one, f"USER {bob.handle} ONLINESTATUS AWAY")
            assert one.ask(f"GET {video}") == f"{video} FALSE"
            await can(phone, *AUDIO, RTP_VIDEO)
            await told(one, f"{video} TRUE")
        # It stays when they go, and nothing else is ever claimed of them.
        await told(one, f"USER {bob.handle} ONLINESTATUS OFFLINE")
        for name, value in (
            ("IS_VIDEO_CAPABLE", "TRUE"),
            ("HASCALLEQUIPMENT", "TRUE"),
            ("IS_VOICEMAIL_CAPABLE", "FALSE"),
            ("CAN_LEAVE_VM", "FALSE"),
        ):
            assert one.ask(f"GET USER {bob.handle} {name}") == f"USER {bob.handle} {name} {value}"

    play(scene)


def test_what_we_announce_is_true(residents):
    """Sound and no picture, what messages need, and a digest that fits."""
    alice, bob = residents("alice", "bob")
    one = alice.start().online()

    async def scene():
        async with client(bob) as stranger:
            await meet(one, stranger)
            presence = await stranger.until("presence_available", of(alice))
            question = (
                "<query xmlns='http://jabber.org/protocol/disco#info' "
                f"node='{presence['caps']['node']}#{presence['caps']['ver']}'/>"
            )
            info = await order(stranger, question, "get", presence["from"])
            assert digest(info, "sha-1") == presence["caps"]["ver"]
            features = {feature.get("var") for feature in info}
            assert {*AUDIO, "urn:xmpp:jingle-message:0"} <= features
            assert {"urn:xmpp:receipts", "urn:xmpp:chat-markers:0", "urn:xmpp:message-correct:0"} <= features
            assert not [
                feature for feature in features if feature and ("video" in feature or "dtmf" in feature)
            ]

    play(scene)


def test_who_is_invisible_is_there_for_nobody_and_hears_of_all(residents):
    alice, bob = residents("alice", "bob")

    async def scene():
        one = alice.start().online()
        async with client(bob, "phone") as phone:
            await meet(one, phone)
            await phone.until("presence_available", of(alice))
            one.ask("SET USERSTATUS INVISIBLE")
            await phone.until("presence_unavailable", of(alice))
            phone.presences.clear()
            phone.send_presence(pshow="dnd")
            await told(one, f"USER {bob.handle} ONLINESTATUS DND")
            phone.send_message(alice.address, "Nobody there?", mtype="chat")
            await told(one, "STATUS RECEIVED")
            async with client(bob, "tablet") as tablet:
                tablet.send_message(alice.address, "Nobody here either?", mtype="chat")
                await told(one, "STATUS RECEIVED")
                one.say(bob.handle, "no")
                await tablet.until("message")
                assert unseen(tablet, alice)
            # A new start is none for others.
            one.close()
            await asyncio.to_thread(alice.stop)
            one = alice.start().online()
            assert one.ask("GET USERSTATUS") == "USERSTATUS INVISIBLE"
            phone.send_message(alice.address, "Still nobody?", mtype="chat")
            await asyncio.to_thread(
                one.has, bob.handle, ["Nobody there?", "Nobody here either?", "no", "Still nobody?"]
            )
            await asked(one, f"USER {bob.handle} ONLINESTATUS", "DND")
            assert unseen(phone, alice)
            for status, event in (
                ("ONLINE", "available"),
                ("INVISIBLE", "unavailable"),
                ("ONLINE", "available"),
            ):
                one.ask(f"SET USERSTATUS {status}")
                await phone.until(f"presence_{event}", of(alice))

    play(scene)


def test_who_is_invisible_stays_so_when_the_connection_was_cut(stage):
    anna, bob = stage.friends("anna", "bob")
    for state in ("online", "invisible"):
        anna.appear(state)
        bob.sees(anna, online_status="offline" if state == "invisible" else state)
    session = anna.network._link.client.plugin["xep_0198"].sm_id
    bob.pending.clear()
    anna.states.clear()

    async def cut():
        anna.network._link.client.abort()

    stage._loop.run_until_complete(cut())
    stage.until(lambda: anna.states[-1:] == ["online"])
    assert anna.network._link.client.plugin["xep_0198"].sm_id == session
    bob.appear("dnd")
    anna.sees(bob, online_status="dnd")
    uid = bob.write(anna, "are you there?")
    stage.until(lambda: [event for event in anna.pending if getattr(event, "uid", "") == uid])
    told_states = [
        dict(event.fields).get("online_status") for event in bob.pending if hasattr(event, "fields")
    ]
    assert "online" not in told_states
    anna.appear("away")
    bob.sees(anna, online_status="away")


@pytest.mark.slow
def test_who_is_invisible_sees_people_of_another_server_come_and_go(two_servers, tmp_path):
    """A server that tells nothing of who is gone when it is asked."""
    here, there = two_servers
    alice, bob = Resident(here, tmp_path, "alice"), Resident(there, tmp_path, "bob")
    one = alice.start().online()

    async def scene():
        async with client(bob) as phone:
            await meet(one, phone)
            await phone.until("presence_available", of(alice))
            one.ask("SET USERSTATUS INVISIBLE")
            await phone.until("presence_unavailable", of(alice))
            phone.presences.clear()
            phone.send_presence(pshow="dnd")
            await told(one, f"USER {bob.address} ONLINESTATUS DND")
        await asked(one, f"USER {bob.address} ONLINESTATUS", "OFFLINE")
        async with client(bob) as phone:
            await asked(one, f"USER {bob.address} ONLINESTATUS", "ONLINE")
            assert unseen(phone, alice)

    try:
        play(scene)
    finally:
        alice.close()


def found(program, text, wanted):
    """Wait until a search gives exactly these."""

    def given():
        return program.ask(f"SEARCH USERS {text}").removeprefix("USERS").strip()

    eventually(lambda: given() == wanted, PATIENCE, given)


def test_people_are_found_by_name_where_the_server_has_a_directory(residents, server):
    """By names and e-mail addresses; elsewhere by whole addresses alone."""
    alice, bob, eve = residents("alice", "bob", "eve")
    one, other = alice.start().online(), bob.start().online()
    first, last = f"Xenia{alice.handle.replace('.', '')}", f"Quill{alice.handle.replace('.', '')}"
    one.ask(f"SET PROFILE FULLNAME {first} {last}")
    mail = f"{eve.handle}@mail.example"

    async def scene():
        async with client(eve) as stranger:
            await order(
                stranger,
                f"<vCard xmlns='vcard-temp'><FN>Eve of {last}</FN><NICKNAME>evil{eve.handle}</NICKNAME>"
                f"<EMAIL><INTERNET/><USERID>{mail}</USERID></EMAIL></vCard>",
            )
            if not server.domain.startswith("ejabberd"):
                found(other, last, "")
                found(other, alice.address, alice.handle)
                return
            for text, who in (
                (f"{first} {last}", alice),
                (first[:-1].lower(), alice),
                (last, alice),
                (alice.handle[:-1] + alice.handle[-1], alice),
                (mail, eve),
                (f"evil{eve.handle}", eve),
                (f"Eve of {last}", eve),
            ):
                await asyncio.to_thread(found, other, text, who.handle)
            assert other.ask(f"GET USER {eve.handle} FULLNAME").endswith(f" Eve of {last}")
            found(other, "nobody.of.that.name", "")
            found(other, f"nobody@{server.domain}", "")
            # Others find us, too, and who gives up a name is not found by it any more.
            answer = await order(stranger, SEARCH.format(first), to=f"vjud.{server.domain}")
            assert alice.address in [value.text for value in answer.iter("{jabber:x:data}value")]
            one.ask("SET PROFILE FULLNAME Nobody")
            await asyncio.to_thread(found, other, first, "")

    play(scene)


def test_when_a_contact_was_last_there_is_known(residents, tmp_path):
    """When they go, and when they went before we came."""
    alice, bob = residents("alice", "bob")
    question = f"USER {bob.handle} LASTONLINETIMESTAMP"

    def stamp(program):
        return int(program.ask(f"GET {question}").split()[-1])

    async def scene():
        one = alice.start().online()
        async with client(bob, "phone") as phone:
            await meet(one, phone)
            await asked(one, f"USER {bob.handle} ONLINESTATUS", "ONLINE")
            assert stamp(one) == 0
            before = int(time.time())
        await told(one, f"USER {bob.handle} ONLINESTATUS OFFLINE")
        after = time.time()
        assert before <= stamp(one) <= after
        # Who knows nothing of them asks the server.
        again = alice.again(tmp_path)
        try:
            other = again.start().online()
            end = time.monotonic() + PATIENCE
            while not (known := stamp(other)):
                assert time.monotonic() < end
                await asyncio.sleep(0.1)
            assert before - 1 <= known <= after + 1
        finally:
            again.close()

    play(scene)


def test_groups_that_another_client_made_outlive_what_we_change(residents):
    alice, bob = residents("alice", "bob")
    one = alice.start().online()

    async def scene():
        async with client(alice, "phone") as phone, client(bob) as stranger:
            await meet(one, stranger)
            await order(
                phone,
                f"<query xmlns='jabber:iq:roster'><item jid='{bob.address}' name='Bob'>"
                "<group>Choir</group><group>Work &amp; Co</group></item></query>",
            )
            await told(one, f"USER {bob.handle} DISPLAYNAME Bob")

            async def listed():
                roster = await order(phone, "<query xmlns='jabber:iq:roster'/>", "get")
                (item,) = [item for item in roster if item.get("jid") == bob.address]
                groups = sorted(group.text for group in item)
                return item.get("name", ""), item.get("subscription"), groups

            both = ["Choir", "Work & Co"]
            assert await listed() == ("Bob", "both", both)
            # Who is let see us again without having asked is in the list of one server and not of the other.
            for name, value, called, subscriptions in (
                ("DISPLAYNAME", "Robert", "Robert", {"both"}),
                ("ISBLOCKED", "TRUE", "Robert", {"both"}),
                ("ISBLOCKED", "FALSE", "Robert", {"both"}),
                ("ISAUTHORIZED", "FALSE", "Robert", {"to"}),
                ("ISAUTHORIZED", "TRUE", "Robert", {"to", "both"}),
                ("DISPLAYNAME", "", "", {"to", "both"}),
                ("BUDDYSTATUS", "2 again", "", {"to", "both"}),
            ):
                one.ask(f"SET USER {bob.handle} {name} {value}")
                end = time.monotonic() + PATIENCE
                while (now := await listed())[0] != called or now[1] not in subscriptions:
                    assert time.monotonic() < end, (name, value, now)
                    await asyncio.sleep(0.05)
                assert now[2] == both

    play(scene)


def test_whom_another_client_of_ours_blocks_is_blocked(residents):
    """While we look, and while we were away."""
    alice, bob, eve = residents("alice", "bob", "eve")
    one = alice.start().online()
    told_of_bob = f"USER {bob.handle} ISBLOCKED"

    async def scene():
        async with client(alice, "phone") as phone, client(bob) as stranger, client(eve) as other:
            blocking = phone.plugin["xep_0191"]
            await blocking.block([bob.address])
            await told(one, f"{told_of_bob} TRUE")
            stranger.send_message(alice.address, "Hello?", mtype="chat")
            other.send_message(alice.address, "Good morning", mtype="chat")
            await told(one, "STATUS RECEIVED")
            assert one.bodies(bob.handle) == []
            await blocking.unblock([bob.address])
            await told(one, f"{told_of_bob} FALSE")
            stranger.send_message(alice.address, "Hello again", mtype="chat")
            await told(one, "STATUS RECEIVED")
            one.close()
            await asyncio.to_thread(alice.stop)
            await blocking.block([bob.address])
            again = alice.start().online()
            await asked(again, told_of_bob, "TRUE")
            # And the phone hears of what we want.
            again.ask(f"SET {told_of_bob} FALSE")
            end = time.monotonic() + PATIENCE
            question = "<blocklist xmlns='urn:xmpp:blocking'/>"
            while list(await order(phone, question, "get")):
                assert time.monotonic() < end
                await asyncio.sleep(0.05)

    play(scene)


def test_a_stranger_s_profile_picture_and_mood_are_read(residents, tmp_path):
    """As other clients write them."""
    alice, bob = residents("alice", "bob")
    one = alice.start().online()
    card = (
        "<fn><text>Bob B&#xe5;rd</text></fn><bday><date>1970-12-31</date></bday><gender><sex>M</sex></gender>"
        "<lang><language-tag>en-GB</language-tag></lang><adr><locality>Bath</locality><region>Somerset</region>"
        "<country>GB</country></adr><url><uri>https://bob.example/</uri></url>"
        "<tel><parameters><type><text>cell</text></type></parameters><uri>tel:+447700900123</uri></tel>"
        "<note><text>two\nlines</text></note><tz><utc-offset>+0100</utc-offset></tz>"
    )
    wanted = {
        "FULLNAME": "Bob Bård",
        "BIRTHDAY": "19701231",
        "SEX": "MALE",
        "LANGUAGE": "en English",
        "CITY": "Bath",
        "PROVINCE": "Somerset",
        "COUNTRY": "gb United Kingdom",
        "HOMEPAGE": "https://bob.example/",
        "PHONE_MOBILE": "+447700900123",
        "ABOUT": "two\nlines",
        "TIMEZONE": str(86_400 + 3_600),
    }
    face, copy = picture(tmp_path / "face.png"), tmp_path / "copy.png"

    async def scene():
        async with client(bob) as stranger:
            await meet(one, stranger)
            await order(stranger, CARD.format(card))
            for name, value in wanted.items():
                await asked(one, f"USER {bob.handle} {name}", value)
            stranger.send_presence(pshow="chat", pstatus="glad & <3")
            await asked(one, f"USER {bob.handle} MOOD_TEXT", "glad & <3")
            data = face.read_bytes()
            avatar = stranger.plugin["xep_0084"]
            await avatar.publish_avatar(data)
            await avatar.publish_avatar_metadata(
                [{"id": avatar.generate_id(data), "type": "image/png", "bytes": len(data)}]
            )
            end = time.monotonic() + PATIENCE
            while one.ask(f"GET USER {bob.handle} AVATAR 1 {copy}").startswith("ERROR"):
                assert time.monotonic() < end
                await asyncio.sleep(0.05)
            assert copy.read_bytes() == data
            # What makes no sense harms nothing, and what comes after it is read.
            huge = "<note><text>" + "x" * 200_000 + "</text></note>"
            for odd in ("", huge, "<fn><x xmlns='urn:x'/></fn><bday><date>yesterday</date></bday>"):
                await order(stranger, CARD.format(odd))
            await avatar.publish_avatar(b"no picture")
            await avatar.publish_avatar_metadata(
                [{"id": avatar.generate_id(b"no picture"), "type": "image/png", "bytes": 10}]
            )
            await order(stranger, CARD.format("<fn><text>Bob again</text></fn>"))
            await asked(one, f"USER {bob.handle} FULLNAME", "Bob again")
            assert one.ask(f"GET USER {bob.handle} BIRTHDAY").endswith(" 0")
            assert one.ask(f"GET USER {bob.handle} SEX").endswith(" UNKNOWN")

    play(scene)


def test_our_profile_picture_and_mood_are_read_by_a_stranger(residents, tmp_path):
    """Who asks sees what is for all, a contact sees the mood, and the node of ours holds the rest."""
    alice, bob = residents("alice", "bob")
    one = alice.start().online()
    face = picture(tmp_path / "face.png")
    for name, value in (
        ("FULLNAME", "Alice Åhlén"),
        ("BIRTHDAY", "19800229"),
        ("SEX", "FEMALE"),
        ("LANGUAGES", "et"),
        ("COUNTRY", "ee"),
        ("CITY", "Tartu"),
        ("PHONE_MOBILE", "+3725555555"),
        ("RICH_MOOD_TEXT", "so <b>glad</b>"),
    ):
        assert not one.ask(f"SET PROFILE {name} {value}").startswith("ERROR")
    assert one.ask(f"SET AVATAR 1 {face}").startswith("AVATAR 1")
    four = "{urn:ietf:params:xml:ns:vcard-4.0}"

    async def items(stranger, node):
        question = (
            f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}' max_items='1'/></pubsub>"
        )
        return await order(stranger, question, "get", alice.address)

    async def scene():
        async with client(bob) as stranger:
            card = next((await items(stranger, "urn:xmpp:vcard4")).iter(f"{four}vcard"))
            assert "".join(card.find(f"{four}fn").itertext()) == "Alice Åhlén"
            said = [text for element in card.iter() if (text := element.text)]
            assert {"1980-02-29", "F", "et", "EE", "Tartu"} <= set(said)
            assert "+3725555555" not in said
            await meet(one, stranger)
            presence = await stranger.until("presence_available", of(alice))
            assert presence["status"] == "so glad"
            private = ET.tostring(await items(stranger, "urn:ringback:profile:0"), "unicode")
            assert "+3725555555" in private
            assert "so &lt;b&gt;glad&lt;/b&gt;" in private
            told_of = next(
                (await items(stranger, "urn:xmpp:avatar:metadata")).iter("{urn:xmpp:avatar:metadata}info")
            )
            data = next((await items(stranger, "urn:xmpp:avatar:data")).iter("{urn:xmpp:avatar:data}data"))
            assert base64.b64decode(data.text) == face.read_bytes()
            assert told_of.get("type") == "image/png"
            one.ask("SET PROFILE MOOD_TEXT plain")
            await stranger.until("presence_available", lambda stanza: stanza["status"] == "plain")

    play(scene)


def test_a_directory_is_a_part_of_the_network_where_the_server_has_it(stage):
    anna = stage.member("anna")
    anna.network.search_people(1, "nobody of that name")
    anna.next(PeopleFound, more=False)
    assert anna.network.nature.parts == stage.parts
