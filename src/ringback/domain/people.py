"""Persons as an account knows them: what their profiles say and how they stand to the account.

How they come to be contacts is in ``ringback.domain.contacts``, how they are found in
``ringback.domain.finding``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

from ringback.domain.changes import Kind, Ref, Value
from ringback.domain.effects import AskProfile
from ringback.domain.failures import Failure, Meaning
from ringback.domain.handles import canonical, country_of, phone_number
from ringback.domain.inputs import PersonSeen
from ringback.domain.journal import Context
from ringback.domain.markup import LONGEST
from ringback.domain.nature import Nature

if TYPE_CHECKING:
    from ringback.domain.account import Account

#: Characters of any text but a mood: what a person may have to read, not what a program may have to store.
LONGEST_TEXT: Final = 20_000
MOODS: Final = frozenset({"mood_text", "rich_mood_text"})
#: Seconds after which the network is asked again about somebody of whom it does not tell by itself.
FRESH: Final = 60.0
#: How many people are remembered of whom the account has nothing but what a search told of them.
STRANGERS: Final = 5_000


@dataclass(slots=True)
class Person:
    """One person or phone number. Field names are the domain's; units are seconds, texts are plain.

    ``birthday`` is yyyymmdd as a number, 0 if unset. ``country`` and ``language`` are ISO codes.
    ``standing``: 0 never listed, 1 removed, 2 pending, 3 listed (reference: USER BUDDYSTATUS).
    ``is_authorized``: they may see us; ``has_authorized``: we may see them, as far as they told us.
    ``received_auth_request``: the text with which they ask for our leave, "" if they do not.
    ``timezone``: seconds, 86400 plus the offset from UTC. ``last_online``: UTC seconds, 0 if unknown.
    ``avatar``: digest of the picture that the network told last, "" for none. ``exists``: the network has
    told of them. ``place``: order among contacts. ``said``, ``heard``: serials of the last word between us.
    """

    handle: str
    fullname: str = ""
    birthday: int = 0
    sex: str = "unknown"
    language: str = ""
    country: str = ""
    province: str = ""
    city: str = ""
    phone_home: str = ""
    phone_office: str = ""
    phone_mobile: str = ""
    homepage: str = ""
    about: str = ""
    has_call_equipment: bool = True
    is_video_capable: bool = False
    is_voicemail_capable: bool = False
    standing: int = 0
    is_authorized: bool = False
    has_authorized: bool = False
    is_blocked: bool = False
    online_status: str = "unknown"
    last_online: int = 0
    can_leave_voicemail: bool = False
    speed_dial: str = ""
    received_auth_request: str = ""
    mood_text: str = ""
    rich_mood_text: str = ""
    aliases: tuple[str, ...] = ()
    timezone: int = 86400
    is_forwarding: bool = False
    authorized_buddies: int = 0
    display_name: str = ""
    avatar: str = ""
    exists: bool = False
    place: int = 0
    said: int = 0
    heard: int = 0

    @property
    def ref(self) -> Ref:
        """Names the person in the journal."""
        return Ref(Kind.PERSON, self.handle)

    @property
    def is_contact(self) -> bool:
        """In the list of contacts, whether they have authorized us or not."""
        return self.standing in (2, 3)

    @property
    def name(self) -> str:
        """What the person is called: by us, by themselves, by their handle."""
        return self.display_name or self.fullname or self.handle


#: What is our own of a person; the network tells the rest.
_OURS: Final = frozenset(
    {
        *("handle", "aliases", "standing", "is_authorized", "has_authorized", "is_blocked", "speed_dial"),
        *("received_auth_request", "display_name", "avatar", "exists", "place", "said", "heard"),
    }
)
TOLD: Final = frozenset(f.name for f in fields(Person)) - _OURS


def unread(key: str) -> Person:
    """Somebody of whom all that is known stands in a row, which is taken over next."""
    return Person(key, online_status="skypeout") if key.startswith("+") else Person(key)


def blank(key: str) -> Person:
    """Somebody of whom nothing is known. A phone number tells its country."""
    person = unread(key)
    if key.startswith("+"):
        person.country = country_of(key)
    return person


@dataclass(slots=True)
class People:
    """Everybody the account has heard of, by canonical handle.

    ``strangers``: those of them of whom nothing is kept. ``asked``: when the network was asked about whom,
    monotonic seconds. Both the oldest first. ``nature``: of the network, which knows other spellings.
    """

    nature: Nature = field(default_factory=Nature)
    known: dict[str, Person] = field(default_factory=dict)
    strangers: dict[str, None] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    _last_place: int | None = None

    def find(self, handle: str) -> Person:
        """The person of that handle; somebody unknown has a blank profile (never an error).

        Reading must not make people up, so an unknown person is not remembered.
        """
        key = self.address(handle)
        return self.known.get(key) or blank(key)

    def address(self, text: str) -> str:
        """The canonical form of a name or a phone number, in the spelling that we know somebody by."""
        return phone_number(text) or self.nature.address(canonical(text))

    def meet(self, context: Context, handle: str) -> Person:
        """The person of that handle, who is kept from now on."""
        person = self.find(handle)
        self.strangers.pop(person.handle, None)
        self.known[person.handle] = person
        context.keep(person.ref)
        return person

    def contacts(self) -> list[Person]:
        """The list of contacts, in the order in which they came into it."""
        return sorted((p for p in self.known.values() if p.is_contact), key=lambda p: (p.place, p.handle))

    def next_place(self) -> int:
        """Behind all contacts. (Looked up once: a network may tell of many thousand in one step.)"""
        if self._last_place is None:
            self._last_place = max((p.place for p in self.known.values()), default=0)
        self._last_place += 1
        return self._last_place

    def waiting(self) -> list[Person]:
        """People who ask for our leave, in the order in which they did."""
        asking = (p for p in self.known.values() if p.received_auth_request)
        return sorted(asking, key=lambda p: (p.heard, p.handle))

    def authorized(self) -> int:
        """How many may see us."""
        return sum(p.is_authorized for p in self.known.values())


def remember(account: Account, context: Context, handle: str) -> None:
    """Something of ours hangs on somebody now: keep what a search told of them."""
    if account.people.address(handle) in account.people.strangers:
        account.people.meet(context, handle)


# Use cases ------------------------------------------------------------------------------------------------


def other(account: Account, context: Context, handle: str) -> Person:
    """Somebody about whom we are going to keep something. Raises Failure for ourselves."""
    if account.people.address(handle) == account.handle:
        raise Failure(Meaning.OWN_HANDLE)
    return account.people.meet(context, handle)


def set_speed_dial(account: Account, context: Context, handle: str, code: str) -> Value:
    """Give somebody a short code, which nobody else has then; "" takes it away."""
    person = other(account, context, handle)
    for someone in account.people.known.values():
        if code and someone.speed_dial == code and someone is not person:
            put(context, someone, "speed_dial", "")
    put(context, person, "speed_dial", code)
    return code


def put(context: Context, person: Person, name: str, new: str | int | bool, *, said: bool = False) -> None:
    """Give a field a value; ``said``: tell it even if it had that before."""
    old: Value = getattr(person, name)
    setattr(person, name, new)
    if old != new:
        context.changed(person.ref, name, old, new)
    elif said:
        context.reported(person.ref, name, new)


def is_told_of(account: Account, handle: str) -> bool:
    """True if there is nothing to ask the network: it tells of those by itself who have authorized us."""
    key = account.people.address(handle)
    return (
        account.settings.connection != "online"
        or key == account.handle
        or phone_number(key) is not None
        or account.people.find(key).has_authorized
    )


def ask_news(account: Account, context: Context, handle: str) -> Value:
    """Somebody is looked at: have the network tell who they are, if it has not just done so."""
    key, now = account.people.address(handle), context.now.monotonic
    asked = account.people.asked
    last = asked.pop(key, None)
    if last is not None and now - last < FRESH:
        asked[key] = last
        return None
    asked[key] = now
    if len(asked) > STRANGERS:
        del asked[next(iter(asked))]
    context.ask(AskProfile(key))
    return None


# Events ---------------------------------------------------------------------------------------------------


def seen(account: Account, context: Context, event: PersonSeen, *, kept: bool = True) -> None:
    """The network told of somebody; only real differences are journalled.

    ``kept`` is False for those whom a search found: the store knows nothing of them. Who has left sees
    nobody, although the network tells until it has heard of that; who comes back is told all again.
    """
    people = account.people
    key = people.address(event.handle)
    if key == account.handle or account.settings.connection == "offline":
        return
    person = people.find(key)
    if kept:
        if key not in people.known or key in people.strangers:
            person = people.meet(context, key)
    elif key not in people.known:
        people.known[key] = person
        people.strangers[key] = None
        if len(people.strangers) > STRANGERS:
            oldest = next(iter(people.strangers))
            del people.strangers[oldest], people.known[oldest]
    if not person.exists:
        person.exists = True
        if key not in people.strangers:
            context.keep(person.ref)
    for name, told in event.fields:
        new = told[: LONGEST if name in MOODS else LONGEST_TEXT] if isinstance(told, str) else told
        old: Value = getattr(person, name) if name in TOLD else new
        if old == new:
            continue
        setattr(person, name, new)
        # Who is there now is not worth keeping, nor is anything about strangers.
        if name == "online_status" or key in people.strangers:
            context.reported(person.ref, name, new)
        else:
            context.changed(person.ref, name, old, new)


def out_of_sight(account: Account) -> list[Person]:
    """The link is gone: nobody can be seen any more. Returns who could."""
    account.people.asked.clear()
    seen = [
        person
        for person in account.people.known.values()
        if person.online_status not in ("unknown", "offline", "skypeout")
    ]
    for person in seen:
        person.online_status = "offline"
    return seen
