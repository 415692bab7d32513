"""The language's words, from the declarations: a dictionary for the fuzzer, sentences for programs."""

from __future__ import annotations

import random

from fuzz.calls import WORDS
from ringback.protocol.registry import LANGUAGE

#: What is no word of the declarations and yet means something somewhere.
ODD = (
    *("echo123", "ann.answers", "no.answer", "busy.bee", "+15005550001", "112", "me", "1", "2", "0", "-1"),
    *(
        "999999999999999999",
        "9" * 5000,
        "\u0663",
        "\u00b2",
        "#",
        "#1",
        "#\x00",
        '"',
        '""',
        ",",
        ";",
        "=",
        "\\",
        "\\n",
    ),
    *('PORT="1"', 'FILE="a"', 'SOUNDCARD="default"', "FILE=~nobody.such/a", "PORT=70000", "%s%n", "../../a"),
    *("\x00", "\r", "\n", "\t", "\x0b", "\x1c", "\x85", "\xa0", "\u2028", "\ufeff", "\ufffd", "\U0010ffff"),
    *(
        "\u0130",
        "\u0131",
        "\u00df",
        "\ufb01",
        "\u1e9e",
        "e\u0301",
        "\u202e",
        "TRUE",
        "FALSE",
        "ON",
        "OFF",
        "HANGUP",
    ),
)


def words() -> list[str]:
    """Every word that programs may say, in a fixed order."""
    found = {"GET", "SET", "ALTER", "SEARCH", "NAME", "PROTOCOL", "PING"}
    found |= set(LANGUAGE.object_by_word) | set(LANGUAGE.setting_by_word) | set(LANGUAGE.search_by_word)
    found |= {word for command in LANGUAGE.commands for word in command.words}
    found |= {verb.word for verb in LANGUAGE.verbs}
    for thing in LANGUAGE.objects:
        found |= set(thing.by_word) | set(thing.action_by_word)
        found |= {word for declared in thing.properties for word in declared.type.words}
    found |= {word for setting in LANGUAGE.settings for word in setting.property.type.words}
    return sorted(found)


def sentences() -> list[str]:
    """One command for each way of saying something, as a good program would say it."""
    said = ["NAME test", "PROTOCOL 8", "PING", "#1 PING"]
    keys = {"CALL": "1", "USER": "echo123", "PROFILE": ""}
    for thing in LANGUAGE.objects:
        name = f"{thing.word} {keys.get(thing.word, '1')}".strip()
        for declared in thing.properties:
            if declared.readable:
                said.append(f"GET {name} {declared.name}")
            if declared.writable:
                said.append(f"SET {name} {declared.name} {(*declared.type.words, '1')[0]}")
        said += [f"ALTER {name} {action.word} {action.arguments and '1'}".strip() for action in thing.actions]
    for setting in LANGUAGE.settings:
        said.append(f"GET {setting.property.name}")
        if setting.property.writable:
            said.append(f"SET {setting.property.name} {(*setting.property.type.words, '1')[0]}")
    said += [f"SEARCH {search.word}" for search in LANGUAGE.searches]
    said += [" ".join(command.words) + " 1" for command in LANGUAGE.commands]
    for route in ("SET_INPUT", "SET_OUTPUT", "SET_CAPTURE_MIC"):
        said += [
            f"ALTER CALL 1 {route} {ends}" for ends in ('FILE="a"', 'PORT="1"', 'SOUNDCARD="default"', "")
        ]
    return said


def dictionary() -> str:
    """The words as libFuzzer reads them."""
    entries = [*words(), *WORDS, *(odd for odd in ODD if len(odd) < 100)]
    escaped = ("".join(rf"\x{byte:02x}" for byte in word.encode()) for word in entries)
    return "".join(f'"{word}"\n' for word in escaped)


class Hostile:
    """Makes commands that nobody should say, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._words = words()
        self._sentences = sentences()

    def command(self) -> str:
        """A sentence, mostly spoilt."""
        chance = self._random
        said = chance.choice(self._sentences).split(" ")
        for _ in range(chance.randrange(4)):
            where = chance.randrange(len(said) + 1)
            match chance.randrange(5):
                case 0:
                    said.insert(where, chance.choice(self._words))
                case 1:
                    said.insert(where, chance.choice(ODD))
                case 2:
                    del said[where:]
                case 3:
                    said[where:where] = said[:3]
                case _:
                    said.insert(
                        where, chr(chance.choice((chance.randrange(32, 127), chance.randrange(0xA0, 0xD7FF))))
                    )
        return chance.choice((" ", " ", " ", "  ", "\t", ",")).join(said)
