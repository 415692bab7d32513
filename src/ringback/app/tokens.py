"""Access tokens: who has an account's token may attach to it over TCP and WebSocket (design §4).

A token is made once and lies in the account's folder, for the user alone. Deleting the file is how it is
changed: a new one is made at the next look, and whoever came in with the old one is sent away.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from pathlib import Path
from typing import Final

from ringback.app.files import replace
from ringback.session.link import Door

_LOG: Final = logging.getLogger(__name__)
#: Random bytes of a token that we make, and the fewest digits of one that a user wrote.
BYTES: Final = 32
FEWEST_DIGITS: Final = 32
_DIGITS: Final = frozenset("0123456789abcdef")


class Tokens:
    """The tokens of the accounts that run here."""

    def __init__(self) -> None:
        self._doors: dict[Path, Door] = {}
        self._complained: set[Path] = set()

    def add(self, path: Path, door: Door) -> None:
        """An account; its token is made if there is none. Raises OSError, ValueError."""
        if not stored(path):
            _make(path)
        _keep_private(path)
        self._doors[path] = door

    def door(self, token: str) -> Door | None:
        """The account that a token is of. How long it takes says nothing about how near it was."""
        given = token.lower().encode("utf-8", "replace")
        found = None
        for path, door in self._doors.items():
            real = self._token(path)
            if hmac.compare_digest(given, real.encode()) and real:
                found = door
        return found

    def _token(self, path: Path) -> str:
        """Empty if there is none that can be used."""
        try:
            token = stored(path)
            if token:
                _keep_private(path)
            else:
                token = _make(path)
                _LOG.info("token: made %s anew", path)
        except (OSError, ValueError) as error:
            if path not in self._complained:
                _LOG.error("token: %s cannot be used, nobody can attach with it: %s", path, error)
            self._complained.add(path)
            return ""
        self._complained.discard(path)
        return token


def stored(path: Path) -> str:
    """The token in a file, empty if there is none. Raises OSError, or ValueError for one that is no token."""
    try:
        token = path.read_text(encoding="ascii").strip().lower()
    except FileNotFoundError:
        return ""
    if token and (len(token) < FEWEST_DIGITS or not set(token) <= _DIGITS):
        raise ValueError(f"not {FEWEST_DIGITS} or more hexadecimal digits; delete it for a new one")
    return token


def _keep_private(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        _LOG.warning("token: others could read %s; delete it if they should not attach", path)
        path.chmod(0o600)


def _make(path: Path) -> str:
    token = secrets.token_hex(BYTES)
    replace(path, f"{token}\n".encode())
    return token
