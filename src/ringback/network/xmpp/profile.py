"""Profiles and pictures: vCard4 (XEP-0292), avatars (XEP-0084), and what only contacts see.

Everybody may read the vCard and look at the picture, as the language has it. Phone numbers and the formatted
mood are in a node of our own that the server shows to contacts alone. The older vCard (XEP-0054) is read
where there is no other; most servers make it of the new one by themselves. Where a directory finds people by
it, it is written, too, and what others of our programs have written there stays. What others say of
themselves is cut to what a profile may hold, and a value that is none is left out. Somebody may have news as
often as they like; after the first only the latest of them is looked at, once a second.

News are of use only when the server knows who wants them, and some (ejabberd) learn it from the presence of
each contact, in the session of who has news: so nothing is published before those have come (SETTLED).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import logging
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

from ringback.domain.effects import Fields
from ringback.domain.inputs import AvatarSeen, PersonSeen
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import carries
from ringback.network.xmpp.line import Line, Refused

_LOG: Final = logging.getLogger(__name__)
#: Seconds after which servers know who wants news of whom.
SETTLED: Final = 2.0
#: Characters of a text, and bytes of a picture, that are taken of others.
LONGEST: Final = 2_000
LARGEST: Final = 1 << 20
#: Seconds between two looks at the news of somebody.
APART: Final = 1.0
#: Nodes whose news we want of contacts.
NODES: Final = (names.VCARD4_NODE, names.AVATAR, names.PRIVATE_PROFILE)
#: What would begin a line of its own where a program shows a field.
_BREAKS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SEXES: Final = {"M": "male", "F": "female"}
_PHONES: Final = {"phone_home": "home", "phone_office": "work", "phone_mobile": "cell"}
_FLAGS: Final = {"is_voicemail_capable": "voicemail", "is_forwarding": "forwarding"}
_TEXTS: Final = {"fullname": "fn", "homepage": "url", "about": "note"}
_PLACES: Final = {"city": "locality", "province": "region", "country": "country"}
#: Elements of the older vCard that are ours to write.
_OLD: Final = ("FN", "N", "BDAY", "URL", "DESC", "ADR")
_KINDS: Final = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


class Profiles:
    """What the account shows, and what others do."""

    def __init__(self, line: Line, wake: Callable[[], None]) -> None:
        self._line = line
        self._wake = wake
        #: People are found by the older vCard: it must be true, too.
        self.indexed = False
        #: Which picture of somebody was heard of last, by address.
        self._fetched: dict[str, str] = {}
        #: What is being published, by node, and what comes after it.
        self._publishing: dict[str, Callable[[], None] | None] = {}
        #: What is published when everything has settled, by what it is; None: it has.
        self._held: dict[str, Callable[[], None]] | None = {}
        self._settled_at: float | None = None
        #: Who is looked at again, and when.
        self._again: list[tuple[float, str]] = []
        self._told: dict[str, str | int | bool] = {}
        #: The latest news of those of whom there was some a moment ago, by node.
        self._news: dict[str, dict[str, ET.Element]] = {}

    # Time ---------------------------------------------------------------------------------------------------

    def begun(self, *, heard: bool) -> None:
        """The account is there in this session, or wants to be there unseen. ``heard``: contacts can be."""
        if self._held is not None and self._settled_at is None:
            self._settled_at = self._line.clock.now().monotonic + (SETTLED if heard else 0.0)
            self._wake()

    def look_again(self, address: str) -> None:
        """Ask what somebody shows, now and when their server has learnt that we want news."""
        self.ask(address, known=True)
        self._again.append((self._line.clock.now().monotonic + SETTLED, address))
        self._wake()

    def next_deadline(self) -> float | None:
        """Monotonic moment at which ``advance`` is needed."""
        moments = (self._settled_at, self._again[0][0] if self._again else None)
        return min((moment for moment in moments if moment is not None), default=None)

    def advance(self, now: float) -> None:
        """Publish what was held, and look again."""
        if self._settled_at is not None and self._settled_at <= now + 1e-6:
            held, self._held, self._settled_at = self._held or {}, None, None
            for publish in held.values():
                publish()
        while self._again and self._again[0][0] <= now + 1e-6:
            self.ask(self._again.pop(0)[1], known=True)

    def forget(self) -> None:
        """The session is over; what was on its way is published anew with the next."""
        self._publishing.clear()
        self._fetched.clear()
        self._again.clear()
        self._news.clear()
        self._held, self._settled_at, self.indexed = {}, None, False

    def _when_settled(self, what: str, publish: Callable[[], None]) -> None:
        if self._held is None:
            publish()
        else:
            self._held[what] = publish

    # Ours ---------------------------------------------------------------------------------------------------

    def publish(self, fields: Fields) -> None:
        """Show this of the account."""
        self._told = {name: value for name, value in fields if not isinstance(value, str) or carries(value)}
        self._when_settled("profile", self._publish)

    def _publish(self) -> None:
        self._put(names.VCARD4_NODE, "current", vcard(self._told), "open")
        self._put(names.PRIVATE_PROFILE, "current", private(self._told), "presence")
        if self.indexed:
            self._line.spawn(self._put_old(old_vcard(self._told)))

    def be_indexed(self) -> None:
        """A directory finds people by the older vCard."""
        self.indexed = True
        if self._told and self._held is None:
            self._line.spawn(self._put_old(old_vcard(self._told)))

    async def _put_old(self, card: ET.Element) -> None:
        digest = hashlib.sha256(ET.tostring(card)).hexdigest()
        if self._line.memory.shown.get(names.VCARD_TEMP) == digest:
            return
        kept: ET.Element | None = None
        try:
            answer = await self._line.ask("get", names.element(names.VCARD_TEMP, "vCard"))
            kept = answer.find(names.tag(names.VCARD_TEMP, "vCard"))
        except Refused as refused:
            if refused.condition != "item-not-found":
                raise  # there may be one, which would be lost
        for found in () if kept is None else kept:
            if found.tag not in {names.tag(names.VCARD_TEMP, name) for name in _OLD}:
                card.append(found)
        await self._line.ask("set", card)
        self._line.memory.shown[names.VCARD_TEMP] = digest
        self._line.memory.keep()

    def show(self, data: bytes) -> None:
        """Show this picture of the account, b"" for none."""
        self._when_settled("picture", lambda: self._show(data))

    def _show(self, data: bytes) -> None:
        info = names.element(names.AVATAR, "metadata")
        if not data:
            if names.AVATAR in self._line.memory.shown:
                self._put(names.AVATAR, "current", info, "open")
            return
        ident = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        kind = next((kind for start, kind in _KINDS if data.startswith(start)), "image/png")
        names.within(info, names.AVATAR, "info", id=ident, bytes=str(len(data)), type=kind)
        packed = names.element(names.AVATAR_DATA, "data", base64.b64encode(data).decode("ascii"))
        self._put(
            names.AVATAR_DATA, ident, packed, "open", lambda: self._put(names.AVATAR, ident, info, "open")
        )

    def _put(
        self, node: str, ident: str, payload: ET.Element, access: str, then: Callable[[], None] | None = None
    ) -> None:
        """Publish something, unless that was the last thing that was."""
        digest = hashlib.sha256(ident.encode() + ET.tostring(payload)).hexdigest()
        if node in self._publishing:
            # One after the other; what was not yet begun is overtaken by the next.
            self._publishing[node] = lambda: self._put(node, ident, payload, access, then)
            return
        if self._line.memory.shown.get(node) == digest:
            return
        self._publishing[node] = None

        async def carry_out() -> None:
            following: Callable[[], None] | None = None
            try:
                await self._line.ask("set", _publication(node, ident, payload, access))
                self._line.memory.shown[node] = digest
                self._line.memory.keep()
                following = then
            except Refused as refused:
                _LOG.warning("the server does not take %s: %s", node, refused.condition)
            finally:
                newer = self._publishing.pop(node, None)
            for publish in (following, newer):
                if publish is not None:
                    publish()

        self._line.spawn(carry_out())

    # Others' ------------------------------------------------------------------------------------------------

    def ask(self, address: str, *, known: bool) -> None:
        """Tell what somebody shows, if there is somebody. ``known``: who may show us more."""
        self._line.spawn(self.look(address, known=known))

    async def look(self, address: str, *, known: bool) -> None:
        """The same; it is over when all is told."""
        if not await self.exists(address):
            return
        await self._look_at_picture(address)
        if known:
            with suppress(Refused):
                shown = of_private(await self._items(address, names.PRIVATE_PROFILE))
                self._line.tell(PersonSeen(self._line.addresses.handle(address), shown))

    async def exists(self, address: str) -> bool:
        """Tell what somebody shows; False if there is nobody who shows anything.

        Servers do not tell who is there and shows nothing from who is not, so that nobody can try names.
        """
        handle = self._line.addresses.handle(address)
        try:
            fields = of_vcard(await self._items(address, names.VCARD4_NODE))
        except Refused:
            try:
                fields = of_old_vcard(
                    await self._line.ask("get", names.element(names.VCARD_TEMP, "vCard"), address)
                )
            except Refused:
                return False
            if not any(value for _, value in fields):
                return False  # an empty card is shown of everybody
        self._line.tell(PersonSeen(handle, fields))
        return True

    async def _look_at_picture(self, address: str) -> None:
        # The picture may be told of and not given.
        with suppress(Refused):
            answer = await self._items(address, names.AVATAR)
            info = next(answer.iter(names.tag(names.AVATAR, "info")), None)
            await self._fetch_picture(address, "" if info is None else info.get("id", ""))

    async def _fetch_picture(self, address: str, ident: str) -> None:
        looks = self._line.memory.looks
        self._fetched[address] = ident
        if looks.get(address, "") == ident:
            return
        data = b""
        if ident:
            answer = await self._items(address, names.AVATAR_DATA, ident)
            found = next(answer.iter(names.tag(names.AVATAR_DATA, "data")), None)
            text = "" if found is None else found.text or ""
            if len(text) > LARGEST * 4 // 3:
                return
            try:
                data = base64.b64decode(text)
            except (binascii.Error, ValueError):
                return
            if hashlib.sha1(data, usedforsecurity=False).hexdigest() != ident.lower():
                return
        if self._fetched.get(address) != ident:
            return  # there is a newer one
        self._line.tell(AvatarSeen(self._line.addresses.handle(address), data))
        looks[address] = ident
        self._line.memory.keep()

    async def _items(self, address: str, node: str, ident: str = "") -> ET.Element:
        query = names.element(names.PUBSUB, "pubsub")
        items = names.within(query, names.PUBSUB, "items", node=node)
        if ident:
            names.within(items, names.PUBSUB, "item", id=ident)
        else:
            items.set("max_items", "1")
        answer = await self._line.ask("get", query, address)
        if next(answer.iter(names.tag(names.PUBSUB, "item")), None) is None:
            raise Refused("item-not-found")
        return answer

    def heard(self, address: str, event: ET.Element) -> None:
        """Somebody whom we may see shows something else now."""
        items = event.find(names.tag(names.PUBSUB_EVENT, "items"))
        node = "" if items is None else items.get("node", "")
        if items is None or node not in NODES:
            return
        if address in self._news:
            self._news[address][node] = items
            return
        self._news[address] = {node: items}
        self._line.spawn(self._take_news(address))

    async def _take_news(self, address: str) -> None:
        """Look at somebody's news until there is none for a while."""
        try:
            while news := self._news.get(address):
                self._news[address] = {}
                for node, items in news.items():
                    if node == names.AVATAR:
                        info = next(items.iter(names.tag(names.AVATAR, "info")), None)
                        with suppress(Refused):
                            await self._fetch_picture(address, "" if info is None else info.get("id", ""))
                    else:
                        fields = of_vcard(items) if node == names.VCARD4_NODE else of_private(items)
                        self._line.tell(PersonSeen(self._line.addresses.handle(address), fields))
                await asyncio.sleep(APART)
        finally:
            # Also if the connection was cut meanwhile: the session may go on.
            self._news.pop(address, None)


