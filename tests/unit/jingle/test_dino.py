"""What Dino 0.4.2 says in calls, recorded: it announces them, and gives each content a way of its own."""

from xml.etree.ElementTree import fromstring

import pytest

from ringback.jingle import (
    AnswerCame,
    Endpoint,
    Established,
    Offered,
    OfferWanted,
    Outcome,
    Over,
    SendIq,
    SendMessage,
    SendResult,
    Setup,
)
from ringback.jingle.namespaces import GROUPING, JINGLE, MESSAGE
from support.jingle import PRINT, described

HERE, DINO = "alice@one.example/ringback", "dora@one.example/dino"
SID = "36fcefb6-daae-467a-bc24-59ef3e8fcfd1"
PROPOSE = f"""<propose xmlns="{MESSAGE}" id="{SID}">
  <description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio"/></propose>"""
OFFER = f"""
<jingle xmlns="urn:xmpp:jingle:1" action="session-initiate" initiator="{DINO}" sid="{SID}">
  <content creator="initiator" name="audio" senders="both">
    <description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio">
      <payload-type id="111" channels="2" clockrate="48000" name="opus">
        <parameter name="useinbandfec" value="1"/>
      </payload-type>
      <payload-type id="112" clockrate="32000" name="speex"/>
      <payload-type id="113" clockrate="16000" name="speex"/>
      <payload-type id="114" clockrate="8000" name="speex"/>
      <payload-type id="0" clockrate="8000" name="PCMU"/>
      <payload-type id="8" clockrate="8000" name="PCMA"/>
      <encryption><crypto crypto-suite="AES_CM_128_HMAC_SHA1_80" key-params="inline:x" tag="1"/></encryption>
      <rtcp-mux/>
    </description>
    <transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" ufrag="4MbN" pwd="2+POubUf0rqGq1p7FrQtAP">
      <fingerprint xmlns="urn:xmpp:jingle:apps:dtls:0" hash="sha-256" setup="actpass">
        {PRINT}
      </fingerprint>
      <candidate component="1" foundation="1" generation="0" id="aff05da5" ip="198.18.0.2" network="0"
        port="53750" priority="2015363327" protocol="udp" type="host"/>
      <candidate component="2" foundation="1" generation="0" id="d826a40c" ip="198.18.0.2" network="0"
        port="33701" priority="2015363326" protocol="udp" type="host"/>
    </transport>
  </content>{{more}}
</jingle>"""
PICTURES = f"""
  <content creator="initiator" name="video" senders="both">
    <description xmlns="urn:xmpp:jingle:apps:rtp:1" media="video">
      <payload-type id="98" clockrate="90000" name="VP8">
        <rtcp-fb xmlns="urn:xmpp:jingle:apps:rtp:rtcp-fb:0" type="goog-remb"/>
        <rtcp-fb xmlns="urn:xmpp:jingle:apps:rtp:rtcp-fb:0" type="ccm" subtype="fir"/>
      </payload-type>
      <rtp-hdrext xmlns="urn:xmpp:jingle:apps:rtp:rtp-hdrext:0" id="1" uri="urn:3gpp:video-orientation"/>
      <encryption><crypto crypto-suite="AES_CM_128_HMAC_SHA1_80" key-params="inline:x" tag="1"/></encryption>
      <rtcp-mux/>
    </description>
    <transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" ufrag="O7Wn" pwd="dPomx7FXfn3IxxUH0nZd9S">
      <fingerprint xmlns="urn:xmpp:jingle:apps:dtls:0" hash="sha-256" setup="actpass">
        {PRINT}
      </fingerprint>
    </transport>
  </content>"""
#: With it, Dino's device offers to verify keys.
PROCEED = """<proceed xmlns="urn:xmpp:jingle-message:0" id="{sid}">
  <device xmlns="http://gultsch.de/xmpp/drafts/omemo/dlts-srtp-verification" id="1931933752"/></proceed>"""
