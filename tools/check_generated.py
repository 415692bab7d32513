"""Compares the generated reference with what the declarations say now."""

from __future__ import annotations

import sys
from pathlib import Path

from ringback.tools import make_reference

FOLDER = Path(__file__).parent.parent / "docs" / "reference"


def main() -> int:
    wanted = {
        "language.txt": make_reference.text(),
        "language.html": make_reference.html() + "\n",
        "language.json": make_reference.as_json() + "\n",
    }
    stale = [n for n, text in wanted.items() if not (FOLDER / n).exists() or (FOLDER / n).read_text() != text]
    if stale:
        sys.stdout.write(f"not up to date, run make generate: {', '.join(stale)}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
