"""Which network an account lives on, and the password that it needs there.

``<home>/<account>/network.toml`` says it; without one the network is the embedded one. The password is in
the keyring of the desktop, in a file of the user's, or in ``.password`` beside; others may not read those.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from ringback.app.files import replace
from ringback.app.home import CannotStartError, Home
from ringback.transport.ports import split

_FILE: Final = "network.toml"
#: Hidden, so that backups leave it out.
_PASSWORD: Final = ".password"
_SERVICE: Final = "ringback"


class NoPasswordError(CannotStartError):
    """The password cannot be had; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class XmppAccount:
    """What is kept of an account on XMPP. ``password``: ``keyring``, ``kept`` or the path of a file."""

    address: str
    server: str = ""
    direct_tls: bool = False
    authority: Path | None = None
    password: str = "keyring"

    @property
    def endpoint(self) -> tuple[str, int] | None:
        """Host and port, None to look them up. Raises ValueError."""
        if not self.server:
            return None
        host, port = split(self.server)
        if not host or not port:
            raise ValueError(f"{self.server!r} is no server")
        return host, port


def read(home: Home, account: str) -> XmppAccount | None:
    """How an account gets to its server; None for the embedded network. Raises CannotStartError."""
    path = home.folder(account) / _FILE
    try:
        told: dict[str, Any] = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
        return _account(told)
    except FileNotFoundError:
        return None
    except (OSError, TOMLKitError, KeyError, ValueError) as error:
        raise CannotStartError(
            f"{path} cannot be used: {error}. 'ringback login {account}' writes it anew."
        ) from None


def _account(told: dict[str, Any]) -> XmppAccount:
    if told.get("network") != "xmpp":
        raise ValueError("it names no network that there is")
    authority = told.get("authority")
    found = XmppAccount(
        str(told["address"]),
        str(told.get("server", "")),
        bool(told.get("direct_tls", False)),
        None if authority is None else Path(str(authority)),
        str(told.get("password", "keyring")),
    )
    found.endpoint  # noqa: B018 - it must be one
    return found


def write(home: Home, account: str, kept: XmppAccount) -> None:
    """Keep it. Raises OSError."""
    document = tomlkit.document()
    document["network"] = "xmpp"
    document["address"] = kept.address
    if kept.server:
        document["server"] = kept.server
    if kept.direct_tls:
        document["direct_tls"] = True
    if kept.authority is not None:
        document["authority"] = str(kept.authority)
    document["password"] = kept.password
    replace(home.account(account) / _FILE, tomlkit.dumps(document).encode())


def secret(home: Home, account: str, kept: XmppAccount) -> str:
    """The password. Raises NoPasswordError."""
    if kept.password == "keyring":
        return _from_keyring(kept.address)
    path = home.folder(account) / _PASSWORD if kept.password == "kept" else Path(kept.password)
    return from_file(path)


def from_file(path: Path) -> str:
    """The first line of a file that nobody else may read. Raises NoPasswordError."""
    try:
        with path.open(encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise NoPasswordError(f"others may read {path}: 'chmod 600 {path}'")
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise NoPasswordError(f"no password can be read from {path}: {error}") from None


def _from_keyring(address: str) -> str:
    import keyring  # noqa: PLC0415 - it looks for all keyrings that there are
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        found = keyring.get_password(_SERVICE, address)
    except KeyringError as error:
        raise NoPasswordError(f"the keyring does not open: {error}") from None
    if found is None:
        raise NoPasswordError(f"no password of {address} is in the keyring: 'ringback login {address}'")
    return found


def keep_secret(home: Home, account: str, address: str, password: str) -> str:
    """Keep a password in the keyring, or in a file if there is none; returns where (``password``)."""
    import keyring  # noqa: PLC0415
    from keyring.backends import fail, null  # noqa: PLC0415
    from keyring.errors import KeyringError  # noqa: PLC0415

    hidden = home.account(account) / _PASSWORD
    if not isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring):
        with contextlib.suppress(KeyringError):
            keyring.set_password(_SERVICE, address, password)
            hidden.unlink(missing_ok=True)
            return "keyring"
    replace(hidden, f"{password}\n".encode())
    hidden.chmod(0o600)
    return "kept"
