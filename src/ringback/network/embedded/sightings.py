"""Tells the accounts of a process what they may see of others, as it changes.

Who comes online is told of everybody that it may see. An account that meets somebody else, because it asked
or got a letter, is told what that one shows to all. Whom it has met it hears of as long as it is online.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ringback.domain.effects import Fields
from ringback.domain.inputs import AvatarSeen, NetworkEvent, PeopleFound, PersonSeen
from ringback.network.embedded.directory import Directory
from ringback.network.embedded.residents import RESIDENTS
from ringback.ports.store import StoreError

_LOG: Final = logging.getLogger(__name__)
#: People found that are told of at once.
PORTION: Final = 100


class Sightings:
    """``tell`` gives an event to an account; False if it is not online. What the file refuses is logged."""

    def __init__(self, directory: Directory, tell: Callable[[str, NetworkEvent], bool]) -> None:
        self._directory = directory
        self._tell = tell
        #: Whom the accounts that are online have been told of.
        self._met: dict[str, set[str]] = {}
        #: What accounts show from now on and neither the file nor others know yet.
        self._new: dict[str, Fields] = {}

    def arrive(self, handle: str) -> None:
        """An account came online."""
        self.settle()
        self._met[handle] = set()
        with _logged():
            for other in (*RESIDENTS, *self._directory.watched(handle)):
                self.show(other, handle)

    def leave(self, handle: str, stamp: int) -> None:
        """An account is gone."""
        self.settle()
        self._met.pop(handle, None)
        self.appear(handle, "offline", stamp)

    def show(self, owner: str, viewer: str) -> None:
        """Tell an account all that it may see of somebody, if there is such a person."""
        met = self._met.get(viewer)
        if met is None or owner == viewer:
            return
        with _logged():
            fields = self._directory.view(owner, viewer)
            if fields is not None:
                self._tell(viewer, PersonSeen(owner, fields))
                if owner not in met:
                    self._tell(viewer, AvatarSeen(owner, self._directory.picture(owner)))
                met.add(owner)

    def refresh(self, owner: str, viewer: str) -> None:
        """What an account may see of somebody may have changed; who never heard of them is told nothing."""
        if owner in self._met.get(viewer, ()):
            self.show(owner, viewer)

    def introduce(self, owner: str, viewer: str) -> None:
        """Tell an account of somebody, if it has not been told since it came online."""
        if owner not in self._met.get(viewer, ()):
            self.show(owner, viewer)

    def publish(self, handle: str, fields: Fields) -> None:
        """An account shows this of itself from now on; others are told at the next ``settle``.

        Who sets a whole profile sets it value by value. The account keeps it and shows it again whenever it
        comes online, so nothing is lost meanwhile.
        """
        self._new[handle] = fields

    @property
    def unsettled(self) -> bool:
        """True while there is something to publish."""
        return bool(self._new)

    def settle(self) -> None:
        """Publish what accounts show."""
        new, self._new = self._new, {}
        for handle, fields in new.items():
            with _logged():
                self._directory.show(handle, fields)
            for viewer in self._who_met(handle):
                self.show(handle, viewer)

    def picture(self, handle: str, data: bytes) -> None:
        """An account looks so from now on."""
        with _logged():
            if self._directory.look(handle, data):
                for viewer in self._who_met(handle):
                    self._tell(viewer, AvatarSeen(handle, data))

    def appear(self, handle: str, state: str, stamp: int) -> None:
        """An account is seen so from now on (UTC seconds ``stamp``)."""
        with _logged():
            if self._directory.appear(handle, state, stamp):
                for viewer in self._directory.watchers(handle):
                    self.show(handle, viewer)

    def _who_met(self, handle: str) -> list[str]:
        return [viewer for viewer, met in self._met.items() if handle in met]

    def search(self, handle: str, operation: int, text: str) -> None:
        """Tell an account whom its search for ``text`` finds; nobody, if the file cannot be read."""
        self.settle()
        found: list[PersonSeen] = []
        with _logged():
            for other in self._directory.find(text):
                fields = self._directory.view(other, handle)
                if fields is not None:
                    found.append(PersonSeen(other, fields))
        # In portions, and the end by itself, so that the news of them come before the answer.
        for start in range(0, len(found), PORTION):
            self._tell(handle, PeopleFound(operation, tuple(found[start : start + PORTION]), more=True))
        self._tell(handle, PeopleFound(operation, ()))


@contextmanager
def _logged() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        _LOG.error("%s", error)
