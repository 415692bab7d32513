"""Calls in the storm: what may be read of them after a kill, by what was told before it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

#: A call that talks, in the words of either side.
TALKING = frozenset({"INPROGRESS", "LOCALHOLD", "REMOTEHOLD"})
FINAL = frozenset({"FINISHED", "CANCELLED", "REFUSED", "MISSED", "BUSY", "FAILED"})
#: Seconds of a call that may be lost with the process.
LOST = 30
_TOLD = re.compile(r"CALL (\d+) (CONF_ID|STATUS|DURATION|SEEN) (\w+)")


@dataclass
class Call:
    """What was told of one call."""

    incoming: bool = False
    status: str = ""
    duration: int = 0
    seen: bool = False


@dataclass
class History:
    """The calls of one account, in all lives of the daemon.

    ``known``: those that an earlier life has left, with status and length as they were read then.
    ``cleared``: CLEAR CALLHISTORY was sent in this life, and was it answered.
    """

    told: dict[int, Call] = field(default_factory=dict)
    known: dict[int, tuple[str, int]] = field(default_factory=dict)
    cleared: bool | None = None

    def hear(self, line: str) -> Call | None:
        """Take a notification; gives the call whose status it tells."""
        found = _TOLD.fullmatch(line)
        if found is None:
            return None
        call = self.told.setdefault(int(found[1]), Call())
        match found[2]:
            case "CONF_ID":
                call.incoming = True
            case "DURATION":
                # On a busy machine more than one of its fast seconds may have passed.
                assert int(found[3]) > call.duration, f"{line} after {call.duration}"
                call.duration = int(found[3])
            case "SEEN":
                call.seen = True
            case "STATUS":
                assert call.status not in FINAL, f"{line} after {call.status}"
                call.status = found[3]
                return call
        return None

    def reaction(self, line: str, dice: random.Random, patient: bool) -> str | None:
        """What a person does who hears it; who is ``patient`` answers and talks on."""
        call = self.hear(line)
        if call is None or (patient and call.status in TALKING):
            return None
        number = line.split()[1]
        if call.status == "RINGING" and call.incoming:
            act = "ANSWER" if patient else dice.choice(["ANSWER", "ANSWER", "ANSWER", "HANGUP", ""])
        elif call.status in TALKING:
            act = dice.choice(["HOLD", "RESUME", "HANGUP", "", ""])
        elif call.status == "MISSED":
            return f"SET CALL {number} SEEN" if dice.random() < 0.7 else None
        else:
            return None
        return f"ALTER CALL {number} {act}" if act else None

    def check(self, read: dict[int, tuple[str, int, bool]], missed: set[int]) -> None:
        """``read``: status, length and SEEN of all calls that are there; ``missed``: the missed ones."""
        gone = self.known.keys() - read.keys()
        if self.cleared is None:
            assert not gone, f"calls {gone} were there and are gone"
            assert not self.told.keys() - read.keys(), "a call that was told of is gone"
        elif self.cleared:
            assert gone == self.known.keys(), "calls that were cleared are there again"
        else:
            assert gone in (set(), self.known.keys()), "some calls were cleared and some not"
        for key, (status, duration, seen) in read.items():
            assert status in FINAL, f"call {key} is {status}"
            assert (key in missed) == (status == "MISSED" and not seen)
            if key in self.known:
                assert (status, duration) == self.known[key], f"call {key} has changed"
                continue
            call = self.told.get(key, Call())
            assert seen or not call.seen
            if call.status in FINAL:
                assert (status, duration) == (call.status, call.duration)
            elif call.status in TALKING:
                assert status == "FINISHED", f"call {key} talked and is {status}"
                # The end that nobody was told may have been kept.
                assert call.duration - LOST < duration or duration == call.duration == 0
        self.known = {key: (status, duration) for key, (status, duration, _) in read.items()}
        self.told.clear()
        self.cleared = None
