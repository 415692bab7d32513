"""USER (reference: USER object): people and phone numbers; everybody who can be named can be asked for."""

from __future__ import annotations

from typing import Final

from ringback.domain import contacts, people, pictures
from ringback.domain.account import Account
from ringback.domain.changes import Kind, Value
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.handles import is_address, is_well_formed
from ringback.domain.journal import Context
from ringback.protocol.lexer import word
from ringback.protocol.schema import Access, Faults, Key, ObjectType, Property
from ringback.protocol.values import (
    BLANK_LIST,
    BOOLEAN,
    COUNTRY,
    DATE,
    HANDLE,
    LANGUAGE,
    NUMBER,
    STAMP,
    TEXT,
    ValueType,
    enumeration,
    one_file,
)


def _aliases(account: Account, handle: Key, _argument: str) -> Value:
    """What the network calls them besides."""
    person = account.person(str(handle))
    return person.aliases or account.nature.aliases(person.handle)


SEX: Final = enumeration("sex", {"UNKNOWN": "not given", "MALE": "a man", "FEMALE": "a woman"})
PRESENCE: Final = {
    "UNKNOWN": "cannot be told",
    "OFFLINE": "not there, or not shown to us",
    "ONLINE": "there",
    "AWAY": "there, and idle for a while",
    "NA": "there, and idle for long",
    "DND": "does not want to be disturbed",
    "SKYPEOUT": "a phone number",
    "SKYPEME": "wants to be called by anybody",
}
ONLINE_STATUS: Final = enumeration("online status", PRESENCE, {2: {"SKYPEME": "ONLINE"}})


def _read_standing(text: str) -> str:
    number, _, _message = text.partition(" ")
    if number not in ("1", "2"):
        raise ValueError("only removed and pending can be asked for")
    return text


def _read_speed_dial(text: str) -> str:
    code = text.strip()
    if len(code) > 2 or not is_well_formed(code or "-"):
        raise ValueError("two characters at most, such as targets are made of")
    return code


STANDING: Final = ValueType(
    "contact status",
    NUMBER.show,
    _read_standing,
    ("0", "1", "2", "3"),
    meanings=(
        "never a contact",
        "removed; can be set",
        "asked for leave; can be set, with a text",
        "a contact",
    ),
    since=(0,) * 4,
)
SPEED_DIAL: Final = ValueType("speed dial, up to two characters", TEXT.show, _read_speed_dial)


def _read_picture(text: str) -> str:
    number, path = word(text)
    if number != "1" or not path.strip():
        raise ValueError("there is only picture 1, and it needs a file")
    return text


def _picture_file(text: str) -> tuple[str, ...]:
    return one_file(word(text)[1])


#: A number, of which only 1 exists, and a file.
PICTURE: Final = ValueType("1 and the path of a picture", TEXT.show, _read_picture, files=_picture_file)
#: Why a picture cannot be put into a file. The numbers are those of a program that imitated the API.
SAVED_PICTURE: Final = {
    Meaning.FILE_NOT_FOUND: 121,
    Meaning.NO_PICTURE: 122,
    Meaning.FILE_NOT_EMPTY: 124,
}


def save_picture(key: Key, argument: str) -> UseCase:
    """Puts somebody's picture into a file; the result is the argument, as typed."""
    path = word(argument)[1]

    def use_case(account: Account, context: Context) -> Value:
        pictures.save_avatar(account, context, str(key), path)
        return argument

    return use_case


def _set_standing(key: Key, value: Value) -> UseCase:
    number, _, text = str(value).partition(" ")

    def use_case(account: Account, context: Context) -> Value:
        if number == "1":
            return contacts.remove(account, context, str(key))
        return contacts.ask(account, context, str(key), text)

    return use_case


def _set_authorized(key: Key, value: Value) -> UseCase:
    act = contacts.authorize if value is True else contacts.dismiss

    def use_case(account: Account, context: Context) -> Value:
        return act(account, context, str(key))

    return use_case


def _set_blocked(key: Key, value: Value) -> UseCase:
    act = contacts.block if value is True else contacts.unblock

    def use_case(account: Account, context: Context) -> Value:
        return act(account, context, str(key))

    return use_case


