"""All calls of the account: the living ones in memory, the others in the store.

Reference: SEARCH CALLS, SEARCH MISSEDCALLS, SET CALL SEEN, CLEAR CALLHISTORY.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ringback.domain.call import Call, restored
from ringback.domain.changes import Kind, Ref, Value
from ringback.domain.effects import Endpoints, Route
from ringback.domain.failures import Failure, Meaning
from ringback.domain.journal import Context
from ringback.domain.records import Purge, Row, fits
from ringback.domain.rows import look_up
from ringback.domain.unsaved import Unsaved

if TYPE_CHECKING:
    from ringback.domain.account import Account

#: Calls kept in memory although they are over and stored: the latest that somebody asked for.
KEPT: Final = 500
#: How many more there may be before those that are too many are let go together.
SPARE: Final = 100


@dataclass(slots=True)
class Calls:
    """All calls of the account.

    alive: those that are not over, oldest first. kept: the others that are in memory, the least used first.
    missed: missed calls that nobody has seen, and who called. waiting: routes that are being led elsewhere,
    by operation. muted: the user does not want to be heard, see ``ringback.domain.muting``.
    """

    rows: Unsaved = field(default_factory=Unsaved)
    alive: dict[int, Call] = field(default_factory=dict)
    kept: dict[int, Call] = field(default_factory=dict)
    missed: dict[int, str] = field(default_factory=dict)
    waiting: dict[int, tuple[int, Route, Endpoints]] = field(default_factory=dict)
    muted: bool = False

    def add(self, call: Call) -> None:
        """A new call."""
        self.alive[call.id] = call

    def ended(self, call: Call) -> None:
        """A call is over."""
        self.alive.pop(call.id, None)
        self.kept[call.id] = call
        if call.missed:
            self.missed[call.id] = call.partner

    def find(self, key: int) -> Call | None:
        """The call of that id."""
        call = self.alive.get(key)
        if call is not None:
            return call
        call = self.kept.pop(key, None)
        if call is None:
            call = look_up(self.rows, Ref(Kind.CALL, key), restored)
            if call is None:
                return None
            self.let_go()
        self.kept[key] = call
        return call

    def let_go(self) -> None:
        """Keep so many, the latest used, and whatever a step may have changed."""
        if len(self.kept) > KEPT + SPARE and not self.rows.torn:
            for key in list(self.kept)[: len(self.kept) - KEPT]:
                del self.kept[key]

    def by_signal(self, signal_id: str) -> Call | None:
        """The living call that both sides know by this name."""
        return next((call for call in self.alive.values() if call.signal_id == signal_id), None)

    def talking(self) -> Call | None:
        """The call in progress; there is at most one."""
        return next((call for call in self.alive.values() if call.state == "inprogress"), None)

    def restore(self) -> list[Ref]:
        """Look at what the last run left; returns the calls that must be written again."""
        stale = []
        for key in reversed(self.rows.keys(Kind.CALL, {"open": 1})):
            found = look_up(self.rows, Ref(Kind.CALL, key), _as_left)
            if found is None:
                continue
            call, state = found
            if call.state != state:
                self.kept[key] = call
                stale.append(call.ref)
            if call.missed:
                self.missed[key] = call.partner
        return stale


def _as_left(key: int, row: Row) -> tuple[Call, str]:
    """The call of a row, and the state in which the last run left it."""
    return restored(key, row), str(row["state"])


# Use cases ------------------------------------------------------------------------------------------------


def the_call(account: Account, key: int) -> Call:
    """The call of that id. Raises Failure."""
    call = account.calls.find(key)
    if call is None:
        raise Failure(Meaning.UNKNOWN_OBJECT)
    return call


def mark_seen(account: Account, context: Context, key: int) -> Value:
    """The user knows of the call; takes it from the missed ones."""
    call = the_call(account, key)
    if not call.seen:
        call.seen = True
        account.calls.missed.pop(key, None)
        context.changed(call.ref, "seen", False, True)
    return True


def clear(account: Account, context: Context, which: str, handle: str) -> Value:
    """Forget calls that are over: ``all``, ``missed``, ``incoming`` or ``outgoing``; with one person or "".

    Programs are told if there were any (reference: CALLHISTORYCHANGED). There may be very many, so they are
    not looked at one by one.
    """
    calls = account.calls
    where: dict[str, str | int] = {"partner": handle} if handle else {}
    if which == "missed":
        where["state"] = "missed"
    elif which != "all":
        where["incoming"] = int(which == "incoming")
    alive = [call.ref for call in calls.alive.values() if fits(call.row(), where)]
    if len(calls.rows.keys(Kind.CALL, where, len(alive) + 1)) == len(alive):
        return None
    for key in [key for key, call in calls.kept.items() if fits(call.row(), where)]:
        del calls.kept[key]
    if which != "outgoing":
        for key in [key for key, partner in calls.missed.items() if handle in ("", partner)]:
            del calls.missed[key]
    context.write(Purge(Kind.CALL, account.ids.last, tuple(where.items())))
    for ref in alive:
        # Written again after the others are gone.
        context.keep(ref)
    context.signalled(account.ref, "call_history_changed")
    return None
