"""Stanzas of other programs read, and written again as the same."""

from xml.etree.ElementTree import fromstring, tostring

import pytest

from ringback.jingle import (
    Candidate,
    Feedback,
    Fingerprint,
    Group,
    HeaderExtension,
    MalformedError,
    Parameter,
    PayloadType,
    Role,
    Senders,
    Setup,
    Source,
    SourceGroup,
    is_announcement,
)
from ringback.jingle.reasons import Reason
from ringback.jingle.stanzas import (
    Action,
    Announcement,
    Jingle,
    Key,
    Notice,
    Unknown,
    Word,
    announcement_element,
    announcement_of,
    jingle_element,
    jingle_of,
)
from support.jingle import described
from support.jingle_stanzas import BROWSER, DESKTOP, PRINT, TELEPHONE


def again(jingle):
    """Written and read."""
    return jingle_of(fromstring(tostring(jingle_element(jingle))))


@pytest.mark.parametrize("text", [DESKTOP, TELEPHONE, BROWSER])
def test_what_is_read_is_written_as_it_was(text):
    jingle = jingle_of(fromstring(text))
    assert again(jingle) == jingle


def test_a_desktop():
    jingle = jingle_of(fromstring(DESKTOP))
    assert (jingle.action, jingle.sid, jingle.initiator) == (
        Action.SESSION_INITIATE,
        "d3f1a0",
        "bob@two.example/desk.4f",
    )
    assert jingle.description.groups == (Group("BUNDLE", ("audio", "video")),)
    audio, video = jingle.description.contents
    assert jingle.description.audio is audio
    assert audio.rtp.payloads == (
        PayloadType(111, "opus", 48000, 2, (Parameter("useinbandfec", "1"),), (Feedback("transport-cc"),)),
        PayloadType(103, "speex", 16000),
        PayloadType(0, "PCMU", 8000),
        PayloadType(101, "telephone-event", 8000, 1, (Parameter("", "0-15"),)),
    )
    assert audio.transport.fingerprints == (Fingerprint("sha-256", PRINT, Setup.ACTPASS),)
    assert audio.transport.candidates == (
        Candidate(1, "1", "10.0.0.3", 52511, 2015363327),
        Candidate(2, "1", "fd00::3", 52512, 2015363326),
        Candidate(1, "9", "198.51.100.4", 61000, 1677721855, "udp", "srflx", "10.0.0.3", 52511),
    )
    assert [one.id for one in audio.transport.candidates] == ["c1", "c2", "c3"]
    assert video.rtp.payloads[0].feedback == (Feedback("ccm", "fir"),)
    assert jingle.description.only("audio").groups == (Group("BUNDLE", ("audio",)),)


