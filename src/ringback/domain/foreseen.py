"""Which rows may wait for a store that is ill: those without which the next start shows the same.

Theory. What lives when the process ends is over at the next start: a call with an answer as FINISHED, one of
ours without as CANCELLED. So whoever hangs up, holds or goes on can be told so before the row is stored, and
the other side, too; a microphone must not stay open for want of room on a disk. Of what such a call cost and
how long it was the seconds may be lost that are not stored. A call that was answered or refused here would be
MISSED instead, so those wait.
"""

from __future__ import annotations

from ringback.domain.call import restored
from ringback.domain.changes import Kind
from ringback.domain.records import Record, Row, Save
from ringback.domain.rows import MISSHAPEN, Rows
from ringback.domain.settings import PROFILE


def is_foreseen(record: Record, stored: Rows) -> bool:
    """Would the next start show the same call without this row?

    Only for steps about calls; those change nothing of the profile but the balance.
    """
    if record.ref == PROFILE:
        return True
    if (
        record.ref.kind is not Kind.CALL
        or not isinstance(record, Save)
        or not isinstance(record.ref.key, int)
    ):
        return False
    before = stored.find(record.ref)
    try:
        return before is not None and _end(record.ref.key, before) == _end(record.ref.key, record.row)
    except MISSHAPEN:
        return False


def _end(key: int, row: Row) -> tuple[str, int, str, bool]:
    call = restored(key, row)
    return call.state, call.failure_reason, call.pstn_status, call.seen
