"""Messages between two: sent until they are safe, told once, acknowledged when the engine has them.

Theory. What the engine posts is sent at once and is out (SENT) when the server has acknowledged it. It is
safe, and the engine may forget it, when the other side confirms it, when our archive shows it, or when the
archive was looked through after the acknowledgement (then the server does not keep such things, and its word
is all there is); without an archive the acknowledgement counts. A Ringback that is there is waited for even
if the archive shows it (``unconfirmed``). A session that goes on sends what it owes by itself; with a new one
the engine posts everything anew that is not safe, after the archive was looked at, under the same ids, by
which another Ringback knows repeats.

What comes in is told with a receipt; the other side hears that it arrived when the engine has stored it
(another Ringback somewhat later, ``arrivals``). The same thing may come live, from the offline store and from
the archive. ``uid`` is its id if that is of a kind that nobody else makes (as the engine's own are), else the
id with the sender's handle, since ids of strangers are theirs alone; short ones are counted, and not believed
to be unique. Of what our own other programs say it is the id with our address and the receiver's handle.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from ringback.domain.effects import PostEdit, PostMessage, PostSeen
from ringback.domain.inputs import (
    EditCame,
    MessageCame,
    Posted,
    PostRefused,
    PostReturned,
    SeenElsewhere,
    Sent,
)
from ringback.domain.time import earliest
from ringback.jingle.errors import conditions_of
from ringback.network.xmpp import names
from ringback.network.xmpp.addresses import NoAddressError, bare
from ringback.network.xmpp.arrivals import Arrivals, arrived
from ringback.network.xmpp.line import Line
from ringback.network.xmpp.roster import Roster
from ringback.network.xmpp.unconfirmed import Unconfirmed
from ringback.network.xmpp.unreachable import CONDITIONS, Unreachable

_LOG: Final = logging.getLogger(__name__)
#: Characters of ids: those below are counters, those above somebody's joke.
SHORT_ID: Final = 8
LONG_ID: Final = 200
#: Messages that the engine may have and not have stored before nothing more is read.
IN_FLIGHT: Final = 512
#: Seconds for which confirmations are collected: what comes of them nobody waits for.
TOGETHER: Final = 0.05
#: Things told lately, by which what comes from the archive as well is known.
REMEMBERED: Final = 4_096
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_EMOTE: Final = "/me "
#: Ids as engines make them, by chance.
_OWN_KIND: Final = re.compile("[0-9a-f]{16}")
#: Why something came back, by error condition, where that is not that nobody is there.
_WHY: Final = {
    "not-authorized": "adder_must_be_friend",
    "registration-required": "adder_must_be_friend",
    "subscription-required": "adder_must_be_friend",
    "feature-not-implemented": "user_incapable",
    "resource-constraint": "user_incapable",
}


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told and is not stored. ``confirm``: whom to tell that it arrived, and of which id."""

    uid: str
    confirm: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message was found. ``archive``: its id in our archive, "" if it came by itself.

    ``stamp``: UTC seconds at which the server had it, None for now. ``mine``: we said it on another device.
    ``device``: the full address that said it.
    """

    partner: str
    mine: bool = False
    archive: str = ""
    stamp: float | None = None
    device: str = ""


class Mail:
    """``archived``: the account has an archive. ``arrivals``: tells other Ringbacks what came of them."""

    def __init__(self, line: Line, roster: Roster, arrivals: Arrivals) -> None:
        self._line = line
        self._roster = roster
        self._arrivals = arrivals
        self.archived = False
        #: What was sent and is not safe.
        self._flying: dict[str, ET.Element] = {}
        #: Of these what nobody has said to have, and since when (monotonic), the oldest first.
        self._unheard: dict[str, float] = {}
        #: Of these what the server has, and since when (monotonic), the oldest first.
        self._doubtful: dict[str, float] = {}
        #: And what our archive shows, and somebody has yet to confirm.
        self._unconfirmed = Unconfirmed(line.clock)
        #: What counts as safe and may yet come back: to whom it was sent, and of edits the id they change.
        self._away: dict[str, tuple[str, str]] = {}
        #: What others have confirmed and the engine has not heard of, and when it will.
        self._confirmed: list[str] = []
        self._due: float | None = None
        self._receipts = 0
        self._open: dict[int, _Told] = {}
        self._recent: dict[str, None] = {}
        self._marks: deque[tuple[int, str]] = deque()
        self._unreachable = Unreachable()
        #: What came while the archive is being read and has what was said before it.
        self._later: list[tuple[ET.Element, Origin]] | None = None

    # Out ----------------------------------------------------------------------------------------------------

    def post(self, request: PostMessage | PostEdit | PostSeen, address: str) -> None:
        """Send it, unless that was done already in this session."""
        if request.uid in self._flying:
            return
        match request:
            case PostMessage():
                self._deliver(request.uid, self._wanting(_message(request, address), address), address)
            case PostEdit():
                self._deliver(request.uid, self._wanting(self._edit(request, address), address), address)
            case PostSeen():
                ident = request.message.removeprefix(f"{request.to} ")
                if " " not in ident and self._roster.find(address).sees_us:
                    self._deliver(request.uid, _seen(request, ident, address), address)
                else:
                    self._line.tell(Posted(request.uid))

    def _edit(self, request: PostEdit, address: str) -> ET.Element:
        stanza = names.element(names.CLIENT, "message", to=address, type="chat", id=request.uid)
        ident = request.message.removeprefix(self._before(request.to))
        if request.body:
            names.within(stanza, names.CLIENT, "body", request.body)
            names.within(stanza, names.CORRECT, "replace", id=ident)
        else:
            names.within(stanza, names.RETRACT, "retract", id=ident)
            names.within(stanza, names.HINTS, "store")
        return stanza

    def _deliver(self, uid: str, stanza: ET.Element, address: str) -> None:
        if not self._unreachable.keeps(address, uid, stanza):
            self.send(uid, [stanza])

    def try_again(self, address: str, *, heard: bool) -> bool:
        """Send what waits for somebody whose server could not be reached. ``heard``: they are there.

        True if there was anything.
        """
        waiting = self._unreachable.take(address, self._line.clock.now().monotonic, heard=heard)
        for uid, stanza in waiting:
            self.send(uid, [stanza])
        return bool(waiting)

    def _wanting(self, stanza: ET.Element, address: str) -> ET.Element:
        """With what has it confirmed, and what others are to hear with it."""
        names.within(stanza, names.MARKERS, "markable")
        if not self._arrivals.alone(address):
            names.within(stanza, names.STANZA_IDS, "origin-id", id=stanza.get("id", ""))
            names.within(stanza, names.RECEIPTS, "request")
        self._arrivals.ride(stanza, address)
        return stanza

    def send(self, uid: str, stanzas: Iterable[ET.Element]) -> None:
        """Send the stanzas of a request; the last of them stands for it."""
        for stanza in stanzas:
            if self._line.client is None or not self._line.send(stanza):
                return
            self._flying[uid] = stanza
            self._unheard[uid] = self._line.clock.now().monotonic

    def acknowledged(self, ident: str, safe: bool) -> None:
        """The server has a stanza of that id. ``safe``: it is of a kind that cannot be lost any more."""
        if ident not in self._flying or ident in self._doubtful:
            return
        self._unheard.pop(ident, None)
        if safe or not self.archived:
            self._safe(ident)
        elif ident in self._unconfirmed:
            self._line.tell(Sent(ident))
        else:
            self._doubtful[ident] = self._line.clock.now().monotonic
            self._line.tell(Sent(ident))

    def _proven(self, uid: str) -> None:
        """Our server keeps it, and takes it further if that can be done."""
        flying = self._flying[uid]
        self._unheard.pop(uid, None)
        talk = flying.find(names.tag(names.MARKERS, "markable")) is not None
        if uid in self._unconfirmed:
            return
        if talk and self._arrivals.alone(flying.get("to", "")) and self._unconfirmed.wait(uid):
            self._doubtful.pop(uid, None)
        else:
            self._safe(uid)

    def _safe(self, uid: str) -> None:
        flying = self._settle(uid)
        if flying is not None:
            self._away[uid] = flying.get("to", ""), _changed(flying)
            if len(self._away) > REMEMBERED:
                del self._away[next(iter(self._away))]
        self._line.tell(Posted(uid))

    def _settle(self, uid: str) -> ET.Element | None:
        self._unheard.pop(uid, None)
        self._doubtful.pop(uid, None)
        self._unconfirmed.settled(uid)
        return self._flying.pop(uid, None)

    @property
    def unproven(self) -> list[str]:
        """What the server has, and nobody else says so."""
        return list(self._doubtful)

    @property
    def waits(self) -> float | None:
        """For how many seconds something waits that neither the server nor anybody else has said to have."""
        since = next(iter(self._unheard.values()), None)
        return None if since is None else self._line.clock.now().monotonic - since

    @property
    def doubt(self) -> float | None:
        """Since when the oldest of them waits to be proven."""
        return next(iter(self._doubtful.values()), None)

    def believe(self, uids: Iterable[str]) -> None:
        """The archive was looked through since these were acknowledged."""
        for uid in uids:
            if uid in self._doubtful:
                self._proven(uid)

    def again(self, owed: set[str]) -> None:
        """The session goes on: send again what slixmpp does not (``owed``: ids of what it does)."""
        if len(self._open) >= IN_FLIGHT:
            self._hold_back(True)
        for uid, stanza in self._flying.items():
            if not self._is_kept(uid) and uid not in owed:
                self._line.send(stanza)

    def _is_kept(self, uid: str) -> bool:
        return uid in self._doubtful or uid in self._unconfirmed

    def largest(self) -> str | None:
        """The uid of the largest thing that the server has not taken, if it is large at all."""
        sizes = {
            uid: len(ET.tostring(stanza)) for uid, stanza in self._flying.items() if not self._is_kept(uid)
        }
        uid = max(sizes, key=sizes.__getitem__, default=None)
        return uid if uid is not None and sizes[uid] > 1 << 15 else None

    def forget(self) -> None:
        """The session is over: what is not safe is posted anew, and what is not stored is told anew."""
        self._tell_confirmed()
        self._flying.clear()
        self._unheard.clear()
        self._doubtful.clear()
        self._unconfirmed.forget()
        for told in self._open.values():
            self._recent.pop(told.uid, None)
        self._open.clear()
        self._marks.clear()
        self._later = None
        self._unreachable.forget()
        self._arrivals.forget()

    # In -----------------------------------------------------------------------------------------------------

    def hold_live(self) -> None:
        """From now on keep what comes by itself, until ``take_live``: the archive has what was before it."""
        self._later = []

    def take_live(self) -> None:
        """The archive was read; what came meanwhile follows."""
        later, self._later = self._later, None
        for stanza, origin in later or ():
            self.heard(stanza, origin)

    def live(self, stanza: ET.Element, origin: Origin) -> None:
        """Somebody says it just now, here or to another device of ours."""
        if self._later is None:
            self.heard(stanza, origin)
            return
        self._later.append((stanza, origin))
        if len(self._later) == IN_FLIGHT:
            self.take_live()  # so many in so short a time: order is given up, nothing is lost

    def heard(self, stanza: ET.Element, origin: Origin) -> None:
        """A message of somebody, or of ours from another device; already known to be what it says."""
        kind = stanza.get("type", "normal")
        if kind == "error":
            self._failed(stanza, origin)
            return
        if not origin.mine:
            for ident in arrived(stanza):
                self._confirm(ident, origin.partner)
        if kind not in ("chat", "normal"):
            return
        if origin.mine:
            origin_id = _ident(stanza)
            if origin_id:
                if origin_id in self._flying:
                    self._proven(origin_id)
                elif not self._unreachable.has(origin_id):
                    self._line.tell(Posted(origin_id))
        received = stanza.find(names.tag(names.RECEIPTS, "received"))
        displayed = stanza.find(names.tag(names.MARKERS, "displayed"))
        for confirmed in (received, displayed):
            if confirmed is not None and not origin.mine:
                self._confirm(confirmed.get("id", ""), origin.partner)
        if displayed is not None and origin.mine:
            handle = self._line.addresses.handle(origin.partner)
            self._line.tell(SeenElsewhere(handle, _uid(handle, displayed.get("id", ""), "")))
        self._take(stanza, origin)

    def _confirm(self, ident: str, partner: str) -> None:
        """Somebody says that something of ours has arrived. The engine hears of many together."""
        flying = self._flying.get(ident)
        if flying is not None and flying.get("to") == partner:
            self._settle(ident)
            self._confirmed.append(ident)
            if self._due is None:
                self._due = self._line.clock.now().monotonic + TOGETHER

    def next_deadline(self) -> float | None:
        """Monotonic moment at which ``advance`` is needed."""
        if self._line.client is None:
            return self._due
        return earliest(self._due, self._unconfirmed.next_deadline(), self._unreachable.next_deadline())

    def advance(self, now: float) -> bool:
        """Tell what was confirmed, and say again what was not and what came back, if it is time.

        True if anything was said.
        """
        if self._due is not None and self._due <= now + 1e-6:
            self._tell_confirmed()
        if self._line.client is None:
            return False
        late = self._unconfirmed.late(now)
        for uid in late:
            self._line.send(self._flying[uid])
            self._unheard[uid] = now
        again = self._unreachable.due(now)
        for address in again:
            self.try_again(address, heard=False)
        return bool(late or again)

    def _tell_confirmed(self) -> None:
        self._due = None
        confirmed, self._confirmed = self._confirmed, []
        for uid in confirmed:
            self._line.tell(Posted(uid))

    def _take(self, stanza: ET.Element, origin: Origin) -> None:
        """Is there something in it to read?"""
        line = self._line
        handle = line.addresses.handle(origin.partner)
        body = names.text_of(stanza, names.tag(names.CLIENT, "body"))
        subject = stanza.find(names.tag(names.CLIENT, "subject"))
        replaces = stanza.find(names.tag(names.CORRECT, "replace"))
        retracts = stanza.find(names.tag(names.RETRACT, "retract"))
        changed = retracts if retracts is not None else replaces
        if not body and changed is None and (subject is None or not subject.text):
            return
        ident, kept = _ident(stanza), self._archive_id(stanza, origin)
        now = line.clock.now().utc
        stamp = now if origin.stamp is None else min(origin.stamp, now)
        seconds = int(stamp)
        if not ident:
            ident = kept or hashlib.sha256(f"{seconds}\n{body}".encode()).hexdigest()[:16]
        uid = self._own_uid(handle, ident) if origin.mine else _uid(handle, ident, kept)
        if uid in self._recent:
            known = not origin.archive and self._arrivals.takes(origin.device)
            stored = all(told.uid != uid for told in self._open.values())
            if known and stored and self._roster.find(origin.partner).sees_us:
                # It says so again because our confirmation was lost.
                self._arrivals.owe(origin.device, ident)
            return
        self._recent[uid] = None
        if len(self._recent) > REMEMBERED:
            del self._recent[next(iter(self._recent))]
        confirm = None
        if not (origin.mine or origin.archive) and (
            stanza.find(names.tag(names.RECEIPTS, "request")) is not None
            or self._arrivals.takes(origin.device)
        ):
            confirm = origin.device or origin.partner, ident
        receipt = self._receipt(_Told(uid, confirm if self._roster.find(origin.partner).sees_us else None))
        chat = ""
        if changed is not None:
            text = "" if retracts is not None else body
            of = changed.get("id", "")
            message = self._own_uid(handle, of) if origin.mine else _uid(handle, of, "")
            # Things are told in their order, and some servers' stamps count seconds.
            serial = line.serial()
            line.tell(EditCame(receipt, uid, handle, chat, message, text, seconds, serial, mine=origin.mine))
            return
        if not body:
            sort, body = "settopic", (subject.text or "") if subject is not None else ""
        elif body.startswith(_EMOTE):
            sort, body = "emoted", body[len(_EMOTE) :]
        else:
            sort = "said"
        line.tell(MessageCame(receipt, uid, handle, chat, sort, body, seconds, mine=origin.mine))

    def _own_uid(self, handle: str, ident: str) -> str:
        """What a message of ours to somebody is known by; no id that they make looks like it.

        Other programs of ours may count, and not all servers say with a copy where it is in the archive.
        """
        return ident if _OWN_KIND.fullmatch(ident) else f"{self._before(handle)}{ident}"

    def _before(self, handle: str) -> str:
        return f"{self._line.addresses.own} {handle} "

    def _archive_id(self, stanza: ET.Element, origin: Origin) -> str:
        """The id in our own archive; the server alone may say so, and takes out what others say of it."""
        if origin.archive:
            return origin.archive
        for found in stanza.iterfind(names.tag(names.STANZA_IDS, "stanza-id")):
            if found.get("by") == self._line.addresses.own:
                return found.get("id", "")
        return ""

    def _failed(self, stanza: ET.Element, origin: Origin) -> None:
        """Something of ours came back, maybe after a long search for its way; nobody sends it again.

        Servers say so in the name of the person, never of one of their devices.
        """
        ident = stanza.get("id", "")
        error = stanza.find(names.tag(names.CLIENT, "error"))
        if error is None or origin.mine or origin.archive or "/" in origin.device:
            return
        flying = self._flying.get(ident)
        if flying is not None:
            to, of = flying.get("to", ""), _changed(flying)
        else:
            to, of = self._away.get(ident, ("", ""))
        if to != origin.partner:
            return
        self._settle(ident)
        self._away.pop(ident, None)
        condition, _ = conditions_of(error)
        item = self._roster.find(origin.partner)
        for_now = condition in CONDITIONS or error.get("type") == "wait"
        if for_now and (item.seen or item.sees_us):
            now = self._line.clock.now().monotonic
            if self._unreachable.came_back(origin.partner, ident, now):
                handle = self._line.addresses.handle(origin.partner)
                self._line.tell(PostReturned(ident, of and self._own_uid(handle, of)))
                return
        self._line.tell(PostRefused(ident, _WHY.get(condition, "user_not_found")))

    # What the engine has ------------------------------------------------------------------------------------

    def _receipt(self, told: _Told) -> str:
        self._receipts += 1
        self._open[self._receipts] = told
        if len(self._open) == IN_FLIGHT:
            self._hold_back(True)
        return f"m{self._receipts}"

    def stored(self, receipt: str) -> None:
        """The engine has stored what was told with it."""
        told = self._open.pop(int(receipt[1:]), None)
        if told is None:
            return
        if len(self._open) == IN_FLIGHT // 2:
            self._hold_back(False)
        if told.confirm is not None:
            to, ident = told.confirm
            if self._arrivals.takes(to):
                self._arrivals.owe(to, ident)
            else:
                stanza = names.element(names.CLIENT, "message", to=to, type="chat")
                names.within(stanza, names.RECEIPTS, "received", id=ident)
                names.within(stanza, names.HINTS, "store")
                self._line.send(stanza)
        self._move()

    def _hold_back(self, wanted: bool) -> None:
        """Read nothing while the engine has enough to do."""
        if self._line.client is not None:
            self._line.client.hold(wanted)

    def looked_through(self, archive: str) -> None:
        """The archive was told up to that id; it is kept when all of it is stored."""
        self._marks.append((self._receipts, archive))
        self._move()

    def _move(self) -> None:
        first = next(iter(self._open), self._receipts + 1)
        moved = None
        while self._marks and self._marks[0][0] < first:
            moved = self._marks.popleft()[1]
        if moved is not None:
            self._line.memory.archive = moved
            self._line.memory.keep()


def _ident(stanza: ET.Element) -> str:
    """The sender's id of a message, "" for none; instead of one that is too long its digest."""
    origin = stanza.find(names.tag(names.STANZA_IDS, "origin-id"))
    ident = (origin.get("id") if origin is not None else None) or stanza.get("id") or ""
    return ident if len(ident) <= LONG_ID else hashlib.sha256(ident.encode()).hexdigest()


