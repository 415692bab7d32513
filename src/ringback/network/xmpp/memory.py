"""What the adapter keeps of an account beside the engine's database: a small file, replaced as a whole.

Losing it costs a look through the archive and nothing else.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Final

_LOG: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class Memory:
    """``device``: what our connection is called at the server. ``archive``: id of the last entry of the
    archive that was looked at and stored, None if there was none yet; ``since``: then, from when it is looked
    at, UTC seconds, 0 before the first session. ``asked``: who asks for our leave, by address, with the text
    that the engine has stored. ``shown``: digests of what we published, by node. ``looks``: whose picture the
    engine was told, by address, with the name that it has at its server.
    """

    path: Path | None = None
    device: str = ""
    archive: str | None = None
    since: float = 0.0
    asked: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    looks: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Memory:
        """From its file; a new one if that is not there or makes no sense."""
        memory = cls(path)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            for one in fields(cls):
                if one.name in found and one.name != "path":
                    setattr(memory, one.name, found[one.name])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError) as error:
            _LOG.warning("%s is not used: %s", path, error)
        return memory

    def keep(self) -> None:
        """Write it down."""
        if self.path is None:
            return
        kept = {name: value for name, value in asdict(self).items() if name != "path"}
        unfinished = self.path.with_suffix(".part")
        try:
            unfinished.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
            os.replace(unfinished, self.path)  # noqa: PTH105 - the one that is known to be atomic
        except OSError as error:
            _LOG.error("%s cannot be written: %s", self.path, error.strerror or error)
