"""Commands and settings of the window (reference: user interface commands)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from babel import Locale, UnknownLocaleError

from ringback.domain import presence, ui_state
from ringback.domain.account import Account, set_setting
from ringback.domain.changes import Value
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.handles import is_address
from ringback.domain.journal import Context
from ringback.protocol.commands.checks import first_handle, is_contact, none, unknown_number
from ringback.protocol.lexer import MANY, targets, word
from ringback.protocol.schema import Access, Check, Command, Key, Property, Setting, writer
from ringback.protocol.values import HANDLE, SWITCH, TEXT, ValueType, enumeration, in_capitals, one_file

# Settings ---------------------------------------------------------------------------------------------------

WINDOW_STATE: Final = enumeration(
    "window state",
    {
        "NORMAL": "on the screen",
        "MINIMIZED": "in the task bar",
        "MAXIMIZED": "fills the screen",
        "HIDDEN": "an icon beside the clock",
    },
)


def _read_language(text: str) -> str:
    code = text.strip().lower()
    try:
        Locale.parse(code, sep="-")
    except (UnknownLocaleError, TypeError):
        raise ValueError("no such language") from None
    return code


def _set_window(_key: Key, value: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return ui_state.set_window(account, context, str(value))

    return use_case


def _set_silent_mode(_key: Key, value: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return ui_state.set_silent_mode(account, context, value is True)

    return use_case


WINDOW_SETTINGS: Final = (
    Setting(
        Property(
            "WINDOWSTATE",
            WINDOW_STATE,
            "window_state",
            Access.READ_WRITE,
            write=_set_window,
            line=1677,
            introduced="client 3.6",
            meaning="how the window is shown",
        )
    ),
    Setting(
        Property(
            "SILENT_MODE",
            SWITCH,
            "silent_mode",
            Access.READ_WRITE,
            write=_set_silent_mode,
            deferred=True,
            line=1969,
            introduced="protocol 6, API 2.6",
            meaning="does the window stay away and quiet; the user is asked when a program wants it",
        )
    ),
    Setting(
        Property(
            "UI_LANGUAGE",
            ValueType("language code", TEXT.show, _read_language),
            "ui_language",
            Access.READ_WRITE,
            write=writer(set_setting, "ui_language"),
            line=1942,
            introduced="protocol 6, API 3.0",
            meaning="language of the window, ISO 639 code",
        )
    ),
    Setting(
        Property(
            "CONTACTS_FOCUSED",
            HANDLE,
            "focused_contact",
            line=1935,
            introduced="protocol 7, API 3.1",
            meaning="contact that is chosen in the window, empty if none",
        ),
        shown="CONTACTS FOCUSED",
    ),
)

# Pages ------------------------------------------------------------------------------------------------------


def _page(name: str, argued: Callable[[str], tuple[str, ...]] = lambda _rest: ()) -> Callable[[str], UseCase]:
    """Opens a page; ``argued`` makes its arguments of the rest of the line."""

    def act(rest: str) -> UseCase:
        arguments = argued(rest)

        def use_case(account: Account, context: Context) -> Value:
            return ui_state.show_page(account, context, name, *arguments)

        return use_case

    return act


def _whole(rest: str) -> tuple[str, ...]:
    return (rest.strip(),)


def _options(rest: str) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return ui_state.show_options(account, context, rest.strip().lower())

    return use_case


def _receivers_and_folder(rest: str) -> tuple[str, str]:
    names, *folder = re.split(r"\s+IN\s", f"{rest} ", maxsplit=1, flags=re.IGNORECASE)
    return names, "".join(folder)


#: One more than may be tells that there are too many.
_ENOUGH: Final = ui_state.MOST_RECEIVERS + 1


def _receivers_said(rest: str) -> str:
    names, folder = _receivers_and_folder(rest)
    return f"{names.strip()} IN {folder.strip()}" if folder else rest


def _folder(rest: str) -> tuple[str, ...]:
    return one_file(_receivers_and_folder(rest)[1])


def _file_receivers(account: Account, rest: str) -> int | None:
    given = targets(_receivers_and_folder(rest)[0], _ENOUGH)
    if not given or not all(is_contact(account, g) for g in given):
        return 108
    return None


def _choose_files(rest: str) -> UseCase:
    names, folder = _receivers_and_folder(rest)

    def use_case(account: Account, context: Context) -> Value:
        return ui_state.choose_files(account, context, targets(names, _ENOUGH), folder.strip())

    return use_case


def _receivers_of_contacts(_account: Account, rest: str) -> int | None:
    given = rest.split(maxsplit=MANY)
    return None if 0 < len(given) <= MANY and all(map(is_address, given)) else 4


def _to_authorize(account: Account, rest: str) -> int | None:
    handle = rest.strip()
    if not is_address(handle):
        return 8
    return 117 if account.people.find(handle).is_authorized else None


_UNKNOWN_TEXT: Final = unknown_number(69, 69, 69)


def _phone_text(account: Account, rest: str) -> int | None:
    return _UNKNOWN_TEXT.look(account, rest) if rest.strip() else None


# Keys -------------------------------------------------------------------------------------------------------

_KEYS: Final = frozenset(
    [*"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ#*+", "UP", "DOWN", "YES", "NO", "SKYPE", "PAGEUP", "PAGEDOWN"]
)


def _key(_account: Account, rest: str) -> int | None:
    return None if rest.strip().upper() in _KEYS else 74


_PRESSED: Final = Check(_key, {74: "no such key"})


def _release(rest: str) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return ui_state.release_key(account, context, rest.strip().upper())

    return use_case


#: Pages that need no argument: line, since, meaning.
_PAGES: Final = {
    "LIVETAB": (1772, "protocol 7, API 3.2", "the page of live news"),
    "PROFILE": (1780, "client 1.4", "the own profile"),
    "CONFERENCE": (1803, "client 1.4", "the page that starts a conference"),
    "SEARCH": (1812, "client 1.4", "the search for people"),
    "CALLHISTORY": (1838, "client 1.4", "the list of calls"),
    "CONTACTS": (1848, "client 1.4", "the contacts"),
    "DIALPAD": (1858, "client 1.4", "the keypad for phone numbers"),
    "BLOCKEDUSERS": (1879, "client 1.4", "the people we blocked"),
    "IMPORTCONTACTS": (1888, "client 1.4", "the import of contacts"),
    "GETTINGSTARTED": (1897, "client 1.4", "first steps"),
    "VIDEOTEST": (689, "protocol 5", "the test of the camera"),
}
_1_0: Final = "client 1.0"
_1_3: Final = "client 1.3"
_1_4: Final = "client 1.4"

_CHOICE_OF_FILES: Final = Command(
    ("OPEN", "FILETRANSFER"),
    Check(_file_receivers, {108: "not a contact"}),
    _choose_files,
    failures={Meaning.FILE_NOT_FOUND: 109, Meaning.TOO_MANY_PARTICIPANTS: 112},
    files=_folder,
    said=_receivers_said,
    deferred=True,
    arguments="<handle>[, <handle>]* [IN <folder>]",
    line=1756,
    meaning="show the choice of a file to send",
    introduced=_1_3,
)

WINDOW_COMMANDS: Final = (
    Command(
        ("FOCUS",),
        act=lambda _rest: ui_state.focus,
        line=1649,
        meaning="bring the window to the front",
        introduced="protocol 1",
    ),
    Command(
        ("MINIMIZE",),
        act=lambda _rest: ui_state.minimize,
        line=1660,
        meaning="put the window away",
        introduced=_1_3,
    ),
    Command(
        ("RESETIDLETIMER",),
        act=lambda _rest: presence.active,
        line=3482,
        meaning="the user is there, whatever keyboard and mouse say",
        introduced="protocol 7, API 3.2",
    ),
    Command(
        ("BTN_PRESSED",),
        _PRESSED,
        lambda _rest: ui_state.press_key,
        arguments="<key>",
        sensitive=0,
        said=in_capitals,
        line=1919,
        meaning="a key of a handset went down",
        introduced="protocol 5",
    ),
    Command(
        ("BTN_RELEASED",),
        _PRESSED,
        _release,
        arguments="<key>",
        sensitive=0,
        said=in_capitals,
        line=1919,
        meaning="a key of a handset came up; its tone is sent while the window shows a call or the keypad",
        introduced="protocol 5",
    ),
    *(
        Command(
            ("OPEN", page),
            none(69),
            _page(page.lower()),
            line=line,
            meaning=f"show {what}",
            introduced=introduced,
        )
        for page, (line, introduced, what) in _PAGES.items()
    ),
    Command(
        ("OPEN", "OPTIONS"),
        act=_options,
        arguments="[<page>]",
        line=1821,
        meaning="show the settings; a page that does not exist is no error",
        introduced=_1_4,
    ),
    Command(
        ("OPEN", "ADDAFRIEND"),
        act=_page("addafriend", _whole),
        arguments="[<handle>]",
        line=1707,
        meaning="show how to add a contact",
        introduced=_1_0,
    ),
    _CHOICE_OF_FILES,
    # Two rows of the error table know it under its older name.
    replace(
        _CHOICE_OF_FILES,
        words=("TRANSFER",),
        line=3682,
        introduced="",
        meaning="the same as OPEN FILETRANSFER, by its older name",
    ),
    Command(
        ("OPEN", "USERINFO"),
        first_handle(8),
        _page("userinfo", lambda rest: (word(rest)[0],)),
        arguments="<handle>",
        line=1788,
        meaning="show somebody's profile",
        introduced=_1_4,
    ),
    Command(
        ("OPEN", "SENDCONTACTS"),
        Check(_receivers_of_contacts, {4: "nobody, or a malformed handle"}),
        _page("sendcontacts", lambda rest: tuple(rest.split())),
        arguments="<handle> [<handle>]*",
        line=1867,
        meaning="show the choice of contacts to send to somebody",
        introduced=_1_4,
    ),
    Command(
        ("OPEN", "AUTHORIZATION"),
        Check(_to_authorize, {8: "no handle, or a malformed one", 117: "the person has our leave already"}),
        _page("authorization", _whole),
        arguments="<handle>",
        line=1906,
        meaning="show somebody's wish for our leave",
        introduced=_1_4,
    ),
    Command(
        ("OPEN", "VOICEMAIL"),
        unknown_number(512, 512, 512),
        arguments="<id>",
        line=722,
        meaning="show a voicemail and play it",
    ),
    Command(
        ("OPEN", "SMS"),
        Check(_phone_text, {69: "no such object"}),
        _page("sms", _whole),
        arguments="[<id>]",
        line=3897,
        meaning="show a phone text; not in the reference",
    ),
)
