"""Why a use case refused. Meanings only: the protocol's error matrix turns them into numbers."""

from __future__ import annotations

from enum import Enum, unique


@unique
class Meaning(Enum):
    """What was wrong, named by meaning; grows with the language."""

    UNKNOWN_OBJECT = "unknown object"
    INVALID_HANDLE = "malformed handle"
    INVALID_NUMBER = "not a phone number"
    EMERGENCY_NUMBER = "emergency number"
    OWN_HANDLE = "the account's own handle"
    BLOCKED = "blocked person"
    TOO_MANY_PARTICIPANTS = "too many participants"
    ALREADY_CALLING = "another call is being set up"
    ALREADY_ONGOING = "a call to this person is ongoing"
    NOT_IN_PROGRESS = "not in progress"
    CANNOT_HOLD = "cannot hold"
    CANNOT_RESUME = "cannot resume or answer"
    CANNOT_HANG_UP = "already over"
    CALL_NOT_ACTIVE = "call not active"
    INVALID_TONE = "not a keypad tone, or too many of them"
    TOO_MANY_TONES = "too many keypad tones wait"
    INVALID_VALUE = "value out of range"
    INVALID_PARTICIPANT = "no such participant"
    CANNOT_CONFER = "cannot make a conference"
    NOT_ALLOWED = "not allowed"
    NOT_SUPPORTED = "not supported by the network"
    TEXT_NOT_CARRIED = "characters that the network cannot carry"
    NOT_CONNECTED = "not connected"
    ACTION_FAILED = "action failed"
    DEVICE_FAILED = "device failed"
    FILE_NOT_FOUND = "file not found"
    FILE_NOT_EMPTY = "file not empty"
    INVALID_PICTURE = "not a picture, or too large a one"
    NO_PICTURE = "no picture is known"
    NOT_AVAILABLE_YET = "behaviour not built yet"
    STORE_UNAVAILABLE = "the store refuses writes"


class Failure(Exception):
    """A use case refused; nothing was changed."""

    def __init__(self, meaning: Meaning, detail: str = "") -> None:
        super().__init__(meaning.value if not detail else f"{meaning.value}: {detail}")
        self.meaning = meaning
        self.detail = detail
