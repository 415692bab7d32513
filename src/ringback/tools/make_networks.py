"""The page that says what each network has, made from what the adapters declare.

python -m ringback.tools.make_networks docs/reference
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from ringback.domain.nature import EMBEDDED, Part
from ringback.network.xmpp.network import OF_SOME, PARTS

PAGE: Final = "networks.md"
_HEAD: Final = """# What each network has

An engine asks its network for nothing that it has not got; programs are answered with the error that the
language has for it, or a call or message fails with its reason. `ringback accounts` and
[how to use XMPP](../how-to/xmpp.md) tell how an account comes to one or the other.

| part | embedded | XMPP |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = [
        f"| {part.value} | {_said(part in EMBEDDED)} | "
        f"{'where the server has it' if part in OF_SOME else _said(part in PARTS)} |\n"
        for part in Part
    ]
    return _HEAD + "".join(rows)


def _said(there: bool) -> str:
    return "yes" if there else "no"


if __name__ == "__main__":
    (Path(sys.argv[1]) / PAGE).write_text(page(), encoding="utf-8")
