"""Calls of those who mean no call: malformed, too much, not theirs or said twice, through the engine."""

import itertools
import re

import pytest

from servers.authority import Authority
from support.daemon import REAL_TIME
from support.jingle_stanzas import DESKTOP
from support.siege import DOMAIN, Siege

pytestmark = pytest.mark.real_time
BOB = "bob@good.test/desk"
EVE = "eve@bad.test/x"
JINGLE = "{urn:xmpp:jingle:1}jingle"
_SERIAL = itertools.count()
ICE = "urn:xmpp:jingle:transports:ice-udp:1"
HOLD = "<hold xmlns='urn:xmpp:jingle:apps:rtp:info:1'/>"
CANDIDATE = (
    "<candidate component='1' foundation='1' generation='0' id='c{0}' ip='192.0.2.7' network='0' port='{0}'"
    " priority='1' protocol='udp' type='host'/>"
)


@pytest.fixture(scope="module")
def siege(tmp_path_factory):
    # The marker, for an engine that is older than the first test.
    REAL_TIME[0] = True
    folder = tmp_path_factory.mktemp("siege")
    with Siege(folder, Authority(folder / "authority")) as siege:
        siege.impostor.roster = f"<item jid='{BOB.partition('/')[0]}' subscription='both' name='Bob'/>"
        siege.again()
        yield siege


@pytest.fixture(autouse=True)
def as_it_was(siege):
    """After each attack the account is online in the same session and nothing rings."""
    before = siege.impostor.connections
    siege.alice.ask("PING")
    siege.alice.forget()
    yield
    siege.comes(lambda: siege.alice.ask("SEARCH ACTIVECALLS").strip() == "CALLS")
    assert siege.impostor.connections == before
    assert "unexpected error" not in siege.log
    assert "Traceback" not in siege.log


def offer(sid, stanza=DESKTOP):
    """What a program offers, in a session of this id."""
    return re.sub(r"""sid=(["'])[^"']*["']""", f"sid='{sid}'", stanza)


def asked(siege, inside, sender=BOB):
    """A request; gives the answer to it: "" or the conditions of an error."""
    ident = f"r{next(_SERIAL)}"
    siege.impostor.say(f"<iq from='{sender}' to='{siege.impostor.jid}' type='set' id='{ident}'>{inside}</iq>")
    answer = siege.impostor.until(lambda stanza: stanza.get("id") == ident)
    error = answer.find("{jabber:client}error")
    return "" if error is None else " ".join(child.tag.rpartition("}")[2] for child in error)


def about(sid, action, inside=""):
    return f"<jingle xmlns='urn:xmpp:jingle:1' action='{action}' sid='{sid}'>{inside}</jingle>"


def message(word, sid, sender, inside=""):
    return (
        f"<message from='{sender}' to='alice@{DOMAIN}' type='chat' id='m{next(_SERIAL)}'>"
        f"<{word} xmlns='urn:xmpp:jingle-message:0' id='{sid}'>{inside}</{word}></message>"
    )


