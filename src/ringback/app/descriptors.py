"""How many files and connections the process may have open.

An account takes about ten. Many systems allow a thousand at first and far more to who asks.
"""

from __future__ import annotations

import resource
from contextlib import suppress
from typing import Final

#: As many as are asked for.
MANY: Final = 65_536


def allow_many() -> None:
    """Ask for many, as far as the system lets us."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY if most == resource.RLIM_INFINITY else min(MANY, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        # Some systems have limits of their own below what they say.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
