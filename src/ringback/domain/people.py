"""Persons as an account knows them: what their profiles say and how they stand to the account."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from ringback.domain.changes import Kind, Ref, Value
from ringback.domain.handles import canonical, is_well_formed, phone_number
from ringback.domain.journal import Context


@dataclass(slots=True)
class Person:
    """One person or phone number. Field names are the domain's; units are seconds, texts are plain.

    ``birthday`` is yyyymmdd as a number, 0 if unset. ``country`` and ``language`` are ISO codes.
    ``standing``: 0 never listed, 1 removed, 2 pending, 3 listed (reference: USER BUDDYSTATUS).
    ``timezone``: seconds, 86400 plus the offset from UTC. ``avatar``: digest of the picture that the network
    told last, "" for none.
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

    @property
    def ref(self) -> Ref:
        """Names the person in the journal."""
        return Ref(Kind.PERSON, self.handle)


_FIELDS = frozenset(f.name for f in fields(Person)) - {"handle", "aliases", "avatar"}


@dataclass(slots=True)
class People:
    """Everybody the account has heard of, by canonical handle."""

    known: dict[str, Person] = field(default_factory=dict)

    def find(self, handle: str) -> Person:
        """The person of that handle; somebody unknown has a blank profile (never an error).

        Reading must not make people up, so an unknown person is not remembered.
        """
        key = phone_number(handle) or canonical(handle)
        return self.known.get(key) or Person(key)

    def learn(self, context: Context, handle: str, news: tuple[tuple[str, str | int | bool], ...]) -> None:
        """Take over what the network says of a person; only real differences are journalled."""
        key = phone_number(handle) or canonical(handle)
        person = self.known.get(key)
        if person is None:
            person = self.known[key] = Person(key)
            context.keep(person.ref)
        for name, new in news:
            if name not in _FIELDS:
                continue
            old: Value = getattr(person, name)
            if old != new:
                setattr(person, name, new)
                context.changed(person.ref, name, old, new)


def is_address(text: str) -> bool:
    """True if ``text`` can name somebody to call: a well-formed name or a phone number."""
    return phone_number(text) is not None or is_well_formed(text)