#: What is wrong with an offer, and what makes it so.
MALFORMED = {
    "no address": lambda text: re.sub(r'ip="[^"]*"', 'ip="nowhere"', text, count=1),
    "another line": lambda text: re.sub(r'ip="[^"]*"', 'ip="1.2.3.4&#10;a=x"', text, count=1),
    "port": lambda text: re.sub(r'\bport="[^"]*"', 'port="70000"', text, count=1),
    "no number": lambda text: re.sub(r'priority="[^"]*"', 'priority="-1"', text, count=1),
    "digits of elsewhere": lambda text: re.sub(r'priority="[^"]*"', 'priority="٣"', text, count=1),
    "fingerprint": lambda text: re.sub(r">[0-9A-F:]{95}<", ">00:11<", text, count=1),
    "codec": lambda text: re.sub(r'name="opus"', 'name="op us"', text, count=1),
    "parameter": lambda text: re.sub(r'value="1"', f'value="{"x" * 2000}"', text, count=1),
    "password": lambda text: re.sub(r'pwd="[^"]*"', 'pwd="x&#13;&#10;a=ice-lite"', text, count=1),
    "content twice": lambda text: re.sub(
        r"(<content creator.*?</content>)", r"\1\1", text, count=1, flags=re.DOTALL
    ),
    "candidates": lambda text: text.replace(
        "</transport>", "".join(CANDIDATE.format(port) for port in range(1, 10_001)) + "</transport>", 1
    ),
    "contents": lambda text: text.replace(
        "</jingle>", "".join(f"<content name='n{i}'/>" for i in range(5_000)) + "</jingle>", 1
    ),
    "codecs": lambda text: text.replace(
        "</description>", "<payload-type id='1'/>" * 5_000 + "</description>", 1
    ),
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_malformed_offer_is_no_call(siege, fault):
    good = offer(f"bad-{fault.replace(' ', '-')}")
    bad = MALFORMED[fault](good)
    assert bad != good
    with siege.watched() as watch:
        assert asked(siege, bad) == "bad-request"
    watch.check()
    siege.alice.ask("PING")
    assert not [line for line in siege.alice.news if line.startswith("CALL ")]


def ringing(siege, sid):
    assert asked(siege, offer(sid)) == ""
    return siege.alice.until("STATUS RINGING").split()[1]


def test_nobody_else_says_anything_about_a_call(siege):
    number = ringing(siege, "talk")
    siege.alice.ask(f"ALTER CALL {number} ANSWER")
    siege.impostor.until(
        lambda stanza: (found := stanza.find(JINGLE)) is not None and found.get("action") == "session-accept"
    )
    siege.alice.until(f"CALL {number} STATUS INPROGRESS")
    for sender in (EVE, "bob@good.test/other", "bob@good.test", f"alice@{DOMAIN}/other", "good.test"):
        for action, inside in (
            ("session-terminate", "<reason><success/></reason>"),
            ("session-info", HOLD),
            ("content-remove", "<content name='audio' creator='initiator'/>"),
            ("transport-info", "<content name='audio' creator='initiator'/>"),
            ("session-accept", ""),
        ):
            assert asked(siege, about("talk", action, inside), sender) == "item-not-found unknown-session"
        for word in ("finish", "retract", "reject", "proceed", "accept"):
            siege.impostor.say(message(word, "talk", sender))
        siege.impostor.say(
            f"<iq from='{sender}' type='error' id='talk'/>",
            f"<message from='{sender}' type='error' id='talk'>"
            "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
        )
    siege.impostor.settle()
    assert siege.alice.ask(f"GET CALL {number} STATUS").endswith(" INPROGRESS")
    # Nor is what was said once carried out twice.
    assert asked(siege, offer("talk")) == "unexpected-request out-of-order"
    assert asked(siege, about("talk", "session-accept")) == "unexpected-request out-of-order"
    # Its own device may.
    assert asked(siege, about("talk", "session-info", HOLD)) == ""
    siege.alice.until(f"CALL {number} STATUS REMOTEHOLD")
    ended = about("talk", "session-terminate", "<reason><success/></reason>")
    assert asked(siege, ended) == ""
    siege.alice.until(f"CALL {number} STATUS FINISHED")
    assert asked(siege, ended) == "item-not-found unknown-session"


def test_much_that_is_said_in_a_call_is_bounded(siege):
    number = ringing(siege, "much")
    siege.alice.ask(f"ALTER CALL {number} ANSWER")
    siege.alice.until(f"CALL {number} STATUS INPROGRESS")
    name = re.search(r'<content[^>]*name="([^"]*)"', DESKTOP)[1]
    siege.impostor.answers[JINGLE] = lambda _: None
    with siege.watched() as watch:
        for i in range(600):
            way = f"<transport xmlns='{ICE}'>{CANDIDATE.format(i + 1)}</transport>"
            requests = (
                ("transport-info", f"<content name='{name}' creator='initiator'>{way}</content>"),
                ("content-add", f"<content name='v{i}' creator='initiator'/>"),
                ("session-info", HOLD if i % 2 else HOLD.replace("hold", "active")),
            )
            for action, inside in requests:
                request = about("much", action, inside)
                siege.impostor.say(f"<iq from='{BOB}' type='set' id='{action[0]}{i}'>{request}</iq>")
        siege.impostor.settle()
    watch.check()
    answers = [stanza for stanza in siege.impostor.heard if re.fullmatch("[tcs][0-9]+", stanza.get("id", ""))]
    assert len(answers) == 3 * 600
    assert sum(stanza.get("type") == "error" for stanza in answers) > 600
    assert asked(siege, about("much", "session-terminate", "<reason><success/></reason>")) == ""
    siege.alice.until(f"CALL {number} STATUS FINISHED")


def test_a_thousand_who_call_at_once_ring_sixteen_times(siege):
    audio = "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/>"
    heard = len(siege.impostor.heard)
    with siege.watched() as watch:
        siege.impostor.say(
            *(message("propose", f"s{i}", f"caller{i}@bad.test/x", audio) for i in range(1_000))
        )
        siege.impostor.settle()
    watch.check()
    assert siege.alice.ask("SEARCH ACTIVECALLS").count(",") == 15
    # Strangers do not hear that it rings.
    assert not [stanza for stanza in siege.impostor.heard[heard:] if "bad.test" in stanza.get("to", "")]
    siege.impostor.say(*(message("retract", f"s{i}", f"caller{i}@bad.test/x") for i in range(1_000)))
    siege.impostor.settle()


def test_who_announces_the_same_call_again_rings_once(siege):
    audio = "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/>"
    for _ in range(3):
        siege.impostor.say(message("propose", "again", BOB, audio))
    siege.alice.until("STATUS RINGING")
    siege.impostor.say(message("retract", "again", BOB), message("propose", "again", BOB, audio))
    siege.alice.until("STATUS MISSED")
    siege.impostor.settle()
    siege.alice.ask("PING")
    assert len([line for line in siege.alice.news if line.endswith("STATUS RINGING")]) == 1
