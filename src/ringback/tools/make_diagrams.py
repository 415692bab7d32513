"""The states of a call as diagrams, made from the table that the engine runs by.

python -m ringback.tools.make_diagrams docs/reference
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ringback.domain.call_table import FINAL, INCOMING, OUTGOING, Event

PAGE: Final = "call-states.md"


def diagram(table: Mapping[tuple[str, Event], str], first: str) -> str:
    """One table as Mermaid text; what leads from a status to the same next one shares an arrow."""
    arrows: dict[tuple[str, str], list[str]] = {}
    # Sorted, because the table is partly made from sets, whose order changes with each process.
    for (status, event), following in sorted(table.items(), key=lambda row: (row[0][0], row[0][1].name)):
        arrows.setdefault((status, following), []).append(event.value)
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    for (status, following), events in arrows.items():
        lines.append(f"    {status} --> {following}: {', or '.join(events)}")
    lines += [f"    {status} --> [*]" for status in sorted(FINAL.intersection(table.values()))]
    return "\n".join(lines)


def page() -> str:
    """The page for the docs."""
    return (
        "# The states of a call\n\n"
        "Made by `make generate` from `src/ringback/domain/call_table.py`. "
        "On the wire the words are in capitals.\n\n"
        f"## Calls that we place\n\n```mermaid\n{diagram(OUTGOING, 'unplaced')}\n```\n\n"
        f"## Calls that come in\n\n```mermaid\n{diagram(INCOMING, 'ringing')}\n```\n"
    )


if __name__ == "__main__":
    (Path(sys.argv[1]) / PAGE).write_text(page(), encoding="utf-8")
