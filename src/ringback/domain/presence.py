"""The account's own presence: what the user chose, what idling makes of it, and the link to the network
(reference: USERSTATUS, CONNSTATUS, AUTOAWAY, RESETIDLETIMER).

Theory. The user chooses a status. While AUTOAWAY is on, idling takes ONLINE and SKYPEME to AWAY and later to
NA, and activity takes that back; what the user chose otherwise stays. Idle time is counted from the last sign
of the user: a window that was used, a key or command that stands for one, RESETIDLETIMER. Programs that ask,
write or call do so on their own and are no sign. OFFLINE means no link: calls end and the network is left
until another status is chosen, after a restart too.

Signing out is no status but the end of a session at the engine: the status stays as it was chosen, the
network is left, all programs are detached, and until somebody signs in nothing brings the account back but
the start of the process, which is a sign-in by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringback.domain import calls, finding, outbox, people, pictures
from ringback.domain.changes import Value
from ringback.domain.effects import Connect, Disconnect, SetPresence, SetProfile, SignIn, SignOut
from ringback.domain.failures import Failure, Meaning
from ringback.domain.inputs import LinkChanged
from ringback.domain.journal import Context
from ringback.domain.settings import SETTINGS

if TYPE_CHECKING:
    from ringback.domain.account import Account

#: Statuses that idling changes.
WATCHED: Final = frozenset({"online", "skypeme"})
#: The idle timer of the reference cannot be set below this many seconds.
SHORTEST_IDLE: Final = 60


@dataclass(slots=True)
class Presence:
    """``active_at``: monotonic moment of the last sign of the user, None until the first step."""

    active_at: float | None = None


def next_deadline(account: Account) -> float | None:
    """Monotonic moment at which idling changes the status, None if it will not."""
    settings, told, active_at = account.settings, account.told, account.presence.active_at
    if active_at is None or not settings.auto_away or settings.signed_out:
        return None
    if not settings.idle_from:
        return active_at + told.away_after if settings.user_status in WATCHED else None
    return active_at + told.na_after if settings.user_status == "away" else None


def _show(account: Account, context: Context, status: str) -> None:
    """Be seen as ``status`` from now on."""
    old, account.settings.user_status = account.settings.user_status, status
    if old == status:
        return
    context.changed(SETTINGS, "user_status", old, status)
    if "offline" not in (status, account.settings.connection):
        context.ask(SetPresence(status))


def _link(account: Account, context: Context, state: str) -> None:
    old, account.settings.connection = account.settings.connection, state
    if old != state:
        context.changed(SETTINGS, "connection", old, state, kept=False)
        if old == "online":
            for person in people.out_of_sight(account):
                context.reported(person.ref, "online_status", "offline")
            finding.link_lost(account, context)


# Use cases ------------------------------------------------------------------------------------------------


def set_status(account: Account, context: Context, status: str) -> Value:
    """The user chooses a status (reference: SET USERSTATUS); OFFLINE leaves the network, others join it.

    What is chosen right behind a sign-out is kept for the next sign-in.
    """
    account.settings.idle_from = ""
    account.presence.active_at = context.now.monotonic
    if status == "offline":
        calls.leave(account, context)
    _show(account, context, status)
    if status == "offline":
        if account.settings.connection != "offline":
            context.ask(Disconnect())
        _link(account, context, "offline")
    else:
        _join(account, context)
    return status


def _join(account: Account, context: Context) -> None:
    if account.settings.connection == "offline" and not account.settings.signed_out:
        _link(account, context, "connecting")
        context.ask(Connect())


def sign_out(account: Account, context: Context) -> Value:
    """The user signs out (reference: USERSTATUS LOGGEDOUT): calls end, the network is left.

    Programs are detached, and hear nothing of the rest of the world going out of sight.
    """
    account.settings.signed_out = True
    context.keep(SETTINGS)
    calls.leave(account, context)
    finding.link_lost(account, context)
    if account.settings.connection != "offline":
        context.ask(Disconnect())
        account.settings.connection = "offline"
    people.out_of_sight(account)
    context.ask(SignOut())
    return "loggedout"


def sign_in(account: Account, context: Context) -> Value:
    """The user is back: with the status that was chosen last, and idle no more.

    Raises Failure if nobody has signed out.
    """
    if not account.settings.signed_out:
        raise Failure(Meaning.ACTION_FAILED)
    account.settings.signed_out = False
    context.keep(SETTINGS)
    context.ask(SignIn())
    active(account, context)
    if account.settings.user_status != "offline":
        _join(account, context)
    return None


def try_again(account: Account, context: Context) -> Value:
    """The user has mended what kept the link down (a password, say): who wants to be online tries at once."""
    settings = account.settings
    if settings.user_status != "offline" and not settings.signed_out and settings.connection != "online":
        _link(account, context, "connecting")
        context.ask(Connect())
    return None


def active(account: Account, context: Context) -> Value:
    """The user gave a sign: what idling did is taken back (reference: RESETIDLETIMER)."""
    account.presence.active_at = context.now.monotonic
    settings = account.settings
    if settings.idle_from:
        back, settings.idle_from = settings.idle_from, ""
        _show(account, context, back)
    return None


def set_auto_away(account: Account, context: Context, new: bool) -> Value:
    """Switch the automatic status on or off (reference: AUTOAWAY); idling is counted anew."""
    active(account, context)
    old, account.settings.auto_away = account.settings.auto_away, new
    if old != new:
        context.changed(SETTINGS, "auto_away", old, new)
    return new


# Events ---------------------------------------------------------------------------------------------------


def time_passed(account: Account, context: Context) -> None:
    """Idling may have lasted long enough."""
    due = next_deadline(account)
    if due is None or due > context.now.monotonic + 1e-6:
        return
    settings = account.settings
    if settings.idle_from:
        _show(account, context, "na")
    else:
        settings.idle_from = settings.user_status
        _show(account, context, "away")


def link_changed(account: Account, context: Context, event: LinkChanged) -> None:
    """The link changed by itself; a new one is told who we are and what was not confirmed."""
    away = account.settings.signed_out or account.settings.user_status == "offline"
    if away and event.state != "offline":
        # It was joined before the user chose to leave.
        context.ask(Disconnect())
        return
    _link(account, context, event.state)
    if event.state == "online":
        context.ask(SetProfile(account.published()))
        pictures.publish(account, context)
        context.ask(SetPresence(account.settings.user_status))
        outbox.again(account, context)
    else:
        outbox.parted(account)
        calls.link_lost(account, context)
