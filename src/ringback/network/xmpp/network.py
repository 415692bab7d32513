"""One account on an XMPP server (implements ``ringback.ports.network.Network``)."""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from xml.etree import ElementTree as ET

from slixmpp.xmlstream.matcher import MatchXPath, StanzaPath

from ringback.domain.effects import CallAct, ChangeContact, Fields, Request
from ringback.domain.handles import canonical
from ringback.domain.inputs import (
    LinkChanged,
    NetworkEvent,
    PeopleFound,
    PersonSeen,
    PostRefused,
)
from ringback.domain.nature import Nature, Part
from ringback.domain.time import Instant, earliest
from ringback.jingle import FEATURES
from ringback.jingle.namespaces import JINGLE
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import Addresses, NoAddressError, address_of, bare
from ringback.network.xmpp.appearance import Appearance
from ringback.network.xmpp.archive import OFTEN, SOMETIMES, Archive
from ringback.network.xmpp.arrivals import Arrivals
from ringback.network.xmpp.blocking import Blocking
from ringback.network.xmpp.calls import Calls
from ringback.network.xmpp.chats import Mail, Origin, delayed
from ringback.network.xmpp.client import Client, Credentials, Said, Trouble
from ringback.network.xmpp.directory import Directory
from ringback.network.xmpp.doubt import Doubt
from ringback.network.xmpp.line import Line, Refused, discover
from ringback.network.xmpp.link import Link
from ringback.network.xmpp.lookout import Lookout
from ringback.network.xmpp.memory import Memory
from ringback.network.xmpp.places import Places
from ringback.network.xmpp.presence import PresenceBook
from ringback.network.xmpp.profile import NODES, Profiles
from ringback.network.xmpp.roster import Roster
from ringback.ports.clock import Clock
from ringback.ports.media import Wires
from ringback.ports.network import Listener

_LOG: Final = logging.getLogger(__name__)
#: What the adapter has; what is missing in it comes later, or never (docs/reference/networks.md).
PARTS: Final = frozenset(
    {
        *(Part.PRESENCE, Part.CONTACTS, Part.CONTACT_LIST, Part.BLOCKING, Part.CHATS),
        *(Part.PROFILES, Part.ADDRESSES),
        *(Part.RECEIPTS, Part.SEEN, Part.HISTORY, Part.CALLS),
    }
)
#: What only some servers have.
OF_SOME: Final = frozenset({Part.DIRECTORY})
#: Contacts who are looked at at once: a server that does not answer must not keep the others waiting.
LOOKED_AT_ONCE: Final = 8
_COPIES: Final = names.tag(names.CARBONS, "sent"), names.tag(names.CARBONS, "received")
_RESULT: Final = names.tag(names.MAM, "result")
_EVENT: Final = names.tag(names.PUBSUB_EVENT, "event")
_LEAVE: Final = frozenset({"subscribe", "subscribed", "unsubscribe", "unsubscribed"})


