"""Jingle: descriptions of strangers as XML and SDP, and a device that hears whatever strangers say."""

from __future__ import annotations

import contextlib
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring, tostring

from aiortc.sdp import SessionDescription

from fuzz.input import Bytes
from ringback.jingle import (
    Endpoint,
    MalformedError,
    Offered,
    Over,
    Role,
    SendError,
    SendIq,
    SendMessage,
    SendResult,
    Setup,
    from_sdp,
    to_sdp,
)
from ringback.jingle.description import Description
from ringback.jingle.endpoint import MOST_RINGING, REMEMBERED
from ringback.jingle.services import services_of
from ringback.jingle.stanzas import (
    Action,
    Jingle,
    announcement_element,
    announcement_of,
    jingle_element,
    jingle_of,
)
from support.jingle import ALICE, BOB, Net, bare, candidate, described, talking

STRANGERS = (
    BOB,
    "carol@three.example/x",
    "bob@two.example/phone",
    "alice@one.example/other",
    ALICE,
    "three.example",
)
#: What libFuzzer is told to try, besides the words of the language.
WORDS = (
    *(action.value for action in Action),
    *("urn:xmpp:jingle:1", "urn:xmpp:jingle:apps:rtp:1", "urn:xmpp:jingle:transports:ice-udp:1"),
    *("urn:xmpp:jingle:apps:dtls:0", "urn:xmpp:jingle:apps:rtp:info:1", "urn:xmpp:jingle-message:0"),
    *(
        "a=candidate:",
        "a=rtpmap:",
        "a=fmtp:",
        "a=extmap:",
        "a=ssrc:",
        "a=mid:",
        "m=audio 9 UDP/TLS/RTP/SAVPF ",
    ),
    *(
        "<reason>",
        "<content ",
        "<hold ",
        "propose",
        "retract",
        "proceed",
        "senders=",
        "ufrag=",
        "{sid}",
        "{new}",
    ),
)


def _element(text: str) -> Element | None:
    try:
        return fromstring(text)
    except (ParseError, ValueError):
        return None


def _xml(text: str) -> None:
    """What is read is written as it was, and is fit for aiortc or refused before."""
    element = _element(text)
    if element is None:
        return
    with contextlib.suppress(MalformedError):
        services_of(element)
    for read, write in ((jingle_of, jingle_element), (announcement_of, announcement_element)):
        try:
            said = read(element)
        except MalformedError:
            continue
        assert read(fromstring(tostring(write(said)))) == said, "what is read is written as it was"
        if isinstance(said, Jingle):
            _to_sdp(said.description)


def _to_sdp(description: Description) -> None:
    audio = description.audio
    if audio is None:
        return
    for speaker in Role:
        text = to_sdp(description.only(audio.name), speaker)
        again = from_sdp(text, speaker, audio.creator)
        assert to_sdp(again, speaker) == text, "SDP says the same"
        try:
            media = SessionDescription.parse(text).media
        except ValueError:
            continue  # aiortc wants numbers in some parameters
        assert len(media) == 1, "no line is smuggled in"
        assert len(media[0].ice_candidates) == len(audio.transport.candidates)
        assert len(media[0].rtp.codecs) == len(audio.rtp.usable)


def _sdp(text: str) -> None:
    try:
        description = from_sdp(text, Role.RESPONDER)
    except MalformedError:
        return
    request = Jingle(Action.SESSION_ACCEPT, "x", description)
    assert jingle_of(fromstring(tostring(jingle_element(request)))) == request
    _to_sdp(description)


