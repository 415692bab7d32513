"""What a run found, as JSON for programs and as a Markdown table for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

#: Units of which less is better; their ratio is turned round, so that 1 is always as good as the floor.
LESS_IS_BETTER = frozenset({"ms", "MiB"})
HEAD = """# Bench

Ratio: fraction of the floor's speed in the same run, 1 = as fast; times and memory are turned round. *Aim*:
what was measured and what it must stay below: a figure, how many times the floor's cost, or what is added to
it; a run that misses one is written all the same, and fails. Made by `make bench`; figures are in
`build/bench.json`. With `ARGS=--quick` turns are too short for this page, and only `build` is written.

Every row runs its floor in turn with ours, on the same core, and the ratio is the median of the turns'
ratios: a machine that is loaded, or has fast and slow moments, shifts both sides of a turn. Something that
gives way to everybody keeps the cores from falling asleep meanwhile; without it two programs that talk in
turns have two speeds, one more than twice the other, and which one is chance.

- *Stored*: the answer comes after the commit. The floor commits in groups too, with WAL and the same
  `synchronous`.
- *SET* gives a person a name of one's own, which the account keeps. Ours says the answer and the
  notification; on the bus the floor does too, on the socket it says back what came.
- *Memory*: the floor splits the line, looks up or keeps one value and formats one line; it has no errors,
  versions or rights. The aim here is a speed (40,000 GET a second on a core), not a ratio.
- *Notify*: one program sets a value in bursts of eight, all attached programs are told. Programs count in
  another process than the engine. The floor keeps and parses nothing: it writes the same bytes to as many
  programs, a burst in one piece. So with few programs the row shows what eight commands and a commit cost;
  *notify, stored* has a floor that commits first. With many it shows that each line passes each program's
  queue, where its order with answers and pushed lines and the bound on unread bytes are kept. A line is
  rendered once for each protocol that is spoken, whatever the number of programs: compare a hundred at one
  protocol with a hundred at eight.
- *Calls*: from the answer until both ends are connected; processor time of both ends together, while both
  talk; and from a program's port at one end to one at the other, in a call that has lasted for some seconds.
  What the floor says is given to aiortc, and what it hears taken, in the form that aiortc likes best.
- *XMPP message round trip*: the floor keeps nothing. Each of our engines has stored what it sends, and what
  has come, before anybody hears of it: four commits a trip, which is what the aim is missed by. With a store
  that forgets everything ours took 1.25 to 1.33 times as long as the floor.
"""


@dataclass(frozen=True, slots=True)
class Under:
    """The figure itself stays under this, in the unit of its row."""

    limit: float

    def reached(self, row: Row) -> bool:
        """True if it does."""
        return row.ours < self.limit

    def told(self, row: Row) -> str:
        """What was measured and what it must stay below."""
        return f"{row.ours:,.0f} {row.unit}, under {self.limit:,.0f}"


@dataclass(frozen=True, slots=True)
class Times:
    """Ours costs at most so many times what the floor does: time or memory, or time for each of many."""

    limit: float

    def reached(self, row: Row) -> bool:
        """True if it does; what is shown as the limit is within it."""
        return round(1 / row.ratio, 2) <= self.limit

    def told(self, row: Row) -> str:
        """The same as two numbers."""
        return f"{1 / row.ratio:.2f} times the floor, at most {self.limit:.2f}"


@dataclass(frozen=True, slots=True)
class Added:
    """Ours is the floor's and less than this more, in the unit of the row."""

    limit: float

    def reached(self, row: Row) -> bool:
        """True if it is."""
        return row.ours - row.floor < self.limit

    def told(self, row: Row) -> str:
        """What is added and what may be."""
        return f"{row.ours - row.floor:,.1f} {row.unit} more than the floor, under {self.limit:,.0f}"


Aim: TypeAlias = Under | Times | Added


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured. ``against`` names the floor, ``aim`` what it must reach."""

    name: str
    ours: float
    floor: float
    unit: str
    against: str
    aim: Aim | None = None

    @property
    def met(self) -> bool:
        """True unless it misses its aim."""
        # Figures of numpy compare to something that JSON does not know.
        return self.aim is None or bool(self.aim.reached(self))

    @property
    def told(self) -> str:
        """The aim and whether it was met, in words; "" if there is none."""
        if self.aim is None:
            return ""
        return f"{self.aim.told(self)}: {'met' if self.met else 'missed'}"

    @property
    def ratio(self) -> float:
        """1 = as good as the floor, 0.5 = half as good."""
        return self.floor / self.ours if self.unit in LESS_IS_BETTER else self.ours / self.floor

    def shown(self) -> str:
        """One line for the terminal."""
        digits = 2 if self.unit in LESS_IS_BETTER else 0
        return (
            f"{self.name:34} {self.ours:12,.{digits}f} {self.unit:4} floor {self.floor:12,.{digits}f} "
            f"ratio {self.ratio:.2f}" + (f" ({self.told})" if self.told else "")
        )


def as_json(rows: Sequence[Row]) -> str:
    """``name``, ``ours``, ``floor``, ``ratio``, ``unit`` of every row, ``aim`` and ``met`` of some."""
    data = [
        {
            "name": row.name,
            "ours": round(row.ours, 3),
            "floor": round(row.floor, 3),
            "ratio": round(row.ratio, 3),
            "unit": row.unit,
            **({} if row.aim is None else {"aim": row.told, "met": row.met}),
        }
        for row in rows
    ]
    return json.dumps(data, indent=1) + "\n"


def as_table(rows: Sequence[Row], missing: Sequence[str] = ()) -> str:
    """The page in the docs: ratios, since speeds tell of the machine, and figures where the aim is one."""
    lines = [HEAD, "| what | ratio | floor | aim |", "| --- | --- | --- | --- |"]
    lines += [f"| {row.name} | {row.ratio:.2f} | {row.against} | {row.told} |" for row in rows]
    if missing:
        lines += ["", *(f"Not measured: {reason}." for reason in missing)]
    return "\n".join(lines) + "\n"


def write(rows: Sequence[Row], missing: Sequence[str], data: Path, page: Path) -> None:
    """Both files; a run that ended early writes neither."""
    data.parent.mkdir(parents=True, exist_ok=True)
    data.write_text(as_json(rows))
    page.write_text(as_table(rows, missing))
