"""Descriptions as SDP: what aiortc reads is what was meant, what it writes is understood."""

import pytest
from aiortc import RTCPeerConnection
from aiortc.sdp import SessionDescription

from ringback.jingle import (
    Content,
    Description,
    Feedback,
    Fingerprint,
    Group,
    HeaderExtension,
    MalformedError,
    Parameter,
    PayloadType,
    Role,
    Rtp,
    Senders,
    Setup,
    Source,
    Transport,
    from_sdp,
    to_sdp,
)
from support.jingle import PRINT, candidate, described

SDP = f"""v=0
o=- 3 3 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE sound
a=fingerprint:SHA-256 {PRINT.lower()}
a=ice-ufrag:abcd
a=ice-pwd:{"p" * 22}
m=audio 9 UDP/TLS/RTP/SAVPF 111 0 101 20
c=IN IP4 0.0.0.0
a=setup:active
a=mid:sound
a=sendonly
a=msid:- track
a=extmap:3 urn:x
a=extmap:4/recvonly urn:y
a=rtcp-fb:* nack
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 ccm fir
a=fmtp:111 minptime=10; useinbandfec=1
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ssrc:77 cname:x y
a=rtcp-mux
a=candidate:1 1 UDP 2130706431 192.0.2.7 40000 typ host generation 0 ufrag abcd network-id 1
a=candidate:2 1 udp 1 something.local 40000 typ host
m=video 0 UDP/TLS/RTP/SAVPF 96
a=inactive
a=rtpmap:96 VP8/90000
"""
SOUND = Content(
    "sound",
    Role.INITIATOR,
    Senders.INITIATOR,
    Rtp(
        "audio",
        (
            PayloadType(
                111,
                "opus",
                48000,
                2,
                (Parameter("minptime", "10"), Parameter("useinbandfec", "1")),
                (Feedback("ccm", "fir"),),
            ),
            PayloadType(0, "PCMU", 8000),
            PayloadType(101, "telephone-event", 8000, 1, (Parameter("0-16"),)),
            PayloadType(20, "", 0),
        ),
        (Feedback("nack"),),
        (HeaderExtension(3, "urn:x"), HeaderExtension(4, "urn:y", Senders.RESPONDER)),
        (Source(77, (Parameter("cname", "x y"),)),),
    ),
    Transport("abcd", "p" * 22, (candidate(),), (Fingerprint("sha-256", PRINT, Setup.ACTIVE),)),
)


def test_reading():
    description = from_sdp(SDP, Role.INITIATOR)
    assert description.contents[0] == SOUND
    assert description.groups == (Group("BUNDLE", ("sound",)),)
    picture = description.contents[1]
    assert (picture.name, picture.senders, picture.rtp.rtcp_mux) == ("1", Senders.NONE, False)
    assert from_sdp(SDP.replace("\n", "\r\n"), Role.INITIATOR) == description


@pytest.mark.parametrize(
    ("said", "speaker", "senders"),
    [
        ("sendrecv", Role.INITIATOR, Senders.BOTH),
        ("sendonly", Role.INITIATOR, Senders.INITIATOR),
        ("recvonly", Role.INITIATOR, Senders.RESPONDER),
        ("sendonly", Role.RESPONDER, Senders.RESPONDER),
        ("recvonly", Role.RESPONDER, Senders.INITIATOR),
        ("inactive", Role.RESPONDER, Senders.NONE),
    ],
)
def test_who_sends(said, speaker, senders):
    content = from_sdp(SDP.replace("a=sendonly", f"a={said}"), speaker).contents[0]
    assert content.senders is senders
    written = to_sdp(Description((content,)), speaker)
    assert f"a={said}\r\n" in written


def test_writing_leaves_out_what_nobody_knows():
    written = to_sdp(Description((SOUND,)), Role.INITIATOR)
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 101\r\n" in written
    there = from_sdp(written, Role.INITIATOR).contents[0]
    assert there.rtp.payloads == SOUND.rtp.payloads[:-1]


def test_nothing_to_write():
    for rtp, transport in ((Rtp("audio"), Transport()), (SOUND.rtp, None)):
        with pytest.raises(MalformedError):
            to_sdp(Description((Content("a", rtp=rtp, transport=transport),)), Role.INITIATOR)


def test_aiortc_reads_what_is_written():
    media = SessionDescription.parse(to_sdp(Description((SOUND,)), Role.INITIATOR)).media[0]
    assert (media.kind, media.direction, media.rtp.muxId, media.rtcp_mux) == (
        "audio",
        "sendonly",
        "sound",
        True,
    )
    assert [str(codec) for codec in media.rtp.codecs] == ["opus/48000/2", "PCMU/8000", "telephone-event/8000"]
    assert media.rtp.codecs[0].parameters == {"minptime": 10, "useinbandfec": 1}
    assert [(one.ip, one.port, one.type) for one in media.ice_candidates] == [("192.0.2.7", 40000, "host")]
    assert (media.ice.usernameFragment, media.ice.password) == ("abcd", "p" * 22)
    assert (media.dtls.role, media.dtls.fingerprints[0].value) == ("client", PRINT)
    assert media.ssrc[0].cname == "x y"


async def offered():
    connection = RTCPeerConnection()
    connection.addTransceiver("audio")
    connection.addTransceiver("video")
    offer = await connection.createOffer()
    await connection.close()
    return offer.sdp


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v=0", "v=1"),
        ("v=0\n", ""),
        ("m=audio 9 UDP/TLS/RTP/SAVPF 111 0 101 20", "m=audio"),
        ("SAVPF 111", "SAVPF x"),
        ("opus/48000/2", "opus"),
        ("opus/48000/2", "opus/x"),
        ("a=rtpmap:111 opus/48000/2", "a=rtpmap:111"),
        ("a=setup:active", "a=setup:maybe"),
        ("a=candidate:1 1 UDP", "a=candidate:1 1"),
        ("a=extmap:3 urn:x", "a=extmap:3"),
        ("a=extmap:3 urn:x", "a=extmap:3/never urn:x"),
        ("a=ssrc:77", "a=ssrc:x"),
        ("a=group:BUNDLE sound", "a=group:"),
        ("a=rtcp-fb:111 ccm fir", "a=rtcp-fb:111"),
        ("a=fingerprint:SHA-256 ", "a=fingerprint:"),
        ("a=mid:sound", "hello"),
        ("a=ssrc:77 cname:x y", "a=ssrc-group:FID"),
    ],
)
def test_malformed(old, new):
    assert old in SDP
    with pytest.raises(MalformedError):
        from_sdp(SDP.replace(old, new, 1), Role.INITIATOR)


@pytest.mark.parametrize("text", ["", "x", "v=0\n" * 5001, "v=0\ns=" + "x" * 200_001])
def test_no_sdp(text):
    with pytest.raises(MalformedError):
        from_sdp(text, Role.INITIATOR)


def test_weak_fingerprints_are_left_out():
    weak = SDP.replace(
        "a=setup:active", f"a=fingerprint:sha-1 00:01\na=fingerprint:sha-256 {PRINT}\na=setup:active"
    )
    assert from_sdp(weak, Role.INITIATOR) == from_sdp(SDP, Role.INITIATOR)


def test_an_end_of_candidates_is_kept():
    (content,) = described().contents
    way = Transport("abcd", "p" * 22, complete=True)
    told = Description((Content(content.name, rtp=content.rtp, transport=way),))
    assert from_sdp(to_sdp(told, Role.RESPONDER), Role.RESPONDER) == told
