"""Compares the generated pages with what the declarations, tables, packages and news fragments say now."""

from __future__ import annotations

import sys
from pathlib import Path

import changelog
import licences

from ringback.tools import make_diagrams, make_networks, make_reference

ROOT = Path(__file__).parent.parent


def main() -> int:
    reference = ROOT / "docs" / "reference"
    try:
        allowed = licences.page()
    except licences.Unfit as why:
        sys.stdout.write(f"{why}\n")
        return 1
    wanted = {
        reference / "language.txt": make_reference.text(),
        reference / "language.html": make_reference.html() + "\n",
        reference / "language.json": make_reference.as_json() + "\n",
        reference / make_diagrams.PAGE: make_diagrams.page(),
        reference / make_networks.PAGE: make_networks.page(),
        licences.PAGE: allowed,
        changelog.CHANGELOG: changelog.unreleased(),
    }
    stale = [
        str(path.relative_to(ROOT))
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if stale:
        sys.stdout.write(f"not up to date, run make generate: {', '.join(stale)}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
