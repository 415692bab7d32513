"""General parameters (reference: General parameters; settings without an object)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ringback.domain import presence
from ringback.domain.account import Account, set_setting
from ringback.domain.changes import Value
from ringback.domain.engine import UseCase
from ringback.domain.journal import Context
from ringback.protocol.commands.contact_profiles import profiles
from ringback.protocol.schema import Access, Key, Property, Setting, Writer, writer
from ringback.protocol.values import BOOLEAN, HANDLE, SWITCH, TEXT, ValueType, enumeration

#: UNKNOWN is only ever said (reference: USERSTATUS).
USER_STATUS: Final = enumeration(
    "user status",
    {
        "UNKNOWN": "cannot be told; never set",
        "ONLINE": "there",
        "OFFLINE": "not connected",
        "SKYPEME": "there, and anybody may call",
        "AWAY": "there, and idle for a while",
        "NA": "there, and idle for long",
        "DND": "not to be disturbed",
        "INVISIBLE": "there, and shown as not there",
        "LOGGEDOUT": "nobody is signed in; SET signs out, and programs are detached",
    },
    {2: {"SKYPEME": "ONLINE"}},
)
CONNECTION: Final = enumeration(
    "connection status",
    {
        "OFFLINE": "no connection",
        "CONNECTING": "being made",
        "PAUSING": "waits before the next attempt",
        "ONLINE": "connected",
        "LOGGEDOUT": "nobody is signed in; only notified",
    },
)
PRIVILEGES: Final = enumeration(
    "privilege",
    {
        "SKYPEOUT": "may call phones",
        "SKYPEIN": "has a phone number of its own",
        "VOICEMAIL": "has voicemail",
    },
)


def _read_status(text: str) -> str | int | bool:
    status = USER_STATUS.read(text)
    if status == "unknown":
        raise ValueError("never asked for")
    return status


def _user_status(_key: Key, value: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        if value == "loggedout":
            return presence.sign_out(account, context)
        return presence.set_status(account, context, str(value))

    return use_case


def _auto_away(_key: Key, value: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return presence.set_auto_away(account, context, value is True)

    return use_case


def _stored(
    word: str,
    kind: ValueType,
    field: str,
    line: int,
    meaning: str,
    introduced: str = "protocol 1",
    error: int = 18,
    target: int | None = None,
    write: Writer | None = None,
) -> Setting:
    return Setting(
        Property(
            word,
            kind,
            field,
            Access.READ_WRITE,
            write=write or writer(set_setting, field),
            line=line,
            introduced=introduced,
            meaning=meaning,
        ),
        error,
        target_error=target,
    )


def _told(
    word: str, kind: ValueType, field: str, line: int, meaning: str, introduced: str = "protocol 1"
) -> Setting:
    return Setting(Property(word, kind, field, line=line, introduced=introduced, meaning=meaning))


def _privilege(account: Account, _key: Key, argument: str) -> Value:
    fields = {"SKYPEOUT": "may_call_phones", "SKYPEIN": "has_own_number", "VOICEMAIL": "has_voicemail"}
    value: bool = getattr(account.settings, fields[argument.upper()])
    return value


def _me(account: Account, _key: Key, _argument: str) -> Value:
    return account.handle


def _country(account: Account, _key: Key, _argument: str) -> Value:
    return account.dialling_country


def _nobody(_account: Account, _key: Key, _argument: str) -> Value:
    # Headless: nothing can have the focus.
    return ""


_STATUS = replace(USER_STATUS, read=_read_status)
SETTINGS: Final = (
    Setting(
        Property(
            "SKYPEVERSION",
            TEXT,
            "version",
            line=3203,
            constant=True,
            introduced="protocol 1",
            meaning="version of the program that we appear as",
        )
    ),
    Setting(
        Property(
            "CURRENTUSERHANDLE",
            HANDLE,
            read=_me,
            line=3212,
            constant=True,
            introduced="protocol 1",
            meaning="who is signed in",
        )
    ),
    _stored("USERSTATUS", _STATUS, "user_status", 3219, "own presence", error=28, write=_user_status),
    Setting(
        Property(
            "PRIVILEGE",
            BOOLEAN,
            read=_privilege,
            argument=PRIVILEGES,
            bad_argument=40,
            line=3242,
            introduced="protocol 1",
            meaning="may the account use a paid service",
        )
    ),
    Setting(
        Property(
            "PREDICTIVE_DIALER_COUNTRY",
            TEXT,
            read=_country,
            line=3268,
            introduced="protocol 7, API 3.1",
            meaning="country whose prefix local phone numbers get, ISO 3166 code; us if nobody said",
        )
    ),
    _told("CONNSTATUS", CONNECTION, "connection", 3312, "connection to the network"),
    _stored(
        "AGC", SWITCH, "agc", 3470, "automatic gain control; kept, without function", "protocol 5", 572, 571
    ),
    _stored("AEC", SWITCH, "aec", 3470, "echo cancelling; kept, without function", "protocol 5", 570, 569),
    _stored("AUTOAWAY", SWITCH, "auto_away", 3495, "does idling make us AWAY", error=53, write=_auto_away),
    # COMPAT(pidgin, spectrum): not in the reference.
    Setting(
        Property(
            "AUTH_CONTACTS_PROFILES",
            TEXT,
            read=profiles,
            meaning="profiles of the contacts who authorized us, in one line; not in the reference",
        )
    ),
)
