"""People who always exist on the embedded network: what they show, and what they say to who asks for leave.

How they behave in calls is in ``ringback.network.embedded.robots``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ringback.domain.effects import ChangeContact, ContactAct, Fields


@dataclass(frozen=True, slots=True)
class Resident:
    """``answer``: what it says when it is asked for its leave, None = nothing, ever. ``open_to_all``: its
    presence is seen without asking."""

    profile: Fields
    presence: str = "online"
    answer: ContactAct | None = None
    open_to_all: bool = False

    def answers(self, asked: ChangeContact, sender: str) -> ChangeContact | None:
        """What it says to ``sender``, who asked."""
        if asked.act is not ContactAct.ASK or self.answer is None:
            return None
        # One answer to one question, however often that comes.
        return ChangeContact(f"{asked.uid}a", sender, self.answer, serial=asked.serial)


RESIDENTS: Final[Mapping[str, Resident]] = {
    "echo123": Resident(
        (("fullname", "Echo / Sound Test Service"), ("country", "gb")),
        answer=ContactAct.GRANT,
        open_to_all=True,
    ),
    "busy.bee": Resident((("fullname", "Busy Bee"),), "dnd", ContactAct.GRANT),
    "no.answer": Resident((("fullname", "Noah Answer"),)),
    "ann.answers": Resident((("fullname", "Ann Answers"),), answer=ContactAct.GRANT),
    "dee.clines": Resident((("fullname", "Dee Clines"),), answer=ContactAct.REFUSE),
}
