"""Random descriptions, and random walks of devices that call each other."""

import asyncio

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.codecs import CODECS, HEADER_EXTENSIONS
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceCandidate, RTCIceParameters
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters
from aiortc.sdp import GroupDescription, MediaDescription, SessionDescription, SsrcDescription
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringback.jingle import (
    AnswerWanted,
    Established,
    Offered,
    OfferWanted,
    Outcome,
    Over,
    Role,
    SendError,
    Setup,
    from_sdp,
    to_sdp,
)
from ringback.jingle.errors import conditions_of
from ringback.jingle.stanzas import Action, Jingle, jingle_element, jingle_of
from ringback.jingle.table import State
from support.jingle import ALICE, BOB, BOBS, PHONE, Net, candidate, described

# Descriptions ---------------------------------------------------------------------------------------------

ICE = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789+/", min_size=22, max_size=32)
ADDRESS = st.ip_addresses().map(str)
PORT = st.integers(1, 65535)
CANDIDATE = st.builds(
    RTCIceCandidate,
    component=st.integers(1, 2),
    foundation=ICE,
    ip=ADDRESS,
    port=PORT,
    priority=st.integers(1, 2**31 - 1),
    protocol=st.sampled_from(["udp", "tcp"]),
    type=st.sampled_from(["host", "srflx", "prflx", "relay"]),
)


@st.composite
def candidates(draw):
    one = draw(CANDIDATE)
    if draw(st.booleans()):
        one.relatedAddress, one.relatedPort = draw(ADDRESS), draw(PORT)
    return one


@st.composite
def media(draw, mid):
    kind = draw(st.sampled_from(["audio", "video"]))
    codecs = draw(st.lists(st.sampled_from(CODECS[kind]), min_size=1, max_size=9, unique_by=id))
    number = iter(range(96, 128))
    fixed = [
        codec.payloadType for codec in codecs if codec.payloadType is not None and codec.payloadType < 64
    ]
    chosen = []
    for codec in codecs:
        static = codec.payloadType if codec.payloadType in fixed else next(number)
        chosen.append(type(codec)(**{**vars(codec), "payloadType": static}))
    one = MediaDescription(kind, 9, "UDP/TLS/RTP/SAVPF", [codec.payloadType for codec in chosen])
    one.host = "0.0.0.0"
    one.direction = draw(st.sampled_from(["inactive", "sendonly", "recvonly", "sendrecv"]))
    one.msid = "- x"
    one.rtcp_port, one.rtcp_host, one.rtcp_mux = 9, "0.0.0.0", True
    one.rtp.codecs, one.rtp.muxId = chosen, mid
    known = HEADER_EXTENSIONS[kind][: draw(st.integers(0, 4))]
    one.rtp.headerExtensions = [RTCRtpHeaderExtensionParameters(id=k.id, uri=k.uri) for k in known]
    one.ssrc = [SsrcDescription(draw(st.integers(0, 2**32 - 1)), cname=draw(st.uuids().map(str)))]
    one.ssrc_group = draw(st.sampled_from([[], [GroupDescription("FID", [one.ssrc[0].ssrc, 5])]]))
    one.ice_candidates = draw(st.lists(candidates(), max_size=6))
    one.ice_candidates_complete = draw(st.booleans())
    one.ice = RTCIceParameters(usernameFragment=draw(ICE), password=draw(ICE))
    prints = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
    one.dtls = RTCDtlsParameters(
        [
            RTCDtlsFingerprint(
                name, ":".join(f"{byte:02X}" for byte in draw(st.binary(min_size=size, max_size=size)))
            )
            for name, size in prints.items()
        ],
        draw(st.sampled_from(["auto", "client", "server"])),
    )
    return one


@st.composite
def sessions(draw):
    session = SessionDescription()
    session.origin = "- 1 1 IN IP4 0.0.0.0"
    mids = [str(number) for number in range(draw(st.integers(1, 3)))]
    session.media = [draw(media(mid)) for mid in mids]
    session.group = [GroupDescription("BUNDLE", mids)] if draw(st.booleans()) else []
    session.msid_semantic = [GroupDescription("WMS", ["*"])]
    return session