ANSWER = f"""
<jingle xmlns="urn:xmpp:jingle:1" action="session-accept" sid="{{sid}}">
  <content creator="initiator" name="0" senders="both">
    <description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio">
      <payload-type id="96" channels="2" clockrate="48000" name="opus"/>
      <rtcp-mux/>
    </description>
    <transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" ufrag="/vZ8" pwd="gDRBPsy4n2M2G2xauoW2Af">
      <fingerprint xmlns="urn:xmpp:jingle:apps:dtls:0" hash="sha-256" setup="active">
        {PRINT}
      </fingerprint>
      <candidate component="1" foundation="1" generation="0" id="ccab80f6" ip="198.18.0.2" network="0"
        port="36736" priority="2015363327" protocol="udp" type="host"/>
    </transport>
  </content>
</jingle>"""
NOT_DONE = """<error type="modify"><feature-not-implemented xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>
  <text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">content-remove is not implemented</text></error>"""
END = """<jingle xmlns="urn:xmpp:jingle:1" action="session-terminate" sid="{sid}"><reason><success/></reason>
  </jingle>"""


@pytest.fixture
def here():
    ids = iter(range(1000))
    return Endpoint(HERE, lambda: f"id{next(ids)}")


def heard(here, what):
    return here.iq(DINO, "i", fromstring(what), 0.0)


def called(here, more=""):
    """Dino calls, and we take it; what is wanted of us."""
    (offered,) = here.message(DINO, fromstring(PROPOSE), 0.0, HERE)
    assert offered == Offered(offered.call, DINO, ("audio",))
    here.answer(offered.call, 0.0)
    result, wanted = heard(here, OFFER.format(more=more))
    assert isinstance(result, SendResult)
    return wanted


@pytest.mark.parametrize("more", ["", PICTURES])
def test_it_calls_with_sound_or_pictures_and_gets_sound(here, more):
    wanted = called(here, more)
    (sound,) = wanted.description.contents
    assert [payload.name for payload in sound.rtp.payloads][:2] == ["opus", "speex"]
    *removed, accepted, established = here.accept(
        wanted.call, described(name="audio", setup=Setup.ACTIVE), 0.0
    )
    assert established == Established(wanted.call)
    # It offered no group, so there is none in the answer.
    assert accepted.element.find(f"{{{GROUPING}}}group") is None
    assert [one.get("name") for one in accepted.element.iter(f"{{{JINGLE}}}content")] == ["audio"]
    assert [one.element.get("action") for one in removed] == (["content-remove"] if more else [])
    for one in removed:
        assert [content.get("name") for content in one.element] == ["video"]
        # It cannot do that, and talks all the same.
        assert here.answered(one.id, DINO, fromstring(NOT_DONE), 0.0) == []
    assert here.calls == (wanted.call,)
    result, finish, over = heard(here, END.format(sid=SID))
    assert isinstance(result, SendResult)
    assert isinstance(finish, SendMessage)
    assert over == Over(wanted.call, Outcome.ENDED, over.reason)


def test_it_gives_up(here):
    (offered,) = here.message(DINO, fromstring(PROPOSE), 0.0, HERE)
    retract = f'<retract xmlns="{MESSAGE}" id="{SID}"/>'
    assert here.message(DINO, fromstring(retract), 0.0, HERE) == [Over(offered.call, Outcome.CANCELLED)]


def placed(here):
    """We call Dora; the id of the session."""
    (propose,) = here.place("c", "dora@one.example", 0.0)
    return propose.element.get("id")


def test_it_is_called_and_never_says_that_it_rings(here):
    sid = placed(here)
    said = fromstring(PROCEED.format(sid=sid))
    assert here.message(DINO, said, 1.0, HERE) == [OfferWanted("c", DINO)]
    (offer,) = here.offer("c", described(), 1.0)
    assert here.answered(offer.id, DINO, None, 1.0) == []
    result, came, established = heard(here, ANSWER.format(sid=sid))
    assert isinstance(result, SendResult)
    assert isinstance(came, AnswerCame)
    assert came.description.audio.transport.fingerprints[0].setup is Setup.ACTIVE
    assert established == Established("c")
    (hold,) = here.hold("c", 2.0)
    assert isinstance(hold, SendIq)
    assert here.answered(hold.id, DINO, None, 2.0) == []
    assert here.calls == ("c",)


def test_it_refuses_without_a_reason(here):
    reject = f'<reject xmlns="{MESSAGE}" id="{placed(here)}"/>'
    assert here.message(DINO, fromstring(reject), 1.0, HERE) == [Over("c", Outcome.REFUSED)]
