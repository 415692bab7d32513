"""Calls to other machines, with real ICE, DTLS and Opus on the loopback address."""

import asyncio
import random
from dataclasses import replace
from fractions import Fraction

import aioice.ice
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from ringback.domain.effects import Route
from ringback.jingle import (
    Candidate,
    Description,
    Parameter,
    PayloadType,
    Role,
    Senders,
    Service,
    Setup,
    from_sdp,
    to_sdp,
)
from ringback.media import webrtc
from ringback.media.dtmf import ToneEar
from ringback.media.webrtc import WebRtcWires
from ringback.ports.media import BLOCK_BYTES, RATE, SILENCE, WireFault
from support.jingle import candidate, described
from support.sound import levels, same_sound, speech, wav
from support.wires import Account, End, connected, offered, still, talk, until

LOOPBACK = "127.0.0.1"
pytestmark = pytest.mark.usefixtures("inside")


def lead(seed):
    """Silence of some length, no whole number of packets."""
    return bytes(2 * random.Random(seed).randrange(100, 9000))


# Between two of ours --------------------------------------------------------------------------------------


def test_speech_both_ways():
    seed = 1
    one_says, other_says = speech(2, seed), speech(2, seed + 10)

    async def call():
        one, other = End("a"), End("b")
        await connected(one, other)
        await talk(one, other, lead(seed) + one_says, lead(seed + 5) + other_says)
        await one.close()
        await other.close()
        return bytes(one.heard), bytes(other.heard)

    one_heard, other_heard = asyncio.run(call())
    for said, heard in ((one_says, other_heard), (other_says, one_heard)):
        found = same_sound(said, heard)
        assert found, found.why_not
    assert not same_sound(one_says, one_heard), "nobody hears himself"


def test_what_is_offered():
    async def call():
        one = End("a")
        description = await offered(one)
        assert one.ticking == 1, "the media clock is needed"
        await one.close()
        return description

    (content,) = asyncio.run(call()).contents
    assert [payload.name for payload in content.rtp.payloads] == ["opus", "G722", "PCMU", "PCMA"]
    (fingerprint,) = content.transport.fingerprints
    assert (fingerprint.hash, fingerprint.setup) == ("sha-256", Setup.ACTPASS)
    told = [(one.ip, one.type, one.foundation) for one in content.transport.candidates]
    assert told == [(LOOPBACK, "host", "1")]
    assert content.transport.complete
    assert content.rtp.rtcp_mux


def without_candidates(description):
    (content,) = description.contents
    way = replace(content.transport, candidates=(), complete=False)
    return replace(description, contents=(replace(content, transport=way),))


def test_candidates_that_come_later():
    async def call():
        one, other = End("a"), End("b")
        other.wire.answer(without_candidates(await offered(one)))
        await until(lambda: other.events)
        one.wire.answered(without_candidates(other.described))
        for here, there in ((one, other), (other, one)):
            found = there.described.contents[0].transport.candidates
            here.wire.reachable((candidate(9, "192.0.2.1"), *found), complete=False)
            here.wire.reachable((), complete=True)
        await until(lambda: one.connected and other.connected)
        await one.close()
        await other.close()

    asyncio.run(call())


def test_only_pcm_in_common():
    """G.711 where the other side has no Opus: narrow, but the same words."""
    said = speech(2, 4)

    def without_opus(description):
        (content,) = description.contents
        few = tuple(payload for payload in content.rtp.payloads if payload.name == "PCMA")
        return replace(description, contents=(replace(content, rtp=replace(content.rtp, payloads=few)),))

    async def call():
        one, other = End("a"), End("b")
        await connected(one, other, without_opus)
        await talk(one, other, lead(4) + said)
        await one.close()
        await other.close()
        return bytes(other.heard)

    heard = asyncio.run(call())
    found = same_sound(said, heard)
    assert found.correlation > 0.8, found.why_not
    assert 0.8 < found.level < 1.25