def told(session):
    """What an SDP of aiortc says, without the lines that mean nothing to Jingle."""
    skipped = ("a=msid", "o=", "m=", "c=", "a=rtcp:")
    lines = [line for line in str(session).split("\r\n") if not line.startswith(skipped)]
    return sorted(lines)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sessions(), st.sampled_from(Role))
def test_any_sdp_of_aiortc_survives(session, speaker):
    """SDP → types → XML → types → SDP: aiortc reads the same out of it."""
    description = from_sdp(str(session), speaker)
    request = Jingle(Action.SESSION_INITIATE, "x", description)
    again = jingle_of(jingle_element(request)).description
    assert again == description
    written = SessionDescription.parse(to_sdp(again, speaker))
    assert [m.fmt for m in written.media] == [m.fmt for m in session.media]
    assert told(written) == told(SessionDescription.parse(str(session)))
    assert from_sdp(to_sdp(again, speaker), speaker) == description


def test_a_real_offer_of_aiortc_survives():
    async def offered():
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        for kind in ("audio", "video"):
            connection.addTransceiver(kind)
        await connection.setLocalDescription(await connection.createOffer())
        text = connection.localDescription.sdp
        await connection.close()
        return text

    text = asyncio.run(offered())
    description = from_sdp(text, Role.INITIATOR)
    written = to_sdp(description, Role.INITIATOR)
    assert told(SessionDescription.parse(written)) == told(SessionDescription.parse(text))


# Walks ----------------------------------------------------------------------------------------------------

DEVICES = (ALICE, BOB, PHONE)
ENDINGS = (Outcome.ENDED, Outcome.REFUSED, Outcome.BUSY, Outcome.LOST, Outcome.FAILED)
ANY = st.tuples(st.sampled_from(DEVICES), st.integers(0, 3))
STEP = st.one_of(
    *[st.tuples(st.just("deliver"), st.integers(0, 8))] * 2,
    st.tuples(st.just("deliver all"), st.none()),
    st.tuples(st.just("place"), st.sampled_from([(ALICE, BOBS), (BOB, "alice@one.example")])),
    st.tuples(st.just("direct"), st.sampled_from([(ALICE, BOB), (ALICE, PHONE), (BOB, ALICE)])),
    *[st.tuples(st.just("go on"), ANY)] * 4,
    st.tuples(
        st.sampled_from(["ring", "answer", "offer", "accept", "hold", "resume", "keys", "trickle"]), ANY
    ),
    st.tuples(st.sampled_from(ENDINGS), ANY),
    st.tuples(st.just("wait"), st.sampled_from([1.0, 29.0, 31.0])),
)
ALL = ("deliver all", None)
#: Nothing, a call that rings, one whose offer is on its way, one that talks, one without messages.
RINGING = (("place", (ALICE, BOBS)), ALL)
OFFERED = (*RINGING, ("go on", (BOB, 0)), ALL, ("go on", (ALICE, 0)))
TALKING = (*OFFERED, ALL, ("go on", (BOB, 0)), ALL)
DIRECT = (("direct", (ALICE, PHONE)), ("go on", (ALICE, 0)))
BEGINNINGS = ((), RINGING, OFFERED, TALKING, DIRECT)
#: What a user or an engine does with a call in that state.
NATURAL = {State.RINGING: "answer", State.WANTED: "offer", State.ANSWERING: "accept", State.ACTIVE: "hold"}


def step(net, number, kind, what):
    """One step of a walk."""
    match kind:
        case "deliver":
            if net.busy:
                net.deliver(net.busy[what % len(net.busy)])
        case "deliver all":
            net.settle()
        case "place" | "direct":
            sender, to = what
            net.do(sender, "place", f"c{number}", to, announce=kind == "place")
        case "wait":
            net.now += what
            for address, device in net.devices.items():
                due = device.endpoint.next_deadline()
                if due is not None and due <= net.now:
                    net._take(address, device.endpoint.advance(net.now))
        case _:
            address, which = what
            calls = net.devices[address].endpoint.calls
            if calls:
                wish(net, kind, address, calls[which % len(calls)])