def _publication(node: str, ident: str, payload: ET.Element, access: str) -> ET.Element:
    order = names.element(names.PUBSUB, "pubsub")
    item = names.within(
        names.within(order, names.PUBSUB, "publish", node=node), names.PUBSUB, "item", id=ident
    )
    item.append(payload)
    options = {
        "FORM_TYPE": names.PUBLISH_OPTIONS,
        "pubsub#persist_items": "true",
        "pubsub#access_model": access,
    }
    names.form(names.within(order, names.PUBSUB, "publish-options"), **options)
    return order


# As XML -----------------------------------------------------------------------------------------------------


def vcard(told: dict[str, str | int | bool]) -> ET.Element:
    """What everybody may read."""
    card = names.element(names.VCARD4, "vcard")

    def put(parent: ET.Element, name: str, kind: str, value: str) -> None:
        names.within(names.within(parent, names.VCARD4, name), names.VCARD4, kind, value)

    for field, name in _TEXTS.items():
        if told.get(field):
            put(card, name, "uri" if name == "url" else "text", str(told[field]))
    birthday = str(told.get("birthday") or "")
    if len(birthday) == 8:
        put(card, "bday", "date", f"{birthday[:4]}-{birthday[4:6]}-{birthday[6:]}")
    sex = next((letter for letter, word in _SEXES.items() if word == told.get("sex")), "")
    if sex:
        put(card, "gender", "sex", sex)
    if told.get("language"):
        put(card, "lang", "language-tag", str(told["language"]))
    if any(told.get(field) for field in _PLACES):
        address = names.within(card, names.VCARD4, "adr")
        for field, name in _PLACES.items():
            value = str(told.get(field) or "")
            names.within(address, names.VCARD4, name, value.upper() if field == "country" else value)
    zone = told.get("timezone")
    if isinstance(zone, int) and zone != 86_400:
        minutes = (zone - 86_400) // 60
        sign = "-" if minutes < 0 else "+"
        put(card, "tz", "utc-offset", f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}")
    return card