class _Device:
    """A device that talks with Bob and is told all sorts of things."""

    def __init__(self) -> None:
        self._net = Net(ALICE, BOB)
        talking(self._net)
        self.endpoint: Endpoint = self._net.devices[ALICE].endpoint
        self.sid = next(iter(self.endpoint._sessions.values())).sid
        self.now = self._net.now
        self._calls = {"a"}
        self._ended: set[str] = set()

    def hears(self, stranger: str, element: Element, is_iq: bool) -> None:
        there = {call for call in self.endpoint.calls if call == "a"}
        if is_iq:
            outputs = self.endpoint.iq(stranger, "q", element, self.now)
            answers = [one for one in outputs if isinstance(one, SendResult | SendError)]
            assert len(answers) == 1, "each request has one answer"
            assert outputs[0] is answers[0], "and it comes first"
            assert (answers[0].id, answers[0].to) == ("q", stranger)
        else:
            outputs = self.endpoint.message(stranger, element, self.now)
        self._took(outputs)
        assert stranger == BOB or there <= set(self.endpoint.calls), "a stranger ends no call"

    def _took(self, outputs: list) -> None:
        for output in outputs:
            match output:
                case SendIq() | SendMessage():
                    fromstring(tostring(output.element))
                case Offered(call):
                    assert call not in self._calls, "a new name"
                    self._calls.add(call)
                case Over(call):
                    assert call in self._calls, "of a call that is known"
                    assert call not in self._ended, "once"
                    self._ended.add(call)
                case _:
                    pass
        assert set(self.endpoint.calls) == self._calls - self._ended
        assert len(self.endpoint.calls) <= MOST_RINGING + 2
        assert len(self.endpoint._over) <= REMEMBERED
        assert len(self.endpoint._asked) <= 600

    @property
    def newest(self) -> str:
        """The id of the newest session."""
        sessions = list(self.endpoint._sessions.values())
        return sessions[-1].sid if sessions else self.sid

    def answers(self, stranger: str, stanza: int, error: Element | None) -> None:
        """Something that we asked is answered by somebody."""
        asked = list(self.endpoint._asked)
        there = set(self.endpoint.calls)
        if asked:
            ident = asked[stanza % len(asked)]
            may = bare(stranger) == bare(self.endpoint._asked[ident].to)
            self._took(self.endpoint.answered(ident, stranger, error, self.now))
            assert may or there <= set(self.endpoint.calls), "nobody answers for others"

    def goes_on(self, wish: int) -> None:
        """The user does something about the newest call, or time passes."""
        call = (self.endpoint.calls or ("a",))[-1]
        match wish:
            case 8:
                self._took(self.endpoint.ring(call, self.now))
            case 9:
                self._took(self.endpoint.candidates(call, (candidate(),), self.now, complete=True))
            case 10 | 11:
                self._took(self.endpoint.mute(call, self.now, muted=wish == 10))
            case 12:
                self._took(self.endpoint.keys(call, "5", self.now))
            case 13 if len(self._calls) < 8:
                name = f"placed{len(self._calls)}"
                self._calls.add(name)
                self._took(self.endpoint.place(name, BOB, self.now, announce=len(self._calls) % 2 == 0))
            case 14:
                self._took(self.endpoint.hold(call, self.now, held=False))
            case 15:
                self._took(self.endpoint.link_lost(self.now))
            case 0:
                self._took(self.endpoint.answer(call, self.now))
            case 1:
                self._took(self.endpoint.accept(call, described(setup=Setup.ACTIVE), self.now))
            case 2:
                self._took(self.endpoint.end(call, self.now))
            case 3:
                self._took(self.endpoint.hold(call, self.now))
            case 4:
                self._took(self.endpoint.offer(call, described(), self.now))
            case _:
                self.now += 20 * wish
                self._took(self.endpoint.advance(self.now))

    def ends(self) -> None:
        """In time everything ends but what talks."""
        for _ in range(4):
            self.now += 130
            self._took(self.endpoint.advance(self.now))
        assert self.endpoint.next_deadline() is None, "only talk lasts"
        for call in self.endpoint.calls:
            self._took(self.endpoint.end(call, self.now))
        assert not self.endpoint._asked
        assert self._calls == self._ended


def calls(_folder: Path):
    def target(data: bytes) -> None:
        given = Bytes(data)
        match given.number(3):
            case 0:
                _xml(given.line())
            case 1:
                _sdp(given.line())
            case _:
                device = _Device()
                while given:
                    what = given.number(8)
                    if what >= 6:
                        device.goes_on(given.number(16))
                        continue
                    stranger = given.pick(STRANGERS)
                    text = given.line().replace("{sid}", device.sid).replace("{new}", device.newest)
                    element = _element(text)
                    if what == 5:
                        device.answers(stranger, len(text), element)
                    elif element is not None:
                        device.hears(stranger, element, what < 4)
                device.ends()

    return target
