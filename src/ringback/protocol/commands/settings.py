"""General parameters (reference: General parameters; settings without an object)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ringback.domain.account import Account, set_setting
from ringback.domain.changes import Value
from ringback.domain.engine import UseCase
from ringback.domain.journal import Context
from ringback.protocol.errors import WireError
from ringback.protocol.objects.user import PRESENCE_WORDS
from ringback.protocol.schema import Access, Key, Property, Setting
from ringback.protocol.values import BOOLEAN, SWITCH, TEXT, ValueType, enumeration

#: What a program may ask for; UNKNOWN and LOGGEDOUT are only ever said (reference: USERSTATUS).
USER_STATUS: Final = enumeration(
    "user status",
    ("UNKNOWN", "ONLINE", "OFFLINE", "SKYPEME", "AWAY", "NA", "DND", "INVISIBLE", "LOGGEDOUT"),
    {2: {"SKYPEME": "ONLINE"}},
)
CONNECTION: Final = enumeration(
    "connection status", ("OFFLINE", "CONNECTING", "PAUSING", "ONLINE", "LOGGEDOUT")
)
WINDOW_STATE: Final = enumeration("window state", ("NORMAL", "MINIMIZED", "MAXIMIZED", "HIDDEN"))
_SETTABLE_STATUS: Final = frozenset(PRESENCE_WORDS) | {"INVISIBLE"}


def _read_status(text: str) -> str | int | bool:
    status = USER_STATUS.read(text)
    if status in ("unknown", "loggedout"):
        raise ValueError("never asked for")
    return status


def _read_language(text: str) -> str:
    code = text.strip().lower()
    if not code.isascii() or not code.replace("-", "").isalpha() or not 2 <= len(code) <= 8:
        raise ValueError("not a language code")
    return code


def writer(name: str) -> Callable[[Key, Value], UseCase]:
    """Writes one plain setting."""

    def write(_key: Key, value: Value) -> UseCase:
        def use_case(account: Account, context: Context) -> Value:
            assert isinstance(value, str | int)
            return set_setting(account, context, name, value)

        return use_case

    return write


def _stored(
    word: str, kind: ValueType, field: str, line: int, error: int = 18, target: int | None = None
) -> Setting:
    return Setting(
        Property(word, kind, field, Access.READ_WRITE, write=writer(field), line=line),
        error,
        target_error=target,
    )


def _told(word: str, kind: ValueType, field: str, line: int, constant: bool = False) -> Setting:
    return Setting(Property(word, kind, field, line=line, constant=constant))


def _privilege(account: Account, _key: Key, argument: str) -> Value:
    fields = {"SKYPEOUT": "may_call_phones", "SKYPEIN": "has_own_number", "VOICEMAIL": "has_voicemail"}
    name = fields.get(argument.upper())
    if name is None:
        raise WireError(40)
    value: bool = getattr(account.settings, name)
    return value


def _me(account: Account, _key: Key, _argument: str) -> Value:
    return account.handle


def _nobody(_account: Account, _key: Key, _argument: str) -> Value:
    # Headless: nothing can have the focus.
    return ""


_STATUS = ValueType(
    USER_STATUS.name, USER_STATUS.show, _read_status, USER_STATUS.words, USER_STATUS.changes_below
)

SETTINGS: Final = (
    _told("SKYPEVERSION", TEXT, "version", 3203, constant=True),
    Setting(Property("CURRENTUSERHANDLE", TEXT, read=_me, line=3212, constant=True)),
    _stored("USERSTATUS", _STATUS, "user_status", 3219, 28),
    Setting(Property("PRIVILEGE", BOOLEAN, read=_privilege, argument=True, line=3242), get_error=40),
    _told("PREDICTIVE_DIALER_COUNTRY", TEXT, "dialer_country", 3268),
    _told("CONNSTATUS", CONNECTION, "connection", 3312),
    _stored("AUDIO_IN", TEXT, "audio_in", 3331, 50),
    _stored("AUDIO_OUT", TEXT, "audio_out", 3346, 50),
    _stored("RINGER", TEXT, "ringer", 3360, 50),
    _stored("VIDEO_IN", TEXT, "video_in", 594),
    _stored("MUTE", SWITCH, "mute", 3372, 33),
    _stored("PCSPEAKER", SWITCH, "pc_speaker", 3462),
    _stored("AGC", SWITCH, "agc", 3470, 572, target=571),
    _stored("AEC", SWITCH, "aec", 3470, 570, target=569),
    _stored("AUTOAWAY", SWITCH, "auto_away", 3495, 53),
    _stored("WINDOWSTATE", WINDOW_STATE, "window_state", 1677),
    _stored("SILENT_MODE", SWITCH, "silent_mode", 1969),
    _stored("UI_LANGUAGE", ValueType("language code", TEXT.show, _read_language), "ui_language", 1942),
    Setting(Property("WALLPAPER", TEXT, "wallpaper", Access.READ_WRITE, line=1953), set_error=111),
    Setting(Property("AVATAR", TEXT, access=Access.READ_WRITE, argument=True, line=3388), set_error=114),
    Setting(Property("RINGTONE", TEXT, access=Access.READ_WRITE, argument=True, line=3428), set_error=115),
    Setting(Property("CONTACTS_FOCUSED", TEXT, read=_nobody, line=1935)),
    Setting(Property("AUTH_CONTACTS_PROFILES", TEXT, read=_nobody)),
)
