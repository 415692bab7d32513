"""An account on XMPP as the home describes it."""

from __future__ import annotations

from collections.abc import Callable

from ringback.app import networks
from ringback.app.home import CannotStartError, Home
from ringback.network.xmpp.addresses import NoAddressError
from ringback.network.xmpp.client import Credentials
from ringback.network.xmpp.memory import Memory
from ringback.network.xmpp.network import XmppNetwork
from ringback.ports.clock import Clock
from ringback.ports.media import Wires


def credentials(kept: networks.XmppAccount, password: str) -> Credentials:
    """How to get to the server."""
    return Credentials(
        kept.address,
        password,
        server=kept.endpoint,
        authority=kept.authority,
        direct_tls=kept.direct_tls,
    )


def xmpp_network(
    home: Home,
    account: str,
    kept: networks.XmppAccount,
    clock: Clock,
    wake: Callable[[], None],
    services: frozenset[str],
    wires: Wires,
) -> XmppNetwork:
    """The account's network. Raises CannotStartError if its address is none."""
    memory = Memory.read(home.account(account) / "xmpp.json")

    def found() -> Credentials:
        try:
            # The user may have logged in anew since.
            now = networks.read(home, account)
            if now is None or now.address != kept.address:
                now = kept
            return credentials(now, networks.secret(home, account, now))
        except CannotStartError as error:
            raise ValueError(str(error)) from None

    try:
        return XmppNetwork(kept.address, found, memory, clock, wake, services, wires)
    except NoAddressError:
        raise CannotStartError(f"{kept.address} is no address of an account") from None
