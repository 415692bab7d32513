"""Telling a service manager how the engine is (sd_notify(3)): ready, reloading, stopping, still alive."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Mapping
from typing import Final

from ringback.ports.clock import Clock

_LOG: Final = logging.getLogger(__name__)
#: So many signs of life in the time after which a silent engine counts as hung.
_SIGNS: Final = 3


class Manager:
    """The service manager that started us, if one did; otherwise everything here does nothing.

    Its variables are taken out of the environment, so that no other process speaks in our name.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        found = os.environ if environment is None else environment
        address = found.get("NOTIFY_SOCKET", "")
        #: A leading @ means a name without a file.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._patience = 0.0
        with contextlib.suppress(ValueError):
            if found.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid()):
                self._patience = int(found.get("WATCHDOG_USEC", "0")) / 1e6
        if environment is None:
            for name in ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"):
                os.environ.pop(name, None)

    def tell(self, **said: str) -> None:
        """Say something; a manager that does not listen is not waited for."""
        if not self._address:
            return
        text = "\n".join(f"{name}={value}" for name, value in said.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.setblocking(False)
                line.sendto(text.encode(), self._address)
        except OSError as error:
            _LOG.warning("the service manager does not listen: %s", error.strerror)

    def ready(self, status: str) -> None:
        """Everything is open."""
        self.tell(READY="1", STATUS=status)

    def reloading(self, clock: Clock) -> None:
        """``ready`` follows soon."""
        self.tell(RELOADING="1", MONOTONIC_USEC=str(int(clock.now().monotonic * 1e6)))

    def stopping(self) -> None:
        """The end has begun."""
        self.tell(STOPPING="1", STATUS="hanging up")

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give signs of life as long as the loop turns: one that hangs gives none and is started anew."""
        if self._address and self._patience:
            self._sign(loop)

    def _sign(self, loop: asyncio.AbstractEventLoop) -> None:
        self.tell(WATCHDOG="1")
        loop.call_later(self._patience / _SIGNS, self._sign, loop)
