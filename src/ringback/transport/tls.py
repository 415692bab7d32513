"""The certificate with which TCP and WebSocket are opened to other machines."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import Final

_LOG: Final = logging.getLogger(__name__)


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