def old_vcard(told: dict[str, str | int | bool]) -> ET.Element:
    """The same in the form of XEP-0054, which directories read: whose name is given is found by its parts."""
    card = names.element(names.VCARD_TEMP, "vCard")

    def put(parent: ET.Element, name: str, value: object) -> None:
        if value:
            names.within(parent, names.VCARD_TEMP, name, str(value))

    given, _, family = str(told.get("fullname") or "").rpartition(" ")
    put(card, "FN", told.get("fullname"))
    name = names.within(card, names.VCARD_TEMP, "N")
    put(name, "FAMILY", family)
    put(name, "GIVEN", given)
    birthday = str(told.get("birthday") or "")
    if len(birthday) == 8:
        put(card, "BDAY", f"{birthday[:4]}-{birthday[4:6]}-{birthday[6:]}")
    put(card, "URL", told.get("homepage"))
    put(card, "DESC", told.get("about"))
    if any(told.get(field) for field in _PLACES):
        address = names.within(card, names.VCARD_TEMP, "ADR")
        put(address, "LOCALITY", told.get("city"))
        put(address, "REGION", told.get("province"))
        put(address, "CTRY", str(told.get("country") or "").upper())
    return card


def private(told: dict[str, str | int | bool]) -> ET.Element:
    """What contacts may read."""
    made = names.element(names.PRIVATE_PROFILE, "profile")
    for field, kind in _PHONES.items():
        if told.get(field):
            names.within(made, names.PRIVATE_PROFILE, "phone", str(told[field]), type=kind)
    if told.get("rich_mood_text"):
        names.within(made, names.PRIVATE_PROFILE, "mood", str(told["rich_mood_text"]))
    for field, name in _FLAGS.items():
        if told.get(field):
            names.within(made, names.PRIVATE_PROFILE, name)
    if told.get("authorized_buddies"):
        names.within(made, names.PRIVATE_PROFILE, "contacts", str(told["authorized_buddies"]))
    return made


