"""The only door into an account: one input in, one step out. Single caller, never waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from ringback.domain import (
    call_cost,
    calls,
    chats,
    contacts,
    finding,
    listing,
    outbox,
    people,
    pictures,
    presence,
    sound,
    ui_state,
)
from ringback.domain.account import Account
from ringback.domain.changes import Cause, Ref, Value
from ringback.domain.effects import ChangeContact, PostMessage
from ringback.domain.failures import Failure
from ringback.domain.inputs import (
    AvatarSeen,
    Barred,
    CallPriced,
    CallSignalled,
    ChoiceMade,
    ChoiceRefused,
    ContactCame,
    ContactsListed,
    CreditGiven,
    DeadlinePassed,
    Due,
    EditCame,
    Event,
    FolderFound,
    InputUsed,
    KeysListed,
    LinkChanged,
    MessageCame,
    PeopleFound,
    PersonSeen,
    PictureChecked,
    PictureFound,
    PictureRead,
    PictureRefused,
    PictureWritten,
    Posted,
    PostRefused,
    PostReturned,
    RouteFailed,
    RouteSet,
    SeenElsewhere,
    Sent,
    UserAnswered,
)
from ringback.domain.journal import Context
from ringback.domain.living import NOBODY, Living, living, revive
from ringback.domain.nature import Nature
from ringback.domain.records import Record, Row
from ringback.domain.rows import MISSHAPEN, DamagedRowError
from ringback.domain.settings import Told
from ringback.domain.step import Step
from ringback.domain.time import Instant
from ringback.domain.unsaved import Unsaved

#: A function of ``ringback.domain`` with its own arguments already bound.
UseCase: TypeAlias = Callable[[Account, Context], Value]


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody asked for something."""

    cause: Cause
    use_case: UseCase


@dataclass(frozen=True, slots=True)
class Happened:
    """Something happened in the world."""

    cause: Cause
    event: Event


