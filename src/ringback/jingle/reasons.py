"""Why sessions end: the words of XEP-0166, and what a call came to."""

from __future__ import annotations

from enum import Enum, unique
from typing import Final


@unique
class Reason(Enum):
    """Why a session ends, in the words of XEP-0166, section 7.4."""

    ALTERNATIVE_SESSION = "alternative-session"
    BUSY = "busy"
    CANCEL = "cancel"
    CONNECTIVITY_ERROR = "connectivity-error"
    DECLINE = "decline"
    EXPIRED = "expired"
    FAILED_APPLICATION = "failed-application"
    FAILED_TRANSPORT = "failed-transport"
    GENERAL_ERROR = "general-error"
    GONE = "gone"
    INCOMPATIBLE_PARAMETERS = "incompatible-parameters"
    MEDIA_ERROR = "media-error"
    SECURITY_ERROR = "security-error"
    SUCCESS = "success"
    TIMEOUT = "timeout"
    UNSUPPORTED_APPLICATIONS = "unsupported-applications"
    UNSUPPORTED_TRANSPORTS = "unsupported-transports"


@unique
class Outcome(Enum):
    """What a call came to, for the side that is told of it."""

    ENDED = "they talked, and one side hung up"
    REFUSED = "the callee does not want to talk"
    BUSY = "the callee is busy"
    CANCELLED = "the caller gave up before anybody answered"
    UNANSWERED = "nobody answered in time"
    ANSWERED_ELSEWHERE = "another device of the callee answered"
    REFUSED_ELSEWHERE = "another device of the callee refused"
    UNKNOWN = "there is nobody of that name"
    OFFLINE = "nobody is there"
    BLOCKED = "the callee wants nothing of the caller"
    UNAUTHORIZED = "the callee must have given the caller leave first"
    INCOMPATIBLE = "no codec that both sides know, or nothing that can be set up"
    UNREACHABLE = "no way to the other side was found"
    SOUND = "the other side's sound does not work"
    LOST = "the way between both sides broke"
    FAILED = "something else went wrong"


#: What the caller makes of the reason with which a call ends that nobody has answered.
_BEFORE_ANSWER: Final = {
    Reason.BUSY: Outcome.BUSY,
    Reason.CANCEL: Outcome.REFUSED,
    Reason.DECLINE: Outcome.REFUSED,
    Reason.SUCCESS: Outcome.REFUSED,
    Reason.ALTERNATIVE_SESSION: Outcome.REFUSED,
    Reason.TIMEOUT: Outcome.UNANSWERED,
    Reason.EXPIRED: Outcome.UNANSWERED,
    Reason.GONE: Outcome.OFFLINE,
    Reason.CONNECTIVITY_ERROR: Outcome.LOST,
    Reason.FAILED_TRANSPORT: Outcome.UNREACHABLE,
    Reason.FAILED_APPLICATION: Outcome.INCOMPATIBLE,
    Reason.INCOMPATIBLE_PARAMETERS: Outcome.INCOMPATIBLE,
    Reason.UNSUPPORTED_APPLICATIONS: Outcome.INCOMPATIBLE,
    Reason.UNSUPPORTED_TRANSPORTS: Outcome.INCOMPATIBLE,
    Reason.MEDIA_ERROR: Outcome.SOUND,
    Reason.GENERAL_ERROR: Outcome.FAILED,
    Reason.SECURITY_ERROR: Outcome.FAILED,
}

#: What either side makes of it once they talk; with every other reason somebody hung up.
_WHILE_TALKING: Final = {
    Reason.CONNECTIVITY_ERROR: Outcome.LOST,
    Reason.FAILED_TRANSPORT: Outcome.UNREACHABLE,
    Reason.TIMEOUT: Outcome.LOST,
    Reason.FAILED_APPLICATION: Outcome.INCOMPATIBLE,
    Reason.INCOMPATIBLE_PARAMETERS: Outcome.INCOMPATIBLE,
    Reason.MEDIA_ERROR: Outcome.SOUND,
    Reason.GENERAL_ERROR: Outcome.FAILED,
    Reason.SECURITY_ERROR: Outcome.FAILED,
}

#: The reason that is given to the other side for our own outcome.
_GIVEN: Final = {
    Outcome.ENDED: Reason.SUCCESS,
    Outcome.REFUSED: Reason.DECLINE,
    Outcome.BUSY: Reason.BUSY,
    Outcome.CANCELLED: Reason.CANCEL,
    Outcome.UNANSWERED: Reason.TIMEOUT,
    Outcome.ANSWERED_ELSEWHERE: Reason.DECLINE,
    Outcome.REFUSED_ELSEWHERE: Reason.DECLINE,
    Outcome.UNKNOWN: Reason.GONE,
    Outcome.OFFLINE: Reason.GONE,
    Outcome.BLOCKED: Reason.DECLINE,
    Outcome.UNAUTHORIZED: Reason.DECLINE,
    Outcome.INCOMPATIBLE: Reason.INCOMPATIBLE_PARAMETERS,
    Outcome.UNREACHABLE: Reason.FAILED_TRANSPORT,
    Outcome.SOUND: Reason.MEDIA_ERROR,
    Outcome.LOST: Reason.CONNECTIVITY_ERROR,
    Outcome.FAILED: Reason.GENERAL_ERROR,
}

#: Conditions of stanza errors (RFC 6120, section 8.3.3) that say something about the other side.
_CONDITIONS: Final = {
    "item-not-found": Outcome.UNKNOWN,
    "jid-malformed": Outcome.UNKNOWN,
    "remote-server-not-found": Outcome.UNKNOWN,
    "gone": Outcome.UNKNOWN,
    "service-unavailable": Outcome.OFFLINE,
    "recipient-unavailable": Outcome.OFFLINE,
    "remote-server-timeout": Outcome.OFFLINE,
    "forbidden": Outcome.BLOCKED,
    "not-allowed": Outcome.BLOCKED,
    "not-authorized": Outcome.BLOCKED,
    "registration-required": Outcome.BLOCKED,
    "subscription-required": Outcome.UNAUTHORIZED,
    "policy-violation": Outcome.BLOCKED,
    "not-acceptable": Outcome.INCOMPATIBLE,
    "feature-not-implemented": Outcome.INCOMPATIBLE,
    "bad-request": Outcome.INCOMPATIBLE,
    "resource-constraint": Outcome.BUSY,
}


def outcome_of(reason: Reason | None, *, talking: bool, called: bool) -> Outcome:
    """What it came to when the other side ended it. ``called``: the other side had called.

    A caller that ends before the answer has given up, whatever it says.
    """
    if talking:
        return _WHILE_TALKING.get(reason, Outcome.ENDED) if reason else Outcome.ENDED
    if called:
        return Outcome.CANCELLED
    return _BEFORE_ANSWER[reason] if reason else Outcome.REFUSED


def outcome_of_error(condition: str) -> Outcome:
    """What it came to when the offer was answered with an error."""
    return _CONDITIONS.get(condition, Outcome.FAILED)


def reason_for(outcome: Outcome) -> Reason:
    """The word for the other side when the call ends here."""
    return _GIVEN[outcome]
