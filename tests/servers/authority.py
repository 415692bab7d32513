"""Certificates of an authority that only the tests know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


class Authority:
    """Issues what servers show; who trusts the file ``root`` trusts them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._ca = trustme.CA()
        self.root = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(str(self.root))

    def issue(self, folder: Path, domain: str, *more: str, days: int = 30) -> None:
        """Write ``<domain>.crt`` and ``<domain>.key`` into a folder, for these names too.

        days: how long it is valid; a negative number gives one that has expired. (ejabberd cannot count to
        the year 3000, to which they are valid otherwise.)
        """
        folder.mkdir(parents=True, exist_ok=True)
        end = datetime.now(UTC) + timedelta(days=days)
        issued = self._ca.issue_cert(domain, *more, not_before=end - timedelta(days=90), not_after=end)
        chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        (folder / f"{domain}.crt").write_bytes(chain)
        key = folder / f"{domain}.key"
        key.touch(mode=0o600)
        key.write_bytes(issued.private_key_pem.bytes())
