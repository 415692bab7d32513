"""Make accounts by in-band registration (XEP-0077), in plain blocking Python."""

from __future__ import annotations

import socket
import ssl
from xml.sax.saxutils import escape

from servers.xmpp_server import XmppServer


def register(server: XmppServer, name: str, password: str) -> None:
    """Register ``name``, over TLS with a certificate that is verified."""
    with socket.create_connection((server.address, server.port), 20) as plain:
        _open(plain, server.domain)
        plain.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        _read(plain, "<proceed")
        context = ssl.create_default_context(cafile=server.authority.root)
        with context.wrap_socket(plain, server_hostname=server.domain) as stream:
            _open(stream, server.domain)
            form = f"<username>{escape(name)}</username><password>{escape(password)}</password>"
            stream.sendall(
                f"<iq type='set' id='r'><query xmlns='jabber:iq:register'>{form}</query></iq>".encode()
            )
            answer = _read(stream, "<iq")
            assert "type='result'" in answer.replace('"', "'"), answer
            stream.sendall(b"</stream:stream>")


def _open(stream: socket.socket, domain: str) -> None:
    head = f"<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' xmlns='jabber:client'"
    stream.sendall(f"{head} xmlns:stream='http://etherx.jabber.org/streams'>".encode())
    _read(stream, "</stream:features>")


def _read(stream: socket.socket, wanted: str) -> str:
    """What comes, until it holds ``wanted`` and a tag is closed."""
    came = ""
    while wanted not in came or not came.endswith(">"):
        data = stream.recv(65536)
        assert data, f"the server ended the stream after {came!r}"
        came += data.decode()
    return came
