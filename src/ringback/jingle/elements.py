"""Descriptions as XML: each type has a reader (``…_of``) and a writer (``…_element``) beside it.

Readers raise MalformedError. What they do not know they leave out, as XMPP demands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar
from xml.etree.ElementTree import Element, SubElement

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
from ringback.jingle.namespaces import DTLS, EXTENSIONS, FEEDBACK, GROUPING, ICE, JINGLE, RTP, SOURCES

_T = TypeVar("_T")
_ROLES: Final = {role.value: role for role in Role}
_SENDERS: Final = {senders.value: senders for senders in Senders}
_SETUPS: Final = {setup.value: setup for setup in Setup}


def split(tag: str) -> tuple[str, str]:
    """Namespace and name of an element's tag."""
    namespace, _, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name


def children(element: Element) -> Iterator[Element]:
    """The elements in it. Raises MalformedError if there are too many to look at."""
    if len(element) > checks.CHILDREN:
        raise MalformedError("too many elements")
    for child in element:
        if isinstance(child.tag, str):  # not a comment
            yield child


def _all(element: Element, namespace: str, name: str, read: Callable[[Element], _T]) -> tuple[_T, ...]:
    tag = f"{{{namespace}}}{name}"
    return tuple(read(child) for child in children(element) if child.tag == tag)


def _add(parent: Element, namespace: str, tag: str, /, **attributes: str | int | None) -> Element:
    """A child with those attributes that are there; ``_`` in their names stands for ``-``."""
    given = {key.replace("_", "-"): str(value) for key, value in attributes.items() if value is not None}
    return SubElement(parent, f"{{{namespace}}}{tag}", given)


def _choice(element: Element, attribute: str, choices: dict[str, _T], default: _T) -> _T:
    text = element.get(attribute)
    if text is None:
        return default
    if text not in choices:
        raise MalformedError(f"{attribute} is none that there is")
    return choices[text]


def parameter_of(element: Element) -> Parameter:
    """``<parameter/>`` of a codec or a source."""
    value = element.get("value")
    name = element.get("name", "").strip()
    return Parameter(name, (value.strip() or None) if value is not None else None)


def parameter_element(parent: Element, namespace: str, parameter: Parameter) -> None:
    """See ``parameter_of``."""
    _add(parent, namespace, "parameter", name=parameter.name, value=parameter.value)


def feedback_of(element: Element) -> Feedback:
    """``<rtcp-fb/>`` (XEP-0293)."""
    return Feedback(element.get("type", ""), element.get("subtype", ""))


def feedback_element(parent: Element, feedback: Feedback) -> None:
    """See ``feedback_of``."""
    _add(parent, FEEDBACK, "rtcp-fb", type=feedback.type, subtype=feedback.subtype or None)


def payload_of(element: Element) -> PayloadType:
    """``<payload-type/>`` (XEP-0167, section 4)."""
    key = checks.digits(element.get("id"), "a payload type")
    name = element.get("name", "")
    clockrate = checks.digits(element.get("clockrate", "0"), "a clock rate")
    if key in STATIC and not (name and clockrate):
        name, clockrate = STATIC[key]
    return PayloadType(
        key,
        name if clockrate else "",
        clockrate,
        checks.digits(element.get("channels", "1"), "a number of channels") or 1,
        _all(element, RTP, "parameter", parameter_of),
        _all(element, FEEDBACK, "rtcp-fb", feedback_of),
    )


def payload_element(parent: Element, payload: PayloadType) -> None:
    """See ``payload_of``."""
    element = _add(
        parent,
        RTP,
        "payload-type",
        id=payload.id,
        name=payload.name or None,
        clockrate=payload.clockrate or None,
        channels=payload.channels if payload.channels != 1 else None,
    )
    for parameter in payload.parameters:
        parameter_element(element, RTP, parameter)
    for feedback in payload.feedback:
        feedback_element(element, feedback)


