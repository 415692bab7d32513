"""PROFILE (reference: PROFILE object): the account's own profile; there is one, so it has no id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ringback.domain.account import Account, set_profile
from ringback.domain.changes import Kind, Value
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.journal import Context
from ringback.protocol.objects.user import SEX
from ringback.protocol.schema import Access, Faults, Key, ObjectType, Property
from ringback.protocol.values import BOOLEAN, DATE, NUMBER, OWN_COUNTRY, TEXT, ValueType


def _find(account: Account, _key: Key) -> object | None:
    return account.profile


def _only(text: str) -> Key:
    return text


def writer(name: str) -> Callable[[Key, Value], UseCase]:
    """Writes one plain field of the profile."""

    def write(_key: Key, value: Value) -> UseCase:
        def use_case(account: Account, context: Context) -> Value:
            assert isinstance(value, str | int)
            return set_profile(account, context, name, value)

        return use_case

    return write


def _own(word: str, kind: ValueType, field: str, line: int) -> Property:
    return Property(
        word,
        kind,
        field,
        Access.READ_WRITE,
        write=writer(field),
        line=line,
        bad_value=552,
        failures={Meaning.NOT_ALLOWED: 553},
    )


PROFILE: Final = ObjectType(
    word="PROFILE",
    kind=Kind.PROFILE,
    key=_only,
    find=_find,
    single=True,
    line=2441,
    meaning="The account's own profile.",
    faults=Faults(get_property=7, set_property=552, set_value=552),
    properties=(
        Property("PSTN_BALANCE", NUMBER, "balance", line=2444, meaning="in hundredths"),
        Property("PSTN_BALANCE_CURRENCY", TEXT, "balance_currency", line=2448),
        _own("FULLNAME", TEXT, "fullname", 2449),
        _own("BIRTHDAY", DATE, "birthday", 2450),
        _own("SEX", SEX, "sex", 2451),
        _own("LANGUAGES", TEXT, "languages", 2453),
        _own("COUNTRY", OWN_COUNTRY, "country", 2454),
        Property("IPCOUNTRY", TEXT, "ip_country", line=2455),
        _own("PROVINCE", TEXT, "province", 2456),
        _own("CITY", TEXT, "city", 2457),
        _own("PHONE_HOME", TEXT, "phone_home", 2458),
        _own("PHONE_OFFICE", TEXT, "phone_office", 2459),
        _own("PHONE_MOBILE", TEXT, "phone_mobile", 2460),
        _own("HOMEPAGE", TEXT, "homepage", 2461),
        _own("ABOUT", TEXT, "about", 2462),
        _own("MOOD_TEXT", TEXT, "mood_text", 2463),
        _own("RICH_MOOD_TEXT", TEXT, "rich_mood_text", 2464),
        _own("TIMEZONE", NUMBER, "timezone", 2465),
        _own("CALL_APPLY_CF", BOOLEAN, "apply_forwarding", 2468),
        _own("CALL_NOANSWER_TIMEOUT", NUMBER, "no_answer_timeout", 2469),
        _own("CALL_FORWARD_RULES", TEXT, "forward_rules", 2470),
        _own("CALL_SEND_TO_VM", BOOLEAN, "send_to_voicemail", 2471),
        Property("SMS_VALIDATED_NUMBERS", TEXT, "validated_numbers", line=2472),
    ),
)
