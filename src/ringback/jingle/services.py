"""Services that a server tells of: STUN and TURN with passwords for a while (XEP-0215)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from ringback.jingle import checks
from ringback.jingle.checks import MalformedError
from ringback.jingle.elements import children
from ringback.jingle.namespaces import SERVICES

_TYPES: Final = frozenset({"stun", "stuns", "turn", "turns"})


@dataclass(frozen=True, slots=True)
class Service:
    """A way to be reached from outside. transport: udp or tcp."""

    type: str
    host: str
    port: int
    transport: str = "udp"
    username: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.type not in _TYPES:
            raise MalformedError("a service's type is none of ours")
        if not self.host:
            raise MalformedError("a service is nowhere")
        checks.line(self.host, "a service's host", 255, " /?@[]")
        checks.within(self.port, 1, 65_535, "a port")
        if self.transport not in {"udp", "tcp"}:
            raise MalformedError("a service's transport is none")
        checks.line(self.username, "a name")
        checks.line(self.password, "a password")


def services_request() -> Element:
    """What to ask the server for, in an IQ of type get."""
    return Element(f"{{{SERVICES}}}services")


def services_of(element: Element) -> tuple[Service, ...]:
    """The STUN and TURN services in the server's answer; what is malformed or unknown is left out.

    Raises MalformedError if it is no such answer at all.
    """
    if element.tag != f"{{{SERVICES}}}services":
        raise MalformedError("it is no list of services")
    found: list[Service] = []
    for child in children(element):
        if child.tag != f"{{{SERVICES}}}service" or len(found) == checks.SERVICES:
            continue
        kind = child.get("type", "").lower()
        secure = kind.endswith("s")
        try:
            found.append(
                Service(
                    kind,
                    child.get("host", ""),
                    checks.digits(child.get("port", "5349" if secure else "3478"), "a port"),
                    child.get("transport", "tcp" if secure else "udp").lower(),
                    child.get("username", ""),
                    child.get("password", ""),
                )
            )
        except MalformedError:
            continue
    return tuple(found)
