"""Prosody 0.12 as the tests want it."""

from __future__ import annotations

from pathlib import Path

from servers.xmpp_server import XmppServer

PLUGINS = Path(__file__).parent / "plugins"
#: mod_limits is left out: it gives a client 10 kB a second even with an empty table.
MODULES = """
blocklist c2s carbons csi csi_simple dialback disco known_hosts lastactivity mam offline pep ping
posix private register roster s2s s2s_auth_certs saslauth smacks time tls uptime vcard4 vcard_legacy
version
"""
RELAY = """
turn_external_host = "{0.address}"
turn_external_port = {0.port}
turn_external_secret = "{0.secret}"
"""
CONFIG = """
run_as_root = true
log = {{ info = "*console" }}
data_path = "{folder}/data"
plugin_paths = {{ "{plugins}" }}
modules_enabled = {{ {modules} }}
modules_disabled = {{ "s2s_bidi" }}
interfaces = {{ "{address}" }}
local_interfaces = {{ "{address}" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {direct_port} }}
s2s_ports = {{ {server_port} }}
c2s_require_encryption = {tls}
s2s_require_encryption = true
s2s_secure_auth = true
known_hosts = {{ {known} }}
certificates = "{folder}/certificates"
ssl = {{ cafile = "{root}"; capath = "" }}
authentication = "internal_hashed"
disable_sasl_mechanisms = {{ {refused} }}
allow_registration = true
network_settings = {{ nagle = false; read_timeout = {patience} }}
archive_expires_after = "never"
default_archive_policy = true
storage_archive_item_limit = 100000
smacks_hibernation_time = {hibernation}
{relay}
VirtualHost "{domain}"
"""


class Prosody(XmppServer):
    """A Prosody for one domain."""

    def command(self) -> list[str]:
        config = self.folder / "prosody.cfg.lua"
        (self.folder / "data").mkdir(exist_ok=True)
        modules = MODULES.split() + (["turn_external"] if self.relay else [])
        if not self.tls:
            modules.remove("tls")
        refused = ("PLAIN", "DIGEST-MD5") if self.scram else ("SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5")
        config.write_text(
            CONFIG.format(
                folder=self.folder,
                plugins=PLUGINS,
                modules=" ".join(f'"{name}";' for name in modules),
                patience=self.patience,
                tls="true" if self.tls else "false",
                refused=" ".join(f'"{name}";' for name in refused),
                address=self.address,
                port=self.port,
                direct_port=self.direct_port or "",
                server_port=self.server_port,
                known=" ".join(
                    f'["{other.domain}"] = {{ "{other.address}", {other.server_port} }};'
                    for other in self.known
                ),
                root=self.authority.root,
                domain=self.domain,
                hibernation=self.hibernation,
                relay=RELAY.format(self.relay) if self.relay else "",
            )
        )
        return ["prosody", "-F", "--config", str(config)]
