"""The reference of the language, made from its declarations: text, page, data.

python -m ringback.tools.make_reference docs/reference
"""

from __future__ import annotations

import sys
from pathlib import Path

from ringback.tools.reference_data import as_json
from ringback.tools.reference_page import html
from ringback.tools.reference_text import text

__all__ = ["as_json", "html", "text", "write"]


def write(folder: Path) -> None:
    """Write the generated files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "language.txt").write_text(text(), encoding="utf-8")
    (folder / "language.html").write_text(html() + "\n", encoding="utf-8")
    (folder / "language.json").write_text(as_json() + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