class Engine:
    """One account's engine. ``account`` may be read freely; only ``step`` changes it."""

    def __init__(
        self,
        handle: str,
        rows: Unsaved | None = None,
        token: Callable[[], str] | None = None,
        told: Told | None = None,
        nature: Nature | None = None,
    ) -> None:
        self.account = Account(handle)
        self.account.people.nature = nature or Nature()
        account = self.account
        account.told = told or Told()
        #: What the store will have when everything is written that was kept.
        self.rows = rows or Unsaved()
        account.messages.rows = account.calls.rows = account.pictures.rows = self.rows
        if token is not None:
            self.account.ids.token = token

    def step(self, given: Act | Happened, now: Instant) -> Step:
        """Carry out one input. Raises Failure when a use case refuses; then nothing was changed.

        Until ``keep`` is called with what comes of it the account is ``torn``, and remains so if anything
        else is raised; then it must be read again, by ``restore`` of another engine with the same ``rows``.
        """
        self.rows.torn = True
        context = Context(now, given.cause)
        if self.account.presence.active_at is None:
            self.account.presence.active_at = now.monotonic
        result: Value = None
        try:
            if isinstance(given, Act):
                result = given.use_case(self.account, context)
            else:
                self._happened(context, given.event)
        except Failure:
            # Who refuses after a change has made a mistake.
            self.rows.torn = not context.empty
            raise
        sound.follow_calls(self.account, context)
        records = tuple([record or self.account.record(ref) for ref, record in context.touched.items()])
        self.rows.torn = not context.empty
        return Step(
            changes=tuple(context.changes),
            records=records,
            effects=tuple(context.effects),
            settled=tuple(context.settled),
            result=result,
            awaits=context.awaits,
        )

    @property
    def torn(self) -> bool:
        """A step has changed the account and does not count (yet)."""
        return self.rows.torn

    def keep(self, step: Step) -> None:
        """The step counts: its records are on their way to the store."""
        self.rows.add(step.records)
        self.rows.torn = False
        self.account.messages.let_go()
        self.account.calls.let_go()

    def stored(self, records: Iterable[Record]) -> None:
        """What steps gave is in the store now."""
        self.rows.remove(records)

    def _happened(self, context: Context, event: Event) -> None:
        account = self.account
        match event:
            case CallSignalled():
                calls.signalled(account, context, event)
            case CallPriced():
                calls.priced(account, context, event)
            case CreditGiven():
                call_cost.credit(account, context, event)
            case PersonSeen():
                before = account.people.find(event.handle).name
                people.seen(account, context, event)
                if account.people.find(event.handle).name != before:
                    chats.renamed(account, context, account.people.address(event.handle))
            case PeopleFound():
                finding.found(account, context, event)
            case AvatarSeen():
                pictures.seen(account, context, event)
            case LinkChanged():
                presence.link_changed(account, context, event)
            case MessageCame():
                chats.came(account, context, event)
            case EditCame():
                chats.edited(account, context, event)
            case ContactCame():
                contacts.came(account, context, event)
            case ContactsListed():
                contacts.listed(account, context, event)
            case Barred():
                contacts.barred(account, context, event)
            case SeenElsewhere():
                chats.seen_elsewhere(account, context, event)
            case Sent():
                chats.sent(account, context, event.uid)
            case Posted() if event.uid in account.outbox.unasked:
                pass  # it was safe, and then it came back
            case Posted():
                request = outbox.done(account, context, event.uid)
                if isinstance(request, PostMessage):
                    chats.sent(account, context, request.uid)
            case PostRefused():
                request = outbox.done(account, context, event.uid)
                if isinstance(request, ChangeContact):
                    contacts.refused(account, context, request)
                else:
                    chats.refused(account, context, event.uid, event.why)
            case PostReturned():
                chats.returned(account, context, event)
            case RouteSet():
                calls.route_set(account, context, event)
            case RouteFailed():
                calls.route_failed(account, context, event)
            case InputUsed():
                calls.input_used(account, context, event)
            case ChoiceMade():
                sound.choice_made(account, context, event)
            case ChoiceRefused():
                sound.choice_refused(account, context, event)
            case PictureRead():
                pictures.read(account, context, event)
            case PictureFound():
                pictures.found(account, context, event)
            case PictureWritten():
                pictures.written(account, context, event)
            case PictureRefused():
                pictures.refused(account, context, event)
            case PictureChecked():
                pictures.checked(account, context, event)
            case FolderFound():
                ui_state.folder_found(account, context, event)
            case KeysListed():
                listing.listed(account, context, event)
            case UserAnswered():
                ui_state.user_answered(account, context, event)
            case DeadlinePassed():
                self._time_passed(context, event.due)
            case _:
                assert_never(event)

    def _time_passed(self, context: Context, due: Due) -> None:
        if due == "idling":
            presence.time_passed(self.account, context)
        elif due == "searches":
            finding.time_passed(self.account, context)
        else:
            calls.time_passed(self.account, context, due)

    def deadlines(self) -> dict[Due, float]:
        """Monotonic moments at which DeadlinePassed wants to happen."""
        account = self.account
        moments: dict[Due, float | None] = {call.id: call.deadline for call in account.calls.alive.values()}
        moments["idling"] = presence.next_deadline(account)
        moments["searches"] = account.searches.next_deadline()
        return {due: moment for due, moment in moments.items() if moment is not None}

    def living(self) -> Living:
        """The living calls, to be given to ``restore`` of another engine."""
        return living(self.account)

    def restore(self, rows: list[tuple[Ref, Row]], lived: Living | None = None) -> tuple[Record, ...]:
        """Take over stored rows; returns rows that must be stored again.

        At the start what was alive when the process ended is over. Later, give what ``lived``. Raises
        DamagedRowError.
        """
        for ref, row in rows:
            try:
                self.account.restore(ref, row)
            except MISSHAPEN:
                raise DamagedRowError(ref) from None
        stale = self.account.begin() if lived is None else []
        stale += revive(self.account, lived or NOBODY, self.account.calls.restore())
        self.account.restored()
        if not rows:
            stale.append(contacts.welcome(self.account))
        sound.resume(self.account)
        return tuple(self.account.record(ref) for ref in stale)
