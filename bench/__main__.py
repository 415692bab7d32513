"""Every row names its floor and runs it in the same run, turn by turn; ratio 1 = as good as the floor.

python -m bench [--quick] [--only PART]

With --only nothing is written; with --quick the page in the docs stays, since its figures are of a whole run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from bench import accounts, big, buses, calls, fan_out, memory, network, sockets  # noqa: E402 - the path comes first
from bench.measure import TURNS  # noqa: E402
from bench.processes import awake  # noqa: E402
from bench.report import Row, write  # noqa: E402

PARTS = (
    "memory",
    "unix",
    "dbus",
    "memory-notify",
    "unix-notify",
    "dbus-notify",
    "messages",
    "xmpp",
    "calls",
    "accounts",
    "big",
)


def main(arguments: list[str]) -> None:
    """Measure, show, write."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short turns; the page in the docs stays")
    parser.add_argument("--only", choices=PARTS, help="one part; nothing is written")
    chosen = parser.parse_args(arguments)
    scale, only = 10 if chosen.quick else 1, chosen.only
    rows: list[Row] = []
    missing: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts: dict[str, Callable[[], Iterator[Row]]] = {
            "memory": lambda: memory.commands(30_000 // scale),
            "unix": lambda: sockets.commands(folder, 6_000 // scale, missing),
            "dbus": lambda: buses.commands(folder, 1_500 // scale),
            "memory-notify": lambda: memory.fan_out(20_000 // scale),
            "unix-notify": lambda: fan_out.unix(folder, 1_000 // scale),
            "dbus-notify": lambda: fan_out.dbus(folder, 200 // scale),
            "messages": lambda: big.messages(folder, 2_000 // scale),
            "xmpp": lambda: network.messages(folder, 100 // scale),
            "calls": lambda: calls.calls(folder, max(3, TURNS // scale)),
            "accounts": lambda: accounts.accounts(folder, 200),
            "big": lambda: big.account(folder, 1_000_000 // scale),
        }
        assert tuple(parts) == PARTS
        with awake():
            for part, measure in parts.items():
                if only in (None, part):
                    for row in measure():
                        rows.append(row)
                        print(row.shown(), flush=True)
    for reason in missing:
        print(f"not measured: {reason}")
    if only is None:
        page = ROOT / ("build/bench.md" if scale > 1 else "docs/reference/bench.md")
        write(rows, missing, ROOT / "build/bench.json", page)
    if missed := [row.name for row in rows if not row.met]:
        sys.exit(f"aims missed: {', '.join(missed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
