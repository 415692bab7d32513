"""Profiles and pictures: vCard4 (XEP-0292), avatars (XEP-0084), and what only contacts see.

Everybody may read the vCard and look at the picture, as the language has it. Phone numbers and the formatted
mood are in a node of our own that the server shows to contacts alone. The older vCard (XEP-0054) is read
where there is no other; most servers make it of the new one by themselves. What others say of themselves is
cut to what a profile may hold, and a value that is none is left out. Somebody may have news as often as they
like; after the first only the latest of them is looked at, once a second.
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
from typing import Final
from xml.etree import ElementTree as ET

from ringback.domain.effects import Fields
from ringback.domain.inputs import AvatarSeen, PersonSeen
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import carries
from ringback.network.xmpp.line import Line, Refused

_LOG: Final = logging.getLogger(__name__)
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
_TEXTS: Final = {"fullname": "fn", "homepage": "url", "about": "note"}
_PLACES: Final = {"city": "locality", "province": "region", "country": "country"}
_KINDS: Final = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


class Profiles:
    """What the account shows, and what others do."""

    def __init__(self, line: Line) -> None:
        self._line = line
        #: Which picture of somebody was heard of last, by address.
        self._fetched: dict[str, str] = {}
        #: What is being published, by node, and what comes after it.
        self._publishing: dict[str, Callable[[], None] | None] = {}
        #: The latest news of those of whom there was some a moment ago, by node.
        self._news: dict[str, dict[str, ET.Element]] = {}

    # Ours ---------------------------------------------------------------------------------------------------

    def publish(self, fields: Fields) -> None:
        """Show this of the account."""
        told = {name: value for name, value in fields if not isinstance(value, str) or carries(value)}
        self._put(names.VCARD4_NODE, "current", vcard(told), "open")
        self._put(names.PRIVATE_PROFILE, "current", private(told), "presence")

    def show(self, data: bytes) -> None:
        """Show this picture of the account, b"" for none."""
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
            try:
                await self._line.ask("set", _publication(node, ident, payload, access))
            except Refused as refused:
                _LOG.warning("the server does not take %s: %s", node, refused.condition)
            else:
                self._line.memory.shown[node] = digest
                self._line.memory.keep()
                if then is not None:
                    then()
            following = self._publishing.pop(node, None)
            if following is not None:
                following()

        self._line.spawn(carry_out())

    def forget(self) -> None:
        """The session is over; what was on its way is published anew with the next."""
        self._publishing.clear()
        self._fetched.clear()
        self._news.clear()

    # Others' ------------------------------------------------------------------------------------------------

    def ask(self, address: str, *, known: bool) -> None:
        """Tell what somebody shows, if there is somebody. ``known``: who may show us more."""
        self._line.spawn(self._look(address, known))

    async def _look(self, address: str, known: bool) -> None:
        if await self.exists(address):
            await self.look_closer(address, known=known)

    async def look_closer(self, address: str, *, known: bool) -> None:
        """Tell how somebody looks, and what they show to contacts."""
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
        self._news.pop(address, None)


def _publication(node: str, ident: str, payload: ET.Element, access: str) -> ET.Element:
    order = names.element(names.PUBSUB, "pubsub")
    item = names.within(
        names.within(order, names.PUBSUB, "publish", node=node), names.PUBSUB, "item", id=ident
    )
    item.append(payload)
    form = names.within(names.within(order, names.PUBSUB, "publish-options"), names.DATA, "x", type="submit")
    for name, value in (
        ("FORM_TYPE", names.PUBLISH_OPTIONS),
        ("pubsub#persist_items", "true"),
        ("pubsub#access_model", access),
    ):
        names.within(names.within(form, names.DATA, "field", var=name), names.DATA, "value", value)
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


def private(told: dict[str, str | int | bool]) -> ET.Element:
    """What contacts may read."""
    made = names.element(names.PRIVATE_PROFILE, "profile")
    for field, kind in _PHONES.items():
        if told.get(field):
            names.within(made, names.PRIVATE_PROFILE, "phone", str(told[field]), type=kind)
    if told.get("rich_mood_text"):
        names.within(made, names.PRIVATE_PROFILE, "mood", str(told["rich_mood_text"]))
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
    digits = text[:10].replace("-", "")
    return int(digits) if re.fullmatch("(19|20)[0-9]{6}", digits) else 0


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
    return (*phones, ("rich_mood_text", mood))
