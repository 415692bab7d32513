"""A network on which services of the engine itself exist besides everybody else (design: echo123)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ringback.domain.effects import CallAct, Fields, Request
from ringback.domain.handles import canonical
from ringback.domain.inputs import (
    AvatarSeen,
    CallPriced,
    ContactCame,
    CreditGiven,
    EditCame,
    LinkChanged,
    MessageCame,
    NetworkEvent,
    PersonSeen,
)
from ringback.domain.nature import Nature
from ringback.domain.time import Instant, earliest
from ringback.ports.network import Listener, Network

#: How receipts of services begin; those of the network never do.
_MARK: Final = "service "


class WithServices:
    """``network`` for everybody, ``services`` for those in ``names`` (implements ``Network``)."""

    def __init__(self, network: Network, services: Network, names: frozenset[str]) -> None:
        self._network = network
        self._services = services
        self._names = names
        self._account = ""
        self._listener: Listener = lambda _event: None

    @property
    def nature(self) -> Nature:
        """That of the network."""
        return self._network.nature

    def _for(self, handle: str) -> Network:
        return self._services if handle in self._names else self._network

    def connect(self, account: str, listener: Listener) -> None:
        """Go online."""
        self._account, self._listener = account, listener
        self._network.connect(account, self._heard)

    def disconnect(self) -> None:
        """Go offline."""
        self._network.disconnect()
        self._services.disconnect()

    def _heard(self, event: NetworkEvent) -> None:
        self._listener(event)
        if isinstance(event, LinkChanged):
            # Who is offline cannot be heard by services either.
            if event.state == "online":
                self._services.connect(self._account, self._heard_of_service)
            else:
                self._services.disconnect()

    def _heard_of_service(self, event: NetworkEvent) -> None:
        match event:
            case LinkChanged() | CreditGiven() | CallPriced():
                return
            case PersonSeen() | AvatarSeen() if event.handle not in self._names:
                return
            case MessageCame() | EditCame() | ContactCame():
                event = replace(event, receipt=_MARK + event.receipt)
            case _:
                pass
        self._listener(event)

    def set_presence(self, state: str) -> None:
        """Be seen so by others."""
        self._network.set_presence(state)

    def set_profile(self, fields: Fields) -> None:
        """Show this to others."""
        self._network.set_profile(fields)

    def set_avatar(self, data: bytes) -> None:
        """Show this picture to others."""
        self._network.set_avatar(data)

    def ask_profile(self, handle: str) -> None:
        """Say what is known of somebody."""
        self._for(handle).ask_profile(handle)

    def search_people(self, operation: int, text: str) -> None:
        """Look for people."""
        self._for(canonical(text.strip())).search_people(operation, text)

    def signal_call(self, signal_id: str, to: str, act: CallAct, payload: str) -> None:
        """Say something to the other side of a call."""
        self._for(to).signal_call(signal_id, to, act, payload)

    def post(self, request: Request) -> None:
        """Deliver something for certain."""
        self._for(request.to).post(request)

    def acknowledge(self, receipt: str) -> None:
        """Something delivered is stored."""
        if receipt.startswith(_MARK):
            self._services.acknowledge(receipt.removeprefix(_MARK))
        else:
            self._network.acknowledge(receipt)

    def next_deadline(self) -> float | None:
        """When one of them wants to go on."""
        return earliest(self._network.next_deadline(), self._services.next_deadline())

    def advance(self, now: Instant) -> None:
        """Let them go on."""
        self._network.advance(now)
        self._services.advance(now)
