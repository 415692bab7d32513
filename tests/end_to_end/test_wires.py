"""Whole calls between two devices: stanzas of ringback.jingle, sound over ICE and DTLS, and a real relay."""

import asyncio
import base64
import hashlib
import hmac
import time
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest

from ringback.domain.effects import Route
from ringback.jingle import (
    AnswerCame,
    AnswerWanted,
    CandidatesCame,
    Established,
    Held,
    Offered,
    OfferWanted,
    Outcome,
    Over,
    Resumed,
    services_of,
)
from ringback.ports.media import RATE
from support.jingle import ALICE, BOB, BOBS, Net
from support.sound import levels, same_sound, speech, wav
from support.wires import Account, End, connected, flowing, talk

pytestmark = pytest.mark.usefixtures("inside")


class Party:
    """A device with sound: does what an adapter does between stanzas, wires and legs."""

    def __init__(self, net, address):
        self.net, self.address = net, address
        self.device = net.devices[address]
        self.end = Account(address)
        self.done = 0
        self.call = ""
        self.wish = ""

    def go_on(self):
        """Do what is to be done about what happened."""
        while self.done < len(self.device.events):
            event = self.device.events[self.done]
            self.done += 1
            self.call = event.call
            match event:
                case Offered(call):
                    self.net.do(self.address, "answer", call)
                case OfferWanted():
                    self.wish = "offer"
                    self.end.wire.offer()
                case AnswerWanted(_, _, description):
                    self.wish = "accept"
                    self.end.wire.answer(description)
                case AnswerCame(_, description):
                    self.end.wire.answered(description)
                case CandidatesCame(_, _, candidates, complete):
                    self.end.wire.reachable(candidates, complete)
                case Held() | Resumed():
                    self.end.legs.hold_leg(7, isinstance(event, Held))
                case _:
                    pass
        if self.wish and self.end.events:
            wish, self.wish = self.wish, ""
            self.net.do(self.address, wish, self.call, self.end.described)


async def established(net, *parties):
    """Let stanzas go to and fro until both talk."""
    async with asyncio.timeout(20):
        while not all(party.end.connected for party in parties):
            for party in parties:
                party.go_on()
            net.settle()
            await asyncio.sleep(0.001)
    for party in parties:
        assert Established(party.call) in party.device.events
    await flowing(*(party.end for party in parties))


def refuse(net, address, to):
    """The other side answers the newest request of a device as somebody who does not know it."""
    asked = net._ways[address, to].pop()[1]
    stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
    error = fromstring(f'<error><feature-not-implemented xmlns="{stanzas}"/></error>')
    net._take(address, net.devices[address].endpoint.answered(asked.id, to, error, net.now))


@pytest.mark.parametrize("knows_hold", [True, False])
def test_a_call_with_sound_and_a_hold(tmp_path, knows_hold):
    """The callee holds, by the notice or (where that is not known) by changing who sends; then both go on."""
    said = speech(3, 31)
    (tmp_path / "said.wav").write_bytes(wav(said))

    async def call():
        net = Net(ALICE, BOB)
        alice, bob = Party(net, ALICE), Party(net, BOB)
        net.do(ALICE, "place", "a", BOBS)
        net.settle()
        await established(net, alice, bob)
        await bob.end.lead(Route.OUTPUT, file=str(tmp_path / "heard.wav"))
        await alice.end.lead(Route.INPUT, file=str(tmp_path / "said.wav"))
        await talk(alice.end, bob.end, more=1.5)
        net.do(BOB, "hold", bob.call)
        if not knows_hold:
            refuse(net, BOB, ALICE)
        net.settle()
        assert alice.device.last(Held) == Held("a")
        alice.go_on()
        await talk(alice.end, bob.end, more=1)
        net.do(BOB, "hold", bob.call, held=False)
        net.settle()
        assert alice.device.last(Resumed) == Resumed("a")
        alice.go_on()
        await talk(alice.end, bob.end, more=2.5)
        net.do(ALICE, "end", "a")
        net.settle()
        for party in (alice, bob):
            assert party.device.last(Over).outcome is Outcome.ENDED
            await party.end.close()

    asyncio.run(call())
    heard = (tmp_path / "heard.wav").read_bytes()[44:]
    begun, ended = same_sound(said[: 3 * RATE], heard), same_sound(said[3 * RATE :], heard)
    assert begun, begun.why_not
    assert ended, ended.why_not
    end = begun.offset + 3 * RATE // 2
    assert abs(ended.offset - end - RATE) <= 2, "a second of silence between"
    assert np.abs(levels(heard)[end + 800 : ended.offset - 800]).max() < 200


# By a relay -----------------------------------------------------------------------------------------------


def credentials(relay):
    """What an XMPP server would hand out, for a user of an hour."""
    name = str(int(time.time()) + 3600)
    word = base64.b64encode(hmac.digest(relay.secret.encode(), name.encode(), hashlib.sha1)).decode()
    return services_of(
        fromstring(
            '<services xmlns="urn:xmpp:extdisco:2"><service type="turn" transport="udp" '
            f'host="{relay.address}" port="{relay.port}" username="{name}" password="{word}"/></services>'
        )
    )


def only_relayed(description):
    """As if nothing but the relay could be reached."""
    (content,) = description.contents
    found = tuple(one for one in content.transport.candidates if one.type == "relay")
    assert found, "the relay gave a place"
    way = replace(content.transport, candidates=found)
    return replace(description, contents=(replace(content, transport=way),))


def test_a_call_by_a_relay(relay):
    said, answered = speech(2, 41), speech(2, 42)

    async def call():
        one, other = End("a", credentials(relay)), End("b", credentials(relay))
        await connected(one, other, only_relayed)
        pair = one.wire._connection.getTransceivers()[0].receiver.transport.transport._connection._nominated[
            1
        ]
        assert pair.remote_candidate.type in {"relay", "prflx"}
        await talk(one, other, said, answered)
        await one.close()
        await other.close()
        return bytes(one.heard), bytes(other.heard)

    one_heard, other_heard = asyncio.run(call())
    for sound, heard in ((said, other_heard), (answered, one_heard)):
        found = same_sound(sound, heard)
        assert found, found.why_not


def test_a_relay_that_refuses_is_no_reason_to_fail(relay):
    wrong = tuple(replace(service, password="wrong") for service in credentials(relay))

    async def call():
        one, other = End("a", wrong), End("b")
        await connected(one, other)
        kinds = {candidate.type for candidate in one.described.contents[0].transport.candidates}
        await one.close()
        await other.close()
        return kinds

    assert asyncio.run(call()) == {"host"}
