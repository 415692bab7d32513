"""ejabberd 23.01 as the tests want it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from servers.authority import Authority
from servers.xmpp_server import XmppServer

SCHEMA = Path("/usr/share/ejabberd/sql/lite.sql")
#: One scheduler that does not spin: with other work on the machine, several wait for each other for seconds.
MODEST = ["+S", "1:1", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"]
RELAY = """
  mod_stun_disco:
    offer_local_services: false
    secret: "{0.secret}"
    services:
      - {{host: "{0.address}", port: {0.port}, type: stun, transport: udp, restricted: false}}
      - {{host: "{0.address}", port: {0.port}, type: turn, transport: udp, restricted: true}}
"""
SQLITE = """
auth_method: sql
default_db: sql
sql_type: sqlite
sql_database: "{0}/archive.sqlite"
"""
DIRECT = """
  - {{port: {0.direct_port}, ip: "{0.address}", module: ejabberd_c2s, tls: true, max_stanza_size: 4194304}}
"""
CONFIG = """
hosts: ["{domain}"]
loglevel: info
certfiles: ["{folder}/certificates/*.pem"]
ca_file: "{root}"
listen:
  - {{port: {port}, ip: "{address}", module: ejabberd_c2s, starttls_required: true, max_stanza_size: 4194304}}
{direct}
  - {{port: {server_port}, ip: "{address}", module: ejabberd_s2s_in, max_stanza_size: 4194304}}
s2s_use_starttls: required
outgoing_s2s_port: {other_port}
outgoing_s2s_families: [ipv4]
{storage}
auth_password_format: scram
disable_sasl_mechanisms: [plain, digest-md5, x-oauth2]
registration_timeout: infinity
acl:
  local:
    user_regexp: ""
access_rules:
  everybody:
    allow: all
  local:
    allow: local
modules:
  mod_adhoc: {{}}
  mod_blocking: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_client_state: {{}}
  mod_disco: {{}}
  mod_last: {{}}
  mod_mam:
    default: always
  mod_offline:
    access_max_user_messages: []
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_private: {{}}
  mod_pubsub:
    access_createnode: everybody
    plugins: [flat, pep]
  mod_register:
    access: everybody
    welcome_message: {{}}
  mod_roster:
    versioning: true
  mod_s2s_dialback: {{}}
  mod_stream_mgmt:
    resume_timeout: {hibernation}
    resend_on_timeout: true
{relay}
  mod_time: {{}}
  mod_vcard:
    search: true
  mod_version: {{}}
"""


class Ejabberd(XmppServer):
    """An ejabberd for one domain. Of ``known`` it finds only servers at one port, that of the first.

    It is one node that nobody else can join: no name, no port mapper.
    """

    def __init__(self, folder: Path, domain: str, authority: Authority, **more: Any) -> None:
        super().__init__(folder, domain, authority, **more)
        certificates = folder / "certificates"
        pem = certificates / f"{domain}.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(
            (certificates / f"{domain}.crt").read_bytes() + (certificates / f"{domain}.key").read_bytes()
        )
        with contextlib.closing(sqlite3.connect(folder / "archive.sqlite")) as db:
            db.executescript(SCHEMA.read_text())

    def storage(self) -> str:
        """Where it keeps things."""
        return SQLITE.format(self.folder)

    def environment(self) -> dict[str, str]:
        library = next(Path("/usr/lib").glob("*/ejabberd-*"))
        return {
            "HOME": str(self.folder),
            "EJABBERD_CONFIG_PATH": str(self.folder / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
            "ERL_LIBS": str(library.parent),
            "ERL_INETRC": str(self.folder / "inetrc"),
            "LD_PRELOAD": "libnss_wrapper.so",
            "NSS_WRAPPER_HOSTS": str(self.folder / "hosts"),
            "ERL_CRASH_DUMP_BYTES": "0",
        }

    def command(self) -> list[str]:
        (self.folder / "ejabberd.yml").write_text(
            CONFIG.format(
                folder=self.folder,
                storage=self.storage().strip("\n"),
                address=self.address,
                port=self.port,
                direct=DIRECT.format(self).strip("\n") if self.direct_port else "",
                server_port=self.server_port,
                other_port=self.known[0].server_port if self.known else 5269,
                root=self.authority.root,
                domain=self.domain,
                hibernation=self.hibernation,
                relay=RELAY.format(self.relay).strip("\n") if self.relay else "",
            )
        )
        # It asks no name server (Erlang's part) and knows only these names (the C library's part).
        (self.folder / "inetrc").write_text("{lookup,[file]}.\n")
        hosts = "".join(f"{other.address} {other.domain}\n" for other in self.known)
        (self.folder / "hosts").write_text(hosts)
        database = json.dumps(str(self.folder / "mnesia"))
        return ["erl", "-noinput", *MODEST, "-mnesia", "dir", database, "-s", "ejabberd"]
