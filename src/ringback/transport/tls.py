"""The certificate with which TCP and WebSocket are opened to other machines."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

_LOG: Final = logging.getLogger(__name__)
#: Seconds between looks at whether all was read that came before the end of the bytes.
LOOK_AGAIN: Final = 0.05


class Tls:
    """A certificate chain and its key. A renewed file is taken up with the next connection."""

    def __init__(self, certificate: Path, key: Path | None = None) -> None:
        """Raises OSError if the files cannot be read or do not belong together."""
        self._files = (certificate,) if key is None else (certificate, key)
        self._stamp = self._now()
        self._context = self._load()

    def context(self) -> ssl.SSLContext:
        """For one connection. As long as new files are not good, the old ones are used."""
        try:
            now = self._now()
            if now != self._stamp:
                self._stamp = now
                self._context = self._load()
                _LOG.info("tls: the new certificate in %s is used from now on", self._files[0])
        except OSError as error:
            _LOG.error("tls: %s cannot be used, the old certificate stays: %s", self._files[0], error)
        return self._context

    def _now(self) -> tuple[tuple[int, int, int], ...]:
        found = [path.stat() for path in self._files]
        return tuple((one.st_mtime_ns, one.st_ino, one.st_size) for one in found)

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Nobody is there to type the password of a key.
        certificate, *key = self._files
        context.load_cert_chain(certificate, key[0] if key else None, password="")
        return context


def half_open(transport: asyncio.Transport, staying: Callable[[], bool], busy: Callable[[], bool]) -> bool:
    """Keep our half of TLS open after the program has closed its own, as long as it is ``staying``.

    ``transport``: what is under TLS, once TLS has begun there. ``busy``: the program has said more than was
    read, so its close_notify may still be found. Returns False if all that cannot be done.

    COMPAT(asyncio, 3.11 to 3.13): a connection whose other half says close_notify is ended at once, answers
    or not, although each half of TLS 1.3 ends by itself (RFC 8446, 6.1).
    """
    protocol: Any = transport.get_protocol()
    end = getattr(protocol, "_start_shutdown", None)
    if end is None:
        return False
    loop, eof = asyncio.get_running_loop(), protocol.eof_received

    def ended() -> bool:
        """The bytes have ended, which may be at once after close_notify. Returns True to go on without."""
        if staying():
            return True
        if busy():
            loop.call_later(LOOK_AGAIN, end_unless_needed)
            return True
        return bool(eof())

    def end_unless_needed() -> None:
        if not transport.is_closing() and not ended():
            transport.close()

    protocol._start_shutdown = lambda: None if staying() else end()
    protocol.eof_received = ended
    return True