def wish(net, kind, address, call):
    match kind:
        case "go on":
            state = net.devices[address].endpoint._sessions[call].state
            if state in NATURAL:
                wish(net, NATURAL[state], address, call)
        case "offer" | "accept":
            net.do(address, kind, call, described(setup=Setup.ACTIVE if kind == "accept" else Setup.ACTPASS))
        case "hold" | "resume":
            net.do(address, "hold", call, held=kind == "hold")
        case "keys":
            net.do(address, "keys", call, "5")
        case "trickle":
            net.do(address, "candidates", call, (candidate(),))
        case Outcome():
            net.do(address, "end", call, outcome=kind)
        case _:
            net.do(address, kind, call)


@settings(max_examples=400, deadline=None)
@given(st.lists(STEP, min_size=10, max_size=60), st.integers(0, 1), st.sampled_from(BEGINNINGS))
def test_devices_always_agree_in_the_end(steps, salt, beginning):
    net = Net()
    for place, address in enumerate(DEVICES):
        numbers = iter(range(10_000))
        first = "ab"[(place + salt) % 2]
        net.join(address, lambda numbers=numbers, first=first, place=place: f"{first}{place}-{next(numbers)}")
    for number, (kind, what) in enumerate([*beginning, *steps]):
        step(net, number, kind, what)
    net.settle()
    agreed(net)
    for _ in range(8):
        net.wait(125)
    agreed(net)
    for device in net.devices.values():
        for call in device.endpoint.calls:
            assert Established(call) in device.events, "only talk lasts"
        if device.endpoint.calls:
            assert device.endpoint.next_deadline() is None
    for device in list(net.devices.values()):
        for call in device.endpoint.calls:
            net.do(device.address, "end", call)
    net.settle()
    for device in net.devices.values():
        assert device.endpoint.calls == ()
        ended = [event.call for event in device.events if isinstance(event, Over)]
        assert len(set(ended)) == len(ended), "a call ends once"
        begun = {event.call for event in device.events if isinstance(event, Offered)}
        assert begun <= set(ended)
    for _, output in net.sent:
        if isinstance(output, SendError):
            condition, own = conditions_of(output.element)
            assert condition != "bad-request", "our own devices say nothing malformed"
            assert own in {"unknown-session", "tie-break", "out-of-order", ""}


def agreed(net):
    """Who talks talks with somebody who talks, of the same session, and both know who holds."""
    talking = {}
    for device in net.devices.values():
        for call in device.endpoint.calls:
            session = device.endpoint._sessions[call]
            if Established(call) in device.events:
                talking[device.address, session.peer, session.sid] = session
    for (own, peer, sid), session in talking.items():
        other = talking.get((peer, own, sid))
        assert other is not None, f"{own} talks alone"
        assert other.called is not session.called
        assert other.halted == session.held


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["deliver"]), st.integers(0, 8)), min_size=30, max_size=60),
    st.booleans(),
)
def test_a_call_between_the_willing_is_always_made(order, both):
    """Whatever the order of stanzas: who wants to talk does, also when both call at once."""
    net = Net(ALICE, BOB)
    net.do(ALICE, "place", "a", BOBS)
    if both:
        net.do(BOB, "place", "b", "alice@one.example")
    for number, (kind, what) in enumerate([*order, *[("deliver", 0)] * 100]):
        step(net, number, kind, what)
        for device in net.devices.values():
            for event in list(device.events):
                match event:
                    case Offered(call):
                        net.do(device.address, "answer", call)
                    case OfferWanted(call):
                        net.do(device.address, "offer", call, described())
                    case AnswerWanted(call):
                        net.do(device.address, "accept", call, described(setup=Setup.ACTIVE))
    for device in net.devices.values():
        assert sum(isinstance(event, Established) for event in device.events) == 1
        assert "Over" not in device.names()