def test_keys_are_heard():
    async def call():
        one, other = Account("a"), End("b")
        await connected(one, other)
        one.legs.play_tones(7, "159#")
        await talk(one, other, more=2)
        ear, keys, heard = ToneEar(), "", bytes(other.heard)
        for at in range(0, len(heard), BLOCK_BYTES):
            keys += ear.hear(heard[at : at + BLOCK_BYTES])
        await one.close()
        await other.close()
        return keys

    assert asyncio.run(call()) == "159#"


# With legs ------------------------------------------------------------------------------------------------


def samples(path):
    return path.read_bytes()[44:]


def test_routes_lead_as_everywhere(tmp_path):
    """INPUT from a file, OUTPUT into a file and a port, CAPTURE_MIC into a file, and a hold in between."""
    said = speech(3, 7)
    (tmp_path / "said.wav").write_bytes(wav(said))
    received = bytearray()

    async def call():
        over = asyncio.Event()

        async def program(reader, writer):
            while data := await reader.read(65536):
                received.extend(data)
            writer.close()
            await writer.wait_closed()
            over.set()

        server = await asyncio.start_server(program, LOOPBACK, 0)
        one, other = Account("a"), Account("b")
        await connected(one, other)
        port = server.sockets[0].getsockname()[1]
        await other.lead(Route.OUTPUT, file=str(tmp_path / "heard.wav"), port=port)
        await one.lead(Route.CAPTURE_MIC, file=str(tmp_path / "copy.wav"))
        await one.lead(Route.INPUT, file=str(tmp_path / "said.wav"))
        await talk(one, other, more=1.5)
        one.legs.hold_leg(7, True)
        await talk(one, other, more=1)
        one.legs.hold_leg(7, False)
        await talk(one, other, more=2.5)
        await one.close()
        await other.close()
        await over.wait()
        server.close()
        await server.wait_closed()

    asyncio.run(call())
    heard, copy = samples(tmp_path / "heard.wav"), samples(tmp_path / "copy.wav")
    first, second = said[: 3 * RATE], said[3 * RATE :]
    for recording in (heard, copy, bytes(received)):
        begun, ended = same_sound(first, recording), same_sound(second, recording)
        assert begun, begun.why_not
        assert ended, ended.why_not
        assert abs(ended.offset - begun.offset - len(first) // 2 - RATE) <= 2, "a second of silence between"
        between = levels(recording)[begun.offset + len(first) // 2 + 800 : ended.offset - 800]
        assert np.abs(between).max() < 200


# Against aiortc itself ------------------------------------------------------------------------------------


class Plain(MediaStreamTrack):
    """What a bare peer says: 48 kHz, two channels, as fast as it is fetched."""

    kind = "audio"

    def __init__(self, sound):
        super().__init__()
        self._sound = np.frombuffer(sound, "<i2").astype(float)
        self.sent = 0
        self.allowed = 0

    async def recv(self):
        await until(lambda: self.sent < self.allowed or self.readyState != "live")
        if self.readyState != "live":
            raise MediaStreamError
        places = (self.sent * 960 + np.arange(960)) / 3
        part = np.interp(places, np.arange(len(self._sound)), self._sound, right=0)
        frame = AudioFrame(format="s16", layout="stereo", samples=960)
        frame.planes[0].update(part.repeat(2).astype("<i2").tobytes())
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self.sent * 960, Fraction(1, 48_000)
        self.sent += 1
        return frame


@pytest.mark.parametrize("who", ["ours offers", "aiortc offers", "aiortc offers pictures, too"])
def test_against_aiortc(who):
    ours, theirs = speech(2, 21), speech(2, 22)

    async def call():
        end, bare = End("a"), RTCPeerConnection(RTCConfiguration(iceServers=[]))
        track, came = Plain(bytes(3 * 2 * RATE) + lead(3) + theirs), []

        async def listen(sound):
            while True:
                try:
                    frame = await sound.recv()
                except MediaStreamError:
                    return
                came.append(frame.to_ndarray()[0][::2][::3].astype("<i2").tobytes())

        listening = []
        bare.on("track", lambda each: listening.append(asyncio.ensure_future(listen(each))))
        if who.endswith("too"):
            bare.addTransceiver("video")
        bare.addTrack(track)
        if who == "ours offers":
            sdp = to_sdp(await offered(end), Role.INITIATOR)
            await bare.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            await bare.setLocalDescription(await bare.createAnswer())
            end.wire.answered(from_sdp(bare.localDescription.sdp, Role.RESPONDER))
        else:
            await bare.setLocalDescription(await bare.createOffer())
            end.wire.answer(from_sdp(bare.localDescription.sdp, Role.INITIATOR))
            await until(lambda: end.events)
            sdp = to_sdp(end.described, Role.RESPONDER)
            pictures = {one.senders for one in end.described.contents if one.rtp.media == "video"}
            assert pictures == ({Senders.NONE} if who.endswith("too") else set())
            await bare.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        await until(lambda: end.connected)
        while not (came and end.came):
            end.pass_packet()
            track.allowed += 1
            await asyncio.sleep(0.005)
        await still(lambda: end.came + len(came))
        behind = end.came - track.allowed, len(came) - end.sent
        said = bytes(3 * 2 * RATE) + lead(5) + ours + bytes(RATE)
        for at in range(0, len(said), 2 * BLOCK_BYTES):
            pair = said[at : at + 2 * BLOCK_BYTES].ljust(2 * BLOCK_BYTES, b"\0")
            end.pass_packet((pair[:BLOCK_BYTES], pair[BLOCK_BYTES:]))
            track.allowed += 1
            await until(lambda: end.came - track.allowed >= behind[0])
            await until(lambda: len(came) - end.sent >= behind[1])
        await end.close()
        await bare.close()
        await asyncio.gather(*listening)
        return bytes(end.heard), b"".join(came)

    heard, there = asyncio.run(call())
    for said, recording in ((theirs, heard), (ours, there)):
        found = same_sound(said, recording)
        assert found, found.why_not


# When it does not work ------------------------------------------------------------------------------------


def altered(description, **changed):
    (content,) = description.contents
    return replace(description, contents=(replace(content, **changed),))


def unfit(description):
    (content,) = description.contents
    return {
        "no codec": altered(
            description, rtp=replace(content.rtp, payloads=(PayloadType(97, "speex", 16000),))
        ),
        "nonsense in a parameter": altered(
            description,
            rtp=replace(
                content.rtp, payloads=(PayloadType(96, "opus", 48000, 2, (Parameter("minptime", "x"),)),)
            ),
        ),
        "no multiplexing": altered(description, rtp=replace(content.rtp, rtcp_mux=False)),
        "no transport": altered(description, transport=None),
        "nothing": Description(),
    }


@pytest.mark.parametrize("what", unfit(described()))
@pytest.mark.parametrize("as_answer", [False, True])
def test_descriptions_that_cannot_be_used(what, as_answer, caplog):
    async def call():
        one = End("a")
        if as_answer:
            await offered(one)
            one.wire.answered(unfit(described(setup=Setup.ACTIVE))[what])
        else:
            one.wire.answer(unfit(described())[what])
        await until(lambda: one.fault)
        one.wire.reachable((candidate(),), True)
        one.pass_packet()
        await one.close()
        return one.fault

    assert asyncio.run(call()) is WireFault.UNFIT
    assert "cannot be used" in caplog.text


@pytest.mark.parametrize(("codec", "answered"), [("VP8", ["0", "video"]), ("H265", ["0"])])
def test_pictures_of_a_codec_that_is_not_there(codec, answered):
    offer = described(video=True)
    sound, picture = offer.contents
    coded = replace(picture.rtp, payloads=(PayloadType(98, codec, 90_000),))

    async def call():
        one = End("a")
        one.wire.answer(replace(offer, contents=(sound, replace(picture, rtp=coded))))
        await until(lambda: one.events)
        await one.close()
        return [content.name for content in one.described.contents]

    assert asyncio.run(call()) == answered


@pytest.mark.parametrize("candidates", [(), (candidate(9, LOOPBACK),)])
def test_nobody_is_there(candidates, monkeypatch):
    monkeypatch.setattr(webrtc, "CONNECT_TIMEOUT", 0.3)

    async def call():
        one = End("a")
        await offered(one)
        one.wire.answered(described(setup=Setup.ACTIVE, candidates=candidates))
        await until(lambda: one.fault)
        await one.close()
        return one.fault

    assert asyncio.run(call()) is WireFault.UNREACHABLE


def test_a_wrong_fingerprint():
    """Somebody in between: ICE connects, DTLS does not."""

    def wrong(description):
        (content,) = description.contents
        (known,) = content.transport.fingerprints
        other = replace(known, value=known.value[:-2] + ("00" if known.value[-2:] != "00" else "01"))
        return altered(description, transport=replace(content.transport, fingerprints=(other,)))

    async def call():
        one, other = End("a"), End("b")
        other.wire.answer(wrong(await offered(one)))
        await until(lambda: other.events)
        one.wire.answered(other.described)
        await until(lambda: other.fault)
        assert not other.connected
        await one.close()
        await other.close()
        return other.fault

    assert asyncio.run(call()) is WireFault.UNREACHABLE


def test_the_other_side_vanishes(monkeypatch):
    monkeypatch.setattr(webrtc, "WATCH", 0.4)

    async def call():
        one, other = End("a"), End("b")
        await connected(one, other)
        await talk(one, other, more=0.2)
        ice = other.wire._connection.getTransceivers()[0].receiver.transport.transport
        for protocol in ice._connection._protocols:
            protocol.transport.sendto = lambda *_: None  # as if its network were gone
        async with asyncio.timeout(15):  # ICE alone notices after half a minute
            while one.fault is None:
                one.pass_packet()
                await asyncio.sleep(0.01)
        await one.close()
        await other.close()
        return one.fault

    assert asyncio.run(call()) is WireFault.LOST


def test_the_other_side_ends_the_connection(monkeypatch):
    """Mostly it hangs up, and that is said by others; only much later it is a loss."""
    monkeypatch.setattr(webrtc, "GRACE", 0.2)

    async def call():
        one, other = End("a"), End("b")
        await connected(one, other)
        await other.close()
        await until(lambda: one.wire._connection.connectionState == "closed")
        assert one.fault is None
        await until(lambda: one.fault)
        await one.close()
        return one.fault

    assert asyncio.run(call()) is WireFault.LOST


@pytest.mark.parametrize("when", ["at once", "offering", "offered", "connecting"])
def test_it_is_closed_at_any_time(when):
    async def call():
        one, other = End("a"), End("b")
        if when != "at once":
            one.wire.offer()
        if when in {"offered", "connecting"}:
            await until(lambda: one.events)
        if when == "connecting":
            other.wire.answer(one.described)
            await until(lambda: other.events)
            one.wire.answered(other.described)
        before = list(one.events)
        await one.close()
        one.wire.close()
        one.wire.offer()
        await other.close()
        assert one.events == before
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.wait(left, timeout=5) if left else None
        assert all(task.done() for task in left)

    asyncio.run(call())


def test_everything_is_closed_at_the_end():
    async def call():
        one, other = End("a"), End("b")
        await connected(one, other)
        await one.wires.stop()
        assert not one.wires.busy()
        await other.wires.stop()

    asyncio.run(call())


def test_a_flood_of_requests_has_an_end(caplog):
    async def call():
        one = End("a")
        for _ in range(webrtc.LONGEST + 5):
            one.wire.reachable((), False)
        await one.close()

    asyncio.run(call())
    assert "more than it can do" in caplog.text


def test_a_path_that_is_taken():
    async def call():
        one = End("a")
        with pytest.raises(LookupError):
            one.wires.open("a", (), print)
        await one.close()

    asyncio.run(call())


# Packets and blocks ---------------------------------------------------------------------------------------


def test_a_packet_leaves_as_soon_as_it_is_said():
    async def call():
        microphone, given = webrtc._Microphone(), []
        async with asyncio.timeout(5):
            for _ in range(5):
                microphone.say(SILENCE)
                microphone.say(SILENCE)
                given.append(await microphone.recv())
        return [(frame.samples, frame.sample_rate, frame.layout.name) for frame in given]

    assert asyncio.run(call()) == [(960, 48_000, "stereo")] * 5


def test_what_nobody_fetches_is_forgotten():
    """A connection that takes its time does not make the other side hear the past."""

    async def call():
        microphone = webrtc._Microphone()
        for _ in range(100):
            microphone.say(SILENCE)
        return len(microphone._packets)

    assert asyncio.run(call()) == webrtc.WAITING


class Given(MediaStreamTrack):
    """What a decoder gives: tones in frames of 20 ms, in any form."""

    kind = "audio"

    def __init__(self, *forms):
        super().__init__()
        self._forms = list(forms)

    async def recv(self):
        if not self._forms:
            raise MediaStreamError
        rate, layout = self._forms.pop(0)
        frame = AudioFrame(format="s16", layout=layout, samples=rate // 50)
        frame.planes[0].update(np.full(frame.planes[0].buffer_size // 2, 9000, "<i2").tobytes())
        frame.sample_rate = rate
        return frame


def heard(*forms):
    loudspeaker = webrtc._Loudspeaker()
    asyncio.run(loudspeaker.listen(Given(*forms)))
    return loudspeaker


def test_a_packet_is_heard_without_the_one_behind_it():
    assert heard((48_000, "stereo"))._ring.waiting == 1 + webrtc.PACKET


def test_the_codec_changes_in_the_midst_of_a_call():
    loudspeaker = heard(*[(48_000, "stereo")] * 5, *[(8000, "mono")] * 5, *[(48_000, "stereo")] * 5)
    blocks = [loudspeaker.read() for _ in range(25)]
    sounding = levels(b"".join(blocks[3:]))
    assert np.median(sounding) == pytest.approx(9000, rel=0.02)
    assert (np.abs(sounding) < 4000).mean() < 0.02, "no hole where it changes"


# Where it may be reached ----------------------------------------------------------------------------------


def usable(*candidates):
    async def call():
        one = End("a")
        found = one.wire._usable(candidates)
        await one.close()
        return [(each.ip, each.component, each.protocol) for each in found]

    return asyncio.run(call())


def test_candidates_that_are_tried(monkeypatch):
    good = candidate(9, "192.0.2.1")
    here = candidate(9, LOOPBACK)
    odd = (
        candidate(9, "224.0.0.1"),
        candidate(9, "0.0.0.0"),
        candidate(9, "ff02::1"),
        replace(good, component=2),
        replace(good, protocol="tcp"),
    )
    assert usable(good, *odd, here) == [("192.0.2.1", 1, "udp"), (LOOPBACK, 1, "udp")]
    monkeypatch.setattr(webrtc, "_others_addresses", lambda *_: ["192.0.2.7"])
    monkeypatch.setattr(WebRtcWires, "open", WebRtcWires.open)
    assert usable(good, *odd, here, candidate(9, "::1")) == [("192.0.2.1", 1, "udp")]


def test_a_machine_without_a_network_reaches_itself(monkeypatch):
    monkeypatch.setattr(webrtc, "_others_addresses", lambda *_: [])
    assert aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True) == [LOOPBACK]
    assert aioice.ice.get_host_addresses(use_ipv4=False, use_ipv6=True) == []
    monkeypatch.setattr(webrtc, "_others_addresses", lambda *_: ["192.0.2.7"])
    assert aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True) == ["192.0.2.7"]


def test_foundations_are_short_numbers():
    long = [
        replace(candidate(port), foundation=letter * 32) for port, letter in ((1, "a"), (2, "b"), (3, "a"))
    ]
    assert [one.foundation for one in webrtc._numbered(tuple(long))] == ["1", "2", "1"]


def test_servers_that_aiortc_can_ask():
    services = (
        Service("turns", "t.example", 5349, "tcp", "u", "p"),
        Service("turn", "t.example", 3478, "tcp", "u", "p"),
        Service("turn", "t.example", 3478, "udp", "u", "p"),
        Service("stun", "2001:db8::1", 3478),
        Service("stun", "s.example", 3478),
        Service("stun", "other.example", 3478),
        Service("stuns", "s.example", 5349, "tcp"),
    )
    found = webrtc._servers(services)
    assert [(server.urls, server.username, server.credential) for server in found] == [
        ("stun:s.example:3478", None, None),
        ("turn:t.example:3478?transport=udp", "u", "p"),
    ]
    assert webrtc._servers(()) == [], "none of somebody else"
    assert isinstance(candidate(), Candidate)
