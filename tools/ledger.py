"""Counts what of the language a test run has shown to work, from the corpus and the run's evidence alone.

A command counts when each of its forms, and each alternative in a form, was answered without an error and,
unless it asks, had an effect; a property after two different values were seen, or one if it is constant by
declaration; a value when it was shown; an error when real state or input raised it; a rule when a passing
test claims it; a transcript when it passed over every way in.

All but rules and transcripts is taken from tests of the whole engine (``tests/conftest.py`` says which).
What is declared and has no behaviour (``Language.unbuilt``) never counts, nor does a property of which only
one of GET and SET is built. Nothing here is kept from run to run, and nothing can be added by hand: the page
is a function of the run, and compared as a whole.

tools/ledger.py EVIDENCE PAGE            writes the page
tools/ledger.py EVIDENCE PAGE --check    fails if the page is not what the run has shown
"""

from __future__ import annotations

import difflib
import itertools
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ringback.protocol.registry import LANGUAGE
from ringback.protocol.schema import Property

ROOT = Path(__file__).parent.parent
WAYS = ["dbus", "memory", "tcp", "unix", "ws"]
#: Answered by the session layer; the effect is what follows in the same session.
ATTACHING = {"NAME", "PROTOCOL", "PING"}
PENDING_LIST = ROOT / "tests" / "conformance" / "pending_transcripts.json"


def corpus(name: str) -> list:
    return json.loads((ROOT / "corpus" / f"{name}.json").read_text(encoding="utf-8"))


#: A choice among words of the language.
CHOICE = re.compile(r"[A-Z_0-9]+(?:\|[A-Z_0-9]+)+")
#: A parameter of a voice route, as it is printed.
PARAMETER = re.compile(r'([A-Z_]+)="[^"]*"')


def forms(printed: str) -> list[str]:
    """Every form that a printed line stands for.

    Words of the language are themselves, ``?`` is any word, ``NAME=`` a parameter; ``*`` at the end: more may
    follow.
    """
    text = re.sub(r"<([^>]*)>", lambda m: f"{{{m[1]}}}" if CHOICE.fullmatch(m[1]) else "?", printed)
    text = re.sub(r"\{([^{}]*)\}", lambda m: f"{{{m[1].replace(' ', '').upper()}}}", text)
    # What may be left out is asked for only where it is a choice among words.
    open_end = False
    while (optional := re.search(r"\s*\[([^\[\]]*)\]\*?", text)) is not None:
        inside = optional[1].strip().strip("{}")
        is_choice = CHOICE.fullmatch(inside) is not None
        open_end |= not is_choice
        text = text.replace(optional[0], f" {{|{inside}}}" if is_choice else "", 1)
    first, *others = text.split(" | ")
    *head, last = first.split()
    found = []
    for alternative in (last, *(words.strip() for words in others)):
        places = [_spellings(word) for word in (*head, *alternative.split())]
        for words in itertools.product(*places):
            said = [word for word in words if word]
            found.append(" ".join(said) + (" *" if open_end or said[-1] == "?" else ""))
    return found


def _spellings(word: str) -> list[str]:
    bare = word.strip("{}")
    if word.startswith("{") or CHOICE.fullmatch(bare):
        return bare.split("|")
    parameter = PARAMETER.fullmatch(word)
    if parameter is not None:
        return [f"{parameter[1]}="]
    return [word if re.fullmatch(r"[A-Z_0-9]+", word) else "?"]


def pattern(form: str) -> re.Pattern[str]:
    """One of ``forms`` as an expression."""
    pieces = []
    for word in form.removesuffix(" *").split():
        if word.endswith("="):
            pieces.append(rf"(?:.*[ ,])?{word[:-1]}\s*=.*")
        else:
            pieces.append(r"\S+" if word == "?" else re.escape(word))
    rest = "(?: .*)?" if form.endswith(" *") else ""
    return re.compile(" ".join(pieces) + rest, re.IGNORECASE | re.DOTALL)


