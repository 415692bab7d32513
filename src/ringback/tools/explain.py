"""What may follow a word, and what an error number means, told from the declarations alone."""

from __future__ import annotations

from typing import Final

from ringback.protocol.errors import TEXTS
from ringback.protocol.registry import LANGUAGE
from ringback.protocol.schema import ObjectType, Target

#: Verbs that dispatch knows by itself.
_VERBS: Final = ("GET", "SET", "ALTER", "SEARCH", "NAME", "PROTOCOL", "PING")
_FAULTS: Final = {
    "get_key": ("GET", "the id is missing or malformed"),
    "get_unknown": ("GET", "there is none with this id"),
    "get_property": ("GET", "the property is missing or unknown"),
    "set_key": ("SET", "the id is missing or malformed"),
    "set_unknown": ("SET", "there is none with this id"),
    "set_property": ("SET", "the property is missing, unknown or cannot be set"),
    "set_value": ("SET", "the value is not allowed"),
    "alter_key_missing": ("ALTER", "the id is missing"),
    "alter_key": ("ALTER", "there is none with this id"),
    "alter_action_missing": ("ALTER", "the action is missing"),
    "alter_action": ("ALTER", "the action is unknown"),
    "alter_arguments": ("ALTER", "what follows the action is not allowed"),
    "alter_failed": ("ALTER", "it cannot be done now"),
}


def _of_object(kind: ObjectType) -> list[tuple[int, str, str]]:
    found = [
        (getattr(kind.faults, field), f"{verb} {kind.word}", reason)
        for field, (verb, reason) in _FAULTS.items()
    ]
    for p in kind.properties:
        where = f"SET {kind.word} {p.name}"
        if p.bad_value is not None:
            found.append((p.bad_value, where, "the value is not allowed"))
        found += [(number, where, meaning.value) for meaning, number in p.failures.items()]
    for a in kind.actions:
        where = f"ALTER {kind.word} {a.word}"
        if a.missing is not None:
            found.append((a.missing, where, "something is missing behind it"))
        found += [(number, where, meaning.value) for meaning, number in a.failures.items()]
    return found


def _causes() -> list[tuple[int, str, str]]:
    """Every declared cause of an error: number, beginning of the command, why."""
    found = [cause for kind in LANGUAGE.objects for cause in _of_object(kind)]
    for s in LANGUAGE.settings:
        name = s.property.name
        found.append((s.set_error, f"SET {name}", "the value is not allowed"))
        if s.target_error is not None:
            found.append((s.target_error, f"GET {name}", "nothing may follow it"))
    for search in LANGUAGE.searches:
        where = f"SEARCH {search.word}"
        if search.target is Target.FORBIDDEN:
            found.append((search.refused, where, "nothing may follow it"))
        elif search.malformed is not None:
            found.append((search.malformed, where, "what follows it is malformed"))
        if search.target is Target.REQUIRED:
            found.append((search.missing, where, "something must follow it"))
    for c in LANGUAGE.commands:
        found += [(number, " ".join(c.words), meaning.value) for meaning, number in c.failures.items()]
    for v in LANGUAGE.verbs:
        found.append((v.missing, v.word, "the second word is missing"))
        found.append((v.unknown, v.word, "the second word is unknown"))
    return found


def error(number: int, command: str) -> str:
    """Why this command may have been answered with this number; "" if the declarations cannot tell."""
    words = bare(command).upper().split()
    reasons = [why for n, where, why in _causes() if n == number and _about(where.split(), words)]
    if reasons:
        return "; or ".join(dict.fromkeys(reasons))
    known = TEXTS.get(number, "")
    places = dict.fromkeys(where for n, where, _ in _causes() if n == number)
    return f"{known} ({', '.join(list(places)[:3])})" if places else known


def _about(where: list[str], words: list[str]) -> bool:
    """Is the command one of these? Between the object and what is done with it stands an id, or none."""
    return words[: len(where[:2])] == where[:2] and (len(where) < 3 or where[2] in words[2:4])


def bare(command: str) -> str:
    """The command without its id."""
    text = command.strip()
    return text.partition(" ")[2].strip() if text.startswith("#") else text


def following(before: list[str]) -> list[str]:
    """Words that the language allows after these (in capitals, without command id)."""
    match before:
        case []:
            first = {*_VERBS, *(c.words[0] for c in LANGUAGE.commands)}
            return sorted(first)
        case ["SEARCH"]:
            return sorted(LANGUAGE.search_by_word)
        case ["SEARCH", word] if word in LANGUAGE.search_by_word:
            return list(LANGUAGE.search_by_word[word].choices)
        case ["GET"]:
            return sorted([*LANGUAGE.object_by_word, *LANGUAGE.setting_by_word])
        case ["SET"]:
            settable = [k.word for k in LANGUAGE.objects if any(p.writable for p in k.properties)]
            return sorted(settable + [s.property.name for s in LANGUAGE.settings if s.property.writable])
        case ["ALTER"]:
            return sorted(kind.word for kind in LANGUAGE.objects if kind.actions)
        case ["SET", word] if word in LANGUAGE.setting_by_word:
            return list(LANGUAGE.setting_by_word[word].property.type.words)
        case ["GET" | "SET" | "ALTER" as verb, word, *rest] if word in LANGUAGE.object_by_word:
            kind = LANGUAGE.object_by_word[word]
            return _of(verb, kind, rest if kind.single else rest[1:]) if kind.single or rest else []
        case [".HELP", *_]:
            return sorted({*following([]), *LANGUAGE.object_by_word, *LANGUAGE.setting_by_word})
        case [word]:
            return sorted({c.words[1] for c in LANGUAGE.commands if c.words[0] == word and len(c.words) > 1})
        case _:
            return []


def _of(verb: str, kind: ObjectType, rest: list[str]) -> list[str]:
    match verb, rest:
        case "ALTER", []:
            return sorted(kind.action_by_word)
        case "GET", []:
            return sorted(p.name for p in kind.properties if p.readable)
        case "SET", []:
            return sorted(p.name for p in kind.properties if p.writable)
        case "SET", [name] if name in kind.by_word:
            return list(kind.by_word[name].type.words)
        case _:
            return []
