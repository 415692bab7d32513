"""Descriptions as SDP, as media libraries want and give them (RFC 8866, RFC 8839, RFC 8122, RFC 9143).

SDP says who sends from the point of view of the side that speaks, Jingle does not: so the speaker's role is
needed. The lines ``msid``, ``c=``, ``o=`` and ports mean nothing to Jingle and are made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from ringback.jingle import checks
from ringback.jingle.checks import MalformedError
from ringback.jingle.description import (
    STATIC,
    Candidate,
    Content,
    Description,
    Feedback,
    Fingerprint,
    Group,
    HeaderExtension,
    Parameter,
    PayloadType,
    Role,
    Rtp,
    Senders,
    Setup,
    Source,
    SourceGroup,
    Transport,
)

_T = TypeVar("_T")
_PROFILE: Final = "UDP/TLS/RTP/SAVPF"
_SETUPS: Final = {setup.value: setup for setup in Setup}
_DIRECTIONS: Final = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


# Writing --------------------------------------------------------------------------------------------------


def to_sdp(description: Description, speaker: Role) -> str:
    """The contents with RTP as SDP. Raises MalformedError for one without codec or transport."""
    contents = [content for content in description.contents if content.rtp is not None]
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    lines += [f"a=group:{group.semantics} {' '.join(group.contents)}" for group in description.groups]
    for content in contents:
        lines += _media_lines(content, speaker)
    return "".join(f"{line}\r\n" for line in lines)


def _media_lines(content: Content, speaker: Role) -> Iterator[str]:
    rtp, transport = content.rtp, content.transport
    if rtp is None or not rtp.usable or transport is None:
        raise MalformedError("a content without codec or transport is no line of SDP")
    yield f"m={rtp.media} 9 {_PROFILE} {' '.join(str(payload.id) for payload in rtp.usable)}"
    yield "c=IN IP4 0.0.0.0"
    yield f"a={_direction(content.senders, speaker)}"
    yield f"a=mid:{content.name}"
    yield "a=rtcp:9 IN IP4 0.0.0.0"
    if rtp.rtcp_mux:
        yield "a=rtcp-mux"
    for extension in rtp.extensions:
        way = _direction(extension.senders, speaker)
        yield f"a=extmap:{extension.id}{'' if way == 'sendrecv' else '/' + way} {extension.uri}"
    for group in rtp.groups:
        yield f"a=ssrc-group:{group.semantics} {' '.join(map(str, group.sources))}"
    for source in rtp.sources:
        for parameter in source.parameters:
            value = "" if parameter.value is None else f":{parameter.value}"
            yield f"a=ssrc:{source.ssrc} {parameter.name}{value}"
    yield from _feedback_lines("*", rtp.feedback)
    for payload in rtp.usable:
        channels = "" if payload.channels == 1 else f"/{payload.channels}"
        yield f"a=rtpmap:{payload.id} {payload.name}/{payload.clockrate}{channels}"
        yield from _feedback_lines(str(payload.id), payload.feedback)
        if payload.parameters:
            yield f"a=fmtp:{payload.id} {';'.join(map(_parameter, payload.parameters))}"
    yield from _transport_lines(transport)


def _direction(senders: Senders, speaker: Role) -> str:
    if senders is Senders.BOTH:
        return "sendrecv"
    if senders is Senders.NONE:
        return "inactive"
    return "sendonly" if senders.sends(speaker) else "recvonly"


def _parameter(parameter: Parameter) -> str:
    if parameter.value is None:
        return parameter.name
    return f"{parameter.name}={parameter.value}" if parameter.name else parameter.value


def _feedback_lines(payload: str, feedback: tuple[Feedback, ...]) -> Iterator[str]:
    for kind in feedback:
        yield f"a=rtcp-fb:{payload} {kind.type}{kind.subtype and ' ' + kind.subtype}"


def _transport_lines(transport: Transport) -> Iterator[str]:
    for candidate in transport.candidates:
        yield f"a=candidate:{candidate_line(candidate)}"
    if transport.complete:
        yield "a=end-of-candidates"
    if transport.ufrag:
        yield f"a=ice-ufrag:{transport.ufrag}"
        yield f"a=ice-pwd:{transport.pwd}"
    for fingerprint in transport.fingerprints:
        yield f"a=fingerprint:{fingerprint.hash} {fingerprint.value}"
    setups = [fingerprint.setup for fingerprint in transport.fingerprints if fingerprint.setup is not None]
    if setups:
        yield f"a=setup:{setups[0].value}"


def candidate_line(candidate: Candidate) -> str:
    """A candidate as it stands behind ``a=candidate:``."""
    line = (
        f"{candidate.foundation} {candidate.component} {candidate.protocol} {candidate.priority} "
        f"{candidate.ip} {candidate.port} typ {candidate.type}"
    )
    if candidate.rel_addr is not None:
        line += f" raddr {candidate.rel_addr} rport {candidate.rel_port}"
    if candidate.tcptype:
        line += f" tcptype {candidate.tcptype}"
    if candidate.generation:
        line += f" generation {candidate.generation}"
    return line


# Reading --------------------------------------------------------------------------------------------------


def from_sdp(text: str, speaker: Role, creator: Role = Role.INITIATOR) -> Description:
    """What an SDP says, as far as Jingle has words for it. Raises MalformedError.

    ``creator``: of the contents.
    """
    if len(text) > checks.LONGEST_SDP:
        raise MalformedError("too long")
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    checks.few(tuple(lines), checks.SDP_LINES, "lines")
    if not lines or lines[0] != "v=0":
        raise MalformedError("it is no SDP")
    parts: list[list[str]] = [[]]
    for line in lines:
        if line[1:2] != "=":
            raise MalformedError("a line is none of SDP")
        if line.startswith("m="):
            parts.append([])
        parts[-1].append(line)
    session = _Lines(parts[0])
    contents = tuple(
        _content(_Lines(part), session, str(index), speaker, creator) for index, part in enumerate(parts[1:])
    )
    return Description(contents, session.all("group", _group))


class _Lines:
    """The lines of a session or of a medium; attributes are looked up by name."""

    def __init__(self, lines: list[str]) -> None:
        self.first = lines[0]
        self._attributes: dict[str, list[str]] = {}
        for line in lines:
            if line.startswith("a="):
                name, _, value = line[2:].partition(":")
                self._attributes.setdefault(name, []).append(value.strip())

    def has(self, name: str) -> bool:
        return name in self._attributes

    def all(self, name: str, read: Callable[[str], _T]) -> tuple[_T, ...]:
        return tuple(read(value) for value in self._attributes.get(name, []))

    def one(self, name: str) -> str | None:
        values = self._attributes.get(name)
        return values[0] if values else None


def _words(text: str, least: int, what: str) -> list[str]:
    words = text.split()
    if len(words) < least:
        raise MalformedError(f"{what} is cut off")
    return words


def _group(value: str) -> Group:
    semantics, *names = _words(value, 1, "a group")
    return Group(semantics, tuple(names))


def _content(media: _Lines, session: _Lines, number: str, speaker: Role, creator: Role) -> Content:
    kind, _port, _profile, *formats = _words(media.first[2:], 4, "a medium")
    name = media.one("mid") or number
    rtp = None if kind not in {"audio", "video"} else _rtp(kind, formats, media, speaker)
    senders = next((_senders(name, speaker) for name in sorted(_DIRECTIONS) if media.has(name)), Senders.BOTH)
    return Content(name, creator, senders, rtp, _transport(media, session))


def _senders(direction: str, speaker: Role) -> Senders:
    match direction:
        case "sendrecv":
            return Senders.BOTH
        case "inactive":
            return Senders.NONE
        case "sendonly":
            return Senders(speaker.value)
        case "recvonly":
            return Senders(speaker.other.value)
        case _:
            raise MalformedError("a direction is none")


def _rtp(kind: str, formats: list[str], media: _Lines, speaker: Role) -> Rtp:
    maps = dict(media.all("rtpmap", _rtpmap))
    formed: dict[int, tuple[Parameter, ...]] = dict(media.all("fmtp", _fmtp))
    feedback: dict[str, list[Feedback]] = {}
    for payload, about in media.all("rtcp-fb", _rtcp_fb):
        feedback.setdefault(payload, []).append(about)
    payloads: list[PayloadType] = []
    for text in formats:
        key = checks.digits(text, "a payload type")
        name, clockrate, channels = maps.get(key) or (*STATIC.get(key, ("", 0)), 1)
        kinds = tuple(feedback.get(str(key), ()))
        payloads.append(PayloadType(key, name, clockrate, channels, formed.get(key, ()), kinds))
    return Rtp(
        kind,
        tuple(payloads),
        tuple(feedback.get("*", ())),
        media.all("extmap", lambda value: _extension(value, speaker)),
        _sources(media),
        media.all("ssrc-group", _source_group),
        media.has("rtcp-mux"),
    )


def _rtpmap(value: str) -> tuple[int, tuple[str, int, int]]:
    number, what = _words(value, 2, "a codec")[:2]
    name, clockrate, channels = (*what.split("/"), "", "")[:3]
    return checks.digits(number, "a payload type"), (
        name,
        checks.digits(clockrate, "a clock rate"),
        checks.digits(channels, "a number of channels") if channels else 1,
    )


def _fmtp(value: str) -> tuple[int, tuple[Parameter, ...]]:
    number, _, text = value.partition(" ")
    given: list[Parameter] = []
    for part in text.split(";"):
        name, equals, is_it = part.strip().partition("=")
        if equals:
            given.append(Parameter(name.strip(), is_it.strip() or None))
        elif name:
            given.append(_bare_parameter(name))
    return checks.digits(number, "a payload type"), tuple(given)


def _bare_parameter(text: str) -> Parameter:
    """A parameter without ``=``: a name if it can be one."""
    try:
        return Parameter(text)
    except MalformedError:
        return Parameter("", text)


def _rtcp_fb(value: str) -> tuple[str, Feedback]:
    payload, kind, *subtype = _words(value, 2, "a kind of feedback")
    return payload, Feedback(kind, subtype[0] if subtype else "")


def _extension(value: str, speaker: Role) -> HeaderExtension:
    number, uri = _words(value, 2, "a header extension")[:2]
    number, _, direction = number.partition("/")
    return HeaderExtension(
        checks.digits(number, "a header extension's number"),
        uri,
        _senders(direction or "sendrecv", speaker),
    )


def _sources(media: _Lines) -> tuple[Source, ...]:
    found: dict[int, list[Parameter]] = {}
    for ssrc, parameter in media.all("ssrc", _source):
        found.setdefault(ssrc, []).append(parameter)
    return tuple(Source(ssrc, tuple(parameters)) for ssrc, parameters in found.items())


def _source(value: str) -> tuple[int, Parameter]:
    number, _, text = value.partition(" ")
    name, colon, is_it = text.partition(":")
    return checks.digits(number, "a source"), Parameter(
        name.strip(), (is_it.strip() or None) if colon else None
    )


def _source_group(value: str) -> SourceGroup:
    semantics, *sources = _words(value, 2, "a group of sources")
    return SourceGroup(semantics, tuple(checks.digits(ssrc, "a source") for ssrc in sources))


def _transport(media: _Lines, session: _Lines) -> Transport:
    candidates = media.all("candidate", _candidate)
    setup = media.one("setup") or session.one("setup")
    if setup is not None and setup not in _SETUPS:
        raise MalformedError("setup is none that there is")
    role = None if setup is None else _SETUPS[setup]
    where = media if media.has("fingerprint") else session
    fingerprints = where.all("fingerprint", lambda value: _fingerprint(value, role))
    return Transport(
        media.one("ice-ufrag") or session.one("ice-ufrag") or "",
        media.one("ice-pwd") or session.one("ice-pwd") or "",
        tuple(candidate for candidate in candidates if candidate is not None),
        tuple(fingerprint for fingerprint in fingerprints if fingerprint is not None),
        media.has("end-of-candidates"),
    )


def _fingerprint(value: str, setup: Setup | None) -> Fingerprint | None:
    algorithm, text = _words(value, 2, "a fingerprint")[:2]
    if not checks.trusted(algorithm.lower()):
        return None
    return Fingerprint(algorithm.lower(), checks.fingerprint(algorithm.lower(), text), setup)


def _candidate(value: str) -> Candidate | None:
    words = _words(value, 8, "a candidate")
    foundation, component, protocol, priority, ip, port, _typ, kind, *more = words
    if checks.unusable(ip):
        return None
    pairs = dict(zip(more[::2], more[1::2], strict=False))
    rel_addr, rel_port = checks.related(pairs.get("raddr"), pairs.get("rport"))
    return Candidate(
        checks.digits(component, "a component"),
        foundation,
        checks.address(ip, "a candidate's address"),
        checks.digits(port, "a port"),
        checks.digits(priority, "a priority"),
        protocol.lower(),
        kind,
        rel_addr,
        rel_port,
        checks.digits(pairs.get("generation", "0"), "a generation"),
        pairs.get("tcptype", ""),
    )
