"""One connection to a server, as strict as it has to be: verified TLS, SCRAM, bounded input (``stream``).

slixmpp does the stream. What it would decide by itself (whom to authorize, whom to follow elsewhere, whom to
ask what they can do, when to try again) is taken out of its hands here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from slixmpp.plugins.xep_0198.stanza import Ack
from slixmpp.plugins.xep_0198.stream_management import MAX_SEQ
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.matcher.base import MatcherBase

from ringback import __version__
from ringback.network.xmpp import names, scram
from ringback.network.xmpp.addresses import NoAddressError, bare
from ringback.network.xmpp.places import NoPlaceError, Place, Places
from ringback.network.xmpp.stream import Stream
from ringback.network.xmpp.tls import tls

_LOG: Final = logging.getLogger(__name__)
# Its log holds what people say, and passwords; what goes wrong is told here.
scram.install()
logging.getLogger("slixmpp").setLevel(logging.CRITICAL + 1)
#: Ways to log in that neither give the password away nor take the server's word for who it is.
SCRAM: Final = frozenset(
    {f"SCRAM-SHA-{kind}{plus}" for kind in ("1", "256", "512") for plus in ("", "-PLUS")} - {"SCRAM-SHA-"}
)
#: Seconds that a server has for an answer, and to take a connection.
PATIENCE: Final = 30
CONNECTING: Final = 12.0
#: Seconds between questions what the server has got, while much is sent, and until its own are answered.
ASK: Final = 0.01
#: Stanzas after which the server is asked in any case what it has.
WINDOW: Final = 100
_MESSAGE: Final = names.tag(names.CLIENT, "message")
_REQUEST: Final = names.tag(names.SM, "r")
_ACKNOWLEDGEMENT: Final = names.tag(names.SM, "a")
#: What slixmpp does with stanzas by itself and we do instead.
_OURS: Final = ("IM", "IMError", "Presence", "Roster Update", "Stream Error")
#: What it would do for anybody: ask a stranger back what their client can do, and look through forms.
_UNWANTED: Final = ("Entity Capabilities", "Data Form")
_PLUGINS: Final = ("xep_0030", "xep_0115", "xep_0198", "xep_0199", "xep_0092")


@dataclass(frozen=True, slots=True)
class Credentials:
    """How an account gets to its server. ``server``: host and port, None to look them up (SRV records).

    ``authority``: file of the certificates (PEM) that are trusted instead of the system's. ``device``: what
    the connection is called. ``direct_tls``: the named server expects TLS from the first byte.
    """

    address: str
    secret: str
    device: str = ""
    server: tuple[str, int] | None = None
    authority: Path | None = None
    direct_tls: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no connection. ``lasting``: trying again by itself would not help, or would harm.

    ``telling``: of several such it is the one to tell.
    """

    why: str
    lasting: bool = False
    telling: bool = False


