"""How people come to know each other: asking for leave, giving it, taking it back (reference: SET USER).

Theory. Each side keeps two things of the other: whether the other may see it (``is_authorized``), and whether
it may see the other as far as it was told (``has_authorized``). Who asks for leave gives theirs with the
question, and grants whoever asks back without being bothered; so two who ask each other at once are contacts
at once. BUDDYSTATUS follows: in the list 3 with their leave and 2 without, out of it 1, never in it 0.

Whoever changes ``is_authorized`` says so to the other side, through the outbox, so the other's
``has_authorized`` follows, now or when they come back. What is said carries a serial; what was heard already,
or was overtaken by a later word, is acknowledged and changes nothing.

A network may keep the list of contacts itself, for all devices of the account. Then what it says of somebody
is how it is (``listed``), unless something of ours about them is still on its way; and what somebody asks us
there does not give us their leave, so they are not seen before they gave it.

Being blocked is for the network alone: the other side sees us as if we were offline, and what it asks is
taken and not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringback.domain import chats, outbox
from ringback.domain.changes import Ref, Value
from ringback.domain.effects import Acknowledge, ChangeContact, ContactAct, SetProfile
from ringback.domain.failures import Failure, Meaning
from ringback.domain.handles import dialled, phone_number, reads_as_number
from ringback.domain.inputs import Barred, ContactCame, ContactsListed, Listed
from ringback.domain.nature import Part
from ringback.domain.people import LONGEST_TEXT, Person, other, put

if TYPE_CHECKING:
    from ringback.domain.account import Account
    from ringback.domain.journal import Context

#: Words of which only the last counts: while nobody hears them, those before it need not be said.
_BLOCKING: Final = frozenset({ContactAct.BLOCK, ContactAct.UNBLOCK})
#: Stands for the text of who asks without one: programs take an empty text for no question.
NO_TEXT: Final = "May I see when you are online?"
#: Whom everybody has in the list from the start.
FIRST_CONTACT: Final = "echo123"
REMOVED: Final = 1
PENDING: Final = 2
CONTACT: Final = 3


def welcome(account: Account) -> Ref:
    """A new account: the sound test service is in its list. Returns what must be stored."""
    account.people.known[FIRST_CONTACT] = person = Person(
        FIRST_CONTACT,
        online_status="offline",
        standing=CONTACT,
        is_authorized=True,
        has_authorized=True,
        exists=True,
        place=1,
    )
    return person.ref


# Use cases ------------------------------------------------------------------------------------------------


def ask(account: Account, context: Context, handle: str, text: str) -> Value:
    """SET USER BUDDYSTATUS 2: take somebody into the list and ask for their leave, if they are no phone.

    Raises Failure for a text that is too long, and for a number that nobody can call.
    """
    if len(text) > LONGEST_TEXT:
        raise Failure(Meaning.INVALID_VALUE)
    key = account.people.address(handle)
    if reads_as_number(key) and dialled(key, "") is None:
        raise Failure(Meaning.ACTION_FAILED)
    person = other(account, context, handle)
    number = phone_number(person.handle) is not None
    before = person.is_authorized
    if number:
        _unblock(account, context, person, said=False)
    else:
        _admit(account, context, person)
    # The answer speaks of 2 in any case, so who is a contact is told.
    _list(account, context, person, CONTACT if number or person.has_authorized else PENDING, said=True)
    if not number:
        _say(account, context, person, ContactAct.ASK, text)
        _tell_name(account, context, person)
    _count(account, context, person, before)
    return PENDING


def remove(account: Account, context: Context, handle: str) -> Value:
    """SET USER BUDDYSTATUS 1: take somebody from the list, and our leave back from them.

    Raises Failure for somebody with whom we have nothing to do.
    """
    known = account.people.find(handle)
    if not (known.standing or known.is_authorized or _asks(known)):
        raise Failure(Meaning.ACTION_FAILED)
    person = other(account, context, handle)
    before, linked = person.is_authorized, person.is_contact or person.is_authorized or _asks(person)
    if linked and phone_number(person.handle) is None:
        _withdraw(context, person)
    _list(account, context, person, REMOVED)
    if linked:
        _say(account, context, person, ContactAct.REMOVE)
    _count(account, context, person, before)
    return REMOVED


def authorize(account: Account, context: Context, handle: str) -> Value:
    """SET USER ISAUTHORIZED TRUE: give somebody our leave; who asked for it comes into the list."""
    person = _somebody(account, context, handle)
    asked, before = _asks(person), person.is_authorized
    _admit(account, context, person)
    if asked and not person.is_contact:
        _list(account, context, person, CONTACT if person.has_authorized else PENDING)
    if asked or not before:
        _say(account, context, person, ContactAct.GRANT)
    if asked:
        _tell_name(account, context, person)
    _count(account, context, person, before)
    return True


def dismiss(account: Account, context: Context, handle: str) -> Value:
    """SET USER ISAUTHORIZED FALSE: take our leave back, or do not give it to who asked."""
    person = _somebody(account, context, handle)
    asked, before = _asks(person), person.is_authorized
    _withdraw(context, person)
    if asked or before:
        _say(account, context, person, ContactAct.REFUSE)
    _count(account, context, person, before)
    return False


def block(account: Account, context: Context, handle: str) -> Value:
    """SET USER ISBLOCKED TRUE: hear nothing more of somebody, and be offline for them."""
    person = other(account, context, handle)
    before = person.is_blocked
    put(context, person, "received_auth_request", "")
    put(context, person, "is_blocked", True)
    if not before:
        _say(account, context, person, ContactAct.BLOCK)
    return True


def unblock(account: Account, context: Context, handle: str) -> Value:
    """SET USER ISBLOCKED FALSE."""
    _unblock(account, context, other(account, context, handle), said=False)
    return False


def set_display_name(account: Account, context: Context, handle: str, name: str) -> Value:
    """Call somebody by a name of our own; a phone number has no other (reference: SEARCH FRIENDS, notes).

    Raises Failure for one that is too long.
    """
    if len(name) > LONGEST_TEXT:
        raise Failure(Meaning.INVALID_VALUE)
    person = other(account, context, handle)
    before, called = person.display_name, person.name
    put(context, person, "display_name", name)
    if name != before:
        _tell_name(account, context, person, emptied=True)
    if phone_number(person.handle) is not None:
        put(context, person, "fullname", name)
    if person.name != called:
        chats.renamed(account, context, person.handle)
    return name


def _somebody(account: Account, context: Context, handle: str) -> Person:
    """Somebody who can see whether we are online. Raises Failure."""
    if phone_number(handle) is not None:
        raise Failure(Meaning.ACTION_FAILED)
    return other(account, context, handle)


def _asks(person: Person) -> bool:
    return bool(person.received_auth_request)


def _admit(account: Account, context: Context, person: Person) -> None:
    """Give our leave; what was recorded from the original is told with it, changed or not."""
    new = _asks(person) or not person.is_authorized
    put(context, person, "received_auth_request", "")
    put(context, person, "is_authorized", True)
    _unblock(account, context, person, said=new)


def _withdraw(context: Context, person: Person) -> None:
    asked = _asks(person)
    put(context, person, "received_auth_request", "")
    put(context, person, "is_authorized", False, said=asked)


def _count(account: Account, context: Context, person: Person, before: bool) -> None:
    """How many have our leave is part of our profile."""
    if person.is_authorized != before:
        context.ask(SetProfile(account.published()))


def _unblock(account: Account, context: Context, person: Person, *, said: bool) -> None:
    before = person.is_blocked
    put(context, person, "is_blocked", False, said=said)
    if before:
        _say(account, context, person, ContactAct.UNBLOCK)


def _list(account: Account, context: Context, person: Person, standing: int, *, said: bool = False) -> None:
    if standing == REMOVED:
        person.place = 0
    elif not person.is_contact:
        person.place = account.people.next_place()
    put(context, person, "standing", standing, said=said and standing != PENDING)


def _say(account: Account, context: Context, person: Person, act: ContactAct, text: str = "") -> None:
    if phone_number(person.handle) is not None:
        return
    if act in _BLOCKING and account.settings.connection != "online":
        outbox.overtaken(account, context, person.handle, _BLOCKING)
    # By the clock, so that who lost the last serials is not taken for late; never backwards.
    person.said = max(person.said + 1, int(context.now.utc * 1000))
    outbox.post(
        account, context, ChangeContact(account.ids.token(), person.handle, act, text, serial=person.said)
    )


def _tell_name(account: Account, context: Context, person: Person, *, emptied: bool = False) -> None:
    """What we call a contact goes into the network's list. ``emptied``: also if it is none (any more)."""
    if (person.display_name or emptied) and person.is_contact and Part.CONTACT_LIST in account.nature.parts:
        _say(account, context, person, ContactAct.RENAME, person.display_name)


