"""What the doctor finds of networks: which one each account lives on, and whether it would get there.

Nobody is logged in: a server is asked for nothing but a connection.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ringback.app.findings import PATIENCE, Finding, ok, patiently, trouble
from ringback.app.home import CannotStartError, Home
from ringback.app.networks import NoPasswordError, XmppAccount, read, secret

if TYPE_CHECKING:
    from ringback.network.xmpp.places import Places

_KEPT: Final = {"keyring": "the keyring", "kept": "a file in its folder"}


async def networks(place: Path, places: Places | None = None) -> list[Finding]:
    """All accounts of a home. ``places``: knows where the servers of domains are."""
    home = Home(place)
    accounts = home.accounts()
    if not accounts:
        return [ok("networks: the embedded one; 'ringback login' makes accounts on XMPP")]
    found = await asyncio.gather(*(_account(home, account, places) for account in accounts))
    return [finding for findings in found for finding in findings]


async def _account(home: Home, account: str, places: Places | None) -> list[Finding]:
    try:
        kept = read(home, account)
    except CannotStartError as error:
        return [trouble(f"account {account}: {error}")]
    if kept is None:
        return [ok(f"account {account}: embedded network")]
    password, server = await asyncio.gather(_password(home, account, kept), _server(account, kept, places))
    return [password, *_authority(account, kept), server]


async def _password(home: Home, account: str, kept: XmppAccount) -> Finding:
    try:
        await asyncio.to_thread(patiently, partial(secret, home, account, kept))
    except NoPasswordError as error:
        return trouble(f"account {account}: XMPP, {error}")
    except TimeoutError:
        return trouble(f"account {account}: XMPP, the keyring does not answer", "unlock it")
    return ok(f"account {account}: XMPP, its password is in {_KEPT.get(kept.password, kept.password)}")


def _authority(account: str, kept: XmppAccount) -> Iterator[Finding]:
    """The certificates that are trusted in the place of the system's."""
    if kept.authority is None:
        return
    try:
        ssl.create_default_context(cafile=str(kept.authority))
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or error
        yield trouble(
            f"account {account}: certificates cannot be read from {kept.authority}: {reason}",
            f"put the file back, or 'ringback login {account} --authority FILE'",
        )
    else:
        yield ok(f"account {account}: trusts the certificates in {kept.authority}")


async def _server(account: str, kept: XmppAccount, places: Places | None) -> Finding:
    """Does any place of its domain take a connection?"""
    # It takes a while to import, and most have no such account.
    from ringback.network.xmpp.client import connection_trouble  # noqa: PLC0415
    from ringback.network.xmpp.places import NoPlaceError, Place, Places  # noqa: PLC0415

    domain = kept.address.rpartition("@")[2]
    why = ""
    try:
        endpoint = kept.endpoint
        known = places or Places()
        asked = await known.of(domain) if endpoint is None else [Place(*endpoint, kept.direct_tls)]
    except NoPlaceError as error:
        asked, why = [], str(error)
    for place in asked:
        try:
            async with asyncio.timeout(PATIENCE):
                _reader, writer = await asyncio.open_connection(place.host, place.port)
        except OSError as error:
            why = why or connection_trouble(error, place, domain).why
        else:
            writer.close()
            return ok(f"account {account}: {place} takes connections")
    return trouble(
        f"account {account}: {why}",
        f"is there a network? 'ringback login {account} --server HOST:PORT' names another server",
    )