def test_a_telephone():
    (content,) = jingle_of(fromstring(TELEPHONE)).description.contents
    assert content.senders is Senders.BOTH
    assert content.creator is Role.INITIATOR
    assert content.rtp.payloads[1] == PayloadType(9, "G722", 8000), "its number names it"
    assert content.rtp.feedback == (Feedback("nack", "pli"),)
    assert content.rtp.extensions == (
        HeaderExtension(1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
        HeaderExtension(4, "urn:ietf:params:rtp-hdrext:sdes:mid", Senders.INITIATOR),
    )
    parameters = (Parameter("cname", "q8Ua+/x"), Parameter("msid", "stream track"))
    assert content.rtp.sources == (Source(1839471, parameters),)
    assert content.rtp.groups == (SourceGroup("FID", (1839471,)),)
    assert content.transport.fingerprints[0].value == PRINT


def test_a_browser():
    (content,) = jingle_of(fromstring(BROWSER)).description.contents
    assert [one.foundation for one in content.transport.candidates] == ["78", "79"]
    assert content.transport.candidates[0].tcptype == "active"
    assert content.transport.candidates[1].rel_addr == "0.0.0.0"
    assert content.transport.complete


@pytest.mark.parametrize(
    "jingle",
    [
        Jingle(Action.SESSION_INFO, "x", info=Notice.HOLD),
        Jingle(Action.SESSION_INFO, "x", info=Key("#", 250)),
        Jingle(Action.SESSION_INFO, "x"),
        Jingle(Action.SESSION_TERMINATE, "x", reason=Reason.BUSY),
        Jingle(Action.SESSION_ACCEPT, "x", described(setup=Setup.ACTIVE), responder="a@b/c"),
    ],
)
def test_own_requests_read_as_they_were_meant(jingle):
    assert again(jingle) == jingle


@pytest.mark.parametrize(
    "said",
    [
        Announcement(Word.PROPOSE, "x", ("audio", "video")),
        Announcement(Word.RETRACT, "x", (), Reason.EXPIRED, True),
        *[Announcement(word, "x") for word in Word],
    ],
)
def test_own_messages_read_as_they_were_meant(said):
    element = fromstring(tostring(announcement_element(said)))
    assert is_announcement(element)
    assert announcement_of(element) == said


def reason_in(inside):
    start = '<jingle xmlns="urn:xmpp:jingle:1" action="session-terminate" sid="x">'
    return jingle_of(fromstring(f"{start}{inside}</jingle>")).reason


def test_reasons():
    assert reason_in("") is None
    assert reason_in("<reason/>") is None
    assert reason_in("<reason><text>Good night</text><gone/></reason>") is Reason.GONE
    assert reason_in("<reason><weather/></reason>") is Reason.GENERAL_ERROR
    assert reason_in('<reason><x xmlns="urn:x"/><busy/></reason>') is Reason.BUSY


def info_in(inside):
    start = '<jingle xmlns="urn:xmpp:jingle:1" action="session-info" sid="x">'
    return jingle_of(fromstring(f"{start}{inside}</jingle>")).info


def test_infos():
    assert info_in('<unhold xmlns="urn:xmpp:jingle:apps:rtp:info:1"/>') is Notice.UNHOLD
    assert info_in('<dtmf xmlns="urn:xmpp:jingle:dtmf:0" code="7"/>') == Key("7", 100)
    assert info_in('<sing xmlns="urn:xmpp:jingle:apps:rtp:info:1"/>') == Unknown("sing")
    assert info_in('<transfer xmlns="urn:xmpp:jingle:transfer:0"/>') == Unknown("transfer")
    for code in ("", "77", "E"):
        with pytest.raises(MalformedError):
            info_in(f'<dtmf xmlns="urn:xmpp:jingle:dtmf:0" code="{code}"/>')


# What is not taken ----------------------------------------------------------------------------------------


def spoilt(old, new, text=DESKTOP):
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('action="session-initiate"', 'action="session-begin"'),
        ('action="session-initiate"', ""),
        ('sid="d3f1a0"', ""),
        ('sid="d3f1a0"', 'sid=""'),
        ('sid="d3f1a0"', 'sid=" x"'),
        ('sid="d3f1a0"', f'sid="{"x" * 129}"'),
        ('sid="d3f1a0"', 'sid="a&#10;b"'),
        ('<content name="video"/>', '<content name="picture"/>'),
        ('name="audio" senders', 'name="" senders'),
        ('name="audio" senders', 'name="au dio" senders'),
        ('name="audio" senders', 'name="a&#13;&#10;a=b" senders'),
        ('name="video" senders', 'name="audio" senders'),
        ('senders="both"', 'senders="all"'),
        ('creator="initiator"', 'creator="me"'),
        ('media="audio"', 'media=""'),
        ('id="111"', 'id="128"'),
        ('id="111"', 'id="72"'),
        ('id="111"', 'id="-1"'),
        ('id="111"', 'id="0"'),
        ('id="111"', 'id="\u0663"'),
        ('id="111"', ""),
        ('clockrate="48000"', 'clockrate="48000000"'),
        ('clockrate="48000"', 'clockrate="4e3"'),
        ('channels="2"', 'channels="256"'),
        ('name="opus"', 'name="opus/48000"'),
        ('name="opus"', 'name="o&#10;a=x"'),
        ('name="useinbandfec" value="1"', 'name="a;b" value="1"'),
        ('name="useinbandfec" value="1"', 'name="a" value="1;b=2"'),
        ('name="useinbandfec" value="1"', 'name="a" value="1&#13;a=x"'),
        ('name="useinbandfec" value="1"', f'name="a" value="{"x" * 1025}"'),
        ('name="useinbandfec" value="1"', ""),
        ('type="transport-cc"', 'type="transport cc"'),
        ('ufrag="vTw4"', 'ufrag="vT"'),
        ('ufrag="vTw4"', 'ufrag="v w4"'),
        ('ufrag="vTw4"', f'ufrag="{"v" * 257}"'),
        ('pwd="kUNPgGzX1cRvyjmo2pQf7e"', 'pwd="short"'),
        ('pwd="kUNPgGzX1cRvyjmo2pQf7e"', ""),
        ('hash="sha-256"', 'hash="sha-512"'),
        ('setup="actpass"', 'setup="both"'),
        (PRINT, PRINT[:-3]),
        (PRINT, PRINT.replace("01", "0G")),
        (PRINT, ""),
        ('ip="10.0.0.3"', 'ip="10.0.0.300"'),
        ('ip="10.0.0.3"', 'ip="example.org"'),
        ('ip="10.0.0.3"', 'ip=""'),
        ('ip="10.0.0.3"', 'ip="::1%lo"'),
        ('ip="10.0.0.3"', 'ip="10.0.0.3 9 typ host"'),
        ('port="52511"', 'port="0"'),
        ('port="52511"', 'port="65536"'),
        ('port="52511"', 'port="1.0"'),
        ('port="52511"', ""),
        ('priority="2015363327"', 'priority="99999999999999"'),
        ('component="1"', 'component="0"'),
        ('component="1"', 'component="257"'),
        ('foundation="1"', 'foundation=""'),
        ('foundation="1"', f'foundation="{"1" * 33}"'),
        ('protocol="udp"', 'protocol="u d p"'),
        ('type="host"', 'type="guest"'),
        ('rel-addr="10.0.0.3"', 'rel-addr="nowhere"'),
        ('rel-port="52511"', 'rel-port="x"'),
        ('generation="0"', 'generation="-1"'),
        ('network="0"', 'network="99999999999"'),
        ("<rtcp-mux/>", f"{'<x/>' * 257}"),
        (
            '<payload-type clockrate="16000" id="103" name="speex"/>',
            "".join(
                f'<payload-type clockrate="1" id="{n}" name="x"/>'
                for n in range(1, 128)
                if n not in range(64, 96)
            ),
        ),
    ],
)
def test_malformed(old, new):
    with pytest.raises(MalformedError):
        jingle_of(fromstring(spoilt(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id="1"\n', 'id="0"\n'),
        ('id="1"\n', 'id="4"\n'),
        ("urn:ietf:params:rtp-hdrext:sdes:mid", "a b"),
        ("urn:ietf:params:rtp-hdrext:sdes:mid", ""),
        ('ssrc="1839471">', 'ssrc="4294967296">'),
        ('ssrc="1839471">', ">"),
        ('semantics="FID"', 'semantics=""'),
        ('<source ssrc="1839471"/>', ""),
        ('subtype="pli"', 'subtype="p li"'),
    ],
)
def test_malformed_telephones(old, new):
    with pytest.raises(MalformedError):
        jingle_of(fromstring(spoilt(old, new, TELEPHONE)))


@pytest.mark.parametrize("times", [41, 255])
def test_too_many_candidates(times):
    one = '<candidate component="1" foundation="1" ip="192.0.2.1" port="1" priority="1" protocol="udp"/>'
    with pytest.raises(MalformedError):
        jingle_of(fromstring(spoilt("<gathering-complete/>", one * times, BROWSER)))


def test_weak_fingerprints_are_left_out():
    """A call stands with a good one beside them, and not without."""
    weak = '<fingerprint xmlns="urn:xmpp:jingle:apps:dtls:0" hash="sha-1" setup="actpass">00:01</fingerprint>'
    candidate = '<candidate component="1" foundation="1" generation="0" id="c1"'
    text = spoilt(candidate, weak + candidate)
    assert jingle_of(fromstring(text)) == jingle_of(fromstring(DESKTOP))
    assert jingle_of(fromstring(spoilt('hash="sha-256"', 'hash="sha-1"'))).description.audio is None


def test_what_is_unknown_is_left_out():
    text = spoilt("<rtcp-mux/>", '<!-- hello --><rtcp-mux/><x xmlns="urn:x"/>')
    assert jingle_of(fromstring(text)) == jingle_of(fromstring(DESKTOP))


@pytest.mark.parametrize("text", ["<x/>", '<jingle xmlns="urn:x"/>', '<query xmlns="urn:xmpp:jingle:1"/>'])
def test_other_elements(text):
    with pytest.raises(MalformedError):
        jingle_of(fromstring(text))
    assert not is_announcement(fromstring(text))
    with pytest.raises(MalformedError):
        announcement_of(fromstring(text))


def test_a_password_is_not_shown():
    assert "kUNPgGzX1cRvyjmo2pQf7e" not in repr(jingle_of(fromstring(DESKTOP)))
