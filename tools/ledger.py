"""Counts what of the language a test run has shown to work, from the corpus and the run's evidence alone.

A command counts when each of its forms was answered without an error and, unless it asks, had an effect; a
property after two different values were seen, or one if it is constant by declaration; a value when it was
shown; an error when real state or input raised it; a rule when a passing test claims it; a transcript when it
passed over every way in. What is declared pending never counts. Nothing here is kept from
run to run, and nothing can be added by hand.

tools/ledger.py EVIDENCE PAGE            writes the page
tools/ledger.py EVIDENCE PAGE --check    fails if the page claims more than the run has shown
"""

from __future__ import annotations

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


def pattern(form: str) -> re.Pattern[str]:
    """A printed form as an expression: capitals are themselves, a placeholder a word, a choice one of it."""
    form = re.sub(r"<[^>]*>", "<x>", form)
    while (shorter := re.sub(r"\s*\[[^\[\]]*\]\*?", "", form)) != form:
        form = shorter
    pieces: list[str] = []
    for word in form.split(" | ", maxsplit=1)[0].split():
        bare = word.strip("{}")
        if re.fullmatch(r"[A-Z_0-9]+", bare):
            pieces.append(bare)
        elif re.fullmatch(r"[A-Za-z_]+(\|[A-Za-z_]+)+", bare):
            pieces.append(f"(?:{bare})")
        elif "=" not in bare:
            pieces.append(r"\S+")
    if " | " in form and "=" not in form:
        pieces.pop()
    return re.compile(rf"{' '.join(pieces)}(?: .*)?", re.IGNORECASE | re.DOTALL)


@dataclass
class Shown:
    """What the run has shown."""

    commands: list[tuple[str, bool]] = field(default_factory=list)
    errors: set[int] = field(default_factory=set)
    values: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def answered(self, text: str, answer: str | None, effect: bool) -> None:
        if answer is not None and answer.startswith("ERROR "):
            if "Not available yet" in answer:
                return
            self.errors.add(int(answer.split()[1]))
            return
        if answer is None:
            # It is answered later, and comes here again then.
            return
        words = text.split()
        asks = words[0].upper() in ("GET", "SEARCH")
        if asks and self._pending(words):
            return
        self.commands.append((" ".join(words), asks or effect))
        if words[0].upper() in ("GET", "SET"):
            self.line(answer.removeprefix("SET "))

    @staticmethod
    def _pending(words: list[str]) -> bool:
        """True for a search in which nothing can be found yet."""
        if words[0].upper() != "SEARCH":
            return False
        search = LANGUAGE.search_by_word.get("".join(words[1:2]).upper())
        return search is None or search.query is None

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
        self.values.setdefault((owner, name), set()).add(" ".join(rest))


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


def listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def counts(line: str) -> list[int]:
    return [int(number) for number in re.findall(r" (\d+)/", line)]


def main(evidence: Path, page: Path, check: bool) -> int:
    run = gathered(evidence)
    shown = Shown()
    for text, answer, effect in run["performed"]:
        if text.strip():
            shown.answered(text, answer, effect)
        elif answer:
            shown.errors.add(int(answer.split()[1]))
    for line in run["notified"]:
        shown.line(line)
    commands = [c for c in corpus("commands") if c["status"] in ("active", "deprecated")]
    done = set()
    for command in commands:
        if command["id"] in ATTACHING | {"COMMAND_ID"}:
            if command["id"] in run["attaching"]:
                done.add(command["id"])
            continue
        forms = [pattern(form) for form in command["syntax"]]
        if all(any(ok and form.fullmatch(text) for text, ok in shown.commands) for form in forms):
            done.add(command["id"])
    missing: list[str] = []
    seen_values = all_values = properties = 0
    for kind in corpus("objects"):
        for wanted in kind["properties"]:
            found = shown.values.get((kind["object"], wanted["name"]), set())
            declared = declared_property(kind["object"], wanted["name"])
            properties += 1
            if not (len(found) > 1 or (found and declared is not None and declared.constant)):
                missing.append(f"{kind['object']} {wanted['name']}")
            for value in wanted["values"]:
                all_values += 1
                seen_values += any(str(value).upper() == one.upper() for one in found)
    codes = {e["code"] for e in corpus("errors")}
    examples = [t["id"] for t in corpus("transcripts") if t["kind"] == "example"]
    passed = [t for t in examples if run["replayed"].get(t) == WAYS]
    reasons = json.loads(PENDING_LIST.read_text(encoding="utf-8"))
    all_rules = {r for part in ("commands", "objects") for entry in corpus(part) for r in entry["rules"]}
    all_rules |= set(corpus("protocol_rules"))
    last = (
        f"ledger: commands {len(done)}/{len(commands)} "
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
        listed(c["id"] for c in commands if c["id"] not in done),
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
    if check:
        written = page.read_text(encoding="utf-8")
        claim = next((line for line in written.splitlines() if "ledger: " in line), "")
        if len(counts(claim)) != len(counts(last)) or any(
            claimed > real for claimed, real in zip(counts(claim), counts(last), strict=True)
        ):
            sys.stdout.write(f"{page} claims more than this run has shown; make ledger writes it anew\n")
            sys.stdout.write(f"page: {claim.strip()}\nrun:  {last}\n")
            return 1
    else:
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(last + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), "--check" in sys.argv))