def certificate_trouble(error: ssl.SSLError, domain: str) -> Trouble:
    """What is wrong with a certificate, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(f"the certificate of {domain} is not valid: {error.verify_message}", telling=True)
    return Trouble(f"no TLS with {domain}: {error.reason or error}", telling=True)


def connection_trouble(error: OSError, place: Place, domain: str) -> Trouble:
    """Why a place took no connection, in words."""
    if isinstance(error, ssl.SSLError):
        return certificate_trouble(error, domain)
    if isinstance(error, socket.gaierror):
        if error.errno == socket.EAI_AGAIN:
            return Trouble(f"the name server does not tell where {place} is")
        return Trouble(f"there is no server {place}")
    if isinstance(error, TimeoutError):
        return Trouble(f"no connection to {place}: it does not answer")
    why = os.strerror(error.errno) if error.errno else str(error)
    return Trouble(f"no connection to {place}: {why}")


class Said(str):
    """A message as it went out; slixmpp keeps it until the server has it. ``ident``: its id."""

    __slots__ = ("ident",)
    ident: str


class _Waiting(asyncio.Queue[Any]):
    """What slixmpp has to send."""

    @property
    def idle(self) -> bool:
        """Nothing waits, and nothing is in hand."""
        return bool(self._unfinished_tasks == 0)  # type: ignore[attr-defined]


class Client(Stream):
    """``ended`` is called once for each attempt or connection that is over. Nothing comes back by itself.

    ``places``: knows where the domain's servers are, and which of them failed. ``message`` is given messages,
    ``owed`` says for how many seconds the server's word is waited for, None if it is not.
    """

    def __init__(
        self, credentials: Credentials, ended: Callable[[Trouble], None], places: Places | None = None
    ) -> None:
        jid = credentials.address + (f"/{credentials.device}" if credentials.device else "")
        # slixmpp makes one of its own otherwise, which takes as long.
        super().__init__(jid, credentials.secret, ssl_context=tls(credentials.authority))
        self.credentials_given = credentials
        self.enable_plaintext = False
        self._places = Places() if places is None else places
        self._place: Place | None = None
        self.whitespace_keepalive = False
        self.trouble: Trouble | None = None
        #: All that a session begins with is done; half of it could not be made up for later.
        self.prepared = False
        self.heard: Callable[[], None] = lambda: None
        self.message: Callable[[ET.Element], None] = lambda _xml: None
        self.owed: Callable[[], float | None] = lambda: 0.0
        self.waiting_queue = self._waiting = _Waiting()
        #: What was said in this turn of the loop; it leaves in one piece.
        self._said: list[bytes] = []
        #: Until the server's own question is answered, and until it may be asked again.
        self._answering: asyncio.TimerHandle | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._asks_again = False
        #: May somebody (by bare address) know that we are there?
        self.shown_to: Callable[[str], bool] = lambda _address: False
        self._ended = ended
        self._over = True
        self._securing = False
        self.plugin["feature_mechanisms"].use_mechs = set(SCRAM)
        for name in _OURS:
            self.remove_handler(name)
        for plugin in _PLUGINS:
            self.register_plugin(plugin)
        for name in _UNWANTED:
            self.remove_handler(name)
        self.del_event_handler("entity_caps", self.plugin["xep_0115"]._process_caps)
        self.add_filter("in", self._admit)
        self._managing: Any = self.plugin["xep_0198"]
        self._managing.window = self._managing.window_counter = WINDOW
        self.plugin["xep_0092"].software_name = "Ringback"
        self.plugin["xep_0092"].version = __version__
        self.plugin["xep_0115"].caps_node = names.CAPS_NODE
        self.listen("errors of the stream", MatchXPath(f"{{{self.stream_ns}}}error"), self._stream_error)
        self.listen("features", MatchXPath(f"{{{self.stream_ns}}}features"), self._look_at_features)
        for event, handler in (
            ("failed_auth", self._auth_failed),
            ("failed_all_auth", self._no_auth),
            ("ssl_invalid_chain", self._tls_failed),
            ("sm_enabled", self._unprepared),
            ("session_start", self._let_in),
            ("session_resumed", self._let_in),
            ("disconnected", self._disconnected),
        ):
            self.add_event_handler(event, handler)

    # Attempts -----------------------------------------------------------------------------------------------

    def go(self) -> None:
        """Connect, or resume what was cut."""
        self.trouble, self._over = None, False
        self._said.clear()
        self._stop_waiting()
        self.connect()

    async def _connect_loop(self) -> Any:
        """Try one place after the other; the first that takes a connection is it."""
        domain = self.boundjid.host
        try:
            server = self.credentials_given.server
            direct = self.credentials_given.direct_tls
            places = await self._places.of(domain) if server is None else [Place(*server, direct)]
            troubles = []
            for place in places:
                trouble = await self._try(place)
                if trouble is None:
                    return
                troubles.append(trouble)
            # What is wrong with a certificate says more than what does not answer.
            self.trouble = next((one for one in troubles if one.telling), troubles[0])
        except NoPlaceError as error:
            self.trouble = Trouble(str(error))
        except Exception as error:  # noqa: BLE001 - what it is must not keep the account waiting for ever
            self.exception(error)
        self._current_connection_attempt = None
        self._end()

    async def _try(self, place: Place) -> Trouble | None:
        """Connect; gives what is in the way. The domain's name is what a certificate must hold."""
        domain = self.boundjid.host
        secure = tls(self.credentials_given.authority, direct=True) if place.direct else None
        self._place, self.event_when_connected = place, "connected"
        try:
            async with asyncio.timeout(CONNECTING):
                await self.loop.create_connection(
                    lambda: self,
                    place.host,
                    place.port,
                    ssl=secure,
                    server_hostname=domain if place.direct else None,
                    happy_eyeballs_delay=0.25,
                )
        except OSError as error:
            self._places.failed(place)
            return connection_trouble(error, place, domain)
        return None

    def _let_in(self, _event: object) -> None:
        self._places.worked()
        self._place = None

    def _unprepared(self, _event: object) -> None:
        self.prepared = False

    @property
    def resumable(self) -> bool:
        """The server keeps what it sends for us until we are back, and we know what went before that."""
        return self.prepared and bool(self._managing.sm_id)

    def give_up(self, trouble: Trouble) -> None:
        """This connection is no good any more."""
        self.trouble = self.trouble or trouble
        self.forget_unread()
        if self.transport is not None:
            self.abort()
        else:
            self.cancel_connection_attempt()
            self._end()

    def leave(self) -> None:
        """Say goodbye and forget everything; nothing is called any more."""
        self._over = True
        self.forget_unread()
        self._ended = lambda _trouble: None
        self.cancel_connection_attempt()
        if self.transport is not None and not self.transport.is_closing():
            if self.sessionstarted:
                if self._managing.enabled_in:
                    self._answer()
                self.send_raw("<presence type='unavailable'/>")
            self.send_raw(self.stream_footer)
            self._flush()
            self.transport.close()
        self.forget()

    def forget(self) -> None:
        """It is not used any more: end what slixmpp has running."""
        if self._run_out_filters is not None:
            self._run_out_filters.cancel()
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        for timer in (self._answering, self._pause):
            if timer is not None:
                timer.cancel()
        self._answering = self._pause = None

    def _end(self) -> None:
        if not self._over:
            self._over = True
            if self._place is not None:
                self._places.failed(self._place)
            self._ended(self.trouble or Trouble(f"the connection to {self.boundjid.host} was lost"))

    def _disconnected(self, _reason: object) -> None:
        if not self._securing:
            self._end()

    async def start_tls(self) -> bool:
        """A handshake that fails ends the connection before it says why."""
        self._securing = True
        try:
            return await super().start_tls()
        finally:
            self._securing = False
            if self.transport is None:
                self._end()

    # What may go wrong --------------------------------------------------------------------------------------

    def _tls_failed(self, error: ssl.SSLError) -> None:
        self.give_up(certificate_trouble(error, self.boundjid.host))

    def _auth_failed(self, failure: Any) -> None:
        condition, text = failure["condition"], failure["text"]
        own, home = self.credentials_given.address, self.boundjid.host
        if condition == "temporary-auth-failure":
            self.trouble = Trouble(f"{home} cannot check the password now")
        elif condition in ("account-disabled", "credentials-expired"):
            self.trouble = Trouble(f"{home} does not let {own} in: {text or condition}", lasting=True)
        else:
            self.trouble = Trouble(
                f"{home} does not know {own} with this password; 'ringback login {own}' takes another",
                lasting=True,
            )
        # Guessing goes on with every other mechanism otherwise.
        self.plugin["feature_mechanisms"].attempted_mechs |= SCRAM

    def _no_auth(self, _nothing: object) -> None:
        home = self.boundjid.host
        self.give_up(
            Trouble(f"{home} offers no way to log in that keeps the password safe (SCRAM)", lasting=True)
            if self.encrypted
            else Trouble(f"{home} offers no TLS")
        )

    def _look_at_features(self, features: Any) -> None:
        if not self.encrypted and features.xml.find("{urn:ietf:params:xml:ns:xmpp-tls}starttls") is None:
            self.give_up(Trouble(f"{self.boundjid.host} offers no TLS"))

    def _stream_error(self, error: Any) -> None:
        condition, text = error["condition"], error["text"]
        home = self.boundjid.host
        told = f": {text}" if text else ""
        # ejabberd says the same to who is thrown out with the account; the next attempt finds that out.
        if condition == "conflict" and "removed" not in text.lower():
            condition = "replaced"
        self.trouble = {
            # Anybody on the way may say what is not under TLS.
            "replaced": Trouble(
                "somebody else connected under the name of this device", lasting=self.encrypted
            ),
            "host-unknown": Trouble(f"this server does not serve {home}"),
            "policy-violation": Trouble(f"{home} ended the connection because of its policy{told}"),
            "system-shutdown": Trouble(f"{home} is shut down"),
        }.get(condition, Trouble(f"{home} ended the connection: {condition}{told}"))
        if condition in ("replaced", "conflict", "policy-violation"):
            # What is resumed would be the same again.
            self._managing.sm_id = None

    def exception(self, exception: Exception) -> None:
        """A fault of ours, or of slixmpp; nobody else is told."""
        _LOG.error("unexpected error", exc_info=exception)

    def listen(self, name: str, match: MatcherBase, heard: Callable[[Any], None]) -> None:
        """Have ``heard`` called with stanzas; its faults must not be answered to whoever caused them."""

        def guarded(stanza: Any) -> None:
            try:
                heard(stanza)
            except Exception as error:  # noqa: BLE001 - one bad stanza must not end the account
                self.exception(error)

        self.register_handler(Callback(name, match, guarded))

    # Bounds -------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes | str) -> None:
        """Something came."""
        self.heard()
        super().data_received(data)

    def refuse(self, why: str) -> None:
        """The server said what cannot be taken; what is resumed would be the same again."""
        self.plugin["xep_0198"].sm_id = None
        self.give_up(Trouble(f"{self.boundjid.host} {why}"))

    def _admit(self, stanza: Any) -> Any:
        """What comes from no address is nothing.

        Questions of those who may not know that we are there are answered as if we were not.
        """
        xml: ET.Element = stanza.xml
        sender = xml.get("from", "")
        try:
            address = bare(sender) if sender else self.boundjid.bare
        except NoAddressError:
            return None
        asks = xml.tag == names.tag(names.CLIENT, "iq") and xml.get("type") == "get"
        if not asks or address in (self.boundjid.bare, self.boundjid.host) or self.shown_to(address):
            return stanza
        refusal = names.element(names.CLIENT, "iq", to=sender, id=xml.get("id", ""), type="error")
        error = names.within(refusal, names.CLIENT, "error", type="cancel")
        names.within(error, names.STANZAS, "service-unavailable")
        self.send(self.Iq(xml=refusal))
        return None

    def _spawn_event(self, xml: ET.Element) -> None:
        if xml.tag == _REQUEST:
            self._answer()
        elif xml.tag == _ACKNOWLEDGEMENT:
            self._managing._handle_ack(Ack(self, xml))
        elif xml.tag == _MESSAGE:
            # Nobody else wants them, and there may be thousands; slixmpp would try a dozen matches on each.
            if self._managing.enabled_in:
                self._managing.handled = (self._managing.handled + 1) % MAX_SEQ
            try:
                self.message(xml)
            except Exception as error:  # noqa: BLE001 - one bad stanza must not end the account
                self.exception(error)
        else:
            super()._spawn_event(xml)

    # What is said -------------------------------------------------------------------------------------------

    def say(self, message: ET.Element) -> None:
        """Send a message behind everything that was sent before.

        slixmpp sends in a task of its own, a turn of the loop later; that is needed only if it is busy.
        """
        if not self._free:
            self.send(self.Message(xml=message))
            return
        said = Said(names.written(message))
        said.ident = message.get("id", "")
        managing = self._managing
        if managing.enabled_out:
            # As its own filter does.
            managing.seq = (managing.seq + 1) % MAX_SEQ
            managing.unacked_queue.append((managing.seq, said))
        self.send_raw(said)
        if len(managing.unacked_queue) > WINDOW:
            self.ask_soon()

    @property
    def unacknowledged(self) -> set[str]:
        """Ids of what slixmpp says again when the session goes on."""
        return {
            stanza.ident if isinstance(stanza, Said) else stanza["id"]
            for _, stanza in self._managing.unacked_queue
        }

    @property
    def _free(self) -> bool:
        """Would something that is written now keep its place behind what slixmpp has to send?"""
        return self._session_started and self._waiting.idle and self.transport is not None

    def send_raw(self, data: str | bytes) -> None:
        """Send text; what is said in one turn of the loop goes out as one piece."""
        if not self._session_started or self.transport is None:
            self._flush()
            super().send_raw(data)
            return
        if not self._said:
            self.loop.call_soon(self._flush)
        self._said.append(data.encode() if isinstance(data, str) else data)

    def _answer(self) -> None:
        """The server asks what we have got; that goes with what is said next, or a moment later by itself."""
        if self._answering is None:
            self._answering = self.loop.call_later(ASK, self._flush)

    def _flush(self) -> None:
        if self._answering is not None:
            self._answering.cancel()
            self._answering = None
            # In front, since nothing may follow the end of the stream.
            self._said.insert(0, f"<a xmlns='{names.SM}' h='{self._managing.handled}'/>".encode())
        data = b"".join(self._said)
        self._said.clear()
        if data and self.transport is not None:
            self.transport.write(data)

    @property
    def managed(self) -> bool:
        """The server says what it has got of what we sent (stream management)."""
        return "stream_management" in self.features

    def ask_for_acknowledgement(self) -> None:
        """Have the server say what it has got, behind everything that was said before."""
        if self.managed:
            (self.send_raw if self._free else self.send)(f"<r xmlns='{names.SM}'/>")
        else:
            self.request("get", names.element("urn:xmpp:ping", "ping")).add_done_callback(_settled)

    def ask_soon(self) -> None:
        """The same at once, or once something waits for a moment if it was asked just now.

        Much is often confirmed by others meanwhile, and then it is not asked at all.
        """
        if self._pause is not None:
            self._asks_again = True
        elif self.transport is not None:
            self._pause = self.loop.call_later(ASK, self._ask_again)
            self.ask_for_acknowledgement()

    def _ask_again(self) -> None:
        self._pause = None
        if not self._asks_again:
            return
        owed = self.owed()
        if (owed is not None and owed >= ASK) or len(self._managing.unacked_queue) > WINDOW:
            self._asks_again = False
            self.ask_soon()
        else:
            # As long as all are quick to confirm, they are not asked.
            self._asks_again = owed is not None
            self._pause = self.loop.call_later(ASK - (owed or 0.0), self._ask_again)

    def request(self, kind: str, payload: ET.Element, to: str = "") -> Any:
        """A question (``get``) or an order (``set``); gives a future of the answer."""
        iq = self.make_iq(itype="get" if kind == "get" else "set", ito=to or None)
        iq.append(payload)
        return iq.send(timeout=PATIENCE)  # type: ignore[no-untyped-call]


def _settled(answer: Any) -> None:
    """Whatever the answer is, it is one."""
    if not answer.cancelled():
        answer.exception()
