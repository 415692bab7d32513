"""What the embedded network has taken and not delivered yet, in a file, so that nothing is lost or doubled.

A letter stays until its receiver has acknowledged it, that is, stored it. The sender's ``uid`` makes a letter
that is posted again one with the first, as long as it waits; afterwards the receiver knows the uid.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Final, TypeAlias

from ringback.network.embedded.file import EmbeddedFile

#: The inside of a letter: plain data.
Content: TypeAlias = dict[str, str | int]


_LOG: Final = logging.getLogger(__name__)


#: Bytes of letters that are looked at together.
PORTION: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing on its way. ``number`` orders a receiver's letters and is the receipt."""

    number: int
    sender: str
    uid: str
    content: Content


class Mailbox:
    """Letters, and the accounts that can get some. Raises StoreError."""

    def __init__(self, file: EmbeddedFile) -> None:
        self._file = file
        self._run = file.run
        #: Letters that cannot be read. They stay where they are, and others go on.
        self._given_up: set[int] = set()

    def register(self, handle: str) -> None:
        """An account of this home; others can write to it from now on, whether it is there or not."""
        self._run("INSERT OR IGNORE INTO account VALUES (?)", (handle,))

    def knows(self, handle: str) -> bool:
        """True for an account that was ever there."""
        return self._file.knows(handle)

    def put(self, sender: str, receiver: str, uid: str, content: Content) -> None:
        """Take a letter; it is safe when this returns, or with the transaction around."""
        self._run(
            "INSERT OR IGNORE INTO letter (receiver, uid, sender, content) VALUES (?, ?, ?, ?)",
            (receiver, uid, sender, json.dumps(content, ensure_ascii=False)),
        )

    def waiting(self, receiver: str, after: int, limit: int) -> list[Letter]:
        """A receiver's letters with numbers above ``after``, oldest first; about PORTION of text at most."""
        found = self._run(
            "SELECT number, sender, uid, CAST(content AS BLOB) FROM letter WHERE receiver = ? AND number > ?"
            " ORDER BY number LIMIT ?",
            (receiver, after, limit),
        )
        letters = []
        size = 0
        for number, sender, uid, stored in found:
            if size > PORTION:
                break
            size += len(stored)
            try:
                letters.append(Letter(number, sender, uid, json.loads(stored.decode())))
            except ValueError:
                self.give_up(number)
        return letters

    def give_up(self, number: int) -> None:
        """A letter cannot be understood: say so once, and leave it."""
        if number not in self._given_up:
            self._given_up.add(number)
            _LOG.error("%s", self._file.damaged("letter", number))

    def taken(self, receiver: str, number: int) -> None:
        """The receiver has stored it."""
        self._run("DELETE FROM letter WHERE number = ? AND receiver = ?", (number, receiver))
