"""Addresses of XMPP as handles, and back: a handle is the local part at home, else the whole address.

Both ways are computed, so nothing needs keeping: what a handle cannot hold, or would be folded into something
else, is written as ``%`` and the hex digits of its bytes; so is a ``%`` that would be taken for that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from slixmpp.jid import JID, InvalidJID

from ringback.domain.handles import canonical, is_well_formed, looks_dialled, phone_number
from ringback.domain.nature import Nature, Part

#: Addresses whose normal form is remembered: whoever writes mostly writes again.
REMEMBERED: Final = 1_024
_ESCAPED: Final = re.compile("((?:%[0-9a-f]{2})+)")
#: What XML 1.0 cannot hold, however it is written.
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class NoAddressError(ValueError):
    """This handle is nobody's address."""


def carries(text: str) -> bool:
    """Can a text be in a message?"""
    return _NOT_IN_XML.search(text) is None


def _escape(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


@lru_cache(maxsize=REMEMBERED)
def escaped(local: str) -> str:
    """A local part as a handle holds it."""
    written = re.sub("%(?=[0-9a-f]{2})", "%25", local)
    written = "".join(c if is_well_formed(c) and canonical(c) == c else _escape(c) for c in written)
    if canonical(written) != written:
        written = "".join(c if c.isascii() else _escape(c) for c in written)
    return written


def unescaped(written: str) -> str:
    """The local part that a handle means. Raises NoAddressError."""
    try:
        return _ESCAPED.sub(lambda found: bytes.fromhex(found[1].replace("%", "")).decode(), written)
    except UnicodeDecodeError:
        raise NoAddressError(written) from None


def address_of(text: str) -> JID:
    """An address, perhaps of a device, in its normal form. Raises NoAddressError.

    A local part may hold anything, since it can be escaped. What would be taken for a separator in the name
    of a server is nobody's: such names are not in use, and whoever has one has it for that.
    """
    try:
        found = JID(text)
    except (InvalidJID, UnicodeError):
        raise NoAddressError(text) from None
    if not is_well_formed(found.domain):
        raise NoAddressError(text)
    return found


@lru_cache(maxsize=REMEMBERED)
def bare(text: str) -> str:
    """A bare address in its normal form, which is its own. Raises NoAddressError.

    Of some letters (``ᴬ``) the first try makes others that have a normal form of their own.
    """
    once = address_of(text).bare
    return address_of(once).bare


class Addresses:
    """Of one account. ``reserved``: handles that always mean somebody else (services of the engine)."""

    def __init__(self, own: str, reserved: Collection[str] = ()) -> None:
        self.own: Final = bare(own)
        self._local, _, self.home = self.own.rpartition("@")
        if not self._local:
            raise NoAddressError(own)
        self._reserved = frozenset(reserved)
        self.own_handle: Final = self.handle(self.own)

    def handle(self, address: str) -> str:
        """The handle of a bare address."""
        local, _, domain = address.rpartition("@")
        if not local:
            return f"@{domain}"
        written = escaped(local)
        foreign = domain != self.home or written in self._reserved or looks_dialled(written)
        return f"{written}@{domain}" if foreign else written

    def address(self, handle: str) -> str:
        """The bare address of a handle. Raises NoAddressError."""
        local, at, domain = handle.rpartition("@")
        if not at:
            local, domain = handle, self.home
            if not handle or handle in self._reserved or phone_number(handle) is not None:
                raise NoAddressError(handle)
        return bare(f"{unescaped(local)}@{domain}" if local else domain)

    def spelled(self, handle: str) -> str:
        """The spelling under which somebody is known, of any that means them."""
        if "@" not in handle:
            return handle
        try:
            return self.handle(self.address(handle))
        except NoAddressError:
            return handle

    def aliases(self, handle: str) -> tuple[str, ...]:
        """The whole address, if the handle is not that."""
        try:
            address = self.address(handle)
        except NoAddressError:
            return ()
        return () if address == handle else (address,)

    def dialog(self, handle: str) -> str:
        """16 hex digits that name the dialog with somebody on both sides."""
        try:
            both = sorted((self.own, self.address(handle)))
        except NoAddressError:
            both = sorted((self.own, f" {handle}"))
        return hashlib.sha256("\n".join(both).encode()).hexdigest()[:16]

    def nature(self, parts: frozenset[Part]) -> Nature:
        """What a network with these addresses is like."""
        return Nature(parts, self.spelled, self.aliases, carries, self.dialog)
