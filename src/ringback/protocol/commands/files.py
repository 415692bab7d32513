"""FILE: a command that is not written down, and that clients used to send files to people (programs.md 2.9).

They ask first with nothing behind the word, and take error 510 for a yes.
"""

from __future__ import annotations

from typing import Final

from ringback.domain.account import Account
from ringback.domain.failures import Meaning
from ringback.protocol.commands.checks import is_contact
from ringback.protocol.lexer import word
from ringback.protocol.schema import Check, Command
from ringback.protocol.values import one_file


def _receiver_and_path(account: Account, rest: str) -> int | None:
    handle, path = word(rest)
    if not path.strip():
        return 510
    return None if is_contact(account, handle) else 108


def _path(rest: str) -> tuple[str, ...]:
    return one_file(word(rest)[1])


FILE_COMMANDS: Final = (
    Command(
        ("FILE",),
        Check(_receiver_and_path, {108: "not a contact", 510: "no handle, or no file behind it"}),
        failures={Meaning.FILE_NOT_FOUND: 111},
        files=_path,
        arguments="<handle> <path>",
        meaning="send a file; not in the reference",
    ),
)