def addressed(words: list[str]) -> str:
    """The declaration that a command uses, as ``Language.unbuilt`` names it."""
    verb, *rest = (word.upper() for word in words)
    if verb in ("GET", "SET", "ALTER") and rest:
        kind = LANGUAGE.object_by_word.get(rest[0])
        if kind is not None:
            return " ".join([verb, rest[0], *rest[1 if kind.single else 2 :][:1]])
    if verb in ("GET", "SET", "SEARCH") or verb in LANGUAGE.verb_by_word:
        return " ".join([verb, *rest[:1]])
    return verb


@dataclass
class Shown:
    """What the run has shown."""

    unbuilt: frozenset[str]
    commands: list[tuple[str, bool]] = field(default_factory=list)
    errors: set[int] = field(default_factory=set)
    values: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    #: What properties with an argument were asked for.
    arguments: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def answered(self, text: str, answer: str | None, effect: bool) -> None:
        if answer is None or "Not available yet" in answer:
            # What is answered later comes here again then.
            return
        if answer.startswith("ERROR "):
            self.errors.add(int(answer.split()[1]))
            return
        words = text.split()
        verb = words[0].upper()
        if addressed(words) in self.unbuilt:
            return
        self.commands.append((" ".join(words), verb in ("GET", "SEARCH") or effect))
        if verb in ("GET", "SET"):
            self.line(answer.removeprefix("SET "))

    def line(self, line: str) -> None:
        """A line that shows a property's value."""
        said = line.split(" ")
        kind = LANGUAGE.object_by_word.get(said[0])
        if kind is not None:
            start = 1 if kind.single else 2
            if len(said) > start and said[start] in kind.by_word:
                self._value(said[0], said[start], said[start + 1 :])
        elif said[0] in LANGUAGE.setting_by_word:
            self._value("GENERAL", said[0], said[1:])

    def _value(self, owner: str, name: str, rest: list[str]) -> None:
        declared = declared_property(owner, name)
        called = name if owner == "GENERAL" else f"{owner} {name}"
        if declared is None or not self.unbuilt.isdisjoint({f"GET {called}", f"SET {called}"}):
            return
        if declared.argument is not None and rest:
            self.arguments.setdefault((owner, name), set()).add(rest[0].upper())
            rest = rest[1:]
        if name == "RINGTONE" and rest[-1:] in (["ON"], ["OFF"]):
            # The answer leaves out which of the two it is (ambiguity A69).
            name, rest = "RINGTONE STATUS", rest[-1:]
        self.values.setdefault((owner, name), set()).add(" ".join(rest))

    def shows(self, owner: str, name: str, wanted: str) -> bool:
        """True if a value was seen, alone or in a list, or is an argument that was asked for."""
        found = self.values.get((owner, name), set())
        parameter = PARAMETER.fullmatch(wanted)
        if parameter is not None:
            given = re.compile(rf"(?:^|[ ,]){parameter[1]}\s*=", re.IGNORECASE)
            return any(given.search(value) for value in found)
        word = wanted.upper()
        parts = {part for value in found for part in (value.upper(), *re.split(r"[ ,=]+", value.upper()))}
        return word in parts or word in self.arguments.get((owner, name), set())


def declared_property(owner: str, name: str) -> Property | None:
    if owner in LANGUAGE.object_by_word:
        return LANGUAGE.object_by_word[owner].by_word.get(name)
    setting = LANGUAGE.setting_by_word.get(name)
    return None if setting is None else setting.property


def gathered(evidence: Path) -> dict:
    """What a run has shown, from one file or from those of its workers."""
    parts = [evidence] if evidence.exists() else sorted(evidence.parent.glob(f"{evidence.name}.gw*"))
    run: dict = {"performed": [], "notified": [], "attaching": [], "replayed": {}, "rules": []}
    for part in parts:
        found = json.loads(part.read_text())
        for name in ("performed", "notified", "attaching", "rules"):
            run[name] += found[name]
        for transcript, ways in found["replayed"].items():
            run["replayed"][transcript] = sorted({*run["replayed"].get(transcript, ()), *ways})
    return run


def listed_one(name: str, absent: list[str]) -> str:
    """A command, and which of its forms are missing if others are not."""
    return f"- {name}" + (f": {', '.join(f'`{form}`' for form in absent)}" if absent else "")


def listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def counts(line: str) -> list[int]:
    return [int(number) for number in re.findall(r" (\d+)/", line)]


def main(evidence: Path, page: Path, check: bool) -> int:
    run = gathered(evidence)
    shown = Shown(LANGUAGE.unbuilt())
    for text, answer, effect in run["performed"]:
        if text.strip():
            shown.answered(text, answer, effect)
        elif answer:
            shown.errors.add(int(answer.split()[1]))
    for line in run["notified"]:
        shown.line(line)
    commands = [c for c in corpus("commands") if c["status"] in ("active", "deprecated")]
    worked = {text for text, ok in shown.commands if ok}
    lacking: dict[str, list[str]] = {}
    for command in commands:
        if command["id"] in ATTACHING | {"COMMAND_ID"}:
            wanted_forms = [] if command["id"] in run["attaching"] else [command["id"]]
        else:
            wanted_forms = [form for printed in command["syntax"] for form in forms(printed)]
        absent = [form for form in wanted_forms if not any(map(pattern(form).fullmatch, worked))]
        if absent:
            some = len(absent) < len(wanted_forms)
            lacking[command["id"]] = absent if some else []
    missing: list[str] = []
    seen_values = all_values = properties = 0
    for kind in corpus("objects"):
        for wanted in kind["properties"]:
            owner, name = kind["object"], wanted["name"]
            found = shown.values.get((owner, name), set())
            declared = declared_property(owner, name)
            constant = declared is not None and declared.constant
            properties += 1
            # What is written by a command of its own has been, if that has worked.
            acted = (name,) in LANGUAGE.command_by_words and name not in lacking
            if not (len(found) > 1 or (found and constant) or acted):
                missing.append(f"{owner} {name}")
            for value in wanted["values"]:
                all_values += 1
                seen_values += shown.shows(owner, name, str(value))
    codes = {e["code"] for e in corpus("errors")}
    examples = [t["id"] for t in corpus("transcripts") if t["kind"] == "example"]
    passed = [t for t in examples if run["replayed"].get(t) == WAYS]
    reasons = json.loads(PENDING_LIST.read_text(encoding="utf-8"))
    all_rules = {r for part in ("commands", "objects") for entry in corpus(part) for r in entry["rules"]}
    all_rules |= set(corpus("protocol_rules"))
    last = (
        f"ledger: commands {len(commands) - len(lacking)}/{len(commands)} "
        f"properties {properties - len(missing)}/{properties} "
        f"values {seen_values}/{all_values} errors {len(shown.errors & codes)}/{len(codes)} "
        f"rules {len(all_rules & set(run['rules']))}/{len(all_rules)} "
        f"transcripts {len(passed)}/{len(examples)}"
    )
    lines = [
        "# Ledger",
        "",
        "Made by `make ledger` from `corpus/` and a test run; `tools/ledger.py` says what counts.",
        "",
        f"    {last}",
        "",
        "## Commands not shown",
        "",
        *(listed_one(name, absent) for name, absent in lacking.items()),
        "",
        "## Properties not shown",
        "",
        listed(missing),
        "",
        "## Errors not raised",
        "",
        listed(str(n) for n in sorted(codes - shown.errors)),
        "",
        "## Rules not claimed",
        "",
        listed(sorted(all_rules - set(run["rules"]))),
        "",
        "## Transcripts that do not pass",
        "",
        *(f"- {t}: {reasons.get(t, 'failed in this run')}" for t in examples if t not in passed),
    ]
    text = "\n".join(lines) + "\n"
    if not check:
        page.write_text(text, encoding="utf-8")
    elif (written := page.read_text(encoding="utf-8")) != text:
        sys.stdout.write(f"{page} is not what this run has shown; `make ledger` writes it anew:\n")
        old, new = written.splitlines(), text.splitlines()
        sys.stdout.writelines(
            f"{line}\n" for line in difflib.unified_diff(old, new, "page", "run", "", "", 0, "")
        )
        return 1
    sys.stdout.write(last + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), "--check" in sys.argv))
