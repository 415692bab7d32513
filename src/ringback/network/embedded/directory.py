"""Who is on the embedded network, what they show, and whom they let see them; kept in the network's file.

Theory of privacy. Everybody may find an account and read what its profile shows to all. Presence, mood and
phone numbers are for those whom it authorized. Whom it authorized and blocks is told that it went offline,
and nothing more of what is not for all, so that being blocked looks like the other one being away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from ringback.domain.effects import ChangeContact, ContactAct, Fields
from ringback.domain.finding import Wanted
from ringback.domain.handles import canonical
from ringback.network.embedded.file import EmbeddedFile
from ringback.network.embedded.residents import Resident

#: Fields of a profile that only those see who have leave.
PRIVATE: Final = frozenset({"mood_text", "rich_mood_text", "phone_home", "phone_office", "phone_mobile"})
#: How many people a search finds at most.
FOUND_AT_MOST: Final = 1_000
_OFFLINE: Final = "offline"
_AUTHORIZES: Final = {ContactAct.ASK: 1, ContactAct.GRANT: 1, ContactAct.REFUSE: 0, ContactAct.REMOVE: 0}


class Directory:
    """Profiles, relations and presence. ``residents`` are people who always exist. Raises StoreError."""

    def __init__(self, file: EmbeddedFile, residents: Mapping[str, Resident]) -> None:
        self._run: Final = file.run
        self._residents = residents
        #: Presence of those who are connected and visible; others are offline.
        self._presence: dict[str, str] = {name: r.presence for name, r in residents.items()}

    # What people show -------------------------------------------------------------------------------------

    def show(self, handle: str, fields: Fields) -> None:
        """An account shows this of itself from now on."""
        name = canonical(str(dict(fields).get("fullname", "")))
        self._run(
            "INSERT INTO profile VALUES (?, ?, ?, 0)"
            " ON CONFLICT (handle) DO UPDATE SET name = excluded.name, fields = excluded.fields",
            (handle, name, json.dumps(dict(fields), ensure_ascii=False)),
        )

    def look(self, handle: str, data: bytes) -> bool:
        """An account shows this picture from now on, b"" for none; False if it did already."""
        if self.picture(handle) == data:
            return False
        if data:
            self._run("INSERT OR REPLACE INTO picture VALUES (?, ?)", (handle, data))
        else:
            self._run("DELETE FROM picture WHERE handle = ?", (handle,))
        return True

    def picture(self, handle: str) -> bytes:
        """Somebody's picture, b"" if there is none."""
        row = self._run("SELECT data FROM picture WHERE handle = ?", (handle,)).fetchone()
        return b"" if row is None else bytes(row[0])

    def appear(self, handle: str, state: str, stamp: int) -> bool:
        """An account is seen so from now on, UTC seconds ``stamp``; False if nothing changed.

        Invisible means: as if it were not there.
        """
        shown = _OFFLINE if state == "invisible" else state
        if shown == self._presence.get(handle, _OFFLINE):
            return False
        if shown == _OFFLINE:
            self._presence.pop(handle, None)
        else:
            self._presence[handle] = shown
        self._run("UPDATE profile SET seen = ? WHERE handle = ?", (stamp, handle))
        return True

    def view(self, owner: str, viewer: str) -> Fields | None:
        """What ``viewer`` sees of ``owner``, presence first; None if there is no such person."""
        resident = self._residents.get(owner)
        if resident is not None:
            profile, seen = dict(resident.profile), 0
        else:
            row = self._run("SELECT fields, seen FROM profile WHERE handle = ?", (owner,)).fetchone()
            if row is None:
                return None
            profile, seen = json.loads(row[0]), row[1]
        authorized, blocked = self._relation(owner, viewer)
        state = self._presence.get(owner, _OFFLINE)
        if not authorized:
            state, seen = _OFFLINE, 0
            profile |= {name: type(value)() for name, value in profile.items() if name in PRIVATE}
        elif blocked:
            state, seen = _OFFLINE, blocked
            profile = {name: value for name, value in profile.items() if name not in PRIVATE}
        return (
            ("online_status", state),
            ("last_online", 0 if state != _OFFLINE else seen),
            *profile.items(),
        )

    # Who may see them -------------------------------------------------------------------------------------

    def note(self, owner: str, said: ChangeContact) -> bool:
        """``owner`` said how they stand to somebody; False if a later word of theirs is known already."""
        old = self._run(
            "SELECT authorized, blocked, serial FROM relation WHERE owner = ? AND other = ?", (owner, said.to)
        ).fetchone() or (0, 0, 0)
        if said.serial <= old[2]:
            return False
        authorized = _AUTHORIZES.get(said.act, old[0])
        blocked = old[1]
        if said.act is ContactAct.UNBLOCK:
            blocked = 0
        elif said.act is ContactAct.BLOCK:
            blocked = self._goes(owner, said.serial // 1000)
        self._run(
            "INSERT OR REPLACE INTO relation VALUES (?, ?, ?, ?, ?)",
            (owner, said.to, authorized, blocked, said.serial),
        )
        return True

    def _goes(self, owner: str, stamp: int) -> int:
        """When somebody was last there for who is blocked at ``stamp``; both UTC seconds."""
        if owner not in self._presence:
            row = self._run("SELECT seen FROM profile WHERE handle = ?", (owner,)).fetchone()
            stamp = stamp if row is None else row[0]
        return max(stamp, 1)

    def _relation(self, owner: str, viewer: str) -> tuple[bool, int]:
        """Does ``owner`` let ``viewer`` see them, and since when are they gone if ``viewer`` is blocked."""
        resident = self._residents.get(owner)
        if owner == viewer or (resident is not None and resident.open_to_all):
            return True, 0
        row = self._run(
            "SELECT authorized, blocked FROM relation WHERE owner = ? AND other = ?", (owner, viewer)
        ).fetchone()
        return (False, 0) if row is None else (bool(row[0]), row[1])

    def watchers(self, owner: str) -> list[str]:
        """Those who may see ``owner``."""
        return self._column(
            "SELECT other FROM relation WHERE owner = ? AND authorized AND NOT blocked ORDER BY other", owner
        )

    def watched(self, viewer: str) -> list[str]:
        """Those who gave ``viewer`` their leave, besides residents; who blocks it is seen as away."""
        found = self._column(
            "SELECT owner FROM relation WHERE other = ? AND authorized ORDER BY owner", viewer
        )
        return [handle for handle in found if handle not in self._residents]

    def _column(self, statement: str, value: str) -> list[str]:
        return [str(handle) for (handle,) in self._run(statement, (value,)).fetchall()]

    # Finding them -----------------------------------------------------------------------------------------

    def find(self, text: str) -> list[str]:
        """Handles of those whom a search for ``text`` finds, the best first."""
        wanted = Wanted(text)
        found = [
            handle
            for handle, resident in self._residents.items()
            if wanted.is_met_by(handle, str(dict(resident.profile).get("fullname", "")))
        ]
        if wanted.exact:
            statement = "SELECT handle FROM profile WHERE handle = ? LIMIT ?"
        elif wanted.in_handles:
            statement = "SELECT handle FROM profile WHERE instr(handle, ?1) OR instr(name, ?1) LIMIT ?2"
        else:
            statement = "SELECT handle FROM profile WHERE instr(name, ?) LIMIT ?"
        found += [handle for (handle,) in self._run(statement, (wanted.text, FOUND_AT_MOST)).fetchall()]
        return sorted(found, key=lambda handle: (handle != wanted.text, handle))[:FOUND_AT_MOST]
