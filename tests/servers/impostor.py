"""A server that lies: it lets one client in as any server would and then says whatever a test tells it.

Real servers filter what strangers send and keep to the rules themselves, so an attack that they would not
carry, or would make themselves only if somebody had taken them over, needs one that does. It is an attacker
and nothing else: no test takes its good behaviour for that of a server.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import secrets
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self
from xml.etree import ElementTree as ET

from servers.authority import Authority
from servers.process import own_address

HEAD = (
    "<?xml version='1.0'?><stream:stream from='{}' id='{}' version='1.0' xml:lang='en' "
    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
FEATURES = "<stream:features>{}</stream:features>"
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
SASL = (
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-256</mechanism></mechanisms>"
)
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
NOTHING = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
ITERATIONS = 4096
#: Longest wait for anything, seconds.
PATIENCE = 30.0

Answer = Callable[[ET.Element], str | None]


class Impostor:
    """Listens at ``address``, ``port`` for ``domain``. ``heard``: stanzas of the client, the latest last.

    roster: items that it lists. answers: what it says to requests (``iq``) instead of what it would, by the
    tag of their payload, None for silence. early: said in the open, before TLS.
    """

    def __init__(self, folder: Path, domain: str, authority: Authority, secret: str) -> None:
        self.domain, self.authority, self.secret = domain, authority, secret
        authority.issue(folder / "certificates", domain)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(
            folder / "certificates" / f"{domain}.crt", folder / "certificates" / f"{domain}.key"
        )
        self._listening = socket.create_server((own_address(), 0))
        self.address, self.port = self._listening.getsockname()
        self.roster = ""
        self.early = ""
        self.answers: dict[str, Answer] = {}
        self.heard: list[ET.Element] = []
        self.connections = 0
        #: What the client said before TLS.
        self.in_the_open: set[str] = set()
        self.jid = ""
        self._changed = threading.Condition()
        # A connection under TLS bears only one thread.
        self._one_at_a_time = threading.Lock()
        self._stream: ssl.SSLSocket | None = None
        self._over = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        # A listening socket that is only closed goes on waiting.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.drop()
        self._thread.join(PATIENCE)

    # What a test does ---------------------------------------------------------------------------------------

    def say(self, *stanzas: str | bytes) -> None:
        """Send these, as they are."""
        stream = self._stream
        assert stream is not None, "nobody is connected"
        data = b"".join(one.encode() if isinstance(one, str) else one for one in stanzas)
        with contextlib.suppress(OSError), self._one_at_a_time:
            stream.settimeout(PATIENCE)
            stream.sendall(data)

    def drop(self) -> None:
        """Cut the connection."""
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.shutdown(socket.SHUT_RDWR)

    def until(self, so: Callable[[ET.Element], bool], after: int = 0) -> ET.Element:
        """The first stanza of the client that is such, of those behind the first ``after``."""
        end = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                for stanza in self.heard[after:]:
                    if so(stanza):
                        return stanza
                assert self._changed.wait(end - time.monotonic()), "it is never said"

    def settle(self) -> None:
        """Wait until the client has taken all that was said: it answers a ping behind that."""
        ident = secrets.token_hex(4)
        self.say(f"<iq type='get' id='{ident}' from='{self.domain}'><ping xmlns='urn:xmpp:ping'/></iq>")
        self.until(lambda stanza: stanza.get("id") == ident)

    def wait_for_session(self, number: int = 1) -> None:
        """Wait until the client has made itself at home, for the so-manieth time."""
        end = time.monotonic() + PATIENCE
        with self._changed:
            while self.connections < number:
                assert self._changed.wait(end - time.monotonic()), "nobody comes"

    # What it does by itself ---------------------------------------------------------------------------------

    def _serve(self) -> None:
        while not self._over:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            with contextlib.suppress(OSError, ssl.SSLError, ConnectionError, ET.ParseError):
                self._admit(plain)
            plain.close()

    def _admit(self, plain: socket.socket) -> None:
        reader = _Reader(plain)
        reader.head()
        plain.sendall((HEAD.format(self.domain, "a") + self.early + FEATURES.format(STARTTLS)).encode())
        if (first := reader.stanza()) is None:
            return
        self.in_the_open.add(first.tag.rpartition("}")[2])
        plain.sendall(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        with self._tls.wrap_socket(plain, server_side=True) as stream:
            reader = _Reader(stream)
            reader.head()
            stream.sendall((HEAD.format(self.domain, "b") + FEATURES.format(SASL)).encode())
            self._check_password(reader, stream)
            reader = _Reader(stream)
            reader.head()
            stream.sendall((HEAD.format(self.domain, "c") + FEATURES.format(BIND)).encode())
            reader.receive, self._stream = self._receive, stream
            while (stanza := reader.stanza()) is not None:
                with self._changed:
                    self.heard.append(stanza)
                    self._changed.notify_all()
                self._answer(stanza)

    def _receive(self) -> bytes:
        """What comes next, without being in the way of whoever sends."""
        stream = self._stream
        assert stream is not None
        while True:
            with self._one_at_a_time, contextlib.suppress(ssl.SSLWantReadError):
                stream.settimeout(0)
                return stream.recv(65536)
            select.select([stream], [], [], 1)

    def _check_password(self, reader: _Reader, stream: ssl.SSLSocket) -> None:
        """The server's half of SCRAM (RFC 5802); whoever has the password is not asked for anything else."""
        begin = reader.stanza()
        assert begin is not None
        first = base64.b64decode(begin.text or "").decode().split(",", 2)[2]
        nonce = first.partition("r=")[2] + secrets.token_hex(8)
        salt = secrets.token_bytes(16)
        second = f"r={nonce},s={base64.b64encode(salt).decode()},i={ITERATIONS}"
        self._sasl(stream, "challenge", second)
        given = reader.stanza()
        assert given is not None
        last = base64.b64decode(given.text or "").decode().rpartition(",p=")[0]
        salted = hashlib.pbkdf2_hmac("sha256", self.secret.encode(), salt, ITERATIONS)
        key = hmac.digest(salted, b"Server Key", "sha256")
        proof = hmac.digest(key, f"{first},{second},{last}".encode(), "sha256")
        self._sasl(stream, "success", f"v={base64.b64encode(proof).decode()}")

    def _sasl(self, stream: ssl.SSLSocket, word: str, text: str) -> None:
        packed = base64.b64encode(text.encode()).decode()
        stream.sendall(f"<{word} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{packed}</{word}>".encode())

    def _answer(self, stanza: ET.Element) -> None:
        if stanza.tag.endswith("}presence") and stanza.get("type") is None and stanza.get("to") is None:
            with self._changed:
                self.connections += 1
                self._changed.notify_all()
        if not stanza.tag.endswith("}iq") or stanza.get("type") not in ("get", "set"):
            return
        payload = next(iter(stanza), None)
        tag = "" if payload is None else payload.tag
        answer = self.answers.get(tag, self._usual)(stanza)
        if answer is not None:
            to = f" from='{stanza.get('to')}'" if stanza.get("to") else ""
            kind = "error" if answer.startswith("<error") else "result"
            self.say(f"<iq type='{kind}' id='{stanza.get('id')}'{to}>{answer}</iq>")

    def _usual(self, stanza: ET.Element) -> str:
        match next(iter(stanza)).tag.removeprefix("{").split("}"):
            case [_, "bind"]:
                self.jid = f"alice@{self.domain}/{secrets.token_hex(4)}"
                return f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{self.jid}</jid></bind>"
            case ["jabber:iq:roster", _]:
                return f"<query xmlns='jabber:iq:roster'>{self.roster}</query>"
            case ["http://jabber.org/protocol/disco#info", _]:
                features = ("urn:xmpp:carbons:2", "urn:xmpp:mam:2")
                listed = "".join(f"<feature var='{feature}'/>" for feature in features)
                return f"<query xmlns='http://jabber.org/protocol/disco#info'>{listed}</query>"
            case ["urn:xmpp:mam:2", "metadata"]:
                return "<metadata xmlns='urn:xmpp:mam:2'/>"
            case ["urn:xmpp:mam:2", _]:
                return "<fin xmlns='urn:xmpp:mam:2' complete='true'/>"
            case ["urn:xmpp:carbons:2" | "urn:xmpp:ping" | "urn:xmpp:blocking" | "urn:xmpp:jingle:1", _]:
                return ""
            case _:
                return NOTHING


class _Reader:
    """Reads the client's stream, which is well-formed or ends the connection."""

    def __init__(self, stream: socket.socket) -> None:
        self.receive = lambda: stream.recv(65536)
        self._parser = ET.XMLPullParser(("start", "end"))
        self._depth = 0
        self._ready: list[ET.Element] = []
        self._open = False

    def _more(self) -> bool:
        data = self.receive()
        if not data:
            return False
        self._parser.feed(data)
        for event, element in self._parser.read_events():
            if event == "start":
                self._open = True
                self._depth += 1
            else:
                self._depth -= 1
                if self._depth == 1:
                    self._ready.append(element)
        return True

    def head(self) -> None:
        while not self._open:
            if not self._more():
                raise ConnectionError

    def stanza(self) -> ET.Element | None:
        while not self._ready:
            if not self._more():
                return None
        return self._ready.pop(0)
