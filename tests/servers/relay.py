"""coturn, the relay through which calls find their way out of a house."""

from __future__ import annotations

from pathlib import Path

from servers.process import Server


class Relay(Server):
    """A relay for whoever shows what an XMPP server made of the ``secret`` that both know.

    It also relays between addresses of loopback, which coturn otherwise refuses.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "relay", 3478)
        (self.port,) = self.ports
        self.secret = "of the tests"

    def command(self) -> list[str]:
        config = self.folder / "turnserver.conf"
        config.write_text(
            f"listening-ip={self.address}\nlistening-port={self.port}\nrelay-ip={self.address}\n"
            f"realm=relay.test\nuse-auth-secret\nstatic-auth-secret={self.secret}\nuserdb={self.folder}/users\n"
            f"pidfile={self.folder}/pid\nlog-file=stdout\nno-rfc5780\nno-tls\nno-dtls\nno-cli\n"
            "allow-loopback-peers\n"
        )
        return ["turnserver", "-c", str(config)]