def _cut(text: str | None) -> str:
    """As much of a text as a field holds."""
    return (text or "")[:LONGEST].strip()


def _line(text: str | None) -> str:
    """The same in one line."""
    return _BREAKS.sub(" ", _cut(text))


def _country(text: str) -> str:
    """A code of two letters; anything longer is a name that we do not know."""
    return text.lower() if re.fullmatch("[A-Za-z]{2}", text) else ""


def _birthday(text: str) -> int:
    """A day of this century or the last, 0 for anything else."""
    digits = text[:10].replace("-", "")
    if re.fullmatch("(19|20)[0-9]{6}", digits):
        with suppress(ValueError):
            datetime.strptime(digits, "%Y%m%d")  # noqa: DTZ007 - a day has no zone
            return int(digits)
    return 0


def _zone(text: str) -> int:
    found = re.fullmatch(r"([+-])([01][0-9]):?([0-5][0-9])?", text)
    if found is None:
        return 86_400
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    seconds = 86_400 + (-60 if found[1] == "-" else 60) * minutes
    return seconds if 43_200 <= seconds <= 136_800 else 86_400


def of_vcard(answer: ET.Element) -> Fields:
    """The fields of the first vCard in an answer or event; those that are not in it are empty."""
    card = next(answer.iter(names.tag(names.VCARD4, "vcard")), None)
    if card is None:
        return ()

    def first(*path: str) -> str:
        found = card.find("/".join(names.tag(names.VCARD4, name) for name in path))
        text = "" if found is None else "".join(found.itertext())
        return _cut(text) if path == ("note",) else _line(text)

    language = first("lang").lower()[:2]
    told: list[tuple[str, str | int | bool]] = [(field, first(name)) for field, name in _TEXTS.items()]
    told += [(field, first("adr", name)) for field, name in _PLACES.items() if field != "country"]
    told += [
        ("country", _country(first("adr", "country"))),
        ("birthday", _birthday(first("bday"))),
        ("sex", _SEXES.get(first("gender", "sex"), "unknown")),
        ("language", language if re.fullmatch("[a-z]{2}", language) else ""),
        ("timezone", _zone(first("tz"))),
    ]
    return (*told, *_phones(card))