# Events ---------------------------------------------------------------------------------------------------


def came(account: Account, context: Context, event: ContactCame) -> None:
    """Somebody said how they stand to us."""
    context.ask(Acknowledge(event.receipt))
    person = account.people.find(event.sender)
    if event.serial <= person.heard:
        return
    person = account.people.meet(context, event.sender)
    person.heard = event.serial
    if event.gives or event.act is not ContactAct.ASK:
        person.has_authorized = event.act in (ContactAct.ASK, ContactAct.GRANT)
    standing = CONTACT if person.has_authorized else PENDING
    if person.is_contact and person.standing != standing:
        put(context, person, "standing", standing)
    if event.act is ContactAct.REMOVE and _asks(person):
        put(context, person, "received_auth_request", "")
    elif event.act is ContactAct.ASK:
        if person.is_authorized:
            new = not (person.is_contact or person.is_blocked)
            if new:
                # Leave that was given before the question grants it, as it would have afterwards.
                _list(account, context, person, standing)
            _say(account, context, person, ContactAct.GRANT)
            if new:
                _tell_name(account, context, person)
        elif not person.is_blocked:
            text = event.text[:LONGEST_TEXT]
            put(context, person, "received_auth_request", text if text.strip() else NO_TEXT, said=True)


def refused(account: Account, context: Context, request: ChangeContact) -> None:
    """The network knows nobody of that name: who was asked is not in the list after all."""
    person = account.people.find(request.to)
    if request.act is ContactAct.ASK and person.said == request.serial:
        before = person.is_authorized
        _withdraw(context, person)
        _list(account, context, person, REMOVED)
        _count(account, context, person, before)


