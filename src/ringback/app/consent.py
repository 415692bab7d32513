"""What the user decided of programs, kept in ``<home>/access.toml``; the running engine or, if there is none,
the command ``ringback access`` writes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from ringback.app.files import replace
from ringback.app.home import CannotStartError
from ringback.session.access import Access, Asked, Rule, command, described

_HEAD: Final = "Who may attach (ringback access). The narrowest rule that fits a program decides."


class DamagedAccessError(CannotStartError):
    """The file cannot be understood; nobody is let in by guessing."""


def read(path: Path) -> tuple[Rule, ...]:
    """The rules of a file; none if it is not there. Raises DamagedAccessError, OSError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except UnicodeDecodeError as error:
        raise DamagedAccessError(_damaged(path, error)) from None
    try:
        return tuple(Rule.read(table) for table in tomlkit.parse(text).unwrap().get("rule", []))
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedAccessError(_damaged(path, error)) from None


def _damaged(path: Path, error: Exception) -> str:
    return (
        f"{path} is damaged: {error}. Repair it or move it away; then everybody has to be decided about anew."
    )


def written(rules: Iterable[Rule]) -> str:
    """The rules as a file."""
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD))
    tables = tomlkit.aot()
    for rule in rules:
        table = tomlkit.table()
        table.update(rule.data())
        tables.append(table)
    if len(tables):
        document["rule"] = tables
    return tomlkit.dumps(document)


class Consent:
    """The decisions and their file. A change that cannot be kept is not made."""

    def __init__(self, path: Path, log: Callable[[str], None]) -> None:
        self._path = path
        #: Root may do everything anyway.
        self.access = Access({os.getuid(), 0}, log)

    def load(self) -> None:
        """Read the file. Raises DamagedAccessError, OSError."""
        self.access.use(read(self._path))

    def decide(self, rule: Rule) -> None:
        """Make and keep a decision. Raises OSError."""
        others = [old for old in self.access.rules if old.about != rule.about]
        self._keep([*others, rule])
        self.access.put(rule)

    def forget(self, program: str) -> int:
        """Take back what was decided about a name; returns how many decisions. Raises OSError."""
        new = Access((), lambda _text: None)
        new.use(self.access.rules)
        gone = new.forget(program)
        if gone:
            self._keep(new.rules)
            self.access.use(new.rules)
        return gone

    def _keep(self, rules: Iterable[Rule]) -> None:
        replace(self._path, written(rules).encode())

    def listed(self) -> dict[str, Any]:
        """Everything, as ``ringback access list --json`` shows it."""
        return {
            "rules": [rule.data() for rule in self.access.rules],
            "asked": [_asked(asked) for asked in self.access.asked],
        }


def _asked(asked: Asked) -> dict[str, Any]:
    return {
        "program": asked.program,
        "peer": described(asked.peer),
        "user": asked.peer.user,
        "executable": asked.peer.executable,
        "times": asked.times,
        "command": command(asked),
    }
