"""What strangers and servers say to an engine that must bear it, while another account is served beside it.

What an honest server would not carry is said by one that is none (``servers.impostor``).
"""

import base64
import hashlib
import itertools
import os
import time

import pytest

from servers.authority import Authority
from servers.impostor import NOTHING
from support.pictures import png_of
from support.siege import DOMAIN, Siege

EVE = "eve@bad.test/x"
BOB = "bob@good.test"
ALICE = f"alice@{DOMAIN}"
CLIENT_MESSAGE = "<message xmlns='jabber:client'"
PUBSUB = "http://jabber.org/protocol/pubsub"
DEEP = "<a xmlns='x'>" * 10_000 + "</a>" * 10_000
ATTRIBUTES = " ".join(f"a{i}=''" for i in range(45_000))
NAMESPACES = " ".join(f"xmlns:n{i}='{i}'" for i in range(20_000))
INJECTION = "Bob&#10;USER carol ONLINESTATUS ONLINE&#x2028;USER"
_SERIAL = itertools.count()

#: What strangers can bring about through honest servers, which let half a megabyte pass at most.
BY_STRANGERS = {
    "deep message": f"<message from='{EVE}' type='chat'>{DEEP}</message>",
    "deep request": f"<iq from='{EVE}' type='set' id='1'>{DEEP}</iq>",
    "deep question": f"<iq from='{EVE}' type='get' id='1'>{DEEP}</iq>",
    "deep presence": f"<presence from='{EVE}'>{DEEP}</presence>",
    "deep call": f"<iq from='{EVE}' type='set' id='1'><jingle xmlns='urn:xmpp:jingle:1'>{DEEP}</jingle></iq>",
    "deepest": f"<message from='{EVE}' type='chat'>{'<a>' * 70_000}{'</a>' * 70_000}</message>",
    "attributes": f"<message from='{EVE}' {ATTRIBUTES}/>",
    "elements": f"<message from='{EVE}' type='chat'>{'<a/>' * 125_000}</message>",
    "namespaces": f"<message from='{EVE}' {NAMESPACES}/>",
    "long names": f"<message from='{EVE}'><{'a' * 200_000} {'b' * 200_000}=''/></message>",
    "no address": "".join(
        f"<{kind} from='a b@@/ /' type='{of}' id='1'><x xmlns='y'/></{kind}>"
        for kind, of in (
            ("iq", "set"),
            ("iq", "get"),
            ("iq", "result"),
            ("message", "chat"),
            ("presence", ""),
        )
    ),
    "no address of an ill bred server": "".join(
        f"<iq from='{'x' * 1100}@bad.test/&#x202e;' type='{of}' id='1'/>" for of in ("set", "get")
    ),
    "nothing": f"<iq/><message/><presence/><iq from='{EVE}'/><iq from='{EVE}' type='get'/><x xmlns='y'/>",
    "answers": f"<iq from='{EVE}' type='result' id='1'/><iq from='{EVE}' type='error' id='2'/>",
    "forms": f"<message from='{EVE}'><x xmlns='jabber:x:data' type='x'>{'<field/>' * 9}</x></message>",
    "comments": f"<!-- --><?php x?><message from='{EVE}'><!-- --><?php x?></message>",
}
#: What only a server can do, and what is then told.
BY_SERVERS = {
    "document type": ("<!DOCTYPE x [<!ENTITY a 'b'>]>", "sent what is no XML"),
    "entity": ("<message><body>&a;</body></message>", "sent what is no XML"),
    "not closed": ("<message><a></b></message>", "sent what is no XML"),
    "too large": ("<message><body>" + "x" * (9 << 20), "sent more at once than anybody may"),
    "too many": ("<message>" + "<a/>" * 260_000, "sent more at once than anybody may"),
}


@pytest.fixture(scope="module")
def siege(tmp_path_factory):
    folder = tmp_path_factory.mktemp("siege")
    with Siege(folder, Authority(folder / "authority")) as siege:
        siege.impostor.roster = f"<item jid='{BOB}' subscription='both' name='Bob'/>"
        siege.again()
        yield siege


@pytest.fixture(autouse=True)
def as_it_was(siege):
    """After each attack the account is online in the same session, unless the test said otherwise."""
    before = siege.impostor.connections
    siege.expected = 0
    siege.alice.ask("PING")
    siege.alice.forget()
    yield
    siege.impostor.answers.clear()
    assert siege.reaches("still there?") == "still there?"
    assert siege.impostor.connections == before + siege.expected
    assert "unexpected error" not in siege.log
    assert "Traceback" not in siege.log