def extension_of(element: Element) -> HeaderExtension:
    """``<rtp-hdrext/>`` (XEP-0294)."""
    return HeaderExtension(
        checks.digits(element.get("id"), "a header extension's number"),
        element.get("uri", ""),
        _choice(element, "senders", _SENDERS, Senders.BOTH),
    )


def extension_element(parent: Element, extension: HeaderExtension) -> None:
    """See ``extension_of``."""
    senders = None if extension.senders is Senders.BOTH else extension.senders.value
    _add(parent, EXTENSIONS, "rtp-hdrext", id=extension.id, uri=extension.uri, senders=senders)


def _ssrc(element: Element) -> int:
    return checks.digits(element.get("ssrc"), "a source")


def source_of(element: Element) -> Source:
    """``<source/>`` (XEP-0339)."""
    return Source(_ssrc(element), _all(element, SOURCES, "parameter", parameter_of))


def source_element(parent: Element, source: Source) -> None:
    """See ``source_of``."""
    element = _add(parent, SOURCES, "source", ssrc=source.ssrc)
    for parameter in source.parameters:
        parameter_element(element, SOURCES, parameter)


def source_group_of(element: Element) -> SourceGroup:
    """``<ssrc-group/>`` (XEP-0339)."""
    return SourceGroup(element.get("semantics", ""), _all(element, SOURCES, "source", _ssrc))


def source_group_element(parent: Element, group: SourceGroup) -> None:
    """See ``source_group_of``."""
    element = _add(parent, SOURCES, "ssrc-group", semantics=group.semantics)
    for ssrc in group.sources:
        _add(element, SOURCES, "source", ssrc=ssrc)


def rtp_of(element: Element) -> Rtp:
    """``<description/>`` (XEP-0167, section 4)."""
    return Rtp(
        element.get("media", ""),
        _all(element, RTP, "payload-type", payload_of),
        _all(element, FEEDBACK, "rtcp-fb", feedback_of),
        _all(element, EXTENSIONS, "rtp-hdrext", extension_of),
        _all(element, SOURCES, "source", source_of),
        _all(element, SOURCES, "ssrc-group", source_group_of),
        element.find(f"{{{RTP}}}rtcp-mux") is not None,
    )


def rtp_element(parent: Element, rtp: Rtp) -> None:
    """See ``rtp_of``."""
    element = _add(parent, RTP, "description", media=rtp.media)
    for payload in rtp.payloads:
        payload_element(element, payload)
    for feedback in rtp.feedback:
        feedback_element(element, feedback)
    for extension in rtp.extensions:
        extension_element(element, extension)
    for source in rtp.sources:
        source_element(element, source)
    for group in rtp.groups:
        source_group_element(element, group)
    if rtp.rtcp_mux:
        _add(element, RTP, "rtcp-mux")


def candidate_of(element: Element) -> Candidate | None:
    """``<candidate/>`` (XEP-0176, section 5.3); None for one whose address means nothing here."""
    ip = element.get("ip", "")
    if checks.unusable(ip):
        return None
    rel_addr, rel_port = checks.related(element.get("rel-addr"), element.get("rel-port"))
    return Candidate(
        checks.digits(element.get("component"), "a component"),
        element.get("foundation", ""),
        checks.address(ip, "a candidate's address"),
        checks.digits(element.get("port"), "a port"),
        checks.digits(element.get("priority"), "a priority"),
        element.get("protocol", "").lower(),
        element.get("type", "host"),
        rel_addr,
        rel_port,
        checks.digits(element.get("generation", "0"), "a generation"),
        element.get("tcptype", ""),
        element.get("id", ""),
        checks.digits(element.get("network", "0"), "a network's number"),
    )


def candidate_element(parent: Element, candidate: Candidate) -> None:
    """See ``candidate_of``. XEP-0176 demands an id; where there is none it says what it stands for."""
    named = f"{candidate.foundation}-{candidate.component}-{candidate.protocol}-{candidate.port}"
    _add(
        parent,
        ICE,
        "candidate",
        component=candidate.component,
        foundation=candidate.foundation,
        generation=candidate.generation,
        id=candidate.id or named,
        ip=candidate.ip,
        network=candidate.network,
        port=candidate.port,
        priority=candidate.priority,
        protocol=candidate.protocol,
        rel_addr=candidate.rel_addr,
        rel_port=candidate.rel_port,
        tcptype=candidate.tcptype or None,
        type=candidate.type,
    )


