"""How servers are believed: by certificates, always checked, for the domain that was asked for.

Reading an authority's certificates takes longer than a handshake with one of them, so all accounts that
trust the same authority share one context for as long as its file is as it was.
"""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from pathlib import Path
from typing import Final

#: Said in the handshake to servers that speak TLS from the first byte (XEP-0368).
_PROTOCOL: Final = "xmpp-client"


def tls(authority: Path | None, *, direct: bool = False) -> ssl.SSLContext:
    """Trusts a file of certificates (PEM), or what the system trusts. ``direct``: TLS from the first byte.

    Raises OSError if the file cannot be used.
    """
    return _made(authority, _look(authority), direct)


def _look(authority: Path | None) -> tuple[int, int]:
    """Differs when the certificates do: when they were written, and how long they are."""
    path = ssl.get_default_verify_paths().cafile if authority is None else authority
    if path is None:
        return 0, 0
    found = os.stat(path)  # noqa: PTH116 - the system gives a text
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=16)
def _made(authority: Path | None, _look: tuple[int, int], direct: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=None if authority is None else str(authority))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if direct:
        context.set_alpn_protocols([_PROTOCOL])
    return context