def _set_speed_dial(key: Key, value: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return people.set_speed_dial(account, context, str(key), str(value))

    return use_case


def _set_display_name(key: Key, value: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return contacts.set_display_name(account, context, str(key), str(value))

    return use_case


def _look(account: Account, key: Key) -> UseCase | None:
    if people.is_told_of(account, str(key)):
        return None

    def use_case(account: Account, context: Context) -> Value:
        return people.ask_news(account, context, str(key))

    return use_case


def _last_online(account: Account, key: Key, _argument: str) -> Value:
    person = account.person(str(key))
    return person.last_online if person.online_status in ("offline", "unknown") else 0


def _handle(text: str) -> Key:
    if not is_address(text):
        raise ValueError("not a handle")
    return text


def _find(account: Account, key: Key) -> object | None:
    return account.person(str(key))


USER: Final = ObjectType(
    word="USER",
    kind=Kind.PERSON,
    key=_handle,
    find=_find,
    look=_look,
    line=2328,
    introduced="protocol 1",
    meaning="A person or phone number, addressed by handle.",
    # Reading never fails to find anybody: a stranger's profile is blank (design: GET USER answers at once).
    faults=Faults(get_key=8, get_unknown=9, get_property=10, set_key=8, set_unknown=9),
    properties=(
        Property("HANDLE", HANDLE, "handle", constant=True, line=2337, meaning="the handle itself"),
        Property("FULLNAME", TEXT, "fullname", line=2339, meaning="name in the profile"),
        Property("BIRTHDAY", DATE, "birthday", line=2341, meaning="day of birth, 0 if not given"),
        Property("SEX", SEX, "sex", line=2343, meaning="as the person gave it"),
        Property(
            "LANGUAGE",
            LANGUAGE,
            "language",
            line=2349,
            introduced="protocol 1",
            meaning="first language; ISO 639 code in front of its name from protocol 4 on",
        ),
        Property(
            "COUNTRY",
            COUNTRY,
            "country",
            line=2352,
            introduced="protocol 1",
            meaning="ISO 3166 code in front of its name from protocol 4 on",
        ),
        Property("PROVINCE", TEXT, "province", line=2355, meaning="part of the country"),
        Property("CITY", TEXT, "city", line=2357, meaning="town"),
        Property("PHONE_HOME", TEXT, "phone_home", line=2359, meaning="phone number at home"),
        Property("PHONE_OFFICE", TEXT, "phone_office", line=2361, meaning="phone number at work"),
        Property("PHONE_MOBILE", TEXT, "phone_mobile", line=2363, meaning="mobile phone number"),
        Property("HOMEPAGE", TEXT, "homepage", line=2365, meaning="address of a web page"),
        Property("ABOUT", TEXT, "about", line=2367, meaning="what the person says of themselves"),
        Property(
            "HASCALLEQUIPMENT",
            BOOLEAN,
            "has_call_equipment",
            constant=True,
            line=2369,
            meaning="can be called; always TRUE",
        ),
        Property(
            "IS_VIDEO_CAPABLE",
            BOOLEAN,
            "is_video_capable",
            line=2372,
            introduced="protocol 5",
            meaning="can take part in video",
        ),
        Property("IS_VOICEMAIL_CAPABLE", BOOLEAN, "is_voicemail_capable", line=2375, meaning="has voicemail"),
        Property(
            "BUDDYSTATUS",
            STANDING,
            "standing",
            Access.READ_WRITE,
            sensitive=1,
            line=2378,
            write=_set_standing,
            bad_value=518,
            failures={Meaning.ACTION_FAILED: 519, Meaning.OWN_HANDLE: 519, Meaning.INVALID_VALUE: 518},
            meaning="is the person a contact",
        ),
        Property(
            "ISAUTHORIZED",
            BOOLEAN,
            "is_authorized",
            Access.READ_WRITE,
            line=2386,
            introduced="client 1.3",
            write=_set_authorized,
            bad_value=516,
            failures={Meaning.ACTION_FAILED: 517, Meaning.OWN_HANDLE: 517},
            meaning="may the person see our presence",
        ),
        Property(
            "ISBLOCKED",
            BOOLEAN,
            "is_blocked",
            Access.READ_WRITE,
            line=2391,
            introduced="client 1.3",
            write=_set_blocked,
            bad_value=516,
            failures={Meaning.ACTION_FAILED: 517, Meaning.OWN_HANDLE: 517},
            meaning="is the person kept from us",
        ),
        Property("ONLINESTATUS", ONLINE_STATUS, "online_status", line=2396, meaning="presence"),
        # No longer notified since API 3.0 (ambiguity A63).
        Property(
            "LASTONLINETIMESTAMP",
            STAMP,
            "last_online",
            read=_last_online,
            notified=False,
            line=2409,
            meaning="when an absent person was last there, 0 if there or not told; not notified",
        ),
        Property(
            "CAN_LEAVE_VM", BOOLEAN, "can_leave_voicemail", line=2411, meaning="can we leave them voicemail"
        ),
        Property(
            "SPEEDDIAL",
            SPEED_DIAL,
            "speed_dial",
            Access.READ_WRITE,
            line=2416,
            introduced="client 1.3",
            write=_set_speed_dial,
            bad_value=515,
            failures={Meaning.OWN_HANDLE: 515},
            meaning="short code that calls the person",
        ),
        Property(
            "RECEIVEDAUTHREQUEST",
            TEXT,
            "received_auth_request",
            sensitive=0,
            line=2417,
            meaning="text with which the person asks for our leave, else empty",
        ),
        Property(
            "MOOD_TEXT", TEXT, "mood_text", line=2418, introduced="client 2.0", meaning="mood, plain text"
        ),
        Property(
            "RICH_MOOD_TEXT",
            TEXT,
            "rich_mood_text",
            line=2419,
            introduced="API 3.0",
            meaning="mood with its formatting, XML",
        ),
        Property("ALIASES", BLANK_LIST, read=_aliases, line=2420, meaning="other addresses of the person"),
        Property(
            "TIMEZONE",
            NUMBER,
            "timezone",
            line=2421,
            introduced="client 2.0",
            meaning="86400 plus seconds from UTC",
        ),
        Property(
            "IS_CF_ACTIVE", BOOLEAN, "is_forwarding", line=2422, meaning="does the person forward calls"
        ),
        Property(
            "NROF_AUTHED_BUDDIES",
            NUMBER,
            "authorized_buddies",
            line=2426,
            introduced="API 2.5",
            meaning="how many contacts the person has",
        ),
        Property(
            "DISPLAYNAME",
            TEXT,
            "display_name",
            Access.READ_WRITE,
            write=_set_display_name,
            failures={Meaning.OWN_HANDLE: 18, Meaning.INVALID_VALUE: 18},
            line=2438,
            introduced="protocol 5",
            meaning="our own name for the person, shown instead of FULLNAME; a phone number's FULLNAME too",
        ),
        Property(
            "AVATAR",
            TEXT,
            argument=PICTURE,
            bad_argument=114,
            fetch=save_picture,
            get_failures=SAVED_PICTURE,
            notified=False,
            deferred=True,
            line=3414,
            introduced="protocol 7, API 3.1",
            meaning="put the person's picture into a file",
        ),
    ),
)
