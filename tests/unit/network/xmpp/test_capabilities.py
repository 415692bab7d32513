"""What programs of others can do: asked once, checked, and bounded."""

import asyncio

import pytest

from ringback.network.xmpp import capabilities
from ringback.network.xmpp.capabilities import Capabilities, Claim, claim_of, digest
from support.stanzas import Shared, answer_of, xml

VIDEO = "urn:xmpp:jingle:apps:rtp:video"
EXODUS = """<query xmlns='http://jabber.org/protocol/disco#info'>
<identity category='client' type='pc' name='Exodus 0.9.1'/>
<feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>
<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>
</query>"""
PSI = """<query xmlns='http://jabber.org/protocol/disco#info'>
<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>
<identity xml:lang='el' category='client' name='\u03a8 0.11' type='pc'/>
<feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>
<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>
<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>
<value>urn:xmpp:dataforms:softwareinfo</value></field>
<field var='ip_version' type='text-multi'><value>ipv4</value><value>ipv6</value></field>
<field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value></field>
<field var='software'><value>Psi</value></field><field var='software_version'><value>0.11</value></field>
</x></query>"""


@pytest.mark.parametrize(
    ("info", "ver"), [(EXODUS, "QgayPKawpkPSDYmwT/WM94uAlu0="), (PSI, "q07IKJEyjvHSyhy//CH0CxmKi8w=")]
)
def test_the_digest_is_that_of_the_extension(info, ver):
    """Its own two examples (XEP-0115 §5.2, §5.3)."""
    assert digest(xml(info), "sha-1") == ver


@pytest.mark.parametrize(
    "twice",
    [
        "<feature var='http://jabber.org/protocol/muc'/>",
        "<identity category='client' type='pc' name='Exodus 0.9.1'/>",
        "<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'><value>a</value></field></x>" * 2,
    ],
)
def test_an_answer_that_could_stand_for_another_has_none(twice):
    assert digest(xml(EXODUS.replace("</query>", f"{twice}</query>")), "sha-1") == ""


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<c xmlns='http://jabber.org/protocol/caps' node='n' ver='1.0' ext='voice'/>",
        "<c xmlns='http://jabber.org/protocol/caps' node='n' hash='md99' ver='v'/>",
        "<c xmlns='http://jabber.org/protocol/caps' node='n' hash='sha-1' ver=''/>",
        f"<c xmlns='http://jabber.org/protocol/caps' node='{'n' * 400}' hash='sha-1' ver='v'/>",
    ],
)
def test_what_cannot_be_checked_is_no_claim(inside):
    assert claim_of(xml(f"<presence>{inside}</presence>")) is None


class Desk(Shared):
    def __init__(self) -> None:
        super().__init__()
        self.capabilities = Capabilities(self.line)
        self.learnt = []
        self.capabilities.learnt = self.learnt.append


def test_one_answer_serves_all_who_have_the_same_program():
    async def scene():
        desk = Desk()
        info, ver = answer_of(VIDEO, "urn:other")
        claim = Claim("them", "sha-1", ver)
        desk.capabilities.heard("a@x/1", claim)
        assert desk.capabilities.of("a@x/1", claim) is None
        question, to = await desk.answer(info)
        assert (question.get("node"), to) == (f"them#{ver}", "a@x/1")
        assert desk.learnt == [claim]
        desk.capabilities.heard("b@y/2", claim)
        await desk.turn()
        assert desk.wire.asked == []
        assert desk.capabilities.of("b@y/2", claim) == {VIDEO}

    asyncio.run(scene())


def test_who_lies_is_believed_nothing_and_others_are_still_asked():
    async def scene():
        desk = Desk()
        lie, _ = answer_of(VIDEO)
        truth, ver = answer_of("urn:other")
        claim = Claim("them", "sha-1", ver)
        desk.capabilities.heard("eve@x/1", claim)
        await desk.answer(lie)
        assert desk.capabilities.of("eve@x/1", claim) == frozenset()
        desk.capabilities.heard("eve@x/1", claim)
        await desk.turn()
        assert desk.wire.asked == []
        desk.capabilities.heard("bob@y/2", claim)
        await desk.answer(truth)
        assert desk.capabilities.of("bob@y/2", claim) == frozenset()
        # Who gave no answer may give one in another session.
        desk.capabilities.heard("carl@z/3", Claim("t", "sha-1", "v"))
        await desk.refuse()
        desk.capabilities.forget()
        desk.capabilities.heard("carl@z/3", Claim("t", "sha-1", "v"))
        await desk.turn()
        assert len(desk.wire.asked) == 1

    asyncio.run(scene())


def test_a_crowd_and_a_device_that_changes_all_the_time_are_bounded(monkeypatch):
    async def scene():
        monkeypatch.setattr(capabilities, "KNOWN_AT_MOST", 3)
        desk = Desk()
        for i in range(100):
            desk.capabilities.heard("mad@x/1", Claim("them", "sha-1", f"v{i}"))
            desk.capabilities.heard(f"p{i}@x/1", Claim("them", "sha-1", f"w{i}"))
        await desk.turn()
        assert len(desk.wire.asked) == capabilities.ASKING_AT_MOST
        for i in range(100):
            desk.capabilities.gone(f"p{i}@x/1")
        desk.capabilities.gone("mad@x/1")
        while desk.wire.asked:
            await desk.refuse()
        for i in range(5):
            info, ver = answer_of(f"urn:{i}")
            desk.capabilities.heard(f"q{i}@x/1", Claim("them", "sha-1", ver))
            await desk.answer(info)
        assert len(desk.capabilities._known) == 3

    asyncio.run(scene())