def said(body="", inside="", sender=EVE, ident=""):
    """A message of somebody."""
    text = f"<body>{body}</body>" if body else ""
    ident = ident or f"hostile{next(_SERIAL):08}"
    return f"<message from='{sender}' to='{ALICE}' type='chat' id='{ident}'>{text}{inside}</message>"


def news(node, payload, sender=BOB):
    """Somebody shows something else now."""
    item = f"<items node='{node}'><item id='1'>{payload}</item></items>"
    return f"<message from='{sender}'><event xmlns='{PUBSUB}#event'>{item}</event></message>"


def named(name):
    return news(
        "urn:xmpp:vcard4",
        f"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>{name}</text></fn></vcard>",
    )


def looks(ident):
    return news(
        "urn:xmpp:avatar:metadata",
        f"<metadata xmlns='urn:xmpp:avatar:metadata'><info id='{ident}'/></metadata>",
    )


@pytest.mark.parametrize("attack", BY_STRANGERS)
def test_no_stanza_of_a_stranger_ends_the_connection(siege, attack):
    before = siege.memory
    siege.impostor.say(BY_STRANGERS[attack])
    siege.impostor.settle()
    assert siege.memory - before < 40_000


@pytest.mark.parametrize("attack", BY_SERVERS)
def test_what_only_a_server_can_do_ends_the_connection_and_is_told(siege, attack):
    data, why = BY_SERVERS[attack]
    before = len(siege.log)
    siege.impostor.say(data)
    siege.expected = 1
    siege.again(drop=False)
    siege.logs(f"{DOMAIN} {why}", before)


@pytest.mark.parametrize(
    "early",
    [
        said("forged", sender=BOB),
        "<resumed xmlns='urn:xmpp:sm:3' h='0' previd='x'/>",
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        f"<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='{EVE}'/></query></iq>",
    ],
)
def test_nobody_on_the_way_speaks_for_the_server(siege, early):
    before, bodies = len(siege.log), siege.alice.bodies(BOB)
    siege.impostor.early = early
    siege.expected = 1
    siege.impostor.drop()
    siege.logs("spoke before TLS", before)
    siege.impostor.early = ""
    siege.again(drop=False)
    assert siege.alice.bodies(BOB) == bodies
    assert siege.impostor.in_the_open <= {"starttls"}


def test_a_stranger_does_not_learn_that_we_are_there(siege):
    heard = len(siege.impostor.heard)
    caps = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='x' ver='QgayPKawpkPSDYmwT/WM9w=='/>"
    siege.impostor.say(f"<presence from='{EVE}' to='{ALICE}'>{caps}</presence>")
    questions = (
        "<query xmlns='http://jabber.org/protocol/disco#info'/>",
        "<query xmlns='http://jabber.org/protocol/disco#items'/>",
        "<query xmlns='jabber:iq:version'/>",
        "<ping xmlns='urn:xmpp:ping'/>",
        "<query xmlns='jabber:iq:last'/>",
        "<jingle xmlns='urn:xmpp:jingle:1'/>",
        "<unknown xmlns='x'/>",
    )
    for number, question in enumerate(questions):
        siege.impostor.say(f"<iq from='{EVE}' type='get' id='ask{number}'>{question}</iq>")
    siege.impostor.settle()
    answers = [stanza for stanza in siege.impostor.heard[heard:] if stanza.get("to") == EVE]
    assert [stanza.get("id") for stanza in answers] == [f"ask{number}" for number in range(len(questions))]
    wanted = "{urn:ietf:params:xml:ns:xmpp-stanzas}service-unavailable"
    assert all(stanza.find(f".//{wanted}") is not None for stanza in answers)
    # Contacts may ask.
    siege.impostor.say(f"<iq from='{BOB}/x' type='get' id='bob'>{questions[0]}</iq>")
    answer = siege.impostor.until(lambda stanza: stanza.get("id") == "bob", heard)
    assert answer.get("type") == "result"


@pytest.mark.parametrize(
    "sender",
    [
        "a@b,c.test/x",
        "a@b;c.test/x",
        "a@b$c.test/x",
        "a@b&quot;c.test/x",
        "a@b&apos;c.test/x",
        "a@b c.test/x",
        "a@b&#10;USER.test/x",
        "a@b!c.test/x",
    ],
)
def test_no_server_has_a_name_that_breaks_a_line(siege, sender):
    before = len(siege.alice.news)
    siege.impostor.say(said("hello", sender=sender))
    for kind in ("subscribe", "subscribed", ""):
        siege.impostor.say(f"<presence from='{sender}' type='{kind}'/>")
    propose = "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/>"
    siege.impostor.say(
        said(inside=f"<propose xmlns='urn:xmpp:jingle-message:0' id='p'>{propose}</propose>", sender=sender)
    )
    item = f"<item jid='{sender.removesuffix('/x')}' subscription='both'/>"
    siege.impostor.say(f"<iq type='set' id='p'><query xmlns='jabber:iq:roster'>{item}</query></iq>")
    siege.impostor.settle()
    siege.alice.ask("PING")
    assert siege.alice.news[before:] == []


