"""What two sides say about a call's sound, as types; nothing malformed can be one of them.

``Description`` is what one side says: contents (XEP-0166, section 7.3), each with its codecs (XEP-0167) and
its way through the network (XEP-0176, XEP-0320). ``elements`` reads and writes them as XML, ``sdp`` as SDP.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, unique
from typing import Final

from ringback.jingle import checks
from ringback.jingle.checks import MalformedError, few

#: Codecs that their number names (RFC 3551); XEP-0167 lets their name be left out.
STATIC: Final = {
    0: ("PCMU", 8000),
    3: ("GSM", 8000),
    8: ("PCMA", 8000),
    9: ("G722", 8000),
    18: ("G729", 8000),
}
#: Numbers that look like RTCP on a shared port (RFC 5761).
_LIKE_RTCP: Final = range(64, 96)


@unique
class Role(Enum):
    """The two sides of a session."""

    INITIATOR = "initiator"
    RESPONDER = "responder"

    @property
    def other(self) -> Role:
        """The other side."""
        return Role.RESPONDER if self is Role.INITIATOR else Role.INITIATOR


@unique
class Senders(Enum):
    """Who sends a content (XEP-0166, section 7.3)."""

    BOTH = "both"
    INITIATOR = "initiator"
    RESPONDER = "responder"
    NONE = "none"

    def sends(self, role: Role) -> bool:
        """Does this side send?"""
        return self is Senders.BOTH or self.value == role.value


@unique
class Setup(Enum):
    """Who opens the DTLS connection (RFC 4145)."""

    ACTIVE = "active"
    PASSIVE = "passive"
    ACTPASS = "actpass"
    HOLDCONN = "holdconn"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a codec or a source; some have no value."""

    name: str
    value: str | None = None

    def __post_init__(self) -> None:
        checks.line(self.name, "a parameter's name", checks.LONGEST_NAME, " ;=:")
        if not self.name and not self.value:
            raise MalformedError("a parameter is empty")
        if self.value is not None:
            checks.line(self.value, "a parameter's value", without=";")
            if self.value != self.value.strip():
                raise MalformedError("a parameter's value begins or ends with a blank")


@dataclass(frozen=True, slots=True)
class Feedback:
    """A kind of feedback about RTP (XEP-0293)."""

    type: str
    subtype: str = ""

    def __post_init__(self) -> None:
        checks.token(self.type, "a feedback's type")
        if self.subtype:
            checks.token(self.subtype, "a feedback's subtype")


@dataclass(frozen=True, slots=True)
class PayloadType:
    """A codec (XEP-0167, section 4). An empty name: nobody knows it, and it is never chosen.

    clockrate: of the RTP clock, in hertz. channels: 1 for video, too, which has none.
    """

    id: int
    name: str
    clockrate: int
    channels: int = 1
    parameters: tuple[Parameter, ...] = ()
    feedback: tuple[Feedback, ...] = ()

    def __post_init__(self) -> None:
        checks.within(self.id, 0, 127, "a payload type")
        if self.id in _LIKE_RTCP:
            raise MalformedError("a payload type looks like RTCP")
        checks.within(self.clockrate, 0, 1_000_000, "a clock rate")
        checks.within(self.channels, 1, 255, "a number of channels")
        if self.name:
            checks.token(self.name, "a codec's name")
            checks.within(self.clockrate, 1, 1_000_000, "a clock rate")
        few(self.parameters, checks.PARAMETERS, "parameters of a codec")
        few(self.feedback, checks.FEEDBACKS, "kinds of feedback")


@dataclass(frozen=True, slots=True)
class HeaderExtension:
    """A header extension of RTP (XEP-0294)."""

    id: int
    uri: str
    senders: Senders = Senders.BOTH

    def __post_init__(self) -> None:
        checks.within(self.id, 1, 4095, "a header extension's number")
        checks.line(self.uri, "a header extension's name", 256, " ")
        if not self.uri:
            raise MalformedError("a header extension has no name")


