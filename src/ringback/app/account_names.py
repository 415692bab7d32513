"""Which names an account can have."""

from __future__ import annotations

from ringback.domain.handles import canonical, is_well_formed, looks_dialled, phone_number
from ringback.network.embedded.residents import RESIDENTS


def objection(name: object) -> str:
    """What is wrong with a name for an account, "" if nothing is."""
    if not isinstance(name, str) or not is_well_formed(name) or not name.strip("."):
        return f"{name!r} cannot be the name of an account"
    if canonical(name) in RESIDENTS or phone_number(name) is not None:
        return f"{name!r} names somebody else: a service of the network, or a phone"
    if looks_dialled(name):
        return f"{name!r} cannot be the name of an account: it would be dialled as a number"
    return ""