def listed(account: Account, context: Context, event: ContactsListed) -> None:
    """The network says how people stand in the list; what is on its way to it is newer."""
    people = account.people
    under_way = {
        request.to for request in account.outbox.waiting.values() if isinstance(request, ChangeContact)
    }
    told = {people.address(one.handle): one for one in event.people}
    before = people.authorized()
    for handle, one in told.items():
        if handle not in under_way and handle != account.handle:
            _take_standing(account, context, handle, one)
    if event.whole:
        gone = [
            person.handle
            for person in people.known.values()
            if (person.is_contact or person.is_authorized)
            and person.handle not in told
            and person.handle not in under_way
            and not _is_ours(person)
        ]
        for handle in gone:
            _take_standing(account, context, handle, Listed(handle, False, False, listed=False))
    if people.authorized() != before:
        context.ask(SetProfile(account.published()))


def barred(account: Account, context: Context, event: Barred) -> None:
    """The network says who is kept away; what is on its way to it is newer."""
    people = account.people
    under_way = {
        request.to
        for request in account.outbox.waiting.values()
        if isinstance(request, ChangeContact) and request.act in _BLOCKING
    }
    told = {people.address(handle) for handle in event.handles} - under_way - {account.handle}
    for handle in sorted(told):
        if event.blocked:
            person = people.meet(context, handle)
            put(context, person, "received_auth_request", "")
            put(context, person, "is_blocked", True)
        elif handle in people.known:
            put(context, people.find(handle), "is_blocked", False)
    if event.whole:
        for person in people.known.values():
            if person.handle not in told | under_way and person.is_blocked and not _is_ours(person):
                put(context, person, "is_blocked", False)


def _is_ours(person: Person) -> bool:
    """In no list but our own: phone numbers, and who exists on every network."""
    return person.handle == FIRST_CONTACT or phone_number(person.handle) is not None


def _take_standing(account: Account, context: Context, handle: str, told: Listed) -> None:
    known = handle in account.people.known
    if not known and not told.listed:
        return
    person = account.people.meet(context, handle)
    before = person.is_contact
    if told.has_authorized:
        standing = CONTACT
    elif told.asked or person.is_contact:
        standing = PENDING
    else:
        standing = person.standing
    if not told.listed and person.is_contact:
        standing = REMOVED
    person.has_authorized = told.has_authorized
    if person.standing != standing:
        _list(account, context, person, standing)
    if told.is_authorized is not None and person.is_authorized != told.is_authorized:
        put(context, person, "is_authorized", told.is_authorized)
    if told.is_authorized and _asks(person):
        put(context, person, "received_auth_request", "")
    if told.listed and not told.name and not before:
        # What we called them before they were in the list is not known there.
        _tell_name(account, context, person)
    elif told.listed and person.display_name != told.name[:LONGEST_TEXT]:
        put(context, person, "display_name", told.name[:LONGEST_TEXT])
        chats.renamed(account, context, person.handle)
