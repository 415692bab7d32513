"""What Prosody and ejabberd have in common for the tests."""

from __future__ import annotations

from pathlib import Path

from servers.authority import Authority
from servers.process import Server
from servers.relay import Relay


class XmppServer(Server):
    """A server for one domain: for clients at ``port``, for other servers at ``server_port``.

    hibernation: seconds for which a lost connection can be resumed. relay: it tells clients of it (XEP-0215).
    known: the other servers, of other domains, that it may speak to. direct: it also speaks TLS from the
    first byte, at ``direct_port``.
    """

    def __init__(
        self,
        folder: Path,
        domain: str,
        authority: Authority,
        *,
        hibernation: int = 600,
        relay: Relay | None = None,
        direct: bool = False,
    ) -> None:
        super().__init__(folder, domain, 5222, 5269, *([5223] if direct else []))
        self.domain, self.authority = domain, authority
        self.hibernation, self.relay = hibernation, relay
        self.port, self.server_port = self.ports[:2]
        self.direct_port = self.ports[2] if direct else None
        self.known: list[XmppServer] = []
        #: What it offers to clients when it is started.
        self.tls, self.scram = True, True
        #: Seconds of silence after which it asks whether somebody is there, and then gives them up.
        self.patience = 840
        authority.issue(folder / "certificates", domain)
