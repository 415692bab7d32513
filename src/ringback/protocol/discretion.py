"""What of a line of the language may be logged: the declarations say what is nobody's business.

A line is shown up to its first sensitive word, and how much follows. What is not understood is not shown:
a mistyped command may hold a message as well as a right one.
"""

from __future__ import annotations

import re
from typing import Final

from ringback.protocol.schema import Language, ObjectType, Sensitive

#: Characters of a line that are shown at most.
LONGEST: Final = 300
#: Characters of an id that are shown at most.
_LONGEST_ID: Final = 20
_WORD: Final = re.compile(r"[ \t\r\n]*([^ \t\r\n]+)")
#: Words that sessions and dispatch know, with nothing secret behind them.
_PLAIN: Final = frozenset({"NAME", "PROTOCOL", "PING", "PONG", "OK", "ERROR"})


def discreet(language: Language, text: str, *, ours: bool) -> str:
    """A line as it may be logged. ``ours``: it is an answer or a notification, not a command."""
    shown = min(_Line(language, text).shown(ours), LONGEST)
    hidden = len(text[shown:].strip())
    return f"{text[:shown]} <{hidden} characters>".lstrip() if hidden else text[:shown]


class _Line:
    """Goes through a line word by word."""

    def __init__(self, language: Language, text: str) -> None:
        self._language = language
        self._text = text
        #: Where the words that were taken end.
        self._end = 0

    def _word(self) -> str:
        found = _WORD.match(self._text, self._end)
        if found is None:
            return ""
        self._end = found.end()
        return found[1]

    def _but(self, sensitive: Sensitive) -> int:
        """Everything, or the words that are not sensitive."""
        if sensitive is None:
            return len(self._text)
        for _ in range(sensitive):
            self._word()
        return self._end

    def shown(self, ours: bool) -> int:
        """How many characters may be shown."""
        if self._text.startswith("#") and len(self._word()) > _LONGEST_ID:
            return 0
        before = self._end
        verb = self._word().upper()
        language = self._language
        if verb in _PLAIN:
            return len(self._text)
        if verb == "SEARCH":
            end = self._end
            return len(self._text) if self._word().upper() in language.search_by_word else end
        if verb in ("GET", "SET", "ALTER"):
            return self._about(self._end, self._word().upper(), verb == "ALTER")
        if ours:
            if verb in language.headings:
                return len(self._text)
            if verb in language.object_by_word or verb in language.setting_by_word:
                start = self._end
                found = self._about(before, verb, acts=False)
                if found > start or (verb,) not in language.command_by_words:
                    return found
                self._end = start
        words: tuple[str, ...] = (verb,)
        if verb in language.verb_by_word:
            before = self._end
            words = (verb, self._word().upper())
        command = language.command_by_words.get(words)
        return before if command is None else self._but(command.sensitive)

    def _about(self, before: int, what: str, acts: bool) -> int:
        """What follows GET, SET, ALTER, or is a property line."""
        setting = self._language.setting_by_word.get(what)
        if setting is not None:
            return self._but(setting.property.sensitive)
        kind = self._language.object_by_word.get(what)
        if kind is None:
            return before
        end = self._end
        if not kind.single and not _is_key(kind, self._word()):
            return end
        end = self._end
        name = self._word().upper()
        declared = kind.action_by_word.get(name) if acts else kind.by_word.get(name)
        return end if declared is None else self._but(declared.sensitive)


def _is_key(kind: ObjectType, text: str) -> bool:
    try:
        kind.key(text)
    except ValueError:
        return False
    return True
