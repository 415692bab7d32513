"""The list of contacts at the server, and who may see whom (RFC 6121).

Whom we ask may ask us back without bothering the user: the engine grants that by itself. Whom we grant what
they asked for, we ask back, so that both see each other as programs of the language expect.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from ringback.domain.effects import ChangeContact, ContactAct
from ringback.domain.inputs import ContactCame, ContactsListed, Listed, Posted, PostRefused
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import NoAddressError, bare, carries
from ringback.network.xmpp.line import Line, Refused

_LOG: Final = logging.getLogger(__name__)
#: People who may wait for our leave at once; the server keeps what more of them say.
ASKING_AT_MOST: Final = 200
#: Characters of the text with which somebody asks that are taken.
LONGEST_TEXT: Final = 2_000
#: How often the list is read until it stands still.
READ_AT_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One contact as the server has it. ``groups``: sent along with what we change, or it would lose them."""

    name: str = ""
    subscription: str = "none"
    asked: bool = False
    groups: tuple[str, ...] = ()

    @property
    def sees_us(self) -> bool:
        """They have our leave."""
        return self.subscription in ("from", "both")

    @property
    def seen(self) -> bool:
        """We have theirs."""
        return self.subscription in ("to", "both")


class Roster:
    """``items`` by bare address."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.items: dict[str, Item] = {}
        #: Is told whom we may not see any more.
        self.out_of_sight: Callable[[str], None] = lambda _address: None
        #: Is told whom we may see now, and could not before.
        self.met: Callable[[str], None] = lambda _address: None
        #: Carries out wishes about who is kept away (``blocking``).
        self.block: Callable[[ChangeContact, str], None] = lambda _request, _address: None
        #: Requests for our leave that were told and are not stored yet: address and text, by receipt.
        self._told: dict[str, tuple[str, str]] = {}
        #: How often the server has said that something is otherwise, since the list was asked for.
        self._changes = 0
        #: Whom the server puts into the list for what was said in this session, also if it has not said so.
        self._coming: set[str] = set()

    # The list -----------------------------------------------------------------------------------------------

    async def fetch(self) -> None:
        """Learn the whole list; from then on the server says what changes. Raises Refused.

        What is said to have changed while it is on its way may be newer than it or older: it is read again.
        """
        for _ in range(READ_AT_MOST):
            self._changes = 0
            self.items = dict(self._read(await self._line.ask("get", names.element(names.ROSTER, "query"))))
            if not self._changes:
                return

    def show(self) -> None:
        """Tell the whole list as it is now."""
        own = self._line.addresses.own
        listed = [self._listed(address, item) for address, item in self.items.items() if address != own]
        self._line.tell(ContactsListed(tuple(listed), whole=True))

    def pushed(self, iq: ET.Element) -> None:
        """The server says that somebody stands otherwise now; whether it was our server is known already."""
        self._changes += 1
        changed = []
        for address, item in self._read(iq):
            before = self.find(address)
            self._coming.discard(address)
            if item.subscription == "remove":
                self.items.pop(address, None)
            else:
                self.items[address] = item
            changed.append(self._listed(address, item, before))
            if item.seen and not before.seen:
                self.met(address)
        self._line.tell(ContactsListed(tuple(changed)))
        for one in changed:
            if not one.has_authorized:
                self.out_of_sight(self._line.addresses.address(one.handle))

    def _read(self, stanza: ET.Element) -> list[tuple[str, Item]]:
        found = []
        for item in stanza.iterfind(f"{names.tag(names.ROSTER, 'query')}/{names.tag(names.ROSTER, 'item')}"):
            try:
                address = bare(item.get("jid", ""))
            except NoAddressError:
                continue
            groups = tuple(group.text or "" for group in item.iterfind(names.tag(names.ROSTER, "group")))
            asked = item.get("ask") == "subscribe"
            found.append(
                (address, Item(item.get("name", ""), item.get("subscription", "none"), asked, groups))
            )
        return found

    def _listed(self, address: str, item: Item, before: Item | None = None) -> Listed:
        gone = item.subscription == "remove" or (before is not None and before.sees_us and not item.sees_us)
        return Listed(
            self._line.addresses.handle(address),
            is_authorized=item.sees_us or (False if gone else None),
            has_authorized=item.seen,
            asked=item.asked,
            listed=item.subscription != "remove",
            name=item.name,
        )

    def find(self, address: str) -> Item:
        """How somebody stands; who is not in the list is nobody."""
        return self.items.get(address, Item())

    # What others say ----------------------------------------------------------------------------------------

    def heard(self, kind: str, sender: str, text: str) -> None:
        """A stanza about leave: subscribe, subscribed, unsubscribe or unsubscribed."""
        asked = self._line.memory.asked
        if kind == "subscribe":
            self._asks(sender, text[:LONGEST_TEXT])
            return
        if kind == "unsubscribe":
            if sender in asked and not self.find(sender).seen:
                self._say(sender, ContactAct.REMOVE)
            if asked.pop(sender, None) is not None:
                self._line.memory.keep()
            return
        if sender in self.items or sender in self._coming:
            # Nobody else was asked.
            self._say(sender, ContactAct.GRANT if kind == "subscribed" else ContactAct.REFUSE)

    def _asks(self, sender: str, text: str) -> None:
        asked = self._line.memory.asked
        if asked.get(sender) == text:
            return  # the server says it again at every login
        if sender not in asked and len(asked) + len(self._told) >= ASKING_AT_MOST:
            self._line.complain(
                "too many people wait for leave; who asks now is heard of when some are answered"
            )
            return
        receipt = self._say(sender, ContactAct.ASK, text)
        self._told[receipt] = (sender, text)

    def _say(self, sender: str, act: ContactAct, text: str = "") -> str:
        line = self._line
        serial = line.serial()
        receipt = f"c{serial}"
        handle = line.addresses.handle(sender)
        line.tell(ContactCame(receipt, receipt, handle, act, text, serial, gives=False))
        return receipt

    def stored(self, receipt: str) -> None:
        """The engine has stored what was told with it."""
        told = self._told.pop(receipt, None)
        if told is not None:
            self._line.memory.asked[told[0]] = told[1]
            self._line.memory.keep()

    def forget_told(self) -> None:
        """The session is over; what was not stored comes again."""
        self._told.clear()
        self._coming.clear()

    # What we say --------------------------------------------------------------------------------------------

    def post(self, request: ChangeContact, address: str) -> list[ET.Element]:
        """What to say for a request; for some it is said and answered here, and nothing is left to say."""
        item, asks = self.find(address), self._asks_us(address)
        match request.act:
            case ContactAct.ASK:
                # Whom we ask has our leave. A server that allows it keeps that for when they ask back.
                early = asks or "urn:xmpp:features:pre-approval" in self._line.features
                kinds = ["subscribed"] if early and not item.sees_us else []
                kinds += [] if item.seen else ["subscribe"]
            case ContactAct.GRANT:
                kinds = [] if item.sees_us else ["subscribed"]
                kinds += ["subscribe"] if asks and not item.seen and not item.asked else []
            case ContactAct.REFUSE:
                kinds = ["unsubscribed"]
            case ContactAct.REMOVE if address in self.items or address in self._coming:
                self.order(request, self._change(address, subscription="remove"))
                self._answered(address)
                return []
            case ContactAct.REMOVE:
                kinds = ["unsubscribed"]
            case ContactAct.RENAME if address in self.items or address in self._coming:
                self.order(request, self._change(address, name=request.text))
                return []
            case ContactAct.RENAME:
                kinds = []
            case ContactAct.BLOCK | ContactAct.UNBLOCK:
                self.block(request, address)
                return []
        self._answered(address)
        if "subscribe" in kinds:
            self._coming.add(address)
        stanzas = [self._presence(address, kind, request.text) for kind in kinds]
        if not stanzas:
            self._line.tell(Posted(request.uid))
        return stanzas

    def _answered(self, address: str) -> None:
        if self._line.memory.asked.pop(address, None) is not None:
            self._line.memory.keep()

    def _asks_us(self, address: str) -> bool:
        return address in self._line.memory.asked

    def _presence(self, address: str, kind: str, text: str) -> ET.Element:
        stanza = names.element(names.CLIENT, "presence", to=address, type=kind)
        if kind == "subscribe" and text and carries(text):
            names.within(stanza, names.CLIENT, "status", text)
        return stanza

    def _change(self, address: str, name: str | None = None, subscription: str = "") -> ET.Element:
        item = self.find(address)
        query = names.element(names.ROSTER, "query")
        entry = names.within(query, names.ROSTER, "item", jid=address)
        if subscription:
            entry.set("subscription", subscription)
        else:
            entry.set("name", item.name if name is None else name)
            for group in item.groups:
                names.within(entry, names.ROSTER, "group", group)
        return query

    def order(
        self, request: ChangeContact, order: ET.Element, done: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Have the server change something; the request is done when it says so, and ``done`` is through."""

        async def carry_out() -> None:
            try:
                await self._line.ask("set", order)
            except Refused as refused:
                if refused.condition == "timeout":
                    return  # it is asked again with the next session
                _LOG.warning("the server refuses to %s somebody: %s", request.act.value, refused.condition)
                self._line.tell(PostRefused(request.uid, "user_not_found"))
                return
            if done is not None:
                await done()
            self._line.tell(Posted(request.uid))

        self._line.spawn(carry_out())