@pytest.mark.parametrize(
    ("local", "handle"),
    [
        ("a,b", "a%2cb"),
        ("a;b", "a%3bb"),
        ("#a", "%23a"),
        ("a$b!c", "a%24b%21c"),
        ("a%2cb", "a%252cb"),
        ("a\\20b", "a%5c20b"),
        ("+15551234", "+15551234"),
    ],
)
def test_names_with_what_the_language_uses_are_written_so_that_they_break_nothing(siege, local, handle):
    siege.impostor.say(said("hello", sender=f"{local}@bad.test/x"))
    line = siege.alice.until("STATUS RECEIVED")
    number = line.split()[1]
    whom = f"{handle}@bad.test"
    assert siege.alice.ask(f"GET CHATMESSAGE {number} FROM_HANDLE").endswith(f" {whom}")
    chat = siege.alice.ask(f"GET CHATMESSAGE {number} CHATNAME").split(" ", 3)[3]
    assert siege.alice.ask(f"GET CHAT {chat} MEMBERS").split(" ", 3)[3].split(" ") in (
        [whom, "alice"],
        ["alice", whom],
    )
    siege.alice.say(whom, "answer")
    answer = siege.impostor.until(lambda stanza: stanza.findtext("{jabber:client}body") == "answer")
    assert answer.get("to") == f"{local}@bad.test"
    siege.impostor.heard.clear()


def test_a_name_stays_in_its_line(siege):
    before = len(siege.alice.news)
    siege.impostor.say(named(INJECTION))
    line = siege.alice.until("FULLNAME")
    assert line == f"USER {BOB} FULLNAME Bob USER carol ONLINESTATUS ONLINE USER"
    assert len(siege.alice.news[before:]) == 1


def test_a_moment_is_one_that_can_have_been(siege):
    now = time.time()
    for stamp, taken in (
        ("2020-01-01T00:00:00Z", 1_577_836_800),
        ("2020-01-01T00:00:00", 1_577_836_800),
        ("2020-01-01T00:00:00-05:00", 1_577_854_800),
        ("2020-01-01T00:00:00+23:59", 1_577_750_460),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("1969-12-31T23:59:59Z", None),
        ("tomorrow", None),
    ):
        delay = f"<delay xmlns='urn:xmpp:delay' from='{DOMAIN}' stamp='{stamp}'/>"
        siege.impostor.say(said(stamp, delay))
        number = siege.alice.until("STATUS RECEIVED").split()[1]
        moment = int(siege.alice.ask(f"GET CHATMESSAGE {number} TIMESTAMP").rpartition(" ")[2])
        assert moment == taken or (taken is None and now - 2 < moment < time.time() + 2), stamp


def test_leave_that_nobody_asked_for_makes_nobody_known(siege):
    friends, before = siege.alice.ask("SEARCH FRIENDS"), len(siege.alice.news)
    siege.impostor.say(*(f"<presence from='s{i}@bad.test' type='subscribed'/>" for i in range(3_000)))
    siege.impostor.say(*(f"<presence from='u{i}@bad.test' type='unsubscribed'/>" for i in range(3_000)))
    siege.impostor.settle()
    assert siege.alice.ask("SEARCH FRIENDS") == friends
    assert siege.alice.news[before:] == []
    assert siege.rows("person") < 100


def test_of_five_thousand_who_ask_for_leave_the_first_are_heard(siege):
    text = "x" * 1_500
    with siege.watched() as watch:
        siege.impostor.say(
            *(
                f"<presence from='q{i}@bad.test' type='subscribe'><status>{text}</status></presence>"
                for i in range(5_000)
            )
        )
        siege.impostor.settle()
    waiting = siege.alice.ask("SEARCH USERSWAITINGMYAUTHORIZATION")
    assert waiting.count("@bad.test") == 200
    watch.check()
    assert siege.log.count("too many people wait for leave") == 1


