"""Turns changes into the lines that attached programs get, once per protocol version. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ringback.domain.account import Account
from ringback.domain.changes import Change, Changed, Created, Deleted, Kind, Ref, Reported, Signalled, Value
from ringback.protocol.schema import Language, Property
from ringback.protocol.versions import RENAMED_IN, older_line

#: Signals that are whole lines by themselves.
_SIGNALS: Final = {
    "call_history_changed": "CALLHISTORYCHANGED",
    "message_history_changed": "IMHISTORYCHANGED",
}
#: Field of the account's own presence: a change is also said of the account as a USER (programs.md 2.6).
_PRESENCE: Final = "user_status"


def lines(language: Language, changes: Iterable[Change], version: int, account: Account) -> tuple[str, ...]:
    """The notifications for a program that speaks ``version``, in the order of the changes."""
    said: list[str] = []
    for change in changes:
        match change:
            case Changed():
                _property(language, said, change.ref, change.field, change.new, version, account)
            case Reported():
                _property(language, said, change.ref, change.field, change.value, version, account)
            case Created():
                _announce(language, said, change.ref, version, account)
            case Deleted():
                said.append(f"DELETED {language.object_by_kind[change.ref.kind].word} {change.ref.key}")
            case Signalled():
                kind = language.object_by_kind.get(change.ref.kind)
                if change.signal in _SIGNALS:
                    said.append(_SIGNALS[change.signal])
                elif kind is not None and change.signal.upper() in kind.events:
                    said.append(f"{kind.word} {change.ref.key} {change.signal.upper()}")
    if version < RENAMED_IN:
        return tuple(older_line(line) for line in said)
    return tuple(said)


def _property(
    language: Language, said: list[str], ref: Ref, name: str, value: Value, version: int, account: Account
) -> None:
    declared: Property | None
    if ref.kind is Kind.ACCOUNT:
        setting = language.setting_by_field.get(name)
        if setting is None or not setting.property.notified:
            return
        declared = setting.property
        shown = declared.type.show(value, version)
        if name == _PRESENCE:
            seen = language.object_by_kind[Kind.PERSON].by_word["ONLINESTATUS"].type
            status = seen.show(account.person(account.handle).online_status, version)
            said.append(f"USER {account.handle} ONLINESTATUS {status}")
        said.append(f"{setting.shown or declared.name} {shown}")
        return
    kind = language.object_by_kind.get(ref.kind)
    declared = None if kind is None else kind.by_field.get(name)
    if kind is None or declared is None or not declared.notified:
        return
    head = kind.word if kind.single else f"{kind.word} {ref.key}"
    said.append(f"{head} {declared.name} {declared.type.show(value, version)}")


def _announce(language: Language, said: list[str], ref: Ref, version: int, account: Account) -> None:
    kind = language.object_by_kind[ref.kind]
    thing = kind.find(account, ref.key)
    for name in kind.announced if thing is not None else ():
        declared = kind.by_word[name]
        value: Value = getattr(thing, declared.field)
        said.append(f"{kind.word} {ref.key} {name} {declared.type.show(value, version)}")
