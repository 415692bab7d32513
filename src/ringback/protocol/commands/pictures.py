"""Settings whose values are pictures (reference: AVATAR, WALLPAPER)."""

from __future__ import annotations

from typing import Final

from ringback.domain import pictures
from ringback.domain.account import Account
from ringback.domain.changes import Value
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.journal import Context
from ringback.protocol.lexer import word
from ringback.protocol.objects.user import PICTURE, SAVED_PICTURE, save_picture
from ringback.protocol.schema import Access, Key, Property, Setting
from ringback.protocol.values import PATH


def _set_avatar(_key: Key, value: Value) -> UseCase:
    path = word(str(value))[1].rstrip()

    def use_case(account: Account, context: Context) -> Value:
        return pictures.set_avatar(account, context, path)

    return use_case


def _save_avatar(_key: Key, argument: str) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return save_picture(account.handle, argument)(account, context)

    return use_case


def _set_wallpaper(_key: Key, value: Value) -> UseCase:
    path = str(value).strip()

    def use_case(account: Account, context: Context) -> Value:
        return pictures.set_wallpaper(account, context, path)

    return use_case


#: A file that holds no good picture has the number of a bad value.
_FAILURES: Final = {Meaning.FILE_NOT_FOUND: 111, Meaning.ACTION_FAILED: 9901}

PICTURES: Final = (
    Setting(
        Property(
            "WALLPAPER",
            PATH,
            "wallpaper",
            Access.READ_WRITE,
            write=_set_wallpaper,
            line=1953,
            introduced="protocol 6, API 3.0",
            failures=_FAILURES,
            deferred=True,
            meaning="picture behind the window's text, PNG, JPEG or BMP, by its full path; empty if none",
        ),
    ),
    Setting(
        Property(
            "AVATAR",
            PICTURE,
            access=Access.READ_WRITE,
            argument=PICTURE,
            bad_argument=114,
            fetch=_save_avatar,
            write=_set_avatar,
            failures=_FAILURES,
            get_failures=SAVED_PICTURE,
            notified=False,
            deferred=True,
            line=3388,
            introduced="client 1.3",
            meaning="own picture, PNG or JPEG; GET puts it into a file, SET takes it from one",
        ),
        set_error=114,
    ),
)
