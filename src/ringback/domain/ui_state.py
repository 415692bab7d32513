"""What programs do with the window, and the user with it (reference: user interface commands).

Theory. The engine knows what a window would show and says so with effects; a machine without one keeps the
same state and shows nothing. The user's own acts in a window are the same use cases, so programs hear of both
alike. Whoever acts on the window stands for the user's hands: idling ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ringback.domain import keypad, presence
from ringback.domain.changes import Value
from ringback.domain.effects import AskUser, LookAtFolder, ShowPage, ShowWindow
from ringback.domain.failures import Failure, Meaning
from ringback.domain.inputs import FolderFound, UserAnswered
from ringback.domain.journal import Context
from ringback.domain.settings import SETTINGS
from ringback.domain.step import Settled

if TYPE_CHECKING:
    from ringback.domain.account import Account

#: Pages of the window itself, of which one is in front; others open beside it.
TABS: Final = frozenset({"livetab", "callhistory", "contacts", "dialpad"})
#: Pages of the settings (reference: OPEN OPTIONS; the list is recovered).
OPTIONS: Final = frozenset(
    {
        "general",
        "privacy",
        "notifications",
        "soundalerts",
        "sounddevices",
        "hotkeys",
        "connection",
        "voicemail",
        "callforward",
        "video",
        "advanced",
    }
)
#: People to whom files can be offered at once (reference: error 112 says that there is a limit).
MOST_RECEIVERS: Final = 20


@dataclass(slots=True)
class UiState:
    """``tab``: the page in front.

    ``tab_at``: monotonic moment at which it was opened. ``asked``: operations in which the user is asked
    whether the window may be silent. ``choices``: operations that look for the folder of a choice of files,
    with the page to open.
    """

    tab: str = "contacts"
    tab_at: float = 0.0
    asked: set[int] = field(default_factory=set)
    choices: dict[int, ShowPage] = field(default_factory=dict)


# The window as a whole --------------------------------------------------------------------------------------


def _put(account: Account, context: Context, state: str, said: bool) -> None:
    """Show the window so. ``said``: also if nothing changes."""
    presence.active(account, context)
    old, account.settings.window_state = account.settings.window_state, state
    if old != state:
        context.changed(SETTINGS, "window_state", old, state)
    elif said:
        context.reported(SETTINGS, "window_state", state)
    context.ask(ShowWindow(state))


def set_window(account: Account, context: Context, state: str) -> Value:
    """Normal, minimized to the task bar, maximized, or hidden beside the clock (reference: WINDOWSTATE)."""
    _put(account, context, state, said=False)
    return state


def focus(account: Account, context: Context) -> Value:
    """Bring the window to the front (reference: FOCUS); its state is told in any case."""
    here = account.settings.window_state in ("normal", "maximized")
    _put(account, context, account.settings.window_state if here else "normal", said=True)
    return None


def minimize(account: Account, context: Context) -> Value:
    """Put the window away (reference: MINIMIZE; ambiguity A64)."""
    _put(account, context, "hidden", said=False)
    return None


# Pages ------------------------------------------------------------------------------------------------------


def show_page(account: Account, context: Context, page: str, *arguments: str) -> Value:
    """Open a page or a window of its own (reference: OPEN)."""
    presence.active(account, context)
    if page in TABS:
        account.ui.tab, account.ui.tab_at = page, context.now.monotonic
    context.ask(ShowPage(page, arguments))
    return None


def show_call(account: Account, context: Context, call: Value) -> None:
    """The window turns to a call that a program has begun."""
    account.ui.tab, account.ui.tab_at = "call", context.now.monotonic
    context.ask(ShowPage("call", (str(call),)))


def show_options(account: Account, context: Context, page: str) -> Value:
    """Open a page of the settings; one that does not exist is no error and does nothing."""
    if page in OPTIONS or not page:
        return show_page(account, context, "options", page)
    return presence.active(account, context)


def choose_files(account: Account, context: Context, receivers: Sequence[str], folder: str) -> Value:
    """Open the choice of files to send (reference: OPEN FILETRANSFER); over when the folder was found.

    Refuses with TOO_MANY_PARTICIPANTS; refused later: FILE_NOT_FOUND.
    """
    if len(receivers) > MOST_RECEIVERS:
        raise Failure(Meaning.TOO_MANY_PARTICIPANTS)
    if not folder:
        return show_page(account, context, "filetransfer", ", ".join(receivers), "")
    operation = account.ids.operation()
    account.ui.choices[operation] = ShowPage("filetransfer", (", ".join(receivers), folder))
    context.ask(LookAtFolder(operation, folder))
    context.wait_for(operation)
    return None


def folder_found(account: Account, context: Context, event: FolderFound) -> None:
    """The folder of a choice of files is there, or not."""
    page = account.ui.choices.pop(event.operation, None)
    if page is None:
        return
    if event.there:
        show_page(account, context, page.page, *page.arguments)
    context.settle(Settled(event.operation, None if event.there else Meaning.FILE_NOT_FOUND))


def focus_contact(account: Account, context: Context, handle: str) -> Value:
    """The user chose a contact in the window, "" for none (reference: CONTACTS FOCUSED)."""
    presence.active(account, context)
    old, account.settings.focused_contact = account.settings.focused_contact, handle
    if old != handle:
        context.changed(SETTINGS, "focused_contact", old, handle, kept=False)
    return handle


# Keys -------------------------------------------------------------------------------------------------------


def press_key(account: Account, context: Context) -> Value:
    """A key of a handset went down: nothing but a sign of the user (reference: BTN_PRESSED)."""
    return presence.active(account, context)


def release_key(account: Account, context: Context, key: str) -> Value:
    """A key came up: a tone for the call, if the window shows the call or the keypad.

    The window shows a call from its beginning or its answer on, until another page is opened (reference:
    BTN_RELEASED).
    """
    presence.active(account, context)
    call = account.calls.talking()
    answered_at = 0.0 if call is None else call.answered_at or 0.0
    if account.ui.tab in ("call", "dialpad") or account.ui.tab_at <= answered_at:
        keypad.press_key(account, context, key)
    return None


# Silence ----------------------------------------------------------------------------------------------------


def set_silent_mode(account: Account, context: Context, new: bool) -> Value:
    """Have the window show nothing by itself, or again (reference: SILENT_MODE).

    The user is asked each time a program wants silence, and the answer comes when the user has agreed or not.
    The window's own switch asks nobody.
    """
    program = context.cause.session
    if not new or program is None:
        _silence(account, context, new)
        return new
    operation = account.ids.operation()
    account.ui.asked.add(operation)
    context.ask(AskUser(operation, "silent_mode", program))
    context.wait_for(operation)
    return new


def user_answered(account: Account, context: Context, event: UserAnswered) -> None:
    """The user agreed that the window be silent, or not."""
    if event.operation not in account.ui.asked:
        return
    account.ui.asked.discard(event.operation)
    if event.agreed:
        _silence(account, context, True)
    context.settle(Settled(event.operation, result=account.settings.silent_mode))


def _silence(account: Account, context: Context, new: bool) -> None:
    old, account.settings.silent_mode = account.settings.silent_mode, new
    if old != new:
        context.changed(SETTINGS, "silent_mode", old, new)