def fingerprint_of(element: Element) -> Fingerprint | None:
    """``<fingerprint/>`` (XEP-0320); None for one of an algorithm that is not to be trusted."""
    algorithm = element.get("hash", "").lower()
    if not checks.trusted(algorithm):
        return None
    setup = None if element.get("setup") is None else _choice(element, "setup", _SETUPS, Setup.ACTPASS)
    return Fingerprint(algorithm, checks.fingerprint(algorithm, element.text or ""), setup)


def fingerprint_element(parent: Element, fingerprint: Fingerprint) -> None:
    """See ``fingerprint_of``."""
    setup = None if fingerprint.setup is None else fingerprint.setup.value
    _add(parent, DTLS, "fingerprint", hash=fingerprint.hash, setup=setup).text = fingerprint.value


def transport_of(element: Element) -> Transport:
    """``<transport/>`` (XEP-0176, section 5)."""
    candidates = _all(element, ICE, "candidate", candidate_of)
    fingerprints = _all(element, DTLS, "fingerprint", fingerprint_of)
    return Transport(
        element.get("ufrag", ""),
        element.get("pwd", ""),
        tuple(candidate for candidate in candidates if candidate is not None),
        tuple(fingerprint for fingerprint in fingerprints if fingerprint is not None),
        element.find(f"{{{ICE}}}gathering-complete") is not None,
    )


def transport_element(parent: Element, transport: Transport) -> None:
    """See ``transport_of``."""
    element = _add(parent, ICE, "transport", ufrag=transport.ufrag or None, pwd=transport.pwd or None)
    for fingerprint in transport.fingerprints:
        fingerprint_element(element, fingerprint)
    for candidate in transport.candidates:
        candidate_element(element, candidate)
    if transport.complete:
        _add(element, ICE, "gathering-complete")


def _the(element: Element, namespace: str, name: str, read: Callable[[Element], _T]) -> _T | None:
    found = _all(element, namespace, name, read)
    if len(found) > 1:
        raise MalformedError(f"{name} is there twice")
    return found[0] if found else None


def content_of(element: Element) -> Content:
    """``<content/>`` (XEP-0166, section 7.3)."""
    return Content(
        element.get("name", ""),
        _choice(element, "creator", _ROLES, Role.INITIATOR),
        _choice(element, "senders", _SENDERS, Senders.BOTH),
        _the(element, RTP, "description", rtp_of),
        _the(element, ICE, "transport", transport_of),
    )


def content_element(parent: Element, content: Content) -> Element:
    """See ``content_of``."""
    element = _add(
        parent,
        JINGLE,
        "content",
        creator=content.creator.value,
        name=content.name,
        senders=content.senders.value,
    )
    if content.rtp is not None:
        rtp_element(element, content.rtp)
    if content.transport is not None:
        transport_element(element, content.transport)
    return element


def group_of(element: Element) -> Group:
    """``<group/>`` (XEP-0338)."""
    return Group(
        element.get("semantics", ""),
        _all(element, GROUPING, "content", lambda child: child.get("name", "")),
    )


def group_element(parent: Element, group: Group) -> None:
    """See ``group_of``."""
    element = _add(parent, GROUPING, "group", semantics=group.semantics)
    for name in group.contents:
        _add(element, GROUPING, "content", name=name)


def description_of(element: Element) -> Description:
    """What is said in ``<jingle/>`` about contents."""
    return Description(
        _all(element, JINGLE, "content", content_of), _all(element, GROUPING, "group", group_of)
    )


def description_element(parent: Element, description: Description) -> None:
    """See ``description_of``."""
    for group in description.groups:
        group_element(parent, group)
    for content in description.contents:
        content_element(parent, content)