class XmppNetwork:
    """``credentials``: how to get to the server, read anew for each attempt. ``wake``: deadlines changed.

    ``reserved``: handles that mean services of the engine. ``wires``: carry the sound of calls.
    """

    def __init__(
        self,
        address: str,
        credentials: Callable[[], Credentials],
        memory: Memory,
        clock: Clock,
        wake: Callable[[], None],
        reserved: frozenset[str] = frozenset(),
        wires: Wires | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._wake = wake
        self._listener: Listener = lambda _event: None
        self._addresses = Addresses(address, reserved)
        if not memory.device:
            memory.device = f"ringback.{secrets.token_hex(4)}"
            memory.keep()
        self._line = Line(self._addresses, memory, clock, self._tell)
        self._roster = Roster(self._line)
        self._presence = PresenceBook(self._line, self._roster)
        self._appearance = Appearance(self._line, self._roster)
        self._appearance.changed = self._appears
        self._lookout = Lookout(self._line, self._roster, self._presence, wake)
        self._doubt = Doubt(self._line, self._roster, self._presence, wake)
        self._roster.out_of_sight = self._presence.gone
        self._blocking = Blocking(
            self._line, self._roster, self._appearance.blocked_otherwise, self._appearance.publish_to
        )
        self._roster.met = self._meet
        self._archive = Archive(self._line, wake)
        self._arrivals = Arrivals(self._line, self._presence.is_ours, self._presence.all_ours)
        self._mail = Mail(self._line, self._roster, self._arrivals)
        self._archive.take = self._from_archive
        self._profiles = Profiles(self._line, wake)
        self._directory = Directory(self._line)
        self._directory.found = self._profiles.be_indexed
        self._archive.doubt = lambda: self._mail.doubt
        self._calls = Calls(self._line, self._roster, self._presence, wires, wake)
        self._parts = PARTS if wires is not None else PARTS - {Part.CALLS}
        #: Contacts who were not looked at in this session, or did not answer; the first comes first.
        self._unlooked: dict[str, None] = {}
        self._places = Places()
        self._link = Link(self._make, self, clock, chance, self._state, wake)

    @property
    def handle(self) -> str:
        """The account's own handle."""
        return self._addresses.own_handle

    @property
    def nature(self) -> Nature:
        """What is built, or in this session there at the server, and how addresses are written."""
        of_server = {Part.DIRECTORY} if self._directory.there else set()
        return self._addresses.nature(self._parts | of_server)

    def _tell(self, event: NetworkEvent) -> None:
        self._listener(event)

    # The connection -----------------------------------------------------------------------------------------

    def connect(self, account: str, listener: Listener) -> None:
        """Go online; what becomes of it is told."""
        self._listener = listener
        self._link.open()

    def disconnect(self) -> None:
        """Go offline."""
        self._arrivals.tell()
        self._link.close()

    def _state(self, state: str, why: str) -> None:
        self._tell(LinkChanged(state, why))

    def _make(self, ended: Callable[[Trouble], None]) -> Client:
        credentials = self._credentials()
        client = Client(replace(credentials, device=self._line.memory.device), ended, self._places)
        own = f"{{{names.CLIENT}}}"
        for name, match, heard in (
            ("presences", MatchXPath(f"{own}presence"), self._presence_heard),
            ("pushes", StanzaPath("iq@type=set/roster"), self._pushed),
            ("blocks", MatchXPath(f"{own}iq/{names.tag(names.BLOCKING, 'block')}"), self._pushed),
            ("unblocks", MatchXPath(f"{own}iq/{names.tag(names.BLOCKING, 'unblock')}"), self._pushed),
            ("sessions", MatchXPath(f"{own}iq/{names.tag(JINGLE, 'jingle')}"), self._session),
        ):
            client.listen(name, match, heard)
        client.shown_to = lambda address: self._roster.find(address).sees_us
        wanted = tuple(f"{node}+notify" for node in NODES)
        spoken = (names.RECEIPTS, names.MARKERS, names.CORRECT, names.RETRACT)
        for feature in (*(FEATURES if Part.CALLS in self._parts else ()), *spoken, *wanted):
            client.plugin["xep_0030"].add_feature(feature)
        client.add_event_handler("stanza_acked", self._acknowledged)
        client.message = self._message
        client.owed = lambda: self._mail.waits
        return client

    def begun(self, client: Client) -> None:
        """A new session: learn how things stand, then let the engine know that we are there."""
        self._line.cut()
        self._forget()
        self._line.client = client
        self._line.spawn(self._begin(client))

    async def _begin(self, client: Client) -> None:
        try:
            await self._roster.fetch()
            self._line.features = await discover(self._line, self._addresses.home)
            own = await discover(self._line, self._addresses.own)
            if "preapproval" in client.features:
                self._line.features |= {"urn:xmpp:features:pre-approval"}
            await client.plugin["xep_0115"].update_caps(broadcast=False)
            self._mail.archived = self._archive.there = names.MAM in own
            if self._archive.there:
                self._mail.hold_live()
            if names.CARBONS in self._line.features:
                enable = names.element(names.CARBONS, "enable")
                await self._if_served("copies of what other devices say", self._line.ask("set", enable))
            # Not as it was when it came: others may have changed it since then.
            self._roster.show()
            await self._if_served("list of blocked people", self._blocking.fetch())
            if self._archive.there:
                await self._archive.catch_up(self._mail, coming=True)
        except Refused as refused:
            client.give_up(Trouble(f"{self._addresses.home} does not let us begin: {refused.condition}"))
            return
        self._calls.begun(client.boundjid.full)
        self._unlooked = dict.fromkeys(address for address, item in self._roster.items.items() if item.seen)
        self._look_around()
        await self._presence.show_all()
        self._link.ready()
        self._wake()

    async def _if_served(self, what: str, work: Awaitable[object]) -> None:
        """Do what a server may refuse; it serves all the same. Raises Refused if it does not answer."""
        try:
            await work
        except Refused as refused:
            if refused.condition == "timeout":
                raise
            _LOG.warning("%s gives no %s: %s", self._addresses.home, what, refused.condition)

    def _look_around(self) -> None:
        """Look at what was not looked at yet in this session: contacts, and whether there is a directory."""
        waiting = iter(list(self._unlooked))
        for _ in range(min(LOOKED_AT_ONCE, len(self._unlooked))):
            self._line.spawn(self._look_at(waiting))
        self._line.spawn(self._directory.find())

    def resumed(self) -> None:
        """The session goes on."""
        client = self._link.client
        self._line.client = client
        if client is not None:
            self._mail.again(client.unacknowledged)
            self._link.ask()
            self._calls.resumed(client.boundjid.full)
        self._archive.there = self._mail.archived
        self._archive.look_soon()
        self._presence.go_on()
        self._look_around()
        self._line.spawn(self._presence.show_all())

    def lost(self, resumable: bool) -> None:
        """The connection is gone."""
        trouble = None if self._link.client is None else self._link.client.trouble
        if trouble is not None and "policy" in trouble.why:
            # What is too large would end every connection on which it is sent.
            culprit = self._mail.largest()
            if culprit is not None:
                self._tell(PostRefused(culprit, "user_incapable"))
        self._calls.lost()
        self._line.cut()
        self._archive.over()
        self._doubt.over()
        if not resumable:
            self._forget()

    def _forget(self) -> None:
        self._mail.forget()
        self._roster.forget_told()
        self._presence.forget()
        self._appearance.forget()
        self._lookout.over()
        self._doubt.forget()
        self._profiles.forget()
        self._directory.forget()
        self._unlooked.clear()

    # What comes in ------------------------------------------------------------------------------------------

    def _acknowledged(self, stanza: Any) -> None:
        if isinstance(stanza, Said):
            self._mail.acknowledged(stanza.ident, safe=False)
            return
        xml: ET.Element = stanza.xml
        self._mail.acknowledged(xml.get("id", ""), safe=not xml.tag.endswith("}message"))

    def _pushed(self, stanza: Any) -> None:
        xml: ET.Element = stanza.xml
        if xml.get("type") != "set":
            return
        if not self._line.is_ours(xml):
            reply = stanza.reply()
            reply["error"]["condition"] = "service-unavailable"
            reply.send()
            self._line.complain("somebody else than our server wanted to change the list of contacts")
            return
        if xml.find(names.tag(names.ROSTER, "query")) is not None:
            self._roster.pushed(xml)
        else:
            self._blocking.pushed(xml)
        stanza.reply().send()

    def _presence_heard(self, stanza: Any) -> None:
        xml: ET.Element = stanza.xml
        try:
            sender = address_of(xml.get("from", ""))
        except NoAddressError:
            return
        kind = xml.get("type", "")
        if kind in _LEAVE:
            if sender.bare != self._addresses.own:
                self._roster.heard(kind, sender.bare, names.text_of(xml, names.tag(names.CLIENT, "status")))
        elif kind in ("", "unavailable"):
            self._presence.heard(sender, xml)
            self._heard_of(sender.bare)

    def _heard_of(self, address: str) -> None:
        """Something came from there, so there is a way."""
        self._doubt.heard(address)
        if self._mail.try_again(address, heard=True):
            self._link.ask_soon()

    def _session(self, stanza: Any) -> None:
        xml: ET.Element = stanza.xml
        if xml.get("type") == "set":
            self._calls.iq(xml)

    def _message(self, xml: ET.Element) -> None:
        sender = self._line.sender(xml)
        if sender is None:
            return
        parts = {child.tag: child for child in reversed(xml)}
        for kind in _COPIES:
            carbon = parts.get(kind)
            if carbon is not None:
                # What claims to be a copy is nothing else, whoever says it.
                forwarded = carbon.find(names.tag(names.FORWARD, "forwarded"))
                if not self._line.is_ours(xml):
                    self._line.complain("a copy of a message did not come from our server")
                elif forwarded is not None:
                    self._forwarded(forwarded, "")
                return
        result = parts.get(_RESULT)
        if result is not None:
            if self._line.is_ours(xml):
                self._archive.heard(result)
            return
        event = parts.get(_EVENT)
        if event is not None:
            if self._roster.find(sender).seen:
                self._profiles.heard(sender, event)
            return
        if sender != self._addresses.own:
            stamp = delayed(xml, self._own_servers)
            if xml.get("type") == "error":
                self._calls.bounced(xml)
            elif stamp is None and self._calls.message(xml):
                return
            if stamp is None and xml.get("type") != "error":
                self._presence.spoke(address_of(xml.get("from", "")))
                self._heard_of(sender)
            origin = Origin(sender, stamp=stamp, device=xml.get("from", ""))
            # What was kept for whoever comes is older than all that is live.
            hear = self._mail.live if stamp is None else self._mail.heard
            hear(xml, origin)

    @property
    def _own_servers(self) -> tuple[str, ...]:
        return self._addresses.home, self._addresses.own

    def _from_archive(self, ident: str, forwarded: ET.Element) -> None:
        self._forwarded(forwarded, ident)

    def _forwarded(self, forwarded: ET.Element, archive: str) -> None:
        """A copy of our server of what came or was said elsewhere."""
        xml = forwarded.find(names.tag(names.CLIENT, "message"))
        if xml is None:
            return
        sender = self._line.sender(xml)
        if sender is None:
            return
        mine = sender == self._addresses.own
        try:
            partner = bare(xml.get("to", "")) if mine else sender
        except NoAddressError:
            return
        if not archive and self._calls.message(xml):
            return
        if partner != self._addresses.own:
            # Our own server put it there, without a sender's name in some of them.
            stamp = delayed(forwarded, (*self._own_servers, ""))
            origin = Origin(partner, mine=mine, archive=archive, stamp=stamp, device=xml.get("from", ""))
            hear = self._mail.heard if archive else self._mail.live
            hear(xml, origin)

    # What the engine asks -----------------------------------------------------------------------------------

    def set_presence(self, state: str) -> None:
        """Be seen so by others."""
        self._appearance.publish(state)

    def _appears(self) -> None:
        """The server knows now how we want to be seen; what it tells us depends on that."""
        unheard = self._appearance.unheard
        self._archive.pace = OFTEN if unheard else SOMETIMES
        if unheard:
            self._lookout.look()
        else:
            self._lookout.over()
        self._profiles.begun(heard=any(item.sees_us for item in self._roster.items.values()))
        self._line.spawn(self._look_again())

    async def _look_again(self) -> None:
        """What came since the archive was read was kept for whoever is there, and that was nobody.

        Servers may write a little later than they deliver, so there is one more look.
        """
        try:
            if self._archive.there:
                await self._archive.catch_up(self._mail, coming=True)
        finally:
            self._mail.take_live()
        self._archive.look_soon()

    def set_profile(self, fields: Fields) -> None:
        """Show this to others."""
        self._appearance.set_mood(str(dict(fields).get("mood_text", "")))
        if self._line.client is not None:
            self._profiles.publish(fields)

    def set_avatar(self, data: bytes) -> None:
        """Show this picture to others."""
        if self._line.client is not None:
            self._profiles.show(data)

    def ask_profile(self, handle: str) -> None:
        """Say what is known of somebody."""
        with suppress(NoAddressError):
            address = self._addresses.address(handle)
            self._profiles.ask(address, known=self._roster.find(address).seen)
            self._line.spawn(self._ask_when_left(address))

    def search_people(self, operation: int, text: str) -> None:
        """Look for somebody of that address, and in the directory of the server if it has one."""
        self._line.spawn(self._search(operation, text))

    async def _search(self, operation: int, text: str) -> None:
        found: dict[str, PersonSeen] = {}
        try:
            with suppress(NoAddressError):
                address = self._addresses.address(self._addresses.spelled(canonical(text)))
                if address == self._addresses.own or await self._profiles.exists(address):
                    handle = self._addresses.handle(address)
                    found[handle] = PersonSeen(handle, ())
                    self._tell(PeopleFound(operation, (found[handle],), more=True))
            more = [person for person in await self._directory.search(text) if person.handle not in found]
            if more:
                self._tell(PeopleFound(operation, tuple(more), more=True))
        finally:
            self._tell(PeopleFound(operation, ()))

    async def _ask_when_left(self, address: str) -> None:
        """When was somebody last there, who is in our list and is not there now (XEP-0012)?"""
        if self._roster.find(address).seen and not self._presence.devices.get(address):
            answer = await self._line.ask("get", names.element(names.LAST, "query"), address)
            query = answer.find(names.tag(names.LAST, "query"))
            seconds = None if query is None else names.number(query.get("seconds"), digits=9)
            if seconds is not None:
                self._presence.left(address, self._clock.now().stamp() - seconds)

    def _meet(self, address: str) -> None:
        """Somebody may be seen now who could not before.

        They see us, too, maybe since then: some servers tell us of their news only if our presence came to
        them after that (docs/adr/0035).
        """
        self._appearance.publish_to(address)
        self._profiles.look_again(address)

    async def _look_at(self, waiting: Iterator[str]) -> None:
        """What contacts show; of those who are there the server tells by itself, too.

        Several share ``waiting``, each taking the next. Who did not answer is looked at again if the session
        goes on after a cut: it may have been the connection.
        """
        for address in waiting:
            unanswered = self._line.unanswered
            if self._roster.find(address).seen:
                await self._profiles.look(address, known=True)
                with suppress(Refused):
                    await self._ask_when_left(address)
            if self._line.unanswered == unanswered:
                self._unlooked.pop(address, None)

    def signal_call(self, signal_id: str, to: str, act: CallAct, payload: str) -> None:
        """Say something to the other side of a call."""
        self._calls.signal(signal_id, to, act, payload)

    def post(self, request: Request) -> None:
        """Deliver something for certain."""
        if self._line.client is None:
            return  # it is posted again with the next session
        try:
            address = self._addresses.address(request.to)
        except NoAddressError:
            self._tell(PostRefused(request.uid, "user_not_found"))
            return
        if isinstance(request, ChangeContact):
            stanzas = self._roster.post(request, address)
            for stanza in stanzas:
                stanza.set("id", request.uid if stanza is stanzas[-1] else secrets.token_hex(8))
            self._mail.send(request.uid, stanzas)
        else:
            self._mail.post(request, address)
            self._doubt.said(address)
        self._link.ask_soon()

    def acknowledge(self, receipt: str) -> None:
        """Something that was told is stored."""
        if receipt.startswith("m"):
            self._mail.stored(receipt)
        else:
            self._roster.stored(receipt)

    # Time ---------------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When something wants to be done."""
        return earliest(
            self._link.next_deadline(),
            self._archive.next_deadline(),
            self._calls.next_deadline(),
            self._lookout.next_deadline(),
            self._profiles.next_deadline(),
            self._arrivals.next_deadline(),
            self._mail.next_deadline(),
            # Who is not seen gets no answers from some servers; the lookout does what can be done then.
            self._doubt.next_deadline() if self._appearance.seen else None,
        )

    def advance(self, now: Instant) -> None:
        """Do what is due."""
        self._link.advance(now.monotonic)
        self._archive.advance(now.monotonic, self._mail)
        self._calls.advance(now.monotonic)
        self._lookout.advance(now.monotonic)
        if self._appearance.seen:
            self._doubt.advance(now.monotonic)
        self._profiles.advance(now.monotonic)
        self._arrivals.advance(now.monotonic)
        if self._mail.advance(now.monotonic):
            self._link.ask()
