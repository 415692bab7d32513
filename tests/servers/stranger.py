"""A bare slixmpp client: what others on the network have, nothing of ours."""

from __future__ import annotations

import asyncio

from slixmpp import JID, ClientXMPP
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from servers.xmpp_server import XmppServer

PLUGINS = (30, 115, 163, 184, 191, 198, 199, 280, 308, 313, 333, 12, 203, 359, 334, 292, 84)
#: Longest wait for anything that a client waits for, seconds.
PATIENCE = 30.0


class Stranger(ClientXMPP):
    """Notes what comes. Used inside ``async with``, which is the time that it is online."""

    def __init__(self, server: XmppServer, name: str, password: str, resource: str = "") -> None:
        super().__init__(JID(f"{name}@{server.domain}/{resource}".rstrip("/")), password)
        self.ca_certs = server.authority.root
        self.enable_direct_tls = False
        self._server = server
        for number in PLUGINS:
            self.register_plugin(f"xep_{number:04}")
        self.auto_authorize = None
        self.auto_subscribe = False
        self.mechanism = ""
        self.came: asyncio.Queue = asyncio.Queue()
        #: Every presence that came, whatever it says: who sent it, and its type or what it shows.
        self.presences: list[tuple[str, str]] = []
        self.register_handler(Callback("presences", MatchXPath("{jabber:client}presence"), self._note))
        for event in (
            "message",
            "message_error",
            "presence_subscribe",
            "presence_subscribed",
            "presence_unsubscribed",
            "presence_available",
            "presence_unavailable",
            "receipt_received",
            "carbon_received",
            "carbon_sent",
            "marker_displayed",
        ):
            self.add_event_handler(event, lambda stanza, event=event: self.came.put_nowait((event, stanza)))

    def _note(self, presence) -> None:
        shown = presence.xml.findtext("{jabber:client}show", "")
        self.presences.append((presence["from"].bare, presence.xml.get("type", shown)))

    async def __aenter__(self) -> Stranger:
        started = asyncio.ensure_future(self.wait_until("session_start", PATIENCE))
        refused = asyncio.ensure_future(self.wait_until("failed_all_auth", PATIENCE))
        await asyncio.sleep(0)
        self.connect(self._server.address, self._server.port)
        done, late = await asyncio.wait({started, refused}, return_when=asyncio.FIRST_COMPLETED)
        for waiting in late:
            waiting.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if started not in done:
            await self.disconnect()
            raise PermissionError(self.boundjid.bare)
        started.result()
        self.mechanism = self.plugin["feature_mechanisms"].mech.name
        await self.get_roster()
        self.send_presence()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    async def until(self, event: str, matches=lambda _stanza: True):
        """The next such event; others before it are forgotten."""
        async with asyncio.timeout(PATIENCE):
            while True:
                name, stanza = await self.came.get()
                if name == event and matches(stanza):
                    return stanza

    async def archive(self, **wanted) -> list:
        """Bodies of messages in the own archive, oldest first."""
        found = []
        async for message in self.plugin["xep_0313"].iterate(**wanted):
            found.append(message["mam_result"]["forwarded"]["stanza"]["body"])
        return found
