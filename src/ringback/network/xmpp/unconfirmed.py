"""What our archive shows and another Ringback has not confirmed: it is said again, under the same id.

Theory. The archive shows what our end of a cluster, or our server, has; what was on its way to a device goes
under with the node that held it. Only the other Ringback itself can say that it has something. If it is there
and does not, that is said again after each of PAUSES, and after the last of them the archive is believed.
A Ringback knows repeats; other programs might show them, so to these nothing is said again for this reason.
"""

from __future__ import annotations

from typing import Final

from ringback.ports.clock import Clock

#: Seconds that a confirmation may take, each time that something was said.
PAUSES: Final = (20.0, 40.0, 80.0, 160.0)


class Unconfirmed:
    """Of one session."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        #: When to say it again, by uid.
        self._at: dict[str, float] = {}
        self._tries: dict[str, int] = {}
        self._due: float | None = None

    def __contains__(self, uid: object) -> bool:
        return uid in self._at

    def __len__(self) -> int:
        return len(self._at)

    def wait(self, uid: str) -> bool:
        """Have it confirmed; False if that was waited for long enough."""
        tries = self._tries.get(uid, 0)
        if tries == len(PAUSES):
            return False
        moment = self._clock.now().monotonic + PAUSES[tries]
        self._at[uid] = moment
        self._due = moment if self._due is None else min(self._due, moment)
        return True

    def settled(self, uid: str) -> None:
        """It is confirmed, or of no interest any more."""
        self._at.pop(uid, None)
        self._tries.pop(uid, None)
        if not self._at:
            self._due = None

    def next_deadline(self) -> float | None:
        """Monotonic moment at which there may be something to say again."""
        return self._due

    def late(self, now: float) -> list[str]:
        """What is to be said again now; until it is known to be kept nothing is waited for."""
        if self._due is None or self._due > now + 1e-6:
            return []
        found = [uid for uid, moment in self._at.items() if moment <= now + 1e-6]
        for uid in found:
            del self._at[uid]
            self._tries[uid] = self._tries.get(uid, 0) + 1
        self._due = min(self._at.values(), default=None)
        return found

    def forget(self) -> None:
        """A new session: the engine posts it anew."""
        self._at.clear()
        self._tries.clear()
        self._due = None
