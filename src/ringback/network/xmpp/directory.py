"""People are looked for by name where the server has a directory (XEP-0055).

Not every server has one, and what it looks at differs: its form says which fields there are. A trailing ``*``
finds what begins so where the server knows that, and is an odd letter elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ringback.domain.handles import is_well_formed
from ringback.domain.inputs import PersonSeen
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import NoAddressError, bare, carries
from ringback.network.xmpp.line import Line, Refused

_LOG: Final = logging.getLogger(__name__)
#: Parts of a server that are asked whether they are a directory, people that are taken of one search, and
#: characters of a name.
SERVICES: Final = 20
FOUND_AT_MOST: Final = 100
LONGEST_NAME: Final = 2_000
#: Seconds for which a search waits until it is known whether there is a directory.
PATIENCE: Final = 5.0
#: Fields, as servers call them, in which a text is looked for: the whole text in those of the first kind.
_EMAIL: Final = ("email",)
_HANDLES: Final = ("user", "username")
_NAMES: Final = ("fn", "name", "nick", "last")


class Directory:
    """``found`` is called when the server has one, in this session."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.found: Callable[[], None] = lambda: None
        self._address = ""
        self._fields: frozenset[str] = frozenset()
        #: The look for it is over, for now; and all who were asked have answered.
        self._looked = asyncio.Event()
        self._known = False

    @property
    def there(self) -> bool:
        """People are found by name."""
        return bool(self._address)

    def forget(self) -> None:
        """A new session, maybe with another server."""
        self._address = ""
        self._looked = asyncio.Event()
        self._known = False

    async def find(self) -> None:
        """Look whether the server has a directory, unless that is known already in this session."""
        if self._known:
            return
        self._looked.clear()
        unanswered = self._line.unanswered
        try:
            await self._find()
            self._known = self.there or self._line.unanswered == unanswered
        finally:
            self._looked.set()

    async def _find(self) -> None:
        listed = await self._line.ask(
            "get", names.element(names.DISCO_ITEMS, "query"), self._line.addresses.home
        )
        items = [item.get("jid", "") for item in listed.iter(names.tag(names.DISCO_ITEMS, "item"))]
        told = await asyncio.gather(*(self._form(address) for address in items[:SERVICES] if address))
        for address, fields in zip(items, told, strict=False):
            if fields:
                self._address, self._fields = address, fields
                self.found()
                return

    async def _form(self, address: str) -> frozenset[str]:
        """The fields in which a service finds people; none if it is no directory of people."""
        try:
            info = await self._line.ask("get", names.element(names.DISCO, "query"), address)
            features = {found.get("var") for found in info.iter(names.tag(names.DISCO, "feature"))}
            kinds = {found.get("category") for found in info.iter(names.tag(names.DISCO, "identity"))}
            if names.SEARCH not in features or "directory" not in kinds:
                return frozenset()
            answer = await self._line.ask("get", names.element(names.SEARCH, "query"), address)
        except Refused:
            return frozenset()
        form = next(answer.iter(names.tag(names.DATA, "x")), None)
        offered = frozenset() if form is None else frozenset(names.form_of(form))
        return offered & {*_EMAIL, *_HANDLES, *_NAMES}

    async def search(self, text: str) -> list[PersonSeen]:
        """People whom the text may mean (reference: SEARCH USERS), each once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._looked.wait()
        text = text.strip().strip("*").strip()
        if not (self.there and text and carries(text)):
            return []
        if "@" in text:
            wanted = dict.fromkeys(_EMAIL, text)
        else:
            fields = (*_HANDLES, *_NAMES) if is_well_formed(text) else _NAMES
            wanted = dict.fromkeys(fields, f"{text}*")
        found: dict[str, PersonSeen] = {}
        for field, value in wanted.items():
            if field in self._fields and len(found) < FOUND_AT_MOST:
                for person in await self._ask(field, value):
                    found.setdefault(person.handle, person)
        return list(found.values())[:FOUND_AT_MOST]

    async def _ask(self, field: str, value: str) -> list[PersonSeen]:
        order = names.element(names.SEARCH, "query")
        names.form(order, **{"FORM_TYPE": names.SEARCH, field: value})
        try:
            answer = await self._line.ask("set", order, self._address)
        except Refused as refused:
            _LOG.info("the directory does not look: %s", refused.condition)
            return []
        return [
            person
            for item in answer.iter(names.tag(names.DATA, "item"))
            if (person := self._person(names.form_of(item))) is not None
        ]

    def _person(self, item: dict[str, list[str]]) -> PersonSeen | None:
        try:
            address = bare("".join(item.get("jid", ())))
        except NoAddressError:
            return None
        name = "".join(item.get("fn", ()))[:LONGEST_NAME]
        return PersonSeen(self._line.addresses.handle(address), (("fullname", name),) if name else ())
