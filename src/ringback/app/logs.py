"""Logging to standard error: one line an event, no message bodies, no secrets."""

from __future__ import annotations

import logging


def to_standard_error(verbose: bool) -> None:
    """Set it up for a daemon in the foreground."""
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("dbus_fast").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
