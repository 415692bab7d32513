"""``<jingle/>`` (XEP-0166, section 7.2) and the messages of XEP-0353, as types."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element, SubElement

from ringback.jingle import checks
from ringback.jingle.checks import MalformedError
from ringback.jingle.description import Description
from ringback.jingle.elements import children, description_element, description_of, split
from ringback.jingle.namespaces import DTMF, JINGLE, MESSAGE, RTP, RTP_INFO
from ringback.jingle.reasons import Reason


@unique
class Action(Enum):
    """What is asked for (XEP-0166, section 7.2)."""

    CONTENT_ACCEPT = "content-accept"
    CONTENT_ADD = "content-add"
    CONTENT_MODIFY = "content-modify"
    CONTENT_REJECT = "content-reject"
    CONTENT_REMOVE = "content-remove"
    DESCRIPTION_INFO = "description-info"
    SECURITY_INFO = "security-info"
    SESSION_ACCEPT = "session-accept"
    SESSION_INFO = "session-info"
    SESSION_INITIATE = "session-initiate"
    SESSION_TERMINATE = "session-terminate"
    TRANSPORT_ACCEPT = "transport-accept"
    TRANSPORT_INFO = "transport-info"
    TRANSPORT_REJECT = "transport-reject"
    TRANSPORT_REPLACE = "transport-replace"


@unique
class Notice(Enum):
    """What a session-info says of a call (XEP-0167, section 6.3 and after)."""

    RINGING = "ringing"
    ACTIVE = "active"
    HOLD = "hold"
    UNHOLD = "unhold"
    MUTE = "mute"
    UNMUTE = "unmute"


KEYS: Final = "0123456789*#ABCD"


@dataclass(frozen=True, slots=True)
class Key:
    """A key was pressed (XEP-0181). duration: milliseconds."""

    code: str
    duration: int = 100

    def __post_init__(self) -> None:
        if len(self.code) != 1 or self.code not in KEYS:
            raise MalformedError("a key is none")
        checks.within(self.duration, 0, 10_000, "a key's duration")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A session-info that is of no meaning here."""

    name: str


Info: TypeAlias = Notice | Key | Unknown

_ACTIONS: Final = {action.value: action for action in Action}
_NOTICES: Final = {notice.value: notice for notice in Notice}
_REASONS: Final = {reason.value: reason for reason in Reason}


@dataclass(frozen=True, slots=True)
class Jingle:
    """A request. info: None in a session-info that only asks whether the session lives."""

    action: Action
    sid: str
    description: Description = field(default_factory=Description)
    reason: Reason | None = None
    info: Info | None = None
    initiator: str = ""
    responder: str = ""


def reason_of(element: Element) -> Reason | None:
    """What a ``<reason/>`` in it says; one that we do not know is a general error (XEP-0166, 7.4)."""
    given = element.find(f"{{{JINGLE}}}reason")
    if given is None:
        return None
    for child in children(given):
        namespace, name = split(child.tag)
        if namespace == JINGLE and name != "text":
            return _REASONS.get(name, Reason.GENERAL_ERROR)
    return None


def reason_element(parent: Element, reason: Reason) -> None:
    """See ``reason_of``."""
    SubElement(SubElement(parent, f"{{{JINGLE}}}reason"), f"{{{JINGLE}}}{reason.value}")


def _key_of(element: Element) -> Key:
    return Key(element.get("code", ""), checks.digits(element.get("duration", "100"), "a key's duration"))


def _info_of(element: Element) -> Info | None:
    for child in children(element):
        namespace, name = split(child.tag)
        if namespace == RTP_INFO and name in _NOTICES:
            return _NOTICES[name]
        if namespace == DTMF and name == "dtmf":
            return _key_of(child)
        return Unknown(name[: checks.LONGEST_NAME])
    return None


def _address_of(element: Element, attribute: str) -> str:
    return checks.line(element.get(attribute, ""), attribute, checks.LONGEST_ADDRESS)


def jingle_of(element: Element) -> Jingle:
    """Read ``<jingle/>``. Raises MalformedError."""
    if element.tag != f"{{{JINGLE}}}jingle":
        raise MalformedError("it is no Jingle")
    action = _ACTIONS.get(element.get("action", ""))
    if action is None:
        raise MalformedError("no such action")
    return Jingle(
        action,
        checks.identifier(element.get("sid"), "the session's id"),
        description_of(element),
        reason_of(element),
        _info_of(element) if action is Action.SESSION_INFO else None,
        _address_of(element, "initiator"),
        _address_of(element, "responder"),
    )


def jingle_element(jingle: Jingle) -> Element:
    """See ``jingle_of``."""
    element = Element(f"{{{JINGLE}}}jingle", {"action": jingle.action.value, "sid": jingle.sid})
    if jingle.initiator:
        element.set("initiator", jingle.initiator)
    if jingle.responder:
        element.set("responder", jingle.responder)
    description_element(element, jingle.description)
    match jingle.info:
        case Notice():
            SubElement(element, f"{{{RTP_INFO}}}{jingle.info.value}")
        case Key(code, duration):
            SubElement(element, f"{{{DTMF}}}dtmf", {"code": code, "duration": str(duration)})
        case _:
            pass
    if jingle.reason is not None:
        reason_element(element, jingle.reason)
    return element


@unique
class Word(Enum):
    """What a message about a call says (XEP-0353). ACCEPT is for the own devices."""

    PROPOSE = "propose"
    RINGING = "ringing"
    PROCEED = "proceed"
    ACCEPT = "accept"
    REJECT = "reject"
    RETRACT = "retract"
    FINISH = "finish"


_WORDS: Final = {word.value: word for word in Word}


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message about a call. media: with PROPOSE. tie_break: both sides called at the same time."""

    word: Word
    sid: str
    media: tuple[str, ...] = ()
    reason: Reason | None = None
    tie_break: bool = False


def is_announcement(element: Element) -> bool:
    """Is this child of a message for ``announcement_of``?"""
    namespace, name = split(element.tag)
    return namespace == MESSAGE and name in _WORDS


def announcement_of(element: Element) -> Announcement:
    """Read a child of a message. Raises MalformedError."""
    if not is_announcement(element):
        raise MalformedError("it is no message about a call")
    word = _WORDS[split(element.tag)[1]]
    media = tuple(
        checks.token(child.get("media", ""), "a medium")
        for child in children(element)
        if child.tag == f"{{{RTP}}}description"
    )
    return Announcement(
        word,
        checks.identifier(element.get("id"), "the session's id"),
        checks.few(media, checks.CONTENTS, "contents"),
        reason_of(element),
        element.find(f"{{{MESSAGE}}}tie-break") is not None,
    )


def announcement_element(announcement: Announcement) -> Element:
    """See ``announcement_of``."""
    element = Element(f"{{{MESSAGE}}}{announcement.word.value}", {"id": announcement.sid})
    for media in announcement.media:
        SubElement(element, f"{{{RTP}}}description", {"media": media})
    if announcement.reason is not None:
        reason_element(element, announcement.reason)
    if announcement.tie_break:
        SubElement(element, f"{{{MESSAGE}}}tie-break")
    return element
