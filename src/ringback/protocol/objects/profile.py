"""PROFILE (reference: PROFILE object): the account's own profile; there is one, so it has no id."""

from __future__ import annotations

from typing import Final

from ringback.domain.account import Account
from ringback.domain.changes import Kind, Value
from ringback.domain.failures import Meaning
from ringback.domain.handles import looks_dialled, phone_number
from ringback.domain.people import LONGEST_TEXT
from ringback.domain.profile import set_profile
from ringback.protocol.objects.user import SEX
from ringback.protocol.schema import Access, Faults, Key, ObjectType, Property, writer
from ringback.protocol.values import (
    BOOLEAN,
    COMMA_LIST,
    DATE,
    HANDLE,
    NUMBER,
    OWN_COUNTRY,
    SECONDS,
    TEXT,
    ValueType,
    is_language,
)


def _find(account: Account, _key: Key) -> object | None:
    return account.profile


def _only(text: str) -> Key:
    return text


def _words(text: str) -> list[str]:
    if len(text) > LONGEST_TEXT:
        raise ValueError("too long")
    return text.split()


def _read_rules(text: str) -> str:
    rules = _words(text)
    for rule in rules:
        start, end, target = rule.split(",")
        if int(NUMBER.read(end)) < int(NUMBER.read(start)):
            raise ValueError("it would end before it starts")
        HANDLE.read(target)
        if looks_dialled(target) and phone_number(target) is None:
            raise ValueError("neither a name nor a number with its country")
    return " ".join(rules)


def _read_languages(text: str) -> str:
    codes = _words(text.lower())
    if not all(len(code) == 2 and is_language(code) for code in codes):
        raise ValueError("not ISO 639 codes")
    return " ".join(dict.fromkeys(codes))


def _machine_country(account: Account, _key: Key, _argument: str) -> Value:
    return account.told.country


RULES: Final = ValueType("list of start,end,target, blank between", TEXT.show, _read_rules)
LANGUAGES: Final = ValueType("list of ISO 639 codes, blank between", TEXT.show, _read_languages)


def _own(word: str, kind: ValueType, field: str, line: int, meaning: str, introduced: str = "") -> Property:
    return Property(
        word,
        kind,
        field,
        Access.READ_WRITE,
        write=writer(set_profile, field),
        line=line,
        introduced=introduced,
        # Any text is a good one.
        bad_value=None if kind is TEXT else 552,
        failures={Meaning.NOT_ALLOWED: 553} if field == "send_to_voicemail" else {},
        meaning=meaning,
    )


_1_4: Final = "client 1.4"

PROFILE: Final = ObjectType(
    word="PROFILE",
    kind=Kind.PROFILE,
    key=_only,
    find=_find,
    single=True,
    line=2441,
    introduced="protocol 3",
    meaning="The account's own profile; there is one, so it has no id.",
    faults=Faults(get_property=7, set_property=552, set_value=552),
    properties=(
        Property(
            "PSTN_BALANCE",
            NUMBER,
            "balance",
            line=2444,
            meaning="what is left to spend, in hundredths of the currency",
        ),
        Property(
            "PSTN_BALANCE_CURRENCY",
            TEXT,
            "balance_currency",
            line=2448,
            meaning="currency of the balance, ISO 4217",
        ),
        _own("FULLNAME", TEXT, "fullname", 2449, "own name"),
        _own("BIRTHDAY", DATE, "birthday", 2450, "day of birth, 0 if not given"),
        _own("SEX", SEX, "sex", 2451, "as others see it"),
        _own("LANGUAGES", LANGUAGES, "languages", 2453, "languages we speak"),
        _own("COUNTRY", OWN_COUNTRY, "country", 2454, "ISO 3166 code and name"),
        Property(
            "IPCOUNTRY",
            TEXT,
            read=_machine_country,
            line=2455,
            introduced="API 2.5",
            meaning="country that we are connected from, ISO 3166 code",
        ),
        _own("PROVINCE", TEXT, "province", 2456, "part of the country"),
        _own("CITY", TEXT, "city", 2457, "town"),
        _own("PHONE_HOME", TEXT, "phone_home", 2458, "phone number at home"),
        _own("PHONE_OFFICE", TEXT, "phone_office", 2459, "phone number at work"),
        _own("PHONE_MOBILE", TEXT, "phone_mobile", 2460, "mobile phone number"),
        _own("HOMEPAGE", TEXT, "homepage", 2461, "address of a web page"),
        _own("ABOUT", TEXT, "about", 2462, "what we say of ourselves"),
        _own("MOOD_TEXT", TEXT, "mood_text", 2463, "mood, plain text", "protocol 5"),
        _own("RICH_MOOD_TEXT", TEXT, "rich_mood_text", 2464, "mood with its formatting, XML", "API 3.0"),
        _own("TIMEZONE", NUMBER, "timezone", 2465, "86400 plus seconds from UTC"),
        _own("CALL_APPLY_CF", BOOLEAN, "apply_forwarding", 2468, "are calls forwarded", _1_4),
        _own(
            "CALL_NOANSWER_TIMEOUT",
            SECONDS,
            "no_answer_timeout",
            2469,
            "how long a call rings before it is forwarded",
            _1_4,
        ),
        _own(
            "CALL_FORWARD_RULES",
            RULES,
            "forward_rules",
            2470,
            "where calls are forwarded to, from second start to second end",
            _1_4,
        ),
        _own(
            "CALL_SEND_TO_VM", BOOLEAN, "send_to_voicemail", 2471, "may callers leave voicemail instead", _1_4
        ),
        Property(
            "SMS_VALIDATED_NUMBERS",
            COMMA_LIST,
            "validated_numbers",
            line=2472,
            introduced="API 2.5",
            meaning="numbers that phone texts may be answered to",
        ),
    ),
)
