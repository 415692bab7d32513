"""What comes in on a connection: bounded, a portion at a time, and nothing that it must not be.

Theory. A server is believed in what it says of people, but not to be harmless, and before TLS anybody on the
way can speak for it. So the connection ends over what only a server can do: a document type (entities could
be blown up), a stanza that is larger than any, anything but the wish for TLS in the open. What a stranger may
bring about through an honest server must not end it: a stanza that is nested too deeply is taken without
what is in it, and a fault over one stanza is logged and forgotten. All accounts share a loop, so only a
portion is read in one go, and nothing more is let in while there is something to read.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from typing import Final, TypeAlias, cast
from xml.etree import ElementTree as ET

from slixmpp import ClientXMPP

from ringback.network.xmpp import names

#: Bytes of the largest stanza that is taken; servers allow their clients less.
LARGEST_STANZA: Final = 8 << 20
#: Elements of one; what servers let through of others holds at most half as many.
MOST_ELEMENTS: Final = 250_000
#: Levels below a stanza. Everything that walks through it is safe with so many, and nothing useful has more.
DEEPEST: Final = 100
#: Bytes that are read in one go: the work of some milliseconds.
PORTION: Final = 4 << 10
Events: TypeAlias = Iterator[tuple[str, ET.Element]]
_STREAM: Final = "http://etherx.jabber.org/streams"
_TLS: Final = "urn:ietf:params:xml:ns:xmpp-tls"
#: What may be said where everybody can hear and speak.
_IN_THE_OPEN: Final = frozenset(
    {
        *(names.tag(_STREAM, "features"), names.tag(_STREAM, "error")),
        *(names.tag(_TLS, "proceed"), names.tag(_TLS, "failure")),
    }
)


class Stream(ClientXMPP):
    """Reads stanzas and gives them to slixmpp; ``refuse`` is told why one cannot be taken."""

    def __init__(self, jid: str, secret: str, ssl_context: ssl.SSLContext | None = None) -> None:
        super().__init__(jid, secret, ssl_context=ssl_context)
        #: What came and is not read yet, and whether anything shall be.
        self._unread = bytearray()
        self._held = self._paused = False
        self._turn: asyncio.Handle | None = None
        #: What came before the first element, if that has not come; of the stanza that is coming: bytes,
        #: elements, whether it is too deep.
        self._head = b""
        self._size = self._elements = 0
        self._too_deep = False

    @property
    def encrypted(self) -> bool:
        """Under TLS."""
        return isinstance(self.socket, ssl.SSLSocket | ssl.SSLObject)

    def refuse(self, why: str) -> None:
        """The server said what cannot be taken."""
        raise NotImplementedError

    def exception(self, exception: Exception) -> None:
        """A fault over one stanza."""
        raise NotImplementedError

    # A portion at a time ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport, send_event: bool = True) -> None:
        """There is a connection, or it is under TLS now; what came before that was not said in it."""
        self.forget_unread()
        self._paused = False
        super().connection_made(transport, send_event)

    def init_parser(self) -> None:
        """A new stream begins."""
        super().init_parser()
        self._head = b""
        self._begin()

    def _begin(self) -> None:
        self._size = self._elements = 0
        self._too_deep = False

    def data_received(self, data: bytes | str) -> None:
        """Something came."""
        self._unread += data.encode() if isinstance(data, str) else data
        if self._turn is None:
            self._go_on()

    def hold(self, wanted: bool) -> None:
        """Read nothing more, or (False) go on."""
        self._held = wanted
        if not wanted and self._unread and self._turn is None:
            self._turn = self.loop.call_soon(self._go_on)
        self._pace()

    def _go_on(self) -> None:
        self._turn = None
        if not self._held:
            self._read(self._portion())
        if self._unread and not self._held:
            self._turn = self.loop.call_soon(self._go_on)
        self._pace()

    def _portion(self) -> bytes:
        portion = bytes(self._unread[:PORTION])
        del self._unread[:PORTION]
        return portion

    def _pace(self) -> None:
        """Let nothing more come in while there is something to read."""
        full = bool(self._unread) or self._held
        if full == self._paused or self.transport is None or self.transport.is_closing():
            return
        self._paused = full
        if full:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def connection_lost(self, exception: BaseException | None) -> None:
        """The last that came may say why."""
        while self._unread and not self._held:
            self._read(self._portion())
        self.forget_unread()
        self._held = False
        super().connection_lost(exception)

    def forget_unread(self) -> None:
        """Nothing more of this connection is of interest."""
        self._unread.clear()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    # What it must not be ------------------------------------------------------------------------------------

    def _read(self, portion: bytes) -> None:
        parser = self.parser
        if parser is None:
            return
        if self.xml_depth == 0:
            self._head += portion
            # Neither as it is nor in an encoding in which it would not be seen.
            if b"<!" in self._head or b"\0" in self._head:
                self.refuse("sent a document type")
                return
        self._size += len(portion)
        try:
            parser.feed(portion)
            for event, element in cast(Events, parser.read_events()):
                if event == "start":
                    self._opened(element)
                elif not self._closed(element) or self.parser is not parser:
                    return
        except ET.ParseError:
            self.refuse("sent what is no XML")
            return
        if self._size > LARGEST_STANZA or self._elements > MOST_ELEMENTS:
            self.refuse("sent more at once than anybody may")

    def _opened(self, element: ET.Element) -> None:
        if self.xml_depth == 0:
            self.xml_root = element
            self._head = b""
            self.start_stream_handler(element)  # type: ignore[no-untyped-call]
        self.xml_depth += 1
        self._elements += 1
        if self.xml_depth > DEEPEST:
            self._too_deep = True

    def _closed(self, element: ET.Element) -> bool:
        """False if there is nothing more to read."""
        self.xml_depth -= 1
        if self.xml_depth == 0:
            self.disconnect_reason = "End of stream"
            self.abort()
            return False
        if self.xml_depth == 1:
            if self._too_deep:
                _empty(element)
            self._begin()
            if not self.encrypted and element.tag not in _IN_THE_OPEN:
                self.refuse("spoke before TLS, or somebody in its name")
                return False
            try:
                self._spawn_event(element)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one stanza, others follow
                self.exception(error)
            if self.xml_root is not None:
                self.xml_root.clear()
        return True


def _empty(stanza: ET.Element) -> None:
    """Take out what is in it; of an answer only that it is none is left."""
    attributes = dict(stanza.attrib)
    stanza.clear()
    stanza.attrib.update(attributes)
    if stanza.tag == names.tag(names.CLIENT, "iq") and stanza.get("type") in ("result", "error"):
        stanza.set("type", "error")
        error = names.within(stanza, names.CLIENT, "error", type="cancel")
        names.within(error, names.STANZAS, "not-acceptable")
