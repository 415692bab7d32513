"""The reference for machines."""

from __future__ import annotations

import json

from ringback.protocol.errors import TEXTS
from ringback.protocol.registry import LANGUAGE
from ringback.protocol.schema import Property
from ringback.protocol.values import ValueType
from ringback.tools.reference_entries import ATTACHING, Entry, action, command, faults, search, setting


def _value_data(kind: ValueType) -> list[dict[str, object]]:
    return [
        {"word": word, "meaning": meaning, **({"since_protocol": since} if since else {})}
        for word, meaning, since in zip(kind.words, kind.meanings, kind.since, strict=True)
    ]


def _property_data(p: Property) -> dict[str, object]:
    return {
        "name": p.name,
        "meaning": p.meaning,
        "type": p.type.name,
        "values": _value_data(p.type),
        "access": p.access.value,
        "argument": p.argument.name if p.argument is not None else None,
        "takes_value": p.flag is None,
        "constant": p.constant,
        "notified": p.notified and not p.constant,
        "since": p.introduced,
        "deprecated": p.deprecated,
        "line": p.line,
        "pending": p.unfinished,
    }


def _entry_data(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name,
        "meaning": entry.meaning,
        "command": entry.commands[0],
        "answer": entry.answers[0],
        "notes": list(entry.notes),
        "errors": {str(n): reason for n, reason in entry.errors},
        "since": entry.since,
        "deprecated": entry.deprecated,
        "line": entry.line,
        "pending": bool(entry.pending),
    }


def as_json() -> str:
    """For machines: every object, setting, search, command and error."""
    reasons = LANGUAGE.reasons()
    data = {
        "attaching": [_entry_data(entry) for entry in ATTACHING],
        "objects": [
            {
                "word": kind.word,
                "meaning": kind.meaning,
                "single": kind.single,
                "since": kind.introduced,
                "deprecated": kind.deprecated,
                "line": kind.line,
                "properties": [_property_data(p) for p in kind.properties],
                "actions": [_entry_data(action(kind, a)) for a in kind.actions],
                "faults": faults(kind),
            }
            for kind in LANGUAGE.objects
        ],
        "settings": [
            _property_data(s.property) | {"errors": {str(n): r for n, r in setting(s).errors}}
            for s in LANGUAGE.settings
        ],
        "searches": [
            _entry_data(search(s)) | {"heading": s.heading, "target": s.target.value}
            for s in LANGUAGE.searches
        ],
        "commands": [_entry_data(command(c)) | {"words": list(c.words)} for c in LANGUAGE.commands],
        "errors": {
            str(number): {"text": text, "when": list(reasons.get(number, ()))}
            for number, text in sorted(TEXTS.items())
        },
    }
    return json.dumps(data, indent=1, ensure_ascii=False)