def _phones(card: ET.Element) -> Iterable[tuple[str, str]]:
    """Numbers that are shown to everybody; what is not there may be for contacts alone, and is not told."""
    for phone in card.iter(names.tag(names.VCARD4, "tel")):
        kinds = " ".join(phone.itertext()).lower()
        value = phone.find(names.tag(names.VCARD4, "uri"))
        value = phone.find(names.tag(names.VCARD4, "text")) if value is None else value
        number = "" if value is None else _line(value.text).removeprefix("tel:")
        field = next((field for field, kind in _PHONES.items() if kind in kinds), "phone_home")
        if number:
            yield field, number


def of_old_vcard(answer: ET.Element) -> Fields:
    """The same of a vCard as XEP-0054 has it."""
    card = next(answer.iter(names.tag(names.VCARD_TEMP, "vCard")), None)
    if card is None:
        return ()

    def first(*path: str) -> str:
        text = names.text_of(card, *(names.tag(names.VCARD_TEMP, name) for name in path))
        return _cut(text) if path == ("DESC",) else _line(text)

    return (
        ("fullname", first("FN")),
        ("homepage", first("URL")),
        ("about", first("DESC")),
        ("city", first("ADR", "LOCALITY")),
        ("province", first("ADR", "REGION")),
        ("country", _country(first("ADR", "CTRY"))),
        ("birthday", _birthday(first("BDAY"))),
    )


def of_private(items: ET.Element) -> Fields:
    """What a contact shows to contacts."""
    made = next(items.iter(names.tag(names.PRIVATE_PROFILE, "profile")), None)
    if made is None:
        return ()
    numbers = {
        phone.get("type", ""): _line(phone.text)
        for phone in made.iterfind(names.tag(names.PRIVATE_PROFILE, "phone"))
    }
    phones = tuple((field, numbers.get(kind, "")) for field, kind in _PHONES.items())
    mood = _cut(names.text_of(made, names.tag(names.PRIVATE_PROFILE, "mood")))
    flags = tuple(
        (field, made.find(names.tag(names.PRIVATE_PROFILE, name)) is not None)
        for field, name in _FLAGS.items()
    )
    contacts = names.text_of(made, names.tag(names.PRIVATE_PROFILE, "contacts"))
    number = int(contacts) if re.fullmatch("[0-9]{1,6}", contacts) else 0
    return (*phones, ("rich_mood_text", mood), *flags, ("authorized_buddies", number))
