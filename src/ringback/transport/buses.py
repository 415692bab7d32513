"""Where buses are: ``session`` and ``system`` are names for what the surroundings tell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

_SYSTEM: Final = "unix:path=/var/run/dbus/system_bus_socket"


def bus_address(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The address of a bus. Raises ConnectionError if there is no session bus.

    A service, a cron job and a remote shell often do not have the variable of their user's bus; it then is
    where login managers put it, as other D-Bus libraries know.
    """
    if name == "system":
        return environment.get("DBUS_SYSTEM_BUS_ADDRESS") or _SYSTEM
    if name != "session":
        return name
    told = environment.get("DBUS_SESSION_BUS_ADDRESS", "")
    if told:
        return told
    place = environment.get("XDG_RUNTIME_DIR", "")
    if place and (Path(place) / "bus").is_socket():
        return f"unix:path={quote(place)}/bus"
    raise ConnectionError("no session bus (neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR/bus)")
