"""USER (reference: USER object): people and phone numbers; everybody who can be named can be asked for."""

from __future__ import annotations

from typing import Final

from ringback.domain.account import Account
from ringback.domain.changes import Kind, Value
from ringback.domain.handles import is_well_formed, phone_number
from ringback.protocol.schema import Access, Faults, Key, ObjectType, Property
from ringback.protocol.values import (
    BLANK_LIST,
    BOOLEAN,
    COUNTRY,
    DATE,
    LANGUAGE,
    NUMBER,
    STAMP,
    TEXT,
    enumeration,
)

SEX: Final = enumeration("sex", ("UNKNOWN", "MALE", "FEMALE"))
PRESENCE_WORDS: Final = (
    "UNKNOWN",
    "OFFLINE",
    "ONLINE",
    "AWAY",
    "NA",
    "DND",
    "SKYPEOUT",
    "SKYPEME",
)
ONLINE_STATUS: Final = enumeration("online status", PRESENCE_WORDS, {2: {"SKYPEME": "ONLINE"}})


def _handle(text: str) -> Key:
    if not is_well_formed(text) and phone_number(text) is None:
        raise ValueError("not a handle")
    return text


def _find(account: Account, key: Key) -> object | None:
    return account.people.find(str(key))


def _no_picture(_account: Account, _key: Key, _argument: str) -> Value:
    return ""


USER: Final = ObjectType(
    word="USER",
    kind=Kind.PERSON,
    key=_handle,
    find=_find,
    line=2328,
    meaning="A person or phone number, addressed by handle.",
    # SEARCH never fails to find: nobody's profile is simply blank (design: GET USER answers at once).
    faults=Faults(get_key=8, get_unknown=9, get_property=10, set_key=8, set_unknown=9),
    properties=(
        Property("HANDLE", TEXT, "handle", constant=True, line=2337, meaning="the handle itself"),
        Property("FULLNAME", TEXT, "fullname", line=2339, meaning="the name in the profile"),
        Property("BIRTHDAY", DATE, "birthday", line=2341, meaning="yyyymmdd, 0 if not given"),
        Property("SEX", SEX, "sex", line=2343, meaning="as given"),
        Property("LANGUAGE", LANGUAGE, "language", line=2349, meaning="ISO 639 code and name"),
        Property("COUNTRY", COUNTRY, "country", line=2352, meaning="ISO 3166 code and name"),
        Property("PROVINCE", TEXT, "province", line=2355),
        Property("CITY", TEXT, "city", line=2357),
        Property("PHONE_HOME", TEXT, "phone_home", line=2359),
        Property("PHONE_OFFICE", TEXT, "phone_office", line=2361),
        Property("PHONE_MOBILE", TEXT, "phone_mobile", line=2363),
        Property("HOMEPAGE", TEXT, "homepage", line=2365),
        Property("ABOUT", TEXT, "about", line=2367),
        Property("HASCALLEQUIPMENT", BOOLEAN, "has_call_equipment", line=2369, meaning="can be called"),
        Property("IS_VIDEO_CAPABLE", BOOLEAN, "is_video_capable", line=2372),
        Property("IS_VOICEMAIL_CAPABLE", BOOLEAN, "is_voicemail_capable", line=2375),
        Property("BUDDYSTATUS", NUMBER, "standing", Access.READ_WRITE, line=2378, bad_value=518),
        Property("ISAUTHORIZED", BOOLEAN, "is_authorized", Access.READ_WRITE, line=2386, bad_value=516),
        Property("ISBLOCKED", BOOLEAN, "is_blocked", Access.READ_WRITE, line=2391, bad_value=516),
        Property("ONLINESTATUS", ONLINE_STATUS, "online_status", line=2396, meaning="presence"),
        # No longer notified since API 3.0 (ambiguity A63).
        Property("LASTONLINETIMESTAMP", STAMP, "last_online", notified=False, line=2409),
        Property("CAN_LEAVE_VM", BOOLEAN, "can_leave_voicemail", line=2411),
        Property("SPEEDDIAL", TEXT, "speed_dial", Access.READ_WRITE, line=2416, bad_value=515),
        Property("RECEIVEDAUTHREQUEST", TEXT, "received_auth_request", line=2417),
        Property("MOOD_TEXT", TEXT, "mood_text", line=2418),
        Property("RICH_MOOD_TEXT", TEXT, "rich_mood_text", line=2419),
        Property("ALIASES", BLANK_LIST, "aliases", line=2420),
        Property("TIMEZONE", NUMBER, "timezone", line=2421, meaning="86400 plus seconds from UTC"),
        Property("IS_CF_ACTIVE", BOOLEAN, "is_forwarding", line=2422),
        Property("NROF_AUTHED_BUDDIES", NUMBER, "authorized_buddies", line=2426),
        Property("DISPLAYNAME", TEXT, "display_name", Access.READ_WRITE, line=2438),
        Property("AVATAR", TEXT, argument=True, line=3414, meaning="the person's picture, into a file"),
    ),
)