def test_pictures_are_looked_at_before_they_are_believed(siege, tmp_path):
    good = png_of(8, 8, bytes(16))

    def shows(data, ident=""):
        ident = ident or hashlib.sha1(data).hexdigest()

        def answer(stanza):
            items = stanza.find(f".//{{{PUBSUB}}}items")
            if items is None or items.get("node") != "urn:xmpp:avatar:data":
                return NOTHING
            packed = base64.b64encode(data).decode()
            inside = f"<data xmlns='urn:xmpp:avatar:data'>{packed}</data>"
            inside = f"<items node='urn:xmpp:avatar:data'><item id='{ident}'>{inside}</item></items>"
            return f"<pubsub xmlns='{PUBSUB}'>{inside}</pubsub>"

        siege.impostor.answers[f"{{{PUBSUB}}}pubsub"] = answer
        heard = len(siege.impostor.heard)
        siege.impostor.say(looks(ident))
        siege.impostor.until(
            lambda stanza: stanza.find(f".//{{{PUBSUB}}}item[@id='{ident}']") is not None, heard
        )
        siege.impostor.settle()

    for name, data, ident in (
        ("bomb", png_of(60_000, 60_000), ""),
        ("program", b"MZ" + os.urandom(50_000), ""),
        ("huge", good + os.urandom(5_000_000), ""),
        ("another", good, "0" * 40),
    ):
        with siege.watched() as watch:
            shows(data, ident)
        watch.check()
        path = tmp_path / f"{name}.jpg"
        assert siege.alice.ask(f"GET USER {BOB} AVATAR 1 {path}").startswith("ERROR 122"), name
    shows(good)
    siege.comes(lambda: siege.alice.ask(f"GET USER {BOB} AVATAR 1 {tmp_path / 'good.jpg'}")[:5] == "USER ")


def test_an_archive_that_never_ends_keeps_nobody_else(siege):
    """Pages without an end, the same in each, under ids that come again, and some that nobody asked for."""
    pages = []

    def page(stanza):
        query = stanza.find("{urn:xmpp:mam:2}query").get("queryid")
        pages.append(query)
        for i in range(50):
            for asked in (query, "nobody"):
                old = said(f"old {asked == query}", sender=BOB, ident=f"archived{i:08}")
                siege.impostor.say(
                    f"<message><result xmlns='urn:xmpp:mam:2' queryid='{asked}' id='a{i}'>"
                    f"<forwarded xmlns='urn:xmpp:forward:0'>{old.replace('<message', CLIENT_MESSAGE)}"
                    "</forwarded></result></message>"
                )
        last = f"<last>l{len(pages) % 2}</last>"
        return f"<fin xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>{last}</set></fin>"

    siege.impostor.answers["{urn:xmpp:mam:2}query"] = page
    with siege.watched() as watch:
        siege.impostor.drop()
        siege.comes(lambda: len(pages) > 100 or siege.hurries())
        assert siege.alice.ask("GET CONNSTATUS").endswith("CONNECTING")
    watch.check()
    siege.impostor.answers.clear()
    siege.expected = 1
    siege.again()
    bodies = siege.alice.bodies(BOB)
    assert bodies.count("old True") == 50
    assert "old False" not in bodies


FLOODS = {
    "messages of one stranger": lambda i: said(f"flood {i}"),
    "messages of many": lambda i: said(f"flood {i}", sender=f"crowd{i % 500}@bad.test/x"),
    "presences of strangers": lambda i: f"<presence from='p{i}@bad.test/x'/>",
    "presences of a contact": lambda i: (
        f"<presence from='{BOB}/r'><show>{'away' if i % 2 else 'dnd'}</show><status>{i}</status></presence>"
    ),
    "devices of a contact": lambda i: f"<presence from='{BOB}/r{i}'><status>{'x' * 900}</status></presence>",
    "names of a contact": lambda i: named(f"Bob {i}"),
    "pictures of a contact": lambda i: looks(f"{i:040x}"),
    "questions": lambda i: f"<iq from='{EVE}' type='get' id='f{i}'><ping xmlns='urn:xmpp:ping'/></iq>",
    "proposals": lambda i: said(
        inside=f"<propose xmlns='urn:xmpp:jingle-message:0' id='f{i}'>"
        "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose>",
        sender=f"caller{i}@bad.test/x",
    ),
    "copies": lambda i: said(inside="<received xmlns='urn:xmpp:carbons:2'/>"),
    "corrections": lambda i: said(
        f"edit {i}", f"<replace xmlns='urn:xmpp:message-correct:0' id='nobody{i:08}'/>"
    ),
    "receipts": lambda i: said(inside=f"<received xmlns='urn:xmpp:receipts' id='nobody{i:08}'/>"),
    "refusals": lambda i: (
        f"<message from='{EVE}' type='error' id='{i:016x}'><error type='cancel'>"
        "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    ),
    "lists": lambda i: (
        f"<iq from='{EVE}' type='set' id='l{i}'><query xmlns='jabber:iq:roster'>"
        f"<item jid='l{i}@bad.test' subscription='both'/></query></iq>"
    ),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_harms_nobody_else(siege, flood):
    number = 2_000
    with siege.watched() as watch:
        siege.impostor.say("".join(FLOODS[flood](i) for i in range(number)))
        siege.impostor.settle()
    watch.check()