def _uid(handle: str, ident: str, kept: str) -> str:
    """What a message of somebody is known by; where ids are counted, its place in the archive helps."""
    if _OWN_KIND.fullmatch(ident):
        return ident
    return f"{handle} {ident} {kept}" if kept and len(ident) < SHORT_ID else f"{handle} {ident}"


def _message(request: PostMessage, address: str) -> ET.Element:
    stanza = names.element(names.CLIENT, "message", to=address, type="chat", id=request.uid)
    if request.sort.startswith("settopic"):
        names.within(stanza, names.CLIENT, "subject", request.body)
        names.within(stanza, names.HINTS, "store")
    else:
        names.within(
            stanza, names.CLIENT, "body", _EMOTE + request.body if request.sort == "emoted" else request.body
        )
    return stanza


def _seen(request: PostSeen, ident: str, address: str) -> ET.Element:
    """To somebody who sees us; our other devices hear it, too."""
    stanza = names.element(names.CLIENT, "message", to=address, type="chat", id=request.uid)
    names.within(stanza, names.STANZA_IDS, "origin-id", id=request.uid)
    names.within(stanza, names.MARKERS, "displayed", id=ident)
    names.within(stanza, names.HINTS, "store")
    return stanza


def _changed(stanza: ET.Element) -> str:
    """The id of the message that an edit changes, "" if it is none."""
    for kind in (names.tag(names.CORRECT, "replace"), names.tag(names.RETRACT, "retract")):
        found = stanza.find(kind)
        if found is not None:
            return found.get("id", "")
    return ""


def delayed(stanza: ET.Element, allowed: Iterable[str]) -> float | None:
    """When a server took something, UTC seconds; only those in ``allowed`` are believed.

    Others can write their names as well, so it may still be any moment since 1970.
    """
    for delay in stanza.iterfind(names.tag(names.DELAY, "delay")):
        try:
            said_by = delay.get("from", "")
            if (bare(said_by) if said_by else "") not in allowed:
                continue
            stamp = datetime.fromisoformat(delay.get("stamp", ""))
        except (NoAddressError, ValueError):
            continue
        if stamp.tzinfo is None:
            stamp = stamp.replace(tzinfo=UTC)
        if stamp > _EPOCH:
            return stamp.timestamp()
    return None