@dataclass(frozen=True, slots=True)
class Source:
    """A source of RTP (XEP-0339)."""

    ssrc: int
    parameters: tuple[Parameter, ...] = ()

    def __post_init__(self) -> None:
        checks.within(self.ssrc, 0, 0xFFFF_FFFF, "a source")
        few(self.parameters, checks.PARAMETERS, "parameters of a source")


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """Sources that belong together (XEP-0339)."""

    semantics: str
    sources: tuple[int, ...]

    def __post_init__(self) -> None:
        checks.token(self.semantics, "a group's meaning")
        if not self.sources:
            raise MalformedError("a group of no sources")
        few(self.sources, checks.SOURCES, "sources in a group")
        for ssrc in self.sources:
            checks.within(ssrc, 0, 0xFFFF_FFFF, "a source")


@dataclass(frozen=True, slots=True)
class Rtp:
    """The media of a content (XEP-0167, section 4)."""

    media: str
    payloads: tuple[PayloadType, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    extensions: tuple[HeaderExtension, ...] = ()
    sources: tuple[Source, ...] = ()
    groups: tuple[SourceGroup, ...] = ()
    rtcp_mux: bool = True

    def __post_init__(self) -> None:
        checks.token(self.media, "a medium")
        few(self.payloads, checks.PAYLOADS, "codecs")
        if len({payload.id for payload in self.payloads}) != len(self.payloads):
            raise MalformedError("a payload type is there twice")
        few(self.feedback, checks.FEEDBACKS, "kinds of feedback")
        few(self.extensions, checks.EXTENSIONS, "header extensions")
        if len({extension.id for extension in self.extensions}) != len(self.extensions):
            raise MalformedError("a header extension's number is there twice")
        few(self.sources, checks.SOURCES, "sources")
        if len({source.ssrc for source in self.sources}) != len(self.sources):
            raise MalformedError("a source is there twice")
        few(self.groups, checks.SOURCES, "groups of sources")

    @property
    def usable(self) -> tuple[PayloadType, ...]:
        """The codecs that have a name."""
        return tuple(payload for payload in self.payloads if payload.name)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where one side may be reached (XEP-0176, section 5.3).

    protocol: ``udp``; others are kept and not used. type: host, srflx, prflx or relay. rel_addr, rel_port:
    where it was seen from. id, network: for people who read along.
    """

    component: int
    foundation: str
    ip: str
    port: int
    priority: int
    protocol: str = "udp"
    type: str = "host"
    rel_addr: str | None = None
    rel_port: int | None = None
    generation: int = 0
    tcptype: str = ""
    id: str = field(default="", compare=False)
    network: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        checks.within(self.component, 1, 256, "a component")
        checks.ice(self.foundation, 1, 32, "a foundation")
        if checks.address(self.ip, "a candidate's address") != self.ip:
            raise MalformedError("a candidate's address is not in its shortest form")
        checks.within(self.port, 1, 65_535, "a port")
        checks.within(self.priority, 1, 0x7FFF_FFFF, "a priority")
        checks.token(self.protocol, "a protocol", 16)
        if self.type not in {"host", "srflx", "prflx", "relay"}:
            raise MalformedError("a candidate's type is none")
        if (self.rel_addr is None) != (self.rel_port is None):
            raise MalformedError("a related address is half there")
        if self.rel_addr is not None and self.rel_port is not None:
            if checks.address(self.rel_addr, "a related address") != self.rel_addr:
                raise MalformedError("a related address is not in its shortest form")
            checks.within(self.rel_port, 0, 65_535, "a related port")
        checks.within(self.generation, 0, 0xFFFF, "a generation")
        if self.tcptype:
            checks.token(self.tcptype, "a kind of TCP", 16)
        if self.id:
            checks.line(self.id, "a candidate's id", checks.LONGEST_ID)
        checks.within(self.network, 0, 0xFFFF_FFFF, "a network's number")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The fingerprint of a DTLS certificate (XEP-0320). setup: None where the content has it elsewhere."""

    hash: str
    value: str
    setup: Setup | None = None

    def __post_init__(self) -> None:
        if checks.fingerprint(self.hash, self.value) != self.value:
            raise MalformedError("a fingerprint is not in capitals")


@dataclass(frozen=True, slots=True)
class Transport:
    """A way through the network: ICE (XEP-0176) with DTLS (XEP-0320).

    complete: there will be no more candidates.
    """

    ufrag: str = ""
    pwd: str = field(default="", repr=False)
    candidates: tuple[Candidate, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()
    complete: bool = False

    def __post_init__(self) -> None:
        if self.ufrag or self.pwd:
            checks.ice(self.ufrag, 4, 256, "an ICE name")
            checks.ice(self.pwd, 22, 256, "an ICE password")
        few(self.candidates, checks.CANDIDATES, "candidates")
        few(self.fingerprints, checks.FINGERPRINTS, "fingerprints")


@dataclass(frozen=True, slots=True)
class Content:
    """A content (XEP-0166, section 7.3). rtp, transport: None if they are of another kind, or not given."""

    name: str
    creator: Role = Role.INITIATOR
    senders: Senders = Senders.BOTH
    rtp: Rtp | None = None
    transport: Transport | None = None

    def __post_init__(self) -> None:
        checks.token(self.name, "a content's name")

    @property
    def fit(self) -> bool:
        """Can it be set up: has it codecs, ICE and a fingerprint?"""
        rtp, way = self.rtp, self.transport
        return bool(rtp and rtp.usable and way and way.ufrag and way.fingerprints)


@dataclass(frozen=True, slots=True)
class Group:
    """Contents that share a transport, if ``semantics`` is BUNDLE (XEP-0338)."""

    semantics: str
    contents: tuple[str, ...]

    def __post_init__(self) -> None:
        checks.token(self.semantics, "a group's meaning")
        few(self.contents, checks.CONTENTS, "contents in a group")
        for name in self.contents:
            checks.token(name, "a content's name")


@dataclass(frozen=True, slots=True)
class Description:
    """What one side says about a session."""

    contents: tuple[Content, ...] = ()
    groups: tuple[Group, ...] = ()

    def __post_init__(self) -> None:
        few(self.contents, checks.CONTENTS, "contents")
        if len({content.name for content in self.contents}) != len(self.contents):
            raise MalformedError("a content is there twice")
        few(self.groups, checks.CONTENTS, "groups")
        names = {content.name for content in self.contents}
        if any(name not in names for group in self.groups for name in group.contents):
            raise MalformedError("a group of contents that are not there")

    @property
    def audio(self) -> Content | None:
        """The first content with sound that can be set up: with codecs, ICE and a fingerprint."""
        return next(
            (c for c in self.contents if c.fit and c.rtp is not None and c.rtp.media == "audio"), None
        )

    @property
    def answerable(self) -> Description:
        """What of an offer to answer: its sound, and what shares the sound's way (XEP-0338).

        Programs that bundle contents can take an answer only if all of the bundle are in it, be it that
        nobody sends them.
        """
        audio = self.audio
        if audio is None:
            return Description()
        names = {audio.name}
        for group in self.groups:
            if group.semantics == "BUNDLE" and audio.name in group.contents:
                names.update(
                    content.name
                    for content in self.contents
                    if content.fit and content.name in group.contents
                )
        return self.only(*names)

    def only(self, *names: str) -> Description:
        """What it says of these contents alone."""
        groups = tuple(
            replace(group, contents=tuple(name for name in group.contents if name in names))
            for group in self.groups
        )
        return Description(
            tuple(content for content in self.contents if content.name in names),
            tuple(group for group in groups if group.contents),
        )
