"""Counts what of the language a test run has shown to work, from the corpus and the run's evidence alone.

A command counts after a non-error answer (and, if it changes something, an observed effect); a property after
two different values were seen, or one if it is constant by declaration; an error if it was raised; a value
when it was shown; a transcript when it passed over memory, Unix socket and D-Bus. Pending never counts. Rules
are those that passing tests claim by marker.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ringback.protocol.registry import LANGUAGE

ROOT = Path(__file__).parent.parent
WAYS = ["dbus", "memory", "unix"]
#: Answered by the session layer, which the tap does not see; shown by every test that attaches.
ATTACHING = {"NAME", "PROTOCOL", "PING", "COMMAND_ID"}


def corpus(name: str) -> list:
    return json.loads((ROOT / "corpus" / f"{name}.json").read_text(encoding="utf-8"))


def answers_with_error(answer: str | None) -> int:
    return int(answer.split()[1]) if answer and answer.startswith("ERROR ") else 0


def main(evidence: Path, page: Path) -> None:
    seen = json.loads(evidence.read_text())
    errors: set[int] = set()
    values: dict[tuple[str, str], set[str]] = {}
    verbs: set[str] = set()
    for text, answer, effect in seen["performed"]:
        number = answers_with_error(answer)
        if number:
            errors.add(number)
            continue
        words = text.upper().split()
        if words[0] in ("GET", "SEARCH") or effect:
            verbs.add("_".join(words[:2]) if words[0] != "CALL" else "CALL")
            verbs.add(words[0])
            if words[0] in ("SET", "ALTER", "GET") and len(words) > 2:
                name = (
                    words[2]
                    if words[1] in LANGUAGE.object_by_word and words[1] == "PROFILE"
                    else "".join(words[3:4])
                )
                verbs.add(f"{words[0]}_{words[1]}_{name}")
                verbs.add(f"{words[0]}_{words[1]}_{''.join(words[4:5])}")
        if answer is None:
            continue
        said = answer.removeprefix("SET ").split(" ")
        kind = LANGUAGE.object_by_word.get(said[0])
        if kind is not None and words[0] in ("GET", "SET"):
            start = 1 if kind.single else 2
            values.setdefault((said[0], said[start]), set()).add(" ".join(said[start + 1 :]))
        elif said[0] in LANGUAGE.setting_by_word and words[0] in ("GET", "SET"):
            values.setdefault(("GENERAL", said[0]), set()).add(" ".join(said[1:]))
    commands = [c for c in corpus("commands") if c["status"] in ("active", "deprecated")]
    done = {
        c["id"]
        for c in commands
        if c["id"] in ATTACHING
        or c["id"] in verbs
        or c["verb"].replace(" ", "_") in (verbs if c["verb"].count(" ") == 0 else set())
    }
    for c in commands:
        if c["id"] in LANGUAGE.setting_by_word and {f"GET_{c['id']}", f"SET_{c['id']}"} <= verbs:
            done.add(c["id"])
    properties = shown = all_values = counted = 0
    missing: list[str] = []
    for kind in corpus("objects"):
        for wanted in kind["properties"]:
            counted += 1
            found = values.get((kind["object"], wanted["name"]), set())
            declared = None
            if kind["object"] in LANGUAGE.object_by_word:
                declared = LANGUAGE.object_by_word[kind["object"]].by_word.get(wanted["name"])
            elif wanted["name"] in LANGUAGE.setting_by_word:
                declared = LANGUAGE.setting_by_word[wanted["name"]].property
            if len(found) > 1 or (found and declared is not None and declared.constant):
                properties += 1
            else:
                missing.append(f"{kind['object']} {wanted['name']}")
            for value in wanted["values"]:
                all_values += 1
                shown += any(str(value).upper() == one.upper() for one in found)
    codes = {e["code"] for e in corpus("errors")}
    transcripts = [t["id"] for t in corpus("transcripts") if t["kind"] == "example"]
    passed = [t for t in transcripts if seen["replayed"].get(t) == WAYS]
    rules = sum(len(c["rules"]) for c in corpus("commands")) + sum(len(o["rules"]) for o in corpus("objects"))
    rules += len(corpus("protocol_rules"))
    last = (
        f"ledger: commands {len(done)}/{len(commands)} properties {properties}/{counted} "
        f"values {shown}/{all_values} errors {len(errors & codes)}/{len(codes)} "
        f"rules {len(seen['rules'])}/{rules} "
        f"transcripts {len(passed)}/{len(transcripts)}"
    )
    lines = [
        "# Ledger",
        "",
        "Made by `make ledger` from `corpus/` and a test run. Rules count when a passing test claims them.",
        "",
        f"Commands not shown: {', '.join(c['id'] for c in commands if c['id'] not in done)}.",
        "",
        f"Properties not shown: {', '.join(missing)}.",
        "",
        f"Errors not raised: {', '.join(str(n) for n in sorted(codes - errors))}.",
        "",
        f"Transcripts not replayed over all three ways: {', '.join(sorted(set(transcripts) - set(passed)))}.",
        "",
        f"    {last}",
    ]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(last + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
