"""The salted password of SCRAM (RFC 5802), computed by OpenSSL.

slixmpp has a loop in Python for it: the ten thousand rounds of a usual server hold everything else up for a
twentieth of a second, the sound of other accounts among it, and those that a bad one may ask for never end.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from slixmpp.util.sasl.client import SASLCancelled
from slixmpp.util.sasl.mechanisms import SCRAM

#: Rounds that are done for a server; common advice is a tenth of it to all of it.
MOST: Final = 1_000_000


def salted(mechanism: Any, password: bytes, salt: bytes, rounds: int) -> bytes:
    """``Hi`` of a mechanism. Raises SASLCancelled for more rounds than anybody needs."""
    if not 0 < rounds <= MOST:
        raise SASLCancelled(f"{rounds} rounds")  # type: ignore[no-untyped-call]
    return hashlib.pbkdf2_hmac(mechanism.hash().name, bytes(password), salt, rounds)


def install() -> None:
    """Have slixmpp use it."""
    setattr(SCRAM, "Hi", salted)  # noqa: B010 - it has other types
