"""Requests that the network has not confirmed: kept until it has, and asked again at every connection.

A request is stored in the step that makes it, so a process that is killed at any moment forgets none; the
network knows each by its ``uid`` and takes it once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

from ringback.domain.changes import Kind, Ref
from ringback.domain.effects import ChangeContact, ContactAct, PostEdit, PostMessage, PostSeen, Request
from ringback.domain.journal import Context
from ringback.domain.records import Row

if TYPE_CHECKING:
    from ringback.domain.account import Account

_TYPES: Final[dict[str, type[Request]]] = {
    t.__name__: t for t in (PostMessage, PostEdit, ChangeContact, PostSeen)
}

#: Seconds after which what comes back again and again has failed.
PATIENCE: Final = 86_400

_FIELDS: Final = {kind: tuple(one.name for one in fields(kind)) for kind in _TYPES.values()}


@dataclass(slots=True)
class Outbox:
    """Unconfirmed requests by number, oldest first; ``numbers`` finds them by uid.

    ``returned``: uids of those that the network had taken and that came back. ``unasked``: of these the ones
    that were not asked for again on this connection: what the network says of them is of the time before.
    """

    waiting: dict[int, Request] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)
    unasked: set[str] = field(default_factory=set)

    def put(self, number: int, request: Request) -> None:
        """Keep a request."""
        self.waiting[number] = request
        self.numbers[request.uid] = number

    def row(self, number: int) -> Row | None:
        """What the store keeps, None if the request is done."""
        request = self.waiting.get(number)
        if request is None:
            return None
        row: Row = {"what": type(request).__name__}
        for name in _FIELDS[type(request)]:
            value = getattr(request, name)
            row[name] = value.value if isinstance(value, ContactAct) else value
        if request.uid in self.returned:
            row["returned"] = 1
        return row

    def restore(self, number: int, row: Row) -> None:
        """Keep the request of a row."""
        values = dict(row)
        returned = values.pop("returned", 0)
        request = restored(values)
        self.put(number, request)
        if returned:
            self.returned.add(request.uid)
            self.unasked.add(request.uid)


def restored(row: Row) -> Request:
    """The request that a row describes."""
    values: dict[str, object] = dict(row)
    kind = _TYPES[str(values.pop("what"))]
    if kind is ChangeContact:
        values["act"] = ContactAct(values["act"])
    return kind(**values)  # type: ignore[arg-type]  # the row was made from such fields


def post(account: Account, context: Context, request: Request) -> None:
    """Have the network do it, for certain; now if there is a connection, else once there is one."""
    number = account.ids.take(context)
    account.outbox.put(number, request)
    context.keep(Ref(Kind.OUTBOX, number))
    if account.settings.connection == "online":
        context.ask(request)


def overtaken(account: Account, context: Context, to: str, acts: frozenset[ContactAct]) -> None:
    """A later word is going to say otherwise: forget what waits of these for somebody.

    A request that has gone out before may be among them and come through; the later one follows it.
    """
    late = [
        request.uid
        for request in account.outbox.waiting.values()
        if isinstance(request, ChangeContact) and request.to == to and request.act in acts
    ]
    for uid in late:
        done(account, context, uid)


def again(account: Account, context: Context) -> None:
    """A new connection stands: ask for everything that was not confirmed."""
    account.outbox.unasked.clear()
    for request in account.outbox.waiting.values():
        context.ask(request)


def parted(account: Account) -> None:
    """The connection is over."""
    account.outbox.unasked = set(account.outbox.returned)


def came_back(account: Account, context: Context, uid: str) -> bool:
    """What the network had taken came back, and is asked for again; False if it is done."""
    number = account.outbox.numbers.get(uid)
    if number is None:
        return False
    account.outbox.returned.add(uid)
    context.keep(Ref(Kind.OUTBOX, number))
    context.ask(account.outbox.waiting[number])
    return True


def done(account: Account, context: Context, uid: str) -> Request | None:
    """The network confirmed or refused a request; returns it, or None if that is known already."""
    number = account.outbox.numbers.pop(uid, None)
    if number is None:
        return None
    account.outbox.returned.discard(uid)
    account.outbox.unasked.discard(uid)
    context.keep(Ref(Kind.OUTBOX, number))
    return account.outbox.waiting.pop(number)
