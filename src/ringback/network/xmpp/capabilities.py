"""What the programs of contacts can do (XEP-0115, over service discovery).

With a presence comes a digest of what the device can do. Who says one that is not known yet is asked, and
the answer is believed if the digest is really that of it: so one answer serves everybody who has the same
program, and nobody can say what others' programs can do. Only devices that the presence book remembers are
asked; the latest word of each waits at most, and a few questions are under way at once.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from ringback.jingle.namespaces import RTP_AUDIO, RTP_VIDEO
from ringback.network.xmpp import names
from ringback.network.xmpp.line import Line, Refused

_LOG: Final = logging.getLogger(__name__)
#: Of what a program can do, this is remembered.
LOOKED_FOR: Final = frozenset({RTP_AUDIO, RTP_VIDEO})
#: Digests that are remembered, and questions that are under way at once.
KNOWN_AT_MOST: Final = 1_000
ASKING_AT_MOST: Final = 4
#: Characters of each word of a claim; real ones are shorter.
LONGEST: Final = 300
_HASHES: Final = {
    "sha-1": "sha1",
    **{f"sha-{size}": f"sha{size}" for size in (224, 256, 384, 512)},
    **{f"sha3-{size}": f"sha3_{size}" for size in (256, 512)},
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a presence says of its program: which it is (``node``), and a digest of what it can do."""

    node: str
    hash: str
    ver: str


def claim_of(stanza: ET.Element) -> Claim | None:
    """The claim in a presence; None if there is none that can be checked."""
    found = stanza.find(names.tag(names.CAPS, "c"))
    if found is None:
        return None
    claim = Claim(found.get("node", ""), found.get("hash", ""), found.get("ver", ""))
    checkable = claim.hash in _HASHES and claim.node and claim.ver
    return claim if checkable and max(map(len, (claim.node, claim.ver))) <= LONGEST else None


class Capabilities:
    """``learnt`` is called when more is known than before."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.learnt: Callable[[Claim], None] = lambda _claim: None
        self._known: OrderedDict[tuple[str, str], frozenset[str]] = OrderedDict()
        #: What devices that gave no good answer had claimed, by full address.
        self._doubted: dict[str, Claim] = {}
        #: What devices claim that are still to be asked.
        self._waiting: OrderedDict[str, Claim] = OrderedDict()
        self._asking = 0

    def of(self, device: str, claim: Claim | None) -> frozenset[str] | None:
        """Which of LOOKED_FOR a device can do; None if that is still to be learnt."""
        if claim is None or self._doubted.get(device) == claim:
            return frozenset()
        return self._known.get((claim.hash, claim.ver))

    def cannot(self, feature: str, claim: Claim | None) -> bool:
        """Is it certain that who claims this has not got a feature?"""
        known = None if claim is None else self._known.get((claim.hash, claim.ver))
        return known is not None and feature not in known

    def heard(self, device: str, claim: Claim | None) -> None:
        """A device is there, and says this."""
        if claim is None or self.of(device, claim) is not None:
            self._waiting.pop(device, None)
            return
        self._waiting[device] = claim
        if self._asking < ASKING_AT_MOST:
            self._asking += 1
            self._line.spawn(self._ask_all())

    def gone(self, device: str) -> None:
        """A device is not there any more."""
        self._doubted.pop(device, None)
        self._waiting.pop(device, None)

    def forget(self) -> None:
        """The session is over; what digests mean stays true."""
        self._doubted.clear()
        self._waiting.clear()

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                device, claim = self._waiting.popitem(last=False)
                if self.of(device, claim) is None:
                    await self._ask(device, claim)
        finally:
            self._asking -= 1

    async def _ask(self, device: str, claim: Claim) -> None:
        question = names.element(names.DISCO, "query", node=f"{claim.node}#{claim.ver}")
        try:
            answer = await self._line.ask("get", question, device)
        except Refused:
            answer = ET.Element("nothing")
        info = answer.find(names.tag(names.DISCO, "query"))
        if info is not None and digest(info, claim.hash) == claim.ver:
            self._known[claim.hash, claim.ver] = LOOKED_FOR & set(_features(info))
            if len(self._known) > KNOWN_AT_MOST:
                self._known.popitem(last=False)
        else:
            _LOG.info("a program of somebody does not tell what it can do, or not the truth")
            self._doubted[device] = claim
        self.learnt(claim)


def _features(info: ET.Element) -> list[str]:
    return [found.get("var", "") for found in info.iterfind(names.tag(names.DISCO, "feature"))]


def digest(info: ET.Element, kind: str) -> str:
    """The verification string of an answer (XEP-0115 §5.1); "" for an answer that could stand for another."""
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    identities = [
        "/".join(found.get(name, "") for name in ("category", "type", language, "name"))
        for found in info.iterfind(names.tag(names.DISCO, "identity"))
    ]
    features = _features(info)
    forms = [
        form
        for form in (names.form_of(found) for found in info.iterfind(names.tag(names.DATA, "x")))
        if "FORM_TYPE" in form
    ]
    types = ["<".join(form["FORM_TYPE"]) for form in forms]
    said = (identities, features, types)
    if any(count > 1 for each in said for count in Counter(each).values()):
        return ""
    parts = [*sorted(identities), *sorted(features)]
    for form in sorted(forms, key=lambda form: form["FORM_TYPE"]):
        parts += form.pop("FORM_TYPE")
        for name in sorted(form):
            parts += [name, *sorted(form[name])]
    text = "".join(f"{part}<" for part in parts)
    found = hashlib.new(_HASHES[kind], text.encode(errors="replace"), usedforsecurity=False).digest()
    return base64.b64encode(found).decode()
