"""Programs that need something of their own, by the first word of their name, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Quirk:
    """``answer_delay``: seconds by which answers are held back. ``reason``: what goes wrong otherwise."""

    answer_delay: float
    reason: str


QUIRKS: Final[dict[str, Quirk]] = {
    "pidgin": Quirk(0.02, "its D-Bus back end can miss an answer that comes before it starts to wait"),
}
NONE: Final = Quirk(0.0, "")


def quirk_of(program: str) -> Quirk:
    """What this program needs."""
    return QUIRKS.get(program.split(" ", 1)[0].casefold(), NONE) if program else NONE
