"""The signed-in identity and everything that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

from ringback.domain import chats
from ringback.domain.call import Call
from ringback.domain.call_history import Calls
from ringback.domain.changes import Kind, Ref, Value
from ringback.domain.chats import Chat, Chats, Member
from ringback.domain.columns import Columns
from ringback.domain.effects import Fields
from ringback.domain.finding import Searches
from ringback.domain.handles import canonical
from ringback.domain.ids import COUNTER, Ids
from ringback.domain.journal import Context
from ringback.domain.listing import Lists
from ringback.domain.messages import MARKS, Message, Messages
from ringback.domain.nature import Nature
from ringback.domain.outbox import Outbox
from ringback.domain.people import People, Person, unread
from ringback.domain.pictures import Pictures
from ringback.domain.presence import Presence
from ringback.domain.records import Forget, Record, Row, Save
from ringback.domain.rows import ANY
from ringback.domain.settings import PROFILE, SETTINGS, Profile, Settings, Told
from ringback.domain.sound import SoundState
from ringback.domain.ui_state import UiState

#: What a Person shows of a profile, by field of the Person.
PUBLISHED: Final = {
    **{name: name for name in (f.name for f in fields(Profile)) if name in {f.name for f in fields(Person)}},
    "language": "languages",
    "is_forwarding": "apply_forwarding",
}
#: Fields of the own profile that others see.
PUBLISHED_FROM: Final = frozenset(PUBLISHED.values())


@dataclass(slots=True)
class Account:
    """The aggregate root: reading is free, changing happens in use cases with a Context."""

    handle: str
    told: Told = field(default_factory=Told)
    settings: Settings = field(default_factory=Settings)
    profile: Profile = field(default_factory=Profile)
    people: People = field(default_factory=People)
    calls: Calls = field(default_factory=Calls)
    chats: Chats = field(default_factory=Chats)
    messages: Messages = field(default_factory=Messages)
    outbox: Outbox = field(default_factory=Outbox)
    searches: Searches = field(default_factory=Searches)
    lists: Lists = field(default_factory=Lists)
    presence: Presence = field(default_factory=Presence)
    ui: UiState = field(default_factory=UiState)
    sound: SoundState = field(default_factory=SoundState)
    pictures: Pictures = field(default_factory=Pictures)
    ids: Ids = field(default_factory=Ids)

    def __post_init__(self) -> None:
        self.handle = canonical(self.handle)

    @property
    def ref(self) -> Ref:
        """Names the account in the journal."""
        return SETTINGS

    def resolve(self, target: str) -> str:
        """A target as typed, as somebody's address: speed dial first, then the text itself."""
        if len(target) <= 2:
            for person in self.people.known.values():
                if person.speed_dial and person.speed_dial == target:
                    return person.handle
        return self.people.nature.address(target)

    @property
    def nature(self) -> Nature:
        """What the network is like."""
        return self.people.nature

    def person(self, handle: str) -> Person:
        """Somebody's profile; the account's own is what others would see."""
        if self.people.address(handle) != self.handle:
            return self.people.find(handle)
        me = Person(self.handle, is_authorized=True)
        for name, source in PUBLISHED.items():
            setattr(me, name, getattr(self.profile, source))
        me.language = self.profile.languages.split(" ", 1)[0]
        me.is_voicemail_capable = self.settings.has_voicemail
        me.authorized_buddies = self.people.authorized()
        status = self.settings.user_status
        me.online_status = "offline" if status == "invisible" else status
        return me

    def published(self) -> Fields:
        """The own profile as the network tells it to others."""
        me = self.person(self.handle)
        names = (*PUBLISHED, "is_voicemail_capable", "authorized_buddies")
        return tuple((name, getattr(me, name)) for name in names)

    @property
    def dialling_country(self) -> str:
        """ISO 3166 code, small letters, of the country in which local phone numbers are understood."""
        return self.profile.country or self.told.country or "us"

    def record(self, ref: Ref) -> Record:
        """The row that the store keeps for ``ref`` now."""
        if ref.kind in _MANY:
            row = self._row(ref)
            return Forget(ref) if row is None else Save(ref, row)
        if ref == COUNTER:
            return Save(ref, {"value": str(self.ids.last)})
        if ref == SETTINGS:
            return Save(ref, _SETTINGS.row(self.settings))
        if ref == PROFILE:
            return Save(ref, _PROFILE.row(self.profile))
        if ref == MARKS:
            marks = self.messages
            return Save(ref, {"marks": " ".join(marks.forgotten), "own": " ".join(marks.forgotten_own)})
        if ref.kind is Kind.PERSON and isinstance(ref.key, str):
            person = self.people.known.get(ref.key)
            if person is None:
                return Forget(ref)
            return Save(ref, _PERSON.row(person))
        raise AssertionError(f"{ref} has no row")

    def _row(self, ref: Ref) -> Row | None:
        """The row of something that may be gone."""
        thing: Call | Chat | Member | Message | None = None
        key = ref.key
        if isinstance(key, str):
            thing = self.chats.all.get(key)
        elif ref.kind is Kind.MESSAGE:
            thing = self.messages.find(key)
        elif ref.kind is Kind.OUTBOX:
            return self.outbox.row(key)
        elif ref.kind is Kind.MEMBER:
            thing = self.chats.members.get(key)
        else:
            thing = self.calls.find(key)
        return None if thing is None else thing.row()

    def restore(self, ref: Ref, row: Row) -> None:
        """Take over a row from the store."""
        if ref == COUNTER:
            self.ids.last = int(row["value"] or 0)
        elif ref == MARKS:
            self.messages.forgotten = dict.fromkeys(str(row["marks"] or "").split())
            self.messages.forgotten_own = dict.fromkeys(str(row.get("own") or "").split())
        elif ref == SETTINGS:
            _SETTINGS.fill(self.settings, row)
        elif ref == PROFILE:
            _PROFILE.fill(self.profile, row)
        elif ref.kind is Kind.PERSON and isinstance(ref.key, str):
            person = unread(ref.key)
            _PERSON.fill(person, row)
            if person.exists:
                # Nobody can be seen before the network tells.
                person.online_status = "offline"
            self.people.known[ref.key] = person
        elif ref.kind is Kind.CHAT and isinstance(ref.key, str):
            self.chats.add(chats.restored_chat(ref.key, row))
        elif ref.kind is Kind.MEMBER and isinstance(ref.key, int):
            self.chats.seat(chats.restored_member(ref.key, row))
        elif ref.kind is Kind.OUTBOX and isinstance(ref.key, int):
            self.outbox.restore(ref.key, row)

    def begin(self) -> list[Ref]:
        """Forget what ended with the last process: idling and a sign-out. Returns what must be stored."""
        settings = self.settings
        ended = settings.signed_out or settings.idle_from
        settings.signed_out = False
        if settings.idle_from:
            settings.user_status, settings.idle_from = settings.idle_from, ""
        return [SETTINGS] if ended else []

    def restored(self) -> None:
        """Everything was taken over."""
        self.chats.put_in_order()
        self.messages.restore()
        # Without its row the counter would begin anew, and new things would take the places of old ones.
        stored = [key for kind in (Kind.CALL, Kind.MESSAGE) for key in self.messages.rows.keys(kind, ANY, 1)]
        self.ids.last = max([self.ids.last, *self.chats.members, *stored])


#: Kinds of which there are many.
_MANY: Final = frozenset({Kind.MESSAGE, Kind.OUTBOX, Kind.CHAT, Kind.MEMBER, Kind.CALL})
# The link, the focus and the calls end with the process.
_SETTINGS: Final = Columns(Settings, "connection", "focused_contact", "mute")
_PROFILE: Final = Columns(Profile)
_PERSON: Final = Columns(Person, "handle", "online_status")


# Use cases ------------------------------------------------------------------------------------------------


def set_setting(account: Account, context: Context, name: str, new: str | int | bool) -> Value:
    """Change a setting that is a plain stored value."""
    old: Value = getattr(account.settings, name)
    setattr(account.settings, name, new)
    if old != new:
        context.changed(SETTINGS, name, old, new)
    return new
