"""One connection to a server, as strict as it has to be: verified TLS, SCRAM, bounded input (``stream``).

slixmpp does the stream. What it would decide by itself (whom to authorize, whom to follow elsewhere, whom to
ask what they can do, when to try again) is taken out of its hands here.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.matcher.base import MatcherBase

from ringback import __version__
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import NoAddressError, bare
from ringback.network.xmpp.stream import Stream

_LOG: Final = logging.getLogger(__name__)
# Its log holds what people say, and passwords; what goes wrong is told here.
logging.getLogger("slixmpp").setLevel(logging.CRITICAL + 1)
#: Ways to log in that neither give the password away nor take the server's word for who it is.
SCRAM: Final = frozenset(
    {f"SCRAM-SHA-{kind}{plus}" for kind in ("1", "256", "512") for plus in ("", "-PLUS")} - {"SCRAM-SHA-"}
)
#: Seconds that a server has for an answer.
PATIENCE: Final = 30
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
    """Why there is no connection. ``lasting``: trying again by itself would not help, or would harm."""

    why: str
    lasting: bool = False


def tls(authority: Path | None) -> ssl.SSLContext:
    """Certificates and names are always checked. Raises OSError if the file cannot be used."""
    context = ssl.create_default_context(cafile=None if authority is None else str(authority))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def certificate_trouble(error: ssl.SSLError, domain: str) -> Trouble:
    """What is wrong with a certificate, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(f"the certificate of {domain} is not valid: {error.verify_message}")
    return Trouble(f"no TLS with {domain}: {error.reason or error}")


class Client(Stream):
    """``ended`` is called once for each attempt or connection that is over. Nothing comes back by itself."""

    def __init__(self, credentials: Credentials, ended: Callable[[Trouble], None]) -> None:
        jid = credentials.address + (f"/{credentials.device}" if credentials.device else "")
        super().__init__(jid, credentials.secret)
        self.credentials_given = credentials
        self.ssl_context = tls(credentials.authority)
        self.enable_plaintext = False
        self.enable_direct_tls = credentials.server is None or credentials.direct_tls
        self.enable_starttls = credentials.server is None or not credentials.direct_tls
        self.whitespace_keepalive = False
        self.trouble: Trouble | None = None
        self.heard: Callable[[], None] = lambda: None
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
        self.add_filter("in", self._admit)
        self.plugin["xep_0092"].software_name = "Ringback"
        self.plugin["xep_0092"].version = __version__
        self.plugin["xep_0115"].caps_node = "https://ringback.example/"
        self.listen("errors of the stream", MatchXPath(f"{{{self.stream_ns}}}error"), self._stream_error)
        self.listen("features", MatchXPath(f"{{{self.stream_ns}}}features"), self._look_at_features)
        for event, handler in (
            ("failed_auth", self._auth_failed),
            ("failed_all_auth", self._no_auth),
            ("ssl_invalid_chain", self._tls_failed),
            ("connection_failed", self._not_connected),
            ("disconnected", self._disconnected),
        ):
            self.add_event_handler(event, handler)

    # Attempts -----------------------------------------------------------------------------------------------

    def go(self) -> None:
        """Connect, or resume what was cut."""
        self.trouble, self._over = None, False
        host, port = self.credentials_given.server or (None, None)
        self.connect(host, port)

    @property
    def resumable(self) -> bool:
        """The server keeps what it sends for us until we are back."""
        return bool(self.plugin["xep_0198"].sm_id)

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
        self._ended = lambda _trouble: None
        self.cancel_connection_attempt()
        if self.transport is not None and not self.transport.is_closing():
            if self.sessionstarted:
                if self.plugin["xep_0198"].enabled_in:
                    self.plugin["xep_0198"].send_ack()  # type: ignore[no-untyped-call]
                self.send_raw("<presence type='unavailable'/>")
            self.send_raw(self.stream_footer)
            self.transport.close()
        self.forget()

    def forget(self) -> None:
        """It is not used any more: end what slixmpp has running."""
        if self._run_out_filters is not None:
            self._run_out_filters.cancel()

    def reschedule_connection_attempt(self) -> Any:
        """No host took us; when it is tried again is not slixmpp's to say."""
        self._current_connection_attempt = None
        self._end()

    def _end(self) -> None:
        if not self._over:
            self._over = True
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

    def _not_connected(self, error: object) -> None:
        domain = self.credentials_given.address.partition("@")[2]
        where = (
            domain
            if self.credentials_given.server is None
            else ":".join(map(str, self.credentials_given.server))
        )
        if isinstance(error, ssl.SSLError):
            self.trouble = certificate_trouble(error, domain)
        elif isinstance(error, socket.gaierror) or not isinstance(error, OSError):
            self.trouble = Trouble(f"there is no server {where}")
        else:
            self.trouble = Trouble(f"no connection to {where}: {error.strerror or error}")

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
            else Trouble(f"{home} offers no TLS", lasting=True)
        )

    def _look_at_features(self, features: Any) -> None:
        if not self.encrypted and features.xml.find("{urn:ietf:params:xml:ns:xmpp-tls}starttls") is None:
            self.give_up(Trouble(f"{self.boundjid.host} offers no TLS", lasting=True))

    def _stream_error(self, error: Any) -> None:
        condition, text = error["condition"], error["text"]
        home = self.boundjid.host
        told = f": {text}" if text else ""
        self.trouble = {
            "conflict": Trouble("somebody else connected under the name of this device", lasting=True),
            "host-unknown": Trouble(f"this server does not serve {home}", lasting=True),
            "policy-violation": Trouble(f"{home} ended the connection because of its policy{told}"),
            "system-shutdown": Trouble(f"{home} is shut down"),
        }.get(condition, Trouble(f"{home} ended the connection: {condition}{told}"))
        if condition in ("conflict", "policy-violation"):
            # What is resumed would be the same again.
            self.plugin["xep_0198"].sm_id = None

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

    @property
    def managed(self) -> bool:
        """The server says what it has got of what we sent (stream management)."""
        return "stream_management" in self.features

    def ask_for_acknowledgement(self) -> None:
        """Have the server say what it has got, behind everything that was said before."""
        if self.managed:
            self.send(f"<r xmlns='{names.SM}'/>")
        else:
            self.request("get", names.element("urn:xmpp:ping", "ping")).add_done_callback(_settled)

    def request(self, kind: str, payload: ET.Element, to: str = "") -> Any:
        """A question (``get``) or an order (``set``); gives a future of the answer."""
        iq = self.make_iq(itype="get" if kind == "get" else "set", ito=to or None)
        iq.append(payload)
        return iq.send(timeout=PATIENCE)  # type: ignore[no-untyped-call]


def _settled(answer: Any) -> None:
    """Whatever the answer is, it is one."""
    if not answer.cancelled():
        answer.exception()
