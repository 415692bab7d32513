"""Where the servers of a domain are: what its name server tells (SRV records), in the order to try them.

Theory. A domain names places that speak TLS from the first byte (XEP-0368) and places that begin it on
request (RFC 6120), with one order for both: by priority, among equals by chance and weight. Without such
records the domain itself is asked at the usual port. The name that a certificate must hold is the domain's,
never the place's: name servers are not believed. What failed is tried last in the next attempts, so that a
place that takes connections and does no more cannot keep others from being tried; when any place has let
us in, that is forgotten.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import aiodns

PORT: Final = 5222
_SERVICES: Final = (("_xmpps-client._tcp", True), ("_xmpp-client._tcp", False))
#: Seconds for one question to a name server, and how often it is asked.
_ANSWER: Final = 3.0
_TRIES: Final = 2
#: The number of SRV among the types of records; an answer may hold aliases, too.
_SRV: Final = 33
#: The codes of "there is no such name" and "the name has no such records".
_NOTHING: Final = (aiodns.error.ARES_ENOTFOUND, aiodns.error.ARES_ENODATA)


@dataclass(frozen=True, slots=True)
class Record:
    """One SRV record; ``target`` is empty if the service is not there."""

    priority: int
    weight: int
    target: str
    port: int


Lookup: TypeAlias = Callable[[str], Awaitable[Sequence[Record]]]


class NoPlaceError(Exception):
    """There is nowhere to go; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """``direct``: TLS from the first byte."""

    host: str
    port: int
    direct: bool = False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


async def records(name: str) -> Sequence[Record]:
    """What the system's name server tells of a service. Raises NoPlaceError if it does not answer."""
    resolver = aiodns.DNSResolver(timeout=_ANSWER, tries=_TRIES)
    try:
        answer = await resolver.query_dns(name, "SRV")
    except aiodns.error.DNSError as error:
        if error.args[0] in _NOTHING:
            return ()
        raise NoPlaceError(f"the name server does not tell of {name}: {error.args[-1]}") from None
    finally:
        await resolver.close()
    told: list[Any] = [record.data for record in answer.answer if record.type == _SRV]
    return [Record(one.priority, one.weight, one.target.rstrip("."), one.port) for one in told]


class Places:
    """Of one account. ``chance`` gives numbers from 0 to 1, below 1."""

    def __init__(self, lookup: Lookup = records, chance: Callable[[], float] = random.random) -> None:
        self._lookup = lookup
        self._chance = chance
        #: What failed, the latest last.
        self._failed: dict[Place, None] = {}

    async def of(self, domain: str) -> list[Place]:
        """Where to go, first things first. Raises NoPlaceError."""
        told = await asyncio.gather(
            *(self._lookup(f"{service}.{domain}") for service, _ in _SERVICES), return_exceptions=True
        )
        found: list[tuple[int, float, Place]] = []
        absent = False
        for answer, (_, direct) in zip(told, _SERVICES, strict=True):
            if isinstance(answer, BaseException):
                continue
            for record in answer:
                absent |= not (record.target or direct)
                if record.target:
                    place = Place(record.target, record.port, direct)
                    found.append((record.priority, self._draw(record.weight), place))
        if not found:
            for answer in told:
                if isinstance(answer, BaseException):
                    raise answer
            if absent:
                raise NoPlaceError(f"{domain} says that it serves nobody here")
            return [Place(domain, PORT)]
        ordered = list(dict.fromkeys(place for _, _, place in sorted(found, key=lambda one: one[:2])))
        return [place for place in ordered if place not in self._failed] + [
            place for place in self._failed if place in ordered
        ]

    def _draw(self, weight: int) -> float:
        """The least of such numbers is that of each with a chance as its weight (RFC 2782)."""
        return -math.log(1.0 - self._chance()) / weight if weight else math.inf

    def failed(self, place: Place) -> None:
        """It did not let us in."""
        self._failed.pop(place, None)
        self._failed[place] = None

    def worked(self) -> None:
        """A place has let us in."""
        self._failed.clear()
